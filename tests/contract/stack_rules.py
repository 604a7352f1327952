"""What StackSets does, as far as the factory counts on it; raw moto's StackSets are too far off, and slow, to try."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.contract.scene import Rule, Scene

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


def _cf(scene: Scene, region: str = REGION) -> Any:
    return scene.client("cloudformation") if region == REGION else scene.away("cloudformation", region)


def _set(scene: Scene, name: str = "base", template: str = TRAIL, **more: Any) -> str:
    """A stack set with automatic deployment; its id."""
    cf = _cf(scene)
    if cf.describe_organizations_access()["Status"] != "ENABLED":
        cf.activate_organizations_access()
    asked = {
        "PermissionModel": "SERVICE_MANAGED",
        "AutoDeployment": {"Enabled": True, "RetainStacksOnAccountRemoval": False},
        "Parameters": [_value("Bucket", "logs")] if template == TRAIL else [],
        **more,
    }
    return str(cf.create_stack_set(StackSetName=name, TemplateBody=template, **asked)["StackSetId"])


def _value(name: str, value: str | None) -> dict[str, Any]:
    rest = {"UsePreviousValue": True} if value is None else {"ParameterValue": value}
    return {"ParameterKey": name, **rest}


def _deploy(scene: Scene, *units: str, name: str = "base", wait: float = 300, **more: Any) -> str:
    """Instances for these units in one Region; waits unless told otherwise. Returns the operation's id."""
    targets = {"OrganizationalUnitIds": list(units), **more.pop("only", {})}
    asked = {"Regions": [REGION], "OperationPreferences": PARALLEL, **more}
    started = _cf(scene).create_stack_instances(StackSetName=name, DeploymentTargets=targets, **asked)
    scene.wait(wait)
    return str(started["OperationId"])


def _account(scene: Scene, name: str, unit: str) -> str:
    """An account in a unit."""
    account = scene.member_account(name)
    scene.org.move_account(AccountId=account, SourceParentId=scene.root, DestinationParentId=unit)
    return account


def _rows(scene: Scene, name: str = "base", **filters: Any) -> dict[tuple[str, str], dict[str, Any]]:
    pages = _cf(scene).get_paginator("list_stack_instances").paginate(StackSetName=name, **filters)
    return {(row["Account"], row["Region"]): row for page in pages for row in page["Summaries"]}


def _accounts(scene: Scene, name: str = "base") -> set[str]:
    return {account for account, _ in _rows(scene, name)}


def _operation(scene: Scene, operation: str, name: str = "base") -> dict[str, Any]:
    found = _cf(scene).describe_stack_set_operation(StackSetName=name, OperationId=operation)
    return dict(found["StackSetOperation"])


def _status(scene: Scene, operation: str) -> str:
    return str(_operation(scene, operation)["Status"])


def _ready(scene: Scene, **more: Any) -> tuple[str, str]:
    """A stack set, and a unit with one account: the unit and the account."""
    _set(scene, **more)
    unit = scene.unit()
    return unit, _account(scene, "one", unit)


def _deployed(scene: Scene, **more: Any) -> tuple[str, str]:
    unit, account = _ready(scene, **more)
    _deploy(scene, unit)
    return unit, account


def _stacks(scene: Scene, account: str) -> list[dict[str, Any]]:
    """What the account itself sees."""
    return list(scene.member("cloudformation", account).describe_stacks()["Stacks"])


def _delete(scene: Scene, unit: str, *, retain: bool = False, name: str = "base") -> str:
    done = _cf(scene).delete_stack_instances(
        StackSetName=name,
        DeploymentTargets={"OrganizationalUnitIds": [unit]},
        Regions=[REGION],
        RetainStacks=retain,
        OperationPreferences=PARALLEL,
    )
    scene.wait(300)
    return str(done["OperationId"])


def _update(scene: Scene, wait: float = 300, **more: Any) -> str:
    asked: Mapping[str, Any] = {"UsePreviousTemplate": True, "OperationPreferences": PARALLEL, **more}
    started = _cf(scene).update_stack_set(StackSetName="base", **asked)
    scene.wait(wait)
    return str(started["OperationId"])


def _without_access(scene: Scene) -> object:
    return _cf(scene).create_stack_set(
        StackSetName="base", TemplateBody=ROLE, PermissionModel="SERVICE_MANAGED", AutoDeployment={"Enabled": False}
    )


def _kept(scene: Scene) -> object:
    _set(scene, ManagedExecution={"Active": True}, Tags=[{"Key": "a", "Value": "b"}], Description="d")
    row = _cf(scene).describe_stack_set(StackSetName="base")["StackSet"]
    return (
        row["AutoDeployment"] == {"Enabled": True, "RetainStacksOnAccountRemoval": False}
        and row["ManagedExecution"] == {"Active": True}
        and row["Tags"] == [{"Key": "a", "Value": "b"}]
        and (row["Description"], row["PermissionModel"]) == ("d", "SERVICE_MANAGED")
    )


def _again(**more: Any) -> Callable[[Scene], object]:
    return lambda scene: (_set(scene, **more), _set(scene, **more))


def _same_token(scene: Scene) -> object:
    return _set(scene, ClientRequestToken="t") == _set(scene, ClientRequestToken="t")


def _deleted_lists(scene: Scene) -> object:
    _set(scene)
    cf = _cf(scene)
    cf.delete_stack_set(StackSetName="base")
    names = [[row["StackSetName"] for row in cf.list_stack_sets(Status=s)["Summaries"]] for s in ("ACTIVE", "DELETED")]
    _set(scene)
    return names == [[], ["base"]]


def _regional(scene: Scene) -> object:
    _set(scene)
    return _cf(scene, OTHER).list_stack_sets()["Summaries"] == []


def _hundred(scene: Scene) -> object:
    for number in range(101):
        _set(scene, f"s{number}", ROLE, Capabilities=["CAPABILITY_NAMED_IAM"])
    page = _cf(scene).list_stack_sets()
    return len(page["Summaries"]) == 100 and "NextToken" in page


def _real(scene: Scene) -> object:
    unit, account = _ready(scene)
    _deploy(scene, unit, Regions=[REGION, OTHER])
    here = scene.member("cloudformation", account).list_stack_resources(StackName=_stacks(scene, account)[0]["StackId"])
    return [row["PhysicalResourceId"] for row in here["StackResourceSummaries"]] == ["main"] and set(_rows(scene)) == {
        (account, REGION),
        (account, OTHER),
    }


def _deep(scene: Scene) -> object:
    _set(scene)
    top = scene.unit("top")
    low = scene.unit("low", scene.unit("middle", top))
    account = _account(scene, "deep", low)
    _deploy(scene, top)
    return _accounts(scene) == {account} and _rows(scene)[account, REGION]["OrganizationalUnitId"] == top


def _never_the_manager(scene: Scene) -> object:
    _set(scene)
    account = scene.member_account()
    _deploy(scene, scene.root)
    return _accounts(scene) == {account}


def _skipped(scene: Scene) -> object:
    unit, account = _ready(scene)
    scene.org.close_account(AccountId=account)
    scene.wait(120)
    operation = _deploy(scene, unit)
    row = _rows(scene)[account, REGION]
    skipped = row["StackInstanceStatus"]["DetailedStatus"] == "SKIPPED_SUSPENDED_ACCOUNT"
    return skipped and row["Status"] == "OUTDATED" and _status(scene, operation) == "SUCCEEDED"


def _filtered(kind: str, expected: set[str]) -> Callable[[Scene], object]:
    def act(scene: Scene) -> object:
        unit, one = _ready(scene)
        two = _account(scene, "two", unit)
        _deploy(scene, unit, only={"Accounts": [one], "AccountFilterType": kind})
        return _accounts(scene) == {{"one": one, "two": two}[name] for name in expected}

    return act


def _union(scene: Scene) -> object:
    unit, account = _ready(scene)
    return _deploy(scene, unit, only={"Accounts": [account], "AccountFilterType": "UNION"})


def _filter_ignored_later(scene: Scene) -> object:
    unit, one = _ready(scene)
    _deploy(scene, unit, only={"Accounts": [one], "AccountFilterType": "INTERSECTION"})
    two = _account(scene, "two", unit)
    scene.wait(120)
    return _accounts(scene) == {one, two}


def _running(scene: Scene) -> object:
    unit, account = _ready(scene)
    operation = _deploy(scene, unit, wait=1)
    before = _operation(scene, operation)
    row = _rows(scene)[account, REGION]
    scene.wait(300)
    after = _operation(scene, operation)
    return (
        (before["Status"], after["Status"]) == ("RUNNING", "SUCCEEDED")
        and "EndTimestamp" not in before
        and after["EndTimestamp"] > after["CreationTimestamp"]
        and (row["Status"], row["StackInstanceStatus"]["DetailedStatus"]) == ("OUTDATED", "RUNNING")
        and _rows(scene)[account, REGION]["Status"] == "CURRENT"
    )


def _two_at_once(scene: Scene) -> object:
    unit, _ = _ready(scene)
    _deploy(scene, unit, wait=1)
    return _deploy(scene, unit, wait=1)


def _managed_queue(scene: Scene) -> object:
    unit, _ = _ready(scene, ManagedExecution={"Active": True})
    other = scene.unit("other")
    _account(scene, "two", other)
    first = _deploy(scene, unit, wait=0)
    beside = _deploy(scene, other, wait=0)
    behind = _deploy(scene, unit, wait=0)
    then = [_status(scene, name) for name in (first, beside, behind)]
    scene.wait(300)
    return then == ["RUNNING", "RUNNING", "QUEUED"] and _status(scene, behind) == "SUCCEEDED"


def _same_id(scene: Scene) -> object:
    unit, _ = _ready(scene)
    _deploy(scene, unit, OperationId="again")
    return _deploy(scene, unit, OperationId="again")


def _colliding(scene: Scene, **more: Any) -> tuple[str, str, str]:
    """Two stack sets that make the same role; the second one's operation, the account and the unit."""
    named = {"Capabilities": ["CAPABILITY_NAMED_IAM"], "Parameters": []}
    unit, account = _ready(scene, template=ROLE, **named)
    _deploy(scene, unit)
    _set(scene, "second", ROLE, **named)
    return _deploy(scene, unit, name="second", **more), account, unit


def _failed(scene: Scene) -> object:
    operation, account, _ = _colliding(scene)
    row = _rows(scene, "second")[account, REGION]
    return (
        _operation(scene, operation, "second")["Status"] == "FAILED"
        and (row["Status"], row["StackInstanceStatus"]["DetailedStatus"]) == ("OUTDATED", "FAILED")
        and "already exists" in row["StatusReason"]
    )


def _hidden(scene: Scene) -> object:
    operation, _, _ = _colliding(scene, OperationPreferences=TOLERANT)
    row = _operation(scene, operation, "second")
    return (row["Status"], row["StatusDetails"]["FailedStackInstancesCount"]) == ("SUCCEEDED", 1)


def _results(scene: Scene) -> object:
    operation, account, unit = _colliding(scene)
    found = _cf(scene).list_stack_set_operation_results(StackSetName="second", OperationId=operation)["Summaries"]
    row = found[0]
    return len(found) == 1 and (row["Account"], row["Region"], row["Status"], row["OrganizationalUnitId"]) == (
        account,
        REGION,
        "FAILED",
        unit,
    )


def _listed(scene: Scene) -> object:
    unit, one = _ready(scene)
    two = _account(scene, "two", unit)
    operation = _deploy(scene, unit, Regions=[REGION, OTHER])
    cf = _cf(scene)
    last = [{"Name": "LAST_OPERATION_ID", "Values": operation}]
    done = [{"Name": "DETAILED_STATUS", "Values": "FAILED"}]
    return (
        set(_rows(scene, StackInstanceAccount=one)) == {(one, REGION), (one, OTHER)}
        and set(_rows(scene, StackInstanceRegion=OTHER)) == {(one, OTHER), (two, OTHER)}
        and len(_rows(scene, Filters=last)) == 4
        and not _rows(scene, Filters=done)
        and len(cf.list_stack_instances(StackSetName="base", MaxResults=3)["Summaries"]) == 3
        and {row["DriftStatus"] for row in _rows(scene).values()} == {"NOT_CHECKED"}
    )


def _no_instance(scene: Scene) -> object:
    _set(scene)
    return _cf(scene).describe_stack_instance(
        StackSetName="base", StackInstanceAccount="999999999999", StackInstanceRegion=REGION
    )


def _comes_and_goes(scene: Scene) -> object:
    unit, first = _deployed(scene)
    account = _account(scene, "two", unit)
    scene.wait(120)
    there = _accounts(scene) == {first, account} and len(_stacks(scene, account)) == 1
    scene.org.move_account(AccountId=account, SourceParentId=unit, DestinationParentId=scene.root)
    scene.wait(120)
    return there and _accounts(scene) == {first} and not _stacks(scene, account)


def _within(scene: Scene) -> object:
    unit, account = _deployed(scene)
    inner = scene.unit("inner", unit)
    before = len(_cf(scene).list_stack_set_operations(StackSetName="base")["Summaries"])
    scene.org.move_account(AccountId=account, SourceParentId=unit, DestinationParentId=inner)
    after = len(_cf(scene).list_stack_set_operations(StackSetName="base")["Summaries"])
    return before == after and _accounts(scene) == {account}


def _created_in_target(scene: Scene) -> object:
    _set(scene)
    _deploy(scene, scene.root)
    account = scene.member_account()
    scene.wait(120)
    return _rows(scene)[account, REGION]["Status"] == "CURRENT"


def _retained_on_leaving(scene: Scene) -> object:
    unit, account = _deployed(scene, AutoDeployment={"Enabled": True, "RetainStacksOnAccountRemoval": True})
    scene.org.move_account(AccountId=account, SourceParentId=unit, DestinationParentId=scene.root)
    scene.wait(120)
    return not _accounts(scene) and len(_stacks(scene, account)) == 1


def _updated(scene: Scene) -> object:
    _, account = _deployed(scene)
    started = _update(scene, wait=1, Parameters=[_value("Bucket", "new"), _value("Name", None)])
    before = _rows(scene)[account, REGION]["Status"]
    scene.wait(300)
    values = {row["ParameterKey"]: row["ParameterValue"] for row in _stacks(scene, account)[0]["Parameters"]}
    return (before, _status(scene, started), _rows(scene)[account, REGION]["Status"], values) == (
        "OUTDATED",
        "SUCCEEDED",
        "CURRENT",
        {"Bucket": "new", "Name": "main"},
    )


def _update_some(scene: Scene) -> object:
    unit, one = _deployed(scene)
    other = scene.unit("other")
    two = _account(scene, "two", other)
    _deploy(scene, other)
    targets = {"DeploymentTargets": {"OrganizationalUnitIds": [unit]}, "Regions": [REGION]}
    _update(scene, Parameters=[_value("Bucket", "new")], **targets)
    rows = _rows(scene)
    return (rows[one, REGION]["Status"], rows[two, REGION]["Status"]) == ("CURRENT", "OUTDATED")


def _changed_all_the_same(scene: Scene) -> object:
    """An update that every instance fails is the definition from then on."""
    _colliding(scene, OperationPreferences=TOLERANT)
    cf = _cf(scene)
    text = ROLE.replace("audit", "audit, Description: new")
    asked = {"TemplateBody": text, "Capabilities": ["CAPABILITY_NAMED_IAM"], "OperationPreferences": PARALLEL}
    started = cf.update_stack_set(StackSetName="second", **asked)["OperationId"]
    scene.wait(300)
    failed = _operation(scene, started, "second")["Status"] == "FAILED"
    return failed and cf.describe_stack_set(StackSetName="second")["StackSet"]["TemplateBody"] == text


def _fresh_after_update(scene: Scene) -> object:
    unit, _ = _deployed(scene)
    text = TRAIL.replace("TrailName: !Ref Name", "TrailName: !Sub 'new-${Name}'")
    _update(scene, UsePreviousTemplate=False, TemplateBody=text, Parameters=[_value("Bucket", "b")])
    account = _account(scene, "two", unit)
    scene.wait(120)
    member = scene.member("cloudformation", account)
    found = member.list_stack_resources(StackName=_stacks(scene, account)[0]["StackId"])["StackResourceSummaries"]
    return [row["PhysicalResourceId"] for row in found] == ["new-main"]


def _override(scene: Scene) -> object:
    unit, account = _deployed(scene)
    cf = _cf(scene)
    targets = {"OrganizationalUnitIds": [unit], "Accounts": [account], "AccountFilterType": "INTERSECTION"}
    asked = {"StackSetName": "base", "DeploymentTargets": targets, "Regions": [REGION]}
    cf.update_stack_instances(**asked, ParameterOverrides=[_value("Bucket", "mine")])
    scene.wait(120)
    _update(scene, Parameters=[_value("Bucket", "theirs")])
    two = _account(scene, "two", unit)
    scene.wait(120)

    def bucket(name: str) -> str:
        values = {row["ParameterKey"]: row["ParameterValue"] for row in _stacks(scene, name)[0]["Parameters"]}
        return str(values["Bucket"])

    found = cf.describe_stack_instance(StackSetName="base", StackInstanceAccount=account, StackInstanceRegion=REGION)[
        "StackInstance"
    ]
    kept = [row["ParameterValue"] for row in found["ParameterOverrides"]] == ["mine"]
    survived = (bucket(account), bucket(two)) == ("mine", "theirs")
    cf.update_stack_instances(**asked, ParameterOverrides=[])
    scene.wait(120)
    return kept and survived and bucket(account) == "theirs"


def _overrides_nobody(scene: Scene) -> object:
    _deployed(scene)
    asked = {"DeploymentTargets": {"OrganizationalUnitIds": [scene.unit("empty")]}, "Regions": [REGION]}
    return _cf(scene).update_stack_instances(
        StackSetName="base", **asked, ParameterOverrides=[_value("Bucket", "mine")]
    )


def _deleted(scene: Scene) -> object:
    unit, account = _deployed(scene)
    _delete(scene, unit)
    gone = not _accounts(scene) and not _stacks(scene, account)
    targets = _cf(scene).list_stack_set_auto_deployment_targets(StackSetName="base")["Summaries"]
    return gone and targets == []


def _retained(scene: Scene) -> object:
    unit, account = _deployed(scene)
    _delete(scene, unit, retain=True)
    return not _accounts(scene) and len(_stacks(scene, account)) == 1


def _by_account(scene: Scene) -> object:
    _, account = _deployed(scene)
    return _cf(scene).delete_stack_instances(
        StackSetName="base", Accounts=[account], Regions=[REGION], RetainStacks=False
    )


def _not_empty(scene: Scene) -> object:
    _deployed(scene)
    return _cf(scene).delete_stack_set(StackSetName="base")


def _busy(scene: Scene) -> object:
    unit, _ = _ready(scene)
    _deploy(scene, unit, wait=1)
    return _cf(scene).delete_stack_set(StackSetName="base")


def _drift(scene: Scene) -> object:
    _, account = _deployed(scene)
    cf = _cf(scene)
    started = cf.detect_stack_set_drift(StackSetName="base")["OperationId"]
    scene.wait(120)
    details = _operation(scene, started)["StackSetDriftDetectionDetails"]
    set_details = cf.describe_stack_set(StackSetName="base")["StackSet"]["StackSetDriftDetectionDetails"]
    return (
        details["InSyncStackInstancesCount"] == set_details["InSyncStackInstancesCount"] == 1
        and _rows(scene)[account, REGION]["DriftStatus"] == set_details["DriftStatus"] == "IN_SYNC"
    )


def _drift_twice(scene: Scene) -> object:
    _deployed(scene)
    cf = _cf(scene)
    return cf.detect_stack_set_drift(StackSetName="base"), cf.detect_stack_set_drift(StackSetName="base")


def _access(scene: Scene) -> object:
    cf = _cf(scene)
    before = cf.describe_organizations_access()["Status"]
    cf.activate_organizations_access()
    during = cf.describe_organizations_access()["Status"]
    cf.deactivate_organizations_access()
    return (before, during, cf.describe_organizations_access()["Status"]) == ("DISABLED", "ENABLED", "DISABLED")


def _stopped(scene: Scene) -> object:
    unit, _ = _ready(scene)
    _account(scene, "two", unit)
    operation = _deploy(scene, unit, wait=1, OperationPreferences={"MaxConcurrentCount": 1})
    _cf(scene).stop_stack_set_operation(StackSetName="base", OperationId=operation)
    during = _status(scene, operation)
    scene.wait(120)
    details = sorted(row["StackInstanceStatus"]["DetailedStatus"] for row in _rows(scene).values())
    return (during, _status(scene, operation), details) == ("STOPPING", "STOPPED", ["CANCELLED", "SUCCEEDED"])


def _many_units(scene: Scene) -> object:
    _set(scene)
    return _deploy(scene, *[scene.unit(f"u{number}") for number in range(51)])


def _own_stack(scene: Scene) -> object:
    cf = _cf(scene)
    asked = {"StackName": "own", "ChangeSetName": "first", "TemplateBody": TRAIL}
    made = cf.create_change_set(**asked, ChangeSetType="CREATE", Parameters=[_value("Bucket", "logs")])["Id"]
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


def _create(name: str, template: str, source: str, code: str = "ValidationError", **more: Any) -> Rule:
    return Rule(name, source, lambda scene: _set(scene, "base", template, **more), code)


_ANYTHING = {"StackSetName": "nothing"}
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
        Parameters=[_value("Bucket", "b")],
    ),
    _create("a parameter without a value", TRAIL, GUIDE + "Parameters", Parameters=[]),
    _create(
        "a parameter that is not declared",
        TRAIL,
        GUIDE + "Parameters",
        Parameters=[_value("Bucket", "b"), _value("Wings", "2")],
    ),
    Rule(
        "a stack set that is not there",
        API + "DescribeStackSet",
        lambda s: _cf(s).describe_stack_set(**_ANYTHING),
        "StackSetNotFoundException",
    ),
    Rule("stack sets by status", API + "ListStackSets", _deleted_lists),
    Rule("stack sets are Regional", API + "CreateStackSet", _regional),
    Rule("stack sets come in hundreds", API + "ListStackSets", _hundred),
    Rule("instances are stacks in their accounts and Regions", API + "CreateStackInstances", _real),
    Rule("a unit means all below it", API + "DeploymentTargets", _deep),
    Rule("the root means all but the management account", API + "DeploymentTargets", _never_the_manager),
    Rule("a closed account is skipped", API + "StackInstanceComprehensiveStatus", _skipped),
    Rule("an intersection", API + "DeploymentTargets", _filtered("INTERSECTION", {"one"})),
    Rule("a difference", API + "DeploymentTargets", _filtered("DIFFERENCE", {"two"})),
    Rule("a union of new instances", API + "DeploymentTargets", _union, "ValidationError"),
    Rule("automatic deployment knows no filter", GUIDE + "automatic deployments", _filter_ignored_later),
    Rule("more than fifty units in a call", API + "CreateStackInstances", _many_units, "ValidationError"),
    Rule("operations take their time", API + "StackSetOperation", _running),
    Rule("two operations at once", API + "OperationInProgressException", _two_at_once, "OperationInProgressException"),
    Rule("managed execution runs side by side, or queues", API + "ManagedExecution", _managed_queue),
    Rule("an operation id used twice", API + "CreateStackInstances", _same_id, "OperationIdAlreadyExistsException"),
    Rule("a failed instance is told by its operation", GUIDE + "StackSets status codes", _failed),
    Rule("success can hide failures", GUIDE + "Troubleshooting StackSets", _hidden),
    Rule("results of an operation on units", API + "ListStackSetOperationResults", _results),
    Rule("instances by account, Region, status and operation", API + "ListStackInstances", _listed),
    Rule(
        "an instance that is not there", API + "DescribeStackInstance", _no_instance, "StackInstanceNotFoundException"
    ),
    Rule("accounts that come and go", GUIDE + "automatic deployments", _comes_and_goes),
    Rule("a move within a target does nothing", GUIDE + "automatic deployments", _within),
    Rule("an account created in a target", GUIDE + "automatic deployments", _created_in_target),
    Rule("what an account keeps when it leaves", API + "AutoDeployment", _retained_on_leaving),
    Rule("an update reaches every instance", API + "UpdateStackSet", _updated),
    Rule("an update of some leaves the others outdated", API + "UpdateStackSet", _update_some),
    Rule("a failed update is the definition all the same", API + "UpdateStackSet", _changed_all_the_same),
    Rule("new instances get the new template", API + "UpdateStackSet", _fresh_after_update),
    Rule("overrides survive updates and are not handed on", API + "UpdateStackInstances", _override),
    Rule("overrides for nobody", API + "UpdateStackInstances", _overrides_nobody, "StackInstanceNotFoundException"),
    Rule("deleted instances take their stacks along", API + "DeleteStackInstances", _deleted),
    Rule("retained stacks stay", API + "DeleteStackInstances", _retained),
    Rule("accounts without units", API + "DeleteStackInstances", _by_account, "ValidationError"),
    Rule("a stack set with instances", API + "DeleteStackSet", _not_empty, "StackSetNotEmptyException"),
    Rule("a stack set at work", API + "DeleteStackSet", _busy, "OperationInProgressException"),
    Rule(
        "deleting a stack set that is not there",
        API + "DeleteStackSet",
        lambda s: _cf(s).delete_stack_set(**_ANYTHING)["ResponseMetadata"]["HTTPStatusCode"] == 200,
    ),
    Rule("drift is looked for by an operation", API + "DetectStackSetDrift", _drift),
    Rule("two looks for drift at once", API + "DetectStackSetDrift", _drift_twice, "OperationInProgressException"),
    Rule("a stopped operation", API + "StopStackSetOperation", _stopped),
    Rule("a stack of the management account", API + "CreateChangeSet", _own_stack),
    Rule(
        "an operation of CloudFormation that is not simulated says so",
        "the sandbox's promise",
        lambda s: _cf(s).import_stacks_to_stack_set(StackSetName="base"),
        "NotSimulated",
    ),
)
