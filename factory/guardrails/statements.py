"""What a policy document allows and denies, as sets of statements that can be compared."""

from __future__ import annotations

import json
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
    for statement in found if isinstance(found, list) else [found]:
        if not isinstance(statement, dict):
            continue
        text = canonical({key: _listed(value) for key, value in statement.items() if key != "Sid"})
        (denies if statement.get("Effect") == "Deny" else allows).add(f"{policy_type} {text}")
    return Statements(
        frozenset(allows), frozenset(denies), any(text.partition(" ")[2] in _EVERYTHING for text in allows)
    )
