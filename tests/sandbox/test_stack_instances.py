"""Instances of stack sets: for whom they are made, what they are given, what stands in their way."""

from __future__ import annotations

from typing import Any

import pytest

from factory.sandbox.seeding import add_account, add_resource, break_stack, let_drift, remove_resource
from tests.sandbox.fleet import OTHER, REGION, TOLERANT, TOPIC, Fleet, code, value

NAMED_IAM = {"Capabilities": ["CAPABILITY_NAMED_IAM"]}
DETECTOR = "Resources: {D: {Type: 'AWS::GuardDuty::Detector', Properties: {Enable: true}}}"
RECORDER = "Resources: {R: {Type: 'AWS::Config::ConfigurationRecorder', Properties: {Name: mine, RoleARN: r}}}"
CHANNEL = "Resources: {C: {Type: 'AWS::Config::DeliveryChannel', Properties: {S3BucketName: b}}}"
TRAIL = "Resources: {T: {Type: 'AWS::CloudTrail::Trail', Properties: {TrailName: main, S3BucketName: b}}}"
ROLE = "Resources: {R: {Type: 'AWS::IAM::Role', Properties: {RoleName: audit, AssumeRolePolicyDocument: {}}}}"
BUCKET = "Resources: {B: {Type: 'AWS::S3::Bucket', Properties: {BucketName: logs}}}"


def _one(ships: Fleet, template: str = TOPIC, **more: Any) -> tuple[str, str]:
    """A stack set, and a unit with one account."""
    unit = ships.unit("unit")
    account = ships.accounts(1, unit)[0]
    ships.make(template=template, **more)
    return unit, account


@pytest.mark.parametrize(
    ("targets", "regions", "match"),
    [
        ({"OrganizationalUnitIds": []}, [REGION], "OrganizationalUnitIds"),
        ({"OrganizationalUnitIds": ["ou-abcd-12345678"]}, [REGION], "not found"),
        ({"Accounts": ["ONE"]}, [REGION], "OrganizationalUnitIds"),
        ({"OrganizationalUnitIds": ["UNIT"], "Accounts": ["ONE"]}, [REGION], "UNION"),
        ({"OrganizationalUnitIds": ["UNIT"], "AccountFilterType": "INTERSECTION"}, [REGION], "AccountFilterType"),
        (
            {"OrganizationalUnitIds": ["UNIT"], "Accounts": ["ONE"], "AccountFilterType": "NONE"},
            [REGION],
            "AccountFilterType",
        ),
        (
            {"OrganizationalUnitIds": ["UNIT"], "Accounts": ["999999999999"], "AccountFilterType": "DIFFERENCE"},
            [REGION],
            "not found",
        ),
        ({"OrganizationalUnitIds": ["UNIT"]}, ["atlantis-1"], "atlantis-1"),
        ({"OrganizationalUnitIds": ["UNIT"]}, [REGION, REGION], "unique"),
        ({"OrganizationalUnitIds": ["UNIT"]}, [], "Region"),
    ],
)
def test_targets_that_are_refused(ships: Fleet, targets: dict[str, Any], regions: list[str], match: str) -> None:
    unit, account = _one(ships)
    real = {"UNIT": unit, "ONE": account}
    named = {
        key: [real.get(name, name) for name in names] if isinstance(names, list) else names
        for key, names in targets.items()
    }
    create = ships.cf.create_stack_instances
    act = lambda: create(StackSetName="base", DeploymentTargets=named, Regions=regions)  # noqa: E731
    assert code(act, match) == "ValidationError"
    assert (ships.rows(), ships.operations(), ships.box.state.queued) == ({}, [], {})


@pytest.mark.parametrize(
    ("preferences", "match"),
    [
        ({"FailureToleranceCount": 1, "FailureTolerancePercentage": 1}, "not both"),
        ({"MaxConcurrentCount": 1, "MaxConcurrentPercentage": 1}, "not both"),
        ({"RegionOrder": [OTHER]}, "RegionOrder"),
        ({"MaxConcurrentPercentage": 101}, "larger"),
    ],
)
def test_preferences_that_are_refused(ships: Fleet, preferences: dict[str, Any], match: str) -> None:
    unit, _ = _one(ships)
    assert code(lambda: ships.deploy(unit, OperationPreferences=preferences), match) == "ValidationError"
    assert ships.cf.describe_stack_set(StackSetName="base")["StackSet"]["OrganizationalUnitIds"] == []


def test_the_nearest_target_counts(ships: Fleet) -> None:
    unit = ships.unit("unit")
    inner = ships.unit("inner", unit)
    one = ships.accounts(1, inner)[0]
    ships.make()
    ships.deployed(unit, inner)
    assert ships.rows()[one, REGION]["OrganizationalUnitId"] == inner


def test_a_union_of_units_and_accounts_for_what_is_there(ships: Fleet) -> None:
    unit, other = ships.unit("unit"), ships.unit("other")
    (one,), (two, three) = ships.accounts(1, unit), ships.accounts(2, other, "b")
    ships.make()
    ships.deployed(unit, other)
    ships.delete(unit, only={"Accounts": [two], "AccountFilterType": "UNION"})
    ships.wait(60)
    assert set(ships.rows()) == {(three, REGION)}
    assert one not in ships.rows()


def test_overrides_are_taken_left_and_given_back(ships: Fleet) -> None:
    unit, account = _one(ships)
    ships.deployed(unit, ParameterOverrides=[value("Color", "blue"), value("Name", "mine")])
    assert ships.names(account) == ["mine"]
    ships.update(Parameters=[value("Color", "green"), value("Name", "theirs")])
    ships.wait(60)
    assert ships.names(account) == ["mine"]
    ask = {"StackSetName": "base", "DeploymentTargets": {"OrganizationalUnitIds": [unit]}, "Regions": [REGION]}
    ships.cf.update_stack_instances(**ask)
    ships.wait(60)
    assert ships.names(account) == ["mine"]
    ships.cf.update_stack_instances(**ask, ParameterOverrides=[value("Name", None)])
    ships.wait(60)
    there = ships.box.resources(account, REGION)[0].properties
    assert (there["TopicName"], there["DisplayName"]) == ("mine", "green")
    ships.cf.update_stack_instances(**ask, ParameterOverrides=[])
    ships.wait(60)
    assert ships.names(account) == ["theirs"]


def test_other_overrides_for_what_is_current(ships: Fleet) -> None:
    unit, account = _one(ships)
    ships.deployed(unit)
    ships.deploy(unit, ParameterOverrides=[value("Name", "other")])
    assert ships.details()[account, REGION] == ("OUTDATED", "RUNNING")
    ships.wait(60)
    assert ships.names(account) == ["other"]


@pytest.mark.parametrize(
    ("overrides", "match"), [([value("Wings", "2")], "do not exist"), ([value("Color", "x" * 4097)], "4,096")]
)
def test_overrides_that_are_refused(ships: Fleet, overrides: list[dict[str, Any]], match: str) -> None:
    unit, _ = _one(ships)
    assert code(lambda: ships.deploy(unit, ParameterOverrides=overrides), match) == "ValidationError"


@pytest.mark.parametrize(
    ("template", "type_", "properties", "match"),
    [
        (DETECTOR, "AWS::GuardDuty::Detector", {}, "a detector already exists"),
        (RECORDER, "AWS::Config::ConfigurationRecorder", {"Name": "default"}, "MaxNumberOfConfigurationRecorders"),
        (CHANNEL, "AWS::Config::DeliveryChannel", {"Name": "default"}, "MaxNumberOfDeliveryChannels"),
        (TRAIL, "AWS::CloudTrail::Trail", {"TrailName": "main"}, "identifier 'main' already exists"),
        (ROLE, "AWS::IAM::Role", {"RoleName": "audit"}, "identifier 'audit' already exists"),
        (BUCKET, "AWS::S3::Bucket", {"BucketName": "logs"}, "logs already exists"),
    ],
)
def test_what_was_made_by_hand_is_in_the_way(
    ships: Fleet, template: str, type_: str, properties: dict[str, Any], match: str
) -> None:
    unit, account = _one(ships, template, **NAMED_IAM)
    made = add_resource(ships.box.state, account, REGION, type_, properties)
    operation = ships.deploy(unit)
    ships.wait(60)
    assert ships.details() == {(account, REGION): ("OUTDATED", "FAILED")}
    assert match in ships.reason(account)
    assert f"ResourceType:{type_}" in ships.reason(account)
    found = ships.cf.list_stack_set_operation_results(StackSetName="base", OperationId=operation)["Summaries"][0]
    assert match in found["StatusReason"]
    assert [one.stack for one in ships.box.resources(account, REGION)] == [""]
    remove_resource(ships.box.state, made)
    ships.deployed(unit)
    assert [one.stack_set for one in ships.box.resources(account, REGION, type_)] == ["base"]


def test_other_names_places_and_accounts_are_not_in_the_way(ships: Fleet) -> None:
    unit, account = _one(ships, TRAIL)
    state = ships.box.state
    add_resource(state, account, REGION, "AWS::CloudTrail::Trail", {"TrailName": "other"})
    add_resource(state, account, OTHER, "AWS::CloudTrail::Trail", {"TrailName": "main"})
    stranger = add_account(state, "b", "b@example.com")
    add_resource(state, stranger, REGION, "AWS::CloudTrail::Trail", {"TrailName": "main"})
    ships.deployed(unit)
    with pytest.raises(ValueError, match="is taken"):
        add_resource(state, account, REGION, "AWS::CloudTrail::Trail", {"TrailName": "main"})
    with pytest.raises(ValueError, match="known types"):
        add_resource(state, account, REGION, "AWS::Bogus::Thing")


def test_names_of_iam_are_one_for_all_regions_of_an_account(ships: Fleet) -> None:
    unit, _ = _one(ships, ROLE, **NAMED_IAM)
    ships.deploy(unit, regions=[REGION, OTHER], OperationPreferences=TOLERANT)
    ships.wait(60)
    assert sorted(how for _, how in ships.details().values()) == ["FAILED", "SUCCEEDED"]


def test_names_of_buckets_are_one_for_all_accounts(ships: Fleet) -> None:
    unit, _ = _one(ships, BUCKET)
    ships.accounts(1, unit, "b")
    ships.deploy(unit, OperationPreferences=TOLERANT)
    ships.wait(60)
    assert sorted(how for _, how in ships.details().values()) == ["FAILED", "SUCCEEDED"]


def test_a_failed_update_leaves_what_was_there(ships: Fleet) -> None:
    unit, account = _one(ships)
    ships.deployed(unit)
    add_resource(ships.box.state, account, REGION, "AWS::SNS::Topic", {"TopicName": "taken"})
    operation = ships.update(Parameters=[value("Name", "taken")])
    ships.wait(60)
    assert ships.status(operation) == "FAILED"
    assert ships.details() == {(account, REGION): ("OUTDATED", "FAILED")}
    assert next(one.physical_id for one in ships.box.resources(account, REGION) if one.stack).endswith(":alerts")
    ships.update(Parameters=[value("Name", "free")])
    ships.wait(60)
    assert ships.names(account) == ["free", "taken"]
    # The old name is free again, the new one is not.
    add_resource(ships.box.state, account, REGION, "AWS::SNS::Topic", {"TopicName": "alerts"})


def test_a_template_that_does_not_hold_everywhere(ships: Fleet) -> None:
    rule = (
        "Rules: {R: {Assertions: [{Assert: !Equals [!Ref 'AWS::Region', eu-west-1], AssertDescription: 'not here'}]}}"
    )
    unit, account = _one(ships, TOPIC + rule)
    ships.deploy(unit, regions=[OTHER, REGION], OperationPreferences=TOLERANT)
    ships.wait(60)
    assert ships.details()[account, OTHER] == ("CURRENT", "SUCCEEDED")
    assert "not here" in ships.reason(account, REGION)


@pytest.mark.parametrize("where", ["account", "region", "all"])
def test_failures_on_demand(ships: Fleet, where: str) -> None:
    unit, account = _one(ships)
    chosen = {"account": {"account_id": account}, "region": {"region": REGION}, "all": {}}[where]
    made = break_stack(ships.box.state, "base", reason="out of luck", times=2, **chosen)
    break_stack(ships.box.state, "other")
    break_stack(ships.box.state, "base", "999999999999")
    for _ in range(2):
        ships.deploy(unit)
        ships.wait(60)
        assert ships.reason(account) == "out of luck"
    ships.deployed(unit)
    assert ships.reason(account) == ""
    assert ships.box.state.breakages[made].times == 0


def test_a_failed_deletion_is_inoperable_until_it_is_let_go(ships: Fleet) -> None:
    unit, account = _one(ships)
    ships.deployed(unit)
    break_stack(ships.box.state, "base", action="DELETE", reason="bucket is not empty")
    operation = ships.delete(unit)
    ships.wait(60)
    assert ships.status(operation) == "FAILED"
    assert ships.details() == {(account, REGION): ("INOPERABLE", "INOPERABLE")}
    assert ships.reason(account) == "bucket is not empty"
    update = ships.update(Parameters=[value("Color", "blue")])
    assert ships.results(update) == {}
    ships.deploy(unit)
    ships.wait(60)
    assert ships.details() == {(account, REGION): ("INOPERABLE", "INOPERABLE")}
    ships.delete(unit, retain=True)
    ships.wait(60)
    assert ships.details() == {}
    assert ships.names(account) == ["alerts"]


def test_deletion_leaves_what_a_template_retains(ships: Fleet) -> None:
    unit, account = _one(
        ships, TOPIC.replace("Type: AWS::SNS::Topic", "Type: AWS::SNS::Topic\n    DeletionPolicy: Retain")
    )
    ships.deployed(unit)
    ships.delete(unit)
    ships.wait(60)
    left = ships.box.resources(account, REGION)
    assert [(one.stack, one.properties["TopicName"]) for one in left] == [("", "alerts")]
    ships.deploy(unit)
    ships.wait(60)
    assert ships.details()[account, REGION] == ("OUTDATED", "FAILED")


def test_an_instance_that_never_had_a_stack_is_deleted(ships: Fleet) -> None:
    unit, _ = _one(ships)
    break_stack(ships.box.state, "base", action="CREATE")
    ships.deploy(unit)
    ships.wait(60)
    ships.delete(unit)
    ships.wait(60)
    assert ships.details() == {}


def test_drift_is_what_was_changed_by_hand_and_seen_when_looked_for(ships: Fleet) -> None:
    unit, one = _one(ships)
    two = ships.accounts(1, unit, "b")[0]
    ships.deployed(unit)
    let_drift(ships.box.state, "base", one, REGION)
    assert {row["DriftStatus"] for row in ships.rows().values()} == {"NOT_CHECKED"}
    operation = ships.cf.detect_stack_set_drift(StackSetName="base", OperationPreferences=TOLERANT)["OperationId"]
    assert ships.operation(operation)["StackSetDriftDetectionDetails"]["InProgressStackInstancesCount"] == 2
    ships.wait(60)
    drifted = [{"Name": "DRIFT_STATUS", "Values": "DRIFTED"}]
    assert list(ships.rows(Filters=drifted)) == [(one, REGION)]
    assert ships.rows()[two, REGION]["DriftStatus"] == "IN_SYNC"
    found = ships.cf.describe_stack_set(StackSetName="base")["StackSet"]["StackSetDriftDetectionDetails"]
    assert (found["DriftStatus"], found["TotalStackInstancesCount"], found["DriftedStackInstancesCount"]) == (
        "DRIFTED",
        2,
        1,
    )
    # Looking for drift says nothing about how the instances are.
    assert set(ships.details().values()) == {("CURRENT", "SUCCEEDED")}
    with pytest.raises(LookupError):
        let_drift(ships.box.state, "base", one, OTHER)
