"""The targets of a stack set: which node stands for those that the files name, and which stay as they are.

A target of auto-deployment cannot be taken away without the stacks of every account below it
(API reference, ``DeleteStackInstances``), and a stack belongs to the target that it came by: an account that leaves
that target for another one loses its stack and gets a new one (CloudFormation User Guide, "Enable or disable automatic
deployments for StackSets in Organizations"). So as few targets as possible are made, and none is taken away that
another one would have to make up for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from factory.core.address import ROOT, Address, ancestry, baseline, deployment, parent
from factory.core.change import Notice
from factory.core.diff import Desired
from factory.core.guard import Case
from factory.core.resource import Resource

DEPLOYMENT = "deployment"
WITHOUT = "without"
"""The attribute that names the accounts below a target that opt out."""

Gone = Mapping[Address, frozenset[str]]
"""Deployments -> the Regions in which they are withdrawn."""


def target_of(held: Resource) -> Address:
    """The root or unit that a deployment goes to."""
    return Address.parse(str(held.attrs["target"]))


def regions_of(held: Resource | None) -> frozenset[str]:
    """The Regions that a deployment goes to."""
    return frozenset(str(held.attrs["regions"]).split(", ")) - {""} if held else frozenset()


def home(account: Address, case: Case) -> Address | None:
    """Where an account is once all is as wanted; one that is to be closed stays where it is."""
    for found in (case.desired.get(account), case.snapshot.resources.get(account)):
        if found is not None and "parent" in found.attrs:
            return Address.parse(str(found.attrs["parent"]))
    return None


def covers(target: Address, place: Address | None) -> bool:
    """Whether a target means what is in this place."""
    return place is not None and target in ancestry(place)


def deployments(resources: Mapping[Address, Resource]) -> Iterator[Resource]:
    """The deployments among these."""
    return (held for address, held in resources.items() if address.kind == DEPLOYMENT)


def withdrawn(case: Case) -> Gone:
    """What is taken away of what is ours, from the targets and from what is wanted of them."""
    found = {
        held.address: regions_of(held) - regions_of(case.desired.get(held.address))
        for held in deployments(case.snapshot.resources)
        if held.owned
    }
    return {address: regions for address, regions in found.items() if regions}


# Widening


@dataclass(frozen=True)
class _Tree:
    """The units, as the files want them and as they are, and the accounts that are in each."""

    case: Case

    @cached_property
    def declared(self) -> dict[Address, list[Address]]:
        return _by_parent(self.case.desired)

    @cached_property
    def existing(self) -> dict[Address, list[Address]]:
        return _by_parent(self.case.snapshot.resources)

    @cached_property
    def meant(self) -> set[Address]:
        """The units and the root in which the files put accounts."""
        return {to for address, want in self.case.desired.items() if (to := _home(want)) and self._counts(address)}

    @cached_property
    def inside(self) -> dict[Address, list[Resource]]:
        """The accounts that are in each unit and the root now."""
        found: dict[Address, list[Resource]] = {}
        for address, have in self.case.snapshot.resources.items():
            if (place := _home(have)) and self._counts(address):
                found.setdefault(place, []).append(have)
        return found

    def _counts(self, account: Address) -> bool:
        """The management account is never among those that a target means (API reference, ``DeploymentTargets``)."""
        have = self.case.snapshot.resources.get(account)
        return have is None or have.id != self.case.snapshot.identity.management_account


def _home(held: Resource) -> Address | None:
    is_account = held.address.kind == "account" and "parent" in held.attrs
    return Address.parse(str(held.attrs["parent"])) if is_account else None


def _by_parent(resources: Mapping[Address, Resource]) -> dict[Address, list[Address]]:
    found: dict[Address, list[Address]] = {}
    for address in resources:
        if address.kind == "ou":
            found.setdefault(parent(address), []).append(address)
    return found


@dataclass
class _Widening:
    """The targets of one stack set: those ``named`` in the files, those that are ``there`` in AWS."""

    tree: _Tree
    named: Mapping[Address, Resource]
    there: frozenset[Address]
    _full: dict[Address, bool] = field(default_factory=dict)

    def chosen(self, place: Address = ROOT) -> Iterator[Address]:
        """The nodes, from the top, that stand for all that are named below them."""
        if place in self.named:
            return
        if self._is_full(place) and (place in self.there or self._is_new(place)):
            yield place
            return
        for kid in self.tree.declared.get(place, ()):
            yield from self.chosen(kid)

    def beyond(self, place: Address) -> Iterator[str]:
        """The units and accounts that this target reaches and of which no file speaks."""
        if place in self.named:
            return
        desired = self.tree.case.desired
        for unit in self.tree.existing.get(place, ()):
            if unit not in desired:
                yield str(unit)
        for have in self.tree.inside.get(place, ()):
            if have.address not in desired and have.attrs["state"] == "ACTIVE":
                yield f"{have.label} ({have.id})"
        for kid in self.tree.declared.get(place, ()):
            yield from self.beyond(kid)

    def _is_full(self, place: Address) -> bool:
        """Whether the files name it on everything below: on each unit, and there is no account beside the units."""
        if place not in self._full:
            kids = self.tree.declared.get(place, ())
            below = bool(kids) and place not in self.tree.meant and all(map(self._is_full, kids))
            self._full[place] = place in self.named or below
        return self._full[place]

    def _is_new(self, place: Address) -> bool:
        """Whether nothing is deployed here yet, and the files speak of all that is below."""
        below = any(place in ancestry(target) for target in self.there)
        return not below and self._is_whole(place, place)

    def _is_whole(self, place: Address, top: Address) -> bool:
        if place in self.named:
            return True
        kids, desired = self.tree.declared.get(place, ()), self.tree.case.desired
        known = all(unit in desired for unit in self.tree.existing.get(place, ()))
        # Whoever is here now and goes to one of the units below may have it a little sooner.
        leaving = all(
            (want := desired.get(have.address)) and (to := _home(want)) and to != top and top in ancestry(to)
            for have in self.tree.inside.get(place, ())
        )
        return len(kids) > 1 and known and leaving and all(self._is_whole(kid, top) for kid in kids)


def widened(case: Case) -> tuple[Desired, tuple[Notice, ...]]:
    """One target in place of those that mean all that is below it, so that moves between these delete nothing.

    The first deployment decides; a target that is there stays while the files name the baseline on every unit of
    theirs below it, whoever else has come to be there: without it, all stacks below would be deleted.
    """
    tree, instead, notices = _Tree(case), dict[Address, Address](), list[Notice]()
    made: dict[Address, Resource] = {}
    for of, named in _named(case).items():
        there = frozenset(
            target_of(held)
            for held in deployments(case.snapshot.resources)
            if held.owned and held.attrs["baseline"] == of.name
        )
        widening = _Widening(tree, named, there)
        for place in widening.chosen():
            address = deployment(of, place)
            replaced = [want for target, want in sorted(named.items()) if place in ancestry(target)]
            instead |= dict.fromkeys((want.address for want in replaced), address)
            made[address] = _for_all(replaced, address, place)
            if others := sorted(widening.beyond(place)):
                words = f"{address} reaches more than the files say, and stays: {', '.join(others)}"
                notices.append(Notice("unmanaged", words, address))
    if not instead:
        return case.desired, ()
    staying = {address: want for address, want in case.desired.items() if address not in instead}
    return {a: _needing(want, instead) for a, want in {**staying, **made}.items()}, tuple(notices)


def _named(case: Case) -> dict[Address, dict[Address, Resource]]:
    """By stack set that deploys automatically, the nodes on which the files name it."""
    found: dict[Address, dict[Address, Resource]] = {}
    for want in deployments(case.desired):
        of, target = baseline(str(want.attrs["baseline"])), target_of(want)
        if case.desired[of].attrs["auto_deployment"]:
            found.setdefault(of, {})[target] = want
    return found


def _for_all(replaced: list[Resource], address: Address, place: Address) -> Resource:
    targets = {target_of(want) for want in replaced}
    needs = frozenset().union(*(want.needs for want in replaced)) - targets | {place} - {ROOT}
    out = {name for want in replaced for name in str(want.attrs[WITHOUT]).split(", ") if name}
    attrs = {**replaced[0].attrs, "target": str(place), WITHOUT: ", ".join(sorted(out))}
    return replace(replaced[0], address=address, attrs=attrs, needs=frozenset(needs))


def _needing(want: Resource, instead: Mapping[Address, Address]) -> Resource:
    if not want.needs & instead.keys():
        return want
    return replace(want, needs=frozenset(instead.get(need, need) for need in want.needs) - {want.address})


# Keeping


def kept(case: Case) -> tuple[Case, tuple[Notice, ...]]:
    """Targets below one that is wanted stay, and what a withdrawal above takes along is to be deployed again."""
    desired, resources, notices = dict(case.desired), dict(case.snapshot.resources), list[Notice]()
    held = [each for each in deployments(resources) if each.owned]
    gone: dict[tuple[str, Address], frozenset[str]] = {}
    for have in sorted(held, key=lambda each: (len(ancestry(target_of(each))), each.address)):
        target, name = target_of(have), str(have.attrs["baseline"])
        above = ancestry(target)[:-1]
        along = frozenset[str]().union(*(gone.get((name, place), ()) for place in above))
        want = desired.get(have.address)
        if want is None and (target in desired or target == ROOT):
            wanted = {place: regions_of(desired.get(deployment(baseline(name), place))) for place in above}
            left = (regions_of(have) & frozenset().union(*wanted.values())) - along
            if left:
                by = next(deployment(baseline(name), place) for place, regions in wanted.items() if regions & left)
                desired[have.address] = want = replace(have, attrs={**have.attrs, "regions": _written(left)})
                words = f"{have.address} is not needed beside {by}, and left alone: its stacks would be deleted"
                notices.append(Notice("unmanaged", words, have.address))
        gone[name, target] = regions_of(have) - regions_of(want)
        if want is not None and (lost := regions_of(have) & along):
            resources.pop(have.address)
            if rest := regions_of(have) - lost:
                resources[have.address] = replace(have, attrs={**have.attrs, "regions": _written(rest)})
    return replace(case, desired=desired, snapshot=replace(case.snapshot, resources=resources)), tuple(notices)


def _written(regions: Iterable[str]) -> str:
    return ", ".join(sorted(regions))
