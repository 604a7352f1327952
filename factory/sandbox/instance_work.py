"""What an operation does to one instance of a stack set, from its beginning to its end."""

from __future__ import annotations

import uuid

from factory.sandbox import ids
from factory.sandbox.placement import breakage, dissolve, occupy, settle
from factory.sandbox.stack_state import SetOperation, Stack, StackInstance, StackSet
from factory.sandbox.state import State
from factory.sandbox.world import World

SUSPENDED = "SKIPPED_SUSPENDED_ACCOUNT"
_QUICK = 0.1
"""The part of a stack's time that it takes to forget one without touching its resources."""

_SKIPPED = "The account is suspended"
_INOPERABLE = "The stack instance is INOPERABLE; delete it with RetainStacks first"


def effective(stack_set: StackSet, instance: StackInstance) -> dict[str, str]:
    """The parameters that an instance's stack is to have."""
    return {**stack_set.parameters, **instance.overrides}


def unit_of(operation: SetOperation, key: str) -> str:
    """The target by which an operation comes to an instance; nothing where it is not known."""
    return operation.units.get(key) or operation.units.get(key.partition("/")[0], "")


def announce(state: State, operation: SetOperation) -> None:
    """Let a stack set have the instances that an operation is to make, not deployed yet."""
    stack_set = state.stack_sets[operation.stack_set_id]
    for key in operation.results:
        account_id, _, region = key.partition("/")
        name = f"{stack_set.id}/{key}"
        if name not in state.stack_instances:
            row = StackInstance(name, stack_set.id, account_id, region, unit_of(operation, key))
            state.stack_instances[name] = row
            stack_set.regions[region] = stack_set.regions.get(region, 0) + 1


def begin(world: World, now: float, operation: SetOperation, key: str) -> float:
    """Start on an instance. Returns the part of a stack's usual time that it takes; 0: it is done.

    Whether it will fail is decided here, and the reason noted.
    """
    state = world.state
    stack_set = state.stack_sets[operation.stack_set_id]
    instance = state.stack_instances.get(f"{operation.stack_set_id}/{key}")
    if instance is None:
        return 0
    instance.operation_id = operation.operation_id
    if operation.action == "DETECT_DRIFT":
        return 0 if _is_suspended(state, instance) else 1
    instance.detail, instance.reason = "RUNNING", ""
    if operation.action == "DELETE":
        return _begin_delete(state, stack_set, instance, operation, key)
    changed = _override(operation, stack_set, instance)
    if _is_suspended(state, instance):
        operation.reasons[key] = _SKIPPED
        return 0
    if instance.status == "INOPERABLE":
        operation.reasons[key] = _INOPERABLE
        return 0
    if operation.action == "CREATE" and instance.status == "CURRENT" and not changed:
        return 0
    instance.status = "OUTDATED"
    reason = breakage(state, stack_set.name, instance.account_id, instance.region, operation.action)
    if not reason:
        reason = _place(world, now, stack_set, instance)
    if reason:
        operation.reasons[key] = reason
    return 1


def end(world: World, now: float, operation: SetOperation, key: str) -> str:
    """Finish an instance: what became of it, as the operation's results say it."""
    state = world.state
    stack_set = state.stack_sets[operation.stack_set_id]
    instance = state.stack_instances.get(f"{operation.stack_set_id}/{key}")
    if instance is None:
        return "SUCCEEDED"
    if operation.action == "DETECT_DRIFT":
        if not _is_suspended(state, instance):
            instance.drift_status = "DRIFTED" if instance.drifted else "IN_SYNC"
            instance.drift_checked_at = now
        return "SUCCEEDED"
    reason = operation.reasons.get(key, "")
    if reason == _SKIPPED:
        instance.status = "OUTDATED" if instance.status == "CURRENT" else instance.status
        instance.detail, instance.reason = SUSPENDED, reason
        return "CANCELLED"
    if operation.action == "DELETE":
        return _end_delete(state, stack_set, instance, operation, reason)
    stack = state.stacks.get(instance.stack_id)
    if reason:
        instance.detail, instance.reason = "INOPERABLE" if reason == _INOPERABLE else "FAILED", reason
        return "FAILED"
    if stack is not None and stack.next_template:
        settle(state, stack, done=True)
        stack.status = "UPDATE_COMPLETE" if stack.status == "UPDATE_IN_PROGRESS" else "CREATE_COMPLETE"
        # Where the set has changed meanwhile, another operation has yet to bring this one up to date.
        same = (stack.template, stack.parameters) == (stack_set.template, effective(stack_set, instance))
        instance.status = "CURRENT" if same else "OUTDATED"
    instance.detail = "SUCCEEDED"
    return "SUCCEEDED"


def give_up(operation: SetOperation, instance: StackInstance, reason: str) -> None:
    """Note that an operation will not get to an instance."""
    instance.operation_id = operation.operation_id
    if operation.action == "DETECT_DRIFT":
        return
    instance.detail, instance.reason = "CANCELLED", reason
    if operation.action != "DELETE":
        instance.status = "OUTDATED"


def sum_up_drift(state: State, operation: SetOperation) -> None:
    """Note on a stack set what an operation that looked for drift has found."""
    stack_set = state.stack_sets[operation.stack_set_id]
    rows = [state.stack_instances.get(f"{stack_set.id}/{key}") for key in operation.results]
    found = [row.drift_status for row in rows if row is not None]
    stack_set.drift = {
        "total": len(operation.results),
        "drifted": found.count("DRIFTED"),
        "in_sync": found.count("IN_SYNC"),
        "failed": sum(result == "FAILED" for result in operation.results.values()),
    }
    stack_set.drift_status = "DRIFTED" if stack_set.drift["drifted"] else "IN_SYNC"
    stack_set.drift_checked_at = operation.ended_at


def _is_suspended(state: State, instance: StackInstance) -> bool:
    account = state.accounts.get(instance.account_id)
    return account is None or account.state == "CLOSED"


def _override(operation: SetOperation, stack_set: StackSet, instance: StackInstance) -> bool:
    """Take over parameter overrides (API reference, ``ParameterOverrides``): a list replaces the one before."""
    if operation.overrides is None:
        return False
    before = instance.overrides
    values = {name: before.get(name) if value is None else value for name, value in operation.overrides.items()}
    instance.overrides = {name: value for name, value in values.items() if value is not None}
    return {**stack_set.parameters, **before} != effective(stack_set, instance)


def _place(world: World, now: float, stack_set: StackSet, instance: StackInstance) -> str:
    """Start on an instance's stack. Returns the reason for which it will fail."""
    state, parameters = world.state, effective(stack_set, instance)
    stack = state.stacks.get(instance.stack_id)
    fresh = stack is None
    if stack is None:
        code = uuid.UUID(int=ids.draw(state.seed, "stack", instance.id, now) % 2**128)
        name = f"StackSet-{stack_set.name}-{code}"
        place = f"arn:{ids.PARTITION}:cloudformation:{instance.region}:{instance.account_id}"
        stack = Stack(
            id=f"{place}:stack/{name}/{code}",
            name=name,
            account_id=instance.account_id,
            region=instance.region,
            status="CREATE_IN_PROGRESS",
            created_at=now,
            stack_set_id=stack_set.id,
        )
    reason = occupy(state, stack, stack_set.template, parameters)
    if reason:
        # A stack that cannot be made is rolled back and gone; one that cannot be updated stays as it was.
        return reason
    stack.next_template, stack.next_parameters = stack_set.template, parameters
    stack.capabilities, stack.tags = list(stack_set.capabilities), dict(stack_set.tags)
    if fresh:
        state.stacks[stack.id], instance.stack_id = stack, stack.id
    else:
        stack.status, stack.updated_at = "UPDATE_IN_PROGRESS", now
    return ""


def _begin_delete(
    state: State, stack_set: StackSet, instance: StackInstance, operation: SetOperation, key: str
) -> float:
    if operation.retain or instance.account_id not in state.accounts:
        return _QUICK
    if _is_suspended(state, instance):
        operation.reasons[key] = _SKIPPED
        return 0
    reason = breakage(state, stack_set.name, instance.account_id, instance.region, "DELETE")
    if reason:
        operation.reasons[key] = reason
    stack = state.stacks.get(instance.stack_id)
    if stack is None:
        return _QUICK
    stack.status = "DELETE_IN_PROGRESS"
    return 1


def _end_delete(
    state: State, stack_set: StackSet, instance: StackInstance, operation: SetOperation, reason: str
) -> str:
    stack = state.stacks.get(instance.stack_id)
    if reason:
        instance.status, instance.detail, instance.reason = "INOPERABLE", "INOPERABLE", reason
        if stack is not None:
            stack.status, stack.reason = "DELETE_FAILED", reason
        return "FAILED"
    if stack is not None and operation.retain:
        stack.stack_set_id = ""
    elif stack is not None:
        dissolve(state, stack)
        del state.stacks[stack.id]
    forget(state, stack_set, instance)
    return "SUCCEEDED"


def forget(state: State, stack_set: StackSet, instance: StackInstance) -> None:
    """Take an instance out of its stack set."""
    del state.stack_instances[instance.id]
    stack_set.regions[instance.region] -= 1
    if not stack_set.regions[instance.region]:
        del stack_set.regions[instance.region]
