"""What becomes of the stacks in accounts as targets and accounts come, move and go: told beforehand, and in order."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from dataclasses import dataclass, replace

from factory.core.address import Address, ancestry, baseline, deployment, management_stack_parts, stack, stack_parts
from factory.core.change import Action, Change
from factory.core.guard import Case
from factory.core.resource import Resource
from factory.kinds.baseline_files import SINGLE, family
from factory.kinds.targets import covers, home, regions_of, target_of, withdrawn

THROUGH = "through."
"""Begins the attribute that tells by which target a stack has come to its account in a Region."""
IN = "in."
"""Begins the attribute that tells a stack's status in a Region."""

_SHOWN = 5


@dataclass(frozen=True, order=True, slots=True)
class Loss:
    """A stack that AWS deletes, or lets go of. ``by``: the account that moves, or the deployment that is withdrawn.

    ``anew``: another one comes for it.
    """

    by: Address
    stack: Address
    region: str
    anew: bool


def losses(case: Case) -> Iterator[Loss]:
    """Every stack that goes because its account leaves the target that it came by, or because a target goes.

    An account that keeps a stack by moving moves first: see `foreseen`.
    """
    gone: dict[tuple[str, str], list[Address]] = {}
    for held, regions in withdrawn(case).items():
        resource = case.snapshot.resources[held]
        for region in regions:
            gone.setdefault((str(resource.attrs["baseline"]), region), []).append(target_of(resource))
    for address, have in case.snapshot.resources.items():
        if address.kind != "stack" or not have.owned:
            continue
        of, holder = stack_parts(address)
        place, want = home(holder, case), case.desired.get(address)
        for region, by in _reached_by(have):
            left = _automatic(of, case) and (place is None or by not in ancestry(place))
            # Who moves is out of a target that goes, or not in it yet.
            found = (target for target in gone.get((of.name, region), ()) if covers(target, place))
            taken = sorted(target for target in found if covers(target, _now(holder, case)))
            cause = holder if left else next((deployment(of, target) for target in taken), None)
            if cause is not None:
                # What nothing but AWS itself takes away is wanted as it is.
                anew = want is not None and want != have and IN + region in want.attrs
                yield Loss(cause, address, region, anew)


def foreseen(case: Case) -> Iterator[Change]:
    """The changes to deployments, accounts and stacks, with what AWS does to stacks and what has to come first."""
    moved = {change.address: change for change in case.changes if _moves(change)}
    gone = [change for change in case.changes if _lost(change)]
    own = [change for change in case.changes if _own(change)]
    first = {each.address: {a for a, move in moved.items() if _keeps(move, each, case)} for each in gone}
    # These come before a withdrawal, so they do not wait for one.
    early = set[Address]().union(*first.values())
    by: dict[Address, list[Loss]] = {}
    for loss in losses(case):
        by.setdefault(loss.by, []).append(loss)
    for change in case.changes:
        found = sorted(by.get(change.address, ()))
        match change.address.kind:
            case "deployment":
                waits = {*first.get(change.address, ()), *_in_the_management_account(change, case)}
                if _come(change):
                    waits |= {other.address for other in gone if other != change and _in_the_way(other, change)}
                    waits |= {each.address for each in own if _has_of_its_own(each, change, case)}
                effects = (*change.effects, *_withdrawal(found, change, case))
                yield replace(change, effects=effects, waits=frozenset(waits))
            case "account" if change.address in moved:
                later = {each.address for each in gone if change.address not in early and _enters(change, each)}
                later |= {each.address for each in own if stack_parts(each.address)[1] == change.address}
                effects = (*change.effects, *_on_move(change, found, case))
                yield replace(change, effects=effects, waits=change.waits | frozenset(later))
            case "stack" if change.action is not Action.DELETE:
                of, holder = stack_parts(change.address)
                causes = {loss.by for losses in by.values() for loss in losses if loss.stack == change.address}
                causes |= {
                    each.address for each in gone if of.name.endswith(SINGLE) and _had_by(each, of, holder, case)
                }
                waits = (causes | {holder}) & {*moved, *(each.address for each in gone)}
                yield replace(change, waits=change.waits | waits)
            case "stack" if (other := _from_elsewhere(change.address, case)) is not None:
                words = f"{other} comes in its place: what is in the stacks is made anew"
                yield replace(change, effects=(*change.effects, words))


def _in_the_management_account(gone: Change, case: Case) -> Iterator[Address]:
    """The management account's stacks that go from the Regions of a withdrawal.

    They go first: where no file names a Region any more, it is the stack set's stacks that lead there.
    """
    regions = regions_of(gone.before) - regions_of(gone.after)
    for change in case.changes:
        if change.address.kind == "management-stack" and change.action is Action.DELETE:
            name, region = management_stack_parts(change.address)
            if region in regions and name == family(str(gone.resource.attrs["baseline"])):
                yield change.address


def _from_elsewhere(address: Address, case: Case) -> Address | None:
    """The stacks of the same baseline that an account is to have from the other stack set: its own, or the units'."""
    of, holder = stack_parts(address)
    bare = family(of.name)
    other = stack(baseline(bare if of.name.endswith(SINGLE) else bare + SINGLE), holder.name)
    return other if other in case.desired and other not in case.snapshot.resources else None


def _reached_by(have: Resource) -> Iterator[tuple[str, Address]]:
    for name, by in have.attrs.items():
        if name.startswith(THROUGH):
            yield name.removeprefix(THROUGH), Address.parse(str(by))


def _now(account: Address, case: Case) -> Address | None:
    have = case.snapshot.resources.get(account)
    return Address.parse(str(have.attrs["parent"])) if have and "parent" in have.attrs else None


def _automatic(of: Address, case: Case) -> bool:
    """Whether AWS follows accounts with this stack set."""
    held = case.snapshot.resources.get(of)
    return held is not None and bool(held.attrs["auto_deployment"])


def _moves(change: Change) -> bool:
    """Whether an account that exists goes elsewhere."""
    have, want = change.before, change.after
    if change.address.kind != "account" or have is None or want is None:
        return False
    return have.attrs.get("parent") != want.attrs.get("parent")


def _lost(change: Change) -> bool:
    """Whether a deployment is withdrawn from a Region."""
    return change.address.kind == "deployment" and bool(regions_of(change.before) - regions_of(change.after))


def _come(change: Change) -> bool:
    """Whether a deployment comes to a Region, and leaves none."""
    return not _lost(change) and bool(regions_of(change.after) - regions_of(change.before))


def _own(change: Change) -> bool:
    """Whether an account's own stacks go, which its file has named."""
    is_stack = change.address.kind == "stack" and change.action is Action.DELETE
    return is_stack and stack_parts(change.address)[0].name.endswith(SINGLE)


def _has_of_its_own(own: Change, come: Change, case: Case) -> bool:
    """Whether an account's own stack, which goes, is in the way of what a deployment brings."""
    of, holder = stack_parts(own.address)
    same = family(of.name) == family(str(come.resource.attrs["baseline"]))
    places = (home(holder, case), _now(holder, case))
    return same and any(covers(target_of(come.resource), place) for place in places)


def _had_by(gone: Change, of: Address, holder: Address, case: Case) -> bool:
    """Whether a withdrawal takes from an account what it is to have by itself."""
    same = family(str(gone.resource.attrs["baseline"])) == family(of.name)
    return same and covers(target_of(gone.resource), _now(holder, case))


def _keeps(move: Change, gone: Change, case: Case) -> bool:
    """Whether an account keeps a stack that came by another target, if it is out of the one that goes in time."""
    old, new = _places(move)
    target, of = target_of(gone.resource), baseline(str(gone.resource.attrs["baseline"]))
    have = case.snapshot.resources.get(stack(of, move.address.name))
    if have is None or target not in old or target in new:
        return False
    return any(not _automatic(of, case) or by in new for _, by in _reached_by(have))


def _enters(move: Change, gone: Change) -> bool:
    """Whether a target that goes would still give something to an account that comes."""
    old, new = _places(move)
    target = target_of(gone.resource)
    return target in new and target not in old


def _places(move: Change) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
    """The units that an account is in before and after its move, each with all above."""
    assert move.before, "what does not exist does not move"
    assert move.after, "nor does what goes"
    old, new = (ancestry(Address.parse(str(each.attrs["parent"]))) for each in (move.before, move.after))
    return old, new


def _in_the_way(gone: Change, come: Change) -> bool:
    """Whether a withdrawal takes away what a deployment brings: ``DeleteStackInstances`` knows of no targets below."""
    mine, theirs = target_of(gone.resource), target_of(come.resource)
    same = gone.resource.attrs["baseline"] == come.resource.attrs["baseline"]
    return same and (mine in ancestry(theirs) or theirs in ancestry(mine))


def _withdrawal(found: list[Loss], change: Change, case: Case) -> Iterator[str]:
    """What a withdrawal takes: how much, from whom that no file declares, and from whom that is to have it anew."""
    gone = sorted(regions_of(change.before) - regions_of(change.after))
    if not gone:
        return
    fate = "lets go of" if change.resource.attrs["retains"] else "deletes"
    holders = {stack_parts(loss.stack)[1] for loss in found}
    yield f"CloudFormation {fate} {_count(found, 'stack')}, in {_count(holders, 'account')} ({', '.join(gone)})"
    strangers = sorted(case.snapshot.resources[a].label or a.name for a in holders if a not in case.desired)
    if strangers:
        yield f"these accounts lose it as well, though no file declares them: {_listed(strangers)}"
    anew = (loss.stack for loss in found if loss.anew or _from_elsewhere(loss.stack, case) is not None)
    names = sorted({stack_parts(address)[1].name for address in anew})
    if not names:
        return
    verb = "is" if len(names) == 1 else "are"
    shown = f"{_count(names, 'account')} that {verb} to have it all the same: {_listed(names)}"
    if change.resource.attrs["retains"]:
        once = "what can be had only once is in the way of the new ones"
        yield f"CloudFormation lets go of the stacks of {shown}; {once}"
    else:
        yield f"CloudFormation deletes and makes anew the stacks of {shown}"


def _count(things: Sized, noun: str) -> str:
    return f"{len(things)} {noun}{'s' * (len(things) != 1)}"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _brought(made: Change, of: Address, move: Change, case: Case) -> bool:
    """Whether AWS brings these stacks because of a move, into a target that the account was not in before."""
    held, target = case.desired.get(of), Address.parse(str(made.resource.attrs["target"]))
    return held is not None and bool(held.attrs["auto_deployment"]) and target not in _places(move)[0]


def _on_move(change: Change, found: list[Loss], case: Case) -> Iterator[str]:
    """What AWS does to an account's stacks as it goes from one target to another, in a line for each fate."""
    fates: dict[str, dict[str, list[str]]] = {}
    for loss in found:
        of = stack_parts(loss.stack)[0]
        retains = bool(case.snapshot.resources[of].attrs["retains"])
        does = "AWS lets go of" if retains else "AWS deletes"
        fate = f"{does} and makes anew the stacks of" if loss.anew else f"{does} the stacks of"
        fates.setdefault(fate, {}).setdefault(family(of.name), []).append(loss.region)
    for each in case.changes:
        if each.address.kind == "stack" and each.action is Action.CREATE:
            of, holder = stack_parts(each.address)
            if holder == change.address and _brought(each, of, change, case):
                regions = [name.removeprefix(IN) for name in each.resource.attrs if name.startswith(IN)]
                fates.setdefault("AWS makes the stacks of", {})[family(of.name)] = regions
    for fate, names in sorted(fates.items()):
        stacks = (f"{name} ({', '.join(sorted(regions))})" for name, regions in sorted(names.items()))
        yield f"{fate} {', '.join(stacks)}"
