"""CloudFormation's answers about stack sets, their stacks and their operations, as records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from factory.aws.answers import tags
from factory.aws.records import StackRecord, StackSetOperation, StackSetRecord


def stack_set(row: Mapping[str, Any]) -> StackSetRecord:
    """What ``DescribeStackSet`` tells."""
    automatic = row.get("AutoDeployment") or {}
    return StackSetRecord(
        id=str(row["StackSetId"]),
        name=str(row["StackSetName"]),
        arn=str(row.get("StackSetARN", "")),
        description=str(row.get("Description", "")),
        template=str(row.get("TemplateBody", "")),
        parameters={p["ParameterKey"]: p.get("ParameterValue", "") for p in row.get("Parameters") or ()},
        capabilities=tuple(sorted(row.get("Capabilities") or ())),
        tags=tags(row.get("Tags") or []),
        permission_model=str(row.get("PermissionModel", "")),
        auto_deployment=bool(automatic.get("Enabled", False)),
        retains=bool(automatic.get("RetainStacksOnAccountRemoval", False)),
        depends_on=tuple(sorted(automatic.get("DependsOn") or ())),
        managed_execution=bool((row.get("ManagedExecution") or {}).get("Active", False)),
    )


def stack(row: Mapping[str, Any]) -> StackRecord:
    """A row of ``ListStackInstances``."""
    return StackRecord(
        account_id=str(row.get("Account", "")),
        region=str(row.get("Region", "")),
        status=str(row.get("Status", "")),
        detail=str((row.get("StackInstanceStatus") or {}).get("DetailedStatus", "")),
        reason=str(row.get("StatusReason", "")),
        unit_id=str(row.get("OrganizationalUnitId", "")),
        stack_id=str(row.get("StackId", "")),
        operation_id=str(row.get("LastOperationId", "")),
    )


def operation(row: Mapping[str, Any]) -> StackSetOperation:
    """What ``DescribeStackSetOperation`` tells, or a row of ``ListStackSetOperations``."""
    details = row.get("StatusDetails") or {}
    stage = (details.get("Stages") or {}).get("StackInstancesDeployment") or {}
    done, to_go = int(stage.get("SucceededStackInstancesCount") or 0), stage.get("PendingStackInstancesCount")
    # Looking for drift, say, deploys nothing.
    unknown = to_go is None or stage.get("Status") == "NOT_APPLICABLE"
    return StackSetOperation(
        id=str(row["OperationId"]),
        action=str(row.get("Action", "")),
        status=str(row["Status"]),
        reason=str(row.get("StatusReason", "")),
        failed=int(details.get("FailedStackInstancesCount") or 0),
        done=done,
        lost=max(0, int(stage.get("CompletedStackInstancesCount") or 0) - done),
        to_go=None if unknown else int(to_go or 0),
    )
