"""Stacks: what CloudFormation has made of a baseline in each account, and the values it has there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from factory.core.address import ROOT, Address, account, deployment, node, stack, stack_parts
from factory.core.change import Action, Change, Notice, Risk
from factory.core.diff import Traits
from factory.core.guard import Case
from factory.core.resource import Resource, Value
from factory.kinds import stack_operations
from factory.kinds.account_values import own_values, shared_values, written_at
from factory.kinds.base import Kind, Outcome, Pending, Settled, Site, View
from factory.kinds.baseline_files import (
    RETAINS_TAG,
    Use,
    address_of,
    baselines,
    by_target,
    family,
    needs_of,
    opted_out,
    reaching,
    regions,
)
from factory.kinds.baseline_values import accounts_in
from factory.kinds.roll_out import OPERATION, ROW, WAITS, Operating, written
from factory.kinds.stack_values import ABSENT, AS_BEFORE, CURRENT, OWN, OWN_VALUES, TARGET, applied, own_in, tag_of
from factory.kinds.target_effects import IN, THROUGH, losses

if TYPE_CHECKING:
    from factory.aws.records import StackRecord, StackSetRecord
    from factory.kinds.baseline_files import Baseline
    from factory.spec import Account, Organization

_LONGEST = 300
RETAINS, AUTOMATIC = "retains", "automatic"


class StackKind(Kind):
    """The stacks of a baseline in one account, ``stack:cloudtrail@payments-prod``: one in each Region."""

    name = "stack"
    plural = "stacks"
    traits = Traits(
        removable=True,
        verbs={Action.CREATE: "roll out", Action.UPDATE: "roll out", Action.DELETE: "take away"},
    )
    limit = ROW
    begins_together = True
    reads = frozenset({"cloudformation:ListStackInstances"})
    writes = frozenset(
        {
            "cloudformation:CreateStackInstances",
            "cloudformation:UpdateStackInstances",
            "cloudformation:DeleteStackInstances",
            "organizations:TagResource",
            "organizations:UntagResource",
        }
    )

    def desired(self, organization: Organization) -> Iterable[Resource]:
        """One for each account and baseline that reaches it: current in each Region, or absent if it opts out."""
        known, targets = baselines(organization), by_target(organization)
        if not targets:
            return
        shared = {name: shared_values(found, organization) for name, found in known.items() if found.template}
        needed = {name: needs_of(name, known, organization) for name in known}
        for declared in organization.accounts.values():
            if declared.state == "closed":
                continue
            reached = [use for use in reaching(declared, targets) if use.name in known]
            out = opted_out(declared)
            for use in reached:
                found = known[use.name]
                if use.name in out:
                    if use.automatic(known):
                        # Only when it has been deployed can be seen what of it there is.
                        needs = {deployment(use.address, use.target)}
                        yield _resource(use, declared, found, ABSENT, {}, frozenset(needs), organization)
                    continue
                values = own_values(declared, found, shared[use.name], organization)
                holders = accounts_in(*values.values())
                needs = set(holders)
                if use.automatic(known):
                    needs.add(deployment(use.address, use.target))
                else:
                    others = [other for other in reached if other.name in needed[use.name] - out]
                    needs |= {stack(other.address, declared.name) for other in others}
                    needs |= set(_of_holders(found, needed[use.name], targets, organization))
                yield _resource(use, declared, found, CURRENT, values, frozenset(needs), organization)

    def observe(self, view: View) -> None:
        """Every stack of every stack set of ours, by account."""
        for record in view.reading.stack_sets:
            of = address_of(record.name, view.organization.instance)
            held = view.resources[of]
            found: dict[str, list[StackRecord]] = {}
            for each in record.stacks:
                if not each.skipped and each.account_id in view.addresses:
                    found.setdefault(each.account_id, []).append(each)
            for account_id, records in found.items():
                resource = _found(record, of, account_id, records, view)
                view.add(replace(resource, owned=held.owned, owner=held.owner))

    def settle(self, case: Case) -> Settled:
        """Expect nothing where CloudFormation cannot go; leave alone what it takes away by itself."""
        desired, skipped = dict(case.desired), set()
        for address in [a for a in desired if a.kind == self.name]:
            want, have = desired[address], case.snapshot.resources.get(address)
            holder = stack_parts(address)[1]
            found = case.snapshot.resources.get(holder)
            managing = found is not None and found.id == case.snapshot.identity.management_account
            if holder not in desired or managing:
                del desired[address]
                if not managing:
                    skipped.add(holder.name)
            elif _stays_out(want) and (have is not None or not _arrives(holder, case)):
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
        notices = [Notice("skipped", f"accounts that are not active get no stacks: {', '.join(sorted(skipped))}")]
        for address, want in desired.items():
            if address.kind == self.name and (have := case.snapshot.resources.get(address)) is not None:
                desired[address], resources[address] = _without_regions(want, have, case)
        case = replace(case, snapshot=replace(case.snapshot, resources=resources))
        alone = set()
        for address, have in case.snapshot.resources.items():
            if address.kind == self.name and address not in desired and have.owned:
                holder = stack_parts(address)[1]
                wish = case.desired.get(address)
                if _automatic(have, case) and not (wish and _stays_out(wish)):
                    desired[address] = have
                elif holder not in desired:
                    desired[address] = have
                    alone.add(str(address))
        if alone:
            words = f"stacks in accounts that no file declares are left alone: {', '.join(sorted(alone))}"
            notices.append(Notice("unmanaged", words))
        case = replace(case, desired=desired)
        notices += [*_operations(case), *_coverage(case)]
        return Settled(desired, case.snapshot, tuple(notices if skipped else notices[1:]))

    def risk(self, change: Change) -> Risk:
        """Taking stacks away deletes what is in them."""
        return Risk.HIGH if _gone(change) else Risk.LOW

    def reason(self, change: Change) -> str:
        """What is there instead."""
        if change.action is Action.DELETE:
            return "not wanted here any more"
        if _stays_out(change.resource):
            return "the account opts out: what auto-deployment brings as it arrives is taken away"
        if change.before is None:
            return "no stack yet"
        fields = [field for field in change.fields() if field.name.startswith(IN)]
        through = change.before.attrs
        regions_ = [(field.name.removeprefix(IN), field.before) for field in fields]
        behind = [f"{region}: {before or _why(through.get(THROUGH + region))}" for region, before in regions_]
        return "; ".join(behind) or "its values differ from those that were last set"

    def effects(self, change: Change) -> tuple[str, ...]:
        """What becomes of stacks that are taken away."""
        gone = _gone(change)
        if not gone:
            return ()
        fate = "lets go of" if change.resource.attrs[RETAINS] else "deletes"
        return (f"CloudFormation {fate} the stacks in {', '.join(gone)}",)

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
            outcomes |= stack_operations.followed(of, items, site)
        return outcomes


def _resource(
    use: Use,
    declared: Account,
    found: Baseline,
    status: str,
    values: Mapping[str, str],
    needs: frozenset[Address],
    organization: Organization,
) -> Resource:
    automatic = status == ABSENT or (use.target.kind != "account" and found.keys.auto_deploy)
    attrs: dict[str, Value] = {IN + region: status for region in regions(found.keys, organization)}
    attrs |= {OWN + name: value for name, value in values.items()}
    attrs |= {
        OWN_VALUES: ", ".join(values),
        TARGET: str(node(declared.ou) if use.target.kind == "account" else use.target),
        RETAINS: found.keys.retain_on_removal,
        OPERATION: written(found.keys.operation),
    }
    needs |= {use.address, account(declared.name)}
    source = written_at(declared, found, values, organization) or use.source
    return Resource(stack(use.address, declared.name), attrs, needs, source=source, counted=not automatic)


def _of_holders(
    found: Baseline, needed: set[str], targets: Mapping[Address, list[Use]], organization: Organization
) -> Iterator[Address]:
    """The stacks of what a baseline needs in the accounts that its values refer to."""
    for holder in accounts_in(*map(str, found.keys.parameters.values())):
        declared = organization.accounts.get(holder.name)
        for use in reaching(declared, targets) if declared else ():
            if use.name in needed:
                yield stack(use.address, holder.name)


def _found(record: StackSetRecord, of: Address, account_id: str, records: list[StackRecord], view: View) -> Resource:
    holder = view.addresses[account_id]
    address = stack(of, holder.name)
    want = view.desired.get(address)
    attrs: dict[str, Value] = {IN + each.region: _status(each) for each in records}
    for each in records:
        if each.unit_id in view.addresses:
            attrs[THROUGH + each.region] = str(view.addresses[each.unit_id])
    for key, value in want.attrs.items() if want else ():
        if key.startswith(IN) and value == ABSENT:
            attrs.setdefault(key, ABSENT)
    noted = view.reading.tags.get(account_id, {}).get(tag_of(record.name))
    if want is not None and applied(want, records, noted, view):
        attrs |= own_in(want)
    else:
        attrs[OWN_VALUES] = AS_BEFORE if noted else ""
    automatic = record.auto_deployment
    attrs |= {
        RETAINS: want.attrs[RETAINS] if want else record.retains or record.tags.get(RETAINS_TAG) == "true",
        # Says how a change is made: AWS keeps nothing of it that could differ.
        OPERATION: want.attrs[OPERATION] if want else "",
        TARGET: want.attrs[TARGET] if want else str(ROOT),
        AUTOMATIC: automatic,
    }
    needs = {holder} if automatic else {holder, of}
    return Resource(address, attrs, frozenset(needs), counted=not automatic)


def _why(left: Value) -> str:
    return f"made anew, what came by {left} goes" if left else "no stack"


def _status(record: StackRecord) -> str:
    if record.status == CURRENT:
        return CURRENT
    return f"{record.status}: {record.reason}"[:_LONGEST] if record.reason else record.status


def _stays_out(want: Resource) -> bool:
    statuses = {value for key, value in want.attrs.items() if key.startswith(IN)}
    return statuses == {ABSENT}


def _gone(change: Change) -> list[str]:
    """The Regions in which stacks are taken away."""
    after = change.after.attrs if change.after else {}
    before = change.before.attrs if change.before else {}
    found = (key for key, status in before.items() if key.startswith(IN) and status != ABSENT)
    return sorted(key.removeprefix(IN) for key in found if after.get(key, ABSENT) == ABSENT)


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


def _operations(case: Case) -> Iterator[Notice]:
    """How many operations it takes to set values of accounts: one for all accounts with equal ones."""
    groups: dict[Address, dict[tuple[tuple[str, Value], ...], int]] = {}
    for address, want in case.desired.items():
        if address.kind == StackKind.name and want.attrs.get(OWN_VALUES):
            have = case.snapshot.resources.get(address)
            own = own_in(want)
            if have is None or own_in(have) != own:
                equal = groups.setdefault(stack_parts(address)[0], {})
                key = tuple(sorted(own.items()))
                equal[key] = equal.get(key, 0) + 1
    for of, equal in sorted(groups.items()):
        count, accounts = len(equal), sum(equal.values())
        words = f"{family(of.name)}: values of their own for {accounts} account{'s' * (accounts != 1)}"
        yield Notice("own-values", f"{words}, in {count} operation{'s' * (count != 1)}", of)


def _coverage(case: Case) -> Iterator[Notice]:
    """How many stacks there should be, and how many are as they should be."""
    wanted, current, names, holders = 0, 0, set(), set()
    for address, want in case.desired.items():
        if address.kind == StackKind.name:
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


KIND = StackKind()
