"""Rules for the settings in ``organization.yaml``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from factory.core.errors import Problem
from factory.core.policy_types import POLICY_TYPES
from factory.spec.checks.case import Case
from factory.spec.patterns import expression
from factory.spec.suggestions import suggest
from factory.spec.text import shown


def policy_types(case: Case) -> Iterator[Problem]:
    """Every policy type is one that AWS has, and named once."""
    seen: set[str] = set()
    for index, name in enumerate(case.organization.policy_types or ()):
        source = case.organization.where("policy_types", index)
        if name not in POLICY_TYPES:
            hint = suggest(name, POLICY_TYPES)
            fix = "correct it" if hint else f"AWS has {', '.join(POLICY_TYPES)}"
            yield Problem(source, f'no policy type "{shown(name)}"{hint}', fix)
        elif name in seen:
            yield Problem(source, f'"{name}" is named twice', "keep one of them")
        seen.add(name)


def regions(case: Case) -> Iterator[Problem]:
    """Every governed Region is named once."""
    seen: set[str] = set()
    for index, region in enumerate(case.organization.regions):
        if region in seen:
            source = case.organization.where("organization", "regions", index)
            yield Problem(source, f'"{region}" is named twice', "keep one of them")
        seen.add(region)


def protected(case: Case) -> Iterator[Problem]:
    """Protected accounts are accounts that a file declares."""
    stems = case.drafts.stems()
    for index, name in enumerate(case.organization.safety.protected):
        if name not in stems:
            source = case.organization.where("safety", "protected", index)
            what = f'no account "{shown(name)}"{suggest(name, stems)}'
            yield Problem(source, what, "name an account by its file's stem")


def expressions(case: Case) -> Iterator[Problem]:
    """The expressions under ``naming:`` can be read, and matching a name against them ends."""
    naming = case.drafts.organization.naming if case.drafts.organization else None
    for key, text in naming or ():
        what, fix = expression(text)[1:] if text else ("", "")
        if what:
            yield Problem(case.organization.where("naming", key), f'"{key}" {what}', fix)


def lock(case: Case) -> Iterator[Problem]:
    """A lock that is written is one: an empty key must not pass for it."""
    written = case.organization.node.child("lock")
    if written is not None and written.value is None:
        yield Problem(written.source, '"lock" is empty', "name its bucket, or remove the key: then there is no lock")


def buckets(case: Case) -> Iterator[Problem]:
    """A bucket is not named like an IP address (Amazon S3 User Guide, general purpose bucket naming rules)."""
    lock = case.organization.lock
    for bucket, path in (
        (case.organization.template_bucket, ("organization", "template_bucket")),
        (lock.bucket if lock else None, ("lock", "bucket")),
    ):
        if bucket and re.fullmatch(r"[0-9]+(\.[0-9]+){3}", bucket):
            what = f'"{bucket}" is an IP address, and no bucket has such a name'
            yield Problem(case.organization.where(*path), what, "name the bucket")


CHECKS = (policy_types, regions, protected, expressions, lock, buckets)
