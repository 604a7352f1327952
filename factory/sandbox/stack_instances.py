"""CloudFormation stack instances: putting stacks into accounts and taking them away."""

from __future__ import annotations

from factory.sandbox.refused import Refused
from factory.sandbox.roll_out import add, begin, chosen, instances_of
from factory.sandbox.stack_sets import existing, require_free
from factory.sandbox.world import Request, Response, World

_MOST_UNITS = 50


def create_instances(world: World, request: Request) -> Response:
    """CloudFormation ``CreateStackInstances``; stacks that exist are brought up to date, failed ones tried again."""
    found = existing(world, request)
    require_free(world, found, request)
    _require_units(request)
    if (request.get("DeploymentTargets") or {}).get("AccountFilterType") == "UNION":
        raise Refused("ValidationError", "UNION is not supported for this operation", status=400)
    accounts, regions = chosen(world, request), sorted(set(request["Regions"]))
    # Auto-deployment ignores account filters: the units are its targets from now on.
    if found.automatic:
        for unit in request["DeploymentTargets"]["OrganizationalUnitIds"]:
            found.targets[unit] = sorted({*found.targets.get(unit, ()), *regions})
    names = add(world, found, accounts, regions)
    return {"OperationId": begin(world, found, "CREATE", request, names)}


def delete_instances(world: World, request: Request) -> Response:
    """CloudFormation ``DeleteStackInstances``; with ``RetainStacks`` the stacks stay and are let go of."""
    found = existing(world, request)
    require_free(world, found, request)
    _require_units(request)
    targets = request.get("DeploymentTargets") or {}
    regions, units = set(request["Regions"]), set(targets.get("OrganizationalUnitIds") or ())
    accounts = set(targets.get("Accounts") or ())
    if not accounts:
        for unit in units & found.targets.keys():
            found.targets[unit] = [region for region in found.targets[unit] if region not in regions]
            if not found.targets[unit]:
                del found.targets[unit]
    names = sorted(
        each.id
        for each in instances_of(world.state, found)
        if each.region in regions
        and (each.account_id in accounts if accounts else True)
        and (each.unit_id in units or _below(world, each.account_id, units))
    )
    return {"OperationId": begin(world, found, "DELETE", request, names)}


def _below(world: World, account_id: str, units: set[str]) -> bool:
    account = world.state.accounts.get(account_id)
    return account is not None and bool(units & set(world.lineage(account.parent_id)))


def _require_units(request: Request) -> None:
    units = (request.get("DeploymentTargets") or {}).get("OrganizationalUnitIds") or ()
    if len(units) > _MOST_UNITS:
        raise Refused("ValidationError", f"No more than {_MOST_UNITS} organizational units in a request", status=400)
