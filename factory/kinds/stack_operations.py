"""What is asked of CloudFormation for the stacks of accounts: those that need the same, in one operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from factory.core.address import ROOT, Address, stack_parts
from factory.core.change import Change
from factory.core.errors import FactoryError
from factory.kinds.base import Done, Outcome, Site
from factory.kinds.roll_out import (
    BY_HAND,
    INOPERABLE,
    LEFT_BEHIND,
    WAITS,
    Operating,
    begun,
    made_by_hand,
    preferences,
    progress,
    told,
)
from factory.kinds.stack_looks import beside_units, latest_operations, rests, stacks_of, wanted_in
from factory.kinds.stack_values import ABSENT, CURRENT, OWN_VALUES, TARGET, digest, own_in, tag_of, values_at
from factory.kinds.target_effects import IN, THROUGH

if TYPE_CHECKING:
    from factory.aws.records import StackRecord, StackSetOperation
    from factory.aws.stack_sets import StackSets

DEPLOY, VALUES, WITHDRAW = "deploy", "values", "withdraw"
_SIDE_BY_SIDE = "cloudformation.own_values"
_AUTOMATIC = "cloudformation.auto_deployment"
_GIVEN_UP = ("FAILED", "CANCELLED")
_UNITS = "cloudformation.units_in_a_request"

Outcomes = dict[Address, Outcome | Exception]


@dataclass(frozen=True)
class Step:
    """What an account needs next: what is done in which Regions, with which values of its own.

    ``fresh``: there is no stack yet, so these values come with the creation. ``retain``: stacks are only let go of.
    """

    does: str
    regions: tuple[str, ...]
    values: tuple[tuple[str, str], ...] = ()
    fresh: bool = False
    retain: bool = False


def followed(of: Address, items: list[Operating], site: Site) -> Outcomes:
    """How far the stacks of one stack set are; begins what is missing.

    One page tells which operations are under way. While one of them is known to be at an account's stacks, these are
    not looked at.
    """
    stack_sets, name = site.aws.stack_sets, site.id(of)
    operations = latest_operations(stack_sets, name, items)
    running = [each for each in operations.values() if not each.over]
    due = [item for item in items if not rests(item, operations)]
    found, beside = stacks_of(stack_sets, name, due, site), beside_units(of, due, site)
    outcomes: Outcomes = {item.change.address: replace(item, progress=progress(of, running)) for item in items}
    left: dict[Step, list[Operating]] = {}
    for item in due:
        address = item.change.address
        records = found.get(site.id(stack_parts(address)[1]), {})
        own = operations.get(item.token)
        try:
            step = _next(item, records, site, busy=bool(running))
            if step is None and _may_come(item, site):
                continue
            if step is None:
                outcomes[address] = _noted(item.change, name, records, site)
            elif own is not None and item.doing == step.does:
                outcomes[address] = _fault(item.change, step, own, records)
            elif _waits(item, step, records, running, beside, site):
                waiting = replace(item, at_work=frozenset(each.operation_id for each in records.values()))
                words = f"{WAITS}: {', '.join(step.regions)}"
                outcomes[address] = replace(waiting, waiting_for=words, progress=progress(of, running))
            else:
                left.setdefault(step, []).append(item)
        except FactoryError as error:
            outcomes[address] = error
    return outcomes | _begin(stack_sets, name, left, len(running), site)


def _waits(
    item: Operating,
    step: Step,
    records: Mapping[str, StackRecord],
    running: Sequence[StackSetOperation],
    beside: set[str],
    site: Site,
) -> bool:
    """Whether something else has to end first: what auto-deployment is at may be just this, or what it takes away.

    AWS takes its time until it begins, once an account has come; what has failed already it does not try again.
    """
    if step.does == DEPLOY and site.id(stack_parts(item.change.address)[1]) in beside:
        return True
    if step.does == VALUES or _deployment(item.change) is None:
        return False
    details = [records[region].detail if region in records else None for region in step.regions]
    if "RUNNING" in details or leaving(item.change, records, site):
        return True
    if step.does == DEPLOY and all(detail in _GIVEN_UP for detail in details):
        return False
    return bool(running) or (None in details and _soon(item, site))


def _may_come(item: Operating, site: Site) -> bool:
    """Whether auto-deployment may yet bring what an account that has come opts out of."""
    change = item.change
    stays_out = change.before is None and set(wanted_in(change).values()) == {ABSENT}
    return stays_out and not item.token and _soon(item, site)


def _soon(item: Operating, site: Site) -> bool:
    """Whether AWS may not have begun yet with what it does by itself."""
    return site.aws.clock.now() < item.since + (site.aws.limits[_AUTOMATIC].deadline_seconds or 0.0)


def leaving(change: Change, records: Mapping[str, StackRecord], site: Site) -> set[str]:
    """The Regions in which there still is the stack of a target that the account leaves, or has left."""
    before, through = change.before.attrs if change.before else {}, _deployment(change)
    target = through.name.partition("@")[2] if through else ""
    return {
        region
        for name, left in before.items()
        if name.startswith(THROUGH)
        and IN + (region := name.removeprefix(THROUGH)) not in before
        and left != target
        and (record := records.get(region))
        and record.unit_id == site.book.get(Address.parse(str(left)))
    }


def _next(item: Operating, records: Mapping[str, StackRecord], site: Site, *, busy: bool) -> Step | None:
    """What is left to do for an account; nothing when its stacks, and their values, are as they are wanted."""
    wanted = wanted_in(item.change)
    gone = tuple(sorted(region for region, status in wanted.items() if status == ABSENT and region in records))
    if gone:
        return Step(WITHDRAW, gone, retain=bool(item.change.resource.attrs["retains"]))
    current = sorted(region for region, status in wanted.items() if status == CURRENT)
    gone_soon = leaving(item.change, records, site)
    behind = tuple(r for r in current if r not in records or records[r].status != CURRENT or r in gone_soon)
    if not current or not (behind or _values_differ(item.change)):
        return None
    values = values_at(item.change.resource, site)
    if values is None:
        raise FactoryError("a value refers to an account that does not exist", "run plan again")
    there = tuple(region for region in current if region in records)
    if behind and there and not (busy or item.valued) and _values_differ(item.change):
        # A stack may be behind because of the very values that it has, which deploying it again would leave.
        return Step(VALUES, there, tuple(values.items()))
    if behind:
        return Step(DEPLOY, behind, tuple(values.items()), fresh=not records)
    # Values that came with the very creation of all stacks need not be set once more.
    return None if item.valued else Step(VALUES, tuple(current), tuple(values.items()))


def _values_differ(change: Change) -> bool:
    """Whether values are to be set: others than were noted, or in a stack that is still to come."""
    before, after = change.before, change.after
    if after is None:
        return False
    if before is not None and own_in(before) != own_in(after):
        return True
    current = (IN + region for region, status in wanted_in(change).items() if status == CURRENT)
    return bool(after.attrs.get(OWN_VALUES)) and (before is None or any(key not in before.attrs for key in current))


def _fault(
    change: Change, step: Step, operation: StackSetOperation, records: Mapping[str, StackRecord]
) -> FactoryError:
    """Why it does not get there: an operation of this run that was to do just this is over."""
    stem = stack_parts(change.address)[1].name
    behind = [records[region] for region in step.regions if region in records]
    missing = [region for region in step.regions if region not in records]
    what = told((each for each in behind if each.status != CURRENT or step.does == WITHDRAW), lambda _: stem)
    if missing:
        what += ("; " if what else "") + f"{stem} has no stack in {', '.join(missing)}"
    what = what or f"the operation {operation.id} is {operation.status}"
    if any(each.status == INOPERABLE for each in behind):
        fix = LEFT_BEHIND
    elif any(made_by_hand(each.reason) for each in behind):
        fix = BY_HAND
    else:
        fix = "mend what CloudFormation names, then run apply again: only what is not current is tried again"
    return FactoryError(what, fix)


def _begin(
    stack_sets: StackSets, name: str, left: Mapping[Step, list[Operating]], running: int, site: Site
) -> Outcomes:
    """One operation for each step, side by side: no account is in two of them."""
    most = site.aws.limits[_SIDE_BY_SIDE].in_flight or 1
    outcomes: Outcomes = {}
    for step, items in sorted(left.items(), key=lambda each: (each[0].does, each[0].regions, each[0].values)):
        for batch in _batches(items, site):
            if running >= most:
                return outcomes
            begin = _beginning(stack_sets, name, step, batch, site)
            try:
                started = begun(batch[0], site, begin)
            except FactoryError as error:
                outcomes |= {item.change.address: error for item in batch}
                continue
            running += 1
            for item in batch:
                outcomes[item.change.address] = replace(
                    item,
                    token=started.token,
                    waiting_for=started.waiting_for,
                    doing=step.does,
                    valued=item.valued or step.does == VALUES or step.fresh,
                )
    return outcomes


def _beginning(stack_sets: StackSets, name: str, step: Step, items: list[Operating], site: Site) -> Callable[[], str]:
    accounts = [site.id(stack_parts(item.change.address)[1]) for item in items]
    # What is taken away is found from the root: the account may have left the unit that it came by.
    units = [site.identity.root] if step.does == WITHDRAW else sorted({_unit(item.change, site) for item in items})
    chosen = preferences(items[0].change.resource)
    match step.does:
        case "withdraw":
            return lambda: stack_sets.withdraw(name, units, step.regions, chosen, accounts, retain=step.retain)
        case "values":
            return lambda: stack_sets.set_values(name, units, step.regions, chosen, accounts, dict(step.values))
    return lambda: stack_sets.deploy(name, units, step.regions, chosen, accounts, values=dict(step.values))


def _batches(items: list[Operating], site: Site) -> list[list[Operating]]:
    """Accounts whose units fit into one request."""
    most = site.aws.limits.quota(_UNITS) or 1
    units = sorted({_unit(item.change, site) for item in items})
    places = {unit: position // most for position, unit in enumerate(units)}
    batches: dict[int, list[Operating]] = {}
    for item in items:
        batches.setdefault(places[_unit(item.change, site)], []).append(item)
    return [batches[position] for position in sorted(batches)]


def _unit(change: Change, site: Site) -> str:
    """The unit or root through which an account is reached: its deployment's, or the node that names the baseline.

    What is deployed through a node makes that a target of auto-deployment, should it be turned on.
    """
    through = _deployment(change)
    target = Address.parse(through.name.partition("@")[2] if through else str(change.resource.attrs[TARGET]))
    return site.identity.root if target == ROOT else site.id(target)


def _deployment(change: Change) -> Address | None:
    """That which brings the account its stacks by auto-deployment."""
    return next((need for need in change.resource.needs if need.kind == "deployment"), None)


def _noted(change: Change, name: str, records: Mapping[str, StackRecord], site: Site) -> Done:
    """Done; what was set is noted on the account, so that it need not be asked for stack by stack."""
    before = change.before.attrs.get(OWN_VALUES) if change.before else ""
    gone = change.after is None and before
    if not (gone or _values_differ(change)):
        return Done()
    account_id, key = site.id(stack_parts(change.address)[1]), tag_of(name)
    values = None if gone else values_at(change.resource, site)
    if values:
        wanted = wanted_in(change)
        noted = digest(values, (each for region, each in records.items() if wanted.get(region) == CURRENT))
        site.aws.organizations.tag(account_id, {key: noted})
    else:
        site.aws.organizations.untag(account_id, [key])
    return Done()
