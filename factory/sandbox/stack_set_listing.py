"""What stack sets look like: described, listed, named by their ARNs."""

from __future__ import annotations

import hashlib
from typing import Any

from factory.sandbox import ids
from factory.sandbox.deployment_targets import find, require_self
from factory.sandbox.stack_paging import rows
from factory.sandbox.stack_state import StackInstance, StackSet
from factory.sandbox.stack_templates import accepted, shown
from factory.sandbox.state import State
from factory.sandbox.world import Request, Response, World


def describe_stack_set(world: World, request: Request) -> Response:
    """CloudFormation ``DescribeStackSet``."""
    require_self(request)
    row = find(world, request["StackSetName"])
    text = world.state.templates[row.template]
    details: Response = {
        "DriftStatus": row.drift_status,
        "TotalStackInstancesCount": row.drift.get("total", 0),
        "DriftedStackInstancesCount": row.drift.get("drifted", 0),
        "InSyncStackInstancesCount": row.drift.get("in_sync", 0),
        "InProgressStackInstancesCount": 0,
        "FailedStackInstancesCount": row.drift.get("failed", 0),
    }
    if row.drift_checked_at is not None:
        details |= {"DriftDetectionStatus": "COMPLETED", "LastDriftCheckTimestamp": row.drift_checked_at}
    return {
        "StackSet": {
            **_summary(row),
            "TemplateBody": text,
            "Parameters": shown(accepted(text), row.parameters),
            "Capabilities": row.capabilities,
            "Tags": [{"Key": key, "Value": value} for key, value in sorted(row.tags.items())],
            "StackSetARN": arn(world, row),
            "AdministrationRoleARN": (
                f"arn:{ids.PARTITION}:iam::{world.caller}:role/aws-service-role/"
                "stacksets.cloudformation.amazonaws.com/AWSServiceRoleForCloudFormationStackSetsOrgAdmin"
            ),
            "ExecutionRoleName": "stacksets-exec-" + hashlib.sha256(row.id.encode()).hexdigest()[:32],
            "StackSetDriftDetectionDetails": details,
            "OrganizationalUnitIds": sorted(row.targets),
            "Regions": sorted(row.regions),
        }
    }


def list_stack_sets(world: World, request: Request) -> Response:
    """CloudFormation ``ListStackSets``, deleted ones included unless ``Status`` says otherwise."""
    require_self(request)
    status, sets = request.get("Status"), world.state.stack_sets

    def listing() -> list[str]:
        return [row.id for row in sets.values() if row.region == world.region and status in (None, row.status)]

    def render(name: str) -> Response:
        row = sets[name]
        drift = {"LastDriftCheckTimestamp": row.drift_checked_at} if row.drift_checked_at is not None else {}
        return {**_summary(row), "DriftStatus": row.drift_status, **drift}

    return rows(world, request, "ListStackSets", "Summaries", listing, render)


def arn(world: World, stack_set: StackSet) -> str:
    """A stack set's ARN."""
    owner = world.organization.management_account_id
    return f"arn:{ids.PARTITION}:cloudformation:{stack_set.region}:{owner}:stackset/{stack_set.id}"


def instances_of(state: State, stack_set: StackSet) -> list[StackInstance]:
    """The instances of a stack set."""
    return [row for row in state.stack_instances.values() if row.stack_set_id == stack_set.id]


def _summary(row: StackSet) -> Response:
    automatic: dict[str, Any] = {"Enabled": row.automatic}
    if row.automatic:
        automatic |= {"RetainStacksOnAccountRemoval": row.retains}
    if row.depends_on:
        automatic |= {"DependsOn": row.depends_on}
    return {
        "StackSetName": row.name,
        "StackSetId": row.id,
        **({"Description": row.description} if row.description else {}),
        "Status": row.status,
        "PermissionModel": "SERVICE_MANAGED",
        "AutoDeployment": automatic,
        "ManagedExecution": {"Active": row.managed},
    }
