"""The instances of stack sets: making, changing, deleting and describing them."""

from __future__ import annotations

from collections.abc import Iterable

from factory.sandbox.deployment import is_busy, submit
from factory.sandbox.deployment_targets import (
    accounts,
    find,
    operation,
    regions,
    require_access,
    require_new,
    require_self,
)
from factory.sandbox.refused import Refused
from factory.sandbox.stack_paging import rows
from factory.sandbox.stack_set_listing import instances_of
from factory.sandbox.stack_state import StackInstance, StackSet
from factory.sandbox.stack_templates import accepted, invalid, pairs, require_values
from factory.sandbox.world import Request, Response, World

_MOST_INSTANCES = 100_000
"""Instances of one stack set (CloudFormation User Guide, quotas)."""


def create_instances(world: World, request: Request) -> Response:
    """CloudFormation ``CreateStackInstances``: makes what is missing and retries what is not current.

    The units become targets of automatic deployment, whole, whatever filter of accounts is given.
    """
    stack_set = _asked(world, request)
    named, wanted = regions(request), accounts(world, request, creates=True)
    overrides = _overrides(world, request, stack_set)
    _require_free(world, stack_set)
    if sum(stack_set.regions.values()) + len(named) * len(wanted) > _MOST_INSTANCES:
        raise Refused("LimitExceededException", f"A stack set can have {_MOST_INSTANCES} stack instances")
    work = {region: list(wanted) for region in named}
    change = operation(world, request, stack_set, "CREATE", work, overrides=overrides, units=wanted)
    for unit in request["DeploymentTargets"]["OrganizationalUnitIds"]:
        targeted = stack_set.targets.setdefault(unit, [])
        targeted += [region for region in named if region not in targeted]
    submit(world, stack_set, change)
    return {"OperationId": change.operation_id}


def update_instances(world: World, request: Request) -> Response:
    """CloudFormation ``UpdateStackInstances``: parameter overrides of instances that are there."""
    stack_set = _asked(world, request)
    named, wanted = regions(request), accounts(world, request, creates=False)
    overrides = _overrides(world, request, stack_set)
    chosen = _present(world, stack_set, named, wanted)
    if not any(chosen.values()):
        raise Refused("StackInstanceNotFoundException", "No stack instance was found for these targets and Regions")
    _require_free(world, stack_set)
    change = operation(world, request, stack_set, "UPDATE", chosen, overrides=overrides, units=wanted)
    submit(world, stack_set, change)
    return {"OperationId": change.operation_id}


def delete_instances(world: World, request: Request) -> Response:
    """CloudFormation ``DeleteStackInstances``: without a filter of accounts the units are no targets any more."""
    stack_set = _asked(world, request)
    named, wanted = regions(request), accounts(world, request, creates=False)
    chosen = _present(world, stack_set, named, wanted)
    _require_free(world, stack_set)
    change = operation(
        world, request, stack_set, "DELETE", chosen, retain=bool(request.get("RetainStacks")), units=wanted
    )
    if not request["DeploymentTargets"].get("Accounts"):
        _let_go(world, stack_set, set(request["DeploymentTargets"]["OrganizationalUnitIds"]), named)
    submit(world, stack_set, change)
    return {"OperationId": change.operation_id}


def describe_instance(world: World, request: Request) -> Response:
    """CloudFormation ``DescribeStackInstance``."""
    require_self(request)
    stack_set = find(world, request["StackSetName"])
    key = f"{request['StackInstanceAccount']}/{request['StackInstanceRegion']}"
    row = world.state.stack_instances.get(f"{stack_set.id}/{key}")
    if row is None:
        raise Refused(
            "StackInstanceNotFoundException", f"Stack instance not found for StackSet {stack_set.name}: {key}"
        )
    overrides = [{"ParameterKey": name, "ParameterValue": value} for name, value in sorted(row.overrides.items())]
    return {"StackInstance": {**_summary(row), "ParameterOverrides": overrides}}


def list_instances(world: World, request: Request) -> Response:
    """CloudFormation ``ListStackInstances``, with all its filters."""
    require_self(request)
    stack_set = find(world, request["StackSetName"])
    filters = [(row.get("Name"), row.get("Values")) for row in request.get("Filters") or ()]
    account_id, region = request.get("StackInstanceAccount"), request.get("StackInstanceRegion")

    found = world.state.stack_instances

    def candidates() -> Iterable[StackInstance]:
        if account_id is None:
            return instances_of(world.state, stack_set)
        keys = (f"{stack_set.id}/{account_id}/{name}" for name in stack_set.regions)
        return (found[key] for key in keys if key in found)

    def wanted(row: StackInstance) -> bool:
        has = {
            "DETAILED_STATUS": row.detail,
            "LAST_OPERATION_ID": row.operation_id,
            "DRIFT_STATUS": row.drift_status,
        }
        return region in (None, row.region) and all(has.get(str(name)) == value for name, value in filters)

    return rows(
        world,
        request,
        "ListStackInstances",
        "Summaries",
        lambda: [row.id for row in candidates() if wanted(row)],
        lambda name: _summary(found[name]),
    )


def list_targets(world: World, request: Request) -> Response:
    """CloudFormation ``ListStackSetAutoDeploymentTargets``."""
    require_self(request)
    stack_set = find(world, request["StackSetName"])
    return rows(
        world,
        request,
        "ListStackSetAutoDeploymentTargets",
        "Summaries",
        lambda: stack_set.targets,
        lambda unit: {"OrganizationalUnitId": unit, "Regions": sorted(stack_set.targets[unit])},
    )


def _asked(world: World, request: Request) -> StackSet:
    require_self(request)
    stack_set = find(world, request["StackSetName"])
    require_new(world, request, stack_set)
    require_access(world)
    return stack_set


def _require_free(world: World, stack_set: StackSet) -> None:
    if not stack_set.managed and is_busy(world.state, stack_set):
        raise Refused("OperationInProgressException", f"Another Operation on StackSet {stack_set.id} is in progress")


def _overrides(world: World, request: Request, stack_set: StackSet) -> dict[str, str | None] | None:
    if request.get("ParameterOverrides") is None:
        return None
    overrides = pairs(request["ParameterOverrides"])
    template = accepted(world.state.templates[stack_set.template])
    given = {name: value for name, value in overrides.items() if value is not None}
    if unknown := sorted(overrides.keys() - template.parameters.keys()):
        raise invalid(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    require_values(template, {**stack_set.parameters, **given})
    return overrides


def _present(world: World, stack_set: StackSet, named: list[str], wanted: dict[str, str]) -> dict[str, list[str]]:
    there = world.state.stack_instances
    return {
        region: [account for account in wanted if f"{stack_set.id}/{account}/{region}" in there] for region in named
    }


def _let_go(world: World, stack_set: StackSet, units: set[str], named: list[str]) -> None:
    """Units that are targets, among these and below them, are none any more in these Regions."""
    for unit in list(stack_set.targets):
        if units & set(world.lineage(unit)):
            stack_set.targets[unit] = [region for region in stack_set.targets[unit] if region not in named]
            if not stack_set.targets[unit]:
                del stack_set.targets[unit]


def _summary(row: StackInstance) -> Response:
    shown: Response = {
        "StackSetId": row.stack_set_id,
        "Region": row.region,
        "Account": row.account_id,
        "Status": row.status,
        "StackInstanceStatus": {"DetailedStatus": row.detail},
        "OrganizationalUnitId": row.unit_id,
        "DriftStatus": row.drift_status,
    }
    optional = {
        "StackId": row.stack_id,
        "StatusReason": row.reason,
        "LastOperationId": row.operation_id,
        "LastDriftCheckTimestamp": row.drift_checked_at,
    }
    return shown | {name: value for name, value in optional.items() if value}
