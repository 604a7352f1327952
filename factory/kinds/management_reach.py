"""Which baselines reach the management account, once AWS has said which account that is and where it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from factory.core.address import STACK_SET_ACCESS, Address, ancestry, baseline, management_stack_parts, stack
from factory.core.change import Notice
from factory.core.diff import Desired
from factory.core.guard import Case
from factory.core.resource import Resource
from factory.kinds.base import Settled
from factory.kinds.baseline_files import SINGLE

_KIND = "management-stack"


def reached(case: Case) -> Settled:
    """Take out the stacks of baselines that do not reach the management account, and its own file's deployments.

    Asked before deployments are settled: there they stand as the files name them.
    """
    deployments = {a: r for a, r in case.desired.items() if a.kind == "deployment"}
    candidates = {a: r for a, r in case.desired.items() if a.kind == _KIND}
    existing = {a: r for a, r in case.snapshot.resources.items() if a.kind == _KIND}
    if not (deployments or candidates or existing):
        return Settled(case.desired, case.snapshot)
    manager = _manager(case)
    places = {*ancestry(Address.parse(str(manager.attrs["parent"]))), manager.address}
    names = {_bare(address) for address, want in deployments.items() if _target(want) in places}
    staying = {a: r for a, r in candidates.items() if management_stack_parts(a)[0] in names}
    own = {address for address, want in deployments.items() if _target(want) == manager.address}
    desired = {a: r for a, r in case.desired.items() if a not in own and (a.kind != _KIND or a in staying)}
    _drop_unused(desired, {str(deployments[address].attrs["baseline"]) for address in own})
    _wait_for_each_other(desired, staying, own, manager.address)
    notices = [*_not_reached(case, own, staying), *_left_alone(existing, desired, candidates)]
    for address, have in existing.items():
        if _stays(address, have, desired, candidates):
            desired[address] = have
    return Settled(desired, case.snapshot, tuple(notices))


def _manager(case: Case) -> Resource:
    """The management account as it will be; its address is its file's, where it has one."""
    number = case.snapshot.identity.management_account
    (have,) = (r for a, r in case.snapshot.resources.items() if a.kind == "account" and r.id == number)
    want = case.desired.get(have.address)
    return want if want is not None and "parent" in want.attrs else have


def _bare(address: Address) -> str:
    """The baseline that a deployment is of."""
    return address.name.partition("@")[0].removesuffix(SINGLE)


def _target(resource: Resource) -> Address:
    return Address.parse(str(resource.attrs["target"]))


def _drop_unused(desired: dict[Address, Resource], names: Iterable[str]) -> None:
    """Stack sets that nothing but the management account's file calls for would be empty."""
    used = {str(want.attrs["baseline"]) for address, want in desired.items() if address.kind == "deployment"}
    for name in names:
        if name not in used:
            desired.pop(baseline(name), None)
    if not any(address.kind == "baseline" for address in desired):
        desired.pop(STACK_SET_ACCESS, None)


def _wait_for_each_other(
    desired: dict[Address, Resource], staying: Desired, gone: set[Address], manager: Address
) -> None:
    """What needs a baseline needs its stacks in the management account, too."""
    stacks: dict[str, set[Address]] = {}
    for address in staying:
        stacks.setdefault(management_stack_parts(address)[0], set()).add(address)
    gone = gone | {stack(baseline(address.name.partition("@")[0]), manager.name) for address in gone}
    for address, want in desired.items():
        if address.kind in ("deployment", _KIND):
            needed = {_bare(need) for need in want.needs if need.kind == "deployment"}
            more = {each for name in needed for each in stacks.get(name, ())}
            if more or want.needs & gone:
                desired[address] = replace(want, needs=(want.needs - gone) | more)


def _not_reached(case: Case, own: set[Address], staying: Desired) -> Iterable[Notice]:
    names = {management_stack_parts(address)[0] for address in staying}
    for address in sorted(own):
        if (name := _bare(address)) not in names:
            words = (
                f"the baseline {name} is named in the management account's file, and stack sets do not reach that "
                f"account: write management_account: true in its baseline.yaml, or take it out here"
            )
            yield Notice("skipped", words, address, case.desired[address].source)


def _stays(address: Address, have: Resource, desired: Desired, candidates: Mapping[Address, Resource]) -> bool:
    """Whether a stack of ours that is not wanted any more is to stay where it is."""
    return address not in desired and have.owned and bool(candidates.get(address, have).attrs["retains"])


def _left_alone(
    existing: Mapping[Address, Resource], desired: Desired, candidates: Mapping[Address, Resource]
) -> Iterable[Notice]:
    for address, have in existing.items():
        if _stays(address, have, desired, candidates):
            words = f"{address} is wanted no more and stays: retain_on_removal; delete the stack by hand if need be"
            yield Notice("kept", words, address)
        elif have.attrs["status"] == "REVIEW_IN_PROGRESS" and address not in desired:
            words = f"{have.id} was never created, only prepared, and holds nothing; delete it if nobody waits for it"
            yield Notice("foreign", words, address)
