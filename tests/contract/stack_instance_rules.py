"""What AWS does about the instances of stack sets; raw moto's are too far off, and slow, to try."""

from __future__ import annotations

from collections.abc import Callable

from tests.contract.scene import Rule, Scene
from tests.contract.stack_scene import (
    API,
    GUIDE,
    OTHER,
    REGION,
    account_in,
    accounts_in,
    cloudformation,
    delete,
    deploy,
    deployed,
    instances,
    parameter,
    ready,
    stack_set,
    stacks_of,
    status_of,
    update,
)

TROUBLE = GUIDE + "troubleshooting"


def _real(scene: Scene) -> object:
    unit, account = ready(scene)
    deploy(scene, unit, Regions=[REGION, OTHER])
    stack = stacks_of(scene, account)[0]["StackId"]
    here = scene.member("cloudformation", account).list_stack_resources(StackName=stack)["StackResourceSummaries"]
    there = set(instances(scene)) == {(account, REGION), (account, OTHER)}
    return there and [row["PhysicalResourceId"] for row in here] == ["main"]


def _deep(scene: Scene) -> object:
    stack_set(scene)
    top = scene.unit("top")
    low = scene.unit("low", scene.unit("middle", top))
    account = account_in(scene, "deep", low)
    deploy(scene, top)
    return accounts_in(scene) == {account} and instances(scene)[account, REGION]["OrganizationalUnitId"] == top


def _never_the_manager(scene: Scene) -> object:
    stack_set(scene)
    account = scene.member_account()
    deploy(scene, scene.root)
    return accounts_in(scene) == {account}


def _skipped(scene: Scene) -> object:
    unit, account = ready(scene)
    scene.org.close_account(AccountId=account)
    scene.wait(120)
    operation = deploy(scene, unit)
    row = instances(scene)[account, REGION]
    skipped = row["StackInstanceStatus"]["DetailedStatus"] == "SKIPPED_SUSPENDED_ACCOUNT"
    return skipped and row["Status"] == "OUTDATED" and status_of(scene, operation) == "SUCCEEDED"


def _filtered(kind: str, expected: set[str]) -> Callable[[Scene], object]:
    def act(scene: Scene) -> object:
        unit, one = ready(scene)
        two = account_in(scene, "two", unit)
        deploy(scene, unit, only={"Accounts": [one], "AccountFilterType": kind})
        return accounts_in(scene) == {{"one": one, "two": two}[name] for name in expected}

    return act


def _union(scene: Scene) -> object:
    unit, account = ready(scene)
    return deploy(scene, unit, only={"Accounts": [account], "AccountFilterType": "UNION"})


def _filter_ignored_later(scene: Scene) -> object:
    unit, one = ready(scene)
    deploy(scene, unit, only={"Accounts": [one], "AccountFilterType": "INTERSECTION"})
    two = account_in(scene, "two", unit)
    scene.wait(120)
    return accounts_in(scene) == {one, two}


def _listed(scene: Scene) -> object:
    unit, one = ready(scene)
    two = account_in(scene, "two", unit)
    operation = deploy(scene, unit, Regions=[REGION, OTHER])
    cf = cloudformation(scene)
    last = [{"Name": "LAST_OPERATION_ID", "Values": operation}]
    done = [{"Name": "DETAILED_STATUS", "Values": "FAILED"}]
    return (
        set(instances(scene, StackInstanceAccount=one)) == {(one, REGION), (one, OTHER)}
        and set(instances(scene, StackInstanceRegion=OTHER)) == {(one, OTHER), (two, OTHER)}
        and len(instances(scene, Filters=last)) == 4
        and not instances(scene, Filters=done)
        and len(cf.list_stack_instances(StackSetName="base", MaxResults=3)["Summaries"]) == 3
        and {row["DriftStatus"] for row in instances(scene).values()} == {"NOT_CHECKED"}
    )


def _no_instance(scene: Scene) -> object:
    stack_set(scene)
    return cloudformation(scene).describe_stack_instance(
        StackSetName="base", StackInstanceAccount="999999999999", StackInstanceRegion=REGION
    )


def _comes_and_goes(scene: Scene) -> object:
    unit, first = deployed(scene)
    account = account_in(scene, "two", unit)
    scene.wait(120)
    there = accounts_in(scene) == {first, account} and len(stacks_of(scene, account)) == 1
    scene.org.move_account(AccountId=account, SourceParentId=unit, DestinationParentId=scene.root)
    scene.wait(120)
    return there and accounts_in(scene) == {first} and not stacks_of(scene, account)


def _within(scene: Scene) -> object:
    unit, account = deployed(scene)
    inner = scene.unit("inner", unit)
    before = len(cloudformation(scene).list_stack_set_operations(StackSetName="base")["Summaries"])
    scene.org.move_account(AccountId=account, SourceParentId=unit, DestinationParentId=inner)
    after = len(cloudformation(scene).list_stack_set_operations(StackSetName="base")["Summaries"])
    return before == after and accounts_in(scene) == {account}


def _created_in_target(scene: Scene) -> object:
    stack_set(scene)
    deploy(scene, scene.root)
    account = scene.member_account()
    scene.wait(120)
    return instances(scene)[account, REGION]["Status"] == "CURRENT"


def _retained_on_leaving(scene: Scene) -> object:
    unit, account = deployed(scene, AutoDeployment={"Enabled": True, "RetainStacksOnAccountRemoval": True})
    scene.org.move_account(AccountId=account, SourceParentId=unit, DestinationParentId=scene.root)
    scene.wait(120)
    return not accounts_in(scene) and len(stacks_of(scene, account)) == 1


def _override(scene: Scene) -> object:
    unit, account = deployed(scene)
    cf = cloudformation(scene)
    targets = {"OrganizationalUnitIds": [unit], "Accounts": [account], "AccountFilterType": "INTERSECTION"}
    asked = {"StackSetName": "base", "DeploymentTargets": targets, "Regions": [REGION]}
    cf.update_stack_instances(**asked, ParameterOverrides=[parameter("Bucket", "mine")])
    scene.wait(120)
    update(scene, Parameters=[parameter("Bucket", "theirs")])
    two = account_in(scene, "two", unit)
    scene.wait(120)

    def bucket(name: str) -> str:
        values = {row["ParameterKey"]: row["ParameterValue"] for row in stacks_of(scene, name)[0]["Parameters"]}
        return str(values["Bucket"])

    found = cf.describe_stack_instance(StackSetName="base", StackInstanceAccount=account, StackInstanceRegion=REGION)[
        "StackInstance"
    ]
    kept = [row["ParameterValue"] for row in found["ParameterOverrides"]] == ["mine"]
    survived = (bucket(account), bucket(two)) == ("mine", "theirs")
    cf.update_stack_instances(**asked, ParameterOverrides=[])
    scene.wait(120)
    return kept and survived and bucket(account) == "theirs"


def _refused_update(before: str, after: str, what: str, name: str = "Topic") -> Callable[[Scene], object]:
    """Each stack stays as it was, and says which resource cannot become what it should."""

    def act(scene: Scene) -> object:
        unit, _ = ready(scene, template=f"Resources: {{Topic: {before}}}", Parameters=[])
        deploy(scene, unit)
        update(scene, UsePreviousTemplate=False, TemplateBody=f"Resources: {{{name}: {after}}}")
        (row,) = instances(scene).values()
        stood = row["Status"] == "OUTDATED" and what in row["StatusReason"]
        update(scene, UsePreviousTemplate=False, TemplateBody=f"Resources: {{Topic: {before}}}")
        (row,) = instances(scene).values()
        return stood and row["Status"] == "CURRENT"

    return act


_TOPIC = "{Type: AWS::SNS::Topic, Properties: {TopicName: x%s}}"


def _overrides_nobody(scene: Scene) -> object:
    deployed(scene)
    asked = {"DeploymentTargets": {"OrganizationalUnitIds": [scene.unit("empty")]}, "Regions": [REGION]}
    return cloudformation(scene).update_stack_instances(
        StackSetName="base", **asked, ParameterOverrides=[parameter("Bucket", "mine")]
    )


def _deleted(scene: Scene) -> object:
    unit, account = deployed(scene)
    delete(scene, unit)
    gone = not accounts_in(scene) and not stacks_of(scene, account)
    targets = cloudformation(scene).list_stack_set_auto_deployment_targets(StackSetName="base")["Summaries"]
    return gone and targets == []


def _retained(scene: Scene) -> object:
    unit, account = deployed(scene)
    delete(scene, unit, retain=True)
    return not accounts_in(scene) and len(stacks_of(scene, account)) == 1


def _by_account_in(scene: Scene) -> object:
    _, account = deployed(scene)
    return cloudformation(scene).delete_stack_instances(
        StackSetName="base", Accounts=[account], Regions=[REGION], RetainStacks=False
    )


def _many_units(scene: Scene) -> object:
    stack_set(scene)
    return deploy(scene, *[scene.unit(f"u{number}") for number in range(51)])


def _by_account(scene: Scene) -> object:
    _, account = deployed(scene)
    return cloudformation(scene).delete_stack_instances(
        StackSetName="base", Accounts=[account], Regions=[REGION], RetainStacks=False
    )


RULES = (
    Rule("instances are stacks in their accounts and Regions", API + "CreateStackInstances", _real),
    Rule("a unit means all below it", API + "DeploymentTargets", _deep),
    Rule("the root means all but the management account", API + "DeploymentTargets", _never_the_manager),
    Rule("a closed account is skipped", API + "StackInstanceComprehensiveStatus", _skipped),
    Rule("an intersection", API + "DeploymentTargets", _filtered("INTERSECTION", {"one"})),
    Rule("a difference", API + "DeploymentTargets", _filtered("DIFFERENCE", {"two"})),
    Rule("a union of new instances", API + "DeploymentTargets", _union, "ValidationError"),
    Rule("automatic deployment knows no filter", GUIDE + "automatic deployments", _filter_ignored_later),
    Rule("more than fifty units in a call", API + "CreateStackInstances", _many_units, "ValidationError"),
    Rule("instances by account, Region, status and operation", API + "ListStackInstances", _listed),
    Rule(
        "an instance that is not there", API + "DescribeStackInstance", _no_instance, "StackInstanceNotFoundException"
    ),
    Rule("accounts that come and go", GUIDE + "automatic deployments", _comes_and_goes),
    Rule("a move within a target does nothing", GUIDE + "automatic deployments", _within),
    Rule("an account created in a target", GUIDE + "automatic deployments", _created_in_target),
    Rule("what an account keeps when it leaves", API + "AutoDeployment", _retained_on_leaving),
    Rule("overrides survive updates and are not handed on", API + "UpdateStackInstances", _override),
    Rule("overrides for nobody", API + "UpdateStackInstances", _overrides_nobody, "StackInstanceNotFoundException"),
    Rule(
        "a resource does not become one of another type",
        TROUBLE,
        _refused_update(_TOPIC % "", "{Type: AWS::SQS::Queue}", "Update of resource type is not permitted"),
    ),
    Rule(
        "a resource with a name of its own is not replaced",
        TROUBLE,
        _refused_update(_TOPIC % "", _TOPIC % ", FifoTopic: true", "custom-named resource requires replacing"),
    ),
    Rule(
        "a resource of another logical id is made before the old one goes",
        GUIDE + "update behaviors of stack resources",
        _refused_update(_TOPIC % "", _TOPIC % "", "already exists", "Subject"),
    ),
    Rule("deleted instances take their stacks along", API + "DeleteStackInstances", _deleted),
    Rule("retained stacks stay", API + "DeleteStackInstances", _retained),
    Rule("accounts without units", API + "DeleteStackInstances", _by_account, "ValidationError"),
)
