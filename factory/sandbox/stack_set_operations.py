"""The operations of stack sets: describing, listing and stopping them, and looking for drift."""

from __future__ import annotations

import json

from factory.sandbox.deployment import stop, submit
from factory.sandbox.deployment_targets import find, operation, require_new, require_self
from factory.sandbox.instance_work import unit_of
from factory.sandbox.refused import Refused
from factory.sandbox.stack_paging import rows
from factory.sandbox.stack_set_listing import instances_of
from factory.sandbox.stack_state import SetOperation, StackSet
from factory.sandbox.world import Request, Response, World

_LARGEST_NUMBER = 10**12
_STAGES = {"QUEUED": "NOT_STARTED", "RUNNING": "IN_PROGRESS", "STOPPING": "IN_PROGRESS", "STOPPED": "FAILED"}


def describe_operation(world: World, request: Request) -> Response:
    """CloudFormation ``DescribeStackSetOperation``."""
    require_self(request)
    stack_set = find(world, request["StackSetName"])
    row = _existing(world, request, stack_set)
    shown: Response = {
        **_summary(row),
        "StackSetId": stack_set.id,
        "DeploymentTargets": json.loads(row.asked),
    }
    if row.action == "DELETE":
        shown["RetainStacks"] = row.retain
    if row.action == "DETECT_DRIFT":
        shown["StackSetDriftDetectionDetails"] = _drift(world, stack_set, row)
    return {"StackSetOperation": shown}


def list_operations(world: World, request: Request) -> Response:
    """CloudFormation ``ListStackSetOperations``: the newest first."""
    require_self(request)
    stack_set = find(world, request["StackSetName"])
    prefix = f"{stack_set.id}/"

    def listing() -> list[str]:
        found = (row for name, row in world.state.stack_operations.items() if name.startswith(prefix))
        return [f"{_LARGEST_NUMBER - row.number:012d} {row.id}" for row in found]

    return rows(
        world,
        request,
        "ListStackSetOperations",
        "Summaries",
        listing,
        lambda name: _summary(world.state.stack_operations[name.partition(" ")[2]]),
    )


def list_results(world: World, request: Request) -> Response:
    """CloudFormation ``ListStackSetOperationResults``, with its filter by status."""
    require_self(request)
    row = _existing(world, request, find(world, request["StackSetName"]))
    statuses = [wish.get("Values") for wish in request.get("Filters") or ()]

    def render(key: str) -> Response:
        account_id, _, region = key.partition("/")
        status = row.results[key]
        reason = row.reasons.get(key) if status in ("FAILED", "CANCELLED") else None
        return {
            "Account": account_id,
            "Region": region,
            "Status": status,
            **({"StatusReason": reason} if reason else {}),
            "AccountGateResult": {"Status": "SKIPPED", "StatusReason": "Function not found"},
            **({"OrganizationalUnitId": unit} if (unit := unit_of(row, key)) else {}),
        }

    return rows(
        world,
        request,
        "ListStackSetOperationResults",
        "Summaries",
        lambda: [key for key, status in row.results.items() if not statuses or status in statuses],
        render,
    )


def stop_operation(world: World, request: Request) -> Response:
    """CloudFormation ``StopStackSetOperation``: what has begun goes on to its end."""
    require_self(request)
    row = _existing(world, request, find(world, request["StackSetName"]))
    if row.status not in ("RUNNING", "QUEUED"):
        raise Refused("InvalidOperationException", f"Operation {row.operation_id} is not in progress: {row.status}")
    stop(world, row)
    return {}


def detect_drift(world: World, request: Request) -> Response:
    """CloudFormation ``DetectStackSetDrift``: over all instances, as an operation; one such at a time."""
    require_self(request)
    stack_set = find(world, request["StackSetName"])
    require_new(world, request, stack_set)
    pending = (*world.state.running, *world.state.queued.get(stack_set.id, ()))
    for name in pending:
        other = world.state.stack_operations[name]
        if other.stack_set_id == stack_set.id and other.action == "DETECT_DRIFT":
            raise Refused("OperationInProgressException", "Drift detection is already in progress")
    keys: dict[str, list[str]] = {}
    for instance in sorted(instances_of(world.state, stack_set), key=lambda one: one.id):
        keys.setdefault(instance.region, []).append(instance.account_id)
    looking = operation(world, request, stack_set, "DETECT_DRIFT", dict(sorted(keys.items())))
    submit(world, stack_set, looking)
    return {"OperationId": looking.operation_id}


def _existing(world: World, request: Request, stack_set: StackSet) -> SetOperation:
    row = world.state.stack_operations.get(f"{stack_set.id}/{request['OperationId']}")
    if row is None:
        raise Refused("OperationNotFoundException", f"Operation {request['OperationId']} not found")
    return row


def _summary(row: SetOperation) -> Response:
    results = list(row.results.values())
    counts = {name: results.count(name) for name in ("SUCCEEDED", "FAILED", "CANCELLED")}
    done = sum(counts.values())
    stage = _STAGES.get(row.status) or ("FAILED" if row.status == "FAILED" else "SUCCEEDED")
    if row.status == "SUCCEEDED" and counts["FAILED"]:
        stage = "PARTIAL_SUCCESS"
    shown: Response = {
        "OperationId": row.operation_id,
        "Action": row.action,
        "Status": row.status,
        "CreationTimestamp": row.created_at,
        "OperationPreferences": json.loads(row.preferences),
        "StatusDetails": {
            "FailedStackInstancesCount": counts["FAILED"],
            "TotalStackInstancesCount": len(results),
            "TotalAccountsCount": len({key.partition("/")[0] for key in row.results}),
            "Stages": {
                "RoleProvisioning": {"Status": "NOT_APPLICABLE"},
                "StackInstancesDeployment": {
                    "Status": "NOT_APPLICABLE" if row.action == "DETECT_DRIFT" else stage,
                    "SucceededStackInstancesCount": counts["SUCCEEDED"],
                    "FailedStackInstancesCount": counts["FAILED"],
                    "CancelledStackInstancesCount": counts["CANCELLED"],
                    "CompletedStackInstancesCount": done,
                    "PendingStackInstancesCount": len(results) - done,
                    "PercentageCompleted": 100.0 * done / len(results) if results else 100.0,
                },
            },
        },
    }
    optional = {"EndTimestamp": row.ended_at, "StatusReason": row.reason}
    return shown | {name: value for name, value in optional.items() if value}


def _drift(world: World, stack_set: StackSet, row: SetOperation) -> Response:
    instances = [world.state.stack_instances.get(f"{stack_set.id}/{key}") for key in row.results]
    found = [one.drift_status for one in instances if one is not None]
    status = {"SUCCEEDED": "COMPLETED", "FAILED": "FAILED", "STOPPED": "STOPPED"}.get(row.status, "IN_PROGRESS")
    return {
        "DriftStatus": "DRIFTED" if "DRIFTED" in found else "IN_SYNC" if status == "COMPLETED" else "NOT_CHECKED",
        "DriftDetectionStatus": status,
        "TotalStackInstancesCount": len(row.results),
        "DriftedStackInstancesCount": found.count("DRIFTED"),
        "InSyncStackInstancesCount": found.count("IN_SYNC"),
        "InProgressStackInstancesCount": sum(result in ("PENDING", "RUNNING") for result in row.results.values()),
        "FailedStackInstancesCount": sum(result == "FAILED" for result in row.results.values()),
    }
