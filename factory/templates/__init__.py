"""CloudFormation templates as data, without AWS: read, check, compare, and resolve for one account and Region."""

from factory.templates.check import advice, check
from factory.templates.differences import Difference, Kind, differences
from factory.templates.parameters import check_values, value_text
from factory.templates.quotas import INLINE_BYTES, LARGEST_BYTES, QUOTAS
from factory.templates.read import read
from factory.templates.refusals import Refused, can_be_refused, keeps_name, refusal_in_stack, refusals
from factory.templates.resolve import resolve
from factory.templates.stack import Context, Placed, Resolved, Unresolvable
from factory.templates.template import Parameter, Template, canonical

__all__ = [
    "INLINE_BYTES",
    "LARGEST_BYTES",
    "QUOTAS",
    "Context",
    "Difference",
    "Kind",
    "Parameter",
    "Placed",
    "Refused",
    "Resolved",
    "Template",
    "Unresolvable",
    "advice",
    "can_be_refused",
    "canonical",
    "check",
    "check_values",
    "differences",
    "keeps_name",
    "read",
    "refusal_in_stack",
    "refusals",
    "resolve",
    "value_text",
]
