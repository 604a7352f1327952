"""Policy documents made ready for judging: each is read once, however many requests are judged by it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from factory.core.documents import canonical
from factory.guardrails.conditions import Condition, conditions, texts
from factory.guardrails.matching import Actions, Resources, Truth
from factory.guardrails.patterns import Lookup

VARIABLES_SINCE = "2012-10-17"


class Statement:
    """One statement of a policy, with its place in the document."""

    __slots__ = ("actions", "conditions", "denies", "everything", "index", "keys", "resources", "sid")

    def __init__(self, written: Mapping[str, Any], index: int, *, variables: bool) -> None:
        self.index = index
        self.sid = str(written["Sid"]) if "Sid" in written else None
        self.denies = written.get("Effect") == "Deny"
        self.actions = Actions(_either(written, "Action"), negated="NotAction" in written)
        self.resources = Resources(_either(written, "Resource"), negated="NotResource" in written, variables=variables)
        self.conditions = conditions(written.get("Condition"), variables=variables)
        self.everything = self.actions.everything and self.resources.everything and not self.conditions
        self.keys = _keys(self.conditions, self.resources)

    def met(self, about: Truth, lookup: Lookup) -> Truth:
        """Whether it holds for this request, if it is ``about`` its action and resource for certain or perhaps."""
        result = about
        for condition in self.conditions:
            met = condition.holds(lookup)
            if met is False:
                return False
            if met is None:
                result = None
        return result

    def unknown(self, lookup: Lookup) -> set[str]:
        """The context keys in it that nobody knows, as the policy writes them where it names them."""
        found = set(self.resources.unknown(lookup))
        for condition in self.conditions:
            if condition.holds(lookup) is None:
                found.update(condition.unknown(lookup))
        return {self.keys.get(key, key) for key in found}


def _either(written: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return texts(written.get(key, written.get(f"Not{key}")))


def _keys(found: tuple[Condition, ...], resources: Resources) -> Mapping[str, str]:
    """All context keys that a statement asks for: as they are compared, and as they are written."""
    keys = resources.variables()
    for condition in found:
        keys |= condition.variables()
    return {**keys, **{condition.key: condition.name for condition in found}}


def compiled(document: Mapping[str, Any]) -> tuple[Statement, ...]:
    """The statements of a document. Equal documents are compiled once."""
    return _compiled(canonical(document))


@lru_cache(maxsize=4096)
def _compiled(text: str) -> tuple[Statement, ...]:
    document = json.loads(text)
    variables = document.get("Version") == VARIABLES_SINCE
    found = document.get("Statement")
    listed = found if isinstance(found, list) else [found]
    return tuple(
        Statement(each, index, variables=variables) for index, each in enumerate(listed) if isinstance(each, dict)
    )
