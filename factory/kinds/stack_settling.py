"""Which stacks a plan is to expect and to take away, once both sides are known, and what it says of the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from factory.core.address import Address, stack_parts
from factory.core.change import Notice
from factory.core.guard import Case
from factory.core.resource import Resource, Value
from factory.kinds.base import Settled
from factory.kinds.baseline_files import family
from factory.kinds.roll_out import INOPERABLE, LEFT_BEHIND
from factory.kinds.stack_values import ABSENT, AUTOMATIC, CURRENT, own_in, stays_out
from factory.kinds.target_effects import IN, losses

_KIND = "stack"


def settled(case: Case) -> Settled:
    """Expect nothing where CloudFormation cannot go; leave alone what it takes away by itself."""
    wished = case.desired
    desired, inactive = dict(case.desired), set()
    for address in [a for a in desired if a.kind == _KIND]:
        want, have = desired[address], case.snapshot.resources.get(address)
        holder = stack_parts(address)[1]
        found = case.snapshot.resources.get(holder)
        managing = found is not None and found.id == case.snapshot.identity.management_account
        if holder not in desired or managing:
            del desired[address]
            if not managing:
                inactive.add(holder.name)
        elif stays_out(want) and (have is not None or not _arrives(holder, case)):
            # Taken away as what nothing wants any more; where nothing is, nothing has to be done.
            del desired[address]
    resources = dict(case.snapshot.resources)
    for lost in losses(replace(case, desired=desired)):
        # What AWS is going to delete is as good as gone: the one that comes for it has to be waited for.
        if lost.anew:
            have = resources[lost.stack]
            attrs = {name: value for name, value in have.attrs.items() if name != IN + lost.region}
            resources[lost.stack] = replace(have, attrs=attrs)
    case = replace(case, snapshot=replace(case.snapshot, resources=resources))
    notices = [*_left_behind(desired, case), *_operations(desired, case), *_coverage(desired, case)]
    for address, want in desired.items():
        if address.kind == _KIND and (have := case.snapshot.resources.get(address)) is not None:
            desired[address], resources[address] = _without_regions(want, have, case)
    alone = set()
    for address, have in resources.items():
        if address.kind == _KIND and address not in desired and have.owned:
            holder, wish = stack_parts(address)[1], wished.get(address)
            if _automatic(have, case) and not (wish and stays_out(wish)):
                desired[address] = have
            elif holder not in desired:
                desired[address] = have
                if holder.name not in inactive:
                    alone.add(str(address))
    if inactive:
        notices.append(Notice("skipped", f"accounts that are not active get no stacks: {', '.join(sorted(inactive))}"))
    if alone:
        words = f"stacks in accounts that no file declares are left alone: {', '.join(sorted(alone))}"
        notices.append(Notice("unmanaged", words))
    return Settled(desired, replace(case.snapshot, resources=resources), tuple(notices))


def _automatic(have: Resource, case: Case) -> bool:
    """Whether AWS itself takes stacks away, as the stack set is going to be."""
    of = case.desired.get(stack_parts(have.address)[0])
    return bool(of.attrs["auto_deployment"]) if of else bool(have.attrs[AUTOMATIC])


def _without_regions(want: Resource, have: Resource, case: Case) -> tuple[Resource, Resource]:
    """Regions that are withdrawn: their deployment takes them away; where there is none, they are not wanted here."""
    gone = [key for key in have.attrs if key.startswith(IN) and key not in want.attrs]
    if not gone:
        return want, have
    if _automatic(have, case):
        return want, replace(have, attrs={key: value for key, value in have.attrs.items() if key not in gone})
    return replace(want, attrs={**want.attrs, **dict.fromkeys(gone, ABSENT)}), have


def _arrives(holder: Address, case: Case) -> bool:
    """Whether this plan creates the account or moves it, so that auto-deployment follows."""
    want, have = case.desired[holder], case.snapshot.resources.get(holder)
    return have is None or want.attrs.get("parent") != have.attrs.get("parent")


def _left_behind(desired: Mapping[Address, Resource], case: Case) -> Iterator[Notice]:
    """Stacks that AWS was to take away by itself and could not: nothing but a person takes them away.

    Source: CloudFormation User Guide, "StackSets status codes", INOPERABLE.
    """
    for address, have in case.snapshot.resources.items():
        if address.kind != _KIND or not have.owned or not _automatic(have, case):
            continue
        want = desired.get(address)
        for key, status in have.attrs.items():
            wanted = want is not None and want.attrs.get(key) == CURRENT
            if key.startswith(IN) and str(status).startswith(INOPERABLE) and not wanted:
                region = key.removeprefix(IN)
                words = f"{address} is not wanted in {region} and could not be deleted ({status}): {LEFT_BEHIND}"
                yield Notice("left-behind", words, address)


def _operations(desired: Mapping[Address, Resource], case: Case) -> Iterator[Notice]:
    """How many operations it takes to set values of accounts: one for all accounts with equal ones."""
    groups: dict[Address, dict[tuple[tuple[str, Value], ...], int]] = {}
    for address, want in _stacks(desired):
        have, own = case.snapshot.resources.get(address), own_in(want)
        differs = own_in(have) != own if have is not None else any(own.values())
        if differs:
            equal = groups.setdefault(stack_parts(address)[0], {})
            key = tuple(sorted(own.items()))
            equal[key] = equal.get(key, 0) + 1
    for of, equal in sorted(groups.items()):
        count, accounts = len(equal), sum(equal.values())
        words = f"{family(of.name)}: values of their own for {accounts} account{'s' * (accounts != 1)}"
        yield Notice("own-values", f"{words}, in {count} operation{'s' * (count != 1)}", of)


def _coverage(desired: Mapping[Address, Resource], case: Case) -> Iterator[Notice]:
    """How many stacks there should be, and how many are as they should be."""
    wanted, current, names, holders = 0, 0, set(), set()
    for address, want in _stacks(desired):
        here = [key for key, value in want.attrs.items() if key.startswith(IN) and value == CURRENT]
        have = case.snapshot.resources.get(address)
        wanted += len(here)
        current += sum(have.attrs.get(key) == CURRENT for key in here) if have else 0
        of, holder = stack_parts(address)
        names.add(family(of.name))
        holders.add(holder)
    if wanted:
        words = f"{len(names)} baseline{'s' * (len(names) != 1)} in {len(holders)} account{'s' * (len(holders) != 1)}"
        yield Notice("coverage", f"{current} of {wanted} stacks are current: {words}")


def _stacks(resources: Mapping[Address, Resource]) -> Iterable[tuple[Address, Resource]]:
    return ((address, held) for address, held in resources.items() if address.kind == _KIND)
