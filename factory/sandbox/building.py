"""Stacks on their own: how they are made, updated and deleted over simulated time."""

from __future__ import annotations

from factory.sandbox.placement import breakage, dissolve, occupy, settle
from factory.sandbox.stack_state import Stack
from factory.sandbox.state import State
from factory.sandbox.world import World


def start(world: World, stack: Stack, action: str) -> None:
    """Begin to CREATE, UPDATE (to what comes next in the stack) or DELETE; whether it will fail is decided here."""
    state = world.state
    stack.doom = breakage(state, stack.name, stack.account_id, stack.region, action)
    if not stack.doom and action != "DELETE":
        stack.doom = occupy(state, stack, stack.next_template, stack.next_parameters)
    stack.status, stack.reason = f"{action}_IN_PROGRESS", ""
    stack.updated_at = world.now if action == "UPDATE" else stack.updated_at
    state.issued += 1
    stack.ends_at = world.now + world.duration(world.timing.stack, "stack", stack.id, state.issued)
    state.building.append(stack.id)


def finish(state: State, stack: Stack, now: float) -> None:
    """What was under way is done, or has failed and is rolled back."""
    state.building.remove(stack.id)
    action = stack.status.partition("_")[0]
    reason, stack.doom, stack.ends_at = stack.doom, "", None
    stack.reason = reason
    if action == "DELETE":
        if reason:
            stack.status = "DELETE_FAILED"
            return
        dissolve(state, stack)
        stack.status, stack.deleted_at = "DELETE_COMPLETE", now
        return
    settle(state, stack, done=not reason)
    if reason:
        stack.status = "ROLLBACK_COMPLETE" if action == "CREATE" else "UPDATE_ROLLBACK_COMPLETE"
    else:
        stack.status = f"{action}_COMPLETE"
