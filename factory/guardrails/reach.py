"""Which policies are attached where, before and after a plan, and what each of its steps gives or takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from factory.core.address import Address, guardrail
from factory.core.change import Action, Change
from factory.core.policy_types import POLICY_TYPES, SCP
from factory.core.resource import Resource
from factory.guardrails.statements import NOTHING, Statements, statements

Resources = Mapping[Address, Resource]


@dataclass
class Side:
    """The attachments of one moment: which policies sit on which node, by policy type, and what they say."""

    policies: dict[Address, Resource] = field(default_factory=dict)
    on: dict[Address, set[Address]] = field(default_factory=dict)

    @classmethod
    def of(cls, resources: Resources) -> Side:
        """Collect policies and attachments from a snapshot or a wanted state."""
        side = cls({a: r for a, r in resources.items() if a.kind == "guardrail"})
        for address, resource in resources.items():
            if address.kind == "attachment":
                target = Address.parse(str(resource.attrs["target"]))
                side.on.setdefault(target, set()).add(guardrail(str(resource.attrs["policy"])))
        return side

    def says(self, policy: Address) -> Statements:
        """What the policy allows and denies; types that do not decide on requests say nothing.

        A policy whose text could not be read may allow and deny anything, so it counts as a statement of its own.
        """
        found = self.policies.get(policy)
        if found is None or not authorizes(found):
            return NOTHING
        if found.attrs["content"] is None:
            unknown = frozenset({f"unread {policy}"})
            return Statements(unknown, unknown)
        return statements(str(found.attrs["content"]), str(found.attrs["type"]))

    def attached(self, node: Address, policy_type: str) -> set[Address]:
        """The policies of one type on a node."""
        return {p for p in self.on.get(node, ()) if self.type_of(p) == policy_type}

    def type_of(self, policy: Address) -> str | None:
        """The policy's type, ``None`` where the policy is not known."""
        found = self.policies.get(policy)
        return str(found.attrs["type"]) if found else None

    def allows(self, node: Address) -> frozenset[str] | None:
        """All that is allowed at the node itself by service control policies; ``None`` means everything."""
        return together(self.says(p) for p in self.attached(node, SCP))[1]


def together(found: Iterable[Statements]) -> tuple[frozenset[str], frozenset[str] | None]:
    """What several documents deny and allow together; ``None`` means that everything is allowed."""
    parts = list(found)
    everything = any(part.everything for part in parts)
    allows = None if everything else frozenset[str]().union(*(part.allows for part in parts))
    return frozenset[str]().union(*(part.denies for part in parts)), allows


def authorizes(policy: Resource) -> bool:
    """Whether policies of this type decide on requests (service and resource control policies)."""
    row = POLICY_TYPES.get(str(policy.attrs["type"]))
    return row is not None and row.authorizes


@dataclass(frozen=True, slots=True)
class Effect:
    """What a step does at one node: ``narrow`` takes something away, ``widen`` gives something."""

    narrow: bool = False
    widen: bool = False

    def __or__(self, other: Effect) -> Effect:
        return Effect(self.narrow or other.narrow, self.widen or other.widen)


@dataclass(frozen=True)
class Step:
    """A change to what is attached: which policy, and its effect at each node it touches."""

    change: Change
    policy: Address
    effects: Mapping[Address, Effect]

    @property
    def address(self) -> Address:
        """The change's address."""
        return self.change.address

    @property
    def attaches(self) -> bool:
        """Whether a policy is newly attached."""
        return self.change.address.kind == "attachment" and self.change.action is Action.CREATE

    @property
    def detaches(self) -> bool:
        """Whether a policy is detached."""
        return self.change.address.kind == "attachment" and self.change.action is Action.DELETE

    def attaches_to(self, nodes: Iterable[Address]) -> bool:
        """Whether a policy that decides on requests is newly attached to one of these nodes, whatever it says."""
        decides = POLICY_TYPES[str(self.change.resource.attrs["type"])].authorizes if self.attaches else False
        return decides and not self.effects.keys().isdisjoint(nodes)

    @property
    def rewrites(self) -> bool:
        """Whether a policy gets another text, wherever it is attached."""
        return self.change.address == self.policy

    def at(self, nodes: Iterable[Address]) -> Effect:
        """The step's effect at any of these nodes."""
        total = Effect()
        for node in nodes:
            total |= self.effects.get(node, Effect())
        return total


def steps(changes: Iterable[Change], before: Side, after: Side) -> list[Step]:
    """The changes that attach, detach or rewrite a policy, with what each gives or takes and where."""
    found = []
    for change in changes:
        if change.address.kind == "attachment":
            policy = guardrail(str(change.resource.attrs["policy"]))
            node = Address.parse(str(change.resource.attrs["target"]))
            was, will = before.says(policy), after.says(policy)
            if change.action is Action.CREATE:
                effect = _effect(node, NOTHING, will, before, after)
            else:
                # A policy that lives on may be rewritten before it goes, so it takes away what either text allows.
                gone = Statements(was.allows | will.allows, was.denies, was.everything)
                effect = _effect(node, gone, NOTHING, before, after)
            found.append(Step(change, policy, {node: effect}))
        elif change.address.kind == "guardrail" and change.before and change.after:
            old, new = before.says(change.address), after.says(change.address)
            nodes = [n for n in before.on.keys() | after.on.keys() if change.address in before.on.get(n, ())]
            effects = {n: _effect(n, old, new, before, after) for n in nodes} if old != new else {}
            found.append(Step(change, change.address, effects))
    return found


def _effect(node: Address, old: Statements, new: Statements, before: Side, after: Side) -> Effect:
    """What going from one document to the other gives or takes at a node, beside what holds there anyway.

    While a policy comes, those that were there before still are (attach before detach); while one goes, those
    that shall be there are. While one is rewritten only those count that stay. A policy that is rewritten in
    the same plan counts with the statements that both its versions have.
    """
    was, will = before.on.get(node, set()), after.on.get(node, set())
    if old is NOTHING:
        counted = was
    elif new is NOTHING:
        counted = will
    else:
        counted = was & will
    denied, allowed = together(_kept(p, node, before, after) for p in counted)
    return Effect(
        narrow=not (new.denies - old.denies) <= denied
        or (allowed is not None and not (old.allows - new.allows) <= allowed),
        widen=not (old.denies - new.denies) <= denied
        or (allowed is not None and not (new.allows - old.allows) <= allowed),
    )


def _kept(policy: Address, node: Address, before: Side, after: Side) -> Statements:
    old, new = before.says(policy), after.says(policy)
    if policy not in before.policies or policy not in before.on.get(node, ()):
        return new
    if policy not in after.policies or old == new:
        return old
    return Statements(old.allows & new.allows, old.denies & new.denies, old.everything and new.everything)
