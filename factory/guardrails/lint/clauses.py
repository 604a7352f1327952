"""Statements as lint rules look at them: every action, resource and condition with its place in the document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from factory.core.policy_types import SCP
from factory.guardrails.compiled import Statement, compiled
from factory.guardrails.conditions import OPERATORS, Condition, parts_of, texts
from factory.guardrails.grammar import Path
from factory.guardrails.matching import Truth
from factory.guardrails.patterns import Lookup, Values
from factory.guardrails.tree import MADE_UP

NEW_SINCE = "2012-10-17"


def of_role(name: str) -> Mapping[str, Values]:
    """What requests of a role in a member account surely have under the keys that say who calls."""
    return {
        "aws:principalaccount": (MADE_UP.id,),
        "aws:principalarn": (f"arn:aws:iam::{MADE_UP.id}:role/{name}",),
        "aws:principalisawsservice": ("false",),
        "aws:principalservicename": (),
        "aws:principalservicenameslist": (),
        "aws:principaltype": ("AssumedRole",),
        "aws:username": (),
    }


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule found: where in the document, what it is, and the way out if that differs from the rule's own."""

    path: Path
    what: str
    fix: str = ""


@dataclass(frozen=True)
class Asked:
    """One condition: an operator on a key. ``key`` is in small letters, ``name`` as it is written."""

    operator: str
    name: str
    values: tuple[str, ...]
    path: Path

    @property
    def key(self) -> str:
        """The condition key as keys are compared."""
        return self.name.lower()

    @cached_property
    def _parts(self) -> tuple[str, str, bool]:
        return parts_of(self.operator)

    @property
    def prefix(self) -> str:
        """``forallvalues:``, ``foranyvalue:`` or nothing."""
        return self._parts[0]

    @property
    def base(self) -> str:
        """The operator without prefix and ``IfExists``, in small letters."""
        return self._parts[1]

    @property
    def if_exists(self) -> bool:
        """Whether an absent key meets it, in so many words."""
        return self._parts[2]

    @property
    def negated(self) -> bool:
        """Whether it asks for other values than those that stand there."""
        row = OPERATORS.get(self.base)
        return row is not None and row.negated

    @property
    def wants_presence(self) -> bool:
        """Whether only requests that have the key meet it: ``Null: false``, and positive operators."""
        if self.base == "null":
            return tuple(each.lower() for each in self.values) == ("false",)
        return not self.if_exists and (self.prefix == "foranyvalue:" or not (self.prefix or self.negated))

    def holds(self, lookup: Lookup) -> Truth:
        """Whether a request meets it."""
        return Condition(self.operator, self.name, self.values).holds(lookup)


@dataclass(frozen=True)
class Clause:
    """One statement of a guardrail of ``policy_type``, which AWS would take; ``document``: all of its statements."""

    policy_type: str
    written: Mapping[str, Any] = field(hash=False)
    statement: Statement = field(hash=False)
    path: Path
    document: tuple[Statement, ...] = field(hash=False)

    @property
    def sid(self) -> str | None:
        """Its Sid, if it has one."""
        return self.statement.sid

    @property
    def denies(self) -> bool:
        """Whether its effect is Deny."""
        return self.statement.denies

    @property
    def binds_principals(self) -> bool:
        """Whether it is part of a service control policy."""
        return self.policy_type == SCP

    def texts(self, key: str) -> Iterator[tuple[Path, str]]:
        """Each text under ``Action``, ``NotResource`` and the like."""
        value = self.written.get(key)
        if isinstance(value, list):
            yield from (((*self.path, key, n), str(each)) for n, each in enumerate(value))
        elif value is not None:
            yield (*self.path, key), str(value)

    @property
    def actions(self) -> Iterator[tuple[Path, str]]:
        """Each pattern under ``Action`` or ``NotAction``."""
        yield from self.texts("Action")
        yield from self.texts("NotAction")

    @cached_property
    def conditions(self) -> tuple[Asked, ...]:
        """Each key under each operator."""
        block = self.written.get("Condition")
        return tuple(
            Asked(str(operator), str(key), texts(value), (*self.path, "Condition", operator, key))
            for operator, keys in (block.items() if isinstance(block, Mapping) else ())
            for key, value in keys.items()
        )

    def asks_for(self, key: str) -> bool:
        """Whether it is only about requests that have this key."""
        return any(each.key == key and each.wants_presence for each in self.conditions)


def clauses(policy_type: str, document: Mapping[str, Any]) -> tuple[Clause, ...]:
    """The statements of a document."""
    found = document.get("Statement")
    paths: list[tuple[Path, Any]] = [(("Statement",), found)]
    if isinstance(found, list):
        paths = [(("Statement", n), each) for n, each in enumerate(found)]
    statements = compiled(document)
    return tuple(
        Clause(policy_type, written, statement, path, statements)
        for (path, written), statement in zip(paths, statements, strict=True)
    )
