"""Stack sets for the rules about them, with short words for setting them up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.contract.scene import Scene

REGION = "us-east-1"
OTHER = "eu-west-1"
API = "CloudFormation API reference, "
GUIDE = "CloudFormation User Guide, "
TRAIL = """
Parameters: {Bucket: {Type: String}, Name: {Type: String, Default: main}}
Resources:
  Trail:
    Type: AWS::CloudTrail::Trail
    Properties: {TrailName: !Ref Name, S3BucketName: !Ref Bucket, IsLogging: true}
"""
ROLE = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {RoleName: audit, AssumeRolePolicyDocument: {}}
"""
PARALLEL = {"MaxConcurrentPercentage": 100, "RegionConcurrencyType": "PARALLEL"}
TOLERANT = {**PARALLEL, "FailureTolerancePercentage": 100}


def cloudformation(scene: Scene, region: str = REGION) -> Any:
    return scene.client("cloudformation") if region == REGION else scene.away("cloudformation", region)


def stack_set(scene: Scene, name: str = "base", template: str = TRAIL, **more: Any) -> str:
    """A stack set with automatic deployment; its id."""
    cf = cloudformation(scene)
    if cf.describe_organizations_access()["Status"] != "ENABLED":
        cf.activate_organizations_access()
    asked = {
        "PermissionModel": "SERVICE_MANAGED",
        "AutoDeployment": {"Enabled": True, "RetainStacksOnAccountRemoval": False},
        "Parameters": [parameter("Bucket", "logs")] if template == TRAIL else [],
        **more,
    }
    return str(cf.create_stack_set(StackSetName=name, TemplateBody=template, **asked)["StackSetId"])


def parameter(name: str, value: str | None) -> dict[str, Any]:
    rest = {"UsePreviousValue": True} if value is None else {"ParameterValue": value}
    return {"ParameterKey": name, **rest}


def deploy(scene: Scene, *units: str, name: str = "base", wait: float = 300, **more: Any) -> str:
    """Instances for these units in one Region; waits unless told otherwise. Returns the operation's id."""
    targets = {"OrganizationalUnitIds": list(units), **more.pop("only", {})}
    asked = {"Regions": [REGION], "OperationPreferences": PARALLEL, **more}
    started = cloudformation(scene).create_stack_instances(StackSetName=name, DeploymentTargets=targets, **asked)
    scene.wait(wait)
    return str(started["OperationId"])


def account_in(scene: Scene, name: str, unit: str) -> str:
    """An account in a unit."""
    account = scene.member_account(name)
    scene.org.move_account(AccountId=account, SourceParentId=scene.root, DestinationParentId=unit)
    return account


def instances(scene: Scene, name: str = "base", **filters: Any) -> dict[tuple[str, str], dict[str, Any]]:
    pages = cloudformation(scene).get_paginator("list_stack_instances").paginate(StackSetName=name, **filters)
    return {(row["Account"], row["Region"]): row for page in pages for row in page["Summaries"]}


def accounts_in(scene: Scene, name: str = "base") -> set[str]:
    return {account for account, _ in instances(scene, name)}


def operation_of(scene: Scene, operation: str, name: str = "base") -> dict[str, Any]:
    found = cloudformation(scene).describe_stack_set_operation(StackSetName=name, OperationId=operation)
    return dict(found["StackSetOperation"])


def status_of(scene: Scene, operation: str) -> str:
    return str(operation_of(scene, operation)["Status"])


def ready(scene: Scene, **more: Any) -> tuple[str, str]:
    """A stack set, and a unit with one account: the unit and the account."""
    stack_set(scene, **more)
    unit = scene.unit()
    return unit, account_in(scene, "one", unit)


def deployed(scene: Scene, **more: Any) -> tuple[str, str]:
    unit, account = ready(scene, **more)
    deploy(scene, unit)
    return unit, account


def stacks_of(scene: Scene, account: str) -> list[dict[str, Any]]:
    """What the account itself sees."""
    return list(scene.member("cloudformation", account).describe_stacks()["Stacks"])


def delete(scene: Scene, unit: str, *, retain: bool = False, name: str = "base") -> str:
    done = cloudformation(scene).delete_stack_instances(
        StackSetName=name,
        DeploymentTargets={"OrganizationalUnitIds": [unit]},
        Regions=[REGION],
        RetainStacks=retain,
        OperationPreferences=PARALLEL,
    )
    scene.wait(300)
    return str(done["OperationId"])


def update(scene: Scene, wait: float = 300, **more: Any) -> str:
    asked: Mapping[str, Any] = {"UsePreviousTemplate": True, "OperationPreferences": PARALLEL, **more}
    started = cloudformation(scene).update_stack_set(StackSetName="base", **asked)
    scene.wait(wait)
    return str(started["OperationId"])


def colliding(scene: Scene, **more: Any) -> tuple[str, str, str]:
    """Two stack sets that make the same role; the second one's operation, the account and the unit."""
    named = {"Capabilities": ["CAPABILITY_NAMED_IAM"], "Parameters": []}
    unit, account = ready(scene, template=ROLE, **named)
    deploy(scene, unit)
    stack_set(scene, "second", ROLE, **named)
    return deploy(scene, unit, name="second", **more), account, unit
