"""Policies cut into the smallest statements that mean the same together, so that rewritten ones can be compared.

A statement about several actions and resources is as many statements about one of each: the elements ``Action`` and
``Resource`` are alternatives (IAM User Guide, "IAM JSON policy elements"). ``NotAction`` and ``NotResource`` stay
whole. Sids, the order of statements and of lists, and which policy of a level holds a statement mean nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from typing import Any

from factory.core.documents import canonical
from factory.guardrails.compiled import Statement, compiled
from factory.guardrails.conditions import texts
from factory.guardrails.levels import Policy

Allows = frozenset[frozenset["Piece"]]


@dataclass(frozen=True, slots=False)
class Piece:
    """One statement about one action and one resource, as a document of its own; equal texts are equal pieces."""

    text: str

    @cached_property
    def policy(self) -> Policy:
        """The piece as a policy, named by its text."""
        return Policy(self.text, json.loads(self.text))

    @cached_property
    def statement(self) -> Statement:
        """The piece, compiled."""
        return compiled(self.policy.document)[0]

    @cached_property
    def written(self) -> dict[str, Any]:
        """The statement as it is written."""
        found: dict[str, Any] = self.policy.document["Statement"][0]
        return found

    @property
    def actions(self) -> tuple[str, ...]:
        """The patterns of ``Action`` or ``NotAction``."""
        return texts(self.written.get("Action", self.written.get("NotAction")))

    @property
    def negated(self) -> bool:
        """Whether it is about all actions but those."""
        return "NotAction" in self.written

    @property
    def resources(self) -> tuple[str, ...]:
        """The patterns of ``Resource`` or ``NotResource``."""
        return texts(self.written.get("Resource", self.written.get("NotResource")))

    @cached_property
    def about_everything(self) -> Piece:
        """The same about every action: what it says to an action that it is about."""
        rest = {key: value for key, value in self.written.items() if key not in ("Action", "NotAction")}
        return Piece(canonical({**self.policy.document, "Statement": [{**rest, "Action": "*"}]}))

    @cached_property
    def by_org_paths(self) -> bool:
        """Whether it hangs on where in the tree an account is."""
        return "orgpaths" in self.text.lower()

    @cached_property
    def _hash(self) -> int:
        return hash(self.text)

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True)
class Content:
    """What the policies of one type on one node say: what they deny, and what they allow.

    ``everything``: they allow every action on every resource without a condition, and what else they allow is no news.
    ``unread`` names policies whose documents could not be read; they are taken to allow everything and deny nothing.
    """

    denies: frozenset[Piece] = frozenset()
    allows: frozenset[Piece] = frozenset()
    everything: bool = False
    unread: frozenset[str] = frozenset()

    @cached_property
    def by_org_paths(self) -> bool:
        """Whether any of it hangs on where in the tree an account is."""
        return any(piece.by_org_paths for piece in self.denies | self.allows)


@lru_cache(maxsize=4096)
def pieces(content: str) -> Content:
    """The pieces of one document; a text that is no policy says nothing."""
    try:
        document = json.loads(content)
    except ValueError:
        return Content()
    found = document.get("Statement", []) if isinstance(document, dict) else []
    denies: set[Piece] = set()
    allows: set[Piece] = set()
    for statement in found if isinstance(found, list) else [found]:
        if isinstance(statement, dict):
            (denies if statement.get("Effect") == "Deny" else allows).update(_cut(statement, document.get("Version")))
    return Content(frozenset(denies), frozenset(allows), any(piece.statement.everything for piece in allows))


def _cut(statement: dict[str, Any], version: Any) -> Iterator[Piece]:
    lists = ("Action", "Resource")
    rest = {key: _plain(value) for key, value in statement.items() if key != "Sid" and key not in lists}
    chosen: list[list[dict[str, Any]]] = [
        [{key: each} for each in texts(statement[key])] if key in statement else [{}] for key in lists
    ]
    for action, resource in product(*chosen):
        made: dict[str, Any] = {"Statement": [{**rest, **action, **resource}]}
        yield Piece(canonical({**made, "Version": version} if version is not None else made))


def _plain(value: Any) -> Any:
    """Lists of values in one order, a list of one as what is in it, wherever they stand."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        listed = sorted(set(texts(value)))
        return listed[0] if len(listed) == 1 else listed
    return value
