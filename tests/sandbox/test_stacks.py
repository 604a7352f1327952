"""Stacks on their own: change sets, and what becomes of them."""

from __future__ import annotations

from typing import Any

import pytest

from factory.sandbox import MANAGEMENT_ACCOUNT
from factory.sandbox.seeding import add_resource, break_stack
from tests.sandbox.fleet import OTHER, REGION, TOPIC, Fleet, code, value

OUTPUT = TOPIC + "Outputs: {Arn: {Value: !Ref Topic}}\n"


def _plan(ships: Fleet, kind: str = "CREATE", name: str = "c", template: str = OUTPUT, **more: Any) -> str:
    asked = {"StackName": "own", "ChangeSetName": name, "ChangeSetType": kind, "TemplateBody": template, **more}
    made = ships.cf.create_change_set(**asked)["Id"]
    ships.wait(3)
    return str(made)


def _made(ships: Fleet, **more: Any) -> None:
    ships.cf.execute_change_set(ChangeSetName=_plan(ships, **more))
    ships.wait(60)
    assert _stack(ships)["StackStatus"] == "CREATE_COMPLETE"


def _stack(ships: Fleet, name: str = "own") -> dict[str, Any]:
    return dict(ships.cf.describe_stacks(StackName=name)["Stacks"][0])


def _changes(ships: Fleet, change_set: str) -> list[tuple[str, str, str | None]]:
    rows = ships.cf.describe_change_set(ChangeSetName=change_set)["Changes"]
    changes = [row["ResourceChange"] for row in rows]
    return [(row["Action"], row["LogicalResourceId"], row.get("Replacement")) for row in changes]


def test_from_a_change_set_to_a_stack(ships: Fleet) -> None:
    made = ships.cf.create_change_set(
        StackName="own",
        ChangeSetName="c",
        ChangeSetType="CREATE",
        TemplateBody=OUTPUT,
        Tags=[{"Key": "a", "Value": "b"}],
    )["Id"]
    assert ships.cf.describe_change_set(ChangeSetName=made)["Status"] == "CREATE_IN_PROGRESS"
    early = lambda: ships.cf.execute_change_set(ChangeSetName=made)  # noqa: E731
    assert code(early) == "InvalidChangeSetStatus"
    ships.wait(3)
    found = ships.cf.describe_change_set(ChangeSetName="c", StackName="own")
    assert (found["Status"], found["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert _changes(ships, made) == [("Add", "Topic", None)]
    assert _stack(ships)["StackStatus"] == "REVIEW_IN_PROGRESS"
    ships.cf.execute_change_set(ChangeSetName=made)
    assert _stack(ships)["StackStatus"] == "CREATE_IN_PROGRESS"
    ships.wait(60)
    stack = _stack(ships)
    arn = f"arn:aws:sns:{REGION}:{MANAGEMENT_ACCOUNT}:alerts"
    assert (stack["StackStatus"], stack["Tags"]) == ("CREATE_COMPLETE", [{"Key": "a", "Value": "b"}])
    assert stack["Outputs"] == [{"OutputKey": "Arn", "OutputValue": arn}]
    rows = ships.cf.list_stack_resources(StackName="own")["StackResourceSummaries"]
    assert [(row["LogicalResourceId"], row["PhysicalResourceId"]) for row in rows] == [("Topic", arn)]
    assert ships.cf.get_template(StackName="own")["TemplateBody"] == OUTPUT
    assert ships.box.resources(MANAGEMENT_ACCOUNT, REGION)[0].stack == "own"


def test_what_a_change_set_shows(ships: Fleet) -> None:
    _made(ships)
    another = OUTPUT.replace("Resources:", "Resources:\n  More: {Type: 'AWS::SNS::Topic'}")
    cases: list[tuple[dict[str, Any], list[tuple[str, str, str | None]]]] = [
        ({"Parameters": [value("Color", "blue")]}, [("Modify", "Topic", "False")]),
        ({"Parameters": [value("Name", "new")]}, [("Modify", "Topic", "True")]),
        ({"template": another}, [("Add", "More", None)]),
        (
            {"template": another.replace("  Topic:", "  Other:").replace("!Ref Topic", "!Ref Other")},
            [("Add", "More", None), ("Add", "Other", None), ("Remove", "Topic", None)],
        ),
    ]
    for number, (more, expected) in enumerate(cases):
        assert _changes(ships, _plan(ships, "UPDATE", f"c{number}", **more)) == expected


def test_a_change_set_without_changes_fails(ships: Fleet) -> None:
    _made(ships)
    same = _plan(ships, "UPDATE", "same")
    found = ships.cf.describe_change_set(ChangeSetName=same)
    assert (found["Status"], found["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert "didn't contain changes" in found["StatusReason"]
    assert code(lambda: ships.cf.execute_change_set(ChangeSetName=same)) == "InvalidChangeSetStatus"
    outputs = _plan(ships, "UPDATE", "outputs", OUTPUT.replace("Arn:", "Other:"))
    assert ships.cf.describe_change_set(ChangeSetName=outputs)["Status"] == "CREATE_COMPLETE"
    tags = _plan(ships, "UPDATE", "tags", Tags=[{"Key": "a", "Value": "b"}])
    assert ships.cf.describe_change_set(ChangeSetName=tags)["Status"] == "CREATE_COMPLETE"


def test_an_update_keeps_previous_values_and_template(ships: Fleet) -> None:
    _made(ships, Parameters=[value("Name", "mine")])
    asked = {"StackName": "own", "ChangeSetName": "u", "UsePreviousTemplate": True}
    ships.cf.create_change_set(**asked, Parameters=[value("Name", None), value("Color", "blue")])
    ships.wait(3)
    ships.cf.execute_change_set(ChangeSetName="u", StackName="own")
    assert _stack(ships)["StackStatus"] == "UPDATE_IN_PROGRESS"
    ships.wait(60)
    assert _stack(ships)["StackStatus"] == "UPDATE_COMPLETE"
    there = ships.box.resources(MANAGEMENT_ACCOUNT, REGION)[0].properties
    assert (there["TopicName"], there["DisplayName"]) == ("mine", "blue")


def test_failures_are_rolled_back(ships: Fleet) -> None:
    add_resource(ships.box.state, MANAGEMENT_ACCOUNT, REGION, "AWS::SNS::Topic", {"TopicName": "alerts"})
    ships.cf.execute_change_set(ChangeSetName=_plan(ships))
    ships.wait(60)
    stack = _stack(ships)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "already exists" in stack["StackStatusReason"]
    assert code(lambda: _plan(ships, "UPDATE"), "ROLLBACK_COMPLETE") == "ValidationError"
    assert code(lambda: _plan(ships, "CREATE", "d"), "already exists") == "ValidationError"
    ships.cf.delete_stack(StackName="own")
    ships.wait(60)
    _made(ships, Parameters=[value("Name", "mine")])
    break_stack(ships.box.state, "own", action="UPDATE", reason="no")
    ships.cf.execute_change_set(ChangeSetName=_plan(ships, "UPDATE", "u", Parameters=[value("Name", "new")]))
    ships.wait(60)
    assert (_stack(ships)["StackStatus"], _stack(ships)["StackStatusReason"]) == ("UPDATE_ROLLBACK_COMPLETE", "no")
    assert ships.names(MANAGEMENT_ACCOUNT) == ["alerts", "mine"]


def test_events_tell_what_happened_the_latest_first(ships: Fleet) -> None:
    add_resource(ships.box.state, MANAGEMENT_ACCOUNT, REGION, "AWS::SNS::Topic", {"TopicName": "alerts"})
    ships.cf.execute_change_set(ChangeSetName=_plan(ships), ClientRequestToken="mine")
    stack = _stack(ships)["StackId"]
    ships.wait(60)
    rows = ships.cf.describe_stack_events(StackName="own")["StackEvents"]
    assert [(row["LogicalResourceId"], row["ResourceStatus"]) for row in rows] == [
        ("own", "ROLLBACK_COMPLETE"),
        ("Topic", "CREATE_FAILED"),
        ("own", "CREATE_IN_PROGRESS"),
    ]
    assert {row["ClientRequestToken"] for row in rows} == {"mine"}
    assert "already exists" in rows[1]["ResourceStatusReason"]
    assert (rows[0]["PhysicalResourceId"], rows[1]["PhysicalResourceId"]) == (stack, "")
    ships.cf.delete_stack(StackName="own")
    ships.wait(60)
    rows = ships.cf.describe_stack_events(StackName=stack)["StackEvents"]
    assert [row["ResourceStatus"] for row in rows[:2]] == ["DELETE_COMPLETE", "DELETE_IN_PROGRESS"]
    assert "ClientRequestToken" not in rows[0]
    assert code(lambda: ships.cf.describe_stack_events(StackName="own"), "does not exist") == "ValidationError"


def test_a_deleted_stack_is_found_by_its_id_only(ships: Fleet) -> None:
    _made(ships)
    name = _stack(ships)["StackId"]
    ships.cf.delete_stack(StackName="own")
    assert _stack(ships)["StackStatus"] == "DELETE_IN_PROGRESS"
    ships.wait(60)
    assert _stack(ships, name)["StackStatus"] == "DELETE_COMPLETE"
    assert code(lambda: _stack(ships), "does not exist") == "ValidationError"
    assert ships.cf.describe_stacks()["Stacks"] == []
    assert ships.box.resources(MANAGEMENT_ACCOUNT, REGION) == []
    ships.cf.delete_stack(StackName="own")
    _made(ships)


def test_a_deletion_that_fails(ships: Fleet) -> None:
    _made(ships)
    break_stack(ships.box.state, "own", action="DELETE", times=1, reason="no")
    ships.cf.delete_stack(StackName="own")
    ships.wait(60)
    assert _stack(ships)["StackStatus"] == "DELETE_FAILED"
    ships.cf.delete_stack(StackName="own")
    ships.wait(60)
    assert ships.cf.describe_stacks()["Stacks"] == []


def test_executing_one_change_set_removes_the_others(ships: Fleet) -> None:
    one, two = _plan(ships, name="one"), _plan(ships, name="two")
    assert code(lambda: _plan(ships, name="two")) == "AlreadyExistsException"
    ships.cf.execute_change_set(ChangeSetName=one)
    assert code(lambda: ships.cf.describe_change_set(ChangeSetName=two)) == "ChangeSetNotFound"
    assert ships.cf.describe_change_set(ChangeSetName=one)["ExecutionStatus"] == "EXECUTE_COMPLETE"
    assert code(lambda: ships.cf.delete_change_set(ChangeSetName=one)) == "InvalidChangeSetStatus"
    assert code(lambda: _plan(ships, "UPDATE", "three"), "CREATE_IN_PROGRESS") == "ValidationError"
    ships.wait(60)
    ships.cf.delete_change_set(ChangeSetName=one)
    ships.cf.delete_change_set(ChangeSetName=one)


@pytest.mark.parametrize(
    ("more", "expected", "match"),
    [
        ({"kind": "UPDATE"}, "ValidationError", "does not exist"),
        ({"kind": "IMPORT"}, "NotSimulated", "import"),
        ({"RoleARN": "arn:aws:iam::111111111111:role/x"}, "NotSimulated", "RoleARN"),
        ({"UsePreviousTemplate": True}, "ValidationError", "exactly one"),
        ({"Parameters": [value("Wings", "2")]}, "ValidationError", "do not exist"),
        (
            {"template": "Resources: {R: {Type: 'AWS::IAM::Role', Properties: {}}}"},
            "InsufficientCapabilitiesException",
            "CAPABILITY_IAM",
        ),
    ],
)
def test_change_sets_that_are_refused(ships: Fleet, more: dict[str, Any], expected: str, match: str) -> None:
    assert code(lambda: _plan(ships, **more), match) == expected
    assert ships.box.state.stacks == {}


def test_stacks_of_stack_sets_are_left_to_them(ships: Fleet) -> None:
    unit = ships.unit("unit")
    account = ships.accounts(1, unit)[0]
    ships.make()
    ships.deployed(unit)
    member = ships.box.session(account, REGION).client("cloudformation")
    stack = member.describe_stacks()["Stacks"][0]["StackName"]
    assert stack.startswith("StackSet-base-")
    assert code(lambda: member.delete_stack(StackName=stack), "belongs to") == "ValidationError"
    asked = {"StackName": stack, "ChangeSetName": "c", "TemplateBody": TOPIC}
    assert code(lambda: member.create_change_set(**asked), "belongs to") == "ValidationError"
    away = ships.box.session(account, OTHER).client("cloudformation")
    assert away.describe_stacks()["Stacks"] == []


def test_templates_are_checked_without_a_stack(ships: Fleet) -> None:
    text = OUTPUT + "Description: hello\n"
    found = ships.cf.validate_template(TemplateBody=text)
    assert found["Description"] == "hello"
    assert [(row["ParameterKey"], row["DefaultValue"]) for row in found["Parameters"]] == [
        ("Name", "alerts"),
        ("Color", "red"),
    ]
    unknown = "Resources: {A: {Type: 'AWS::Bogus::Thing'}}"
    assert code(lambda: ships.cf.validate_template(TemplateBody=unknown), "Bogus") == "ValidationError"
