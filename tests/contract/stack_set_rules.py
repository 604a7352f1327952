"""What AWS does about stack sets and their operations; raw moto's are too far off, and slow, to try."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.contract.scene import Rule, Scene
from tests.contract.stack_scene import (
    API,
    GUIDE,
    OTHER,
    PARALLEL,
    REGION,
    ROLE,
    TOLERANT,
    TRAIL,
    account_in,
    cloudformation,
    colliding,
    deploy,
    deployed,
    instances,
    operation_of,
    parameter,
    ready,
    stack_set,
    stacks_of,
    status_of,
    update,
)

_ANYTHING = {"StackSetName": "nothing"}


def _without_access(scene: Scene) -> object:
    return cloudformation(scene).create_stack_set(
        StackSetName="base", TemplateBody=ROLE, PermissionModel="SERVICE_MANAGED", AutoDeployment={"Enabled": False}
    )


def _kept(scene: Scene) -> object:
    stack_set(scene, ManagedExecution={"Active": True}, Tags=[{"Key": "a", "Value": "b"}], Description="d")
    row = cloudformation(scene).describe_stack_set(StackSetName="base")["StackSet"]
    return (
        row["AutoDeployment"] == {"Enabled": True, "RetainStacksOnAccountRemoval": False}
        and row["ManagedExecution"] == {"Active": True}
        and row["Tags"] == [{"Key": "a", "Value": "b"}]
        and (row["Description"], row["PermissionModel"]) == ("d", "SERVICE_MANAGED")
    )


def _again(**more: Any) -> Callable[[Scene], object]:
    return lambda scene: (stack_set(scene, **more), stack_set(scene, **more))


def _same_token(scene: Scene) -> object:
    return stack_set(scene, ClientRequestToken="t") == stack_set(scene, ClientRequestToken="t")


def _deleted_lists(scene: Scene) -> object:
    stack_set(scene)
    cf = cloudformation(scene)
    cf.delete_stack_set(StackSetName="base")
    names = [[row["StackSetName"] for row in cf.list_stack_sets(Status=s)["Summaries"]] for s in ("ACTIVE", "DELETED")]
    stack_set(scene)
    return names == [[], ["base"]]


def _regional(scene: Scene) -> object:
    stack_set(scene)
    return cloudformation(scene, OTHER).list_stack_sets()["Summaries"] == []


def _hundred(scene: Scene) -> object:
    for number in range(101):
        stack_set(scene, f"s{number}", ROLE, Capabilities=["CAPABILITY_NAMED_IAM"])
    page = cloudformation(scene).list_stack_sets()
    return len(page["Summaries"]) == 100 and "NextToken" in page


def _running(scene: Scene) -> object:
    unit, account = ready(scene)
    operation = deploy(scene, unit, wait=1)
    before = operation_of(scene, operation)
    row = instances(scene)[account, REGION]
    scene.wait(300)
    after = operation_of(scene, operation)
    return (
        (before["Status"], after["Status"]) == ("RUNNING", "SUCCEEDED")
        and "EndTimestamp" not in before
        and after["EndTimestamp"] > after["CreationTimestamp"]
        and (row["Status"], row["StackInstanceStatus"]["DetailedStatus"]) == ("OUTDATED", "RUNNING")
        and instances(scene)[account, REGION]["Status"] == "CURRENT"
    )


def _two_at_once(scene: Scene) -> object:
    unit, _ = ready(scene)
    deploy(scene, unit, wait=1)
    return deploy(scene, unit, wait=1)


def _managed_queue(scene: Scene) -> object:
    unit, _ = ready(scene, ManagedExecution={"Active": True})
    other = scene.unit("other")
    account_in(scene, "two", other)
    first = deploy(scene, unit, wait=0)
    beside = deploy(scene, other, wait=0)
    behind = deploy(scene, unit, wait=0)
    then = [status_of(scene, name) for name in (first, beside, behind)]
    scene.wait(300)
    return then == ["RUNNING", "RUNNING", "QUEUED"] and status_of(scene, behind) == "SUCCEEDED"


def _same_id(scene: Scene) -> object:
    unit, _ = ready(scene)
    deploy(scene, unit, OperationId="again")
    return deploy(scene, unit, OperationId="again")


def _failed(scene: Scene) -> object:
    operation, account, _ = colliding(scene)
    row = instances(scene, "second")[account, REGION]
    return (
        operation_of(scene, operation, "second")["Status"] == "FAILED"
        and (row["Status"], row["StackInstanceStatus"]["DetailedStatus"]) == ("OUTDATED", "FAILED")
        and "already exists" in row["StatusReason"]
    )


def _hidden(scene: Scene) -> object:
    operation, _, _ = colliding(scene, OperationPreferences=TOLERANT)
    row = operation_of(scene, operation, "second")
    return (row["Status"], row["StatusDetails"]["FailedStackInstancesCount"]) == ("SUCCEEDED", 1)


def _results(scene: Scene) -> object:
    operation, account, unit = colliding(scene)
    found = cloudformation(scene).list_stack_set_operation_results(StackSetName="second", OperationId=operation)[
        "Summaries"
    ]
    row = found[0]
    return len(found) == 1 and (row["Account"], row["Region"], row["Status"], row["OrganizationalUnitId"]) == (
        account,
        REGION,
        "FAILED",
        unit,
    )


def _updated(scene: Scene) -> object:
    _, account = deployed(scene)
    started = update(scene, wait=1, Parameters=[parameter("Bucket", "new"), parameter("Name", None)])
    before = instances(scene)[account, REGION]["Status"]
    scene.wait(300)
    values = {row["ParameterKey"]: row["ParameterValue"] for row in stacks_of(scene, account)[0]["Parameters"]}
    return (before, status_of(scene, started), instances(scene)[account, REGION]["Status"], values) == (
        "OUTDATED",
        "SUCCEEDED",
        "CURRENT",
        {"Bucket": "new", "Name": "main"},
    )


def _update_some(scene: Scene) -> object:
    unit, one = deployed(scene)
    other = scene.unit("other")
    two = account_in(scene, "two", other)
    deploy(scene, other)
    targets = {"DeploymentTargets": {"OrganizationalUnitIds": [unit]}, "Regions": [REGION]}
    update(scene, Parameters=[parameter("Bucket", "new")], **targets)
    rows = instances(scene)
    return (rows[one, REGION]["Status"], rows[two, REGION]["Status"]) == ("CURRENT", "OUTDATED")


def _changed_all_the_same(scene: Scene) -> object:
    """An update that every instance fails is the definition from then on."""
    colliding(scene, OperationPreferences=TOLERANT)
    cf = cloudformation(scene)
    text = ROLE.replace("audit", "audit, Description: new")
    asked = {"TemplateBody": text, "Capabilities": ["CAPABILITY_NAMED_IAM"], "OperationPreferences": PARALLEL}
    started = cf.update_stack_set(StackSetName="second", **asked)["OperationId"]
    scene.wait(300)
    failed = operation_of(scene, started, "second")["Status"] == "FAILED"
    return failed and cf.describe_stack_set(StackSetName="second")["StackSet"]["TemplateBody"] == text


def _fresh_after_update(scene: Scene) -> object:
    unit, _ = deployed(scene)
    text = TRAIL.replace("TrailName: !Ref Name", "TrailName: !Sub 'new-${Name}'")
    update(scene, UsePreviousTemplate=False, TemplateBody=text, Parameters=[parameter("Bucket", "b")])
    account = account_in(scene, "two", unit)
    scene.wait(120)
    member = scene.member("cloudformation", account)
    found = member.list_stack_resources(StackName=stacks_of(scene, account)[0]["StackId"])["StackResourceSummaries"]
    return [row["PhysicalResourceId"] for row in found] == ["new-main"]


def _not_empty(scene: Scene) -> object:
    deployed(scene)
    return cloudformation(scene).delete_stack_set(StackSetName="base")


def _busy(scene: Scene) -> object:
    unit, _ = ready(scene)
    deploy(scene, unit, wait=1)
    return cloudformation(scene).delete_stack_set(StackSetName="base")


def _drift(scene: Scene) -> object:
    _, account = deployed(scene)
    cf = cloudformation(scene)
    started = cf.detect_stack_set_drift(StackSetName="base")["OperationId"]
    scene.wait(120)
    details = operation_of(scene, started)["StackSetDriftDetectionDetails"]
    set_details = cf.describe_stack_set(StackSetName="base")["StackSet"]["StackSetDriftDetectionDetails"]
    return (
        details["InSyncStackInstancesCount"] == set_details["InSyncStackInstancesCount"] == 1
        and instances(scene)[account, REGION]["DriftStatus"] == set_details["DriftStatus"] == "IN_SYNC"
    )


def _drift_twice(scene: Scene) -> object:
    deployed(scene)
    cf = cloudformation(scene)
    return cf.detect_stack_set_drift(StackSetName="base"), cf.detect_stack_set_drift(StackSetName="base")


def _access(scene: Scene) -> object:
    cf = cloudformation(scene)
    before = cf.describe_organizations_access()["Status"]
    cf.activate_organizations_access()
    during = cf.describe_organizations_access()["Status"]
    cf.deactivate_organizations_access()
    return (before, during, cf.describe_organizations_access()["Status"]) == ("DISABLED", "ENABLED", "DISABLED")


def _stopped(scene: Scene) -> object:
    unit, _ = ready(scene)
    account_in(scene, "two", unit)
    operation = deploy(scene, unit, wait=1, OperationPreferences={"MaxConcurrentCount": 1})
    cloudformation(scene).stop_stack_set_operation(StackSetName="base", OperationId=operation)
    during = status_of(scene, operation)
    scene.wait(120)
    details = sorted(row["StackInstanceStatus"]["DetailedStatus"] for row in instances(scene).values())
    return (during, status_of(scene, operation), details) == ("STOPPING", "STOPPED", ["CANCELLED", "SUCCEEDED"])


def _own_stack(scene: Scene) -> object:
    cf = cloudformation(scene)
    asked = {"StackName": "own", "ChangeSetName": "first", "TemplateBody": TRAIL}
    made = cf.create_change_set(**asked, ChangeSetType="CREATE", Parameters=[parameter("Bucket", "logs")])["Id"]
    scene.wait(10)
    seen = cf.describe_change_set(ChangeSetName=made)
    cf.execute_change_set(ChangeSetName=made)
    scene.wait(100)
    rows = cf.list_stack_resources(StackName="own")["StackResourceSummaries"]
    return (
        [row["ResourceChange"]["Action"] for row in seen["Changes"]] == ["Add"]
        and cf.describe_stacks(StackName="own")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
        and [(row["LogicalResourceId"], row["PhysicalResourceId"]) for row in rows] == [("Trail", "main")]
    )


def _change_set(scene: Scene, name: str, kind: str, template: str = TRAIL, **more: Any) -> dict[str, Any]:
    """A change set of the stack ``own`` once it is made."""
    cf = cloudformation(scene)
    asked = {"StackName": "own", "ChangeSetName": name, "ChangeSetType": kind, "TemplateBody": template}
    made = cf.create_change_set(**asked, **{"Parameters": [parameter("Bucket", "logs")], **more})["Id"]
    scene.wait(10)
    return dict(cf.describe_change_set(ChangeSetName=made))


def _own(scene: Scene, template: str = TRAIL, **more: Any) -> dict[str, Any]:
    """The stack ``own`` once the attempt to create it has ended."""
    cf = cloudformation(scene)
    made = _change_set(scene, "first", "CREATE", template, **more)
    cf.execute_change_set(ChangeSetName=made["ChangeSetId"], ClientRequestToken="token")
    scene.wait(100)
    return dict(cf.describe_stacks(StackName="own")["Stacks"][0])


def _no_changes(scene: Scene) -> object:
    _own(scene)
    made = _change_set(scene, "second", "UPDATE")
    return made["Status"] == "FAILED" and "didn't contain changes" in made["StatusReason"]


def _kept_by_metadata_alone(scene: Scene) -> object:
    _own(scene)
    kept = TRAIL.replace("    Type: AWS::CloudTrail", "    DeletionPolicy: Retain\n    Type: AWS::CloudTrail")
    return _change_set(scene, "second", "UPDATE", kept)["Status"] == "FAILED"


def _output_alone(scene: Scene) -> object:
    _own(scene)
    made = _change_set(scene, "second", "UPDATE", TRAIL + "Outputs: {New: {Value: x}}\n")
    return (made["ExecutionStatus"], made["Changes"]) == ("AVAILABLE", [])


def _two_in_review(scene: Scene) -> object:
    first, second = (_change_set(scene, name, "CREATE") for name in ("one", "two"))
    status = cloudformation(scene).describe_stacks(StackName="own")["Stacks"][0]["StackStatus"]
    return status == "REVIEW_IN_PROGRESS" and first["StackId"] == second["StackId"]


def _rolled_back(scene: Scene) -> object:
    """Two trails of one name: the second one fails."""
    again = TRAIL.replace(
        "Resources:", "Resources:\n  Again: {Type: 'AWS::CloudTrail::Trail', Properties: {TrailName: main}}"
    )
    stack = _own(scene, again)
    rows = cloudformation(scene).describe_stack_events(StackName=stack["StackId"])["StackEvents"]
    failed = [row for row in rows if row["ResourceStatus"] == "CREATE_FAILED"]
    return (
        stack["StackStatus"] == "ROLLBACK_COMPLETE"
        and failed[0]["LogicalResourceId"] in ("Trail", "Again")
        and failed[0]["ClientRequestToken"] == "token"
    )


def _rolled_back_for_good(scene: Scene) -> object:
    _rolled_back(scene)
    return _change_set(scene, "second", "UPDATE")


def _create(name: str, template: str, source: str, code: str = "ValidationError", **more: Any) -> Rule:
    return Rule(name, source, lambda scene: stack_set(scene, "base", template, **more), code)


RULES = (
    Rule("a service-managed stack set without access", GUIDE + "trusted access", _without_access, "ValidationError"),
    Rule("access is activated and deactivated", API + "ActivateOrganizationsAccess", _access),
    Rule("a stack set keeps how it deploys", API + "CreateStackSet", _kept),
    Rule("two stack sets of one name", API + "CreateStackSet", _again(), "NameAlreadyExistsException"),
    Rule("a stack set asked for again with its token", API + "CreateStackSet", _same_token),
    _create("a template that is none", "Resources: [", API + "CreateStackSet, TemplateBody"),
    _create("a template without resources", "Description: none", GUIDE + "Template anatomy"),
    _create("a template of 52,000 bytes", TRAIL + "#" * 52_000, API + "CreateStackSet, TemplateBody"),
    _create("IAM without its capability", ROLE, API + "Capabilities", "InsufficientCapabilitiesException"),
    _create("a made-up resource type", "Resources: {A: {Type: 'AWS::Bogus::Thing'}}", GUIDE + "Resources"),
    _create(
        "a nested stack",
        "Resources: {A: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: 'https://s3.x'}}}",
        GUIDE + "Create StackSets with service-managed permissions",
    ),
    _create(
        "a transform",
        "Transform: AWS::Serverless-2016-10-31\n" + TRAIL,
        GUIDE + "Create StackSets with service-managed permissions",
        Parameters=[parameter("Bucket", "b")],
    ),
    _create("a parameter without a value", TRAIL, GUIDE + "Parameters", Parameters=[]),
    _create(
        "a parameter that is not declared",
        TRAIL,
        GUIDE + "Parameters",
        Parameters=[parameter("Bucket", "b"), parameter("Wings", "2")],
    ),
    Rule(
        "a stack set that is not there",
        API + "DescribeStackSet",
        lambda s: cloudformation(s).describe_stack_set(**_ANYTHING),
        "StackSetNotFoundException",
    ),
    Rule("stack sets by status", API + "ListStackSets", _deleted_lists),
    Rule("stack sets are Regional", API + "CreateStackSet", _regional),
    Rule("stack sets come in hundreds", API + "ListStackSets", _hundred),
    Rule("operations take their time", API + "StackSetOperation", _running),
    Rule("two operations at once", API + "OperationInProgressException", _two_at_once, "OperationInProgressException"),
    Rule("managed execution runs side by side, or queues", API + "ManagedExecution", _managed_queue),
    Rule("an operation id used twice", API + "CreateStackInstances", _same_id, "OperationIdAlreadyExistsException"),
    Rule("a failed instance is told by its operation", GUIDE + "StackSets status codes", _failed),
    Rule("success can hide failures", GUIDE + "Troubleshooting StackSets", _hidden),
    Rule("results of an operation on units", API + "ListStackSetOperationResults", _results),
    Rule("an update reaches every instance", API + "UpdateStackSet", _updated),
    Rule("an update of some leaves the others outdated", API + "UpdateStackSet", _update_some),
    Rule("a failed update is the definition all the same", API + "UpdateStackSet", _changed_all_the_same),
    Rule("new instances get the new template", API + "UpdateStackSet", _fresh_after_update),
    Rule("a stack set with instances", API + "DeleteStackSet", _not_empty, "StackSetNotEmptyException"),
    Rule("a stack set at work", API + "DeleteStackSet", _busy, "OperationInProgressException"),
    Rule(
        "deleting a stack set that is not there",
        API + "DeleteStackSet",
        lambda s: cloudformation(s).delete_stack_set(**_ANYTHING)["ResponseMetadata"]["HTTPStatusCode"] == 200,
    ),
    Rule("drift is looked for by an operation", API + "DetectStackSetDrift", _drift),
    Rule("two looks for drift at once", API + "DetectStackSetDrift", _drift_twice, "OperationInProgressException"),
    Rule("a stopped operation", API + "StopStackSetOperation", _stopped),
    Rule("a stack of the management account", API + "CreateChangeSet", _own_stack),
    Rule("a change set without changes fails", GUIDE + "Troubleshooting change sets", _no_changes),
    Rule("a DeletionPolicy alone is no change", GUIDE + "DeletionPolicy attribute", _kept_by_metadata_alone),
    Rule("an output alone is a change", GUIDE + "Update behaviors of stack resources", _output_alone),
    Rule("two change sets before there is a stack", API + "CreateChangeSet, ChangeSetType", _two_in_review),
    Rule("events name what failed, and the request", API + "StackEvent", _rolled_back),
    Rule(
        "a stack that was rolled back cannot be updated",
        GUIDE + "Stack status codes",
        _rolled_back_for_good,
        "ValidationError",
    ),
    Rule(
        "an operation of CloudFormation that is not simulated says so",
        "the sandbox's promise",
        lambda s: cloudformation(s).import_stacks_to_stack_set(StackSetName="base"),
        "NotSimulated",
    ),
)
