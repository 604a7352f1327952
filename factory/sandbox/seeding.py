"""Starting states: the organization that a new sandbox holds, and pieces to build others from."""

from __future__ import annotations

from factory.core.limits import Limits
from factory.sandbox.attachments import attach_defaults
from factory.sandbox.organization import found
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


def _world(state: State) -> World:
    return World(state=state, now=state.now, caller=MANAGEMENT_ACCOUNT, region="", limits=Limits({}))
