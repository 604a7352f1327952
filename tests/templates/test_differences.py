"""What a change of a template means: only meaning counts, and what is replaced is said."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.templates import Difference, Kind, Template, canonical, differences, read
from factory.templates.replacement import REPLACED_BY
from tests.templates.samples import MINIMAL, TRAIL, changed, one

BEFORE = read(TRAIL)


def difference(*pairs: tuple[str, str]) -> tuple[Difference, ...]:
    return differences(BEFORE, changed(TRAIL, *pairs))


def between(kind: str, before: str, after: str) -> Difference:
    (found,) = differences(read(one(before, kind=kind)), read(one(after, kind=kind)))
    return found


def test_nothing_differs_in_other_words() -> None:
    assert differences(BEFORE, BEFORE) == ()
    assert difference(("DependsOn: Policy", "DependsOn: [Policy]"), ("!Ref Bucket", "{Ref: Bucket}")) == ()
    assert (
        difference(
            ("!GetAtt Key.Arn", "{Fn::GetAtt: [Key, Arn]}"),
            ("    Type: AWS::KMS::Key\n", "    Type: AWS::KMS::Key  # x\n\n"),
        )
        == ()
    )
    after = read("Resources: {A: {Type: AWS::SNS::Topic, DependsOn: [B, C]}}\n")
    assert differences(after, read("Resources: {A: {DependsOn: [C, B], Type: AWS::SNS::Topic}}\n")) == ()


def test_resources_are_added_and_removed() -> None:
    new = "  Topic: {Type: AWS::SNS::Topic}\nOutputs:"
    assert difference(("Outputs:", new)) == (Difference("Topic", "AWS::SNS::Topic", Kind.ADDED),)
    assert differences(changed(TRAIL, ("Outputs:", new)), BEFORE) == (
        Difference("Topic", "AWS::SNS::Topic", Kind.REMOVED),
    )


def test_a_value_that_changes_reaches_what_refers_to_it_through_conditions_too() -> None:
    text = """\
Parameters: {Name: {Type: String}, Other: {Type: String}}
Conditions: {Named: !Not [!Equals [!Ref Name, ""]]}
Resources:
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub "${Name}-x"}}
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !If [Named, a, b]}}
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Other}}
"""
    assert differences(read(text), read(text), moved=["Name", "Nobody"]) == (
        Difference("Bucket", "AWS::S3::Bucket", Kind.REPLACED, ("BucketName",), True),
        Difference("Topic", "AWS::SNS::Topic", Kind.CHANGED, ("DisplayName",), True),
    )


@pytest.mark.parametrize(
    ("budget", "kind"),
    [
        ("{BudgetLimit: {Amount: !Ref Usd}}", Kind.CHANGED),
        ("{BudgetLimit: {Amount: !Ref Usd}, BudgetName: b}", Kind.CHANGED),
        ('{BudgetName: !Sub "b-${Usd}"}', Kind.REPLACED),
        ("!If [Always, {BudgetLimit: {Amount: !Ref Usd}}, !Ref AWS::NoValue]", Kind.REPLACED),
    ],
)
def test_what_refers_to_it_below_a_property_is_replaced_only_where_that_cannot_change(budget: str, kind: Kind) -> None:
    text = (
        "Parameters: {Usd: {Type: String}}\nConditions: {Always: !Equals [a, a]}\n"
        "Resources:\n  A: {Type: AWS::Budgets::Budget, Properties: {Budget: " + budget + "}}\n"
    )
    (found,) = differences(read(text), read(text), moved=["Usd"])
    assert (found.kind, found.uncertain) == (kind, True)


def test_a_property_that_can_be_changed_changes_the_resource() -> None:
    assert difference(("IsLogging: true", "IsLogging: false")) == (
        Difference("Trail", "AWS::CloudTrail::Trail", Kind.CHANGED, ("IsLogging",)),
    )
    assert difference(("DeletionPolicy: Retain", "DeletionPolicy: Delete"), ("      IsLogging: true\n", "")) == (
        Difference("Trail", "AWS::CloudTrail::Trail", Kind.CHANGED, ("DeletionPolicy", "IsLogging")),
    )


def test_a_property_that_cannot_be_changed_replaces_the_resource() -> None:
    assert difference(("TrailName: !Sub", "TrailName: !Join ['', [a]] #")) == (
        Difference("Trail", "AWS::CloudTrail::Trail", Kind.REPLACED, ("TrailName",)),
    )


def test_another_type_replaces_the_resource() -> None:
    assert difference(("AWS::KMS::Alias", "AWS::SNS::Topic")) == (
        Difference("Alias", "AWS::SNS::Topic", Kind.REPLACED, ("Type",)),
    )


def test_what_refers_to_a_replaced_resource_is_changed_or_replaced_too() -> None:
    assert difference(
        ("AWS::Logs::LogGroup\n    Properties: {", "AWS::Logs::LogGroup\n    Properties: {LogGroupName: a, ")
    ) == (
        Difference("Group", "AWS::Logs::LogGroup", Kind.REPLACED, ("LogGroupName",)),
        Difference("Trail", "AWS::CloudTrail::Trail", Kind.CHANGED, ("CloudWatchLogsLogGroupArn",), uncertain=True),
    )
    text = (
        "Resources:\n  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: a}}\n"
        "  Policy: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref Bucket}}\n"
        "  Note: {Type: AWS::SSM::Parameter, Properties: {Name: !Ref Policy}}\n"
    )
    assert differences(read(text), changed(text, ("BucketName: a", "BucketName: b"))) == (
        Difference("Bucket", "AWS::S3::Bucket", Kind.REPLACED, ("BucketName",)),
        Difference("Note", "AWS::SSM::Parameter", Kind.REPLACED, ("Name",), uncertain=True),
        Difference("Policy", "AWS::S3::BucketPolicy", Kind.REPLACED, ("Bucket",), uncertain=True),
    )


def test_other_words_for_values_may_change_what_uses_them() -> None:
    assert difference(("Default: 90", "Default: 30")) == (
        Difference("Days", "", Kind.CHANGED, ("Default",), section="Parameters"),
    )
    assert difference(("aws: {Days: 365}", "aws: {Days: 30}")) == (
        Difference("Group", "AWS::Logs::LogGroup", Kind.CHANGED, ("RetentionInDays",), uncertain=True),
        Difference("Retention", "", Kind.CHANGED, ("aws",), section="Mappings"),
    )
    assert difference(('Default: "yes"', 'Default: "no"')) == (
        Difference("Alias", "AWS::KMS::Alias", Kind.CHANGED, ("Condition",), uncertain=True),
        Difference("Key", "AWS::KMS::Key", Kind.CHANGED, ("Condition",), uncertain=True),
        Difference("Trail", "AWS::CloudTrail::Trail", Kind.CHANGED, ("KMSKeyId",), uncertain=True),
        Difference("Encrypt", "", Kind.CHANGED, ("Default",), section="Parameters"),
    )
    text = "Parameters: {P: {Type: String, Default: a}}\n" + one("{TopicName: !Ref P}")
    assert differences(read(text), changed(text, ("Default: a", "Default: b")))[0] == Difference(
        "One", "AWS::SNS::Topic", Kind.REPLACED, ("TopicName",), uncertain=True
    )


def test_the_default_of_a_parameter_that_is_given_a_value_changes_nothing() -> None:
    text = "Parameters: {P: {Type: String, Default: a}}\n" + one("{TopicName: !Ref P}")
    assert differences(read(text), changed(text, ("Default: a", "Default: b")), {"P"}) == (
        Difference("P", "", Kind.CHANGED, ("Default",), section="Parameters"),
    )


def test_another_type_of_parameter_counts_where_it_makes_a_list() -> None:
    text = "Parameters: {P: {Type: String, Default: a}}\n" + one("{TopicName: !Ref P}")
    for kind, count in (("Number", 1), ("CommaDelimitedList", 2)):
        assert len(differences(read(text), changed(text, ("Type: String", f"Type: {kind}")))) == count


def test_a_certain_change_stays_certain_when_something_it_uses_changed_too() -> None:
    found = difference(("IsLogging: true", "IsLogging: false"), ('Default: "yes"', 'Default: "no"'))
    assert Difference("Trail", "AWS::CloudTrail::Trail", Kind.CHANGED, ("IsLogging", "KMSKeyId")) in found


def test_other_sections_are_compared_entry_by_entry() -> None:
    assert difference(("Mappings:\n", "Mappings:\n  Other: {a: {b: c}}\n")) == (
        Difference("Other", "", Kind.ADDED, section="Mappings"),
    )
    assert difference(("  Alias: {Condition: Both, Value: !Ref Alias}\n", "")) == (
        Difference("Alias", "", Kind.REMOVED, section="Outputs"),
    )
    assert difference(("{Condition: Both, Value: !Ref Alias}", "{Condition: Both, Value: x}")) == (
        Difference("Alias", "", Kind.CHANGED, ("Value",), section="Outputs"),
    )
    assert difference(("A trail of every account.", "x"))[0] == Difference(
        "Description", "", Kind.CHANGED, section="Description"
    )
    assert difference(("AWS::Region, eu-central-1", "AWS::Region, eu-west-1"))[-1] == Difference(
        "Home", "", Kind.CHANGED, ("Fn::Equals",), section="Conditions"
    )
    rules = "Rules: {A: {Assertions: []}}\n"
    assert differences(read(MINIMAL), read(rules + MINIMAL)) == (Difference("A", "", Kind.ADDED, section="Rules"),)


def test_a_type_that_is_not_known_changes_in_a_way_that_is_not_known() -> None:
    assert between("AWS::New::Thing", "{A: 1}", "{A: 2}") == Difference(
        "One", "AWS::New::Thing", Kind.CHANGED, ("A",), True
    )
    assert between("Custom::Thing", "{A: 1}", "{A: 2}").uncertain
    before = read("Resources: {A: {Type: AWS::New::Thing}}\n")
    after = read("Resources: {A: {Type: AWS::New::Thing, DeletionPolicy: Retain}}\n")
    assert differences(before, after) == (Difference("A", "AWS::New::Thing", Kind.CHANGED, ("DeletionPolicy",)),)


def test_a_property_that_replaces_for_some_values_is_not_certain() -> None:
    assert between("AWS::Events::Rule", "{EventBusName: a}", "{EventBusName: b}") == Difference(
        "One", "AWS::Events::Rule", Kind.REPLACED, ("EventBusName",), True
    )
    assert not between("AWS::Events::Rule", "{EventBusName: a, Name: a}", "{EventBusName: b, Name: b}").uncertain


def test_a_property_inside_another_can_replace() -> None:
    kind = "AWS::Budgets::Budget"
    assert between(kind, "{Budget: {BudgetName: a, BudgetType: x}}", "{Budget: {BudgetName: a, BudgetType: y}}") == (
        Difference("One", kind, Kind.CHANGED, ("Budget",))
    )
    assert between(kind, "{Budget: {BudgetName: a}}", "{Budget: {BudgetName: b}}") == Difference(
        "One", kind, Kind.REPLACED, ("Budget", "Budget.BudgetName")
    )
    assert between(
        kind, "{Budget: {BudgetName: a}}", "{Budget: !If [C, {BudgetName: a}, {BudgetName: c}]}"
    ) == Difference("One", kind, Kind.REPLACED, ("Budget", "Budget.BudgetName"), True)


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::S3::Bucket", "BucketName"),
        ("AWS::S3::BucketPolicy", "Bucket"),
        ("AWS::KMS::Alias", "AliasName"),
        ("AWS::IAM::Role", "RoleName Path"),
        ("AWS::IAM::ManagedPolicy", "ManagedPolicyName Path Description"),
        ("AWS::IAM::User", "UserName"),
        ("AWS::IAM::Group", "GroupName"),
        ("AWS::CloudTrail::Trail", "TrailName"),
        ("AWS::Config::ConfigurationRecorder", "Name"),
        ("AWS::Config::DeliveryChannel", "Name"),
        ("AWS::Config::ConfigRule", "ConfigRuleName"),
        ("AWS::Budgets::Budget", "Budget.BudgetName NotificationsWithSubscribers"),
        ("AWS::SNS::Topic", "TopicName FifoTopic"),
        ("AWS::SNS::Subscription", "TopicArn Protocol Endpoint"),
        ("AWS::Events::Rule", "Name"),
        ("AWS::Lambda::Function", "FunctionName PackageType"),
        ("AWS::Logs::LogGroup", "LogGroupName"),
        ("AWS::SSM::Parameter", "Name"),
        ("AWS::AccessAnalyzer::Analyzer", "AnalyzerName Type"),
    ],
)
def test_the_table_has_what_the_template_reference_says_of_baselines(kind: str, properties: str) -> None:
    assert REPLACED_BY[kind].always >= set(properties.split())


@pytest.mark.parametrize(
    "kind", ["AWS::GuardDuty::Detector", "AWS::KMS::Key", "AWS::IAM::Policy", "AWS::SNS::TopicPolicy"]
)
def test_some_types_are_never_replaced(kind: str) -> None:
    assert not REPLACED_BY[kind].always | REPLACED_BY[kind].perhaps
    assert between(kind, "{A: 1}", "{A: 2}") == Difference("One", kind, Kind.CHANGED, ("A",))


# Any template, in any layout: the same in block, flow and JSON, with keys in any order.

NAMES = st.from_regex(r"[A-Z][a-z]{0,3}", fullmatch=True)
LEAVES = st.one_of(
    st.booleans(),
    st.integers(0, 99),
    st.sampled_from(["a", "yes", "012", "2012-10-17", "${A}", "x: y", "- z"]),
    NAMES.map(lambda name: {"Ref": name}),
    st.tuples(NAMES, st.sampled_from(["Arn", "A.B"])).map(lambda pair: {"Fn::GetAtt": list(pair)}),
    NAMES.map(lambda name: {"Fn::Sub": f"${{{name}}}-${{!x}}"}),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(NAMES, inner, max_size=3),
        st.tuples(NAMES, inner, inner).map(lambda row: {"Fn::If": list(row)}),
        st.lists(inner, max_size=2).map(lambda items: {"Fn::Join": [",", items]}),
    ),
    max_leaves=8,
)
TEMPLATES = st.dictionaries(
    NAMES,
    st.fixed_dictionaries(
        {"Type": st.sampled_from(["AWS::SNS::Topic", "AWS::KMS::Key", "AWS::Own::Type"])},
        optional={"Properties": st.dictionaries(NAMES, VALUES, max_size=3), "DependsOn": st.lists(NAMES, max_size=2)},
    ),
    min_size=1,
    max_size=4,
).map(lambda rows: {"Resources": rows})


class Short(yaml.SafeDumper):
    """Writes functions in their short forms."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _short(dumper: Short, data: dict[str, Any]) -> yaml.Node:
    name = next(iter(data), "")
    if len(data) == 1 and (name == "Ref" or name.startswith("Fn::")):
        value, tag = data[name], f"!{name.removeprefix('Fn::')}"
        if name == "Fn::GetAtt":
            return dumper.represent_scalar(tag, ".".join(value))
        if isinstance(value, str):
            return dumper.represent_scalar(tag, value)
        return dumper.represent_sequence(tag, value)
    return dumper.represent_mapping("tag:yaml.org,2002:map", data)


Short.add_representer(dict, _short)


def turned(value: Any) -> Any:
    """The same value with the keys of mappings in the opposite order."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(item) for item in value] if isinstance(value, list) else value


def layouts(body: dict[str, Any]) -> list[Template]:
    texts = [
        json.dumps(body),
        json.dumps(turned(body), indent=1),
        yaml.dump(body, Dumper=Short),
        yaml.dump(turned(body), Dumper=Short, sort_keys=False, default_flow_style=True),
        "# a comment\n" + yaml.safe_dump(body, indent=4, width=20),
    ]
    return [read(text) for text in texts]


@given(TEMPLATES)
@settings(max_examples=80, deadline=None)
def test_layout_never_counts(body: dict[str, Any]) -> None:
    first, *others = layouts(body)
    assert first.body == body
    for other in others:
        assert canonical(other) == canonical(first)
        assert differences(first, other) == differences(other, first) == ()


@given(TEMPLATES, TEMPLATES)
@settings(max_examples=80, deadline=None)
def test_whatever_differs_is_found_and_the_way_back_mirrors_it(one: dict[str, Any], other: dict[str, Any]) -> None:
    before, after = read(json.dumps(one)), read(json.dumps(other))
    there, back = differences(before, after), differences(after, before)
    found = {difference.logical_id for difference in there}
    assert found >= {
        name for name in one["Resources"].keys() | other["Resources"].keys() if _meant(one, name) != _meant(other, name)
    }
    assert _of(there, Kind.ADDED) == _of(back, Kind.REMOVED) == other["Resources"].keys() - one["Resources"].keys()
    assert _of(there, Kind.REMOVED) == _of(back, Kind.ADDED)


def _of(found: tuple[Difference, ...], kind: Kind) -> set[str]:
    return {difference.logical_id for difference in found if difference.kind is kind}


def _meant(body: dict[str, Any], name: str) -> Any:
    """A resource without what means nothing: the order of ``DependsOn``, an empty mapping of properties."""
    row = body["Resources"].get(name)
    if row is None:
        return None
    return json.dumps([row["Type"], sorted(row.get("DependsOn", [])), row.get("Properties", {})], sort_keys=True)
