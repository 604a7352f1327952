"""CloudFormation templates as data: read, check, compare. Pure: no AWS and no files are touched."""

from factory.templates.check import advice, check
from factory.templates.difference import Difference, Nature, differences
from factory.templates.parameters import check_values
from factory.templates.quotas import INLINE_BYTES
from factory.templates.read import read
from factory.templates.template import Parameter, Template, canonical

__all__ = [
    "INLINE_BYTES",
    "Difference",
    "Nature",
    "Parameter",
    "Template",
    "advice",
    "canonical",
    "check",
    "check_values",
    "differences",
    "read",
]
