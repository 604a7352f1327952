"""Deployments: which units, or single accounts, a baseline goes to, and in which Regions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from factory.aws.errors import AwsError
from factory.core.address import ROOT, Address, ancestry, baseline, deployment, stack
from factory.core.change import Action, Change, Notice, Risk
from factory.core.diff import Traits
from factory.core.errors import FactoryError
from factory.core.guard import Case
from factory.core.resource import Resource, Value
from factory.kinds.base import Done, Kind, Outcome, Pending, Settled, Site, View
from factory.kinds.baseline_files import BASELINES, SINGLE, Use, address_of, baselines, needs_of, regions, uses
from factory.kinds.roll_out import OPERATION, ROW, WAITS, Operating, begun, preferences, written
from factory.kinds.target_effects import foreseen
from factory.kinds.targets import deployments, family, kept, regions_of, target_of, widened

if TYPE_CHECKING:
    from factory.aws.records import StackSetRecord
    from factory.spec import Organization


class DeploymentKind(Kind):
    """A target of a stack set, ``deployment:cloudtrail@ou:workloads``; an account's is in the set for single ones."""

    name = "deployment"
    plural = "deployments"
    traits = Traits(
        removable=True,
        fixed=frozenset({"baseline", "target"}),
        verbs={Action.CREATE: "deploy", Action.UPDATE: "redeploy", Action.DELETE: "withdraw"},
    )
    sections = (BASELINES,)
    limit = ROW
    reads = frozenset({"cloudformation:ListStackSetAutoDeploymentTargets"})
    writes = frozenset({"cloudformation:CreateStackInstances", "cloudformation:DeleteStackInstances"})

    def desired(self, organization: Organization) -> Iterable[Resource]:
        """One for each node that a baseline is named on and not named above."""
        known, everywhere = baselines(organization), list(uses(organization))
        for use in everywhere:
            if use.name not in known:
                continue
            found = known[use.name]
            before = needs_of(use.name, known, organization)
            others = [other for other in everywhere if other.name in before]
            needs = {use.address, use.target, *map(_address, others)}
            # That a single account is a target does not say that what is needed is there.
            needs |= {stack(other.address, other.target.name) for other in others if other.target.kind == "account"}
            attrs: dict[str, Value] = {
                "baseline": use.address.name,
                "target": str(use.target),
                "regions": ", ".join(regions(found.keys, organization)),
                "retains": found.keys.retain_on_removal,
                OPERATION: written(found.keys.operation),
            }
            yield Resource(_address(use), attrs, frozenset(needs - {ROOT}), source=use.source)

    def observe(self, view: View) -> None:
        """The targets of auto-deployment; for single accounts, where there are stacks."""
        keys = {name: found.keys for name, found in baselines(view.organization).items()}
        for record in view.reading.stack_sets:
            of = address_of(record.name, view.organization.instance)
            held = view.resources[of]
            declared = keys.get(of.name.removesuffix(SINGLE))
            for target, found in sorted(_targets(record, of, view).items()):
                address = deployment(of, target)
                attrs: dict[str, Value] = {
                    "baseline": of.name,
                    "target": str(target),
                    "regions": ", ".join(sorted(found)),
                    "retains": declared.retain_on_removal if declared else record.retains,
                    # Says how a change is made, wherever the target is.
                    OPERATION: written(declared.operation) if declared else "",
                }
                needs = frozenset({of, target} - {ROOT})
                view.add(Resource(address, attrs, needs, owned=held.owned, owner=held.owner))

    def settle(self, case: Case) -> Settled:
        """Choose the targets, leave alone what nothing calls for taking away, and say who else is reached."""
        wanted, notices = widened(case)
        desired = dict(wanted)
        for address, want in wanted.items():
            if address.kind != self.name:
                continue
            gone = target_of(want) not in desired and target_of(want) != ROOT
            automatic = desired[baseline(str(want.attrs["baseline"]))].attrs["auto_deployment"]
            # Without auto-deployment, a unit that nobody is in has nothing that AWS could show.
            if gone or not (automatic or _inhabited(target_of(want), case)):
                del desired[address]
        told = [*notices]
        for address, have in case.snapshot.resources.items():
            if address.kind != self.name or address in desired or not have.owned:
                continue
            target = target_of(have)
            if target != ROOT and target not in desired and _inhabited(target, case):
                desired[address] = have
                words = f"{address}: no file declares {target}, so its stacks are left alone"
                told.append(Notice("unmanaged", words, address))
        settled, more = kept(replace(case, desired=desired))
        for address, want in settled.desired.items():
            if address.kind == self.name and address not in case.snapshot.resources:
                told += _reached(want, case)
        return Settled(settled.desired, settled.snapshot, (*told, *more))

    def foresee(self, case: Case) -> Iterable[Change]:
        """What the targets do to the stacks of accounts, and in which order that is done."""
        return foreseen(case)

    def risk(self, change: Change) -> Risk:
        """Taking stacks away deletes what is in them."""
        return Risk.LOW if change.action is Action.CREATE else Risk.HIGH

    def effects(self, change: Change) -> tuple[str, ...]:
        """What CloudFormation does with the stacks."""
        gone = sorted(regions_of(change.before) - regions_of(change.after))
        if not gone:
            return ()
        fate = "lets go of" if change.resource.attrs["retains"] else "deletes"
        return (f"CloudFormation {fate} every stack of it below this node in {', '.join(gone)}",)

    def start(self, change: Change, site: Site) -> Outcome:
        """Begun with the first poll, together with all others that CloudFormation takes in one request."""
        return Operating(change, "", site.aws.clock.now(), f"{WAITS} to begin")

    def poll(self, pending: Sequence[Pending], site: Site) -> Mapping[Address, Outcome | Exception]:
        """Follow what is under way; of the rest, begin for each stack set what fits into one request."""
        outcomes: dict[Address, Outcome | Exception] = {}
        waiting: dict[tuple[str, bool, tuple[str, ...], str, str], list[Operating]] = {}
        for item in pending:
            assert isinstance(item, Operating), "only operations are pending here"
            if item.token:
                outcomes[item.change.address] = _followed(item, site)
                continue
            adds, step = _step(item)
            if not step:
                outcomes[item.change.address] = Done()
                continue
            how = str(item.change.resource.attrs[OPERATION])
            kind = target_of(item.change.resource).kind
            waiting.setdefault((_stack_set(item), adds, step, how, kind), []).append(item)
        most = site.aws.limits.quota("cloudformation.units_in_a_request") or 1
        for (_, adds, step, _, _), items in sorted(waiting.items()):
            # What takes away comes first; the others wait, for there is one operation of ours at a time on a stack set.
            if ready := _alone(items, site) if adds else items:
                outcomes |= _begun(adds, step, ready[:most], site)
        return outcomes


def _stack_set(item: Operating) -> str:
    return str(item.change.resource.attrs["baseline"])


def _address(use: Use) -> Address:
    return deployment(use.address, use.target)


def _step(item: Operating) -> tuple[bool, tuple[str, ...]]:
    """What is done next: whether stacks are added, and in which Regions. Removals come first."""
    change = item.change
    gone, come = (
        regions_of(change.before) - regions_of(change.after),
        regions_of(change.after) - regions_of(change.before),
    )
    return (False, tuple(sorted(gone))) if gone and not item.withdrawn else (True, tuple(sorted(come)))


def _targets(record: StackSetRecord, of: Address, view: View) -> dict[Address, set[str]]:
    """Without auto-deployment AWS keeps no targets: they show in the stacks alone."""
    found: dict[Address, set[str]] = {}
    if record.auto_deployment:
        for target_id, names in record.targets.items():
            if (target := view.addresses.get(target_id)) is not None:
                found[target] = set(names)
        return found
    wanted = {target_of(want) for want in deployments(view.desired) if want.attrs["baseline"] == of.name}
    for each in record.stacks:
        holder = view.addresses.get(each.account_id)
        if holder is None:
            continue
        above = ancestry(Address.parse(str(view.resources[holder].attrs["parent"])))
        come_by = view.addresses.get(each.unit_id)
        meant = wanted & {holder, *above}
        if meant or of.name.endswith(SINGLE):
            target = min(meant, default=holder)
        elif come_by is not None and come_by in above:
            beside = any(come_by in ancestry(other) for other in wanted if other.kind != "account")
            # What is beside it is still wanted, so it is taken away alone.
            target = holder if beside else come_by
        elif of not in view.desired or deployment(baseline(of.name + SINGLE), holder) in view.desired:
            target = holder
        else:
            # It has left its unit, and without auto-deployment keeps what it had.
            continue
        found.setdefault(target, set()).add(each.region)
    return found


def _inhabited(unit: Address, case: Case) -> bool:
    """Whether an account is in this place or below it once all is as wanted; an account is its own place."""
    outcome = {**case.snapshot.resources, **case.desired}
    homes = (str(r.attrs["parent"]) for a, r in outcome.items() if a.kind == "account" and "parent" in r.attrs)
    return unit.kind == "account" or any(unit in ancestry(Address.parse(home)) for home in homes)


def _below(place: Address, case: Case) -> Iterator[Resource]:
    """The accounts in the root or a unit, at any depth, that exist now."""
    for address, have in case.snapshot.resources.items():
        if address.kind == "account" and place in ancestry(Address.parse(str(have.attrs["parent"]))):
            yield have


def _reached(want: Resource, case: Case) -> Iterator[Notice]:
    """CloudFormation reaches every active account below a target, whether a file declares it or not."""
    target = target_of(want)
    if target.kind == "account":
        return
    management = case.snapshot.identity.management_account
    others = sorted(
        f"{have.label} ({have.id})"
        for have in _below(target, case)
        if have.address not in case.desired and have.id != management and have.attrs["state"] == "ACTIVE"
    )
    if others:
        words = f"{want.address} also reaches accounts that no file declares: {', '.join(others)}"
        yield Notice("unmanaged", words, want.address)


def _begun(
    adds: bool, step: tuple[str, ...], items: Sequence[Operating], site: Site
) -> dict[Address, Outcome | Exception]:
    """One request for all of them: the units, or for single accounts the units that these are in."""
    first = items[0].change.resource
    name = site.id(baseline(str(first.attrs["baseline"])))
    chosen, targets = preferences(first), [target_of(item.change.resource) for item in items]
    stack_sets = site.aws.stack_sets
    accounts = [site.id(target) for target in targets if target.kind == "account"]
    units = [site.identity.root] if accounts else [site.id(target) for target in targets]

    def begin() -> str:
        if adds:
            return stack_sets.deploy(name, units, step, chosen, accounts)
        retain = bool(first.attrs["retains"])
        return stack_sets.withdraw(name, units, step, chosen, accounts, retain=retain)

    try:
        started = begun(items[0], site, begin)
    except FactoryError as error:
        return {item.change.address: error for item in items}
    return {item.change.address: replace(item, token=started.token, waiting_for=started.waiting_for) for item in items}


def _alone(items: list[Operating], site: Site) -> list[Operating]:
    """Those whose accounts do not hold the stack of a unit that they have left any more.

    What can be had once would be in the way, and it comes from another stack set: AWS orders nothing between these.
    """
    unit_set = site.book.get(baseline(family(_stack_set(items[0]))))
    if target_of(items[0].change.resource).kind != "account" or unit_set is None:
        return items
    try:
        held = {each.account_id for each in site.aws.stack_sets.stacks(unit_set)}
    except AwsError as error:
        if error.code != "StackSetNotFoundException":
            raise
        # It went in this run.
        return items
    return [item for item in items if site.id(target_of(item.change.resource)) not in held]


def _followed(item: Operating, site: Site) -> Outcome | Exception:
    """An operation that is over has reached its targets; how each account fared, its stacks tell."""
    change = item.change
    name = site.id(baseline(str(change.resource.attrs["baseline"])))
    operation = site.aws.stack_sets.operation(name, item.token)
    if not operation.over:
        return replace(item, waiting_for=f"{WAITS}: {operation.status.lower()}")
    adds, _ = _step(item)
    ended = f"the operation {operation.id} is {operation.status}" + (
        f": {operation.reason}" if operation.reason else ""
    )
    if operation.status == "STOPPED" or (not adds and operation.status != "SUCCEEDED"):
        return FactoryError(ended, "see what CloudFormation says there, then run apply again")
    if not adds and change.after is not None:
        left = replace(item, token="", withdrawn=True)
        return left if _step(left)[1] else Done()
    failed = f"{operation.failed} stacks failed" if operation.failed else ""
    return Done(note=failed or (ended if operation.status != "SUCCEEDED" else ""))


KIND = DeploymentKind()
