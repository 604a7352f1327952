"""Updates that CloudFormation refuses, told from two templates, and from one stack of them."""

from __future__ import annotations

import pytest

from factory.templates import Context, read, refusal_in_stack, refusals, resolve

KEY = "{Type: AWS::KMS::Key, Properties: {KeyPolicy: {}%s}}"
TABLE = "{Type: AWS::SNS::Topic, Properties: {%s}}"

# Source: CloudFormation Template Reference, AWS::KMS::Key; User Guide, "Name type".
REFUSED = {
    "another type": ("{Type: AWS::SNS::Topic}", "{Type: AWS::SQS::Queue}", "resource type is not permitted"),
    "a key's spec": (KEY % "", KEY % ", KeySpec: RSA_2048", "KeySpec of the key A cannot be changed"),
    "several of a key": (
        KEY % ", MultiRegion: false",
        KEY % ", MultiRegion: true, Origin: EXTERNAL",
        "Origin, MultiRegion of the key A cannot be changed",
    ),
    "a name that stays": (
        TABLE % "TopicName: x",
        TABLE % "TopicName: x, FifoTopic: true",
        "requires replacing: A keeps its name x",
    ),
    "a name within a property": (
        "{Type: AWS::Budgets::Budget, Properties: {Budget: {BudgetName: b}, NotificationsWithSubscribers: []}}",
        "{Type: AWS::Budgets::Budget, Properties: {Budget: {BudgetName: b}, NotificationsWithSubscribers: [x]}}",
        "A keeps its name b",
    ),
    "a name that is made the same way": (
        "{Type: AWS::IAM::Role, Properties: {RoleName: !Sub 'r-${AWS::Region}', Path: /a/}}",
        "{Type: AWS::IAM::Role, Properties: {RoleName: !Sub 'r-${AWS::Region}', Path: /b/}}",
        "A keeps its name",
    ),
}
TAKEN = {
    "nothing": (TABLE % "TopicName: x", TABLE % "TopicName: x"),
    "the default, written out": (KEY % "", KEY % ", KeySpec: SYMMETRIC_DEFAULT, MultiRegion: false"),
    "what a key can change": (KEY % "", KEY % ", EnableKeyRotation: true"),
    "another name as well": (TABLE % "TopicName: x", TABLE % "TopicName: y.fifo, FifoTopic: true"),
    "a name that CloudFormation makes": (TABLE % "", TABLE % "FifoTopic: true"),
    "in place": (TABLE % "TopicName: x", TABLE % "TopicName: x, DisplayName: y"),
    "a rule on another bus": (
        "{Type: AWS::Events::Rule, Properties: {Name: r, EventBusName: a}}",
        "{Type: AWS::Events::Rule, Properties: {Name: r, EventBusName: b}}",
    ),
}


def _templates(before: str, after: str) -> tuple[str, str]:
    return f"Resources: {{A: {before}}}\n", f"Resources: {{A: {after}}}\n"


@pytest.mark.parametrize(("before", "after", "what"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(before: str, after: str, what: str) -> None:
    old, new = map(read, _templates(before, after))
    (found,) = refusals(old, new)
    assert what in found.what
    assert found.logical_id == "A"
    context = Context("111122223333", "eu-west-1")
    was, becomes = (resolve(each, {}, context).resources["A"] for each in (old, new))
    in_stack = refusal_in_stack("A", was.type, was.properties, becomes.type, becomes.properties)
    assert in_stack is not None
    assert in_stack.fix == found.fix


@pytest.mark.parametrize(("before", "after"), TAKEN.values(), ids=TAKEN)
def test_what_is_taken(before: str, after: str) -> None:
    old, new = map(read, _templates(before, after))
    assert not list(refusals(old, new))
    context = Context("111122223333", "eu-west-1")
    was, becomes = (resolve(each, {}, context).resources["A"] for each in (old, new))
    assert refusal_in_stack("A", was.type, was.properties, becomes.type, becomes.properties) is None


def test_what_a_function_gives_is_not_known() -> None:
    parameters = "Parameters: {Spec: {Type: String, Default: SYMMETRIC_DEFAULT}}\n"
    before, after = _templates(KEY % "", KEY % ", KeySpec: !Ref Spec")
    assert not list(refusals(read(before), read(parameters + after)))


def test_a_name_made_of_a_parameter_whose_value_changes_may_change() -> None:
    parameters = "Parameters: {Name: {Type: String}}\n"
    before, after = _templates(TABLE % "TopicName: !Ref Name", TABLE % "TopicName: !Ref Name, FifoTopic: true")
    old, new = read(parameters + before), read(parameters + after)
    assert list(refusals(old, new))
    assert not list(refusals(old, new, {"Name"}))


RENAMED = {
    "a name": (
        "{Type: AWS::SNS::Topic, Properties: {TopicName: x}}",
        "B has the name of A, and is made before that goes",
    ),
    "one in an account": ("{Type: AWS::GuardDuty::Detector, Properties: {Enable: true}}", "B is made before A goes"),
}


@pytest.mark.parametrize(("text", "what"), RENAMED.values(), ids=RENAMED)
def test_another_logical_id_is_in_the_way_of_itself(text: str, what: str) -> None:
    (found,) = refusals(read(f"Resources: {{A: {text}}}\n"), read(f"Resources: {{B: {text}}}\n"))
    assert (found.logical_id, found.what.endswith(what)) == ("B", True)
    assert found.fix.startswith("keep the logical id A")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{Type: AWS::SNS::Topic}", "{Type: AWS::SNS::Topic}"),
        ("{Type: AWS::SNS::Topic, Properties: {TopicName: x}}", "{Type: AWS::SNS::Topic, Properties: {TopicName: y}}"),
        ("{Type: AWS::SNS::Topic, Properties: {TopicName: x}}", "{Type: AWS::SQS::Queue, Properties: {QueueName: x}}"),
    ],
)
def test_another_logical_id_is_in_nobodys_way(old: str, new: str) -> None:
    assert not list(refusals(read(f"Resources: {{A: {old}}}\n"), read(f"Resources: {{B: {new}}}\n")))


def test_a_quoted_truth_value_is_the_same() -> None:
    before, after = _templates(KEY % "", KEY % ', MultiRegion: "false"')
    assert not list(refusals(read(before), read(after)))
