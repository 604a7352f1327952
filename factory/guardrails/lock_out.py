"""The safety rule ``lock-out``: the roles that carry out our work, or lead out of trouble, keep being able to.

A role that could do its work in an account before the plan, and surely cannot after it, refuses the plan; in an account
that the plan makes, one that could not from the start. A verdict that depends on something is no lock-out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from factory.core.address import Address, baseline
from factory.core.change import Refusal
from factory.core.listing import some
from factory.core.policy_types import RCP, SCP
from factory.core.resource import Resource
from factory.guardrails.chains import Chains, Guard, Tree
from factory.guardrails.context import GLOBAL_SERVICES, Request
from factory.guardrails.deploying import ALWAYS, EMERGENCY, STACK_SETS, Task, needed_for, task_of
from factory.guardrails.gains_losses import ANY_ACCOUNT, levels
from factory.guardrails.judge import judge
from factory.guardrails.levels import Level
from factory.guardrails.verdicts import DENIALS, Blocker

_IN = "in."
_NO_STACK = "none"
_NOWHERE = "zq-other-1"
"""A Region that no policy names."""
_HASH = "0123456789abcdef0123456789abcdef"
"""What stands behind ``stacksets-exec-`` in real names looks like this."""

Stacks = Mapping[str, Collection[str]]
"""The baselines of an account, and the Regions of each."""

Guards = tuple[Guard, Guard]
"""The SCPs over an account and the RCPs over it."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a role does, and the Regions in which it does it; ``None`` is a Region that nobody knows."""

    role: str
    tasks: frozenset[Task]
    regions: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Home:
    """The account that a role works in, as far as policies ask: its id, organization and path, and whose stacks."""

    account: str = ANY_ACCOUNT
    organization: str | None = None
    path: str = ""
    instance: str = "main"


@dataclass(frozen=True, order=True, slots=True)
class _Block:
    """Who is blocked by what; ``statement`` has its policy, or says that none allows."""

    role: str
    statement: str
    level: str


def lock_out(chains: Chains) -> Iterator[Refusal]:
    """All roles that would be locked out, told by the statement that does it."""
    case = chains.before.case
    stacks = _stacks(case.desired)

    def template_of(name: str) -> str:
        want = case.desired.get(baseline(name)) or case.snapshot.resources.get(baseline(name))
        return str(want.attrs.get("template", "")) if want else ""

    found: dict[_Block, tuple[list[str], set[str], set[str], bool]] = {}
    named, organization = chains.named(), case.snapshot.identity.organization
    accounts: list[tuple[Resource | None, Resource]] = [*chains.kept(), *((None, each) for each in chains.new())]
    for have, will in accounts:
        before = None if have is None else _guards(chains.before, have)
        after = _guards(chains.after, will)
        if before == after:
            continue
        number = str(will.id or (have.id if have else None) or ANY_ACCOUNT)
        home = Home(number if number in named else ANY_ACCOUNT, organization, instance=case.instance)
        for work in works(case.thresholds.always_allowed, stacks.get(will.address, {}), template_of):
            for task, region in sorted(_lost(work, before, after, home), key=str):
                for blocker in _blockers(work, task, region, chains.after, will, home):
                    block = _Block(work.role, in_words(blocker), blocker.level)
                    names, actions, regions, new = found.setdefault(block, ([], set(), set(), have is None))
                    names += [] if will.address.name in names else [will.address.name]
                    actions.add(task[0])
                    regions.update([region] if region else [])
                    found[block] = (names, actions, regions, new and have is None)
    for block, (names, actions, regions, new) in sorted(found.items(), key=lambda each: each[0]):
        yield _refusal(block, names, sorted(actions), sorted(regions), new)


def _guards(tree: Tree, account: Resource) -> Guards:
    return tree.guard(account, SCP), tree.guard(account, RCP)


def _stacks(desired: Mapping[Address, Resource]) -> Mapping[Address, Stacks]:
    """The baselines that are wanted in each account, with their Regions."""
    found: dict[Address, dict[str, Collection[str]]] = {}
    for address, want in desired.items():
        if address.kind == "stack":
            name, _, holder = address.name.rpartition("@")
            regions = {
                key.removeprefix(_IN) for key, value in want.attrs.items() if key.startswith(_IN) and value != _NO_STACK
            }
            if regions:
                found.setdefault(Address("account", holder), {})[name] = regions
    return found


def works(always_allowed: Iterable[str], stacks: Stacks, template_of: Callable[[str], str]) -> Iterator[Work]:
    """What the roles that must not be locked out do in an account with these stacks."""
    for role in always_allowed:
        if not role.startswith(STACK_SETS):
            yield Work(role, frozenset(map(task_of, EMERGENCY)), (None,))
            continue
        by_regions: dict[tuple[str, ...], set[Task]] = {}
        for name, regions in stacks.items():
            found = by_regions.setdefault(tuple(sorted(regions)), set(map(task_of, ALWAYS)))
            found.update(needed_for(template_of(name)))
        for places, needed in sorted(by_regions.items()):
            yield Work(role, frozenset(needed), places)


def locked_out(
    work: Work, scps: tuple[Level, ...], rcps: tuple[Level, ...], home: Home
) -> Iterator[tuple[Task, str | None, tuple[Blocker, ...]]]:
    """What the role surely cannot do of its work where these policies hold, and what stands in its way."""
    for task in sorted(work.tasks):
        for region in work.regions:
            verdict = judge(_request(work, task, region, home), scps, rcps)
            if verdict.verdict in DENIALS:
                yield task, region, (*verdict.scp.blocked_by, *verdict.rcp.blocked_by)


@lru_cache(maxsize=4096)
def _lost(work: Work, before: Guards | None, after: Guards, home: Home) -> frozenset[tuple[Task, str | None]]:
    """What the role could do before, or was never asked about, and surely cannot do after."""
    return frozenset(
        (task, region)
        for task in work.tasks
        for region in work.regions
        if _denied(work, task, region, after, home)
        and not (before is not None and _denied(work, task, region, before, home))
    )


@lru_cache(maxsize=65536)
def _denied(work: Work, task: Task, region: str | None, guards: Guards, home: Home) -> bool:
    scps, rcps = (levels(guard, kind) for guard, kind in zip(guards, (SCP, RCP), strict=True))
    there = replace(home, path=guards[0].path or guards[1].path)
    return judge(_request(work, task, region, there), scps, rcps).verdict in DENIALS


def _request(work: Work, task: Task, region: str | None, home: Home) -> Request:
    name = work.role.replace("*", _HASH).replace("?", "0")
    service = task[0].partition(":")[0]
    known = region is not None and (service not in GLOBAL_SERVICES or service == "sts")
    return Request(
        f"arn:aws:iam::{home.account}:role/{name}",
        task[0],
        (_filled(task[1], region, home),),
        resource_account=home.account,
        context={"aws:RequestedRegion": region} if known else {},
        organization_id=home.organization,
        principal_org_paths=(home.path,) if home.path else (),
        resource_org_paths=(home.path,) if home.path else (),
    )


def _filled(resource: str, region: str | None, home: Home) -> str:
    where = region or _NOWHERE
    return resource.replace("REGION", where).replace("ACCOUNT", home.account).replace("INSTANCE", home.instance)


def _blockers(
    work: Work, task: Task, region: str | None, tree: Tree, account: Resource, home: Home
) -> tuple[Blocker, ...]:
    """What blocks it, by the policies as they are attached."""
    chain: list[tuple[Level, ...]] = [tree.levels(account, kind) for kind in (SCP, RCP)]
    found = judge(_request(work, task, region, replace(home, path=tree.path(account))), *chain)
    return (*found.scp.blocked_by, *found.rcp.blocked_by)


def in_words(blocker: Blocker) -> str:
    """The statement that blocks, or that none allows."""
    if blocker.policy is None:
        return "no policy there allows it"
    sid = blocker.sid or f"number {(blocker.statement or 0) + 1}"
    return f"statement {sid} of guardrail:{blocker.policy} denies it"


def way_out(role: str) -> str:
    """What to write in the guardrail instead."""
    return f"exempt the role there (ArnNotLike aws:PrincipalArn arn:*:iam::*:role/{role}), or allow it"


def _refusal(block: _Block, names: list[str], actions: list[str], regions: list[str], new: bool) -> Refusal:
    who = f"account{'s' * (len(names) > 1)} {some(names)}"
    where = f" in {', '.join(regions)}" if regions else ""
    can = "could not from the start" if new else "could no longer"
    return Refusal(
        "lock-out",
        f"the role {block.role} {can} do {some(actions)}{where} in {who}: on {block.level}, {block.statement}",
        f"{way_out(block.role)}; only if it has no work there, take it out of safety: always_allowed",
        Address("account", names[0]) if len(names) == 1 else None,
    )
