"""Lint rule L30: statements that do nothing where they are attached, for what stands above them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from factory.core.address import Address, ancestry
from factory.core.documents import canonical
from factory.guardrails.lint.clauses import Clause
from factory.guardrails.matching import Actions, resource_matcher
from factory.guardrails.patterns import parse
from factory.guardrails.tree import Tree
from factory.guardrails.witnesses import common

Clauses = Mapping[str, tuple[Clause, ...]]
"""The statements of SCPs and RCPs by the names of their guardrails."""


@dataclass(frozen=True, slots=True)
class Idle:
    """A statement that does nothing on ``nodes``, and why."""

    guardrail: str
    clause: Clause
    why: str
    nodes: tuple[str, ...]


def idle(tree: Tree, found: Clauses) -> Iterator[Idle]:
    """Every statement that does nothing somewhere; the same reason on several nodes is told once."""
    search = _Search(tree, found)
    told: dict[tuple[str, int, str], list[str]] = {}
    for node in tree.held:
        for name, position, why in search.on(node):
            told.setdefault((name, position, why), []).append(str(node))
    for (name, position, why), nodes in told.items():
        yield Idle(name, found[name][position], why, tuple(nodes))


@dataclass
class _Search:
    """Looks at one node after another; what one guardrail does to another is worked out once."""

    tree: Tree
    clauses: Clauses
    _pairs: dict[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)

    def on(self, node: Address) -> Iterator[tuple[str, int, str]]:
        """The statements on a node that do nothing: guardrail, position and why."""
        above = [(str(place), name) for place in self._above(node) for name in self._names(place)]
        for name in self._names(node):
            told: set[int] = set()
            for place, other in above:
                for position in set(self._covered(other, name)) - told:
                    told.add(position)
                    denied = self.clauses[name][position].denies
                    by = f"{other} on {place}"
                    yield name, position, f"{by} denies it already" if denied else f"{by} denies what it allows"
            yield from self._unheard(node, name, told)

    def _unheard(self, node: Address, name: str, told: set[int]) -> Iterator[tuple[str, int, str]]:
        """Allowances of actions that a level above does not allow."""
        for place in self._above(node):
            if place not in self.tree.without_full_access:
                continue
            allowing = [each for other in self._names(place) for each in self.clauses[other] if not each.denies]
            for position, clause in enumerate(self.clauses[name]):
                if clause.denies or "NotAction" in clause.written or position in told:
                    continue
                if not any(_meets(each, text) for _, text in clause.texts("Action") for each in allowing):
                    told.add(position)
                    yield name, position, f"nothing on {place} allows what it allows"

    def _above(self, node: Address) -> tuple[Address, ...]:
        if node.kind == "account":
            member = self.tree.members.get(node.name)
            return member.chain[:-1] if member else ()
        return ancestry(node)[:-1]

    def _names(self, node: Address) -> Iterable[str]:
        """The SCPs and RCPs on a node; those that AWS would refuse are not among the statements."""
        return [held.name for held in self.tree.held.get(node, ()) if held.name in self.clauses]

    def _covered(self, outer: str, inner: str) -> tuple[int, ...]:
        """Which statements of a guardrail do nothing below another."""
        found = self._pairs.get((outer, inner))
        if found is None:
            denials = [each for each in self.clauses[outer] if each.denies]
            found = self._pairs[outer, inner] = tuple(
                position
                for position, clause in enumerate(self.clauses[inner])
                if any(covers(each, clause) for each in denials)
            )
        return found


def _meets(outer: Clause, action: str) -> bool:
    """Whether an action that fits this pattern may be among those that a statement is about."""
    if "NotAction" in outer.written:
        return "*" in action or "?" in action or outer.statement.actions.match(action.lower())
    return any(common(each, action) is not None for _, each in outer.texts("Action"))


def covers(outer: Clause, inner: Clause) -> bool:
    """Whether a denial surely denies all that another statement of the same type is about."""
    if outer.policy_type != inner.policy_type:
        return False
    conditions = outer.written.get("Condition")
    if conditions and not (inner.denies and canonical(conditions) == canonical(inner.written.get("Condition"))):
        return False
    return _within(outer, inner, "Action") and _within(outer, inner, "Resource")


def _within(outer: Clause, inner: Clause, key: str) -> bool:
    if f"Not{key}" in outer.written or f"Not{key}" in inner.written:
        both = [clause.written.get(f"Not{key}") for clause in (outer, inner)]
        everything = any(text == "*" for _, text in outer.texts(key))
        return everything or (both[0] is not None and canonical(both[0]) == canonical(both[1]))
    patterns = tuple(text for _, text in outer.texts(key))
    return all(any(_pattern_covers(key, each, text) for each in patterns) for _, text in inner.texts(key))


@lru_cache(maxsize=16384)
def _pattern_covers(key: str, outer: str, inner: str) -> bool:
    """Whether all that fits one pattern fits another; a ``*`` of the inner one is taken as a character like others."""
    if outer == inner or outer == "*":
        return True
    if "?" in outer or "$" in outer or "$" in inner:
        return False
    if key == "Action":
        return Actions([outer]).match(inner.lower())
    return inner != "*" and resource_matcher(parse(outer))(inner)
