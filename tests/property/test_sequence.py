"""Any organization into any other, in every order that the plan allows: the guard is never down in between."""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from factory.core.address import Address
from factory.core.change import Action, Change, Plan
from factory.core.guard import Consent
from factory.core.limits import Limit, Limits
from factory.core.policy_types import FULL_ACCESS, RCP, SCP
from factory.engine.planning import compare
from factory.guardrails.statements import statements
from tests.property.worlds import ACTIONS, EVERYTHING, Policy, World, organization, permitted, reading, worlds

SLOTS = 3
LIMITS = Limits(
    {
        f"organizations.attachments.{name}": Limit(f"organizations.attachments.{name}", value=SLOTS)
        for name in (SCP, RCP)
    }
)
ALL = Consent(allow=frozenset({"mass-change"}))
SEED = int(os.environ.get("FACTORY_SEED", "20261123"))
EXAMPLES = int(os.environ.get("FACTORY_EXAMPLES", "350"))
seen: Counter[str] = Counter()


@dataclass
class Model:
    """The state while a plan is carried out, one change at a time."""

    parents: dict[str, str]
    on: dict[str, set[str]]
    policies: dict[str, Policy]
    units: set[str] = field(default_factory=set)
    slots: int = SLOTS

    @classmethod
    def of(cls, world: World, slots: int = SLOTS) -> Model:
        return cls(
            dict(world.accounts),
            {node: set(names) for node, names in world.on.items()},
            {**world.policies, FULL_ACCESS: EVERYTHING},
            set(world.units),
            slots,
        )

    def carry_out(self, change: Change) -> None:
        kind, name = change.address.kind, change.address.name
        if kind == "attachment":
            node = node_name(Address.parse(str(change.resource.attrs["target"])))
            policy = str(change.resource.attrs["policy"])
            here = self.on.setdefault(node, set())
            if change.action is Action.DELETE:
                here.remove(policy)
                assert any(self.policies[p].type == SCP for p in here), "AWS keeps the last SCP"
            else:
                assert policy in self.policies, "attached before it exists"
                here.add(policy)
                for policy_type in (SCP, RCP):
                    taken = sum(1 for p in here if self.policies[p].type == policy_type)
                    assert taken <= self.slots - (policy_type == RCP), "more than AWS takes"
        elif kind == "guardrail":
            if change.action is Action.DELETE:
                assert not any(name in here for here in self.on.values()), "deleted while attached"
                del self.policies[name]
            else:
                found = statements(str(change.resource.attrs["content"]))
                split = {
                    e: frozenset(a for a in ACTIONS for s in t if f'"{a}"' in s)
                    for e, t in (("allows", found.allows), ("denies", found.denies))
                }
                self.policies[name] = Policy(str(change.resource.attrs["type"]), **split)
        elif kind == "account":
            parent = Address.parse(str(change.resource.attrs["parent"]))
            assert parent.kind == "root" or parent.name in self.units, "moved into nowhere"
            self.parents[name] = parent.name or "root"
            self.on.setdefault(f"@{name}", {FULL_ACCESS})
        elif kind == "ou":
            if change.action is Action.DELETE:
                assert name not in self.parents.values(), "removed while accounts are in it"
                assert not any(u.startswith(name + "/") for u in self.units), "removed before its children"
                self.units.remove(name)
                self.on.pop(name, None)
            else:
                above = name.rpartition("/")[0]
                assert not above or above in self.units, "created before its parent"
                self.units.add(name)
                self.on.setdefault(name, {FULL_ACCESS})

    def permitted(self, stem: str) -> frozenset[str]:
        return permitted(self.parents[stem], stem, self.on, self.policies)


def node_name(node: Address) -> str:
    return {"root": "root", "ou": node.name, "account": f"@{node.name}"}[node.kind]


def any_order(plan: Plan, chance: random.Random, fail: bool) -> list[Change]:
    """One of the orders that the plan allows; with ``fail``, one change fails and all behind it are blocked."""
    waiting = {change.address: change for change in plan.changes}
    lost: set[Address] = set()
    if fail and waiting:
        lost.add(chance.choice(sorted(waiting)))
    done: list[Change] = []
    while waiting:
        ready = sorted(a for a in waiting if not (plan.waits.get(a, frozenset()) & waiting.keys()))
        address = chance.choice(ready)
        change = waiting.pop(address)
        if address in lost or plan.waits.get(address, frozenset()) & lost:
            lost.add(address)
        else:
            done.append(change)
    return done


@seed(SEED)
@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=False, database=None
)
@given(worlds(SLOTS), worlds(SLOTS), st.integers(0, 2**32), st.booleans())
def guard_holds(old: World, new: World, chance: int, fail: bool) -> None:
    plan, _ = compare(organization(new), reading(old), LIMITS, ALL)
    rules = {refusal.rule for refusal in plan.refusals}
    seen.update({"plans": 1, "moves": sum(c.action is Action.MOVE for c in plan.changes), **dict.fromkeys(rules, 1)})
    if rules & {"gap", "attachment-slots"}:
        return
    model = Model.of(old)
    stayed = sorted(old.accounts.keys() & new.accounts.keys())
    unmanaged = sorted(old.accounts.keys() - new.accounts.keys())
    before = {stem: model.permitted(stem) for stem in (*stayed, *unmanaged)}
    after = {
        stem: permitted(new.accounts[stem], stem, new.on, {**new.policies, FULL_ACCESS: EVERYTHING}) for stem in stayed
    }
    steps = any_order(plan, random.Random(chance), fail)
    for change in steps:
        model.carry_out(change)
        for stem in stayed:
            extra = model.permitted(stem) - before[stem] - after[stem]
            assert not extra, (
                f"{stem} may {sorted(extra)} after {change.verb} {change.address}; "
                f"steps: {[f'{c.verb} {c.address}' for c in steps]}"
            )
    if not fail and not unmanaged:
        assert model.parents == dict(new.accounts)
        for stem in stayed:
            assert model.permitted(stem) == after[stem]


def test_the_guard_is_never_down() -> None:
    """The property, and that it was not true of trivial worlds only: moves and refusals both occur."""
    print(f"seed {SEED}")
    guard_holds()
    print(sorted(seen.items()))
    assert seen["moves"] > 100
    assert 0 < seen["gap"] < seen["plans"] / 2
