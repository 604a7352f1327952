"""Starting states: the organization that a new sandbox holds, and pieces to build others from."""

from __future__ import annotations

import json
from typing import Any

from factory.core.limits import Limits
from factory.sandbox.attachments import attach_defaults
from factory.sandbox.known_types import KNOWN, claim
from factory.sandbox.organization import found
from factory.sandbox.stack_state import Belonging, Breakage
from factory.sandbox.state import MANAGEMENT_ACCOUNT, Account, Bucket, Policy, State, Unit
from factory.sandbox.tagging import HOME_REGION
from factory.sandbox.tags import put
from factory.sandbox.world import World

_JOINED_BEFORE = 400 * 86400.0


def new_state(seed: int, feature_set: str = "ALL") -> State:
    """An organization with one management account, no units and no policy type enabled."""
    state = State(seed=seed)
    management = Account(
        id=MANAGEMENT_ACCOUNT,
        name="Example Corp (management)",
        email="aws-management@example.com",
        parent_id="",
        joined_at=state.now - _JOINED_BEFORE,
        joined_method="INVITED",
    )
    found(_world(state), management, feature_set)
    return state


def add_unit(state: State, name: str, parent_id: str | None = None, tags: dict[str, str] | None = None) -> str:
    """Put a unit there, below the root unless told otherwise, as if someone else had made it. Returns its id."""
    world = _world(state)
    root_id = world.organization.root_id
    unit = Unit(world.new_id(f"ou-{root_id.removeprefix('r-')}-", 8), name, parent_id or root_id)
    state.units[unit.id] = unit
    put(state, unit.id, dict(tags or {}))
    attach_defaults(world, unit.id)
    return unit.id


def add_account(
    state: State,
    name: str,
    email: str,
    parent_id: str | None = None,
    tags: dict[str, str] | None = None,
    account_state: str = "ACTIVE",
) -> str:
    """Put an account there, in the root unless told otherwise. Returns its id.

    A closed one counts as closed now, and stays listed for AWS's 90 days.
    """
    world = _world(state)
    account = Account(
        id=world.new_account_number(),
        name=name,
        email=email,
        parent_id=parent_id or world.organization.root_id,
        joined_at=state.now - _JOINED_BEFORE,
        state=account_state,
        closed_at=state.now if account_state == "CLOSED" else None,
    )
    state.accounts[account.id] = account
    put(state, account.id, dict(tags or {}))
    attach_defaults(world, account.id)
    return account.id


def add_policy(
    state: State, name: str, policy_type: str, content: str, tags: dict[str, str] | None = None, description: str = ""
) -> str:
    """Put a policy there, attached nowhere. Returns its id."""
    policy = Policy(_world(state).new_id("p-", 10), name, policy_type, description, content)
    state.policies[policy.id] = policy
    put(state, policy.id, dict(tags or {}))
    return policy.id


def attach(state: State, policy_id: str, target_id: str) -> None:
    """Put an attachment there, quota or not."""
    state.attachments.setdefault(target_id, []).append(policy_id)


def add_bucket(state: State, name: str, region: str | None = None) -> None:
    """Let the management account have this bucket; one that is there stays."""
    state.buckets.setdefault(name, Bucket(name, MANAGEMENT_ACCOUNT, region or HOME_REGION))


def add_resource(
    state: State, account_id: str, region: str, type_: str, properties: dict[str, Any] | None = None
) -> str:
    """Let an account have a resource that someone made by hand, in the way of stacks that make the same one.

    Returns its id. Raises ``ValueError`` for a type that stacks do not know here, and where it is in the way itself.
    """
    if type_ not in KNOWN:
        raise ValueError(f"{type_} is not among the known types")
    made = Belonging(_world(state).new_id("hand-", 8), account_id, region, type_, json.dumps(properties or {}))
    mine = claim(type_, account_id, region, properties or {})
    if mine is not None and mine in state.claims:
        raise ValueError(f"{mine} is taken")
    state.belongings[made.id] = made
    if mine is not None:
        state.claims[mine] = made.id
    return made.id


def remove_resource(state: State, resource_id: str) -> None:
    """Let a resource that was made by hand, or left behind, be gone."""
    del state.belongings[resource_id]
    state.claims = {mine: owner for mine, owner in state.claims.items() if owner != resource_id}


def break_stack(
    state: State,
    name: str,
    account_id: str = "",
    region: str = "",
    *,
    reason: str = 'Resource handler returned message: "Access denied"',
    action: str = "",
    times: int | None = None,
) -> str:
    """Let stacks of this stack set (or of this name) fail, ``times`` more or always, and tell ``reason``.

    What is left empty is any: account, Region, and ``action`` (CREATE, UPDATE or DELETE). Returns an id:
    ``del state.breakages[id]`` mends it.
    """
    made = Breakage(_world(state).new_id("break-", 8), name, account_id, region, reason, action, times)
    state.breakages[made.id] = made
    return made.id


def let_drift(state: State, name: str, account_id: str, region: str) -> None:
    """Let someone have changed the resources of a stack set's instance by hand. Raises ``LookupError`` without one."""
    found = [row for row in state.stack_instances.values() if (row.account_id, row.region) == (account_id, region)]
    found = [row for row in found if state.stack_sets[row.stack_set_id].name == name]
    if not found:
        raise LookupError(f"{name} has no instance in {account_id}/{region}")
    for row in found:
        row.drifted = True


def _world(state: State) -> World:
    return World(state=state, now=state.now, caller=MANAGEMENT_ACCOUNT, region="", limits=Limits({}))
