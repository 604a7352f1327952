"""Stacks: what CloudFormation has made of a baseline in each account, and the values it has there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from factory.core.address import ROOT, Address, account, deployment, node, stack, stack_parts
from factory.core.change import Action, Change, Refusal, Risk
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
    needs_of,
    opted_out,
    reaching,
    regions,
)
from factory.kinds.baseline_values import accounts_in
from factory.kinds.roll_out import OPERATION, ROW, WAITS, Operating, written
from factory.kinds.stack_rules import mass_loss
from factory.kinds.stack_settling import settled
from factory.kinds.stack_values import (
    ABSENT,
    AS_BEFORE,
    AUTOMATIC,
    CURRENT,
    OWN,
    OWN_VALUES,
    RETAINS,
    TARGET,
    applied,
    gone_in,
    own_in,
    stays_out,
    tag_of,
)
from factory.kinds.target_effects import IN, THROUGH

if TYPE_CHECKING:
    from factory.aws.records import StackRecord, StackSetRecord
    from factory.kinds.baseline_files import Baseline
    from factory.spec import Account, Organization

_LONGEST = 300


class StackKind(Kind):
    """The stacks of a baseline in one account, ``stack:cloudtrail@payments-prod``: one in each Region."""

    name = "stack"
    plural = "stacks"
    traits = Traits(
        removable=True,
        counted=False,
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
        return settled(case)

    def refuse(self, case: Case) -> Iterable[Refusal]:
        """Not too large a share of a baseline's stacks is taken away at once."""
        return mass_loss(case)

    def risk(self, change: Change) -> Risk:
        """Taking stacks away deletes what is in them."""
        return Risk.HIGH if gone_in(change) else Risk.LOW

    def reason(self, change: Change) -> str:
        """What is there instead."""
        if change.action is Action.DELETE:
            return "not wanted here any more"
        if stays_out(change.resource):
            return "the account opts out: what auto-deployment brings as it arrives is taken away"
        if change.before is None:
            return "no stack yet"
        fields = [field for field in change.fields() if field.name.startswith(IN)]
        through = change.before.attrs
        regions_ = [(field.name.removeprefix(IN), field.before) for field in fields]
        behind = [f"{region}: {before or _why(through.get(THROUGH + region))}" for region, before in regions_]
        back = "it goes back to the values for all"
        other = "its values differ from those that were last set"
        return "; ".join(behind) or (other if change.resource.attrs[OWN_VALUES] else back)

    def effects(self, change: Change) -> tuple[str, ...]:
        """What becomes of stacks that are taken away."""
        gone = gone_in(change)
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
    return Resource(stack(use.address, declared.name), attrs, needs, source=source)


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
    return Resource(address, attrs, frozenset(needs))


def _why(left: Value) -> str:
    return f"made anew, what came by {left} goes" if left else "no stack"


def _status(record: StackRecord) -> str:
    if record.status == CURRENT:
        return CURRENT
    return f"{record.status}: {record.reason}"[:_LONGEST] if record.reason else record.status


KIND = StackKind()
