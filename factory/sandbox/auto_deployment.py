"""Automatic deployment: what stack sets do by themselves as accounts come, move, close and go.

Source: CloudFormation User Guide, "Enable or disable automatic deployments for StackSets in Organizations"; API
reference, ``AutoDeployment``. It knows no filters of accounts and no operation preferences. An instance belongs to the
target that it came by: where an account leaves that target for another one, the instance goes and another comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter

from factory.sandbox.deployment import submit
from factory.sandbox.deployment_targets import operation
from factory.sandbox.instance_work import forget
from factory.sandbox.placement import dissolve
from factory.sandbox.stack_set_listing import arn
from factory.sandbox.stack_state import SetOperation, StackInstance, StackSet
from factory.sandbox.state import Account
from factory.sandbox.world import World


def arrive(world: World, account: Account) -> None:
    """An account has come into its unit, or into the root."""
    if account.id == world.organization.management_account_id:
        return
    sets = _in_order(world)
    leaving = {row.id: _left(world, row, account) for row in sets}
    gone: dict[str, list[str]] = {}
    # What depends on another is removed before it, and comes after it.
    for row in reversed(sets):
        users = [name for other in sets if arn(world, row) in other.depends_on for name in gone.get(other.id, ())]
        if leaving[row.id]:
            gone[row.id] = [_leave(world, row, account, leaving[row.id], users)]
    come: dict[str, list[str]] = {}
    by_arn = {arn(world, row): row for row in sets}
    for row in sets:
        before = [name for need in row.depends_on if need in by_arn for name in come.get(by_arn[need].id, ())]
        before += _open(world, (by_arn[need] for need in row.depends_on if need in by_arn), account)
        made = _enter(world, row, account, leaving[row.id], list(dict.fromkeys(before)))
        if made is not None:
            come[row.id] = [made]


def close(world: World, account: Account) -> None:
    """An account is closed: stack sets want to leave it, and find that they cannot act in it any more."""
    for row in _in_order(world):
        if found := _instances(world, row, account):
            _leave(world, row, account, found, [])


def vanish(world: World, account_id: str) -> None:
    """A closed account is gone for good, with all that was in it."""
    state = world.state
    for instance in [row for row in state.stack_instances.values() if row.account_id == account_id]:
        forget(state, state.stack_sets[instance.stack_set_id], instance)
    for stack in [row for row in state.stacks.values() if row.account_id == account_id]:
        dissolve(state, stack)
        del state.stacks[stack.id]
    state.building = [name for name in state.building if name in state.stacks]
    for name in [row.id for row in state.belongings.values() if row.account_id == account_id]:
        del state.belongings[name]
    owners = {*state.stacks, *state.belongings}
    for claim in [claim for claim, owner in state.claims.items() if owner not in owners]:
        del state.claims[claim]


def forget_unit(world: World, unit_id: str) -> None:
    """A unit is gone: no stack set has it for a target any more."""
    for row in world.state.stack_sets.values():
        row.targets.pop(unit_id, None)


def _in_order(world: World) -> list[StackSet]:
    """The stack sets that deploy automatically, what others depend on first."""
    if world.state.stack_sets_access != "ENABLED":
        return []
    found = {
        arn(world, row): row for row in world.state.stack_sets.values() if row.status == "ACTIVE" and row.automatic
    }
    order = TopologicalSorter({name: [need for need in row.depends_on if need in found] for name, row in found.items()})
    return [found[name] for name in order.static_order()]


def _instances(world: World, stack_set: StackSet, account: Account) -> list[StackInstance]:
    found = (world.state.stack_instances.get(f"{stack_set.id}/{account.id}/{region}") for region in stack_set.regions)
    return [row for row in found if row is not None]


def _left(world: World, stack_set: StackSet, account: Account) -> list[StackInstance]:
    """The instances whose target the account is not below any more."""
    above = world.lineage(account.parent_id)
    return [row for row in _instances(world, stack_set, account) if row.unit_id not in above]


def _leave(world: World, stack_set: StackSet, account: Account, rows: list[StackInstance], after: list[str]) -> str:
    keys = {row.region: [account.id] for row in rows}
    by_key = {f"{account.id}/{row.region}": row.unit_id for row in rows}
    leaving = _automatic(world, stack_set, "DELETE", keys, by_key, after)
    leaving.retain = stack_set.retains
    submit(world, stack_set, leaving)
    return leaving.id


def _enter(
    world: World, stack_set: StackSet, account: Account, leaving: list[StackInstance], after: list[str]
) -> str | None:
    units: dict[str, str] = {}
    for unit in world.lineage(account.parent_id):
        for region in stack_set.targets.get(unit, ()):
            units[region] = unit
    left = {row.region for row in leaving}
    there = {row.region for row in _instances(world, stack_set, account)} - left
    fresh = sorted(units.keys() - there)
    if not fresh:
        return None
    by_key = {f"{account.id}/{region}": units[region] for region in fresh}
    coming = _automatic(world, stack_set, "CREATE", {region: [account.id] for region in fresh}, by_key, after)
    submit(world, stack_set, coming)
    return coming.id


def _automatic(
    world: World,
    stack_set: StackSet,
    action: str,
    keys: Mapping[str, list[str]],
    units: dict[str, str],
    after: list[str],
) -> SetOperation:
    targets = {"OrganizationalUnitIds": sorted(set(units.values()))}
    return operation(
        world, {"DeploymentTargets": targets}, stack_set, action, keys, automatic=True, units=units, after=after
    )


def _open(world: World, sets: Iterable[StackSet], account: Account) -> list[str]:
    """What these stack sets still have to do by themselves in an account."""
    state, found = world.state, []
    for row in sets:
        names = [name for name in state.running if state.stack_operations[name].stack_set_id == row.id]
        for name in (*names, *state.queued.get(row.id, ())):
            one = state.stack_operations[name]
            if one.automatic and one.action == "CREATE" and any(key.startswith(account.id) for key in one.results):
                found.append(name)
    return found
