"""Stacks on their own: how they are made, updated and deleted over simulated time."""

from __future__ import annotations

import json
import re

from factory.sandbox.placement import breakage, dissolve, occupy, settle
from factory.sandbox.stack_state import Stack
from factory.sandbox.stack_templates import accepted
from factory.sandbox.state import State
from factory.sandbox.world import World

_IN_WAY = re.compile(r"ResourceLogicalId:(?P<name>.+?), ResourceType:.+?, ResourceStatusReason:(?P<reason>.+)", re.S)


def start(world: World, stack: Stack, action: str, token: str = "") -> None:
    """Begin to CREATE, UPDATE (to what comes next in the stack) or DELETE; whether it will fail is decided here."""
    state = world.state
    stack.doom = breakage(state, stack.name, stack.account_id, stack.region, action)
    if not stack.doom and action != "DELETE":
        stack.doom = occupy(state, stack, stack.next_template, stack.next_parameters)
    stack.status, stack.reason, stack.token = f"{action}_IN_PROGRESS", "", token
    stack.updated_at = world.now if action == "UPDATE" else stack.updated_at
    state.issued += 1
    stack.ends_at = world.now + world.duration(world.timing.stack, "stack", stack.id, state.issued)
    state.building.append(stack.id)
    _note(stack, world.now, stack.name, "AWS::CloudFormation::Stack", stack.status, "User Initiated")


def finish(state: State, stack: Stack, now: float) -> None:
    """What was under way is done, or has failed and is rolled back."""
    state.building.remove(stack.id)
    action = stack.status.partition("_")[0]
    reason, stack.doom, stack.ends_at = stack.doom, "", None
    stack.reason = reason
    if reason:
        _note_failure(state, stack, now, action)
    if action == "DELETE":
        if not reason:
            dissolve(state, stack)
            stack.deleted_at = now
        stack.status = "DELETE_FAILED" if reason else "DELETE_COMPLETE"
    else:
        settle(state, stack, done=not reason)
        rolled_back = "ROLLBACK_COMPLETE" if action == "CREATE" else "UPDATE_ROLLBACK_COMPLETE"
        stack.status = rolled_back if reason else f"{action}_COMPLETE"
    _note(stack, now, stack.name, "AWS::CloudFormation::Stack", stack.status, "")


def _note_failure(state: State, stack: Stack, now: float, action: str) -> None:
    """The event of the resource that failed: the one that is in the way, else the first of the template."""
    template = state.templates.get(stack.next_template or stack.template)
    if template is None:
        return  # there were change sets of it, and never a resource
    resources = accepted(template).resources
    found = _IN_WAY.fullmatch(stack.reason)
    name = found["name"] if found else next(iter(resources))
    _note(
        stack, now, name, str(resources[name]["Type"]), f"{action}_FAILED", found["reason"] if found else stack.reason
    )


def _note(stack: Stack, now: float, name: str, type_: str, status: str, reason: str) -> None:
    event = {"at": now, "name": name, "type": type_, "status": status, "reason": reason, "token": stack.token}
    stack.events.append(json.dumps(event))
