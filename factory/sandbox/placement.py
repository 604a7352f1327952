"""One stack in one account and Region: what it lays claim to, what is in its way, what it leaves behind."""

from __future__ import annotations

import json
from collections.abc import Mapping

from factory.sandbox.known_types import claim, taken
from factory.sandbox.stack_state import Belonging, Stack
from factory.sandbox.stack_templates import accepted, placed
from factory.sandbox.state import State
from factory.templates import Placed, Unresolvable

_KEPT = ("Retain", "RetainExceptOnCreate")


def resources(state: State, stack: Stack, template: str, parameters: Mapping[str, str]) -> Mapping[str, Placed]:
    """A stack's resources by logical id for this template (its digest). Raises ``Unresolvable``."""
    text = state.templates[template]
    return placed(accepted(text), parameters, stack.account_id, stack.region, stack.name, stack.id)[0]


def occupy(state: State, stack: Stack, template: str, parameters: Mapping[str, str]) -> str:
    """Claim what a stack needs for this template, all or nothing; the reason why it cannot, else nothing."""
    try:
        wanted = resources(state, stack, template, parameters)
    except Unresolvable as error:
        return f"Template error: {error.what}"
    claims: dict[str, str] = {}
    for name, row in wanted.items():
        mine = claim(row.type, stack.account_id, stack.region, row.properties)
        if mine is None:
            continue
        if mine in claims or state.claims.get(mine, stack.id) != stack.id:
            return failure(name, row.type, taken(row.type, row.properties))
        claims[mine] = stack.id
    state.claims.update(claims)
    return ""


def vacate(state: State, stack: Stack, template: str, parameters: Mapping[str, str], kept: set[str]) -> None:
    """Let go of what a stack claimed for this template, except for the ``kept`` claims."""
    for mine in claimed(state, stack, template, parameters) - kept:
        if state.claims.get(mine) == stack.id:
            del state.claims[mine]


def claimed(state: State, stack: Stack, template: str, parameters: Mapping[str, str]) -> set[str]:
    """What a stack claims for this template."""
    if not template:
        return set()
    try:
        rows = resources(state, stack, template, parameters).values()
    except Unresolvable:
        return set()
    found = (claim(row.type, stack.account_id, stack.region, row.properties) for row in rows)
    return {mine for mine in found if mine is not None}


def settle(state: State, stack: Stack, *, done: bool) -> None:
    """End an update: what it brings is there from now on or, where it failed, is gone again."""
    old, new = (stack.template, stack.parameters), (stack.next_template, stack.next_parameters)
    left, right = (new, old) if not done else (old, new)
    if left[0]:
        vacate(state, stack, *left, claimed(state, stack, *right))
    if done:
        stack.template, stack.parameters = new
    stack.next_template, stack.next_parameters = "", {}


def dissolve(state: State, stack: Stack) -> None:
    """Remove a stack's resources; those that are to be retained stay, and belong to nobody."""
    if stack.template:
        for name, row in _placed(state, stack).items():
            mine = claim(row.type, stack.account_id, stack.region, row.properties)
            if row.deletion_policy not in _KEPT:
                if mine is not None and state.claims.get(mine) == stack.id:
                    del state.claims[mine]
                continue
            kept = Belonging(f"{stack.id}/{name}", stack.account_id, stack.region, row.type, json.dumps(row.properties))
            state.belongings[kept.id] = kept
            if mine is not None:
                state.claims[mine] = kept.id


def breakage(state: State, name: str, account_id: str, region: str, action: str) -> str:
    """Why this is to fail on demand, once less from now on; nothing where it is not to."""
    for row in state.breakages.values():
        wanted = (row.name, row.account_id, row.region, row.action)
        if row.times == 0 or any(a and a != b for a, b in zip(wanted, (name, account_id, region, action), strict=True)):
            continue
        if row.times is not None:
            row.times -= 1
        return row.reason
    return ""


def failure(logical_id: str, type_: str, reason: str) -> str:
    """How a stack set's instance tells of the resource that failed."""
    return f"ResourceLogicalId:{logical_id}, ResourceType:{type_}, ResourceStatusReason:{reason}"


def _placed(state: State, stack: Stack) -> Mapping[str, Placed]:
    try:
        return resources(state, stack, stack.template, stack.parameters)
    except Unresolvable:
        return {}
