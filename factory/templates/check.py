"""Whether CloudFormation, and a service-managed stack set, would take a template; found without asking them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from factory.core.errors import Problem
from factory.core.limits import Limits
from factory.templates import links, parameters, service_managed, structure
from factory.templates.quotas import QUOTAS
from factory.templates.template import Path, Template
from factory.templates.wording import shown

_PARTITION: Final = re.compile(r"\barn:aws(?:-[a-z]+)*:")
_SUFFIX: Final = re.compile(r"\bamazonaws\.com(?:\.cn)?\b")
_SERVICE: Final = re.compile(r"[a-z0-9.-]+\.amazonaws\.com")
"""A service principal: the same in every partition (IAM User Guide, "AWS service principals"), so no advice."""
_REGION: Final = re.compile(
    r"\b(?:af|ap|ca|cn|eu|eusc|il|me|mx|sa|us|us-gov|us-iso[a-z]?|eu-isoe)"
    r"-(?:de-)?(?:central|east|north|northeast|northwest|south|southeast|southwest|west)-[1-9]\b"
)
_ACCOUNT: Final = re.compile(r"(?<![0-9A-Za-z-])[0-9]{12}(?![0-9A-Za-z-])")


def check(template: Template, limits: Limits = QUOTAS) -> tuple[Problem, ...]:
    """Everything in a template that would be refused, by place.

    ``limits`` may replace our rows ``cloudformation.*``. A template of more than ``INLINE_BYTES`` is no problem here:
    it goes through S3. Whether resource types, properties and attributes exist is for cfn-lint to say.
    """
    found = (
        *structure.faults(template, limits),
        *parameters.faults(template, limits),
        *links.faults(template),
        *service_managed.faults(template),
    )
    return tuple(sorted(set(found)))


def advice(template: Template) -> tuple[Problem, ...]:
    """What works in one partition, Region or account alone: hard-coded partitions, URL suffixes, Regions, accounts.

    Parameters' allowed values, mappings' keys and descriptions may name what they like.
    """
    found: list[Problem] = []
    for name, row in template.section("Parameters").items():
        if "Default" in row:
            found += _hard_coded(template, row["Default"], ("Parameters", name, "Default"))
    for section in ("Conditions", "Resources", "Outputs"):
        for name, row in template.section(section).items():
            kept = {key: value for key, value in row.items() if key not in ("Description", "Metadata")}
            found += _hard_coded(template, kept, (section, name))
    return tuple(sorted(set(found)))


def _hard_coded(template: Template, value: Any, path: Path) -> Iterator[Problem]:
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield from _hard_coded(template, item, (*path, position))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _hard_coded(template, item, (*path, key))
    elif isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        place, text = template.source(*path), str(value)
        if found := _PARTITION.search(text):
            yield Problem(
                place, f'the partition is hard-coded ("{found[0]}")', 'write "arn:${AWS::Partition}:" with Fn::Sub'
            )
        if (found := _SUFFIX.search(text)) and not _SERVICE.fullmatch(text):
            yield Problem(place, f'the URL suffix is hard-coded ("{found[0]}")', "use AWS::URLSuffix")
        if found := _REGION.search(text):
            yield Problem(place, f'a Region is hard-coded ("{found[0]}")', "use AWS::Region, or a parameter")
        if found := _ACCOUNT.search(text):
            yield Problem(
                place, f'an account id is hard-coded ("{shown(found[0])}")', "use AWS::AccountId, or a parameter"
            )
