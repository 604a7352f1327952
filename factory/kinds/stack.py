"""Stacks: what CloudFormation has made of a baseline in each account. AWS makes them; here they are watched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from factory.core.address import Address, account, deployment, stack, stack_parts
from factory.core.change import Action, Change, Notice
from factory.core.diff import Traits
from factory.core.errors import FactoryError
from factory.core.guard import Case
from factory.core.resource import Resource, Value
from factory.kinds.base import Done, Kind, Outcome, Pending, Settled, Site, View
from factory.kinds.baseline_files import address_of, baselines, by_target, reaching, regions
from factory.kinds.roll_out import OPERATION, ROW, WAITS, Operating, begun, preferences, told, written
from factory.kinds.target_effects import IN, THROUGH, losses

if TYPE_CHECKING:
    from factory.aws.records import StackRecord
    from factory.aws.stack_sets import StackSets
    from factory.spec import Organization

CURRENT = "CURRENT"
_IN = IN
"""Begins the attribute that tells a stack's status in a Region."""

_EXISTS = ("already exists", "AlreadyExists", "MaxNumberOfConfigurationRecordersExceeded", "a detector already")
_LONGEST = 300


class StackKind(Kind):
    """The stacks of a baseline in one account, ``stack:cloudtrail@payments-prod``: one in each Region."""

    name = "stack"
    plural = "stacks"
    traits = Traits(verbs={Action.CREATE: "roll out", Action.UPDATE: "roll out"})
    limit = ROW
    reads = frozenset({"cloudformation:ListStackInstances"})

    def desired(self, organization: Organization) -> Iterable[Resource]:
        """One for each account and baseline that reaches it, current in each Region."""
        known, targets = baselines(organization), by_target(organization)
        for stem, declared in organization.accounts.items() if targets else ():
            if declared.state == "closed":
                continue
            for use in reaching(declared, targets):
                if use.name not in known:
                    continue
                keys = known[use.name].keys
                attrs: dict[str, Value] = {_IN + region: CURRENT for region in regions(keys, organization)}
                attrs[OPERATION] = written(keys.operation)
                needs = {use.address, deployment(use.address, use.target), account(stem)}
                yield Resource(stack(use.address, stem), attrs, frozenset(needs), source=use.source, counted=False)

    def observe(self, view: View) -> None:
        """Every stack of every stack set of ours, by account."""
        for record in view.reading.stack_sets:
            of = address_of(record.name, view.organization.instance)
            held = view.resources[of]
            found: dict[Address, dict[str, Value]] = {}
            for each in record.stacks:
                holder = view.addresses.get(each.account_id)
                if holder is not None and not each.skipped:
                    attrs = found.setdefault(stack(of, holder.name), {})
                    attrs[_IN + each.region] = _status(each)
                    if each.unit_id in view.addresses:
                        attrs[THROUGH + each.region] = str(view.addresses[each.unit_id])
            for address, attrs in found.items():
                want = view.desired.get(address)
                attrs[OPERATION] = want.attrs[OPERATION] if want else ""
                needs = frozenset({stack_parts(address)[1]})
                view.add(Resource(address, attrs, needs, owned=held.owned, owner=held.owner, counted=False))

    def settle(self, case: Case) -> Settled:
        """Nothing is expected in the management account and in accounts that are not active."""
        desired, skipped = dict(case.desired), set()
        for address in [a for a in desired if a.kind == self.name]:
            holder = stack_parts(address)[1]
            found = case.snapshot.resources.get(holder)
            managing = found is not None and found.id == case.snapshot.identity.management_account
            if holder not in desired or managing:
                del desired[address]
                if not managing:
                    skipped.add(holder.name)
        words = f"accounts that are not active get no stacks: {', '.join(sorted(skipped))}"
        resources = dict(case.snapshot.resources)
        for lost in losses(replace(case, desired=desired)):
            # What AWS is going to delete is as good as gone: the one that comes for it has to be waited for.
            if lost.anew:
                have = resources[lost.stack]
                attrs = {name: value for name, value in have.attrs.items() if name != _IN + lost.region}
                resources[lost.stack] = replace(have, attrs=attrs)
        snapshot = replace(case.snapshot, resources=resources)
        return Settled(desired, snapshot, (Notice("skipped", words),) if skipped else ())

    def reason(self, change: Change) -> str:
        """What is there instead."""
        if change.before is None:
            return "no stack yet"
        through = change.before.attrs
        return "; ".join(
            f"{region}: {field.before or _why(through.get(THROUGH + region))}"
            for field in change.fields()
            if (region := field.name.removeprefix(_IN))
        )

    def start(self, change: Change, site: Site) -> Outcome:
        """Mostly CloudFormation is at work already: the first poll sees how far."""
        return Operating(change, "", site.aws.clock.now(), WAITS)

    def poll(self, pending: Sequence[Pending], site: Site) -> Mapping[Address, Outcome | Exception]:
        """One listing for each stack set tells of all accounts."""
        outcomes: dict[Address, Outcome | Exception] = {}
        groups: dict[Address, list[Operating]] = {}
        for item in pending:
            assert isinstance(item, Operating), "only operations are pending here"
            groups.setdefault(stack_parts(item.change.address)[0], []).append(item)
        for of, items in sorted(groups.items()):
            outcomes |= _followed(of, items, site)
        return outcomes


def _why(left: Value) -> str:
    return f"made anew, what came by {left} goes" if left else "no stack"


def _status(record: StackRecord) -> str:
    if record.status == CURRENT:
        return CURRENT
    return f"{record.status}: {record.reason}"[:_LONGEST] if record.reason else record.status


def _followed(of: Address, items: list[Operating], site: Site) -> dict[Address, Outcome | Exception]:
    stack_sets, name = site.aws.stack_sets, site.id(of)
    found = {(each.account_id, each.region): each for each in stack_sets.stacks(name)}
    operations = {each.id: each for each in stack_sets.operations(name)}
    busy = any(not each.over for each in operations.values())
    outcomes: dict[Address, Outcome | Exception] = {}
    left: dict[tuple[str, ...], list[Operating]] = {}
    for item in items:
        address = item.change.address
        behind = _behind(item.change, found, site)
        tried = item.token in operations and operations[item.token].over
        if not behind:
            outcomes[address] = Done()
        elif tried:
            outcomes[address] = _failed(item.change, behind, found, site)
        elif item.token or busy or _leaving(item.change, found, site):
            outcomes[address] = replace(item, waiting_for=f"{WAITS}: {', '.join(behind)}")
        else:
            left.setdefault(tuple(behind), []).append(item)
    # One operation of ours at a time: with equal Regions they go together, the next ones when it is over.
    for behind, group in sorted(left.items(), key=lambda each: each[0])[:1]:
        outcomes |= _tried(stack_sets, name, behind, group, site)
    return {item.change.address: outcomes.get(item.change.address, item) for item in items}


def _behind(change: Change, found: Mapping[tuple[str, str], StackRecord], site: Site) -> tuple[str, ...]:
    """The Regions in which the stack is not current, or still the one that goes."""
    account_id, leaving = site.id(stack_parts(change.address)[1]), _leaving(change, found, site)
    wanted = [key.removeprefix(_IN) for key, v in change.resource.attrs.items() if key.startswith(_IN) and v == CURRENT]
    records = ((region, found.get((account_id, region))) for region in sorted(wanted))
    return tuple(
        region for region, record in records if record is None or record.status != CURRENT or region in leaving
    )


def _leaving(change: Change, found: Mapping[tuple[str, str], StackRecord], site: Site) -> set[str]:
    """The Regions in which there still is the stack of a target that the account leaves, or has left."""
    account_id, before = site.id(stack_parts(change.address)[1]), change.before.attrs if change.before else {}
    target = _target(change)
    return {
        region
        for name, left in before.items()
        if name.startswith(THROUGH)
        and _IN + (region := name.removeprefix(THROUGH)) not in before
        and left != str(target)
        and (record := found.get((account_id, region)))
        and record.unit_id == site.book.get(Address.parse(str(left)))
    }


def _tried(
    stack_sets: StackSets, name: str, behind: tuple[str, ...], items: list[Operating], site: Site
) -> dict[Address, Outcome | Exception]:
    accounts = [site.id(stack_parts(item.change.address)[1]) for item in items]
    units = sorted({_unit(item.change, site) for item in items})
    chosen = preferences(items[0].change.resource)
    try:
        started = begun(items[0], site, lambda: stack_sets.deploy(name, units, behind, chosen, accounts))
    except FactoryError as error:
        return {item.change.address: error for item in items}
    return {item.change.address: replace(item, token=started.token, waiting_for=started.waiting_for) for item in items}


def _target(change: Change) -> Address:
    """The target that the account is to be reached by."""
    (held,) = (need for need in change.resource.needs if need.kind == "deployment")
    return Address.parse(held.name.partition("@")[2])


def _unit(change: Change, site: Site) -> str:
    """The unit through which an account is reached: that of its deployment; for a single account, the root."""
    target = _target(change)
    return site.identity.root if target.kind == "account" else site.id(target)


def _failed(
    change: Change, behind: tuple[str, ...], found: Mapping[tuple[str, str], StackRecord], site: Site
) -> FactoryError:
    holder = stack_parts(change.address)[1]
    account_id, stem = site.id(holder), holder.name
    records = [found[account_id, region] for region in behind if (account_id, region) in found]
    missing = [region for region in behind if (account_id, region) not in found]
    what = told(records, lambda _: stem) + ("; " if records and missing else "")
    what += f"{stem} has no stack in {', '.join(missing)}" if missing else ""
    if any(word in record.reason for record in records for word in _EXISTS):
        fix = "something of that kind was made by hand: delete it there, or take the baseline off, then run apply again"
    else:
        fix = "mend what CloudFormation names, then run apply again: only what is not current is tried again"
    return FactoryError(what, fix)


KIND = StackKind()
