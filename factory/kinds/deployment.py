"""Deployments: which units a baseline goes to by auto-deployment, and in which Regions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from factory.core.address import ROOT, Address, account, ancestry, baseline, deployment
from factory.core.change import Action, Change, Notice, Risk
from factory.core.diff import Traits
from factory.core.errors import FactoryError
from factory.core.guard import Case
from factory.core.resource import Resource, Value
from factory.kinds.base import Done, Kind, Outcome, Pending, Settled, Site, View
from factory.kinds.baseline_files import address_of, baselines, needs_of, outsiders, providing, regions, uses
from factory.kinds.roll_out import (
    LEFT_BEHIND,
    OPERATION,
    ROW,
    WAITS,
    Operating,
    begun,
    names_in,
    preferences,
    told,
    under_way,
    written,
)
from factory.kinds.target_effects import foreseen
from factory.kinds.targets import WITHOUT, kept, regions_of, target_of, widened

if TYPE_CHECKING:
    from factory.aws.records import StackSetOperation
    from factory.spec import Organization


class DeploymentKind(Kind):
    """A target of a stack set, ``deployment:cloudtrail@ou:workloads``: what AWS brings to the accounts below it.

    Where there is no auto-deployment there is none: the stacks of each account are all there is.
    """

    name = "deployment"
    plural = "deployments"
    traits = Traits(
        removable=True,
        counted=False,
        fixed=frozenset({"baseline", "target"}),
        verbs={Action.CREATE: "deploy", Action.UPDATE: "redeploy", Action.DELETE: "withdraw"},
    )
    limit = ROW
    begins_together = True
    reads = frozenset({"cloudformation:ListStackSetAutoDeploymentTargets"})
    writes = frozenset({"cloudformation:CreateStackInstances", "cloudformation:DeleteStackInstances"})

    def desired(self, organization: Organization) -> Iterable[Resource]:
        """One for each node that a baseline with auto-deployment is named on and not named above."""
        known, everywhere = baselines(organization), list(uses(organization))
        for use in everywhere:
            if not use.automatic(known):
                continue
            found = known[use.name]
            before = needs_of(use.name, known, organization)
            needs = {use.address, use.target}
            for other in everywhere:
                if other.name in before:
                    needs |= set(providing(other, known, organization))
            attrs: dict[str, Value] = {
                "baseline": use.address.name,
                "target": str(use.target),
                "regions": ", ".join(regions(found.keys, organization)),
                "retains": found.keys.retain_on_removal,
                WITHOUT: ", ".join(outsiders(use, organization)),
                OPERATION: written(found.keys.operation),
            }
            target = deployment(use.address, use.target)
            yield Resource(target, attrs, frozenset(needs - {ROOT}), source=use.source)

    def observe(self, view: View) -> None:
        """The targets of auto-deployment."""
        keys = {name: found.keys for name, found in baselines(view.organization).items()}
        for record in view.reading.stack_sets:
            of = address_of(record.name, view.organization.instance)
            held, declared = view.resources[of], keys.get(of.name)
            for target_id, found in sorted(record.targets.items()) if record.auto_deployment else ():
                target = view.addresses.get(target_id)
                if target is None:
                    continue
                address = deployment(of, target)
                attrs: dict[str, Value] = {
                    "baseline": of.name,
                    "target": str(target),
                    "regions": ", ".join(sorted(found)),
                    "retains": declared.retain_on_removal if declared else record.retains,
                    # Neither is kept by AWS: they say how a change is made.
                    WITHOUT: "",
                    OPERATION: written(declared.operation) if declared else "",
                }
                needs = frozenset({of, target} - {ROOT})
                view.add(Resource(address, attrs, needs, owned=held.owned, owner=held.owner))

    def settle(self, case: Case) -> Settled:
        """Choose the targets, leave alone what nothing calls for taking away, and say who else is reached."""
        wanted, notices = widened(case)
        desired, told_of = dict(wanted), [*notices]
        for address, have in case.snapshot.resources.items():
            if address.kind != self.name or address in desired or not have.owned:
                continue
            target, of = target_of(have), desired.get(baseline(str(have.attrs["baseline"])))
            if of is not None and not of.attrs["auto_deployment"]:
                # Its stacks stay, and from now on each account has them by itself.
                desired[address] = have
            elif target != ROOT and target not in desired and _inhabited(target, case):
                desired[address] = have
                words = f"{address}: no file declares {target}, so its stacks are left alone"
                told_of.append(Notice("unmanaged", words, address))
        settled, more = kept(replace(case, desired=desired))
        for address, want in settled.desired.items():
            if address.kind == self.name and regions_of(want) - regions_of(case.snapshot.resources.get(address)):
                told_of += _reached(want, case)
        snapshot = replace(settled.snapshot, resources=dict(_as_made(settled)))
        return Settled(settled.desired, snapshot, (*told_of, *more))

    def foresee(self, case: Case) -> Iterable[Change]:
        """What the targets do to the stacks of accounts, and in which order that is done."""
        return foreseen(case)

    def risk(self, change: Change) -> Risk:
        """Taking stacks away deletes what is in them."""
        return Risk.LOW if change.action is Action.CREATE else Risk.HIGH

    def start(self, change: Change, site: Site) -> Outcome:
        """Begun with the first poll, together with all others that CloudFormation takes in one request."""
        return Operating(change, "", site.aws.clock.now(), f"{WAITS} to begin")

    def poll(self, pending: Sequence[Pending], site: Site) -> Mapping[Address, Outcome | Exception]:
        """Follow what is under way; of the rest, begin for each stack set what fits into one request."""
        outcomes: dict[Address, Outcome | Exception] = {}
        seen: dict[str, StackSetOperation] = {}
        waiting: dict[tuple[str, bool, tuple[str, ...], str], list[Operating]] = {}
        for item in pending:
            assert isinstance(item, Operating), "only operations are pending here"
            if item.token:
                outcomes[item.change.address] = _followed(item, site, seen)
                continue
            adds, step = _step(item)
            if not step:
                outcomes[item.change.address] = Done()
                continue
            key = (str(item.change.resource.attrs["baseline"]), adds, step, str(item.change.resource.attrs[OPERATION]))
            waiting.setdefault(key, []).append(item)
        most = site.aws.limits.quota("cloudformation.units_in_a_request") or 1
        # What takes away comes first; the others wait, for there is one operation of ours at a time on a stack set.
        for key, items in sorted(waiting.items()):
            outcomes |= _begun(key[1], key[2], items[:most], site)
        return outcomes


def _step(item: Operating) -> tuple[bool, tuple[str, ...]]:
    """What is done next: whether stacks are added, and in which Regions. Removals come first."""
    change = item.change
    old, new = regions_of(change.before), regions_of(change.after)
    gone, come = old - new, new - old
    return (False, tuple(sorted(gone))) if gone and not item.withdrawn else (True, tuple(sorted(come)))


def _inhabited(unit: Address, case: Case) -> bool:
    """Whether an account is in this unit or below it once all is as wanted."""
    outcome = {**case.snapshot.resources, **case.desired}
    homes = (str(r.attrs["parent"]) for a, r in outcome.items() if a.kind == "account" and "parent" in r.attrs)
    return any(unit in ancestry(Address.parse(home)) for home in homes)


def _below(place: Address, case: Case) -> Iterator[Resource]:
    """The accounts in the root or a unit, at any depth, that exist now."""
    for address, have in case.snapshot.resources.items():
        if address.kind == "account" and place in ancestry(Address.parse(str(have.attrs["parent"]))):
            yield have


def _reached(want: Resource, case: Case) -> Iterator[Notice]:
    """CloudFormation reaches every active account below a target, whether a file declares it or not."""
    target = target_of(want)
    management = case.snapshot.identity.management_account
    others = sorted(
        f"{have.label} ({have.id})"
        for have in _below(target, case)
        if have.address not in case.desired and have.id != management and have.attrs["state"] == "ACTIVE"
    )
    if others:
        words = f"{want.address} also reaches accounts that no file declares: {', '.join(others)}"
        yield Notice("unmanaged", words, want.address)


def _as_made(settled: Case) -> Iterator[tuple[Address, Resource]]:
    """What is there, with the filter by which more of it would be made: AWS keeps none of it that could differ."""
    for address, have in settled.snapshot.resources.items():
        want = settled.desired.get(address)
        if address.kind == DeploymentKind.name and want is not None:
            yield address, replace(have, attrs={**have.attrs, WITHOUT: want.attrs[WITHOUT]})
        else:
            yield address, have


def _begun(
    adds: bool, step: tuple[str, ...], items: Sequence[Operating], site: Site
) -> dict[Address, Outcome | Exception]:
    """One request for all of them."""
    first = items[0].change.resource
    name = site.id(baseline(str(first.attrs["baseline"])))
    chosen, units = preferences(first), [site.id(target_of(item.change.resource)) for item in items]
    outside = {name for item in items for name in str(item.change.resource.attrs[WITHOUT]).split(", ")}
    # Those that do not exist yet are brought by auto-deployment, which knows no filter, and then taken away.
    others = sorted(site.book[account(name)] for name in outside if account(name) in site.book)
    stack_sets = site.aws.stack_sets

    def begin() -> str:
        if adds:
            return stack_sets.deploy(name, units, step, chosen, without=others)
        return stack_sets.withdraw(name, units, step, chosen, retain=bool(first.attrs["retains"]))

    try:
        started = begun(items[0], site, begin)
    except FactoryError as error:
        return {item.change.address: error for item in items}
    return {item.change.address: replace(item, token=started.token, waiting_for=started.waiting_for) for item in items}


def _followed(item: Operating, site: Site, seen: dict[str, StackSetOperation]) -> Outcome | Exception:
    """An operation that is over has reached its targets; how each account fared, its stacks tell.

    ``seen`` holds what was asked in this round: targets that share an operation share the answer.
    """
    change, of = item.change, baseline(str(item.change.resource.attrs["baseline"]))
    if item.token not in seen:
        seen[item.token] = site.aws.stack_sets.operation(site.id(of), item.token)
    operation = seen[item.token]
    if not operation.over:
        return under_way(item, of, operation)
    adds, _ = _step(item)
    ended = f"the operation {operation.id} is {operation.status}" + (
        f": {operation.reason}" if operation.reason else ""
    )
    if not adds and operation.failed:
        stacks = site.aws.stack_sets.stacks(site.id(of))
        behind = [each for each in stacks if each.status != "CURRENT" and not each.skipped]
        what = f"{ended}, {operation.failed} stack{'s' * (operation.failed != 1)} could not be deleted"
        return FactoryError(f"{what}: {told(behind, names_in(site))}", LEFT_BEHIND)
    if operation.status == "STOPPED" or (not adds and operation.status != "SUCCEEDED"):
        return FactoryError(ended, "see what CloudFormation says there, then run apply again")
    if not adds and change.after is not None:
        left = replace(item, token="", withdrawn=True)
        return left if _step(left)[1] else Done()
    failed = f"{operation.failed} stack{'s' * (operation.failed != 1)} failed" if operation.failed else ""
    return Done(note=failed or (ended if operation.status != "SUCCEEDED" else ""))


KIND = DeploymentKind()
