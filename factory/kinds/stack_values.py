"""The values that a stack set's stacks have in one account, and the note on the account of what was set.

CloudFormation tells them only stack by stack (``DescribeStackInstance``). So what was set last is noted in a tag of the
account, which is read in bulk: a digest of the values and of the stack's id in each Region, since a stack that was
deleted and made anew has none of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from factory.core.resource import Identity, Resource, Value
from factory.kinds.baseline_values import filled
from factory.kinds.target_effects import IN

if TYPE_CHECKING:
    from factory.aws.records import StackRecord
    from factory.core.address import Address
    from factory.core.change import Change
    from factory.kinds.base import Site, View

CURRENT, ABSENT = "CURRENT", "none"
"""What a stack's status should be: this, or no stack at all where an account opts out or a Region is withdrawn."""

OWN, OWN_VALUES = "value.", "own_values"
"""``value.NAME`` is a parameter's own value here, ``own_values`` the names of all of them."""

TARGET = "target"
"""The attribute that tells which node, at or above the account, names the baseline."""

RETAINS, AUTOMATIC = "retains", "automatic"
"""Whether stacks that are taken away stay in their accounts, and whether AWS follows accounts with the stack set."""

AS_BEFORE = "as set before"
TAG = "factory:values/"


def tag_of(stack_set: str) -> str:
    """The key of the tag that notes what was set in an account for the stack set of this name."""
    return TAG + stack_set.removeprefix("factory-")


def own_in(resource: Resource) -> dict[str, Value]:
    """Everything in a resource that tells of its own values."""
    return {key: value for key, value in resource.attrs.items() if key == OWN_VALUES or key.startswith(OWN)}


def stays_out(want: Resource) -> bool:
    """Whether an account opts out: there is to be a stack in no Region."""
    return {value for key, value in want.attrs.items() if key.startswith(IN)} == {ABSENT}


def gone_in(change: Change) -> list[str]:
    """The Regions in which a change takes stacks away."""
    after = change.after.attrs if change.after else {}
    before = change.before.attrs if change.before else {}
    found = (key for key, status in before.items() if key.startswith(IN) and status != ABSENT)
    return sorted(key.removeprefix(IN) for key in found if after.get(key, ABSENT) == ABSENT)


def applied(want: Resource, records: Iterable[StackRecord], noted: str | None, view: View) -> bool:
    """Whether the values that are wanted are those that the note tells of; without any, whether there is no note."""
    if not want.attrs.get(OWN_VALUES):
        return noted is None
    values = _filled(want, view.identity, view.id_of)
    if values is None:
        return False
    wanted = (each for each in records if want.attrs.get(IN + each.region) == CURRENT)
    return noted is not None and set(digest(values, wanted).split()) <= set(noted.split())


def values_at(resource: Resource, site: Site) -> dict[str, str] | None:
    """The values with all references filled in; ``None`` where an account in them does not exist."""
    return _filled(resource, site.identity, site.book.get)


def _filled(resource: Resource, identity: Identity, id_of: Callable[[Address], str | None]) -> dict[str, str] | None:
    values = {}
    for key, text in resource.attrs.items():
        if key.startswith(OWN):
            value = filled(str(text), identity, id_of)
            if value is None:
                return None
            values[key.removeprefix(OWN)] = value
    return values


def digest(values: Mapping[str, str], records: Iterable[StackRecord]) -> str:
    """What is noted: a word for each stack, which changes with every value, and with a stack that is another one.

    In words, so that a Region that is withdrawn leaves what is noted of the others as it is.
    """
    return " ".join(sorted(_word(values, each) for each in records))


def _word(values: Mapping[str, str], record: StackRecord) -> str:
    text = json.dumps([dict(sorted(values.items())), record.region, record.stack_id], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:8]
