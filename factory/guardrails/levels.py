"""The tree as the judge sees it: levels from the root down to an account, and the policies on each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from factory.guardrails.compiled import Statement, compiled

_REMEMBERED = 32768
"""For so many actions a level remembers which of its statements are about them."""


@dataclass(frozen=True)
class Policy:
    """An SCP or RCP: its name and its document."""

    name: str
    document: Mapping[str, Any] = field(hash=False)

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """The document, made ready for judging."""
        return compiled(self.document)

    @classmethod
    def made_of(cls, name: str, document: Mapping[str, Any], statements: tuple[Statement, ...]) -> Policy:
        """A policy whose statements are ready already."""
        found = cls(name, document)
        found.__dict__["statements"] = statements
        return found


Place = tuple[Policy, Statement]
"""A statement and the policy that it stands in."""


@dataclass(frozen=True)
class Level:
    """A node of the tree, root, unit or account, with the policies of one type that are attached there."""

    name: str
    policies: tuple[Policy, ...] = ()

    @cached_property
    def _statements(self) -> tuple[Place, ...]:
        return tuple((policy, statement) for policy in self.policies for statement in policy.statements)

    @cached_property
    def _by_action(self) -> dict[str, tuple[list[Place], list[Place]]]:
        return {}

    @cached_property
    def allows_everything(self) -> bool:
        """Whether a statement allows every action on every resource without a condition."""
        return any(statement.everything and not statement.denies for _, statement in self._statements)

    def about(self, action: str) -> tuple[list[Place], list[Place]]:
        """The statements about an action (in small letters) that deny, and those that allow."""
        found = self._by_action.get(action)
        if found is None:
            found = ([], [])
            for policy, statement in self._statements:
                if statement.actions.match(action):
                    found[not statement.denies].append((policy, statement))
            if len(self._by_action) >= _REMEMBERED:
                self._by_action.clear()
            self._by_action[action] = found
        return found


def chain(levels: Iterable[tuple[str, Iterable[tuple[str, Mapping[str, Any]]]]]) -> tuple[Level, ...]:
    """Levels from plain values: (name of the node, (name of the policy, its document) ...) from the root down."""
    return tuple(Level(name, tuple(Policy(each, document) for each, document in found)) for name, found in levels)
