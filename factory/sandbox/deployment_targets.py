"""Which accounts and Regions an operation on a stack set is for, and how it may be asked to go about it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from factory.sandbox.refused import Refused
from factory.sandbox.stack_state import SetOperation, StackSet
from factory.sandbox.stack_templates import invalid
from factory.sandbox.world import Request, World

MOST_UNITS = 50
"""Units of one call (API reference, ``CreateStackInstances`` and its kin)."""


def require_access(world: World) -> None:
    """Refuse where stack sets may not act in the organization."""
    if world.state.stack_sets_access != "ENABLED":
        raise invalid("You must enable organizations access to operate a service managed stack set")


def find(world: World, name: str) -> StackSet:
    """The stack set of the caller's Region with this name or id that is not deleted. Refuses where there is none."""
    for row in world.state.stack_sets.values():
        if row.status == "ACTIVE" and row.region == world.region and name in (row.name, row.id):
            return row
    raise Refused("StackSetNotFoundException", f"StackSet {name} not found")


def accounts(world: World, request: Request, *, creates: bool) -> dict[str, str]:
    """The accounts that a request's ``DeploymentTargets`` mean, each with the unit or root it comes by.

    Units mean everything below them; the management account is never among them (API reference,
    ``DeploymentTargets``). ``creates``: for ``CreateStackInstances``, which takes no ``UNION``.
    """
    targets: Mapping[str, Any] = request.get("DeploymentTargets") or {}
    if request.get("Accounts"):
        raise invalid("Accounts cannot be used with stack sets that have service-managed permissions")
    if "AccountsUrl" in targets:
        raise Refused("NotSimulated", "cloudformation: AccountsUrl is not simulated by the factory sandbox")
    units: Sequence[str] = targets.get("OrganizationalUnitIds") or ()
    named = set(targets.get("Accounts") or ())
    kind = targets.get("AccountFilterType") or ("UNION" if named else "NONE")
    if not units:
        raise invalid("OrganizationalUnitIds are required")
    if len(set(units)) > MOST_UNITS:
        raise invalid(f"Only up to {MOST_UNITS} OrganizationalUnitIds can be specified")
    for unit in units:
        if not world.is_parent(unit):
            raise invalid(f"Organizational unit {unit} was not found")
    if kind == "UNION" and creates:
        raise invalid("AccountFilterType UNION is not supported for CreateStackInstances")
    if (kind == "NONE") == bool(named):
        raise invalid("Accounts go with an AccountFilterType other than NONE, and it with them")
    if unknown := sorted(named - world.state.accounts.keys()):
        raise invalid(f"Accounts {unknown} were not found in the organization")
    below = under(world, units)
    if kind == "INTERSECTION":
        return {account: unit for account, unit in below.items() if account in named}
    if kind == "DIFFERENCE":
        return {account: unit for account, unit in below.items() if account not in named}
    extra = (account for account in named if account != world.organization.management_account_id)
    return {**{account: world.state.accounts[account].parent_id for account in extra}, **below}


def under(world: World, units: Iterable[str]) -> dict[str, str]:
    """Every account below these units but the management account, with the nearest of them."""
    wanted, manager = set(units), world.organization.management_account_id
    nearest: dict[str, str] = {}

    def covering(node: str) -> str:
        if node not in nearest:
            parent = world.state.units.get(node)
            nearest[node] = node if node in wanted else covering(parent.parent_id) if parent else ""
        return nearest[node]

    return {
        row.id: found
        for row in sorted(world.state.accounts.values(), key=lambda row: row.id)
        if row.id != manager and (found := covering(row.parent_id))
    }


def regions(request: Request, *, required: bool = True) -> list[str]:
    """The Regions that a request names. Refuses made-up and doubled ones, and none where it must name some."""
    named = list(request.get("Regions") or ())
    if required and not named:
        raise invalid("At least one Region must be specified")
    if len(set(named)) != len(named):
        raise invalid("Regions must be unique")
    if unknown := sorted(set(named) - _known_regions()):
        raise invalid(f"Region(s) {unknown} are not valid")
    return named


def preferences(request: Request, named: Sequence[str]) -> dict[str, Any]:
    """A request's ``OperationPreferences``. Refuses what excludes each other, and an order of other Regions."""
    found = dict(request.get("OperationPreferences") or {})
    for kind in ("FailureTolerance", "MaxConcurrent"):
        if {f"{kind}Count", f"{kind}Percentage"} <= found.keys():
            raise invalid(f"You can specify either {kind}Count or {kind}Percentage, but not both")
    order = found.get("RegionOrder")
    if order and set(order) != set(named):
        raise invalid("RegionOrder must consist of the Regions of the operation")
    return found


def operation(
    world: World,
    request: Request,
    stack_set: StackSet,
    action: str,
    keys: Mapping[str, Sequence[str]],
    **more: Any,
) -> SetOperation:
    """An operation as it is asked for. ``keys``: Region -> accounts, in the order in which they are to be worked on."""
    wishes = preferences(request, list(keys))
    world.state.issued += 1
    order = [region for region in wishes.get("RegionOrder") or keys if keys[region]]
    name = request.get("OperationId") or world.new_id("", 32)
    return SetOperation(
        id=f"{stack_set.id}/{name}",
        stack_set_id=stack_set.id,
        operation_id=name,
        action=action,
        number=world.state.issued,
        created_at=world.now,
        preferences=json.dumps(wishes),
        asked=json.dumps(request.get("DeploymentTargets") or {}),
        regions=order,
        results={f"{account}/{region}": "PENDING" for region in order for account in keys[region]},
        waiting={region: list(reversed(keys[region])) for region in order},
        sizes={region: len(keys[region]) for region in order},
        **more,
    )


def require_new(world: World, request: Request, stack_set: StackSet) -> None:
    """Refuse a repeated operation id before anything is changed."""
    if f"{stack_set.id}/{request.get('OperationId')}" in world.state.stack_operations:
        raise Refused("OperationIdAlreadyExistsException", "The specified operation ID already exists.")


def require_self(request: Request) -> None:
    """Refuse what is asked for on behalf of a delegated administrator."""
    if request.get("CallAs") == "DELEGATED_ADMIN":
        raise Refused("NotSimulated", "cloudformation: CallAs=DELEGATED_ADMIN is not simulated by the factory sandbox")


@cache
def _known_regions() -> frozenset[str]:
    # Slow to import, and only a sandbox in use needs it.
    import boto3

    return frozenset(boto3.Session(region_name="us-east-1").get_available_regions("cloudformation"))
