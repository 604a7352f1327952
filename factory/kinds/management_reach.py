"""Which baselines reach the management account, once AWS has said which account that is and where it is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

from factory.core.address import STACK_SET_ACCESS, Address, ancestry, management_stack_parts, stack_parts
from factory.core.change import Notice
from factory.core.diff import Desired
from factory.core.guard import Case
from factory.core.resource import Resource, Value
from factory.kinds.base import Settled
from factory.kinds.baseline_files import SINGLE, family
from factory.kinds.baseline_template import PARAMETER
from factory.kinds.baseline_values import accounts_in, filled

_KIND = "management-stack"


NAMED_ON, WITHOUT, VALUES = "named_on", "without", "values"
"""Attributes of what may be wanted: the nodes that name the baseline, the accounts that opt out of it, and the values
that accounts have of their own, as JSON.
"""


def reached(case: Case) -> Settled:
    """Take out the stacks of baselines that do not reach the management account, and its own file's stacks."""
    candidates = {a: r for a, r in case.desired.items() if a.kind == _KIND}
    existing = {a: r for a, r in case.snapshot.resources.items() if a.kind == _KIND}
    if not any(address.kind in ("stack", _KIND) for address in (*case.desired, *existing)):
        return Settled(case.desired, case.snapshot)
    manager = _manager(case)
    staying = {a: _of(manager, r) for a, r in candidates.items() if _reaches(r, manager)}
    desired = {a: r for a, r in case.desired.items() if a.kind != _KIND} | staying
    own = {a for a in desired if a.kind == "stack" and stack_parts(a)[1] == manager.address and _single(a)}
    for address in own:
        del desired[address]
    _drop_unused(desired, {stack_parts(address)[0] for address in own})
    _wait_for_each_other(desired, staying)
    notices = [*_not_reached(case, own, staying), *_left_alone(existing, desired, candidates)]
    resources = dict(case.snapshot.resources)
    for address, have in existing.items():
        if address in staying:
            resources[address] = replace(have, attrs=_as_meant(staying[address], have, case))
        if _stays(address, have, desired, candidates):
            desired[address] = have
    return Settled(desired, replace(case.snapshot, resources=resources), tuple(notices))


def _reaches(want: Resource, manager: Resource) -> bool:
    places = {*ancestry(Address.parse(str(manager.attrs["parent"]))), manager.address}
    named = {Address.parse(text) for text in str(want.attrs[NAMED_ON]).split(", ")}
    return bool(named & places) and manager.address.name not in str(want.attrs[WITHOUT]).split(", ")


def _of(manager: Resource, want: Resource) -> Resource:
    """What is wanted in the management account: with the values that are its own, where its file is declared."""
    own = json.loads(str(want.attrs[VALUES])).get(manager.address.name, {})
    kept = {name: value for name, value in want.attrs.items() if name not in (NAMED_ON, WITHOUT, VALUES)}
    attrs = {**kept, **{PARAMETER + name: value for name, value in own.items()}}
    return replace(want, attrs=attrs, needs=want.needs | accounts_in(*own.values()))


def _as_meant(want: Resource, have: Resource, case: Case) -> dict[str, Value]:
    """What is there, with the references that stand for its values in what is wanted."""
    identity, book = case.snapshot.identity, case.snapshot.book()

    def text(value: Value) -> str | None:
        return filled(str(value), identity, book.get)

    meant = {name: v for name, v in want.attrs.items() if name.startswith(PARAMETER) and name in have.attrs}
    return {**have.attrs, **{name: v for name, v in meant.items() if text(v) == text(have.attrs[name])}}


def _single(address: Address) -> bool:
    """Whether these stacks are named in the account's own file."""
    return stack_parts(address)[0].name.endswith(SINGLE)


def _manager(case: Case) -> Resource:
    """The management account as it will be; its address is its file's, where it has one."""
    number = case.snapshot.identity.management_account
    (have,) = (r for a, r in case.snapshot.resources.items() if a.kind == "account" and r.id == number)
    want = case.desired.get(have.address)
    return want if want is not None and "parent" in want.attrs else have


def _drop_unused(desired: dict[Address, Resource], sets: Iterable[Address]) -> None:
    """Stack sets that nothing but the management account's file calls for would be empty."""
    used = {stack_parts(address)[0] for address in desired if address.kind == "stack"}
    for address in sets:
        if address not in used:
            desired.pop(address, None)
    if not any(address.kind == "baseline" for address in desired):
        desired.pop(STACK_SET_ACCESS, None)


def _wait_for_each_other(desired: dict[Address, Resource], staying: Desired) -> None:
    """What needs a baseline needs its stacks in the management account, too."""
    stacks: dict[str, set[Address]] = {}
    for address in staying:
        stacks.setdefault(management_stack_parts(address)[0], set()).add(address)
    for address, want in desired.items() if stacks else ():
        if address.kind in ("deployment", "stack", _KIND):
            needed = {_bare(need) for need in want.needs if need.kind in ("deployment", "stack")} - {_bare(address)}
            if more := {each for name in needed for each in stacks.get(name, ())}:
                desired[address] = replace(want, needs=want.needs | more)


def _bare(address: Address) -> str:
    """The baseline that a deployment or a stack is of."""
    return family(address.name.partition("@")[0])


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
