"""Small organizations, generated: what files can want, what AWS can hold, and who may do what in them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from factory.aws.records import (
    AccountRecord,
    AttachmentRecord,
    OrganizationRecord,
    PolicyRecord,
    Reading,
    RootRecord,
    UnitRecord,
)
from factory.core import address
from factory.core.documents import canonical
from factory.core.policy_types import FULL_ACCESS, RCP, SCP
from factory.kinds.guardrail import GuardrailFile
from factory.spec import Account, FileEntry, Organization, Place, Unit
from tests.kinds.scenes import NO_BREAK_GLASS

MANAGEMENT = "111111111111"
ACTIONS = ("svc:a", "svc:b", "svc:c", "svc:d")
PATHS = ("a", "b", "c", "a/x", "a/y", "b/x", "c/z", "a/x/p", "a/x/q", "b/x/p")
STEMS = ("one", "two", "three", "four", "five")


def statement(effect: str, action: str) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": "*"}


def document(allows: Iterable[str] = (), denies: Iterable[str] = ()) -> dict[str, Any]:
    found = [statement("Allow", a) for a in sorted(allows)] + [statement("Deny", a) for a in sorted(denies)]
    return {"Version": "2012-10-17", "Statement": found}


@dataclass(frozen=True)
class Policy:
    """A policy in the small: which of the four actions it allows and denies."""

    type: str
    allows: frozenset[str] = frozenset()
    denies: frozenset[str] = frozenset()

    @property
    def content(self) -> dict[str, Any]:
        found = document(self.allows, self.denies)
        if self.type == RCP:
            # A resource control policy names its principal, and that is always everyone.
            found["Statement"] = [{"Principal": "*", **statement} for statement in found["Statement"]]
        return found


EVERYTHING = Policy(SCP, frozenset(ACTIONS))


@dataclass(frozen=True)
class World:
    """What is wanted or what is there. ``on`` maps ``root``, OU paths and ``@STEM`` to guardrail names."""

    units: frozenset[str] = frozenset()
    accounts: Mapping[str, str] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    on: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unit_was: Mapping[str, str] = field(default_factory=dict)
    account_was: Mapping[str, str] = field(default_factory=dict)

    def nodes(self) -> list[str]:
        return ["root", *sorted(self.units), *(f"@{stem}" for stem in sorted(self.accounts))]


def chain(parent: str, stem: str) -> list[str]:
    parts = [] if parent == "root" else parent.split("/")
    return ["root", *("/".join(parts[: i + 1]) for i in range(len(parts))), f"@{stem}"]


def permitted(
    parent: str, stem: str, on: Mapping[str, Iterable[str]], policies: Mapping[str, Policy]
) -> frozenset[str]:
    """The actions that service and resource control policies leave to the account's principals.

    The rule is AWS's: at every level something must allow, and a denial anywhere wins.
    """
    allowed = set(ACTIONS)
    for node in chain(parent, stem):
        here = [policies[name] for name in on.get(node, ())]
        allowed &= set().union(*(p.allows for p in here if p.type == SCP))
        for policy in here:
            allowed -= policy.denies
    return frozenset(allowed)


def organization(world: World) -> Organization:
    """The world as files would declare it."""

    def sections(node: str) -> dict[str, Any]:
        names = world.on.get(node, frozenset())
        return {"guardrails": tuple(sorted(names - {FULL_ACCESS})), "full_access": FULL_ACCESS in names}

    return Organization(
        safety=NO_BREAK_GLASS,
        root=Place(address=address.ROOT, sections=sections("root")),
        units={
            path: Unit(address=address.unit(path), path=path, was=world.unit_was.get(path), sections=sections(path))
            for path in sorted(world.units)
        },
        accounts={
            stem: Account(
                address=address.account(stem),
                name=stem,
                ou=parent,
                email=f"{stem}@example.com",
                display_name=stem,
                was=world.account_was.get(stem),
                new=stem not in world.account_was,
                sections=sections(f"@{stem}"),
            )
            for stem, parent in sorted(world.accounts.items())
        },
        files={
            "guardrail": {
                name: FileEntry(
                    name=name,
                    model=GuardrailFile(type=policy.type, description=name, content=policy.content),
                )
                for name, policy in sorted(world.policies.items())
                if name != FULL_ACCESS
            }
        },
        policy_types=(RCP, SCP),
    )


def reading(world: World, instance: str = "main") -> Reading:
    """The world as AWS would show it once it was built by us."""
    owned = {"factory:managed": instance}
    unit_ids = {"root": "r-root", **{path: f"ou-{path}" for path in world.units}}
    account_ids = {stem: f"{200000000000 + STEMS.index(stem)}" for stem in world.accounts}
    ids = {**unit_ids, **{f"@{stem}": i for stem, i in account_ids.items()}}
    names = {*world.policies, FULL_ACCESS}
    policies = tuple(
        PolicyRecord(
            f"p-{name}",
            "",
            name,
            world.policies[name].type if name in world.policies else SCP,
            name == FULL_ACCESS,
            name,
            None if name == FULL_ACCESS else canonical(world.policies[name].content),
        )
        for name in sorted(names)
    )
    accounts = [AccountRecord(MANAGEMENT, "", "management", "root@example.com", "ACTIVE", "r-root")]
    accounts += [
        AccountRecord(account_ids[stem], "", stem, f"{stem}@example.com", "ACTIVE", unit_ids[parent])
        for stem, parent in sorted(world.accounts.items())
    ]
    tags = {unit_ids[path]: owned for path in world.units}
    tags |= {f"p-{name}": owned for name in world.policies}
    tags |= {i: {**owned, "factory:address": stem} for stem, i in account_ids.items()}
    return Reading(
        "arn:aws:iam::111111111111:role/plan",
        MANAGEMENT,
        OrganizationRecord("o-exampleorgid", "", "ALL", MANAGEMENT),
        RootRecord("r-root", "", {SCP: "ENABLED", RCP: "ENABLED"}),
        tuple(
            UnitRecord(unit_ids[p], "", p.rpartition("/")[2], unit_ids[p.rpartition("/")[0] or "root"])
            for p in sorted(world.units)
        ),
        tuple(accounts),
        policies,
        tuple(
            AttachmentRecord(f"p-{name}", ids[node], "")
            for node, attached in sorted(world.on.items())
            for name in sorted(attached)
        ),
        tags,
        True,
    )


@st.composite
def policies(draw: st.DrawFn) -> dict[str, Policy]:
    """Named policies whose content varies from draw to draw, but whose type goes with the name."""
    found = {}
    some = st.frozensets(st.sampled_from(ACTIONS), max_size=2)
    for name in sorted(draw(st.frozensets(st.sampled_from(("d1", "d2", "d3", "r1", "l1", "l2", "m1")), max_size=6))):
        denies = draw(some) if name[0] != "l" else frozenset()
        allows = draw(some) if name[0] in "lm" else frozenset()
        if name[0] == "l":
            allows |= {draw(st.sampled_from(ACTIONS))}
        if not denies and not allows:
            denies = frozenset({draw(st.sampled_from(ACTIONS))})
        found[name] = Policy(RCP if name[0] == "r" else SCP, allows, denies)
    return found


@st.composite
def worlds(draw: st.DrawFn, slots: int = 3, stems: tuple[str, ...] = STEMS) -> World:
    """An organization that AWS would take: at most ``slots`` policies of a type on a node, one that allows."""
    chosen = draw(st.frozensets(st.sampled_from(PATHS), max_size=6))
    units = frozenset("/".join(p.split("/")[: i + 1]) for p in chosen for i in range(len(p.split("/"))))
    names = draw(policies())
    parents = st.sampled_from(["root", *sorted(units)])
    accounts = {stem: draw(parents) for stem in stems if draw(st.booleans())}
    world = World(units, accounts, names)
    on = {}
    for node in world.nodes():
        wanted = draw(st.frozensets(st.sampled_from(sorted(names)), max_size=slots)) if names else frozenset()
        scps = sorted(n for n in wanted if names[n].type == SCP)
        lists = [n for n in scps if names[n].allows]
        full = not lists or draw(st.booleans())
        kept = (lists[:1] + [n for n in scps if n not in lists[:1]])[: slots - full]
        on[node] = frozenset(kept) | ({FULL_ACCESS} if full else frozenset())
        on[node] |= frozenset([n for n in sorted(wanted) if names[n].type == RCP][: slots - 1])
    return replace(world, on=on)


TREES = ({"a", "b"}, {"a", "b", "a/x"}, {"a"}, {"a", "a/x", "b", "b/y"})
NAMES = ("d1", "d2", "l1", "l2", "l3", "m1", "r1")
FEW = ACTIONS[:3]


def narrow_policy(chance: random.Random, name: str) -> Policy:
    """A policy that says something about one or two of three actions, so that policies often say the same."""

    def some(most: int) -> frozenset[str]:
        return frozenset(chance.sample(FEW, chance.randint(1, most)))

    none = frozenset[str]()
    kind = name[0]
    return Policy(RCP if kind == "r" else SCP, some(2) if kind in "lm" else none, none if kind == "l" else some(2))


def narrow_world(chance: random.Random, kept: World | None = None) -> World:
    """A small world in which little is left to chance: few actions, few nodes, many policies on them.

    With ``kept``, half of its policies, nodes and places stay as they are. What goes wrong between two worlds that
    have nothing in common is seldom; it is the change beside something that stays which is hard to get right.
    """
    units = frozenset(chance.choice(TREES))
    names = set(chance.sample(NAMES, chance.randint(2, 5)))
    if kept:
        units = kept.units if chance.random() < 0.6 else units
        names |= set(chance.sample(sorted(kept.policies), min(2, len(kept.policies))))

    def stays() -> bool:
        return chance.random() < 0.5

    said = {
        name: kept.policies[name] if kept and name in kept.policies and stays() else narrow_policy(chance, name)
        for name in sorted(names)
    }
    accounts: dict[str, str] = {}
    for stem in STEMS[:2]:
        if chance.random() < 0.9:
            accounts[stem] = chance.choice(["root", *sorted(units)])
        if kept and kept.accounts.get(stem) in {"root", *units} and stays():
            accounts[stem] = kept.accounts[stem]
    world = World(units, accounts, said)
    on: dict[str, frozenset[str]] = {}
    for node in world.nodes():
        here = {name for name in sorted(said) if chance.random() < 0.35}
        if kept and node in kept.on and stays():
            here = set(kept.on[node] & said.keys())
        lists = [name for name in here if said[name].type == SCP and said[name].allows]
        full = not lists or chance.random() < 0.35
        on[node] = frozenset(here) | ({FULL_ACCESS} if full else frozenset())
    return replace(world, on=on)
