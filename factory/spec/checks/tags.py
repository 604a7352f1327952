"""Rules for tags, on accounts and on units."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from factory.core.errors import Problem
from factory.core.resource import ADDRESS_TAG, OWNER_TAG
from factory.spec.assemble import UNITS
from factory.spec.checks.case import Case
from factory.spec.node import Node, Step
from factory.spec.text import shown

# Organizations, TagKey and TagValue: letters, white space and digits of any script, and these signs.
_SIGNS = frozenset("_.:/=+-@")
_COMMON = re.compile(r"[A-Za-z0-9 _.:/=+\-@]*")
_OURS = (OWNER_TAG, ADDRESS_TAG)


def _written(case: Case) -> Iterator[tuple[Node, tuple[Step, ...], Mapping[str, str]]]:
    """All mappings of tags in the files: the file, the path in it, the tags."""
    if case.drafts.organization is not None:
        yield case.drafts.node, ("defaults", "tags"), case.drafts.organization.defaults.tags
        for path, unit in case.drafts.organization.organizational_units.items():
            if unit is not None:
                yield case.drafts.node, (UNITS, path, "tags"), unit.tags
                yield case.drafts.node, (UNITS, path, "ou_tags"), unit.ou_tags
    for draft in case.drafts.accounts:
        if draft.model is not None:
            yield draft.node, ("tags",), draft.model.tags


def texts(case: Case) -> Iterator[Problem]:
    """Keys and values have the characters and lengths that AWS takes, and no reserved prefix."""
    key_length = case.limits.quota("organizations.tag_key_length")
    value_length = case.limits.quota("organizations.tag_value_length")
    for node, path, tags in _written(case):
        for key, value in tags.items():
            source = node.where(*path, key)
            for what, fix in (*_key_faults(key, key_length), *_value_faults(value, value_length)):
                yield Problem(source, f'tag "{shown(key)}": {what}', fix)


def _key_faults(key: str, longest: int | None) -> Iterator[tuple[str, str]]:
    if key.casefold().startswith("aws:"):
        yield '"aws:" is reserved for AWS', "choose another key"
    elif key.casefold().startswith("factory:"):
        yield '"factory:" is reserved for our own tags', "choose another key"
    if longest is not None and len(key) > longest:
        yield f"the key has {len(key)} characters, AWS takes {longest}", "shorten it"
    if wrong := _foreign(key):
        yield f"AWS does not take {wrong} in a key", 'use letters, digits, spaces and "_.:/=+-@"'


def _value_faults(value: str, longest: int | None) -> Iterator[tuple[str, str]]:
    if longest is not None and len(value) > longest:
        yield f"the value has {len(value)} characters, AWS takes {longest}", "shorten it"
    if wrong := _foreign(value):
        yield f"AWS does not take {wrong} in a value", 'use letters, digits, spaces and "_.:/=+-@"'


def _foreign(text: str) -> str:
    """The first character that AWS does not take, as it may be shown, or nothing."""
    if _COMMON.fullmatch(text):
        return ""
    for character in text:
        if character not in _SIGNS and unicodedata.category(character)[0] not in "LZN":
            return f'"{character}"' if character.isprintable() else f"U+{ord(character):04X}"
    return ""


def number(case: Case) -> Iterator[Problem]:
    """Together with ours, no account and no unit has more tags than AWS takes."""
    most = case.limits.quota("organizations.tags")
    if most is None:
        return
    room = most - len(_OURS)
    for account in case.organization.accounts.values():
        if len(account.tags) > room:
            what = f"{len(account.tags)} tags with those of its units and the defaults, there is room for {room}"
            yield Problem(account.where("tags"), what, "remove some")
    for unit in case.organization.units.values():
        if len(unit.ou_tags) > room:
            yield Problem(unit.where("ou_tags"), f"{len(unit.ou_tags)} tags, there is room for {room}", "remove some")


CHECKS = (texts, number)
