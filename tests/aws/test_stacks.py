"""The gateway to stacks of one's own: what is asked for is found again, what went wrong is told, pages are followed."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from botocore.exceptions import ClientError

from factory.aws.call import Calls
from factory.aws.errors import AwsError
from factory.aws.pacing import Pacing
from factory.aws.pool import run
from factory.aws.records import Ours, Reading
from factory.aws.stack_sweep import StackSweep
from factory.aws.stacks import StackDefinition, Stacks
from tests.aws.fakes import Open

DEFINITION = StackDefinition("factory-main-trail", "{}", {"Bucket": "logs"}, ("CAPABILITY_IAM",), {"a": "b"})
READING = Reading("", "", None, None, (), (), (), (), {}, tags_confirmed=True)  # type: ignore[arg-type]


def row(name: str, status: str = "CREATE_COMPLETE", **more: Any) -> dict[str, Any]:
    """A stack as it is listed."""
    tagged = [{"Key": "factory:managed", "Value": "main"}]
    return {
        "StackId": f"arn:{name}",
        "StackName": name,
        "StackStatus": status,
        "CreationTime": 1,
        "Tags": tagged,
        **more,
    }


class CloudFormation:
    """Gives answers page by page, and remembers what was asked. ``refusals``: by operation, code and message."""

    def __init__(self) -> None:
        self.pages: dict[str, list[Any]] = {}
        self.refusals: dict[str, tuple[str, str]] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        def answer(**request: Any) -> dict[str, Any]:
            self.asked.append((name, request))
            if name in self.refusals:
                code, message = self.refusals[name]
                raise ClientError({"Error": {"Code": code, "Message": message}}, name)
            pages = self.pages.get(name, [{}])
            number = int(request.get("NextToken", 0))
            more = {"NextToken": str(number + 1)} if number + 1 < len(pages) else {}
            return {**pages[number], **more}

        return answer


@pytest.fixture
def cloud() -> CloudFormation:
    return CloudFormation()


@pytest.fixture
def stacks(limits, clock, cloud: CloudFormation) -> Stacks:
    return Stacks(Calls(limits, clock, Pacing(limits, clock), Random(0), Open()), cloud, "eu-west-1")


def test_every_page_is_read_and_other_names_are_left_out(stacks: Stacks, cloud: CloudFormation) -> None:
    names = ["factory-main-a", "other", "factory-main-b"]
    cloud.pages["describe_stacks"] = [{"Stacks": [row(name)]} for name in names[:2]] + [{}, {"Stacks": [row(names[2])]}]
    assert [each.name for each in stacks.named("factory-main-")] == ["factory-main-a", "factory-main-b"]


def test_a_stack_that_is_not_there_is_none_and_any_other_refusal_is_raised(
    stacks: Stacks, cloud: CloudFormation
) -> None:
    cloud.refusals["describe_stacks"] = ("ValidationError", "Stack with id own does not exist")
    assert stacks.stack("own") is None
    cloud.refusals["describe_stacks"] = ("ValidationError", "1 validation error detected")
    with pytest.raises(AwsError, match="1 validation error"):
        stacks.stack("own")


def test_a_template_that_botocore_has_read_is_text_again(stacks: Stacks, cloud: CloudFormation) -> None:
    cloud.pages["get_template"] = [{"TemplateBody": {"Resources": {}}}]
    assert stacks.template("own") == '{"Resources": {}}'
    cloud.pages["get_template"] = [{"TemplateBody": "Resources: {}"}]
    assert stacks.template("own") == "Resources: {}"


def test_a_change_set_is_asked_for_with_all_that_belongs_to_it(stacks: Stacks, cloud: CloudFormation) -> None:
    stacks.prepare(DEFINITION, "name", "token", creating=True)
    assert cloud.asked == [
        (
            "create_change_set",
            {
                "StackName": "factory-main-trail",
                "ChangeSetName": "name",
                "ChangeSetType": "CREATE",
                "ClientToken": "token",
                "TemplateBody": "{}",
                "Parameters": [{"ParameterKey": "Bucket", "ParameterValue": "logs"}],
                "Capabilities": ["CAPABILITY_IAM"],
                "Tags": [{"Key": "a", "Value": "b"}],
            },
        )
    ]
    stacks.prepare(DEFINITION, "name", "token", creating=False)
    assert cloud.asked[1][1]["ChangeSetType"] == "UPDATE"


def test_its_name_tells_what_is_done_and_to_what() -> None:
    name = DEFINITION.change_set("then")
    assert name == DEFINITION.change_set("then")
    assert name not in (DEFINITION.change_set("later"), DEFINITION.change_set(""))
    assert len(name) <= 128


def test_what_botocore_repeated_after_a_lost_reply_counts_as_done(stacks: Stacks, cloud: CloudFormation) -> None:
    cloud.refusals["create_change_set"] = ("AlreadyExistsException", "")
    stacks.prepare(DEFINITION, "name", "token", creating=True)
    cloud.refusals["execute_change_set"] = ("InvalidChangeSetStatus", "")
    cloud.pages["describe_change_set"] = [{"Status": "CREATE_COMPLETE", "ExecutionStatus": "EXECUTE_IN_PROGRESS"}]
    stacks.execute("own", "name")


@pytest.mark.parametrize("execution", ["UNAVAILABLE", "OBSOLETE", "EXECUTE_FAILED"])
def test_a_change_set_that_cannot_be_carried_out_is_refused(
    stacks: Stacks, cloud: CloudFormation, execution: str
) -> None:
    cloud.refusals["execute_change_set"] = ("InvalidChangeSetStatus", "")
    cloud.pages["describe_change_set"] = [{"Status": "CREATE_COMPLETE", "ExecutionStatus": execution}]
    with pytest.raises(AwsError, match="InvalidChangeSetStatus"):
        stacks.execute("own", "name")


@pytest.mark.parametrize("code", ["ChangeSetNotFound", "ChangeSetNotFoundException"])
def test_a_change_set_that_is_gone_is_none(stacks: Stacks, cloud: CloudFormation, code: str) -> None:
    cloud.refusals["describe_change_set"] = (code, "")
    assert stacks.change_set("own", "name") is None


def test_failures_are_those_of_the_operation_the_cause_first(stacks: Stacks, cloud: CloudFormation) -> None:
    def event(name: str, status: str, reason: str, token: str = "ours", physical: str = "") -> dict[str, Any]:
        return {
            "StackId": "arn:own",
            "LogicalResourceId": name,
            "PhysicalResourceId": physical,
            "ResourceType": "T",
            "ResourceStatus": status,
            "ResourceStatusReason": reason,
            "ClientRequestToken": token,
        }

    latest_first = [
        event("own", "UPDATE_FAILED", "", physical="arn:own"),
        event("B", "UPDATE_FAILED", "Resource update cancelled"),
        event("C", "UPDATE_FAILED", "second"),
        event("A", "UPDATE_FAILED", "first"),
        event("A", "UPDATE_IN_PROGRESS", ""),
        event("A", "UPDATE_FAILED", "long ago", token="theirs"),
    ]
    cloud.pages["describe_stack_events"] = [{"StackEvents": [each]} for each in latest_first]
    assert [(each.logical_id, each.reason) for each in stacks.failures("own", "ours")] == [
        ("A", "first"),
        ("C", "second"),
    ]


def _swept(stacks: Stacks, clock, **needed: Any) -> Reading:
    asked = Ours("main", "factory-main-", "eu-west-1", frozenset({"eu-west-1"}), frozenset(needed.get("needed", ())))
    sweep = StackSweep(lambda _: stacks, asked)
    run(sweep.first(), 1, clock)
    return sweep.added_to(READING)


def test_templates_are_read_of_what_is_ours_and_was_begun(stacks: Stacks, cloud: CloudFormation, clock) -> None:
    found = [row("factory-main-a"), row("factory-main-b", Tags=[]), row("factory-main-c", "REVIEW_IN_PROGRESS")]
    cloud.pages["describe_stacks"] = [{"Stacks": found}]
    cloud.pages["get_template"] = [{"TemplateBody": "{}"}]
    reading = _swept(stacks, clock)
    assert [(each.name, each.template) for each in reading.own_stacks] == [
        ("factory-main-a", "{}"),
        ("factory-main-b", ""),
        ("factory-main-c", ""),
    ]
    assert [request for name, request in cloud.asked if name == "get_template"] == [{"StackName": "arn:factory-main-a"}]


def test_a_stack_that_is_deleted_while_it_is_read_is_not_there(stacks: Stacks, cloud: CloudFormation, clock) -> None:
    cloud.pages["describe_stacks"] = [{"Stacks": [row("factory-main-a")]}]
    cloud.refusals["get_template"] = ("ValidationError", "Stack with id arn:factory-main-a does not exist")
    assert _swept(stacks, clock).own_stacks == ()


def test_what_is_not_allowed_is_a_gap_and_what_is_broken_is_raised(
    stacks: Stacks, cloud: CloudFormation, clock
) -> None:
    cloud.refusals["describe_stacks"] = ("AccessDenied", "")
    (gap,) = _swept(stacks, clock).gaps
    assert (gap.kind, gap.reason) == (
        "management-stack",
        "cloudformation:DescribeStacks is not allowed to these credentials",
    )
    cloud.refusals["describe_stacks"] = ("ExpiredToken", "")
    with pytest.raises(AwsError, match="ExpiredToken"):
        _swept(stacks, clock)


def test_a_region_that_is_shut_is_a_gap_only_where_it_is_needed(stacks: Stacks, cloud: CloudFormation, clock) -> None:
    cloud.refusals["describe_stacks"] = ("UnrecognizedClientException", "")
    assert _swept(stacks, clock).gaps == ()
    assert [gap.kind for gap in _swept(stacks, clock, needed=["eu-west-1"]).gaps] == ["management-stack"]
