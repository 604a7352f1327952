"""How stack sets reach accounts: operations over time, and what CloudFormation does by itself when accounts move."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator

from factory.sandbox.refused import Refused
from factory.sandbox.state import StackInstance, StackSet, StackSetOperation, State
from factory.sandbox.world import Request, World

_OVER = ("SUCCEEDED", "FAILED", "STOPPED")


def instances_of(state: State, found: StackSet) -> list[StackInstance]:
    """The stack instances of a stack set."""
    return [each for each in state.stack_instances.values() if each.stack_set_id == found.id]


def running(state: State, found: StackSet) -> list[StackSetOperation]:
    """Its operations that are not over."""
    return [o for o in state.stack_operations.values() if o.stack_set_id == found.id and o.status not in _OVER]


def reached(world: World, units: Iterable[str]) -> dict[str, str]:
    """Account id -> the unit among these through which it is reached, at any depth.

    Never the management account (API reference, ``DeploymentTargets``); accounts that are not active are skipped.
    """
    wanted = set(units)
    found = {}
    for account in world.state.accounts.values():
        if account.id == world.organization.management_account_id or account.state != "ACTIVE":
            continue
        through = [node for node in world.lineage(account.parent_id) if node in wanted]
        if through:
            found[account.id] = through[-1]
    return found


def chosen(world: World, request: Request) -> dict[str, str]:
    """The accounts of ``DeploymentTargets``, with the units through which they are reached."""
    targets = request.get("DeploymentTargets") or {}
    units = targets.get("OrganizationalUnitIds") or ()
    if not units or request.get("Accounts"):
        raise Refused("ValidationError", "Service managed stack sets take OrganizationalUnitIds", status=400)
    if unknown := [unit for unit in units if not world.is_parent(unit)]:
        raise Refused("ValidationError", f"Could not find organizational unit {unknown[0]}", status=400)
    found, accounts = reached(world, units), set(targets.get("Accounts") or ())
    match targets.get("AccountFilterType", "NONE"):
        case "NONE" if not accounts:
            return found
        case "INTERSECTION" if accounts:
            return {each: unit for each, unit in found.items() if each in accounts}
        case "DIFFERENCE" if accounts:
            return {each: unit for each, unit in found.items() if each not in accounts}
    raise Refused("ValidationError", "AccountFilterType does not fit the accounts", status=400)


def add(world: World, found: StackSet, accounts: dict[str, str], regions: Iterable[str]) -> list[str]:
    """Records of the stacks to be, where there are none; ids of all of them."""
    names = []
    for account_id, unit_id in sorted(accounts.items()):
        for region in sorted(regions):
            name = f"{found.id}/{account_id}/{region}"
            held = world.state.stack_instances.get(name)
            if held is None:
                held = StackInstance(id=name, stack_set_id=found.id, account_id=account_id, region=region)
                world.state.stack_instances[name] = held
            held.unit_id, held.status, held.detail, held.reason = unit_id, "OUTDATED", "PENDING", ""
            names.append(name)
    return names


def begin(world: World, found: StackSet, action: str, request: Request, names: list[str]) -> str:
    """A new operation on these stacks: at work at once, or queued behind one that it would get in the way of."""
    wishes = request.get("OperationPreferences") or {}
    operation_id = request.get("OperationId") or world.new_id("", 36)
    operation = StackSetOperation(
        id=f"{found.id}/{operation_id}",
        operation_id=operation_id,
        stack_set_id=found.id,
        action=action,
        requested_at=world.now,
        instances=names,
        parallel=wishes.get("RegionConcurrencyType") == "PARALLEL",
        percent=int(wishes.get("MaxConcurrentPercentage") or 0),
        tolerance=int(wishes.get("FailureTolerancePercentage") or 0),
        retain=bool(request.get("RetainStacks")),
    )
    waits = any(set(other.instances) & set(names) for other in running(world.state, found))
    world.state.stack_operations[operation.id] = operation
    for name in names:
        world.state.stack_instances[name].operation_id = operation_id
    if not waits:
        _start(world, operation, world.now)
    return operation_id


def _start(world: World, operation: StackSetOperation, now: float) -> None:
    operation.status = "RUNNING"
    by_region = Counter(name.rpartition("/")[2] for name in operation.instances)
    waves = [math.ceil(n / max(1, n * operation.percent // 100)) for n in by_region.values()]
    rounds = (max(waves) if operation.parallel else sum(waves)) if waves else 0
    operation.ends_at = now + rounds * world.duration(world.timing.stack, "stack", operation.id)
    for name in operation.instances:
        if name in world.state.stack_instances:
            world.state.stack_instances[name].detail = "RUNNING"


def complete(world: World, operation: StackSetOperation) -> None:
    """End an operation whose time has come, and begin what waited for it."""
    state = world.state
    failed: Counter[str] = Counter()
    found = state.stack_sets[operation.stack_set_id]
    for name in operation.instances:
        instance = state.stack_instances.get(name)
        if instance is None:
            continue
        reason = state.stack_failures.get(f"{found.name}/{instance.account_id}/{instance.region}", "")
        if operation.action == "DELETE" and not (reason and not operation.retain):
            del state.stack_instances[name]
        elif reason:
            failed[instance.region] += 1
            instance.status = "INOPERABLE" if operation.action == "DELETE" else "OUTDATED"
            instance.detail, instance.reason = "FAILED", reason
        else:
            instance.status, instance.detail, instance.reason = "CURRENT", "SUCCEEDED", ""
    sizes = Counter(name.rpartition("/")[2] for name in operation.instances)
    over = any(count * 100 > sizes[region] * operation.tolerance for region, count in failed.items())
    operation.failed, operation.status = sum(failed.values()), "FAILED" if over else "SUCCEEDED"
    busy = {name for other in running(state, found) if other.status == "RUNNING" for name in other.instances}
    for other in running(state, found):
        if other.status == "QUEUED" and not busy & set(other.instances):
            _start(world, other, operation.ends_at or world.now)
            busy |= set(other.instances)


def due(state: State) -> Iterator[tuple[float, str, str]]:
    """When operations end."""
    for operation in state.stack_operations.values():
        if operation.status == "RUNNING" and operation.ends_at is not None:
            yield operation.ends_at, "roll-out", operation.id


def follow(world: World, account_id: str) -> None:
    """What auto-deployment does once an account was made, moved, or is no longer active."""
    account = world.state.accounts.get(account_id)
    for found in list(world.state.stack_sets.values()):
        if not found.automatic:
            continue
        held = {each.region: each for each in instances_of(world.state, found) if each.account_id == account_id}
        through: dict[str, str] = {}
        if account is not None and account.state == "ACTIVE":
            through = reached_one(world, account_id, found)
        gone = [each.id for region, each in held.items() if region not in through]
        if account is not None and account.state == "ACTIVE" and gone:
            begin(world, found, "DELETE", {"RetainStacks": found.retains}, sorted(gone))
        new = {region: unit for region, unit in through.items() if region not in held}
        if new:
            names = [name for region, unit in new.items() for name in add(world, found, {account_id: unit}, [region])]
            begin(world, found, "CREATE", {}, sorted(names))


def reached_one(world: World, account_id: str, found: StackSet) -> dict[str, str]:
    """Region -> the target through which auto-deployment reaches one account there."""
    lineage = world.lineage(world.state.accounts[account_id].parent_id)
    return {region: unit for unit in lineage if unit in found.targets for region in found.targets[unit]}
