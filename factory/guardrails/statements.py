"""What a policy document allows and denies, as sets of statements that can be compared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from factory.core.documents import canonical

FULL_ACCESS_CONTENT = canonical(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
_EVERYTHING = {canonical({"Effect": "Allow", "Action": a, "Resource": "*"}) for a in ("*", "*:*")}


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements of one document in canonical text, without their Sids.

    ``everything`` says that one of them allows every action on every resource without a condition.
    """

    allows: frozenset[str] = frozenset()
    denies: frozenset[str] = frozenset()
    everything: bool = False


NOTHING = Statements()


def _listed(value: Any) -> Any:
    """A string and a list of it mean the same in a policy, and the order of a list means nothing."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value[0] if len(value) == 1 else sorted(value)
    return value


def _pieces(statement: dict[str, Any]) -> Iterator[str]:
    """One statement an action and resource, which together say what the whole says: lists there are alternatives."""
    rest = {k: _listed(v) for k, v in statement.items() if k not in ("Sid", "Action", "Resource")}
    for action in _alternatives(statement, "Action"):
        for resource in _alternatives(statement, "Resource"):
            yield canonical({**rest, **action, **resource})


def _alternatives(statement: dict[str, Any], key: str) -> list[dict[str, Any]]:
    if key not in statement:
        return [{}]
    value = statement[key]
    return [{key: item} for item in (value if isinstance(value, list) else [value])]


@lru_cache(maxsize=4096)
def statements(content: str, policy_type: str = "") -> Statements:
    """Split a document into what it allows and what it denies; a text that is no policy holds nothing.

    The same words mean another thing in a policy of another type (they bind resources, not principals), so
    statements are only equal within ``policy_type``.
    """
    try:
        document = json.loads(content)
    except ValueError:
        return NOTHING
    found = document.get("Statement", []) if isinstance(document, dict) else []
    allows: set[str] = set()
    denies: set[str] = set()
    everything = False
    for statement in found if isinstance(found, list) else [found]:
        if not isinstance(statement, dict):
            continue
        target = denies if statement.get("Effect") == "Deny" else allows
        for piece in _pieces(statement):
            target.add(f"{policy_type} {piece}")
            everything = everything or (target is allows and piece in _EVERYTHING)
    return Statements(frozenset(allows), frozenset(denies), everything)
