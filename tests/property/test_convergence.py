"""Any organization into any other in one apply, on the strict sandbox, with people's hands in between.

After every single call the guard still stands: nobody in an account that was there before may do what was
neither allowed before the plan nor will be allowed after it.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from factory.aws.session import Aws, from_session
from factory.core.change import Plan, Report
from factory.core.documents import canonical
from factory.core.guard import Consent
from factory.core.limits import Limit, Limits
from factory.core.policy_types import FULL_ACCESS, RCP, SCP
from factory.engine import apply
from factory.engine import plan as make_plan
from factory.guardrails.statements import statements
from factory.sandbox import Sandbox, Timing
from factory.sandbox.seeding import add_account, add_policy, add_unit
from factory.spec import load_limits
from tests.property.worlds import ACTIONS, EVERYTHING, Policy, World, document, organization, worlds

SLOTS = 4
STEMS = ("one", "two", "three")
CONSENT = Consent(allow=frozenset({"mass-change"}))
GUARDS_OFF = frozenset({"gap", "maybe-rename"})
SEED = int(os.environ.get("FACTORY_SEED", "20261123"))
EXAMPLES = int(os.environ.get("FACTORY_EXAMPLES", "30"))
TIMING = Timing(creation=(5, 20))
"""Every look at a creation under way is a call: some are seen twice or more, and none a dozen times."""

seen: Counter[str] = Counter()


def limits() -> Limits:
    rows: dict[str, Limit] = dict(load_limits())
    for name in (SCP, RCP):
        key = f"organizations.attachments.{name}"
        rows[key] = replace(rows[key], value=SLOTS)
    return Limits(rows)


LIMITS = limits()


@dataclass(frozen=True)
class Mess:
    """What people do by hand between two runs: by position in what is there, so that it always fits."""

    foreign_units: tuple[int, ...] = ()
    foreign_accounts: tuple[int, ...] = ()
    foreign_policy_on: tuple[int, ...] = ()
    untagged: tuple[int, ...] = ()
    closed: tuple[int, ...] = ()
    moved: tuple[tuple[int, int], ...] = ()
    detached: tuple[int, ...] = ()


def few(most: int = 2, least: int = 0) -> st.SearchStrategy[tuple[int, ...]]:
    return st.lists(st.integers(0, 50), min_size=least, max_size=most).map(tuple)


@st.composite
def messes(draw: st.DrawFn) -> Mess:
    if draw(st.booleans()):
        return Mess()
    pairs = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=2).map(tuple)
    return Mess(draw(few(1)), draw(few(1)), draw(few()), draw(few(6, 3)), draw(few(1)), draw(pairs), draw(few()))


@st.composite
def followers(draw: st.DrawFn, old: World) -> World:
    """Another world, in which some units and accounts of the old one have another name now."""
    new = draw(worlds(SLOTS, STEMS))
    units = sorted(new.units & old.units)
    if units and draw(st.booleans()):
        new = with_unit_renamed(new, draw(st.sampled_from(units)))
    stems = sorted(new.accounts.keys() & old.accounts.keys())
    if stems and draw(st.booleans()):
        new = with_account_renamed(new, draw(st.sampled_from(stems)))
    return new


def with_unit_renamed(world: World, unit: str) -> World:
    def renamed(path: str) -> str:
        return unit + "-new" + path[len(unit) :] if path == unit or path.startswith(unit + "/") else path

    return replace(
        world,
        units=frozenset(map(renamed, world.units)),
        accounts={stem: renamed(parent) for stem, parent in world.accounts.items()},
        on={node if node[0] == "@" else renamed(node): names for node, names in world.on.items()},
        unit_was={unit + "-new": unit},
    )


def with_account_renamed(world: World, stem: str) -> World:
    def renamed(name: str) -> str:
        return {stem: f"{stem}-new", f"@{stem}": f"@{stem}-new"}.get(name, name)

    return replace(
        world,
        accounts={renamed(name): parent for name, parent in world.accounts.items()},
        on={renamed(node): names for node, names in world.on.items()},
        account_was={f"{stem}-new": stem},
    )


@contextmanager
def fresh() -> Iterator[tuple[Sandbox, Aws]]:
    with Sandbox(limits=LIMITS, rates=False, timing=TIMING) as box:
        yield box, from_session(box.session(), LIMITS, box.clock)


def run(box: Sandbox, aws: Aws, world: World, watched: bool = False) -> tuple[Plan, Report | None]:
    """One plan and apply with the guards off; ``None`` where AWS would not take the outcome at all."""
    wanted = organization(world)
    aws.refresh()
    plan = make_plan(wanted, aws, CONSENT)
    rules = {refusal.rule for refusal in plan.refusals}
    seen.update(rules)
    if rules - GUARDS_OFF:
        return plan, None
    if watched and "gap" not in rules:
        with guarded(box, world):
            return plan, apply(replace(plan, refusals=()), aws, wanted, CONSENT, lambda event: None)
    return plan, apply(replace(plan, refusals=()), aws, wanted, CONSENT, lambda event: None)


@dataclass
class Guarding:
    """What each existing account may do: before, and once the plan is carried out."""

    before: dict[str, frozenset[str]] = field(default_factory=dict)
    after: dict[str, frozenset[str]] = field(default_factory=dict)


def live_policies(box: Sandbox) -> dict[str, Policy]:
    found = {}
    for policy in box.state.policies.values():
        said = statements(policy.content, policy.type)
        if policy.name in (FULL_ACCESS, "RCPFullAWSAccess"):
            found[policy.id] = EVERYTHING if policy.name == FULL_ACCESS else Policy(RCP)
            continue

        def acts(texts: frozenset[str]) -> frozenset[str]:
            return frozenset(a for a in ACTIONS for text in texts if f'"{a}"' in text)

        found[policy.id] = Policy(policy.type, acts(said.allows), acts(said.denies))
    return found


def live_permitted(box: Sandbox, account_id: str) -> frozenset[str]:
    state = box.state
    policies = live_policies(box)
    allowed = set(ACTIONS)
    node = account_id
    while node:
        here = [policies[p] for p in state.attachments.get(node, ()) if p in policies]
        allowed &= set().union(*(p.allows for p in here if p.type == SCP))
        for policy in here:
            allowed -= policy.denies
        unit = state.units.get(node)
        account = state.accounts.get(node)
        node = unit.parent_id if unit else account.parent_id if account else ""
    return frozenset(allowed)


@contextmanager
def guarded(box: Sandbox, world: World) -> Iterator[None]:
    """Check the invariant after every call, for the accounts that are open and not the management account's."""
    accounts = [a.id for a in box.state.accounts.values() if a.state == "ACTIVE" and a.id != "111111111111"]
    before = {account_id: live_permitted(box, account_id) for account_id in accounts}
    steps: list[tuple[str, dict[str, frozenset[str]]]] = []

    def look(call: Any) -> None:
        if not call.operation.startswith(("Describe", "List", "Get")):
            now = {a: live_permitted(box, a) for a in accounts if a in box.state.accounts}
            steps.append((f"{call.operation} {call.request}", now))

    box.watchers.append(look)
    try:
        yield
    finally:
        box.watchers.remove(look)
    after = {account_id: live_permitted(box, account_id) for account_id in accounts}
    for step, now in steps:
        for account_id, allowed in now.items():
            extra = allowed - before[account_id] - after[account_id]
            assert not extra, f"{account_id} may {sorted(extra)} after {step}; all: {[s for s, _ in steps]}"


def make_mess(box: Sandbox, mess: Mess) -> None:
    state = box.state
    client = box.session().client("organizations")
    members = [a.id for a in state.accounts.values() if a.id != "111111111111" and a.state == "ACTIVE"]
    root = state.organization.root_id if state.organization else ""
    for number, position in enumerate(mess.foreign_units):
        parents = [root, *state.units]
        add_unit(state, f"foreign{number}", parents[position % len(parents)])
        seen["foreign unit"] += 1
    for number, position in enumerate(mess.foreign_accounts):
        parents = [root, *state.units]
        add_account(state, "theirs", f"theirs{number}@example.org", parents[position % len(parents)])
        seen["foreign account"] += 1
    if mess.foreign_policy_on:
        content = canonical(document(denies=["svc:d"]))
        policy = add_policy(state, "foreign-policy", SCP, content)
        for position in mess.foreign_policy_on:
            nodes = [root, *state.units, *members]
            node = nodes[position % len(nodes)]
            here = state.attachments.get(node, [])
            if policy not in here and len(here) < SLOTS:
                client.attach_policy(PolicyId=policy, TargetId=node)
                seen["foreign attachment"] += 1
    for account, target in mess.moved:
        if members:
            account_id = members[account % len(members)]
            nodes = [root, *state.units]
            if nodes[target % len(nodes)] != state.accounts[account_id].parent_id:
                client.move_account(
                    AccountId=account_id,
                    SourceParentId=state.accounts[account_id].parent_id,
                    DestinationParentId=nodes[target % len(nodes)],
                )
                seen["moved by hand"] += 1
    for position in mess.detached:
        pairs = [(n, p) for n, ps in state.attachments.items() for p in ps if len(ps) > 2]
        if pairs:
            node, policy = pairs[position % len(pairs)]
            if (
                not policy.startswith("p-RCPFull")
                and sum(1 for p in state.attachments[node] if state.policies[p].type == state.policies[policy].type) > 1
            ):
                client.detach_policy(PolicyId=policy, TargetId=node)
                seen["detached by hand"] += 1
    for number, position in enumerate(mess.untagged):
        kinds = (members, list(state.units), list(state.policies))
        things = [t for t in kinds[number % 3] if "factory:managed" in state.tags.get(t, {})]
        if things:
            client.untag_resource(ResourceId=things[position % len(things)], TagKeys=["factory:managed"])
            seen["untagged by hand"] += 1
    for position in mess.closed:
        if members:
            client.close_account(AccountId=members[position % len(members)])
            box.clock.sleep(86400)
            seen["closed by hand"] += 1


@seed(SEED)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.data())
def converges(data: st.DataObject) -> None:
    old = data.draw(worlds(SLOTS, STEMS), "old")
    new = data.draw(followers(old), "new")
    mess = data.draw(messes(), "mess")
    with fresh() as (box, aws):
        _, first = run(box, aws, old)
        assert first is not None
        assert first.complete, describe(first)
        make_mess(box, mess)
        plan, second = run(box, aws, new, watched=True)
        if second is None:
            seen["impossible"] += 1
            return
        assert second.complete, describe(second)
        for change in plan.changes:
            seen[f"{change.verb} {change.address.kind}"] += 1
        depth = max((unit.count("/") + 1 for unit in new.units), default=0)
        seen[f"depth {depth}"] += 1
        seen["renamed unit"] += bool(new.unit_was)
        seen["renamed account"] += bool(new.account_was)
        seen["waits for closed"] += any("CLOSED" in n.message for n in plan.notices if n.code == "kept")


def describe(report: Report) -> str:
    results = [f"{r.status} {r.change.verb} {r.change.address}: {r.error}" for r in report.results if r.error]
    left = [f"{c.verb} {c.address} {c.fields()}" for c in report.remaining.changes] if report.remaining else []
    return f"results: {results}; left: {left}"


def test_one_apply_makes_any_organization_into_any_other() -> None:
    """The property, and what it has met: without that, it could be true of nothing but trivial worlds."""
    print(f"seed {SEED}")
    converges()
    print(sorted(seen.items()))
    for met in (
        "depth 3",
        "move account",
        "adopt account",
        "adopt ou",
        "adopt guardrail",
        "remove ou",
        "delete guardrail",
        "update guardrail",
        "attach attachment",
        "detach attachment",
        "renamed unit",
        "renamed account",
        "foreign unit",
        "foreign account",
        "foreign attachment",
        "closed by hand",
        "gap",
    ):
        assert seen[met] > 0, f"never met: {met}"
