"""A template in one account and Region: which resources there are, with which values, in which order."""

# ruff: noqa: E501 (a row of a table is a line, as long as its message)

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings

from factory.templates import Context, Placed, Unresolvable, canonical, read, resolve
from tests.templates.samples import MINIMAL, TRAIL, one
from tests.templates.test_differences import TEMPLATES, layouts

CONTEXT = Context("123456789012", "eu-central-1", stack_name="base", stack_id="arn:stack", notification_arns=("arn:n",))


def value(
    written: str, before: str = "", values: Mapping[str, object] | None = None, context: Context = CONTEXT
) -> Any:
    """What a value comes to, as a property of a resource."""
    template = read(one(f"{{A: {written}}}", before), "t.yaml")
    return resolve(template, values or {}, context).resources["One"].properties.get("A", "absent")


def refused(text: str, values: Mapping[str, object] | None = None) -> str:
    with pytest.raises(Unresolvable) as error:
        resolve(read(text, "t.yaml"), values or {}, CONTEXT)
    assert error.value.exit_code == 65
    return error.value.what


def test_a_trail_in_its_home_region() -> None:
    found = resolve(read(TRAIL), {"Bucket": "archive"}, CONTEXT)
    assert list(found.resources) == ["Key", "Group", "Policy", "Alias", "Trail"]
    key = found.resources["Alias"].properties["TargetKeyId"]
    trail = found.resources["Trail"]
    assert trail.type == "AWS::CloudTrail::Trail"
    assert trail.depends_on == ("Key", "Group", "Policy")
    assert trail.deletion_policy == "Retain"
    assert trail.properties == {
        "TrailName": "base-trail",
        "S3BucketName": "archive",
        "KMSKeyId": f"arn:aws:kms:eu-central-1:123456789012:key/{key}",
        "CloudWatchLogsLogGroupArn": trail.properties["CloudWatchLogsLogGroupArn"],
        "IsLogging": True,
        "Tags": [{"Key": "account", "Value": "123456789012"}, {"Key": "home", "Value": "true"}],
    }
    assert found.resources["Policy"] == Placed(
        "AWS::S3::BucketPolicy", {"Bucket": "archive", "PolicyDocument": {"Version": "2012-10-17", "Statement": []}}
    )
    statement = found.resources["Key"].properties["KeyPolicy"]["Statement"][0]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    assert found.resources["Group"].properties == {"RetentionInDays": 365}
    assert found.outputs == {
        "Arn": "arn:aws:cloudtrail:eu-central-1:123456789012:trail/base-trail",
        "Alias": "alias/trail",
    }


def test_the_same_trail_elsewhere() -> None:
    china = Context("123456789012", "cn-north-1", "aws-cn", "amazonaws.com.cn")
    found = resolve(read(TRAIL), {"Bucket": "archive", "Encrypt": "no"}, china)
    assert list(found.resources) == ["Group", "Policy", "Trail"]
    assert "KMSKeyId" not in found.resources["Trail"].properties
    assert found.resources["Trail"].properties["Tags"] == [{"Key": "account", "Value": "123456789012"}]
    assert found.resources["Group"].properties == {"RetentionInDays": 180}
    assert list(found.outputs) == ["Arn"]
    assert found.outputs["Arn"].startswith("arn:aws-cn:cloudtrail:cn-north-1:")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("!Ref AWS::AccountId", "123456789012"),
        ("!Ref AWS::Region", "eu-central-1"),
        ("!Ref AWS::Partition", "aws"),
        ("!Ref AWS::URLSuffix", "amazonaws.com"),
        ("!Ref AWS::StackName", "base"),
        ("!Ref AWS::StackId", "arn:stack"),
        ("!Ref AWS::NotificationARNs", ["arn:n"]),
        ("!Ref AWS::NoValue", "absent"),
        ("[a, !Ref AWS::NoValue, b]", ["a", "b"]),
        ("{a: !Ref AWS::NoValue}", {}),
        ("!Sub '${AWS::Region}-${!AWS::Region}-${X.Y}-${Z}-${ AWS::Region }'", None),
        ("!Sub ['${A}/${B}/${AWS::Region}', {A: 5, B: !Ref AWS::Partition}]", "5/aws/eu-central-1"),
        ("!Sub '${!A}'", "${A}"),
        ("!Join ['/', [a, !Ref AWS::NoValue, !Ref AWS::Partition]]", "a/aws"),
        ("!Select [1, !Split [',', 'a,b']]", "b"),
        ("!GetAZs ''", ["eu-central-1a", "eu-central-1b", "eu-central-1c"]),
        ("!GetAZs us-east-1", ["us-east-1a", "us-east-1b", "us-east-1c"]),
        ("!Select [0, !Cidr [10.0.0.0/16, 1, 8]]", "10.0.0.0/24"),
        ("!Base64 {Ref: AWS::Partition}", "YXdz"),
        ("!ToJsonString {a: !Ref AWS::Partition}", '{"a":"aws"}'),
        ("!Length [a, b]", 2),
        ("'{{resolve:ssm:a}}'", "{{resolve:ssm:a}}"),
        ("{Condition: Nope}", {"Condition": "Nope"}),
        ("2012-10-17", "2012-10-17"),
    ],
)
def test_functions_come_to_their_values(written: str, expected: Any) -> None:
    if expected is None:
        with pytest.raises(Unresolvable):
            value(written)
    else:
        assert value(written) == expected


def test_zones_are_those_of_the_context_in_its_region() -> None:
    context = Context("1", "eu-central-1", availability_zones=("eu-central-1b",))
    assert value("!GetAZs ''", context=context) == ["eu-central-1b"]
    assert value("!GetAZs eu-west-1", context=context) == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]


def test_a_stack_has_an_id_where_none_is_given() -> None:
    found = value("!Ref AWS::StackId", context=Context("1", "eu-west-1", stack_name="s"))
    assert found.startswith("arn:aws:cloudformation:eu-west-1:1:stack/s/")


@pytest.mark.parametrize(
    ("row", "given", "expected"),
    [
        ("{Type: String, Default: a}", {}, "a"),
        ("{Type: String, Default: a}", {"P": "b"}, "b"),
        ("{Type: String}", {"P": True}, "true"),
        ("{Type: String, Default: ''}", {}, ""),
        ("{Type: Number, Default: 5}", {}, "5"),
        ("{Type: CommaDelimitedList, Default: 'a, b'}", {}, ["a", "b"]),
        ("{Type: CommaDelimitedList}", {"P": ["a", 5]}, ["a", "5"]),
        ("{Type: CommaDelimitedList, Default: ''}", {}, [""]),
        ("{Type: List<Number>}", {"P": "1,2"}, ["1", "2"]),
        ("{Type: AWS::SSM::Parameter::Name}", {"P": "/a"}, "/a"),
    ],
)
def test_parameters_have_their_values(row: str, given: dict[str, object], expected: Any) -> None:
    assert value("!Ref P", f"Parameters: {{P: {row}}}\n", given) == expected


CONDITIONS = """\
Parameters: {P: {Type: String, Default: "true"}}
Conditions:
  Is: !Equals [!Ref P, true]
  IsNot: !Not [!Condition Is]
  And: !And [!Condition Is, !Condition IsNot]
  Or: !Or [!Condition IsNot, !Condition Is]
  Late: !Condition Later
  Later: !Equals [!FindInMap [M, a, b], c]
Mappings: {M: {a: {b: c}}}
"""


@pytest.mark.parametrize(
    ("condition", "on", "off"),
    [
        ("Is", True, False),
        ("IsNot", False, True),
        ("And", False, False),
        ("Or", True, True),
        ("Late", True, True),
    ],
)
def test_conditions_choose_resources_outputs_and_branches(condition: str, on: bool, off: bool) -> None:
    text = (
        f"{CONDITIONS}Resources:\n  One: {{Type: AWS::SNS::Topic, Condition: {condition}}}\n"
        f"  Two: {{Type: AWS::SNS::Topic, Properties: {{A: !If [{condition}, a, !If [Is, b, c]]}}}}\n"
        f"Outputs: {{O: {{Value: x, Condition: {condition}}}}}\n"
    )
    for given_value, holds in (("true", on), ("false", off)):
        found = resolve(read(text), {"P": given_value}, CONTEXT)
        assert ("One" in found.resources) is holds
        assert ("O" in found.outputs) is holds
        assert found.resources["Two"].properties["A"] == ("a" if holds else "b" if given_value == "true" else "c")


def test_only_the_branch_that_holds_is_waited_for() -> None:
    text = (
        f"{CONDITIONS}Resources:\n  A: {{Type: AWS::SNS::Topic, Properties: {{x: !If [Is, !Ref B, y]}}}}\n"
        "  B: {Type: AWS::SNS::Topic, Properties: {x: !If [Is, y, !Ref A]}}\n"
        "  C: {Type: AWS::SNS::Topic, Condition: IsNot}\n  D: {Type: AWS::SNS::Topic, DependsOn: [A, C]}\n"
    )
    found = resolve(read(text), {}, CONTEXT).resources
    assert list(found) == ["B", "A", "D"]
    assert (found["A"].depends_on, found["B"].depends_on, found["D"].depends_on) == (("B",), (), ("A",))
    assert list(resolve(read(text), {"P": "x"}, CONTEXT).resources) == ["A", "C", "B", "D"]


def test_a_mapping_may_have_a_default() -> None:
    assert (
        value("!FindInMap [M, a, x, {DefaultValue: !Ref AWS::Region}]", "Mappings: {M: {a: {b: c}}}\n")
        == "eu-central-1"
    )
    assert value("!FindInMap [M, a, b, {DefaultValue: d}]", "Mappings: {M: {a: {b: [c]}}}\n") == ["c"]


class Named(Context):
    """Calls every resource by its logical id, and its attributes by what is asked."""

    def reference(self, logical_id: str, type: str, attribute: str | None, properties: Mapping[str, Any]) -> Any:
        return [logical_id, type, attribute, dict(properties)]


def test_references_are_made_by_the_context() -> None:
    text = (
        "Resources:\n  A: {Type: AWS::SNS::Topic, Properties: {x: !Ref AWS::Region}}\n"
        "  B: {Type: AWS::SNS::Topic, Properties: {r: !Ref A, g: !GetAtt A.B.C}}\n"
    )
    found = resolve(read(text), {}, Named("1", "eu-west-1")).resources["B"].properties
    assert found["r"] == ["A", "AWS::SNS::Topic", None, {"x": "eu-west-1"}]
    assert found["g"] == ["A", "AWS::SNS::Topic", "B.C", {"x": "eu-west-1"}]


RULES = "Parameters: {{P: {{Type: String, Default: a}}}}\nRules:\n  R:\n    {}\n    Assertions:\n" + (
    "      - {{Assert: !Contains [[b, c], !Ref P], AssertDescription: b or c}}\n"
    + MINIMAL.replace("{", "{{").replace("}", "}}")
)


def test_rules_are_asserted() -> None:
    text = RULES.format("RuleCondition: !Equals [!Ref P, a]")
    assert refused(text) == "t.yaml:6:9: Rules.R.Assertions.0: b or c"
    assert refused(RULES.format("Assertion: x"), {"P": "d"}) == "t.yaml:6:9: Rules.R.Assertions.0: b or c"
    assert list(resolve(read(text), {"P": "d"}, CONTEXT).resources) == ["Topic"]
    assert list(resolve(read(RULES.format("Assertion: x")), {"P": "b"}, CONTEXT).resources) == ["Topic"]


REFUSED = [
    (one("{A: !Ref Nope}"), '4:21: Resources.One.Properties.A.Ref: the template declares no parameter or resource "Nope"'),
    (one("{A: !GetAtt Nope.Arn}"), '4:21: Resources.One.Properties.A.Fn::GetAtt: the template declares no resource "Nope"'),
    (one("{A: !Sub '${Nope}'}"), '4:21: Resources.One.Properties.A.Fn::Sub: the template declares no parameter or resource "Nope"'),
    (one("{A: !Sub '${AWS::NotificationARNs}'}"), "4:21: Resources.One.Properties.A.Fn::Sub: Fn::Sub: a text is wanted here, not a list"),
    (one("{A: !Join [a, b]}"), '4:21: Resources.One.Properties.A.Fn::Join: Fn::Join: a list is wanted here, not "b"'),
    (one("{A: !Join [a]}"), "4:21: Resources.One.Properties.A.Fn::Join: Fn::Join does not take these arguments"),
    (one("{A: !Select [5, [a]]}"), "4:21: Resources.One.Properties.A.Fn::Select: Fn::Select: there is no item 5 in a list of 1"),
    (one("{A: !Base64 {Ref: AWS::NoValue}}"), "4:21: Resources.One.Properties.A.Fn::Base64: AWS::NoValue cannot stand here"),
    (one("{A: !ImportValue x}"), "4:21: Resources.One.Properties.A.Fn::ImportValue: Fn::ImportValue cannot be resolved here"),
    (one("{A: !Transform {Name: x}}"), "4:21: Resources.One.Properties.A.Fn::Transform: Fn::Transform cannot be resolved here"),
    (one("{A: {'Fn::Xyzzy': x}}"), "4:22: Resources.One.Properties.A.Fn::Xyzzy: Fn::Xyzzy cannot be resolved here"),
    (one("{A: !If [Nope, a, b]}"), '4:26: Resources.One.Properties.A.Fn::If.0: the template declares no condition "Nope"'),
    (one("{A: !FindInMap [Nope, a, b]}"), '4:21: Resources.One.Properties.A.Fn::FindInMap: the template declares no mapping "Nope"'),
    (one("{A: !FindInMap [M, a, x]}", "Mappings: {M: {a: {b: c}}}\n"), '5:21: Resources.One.Properties.A.Fn::FindInMap: Fn::FindInMap: the mapping has no "x"'),
    (one("!Ref AWS::Region"), '4:5: Resources.One.Properties: a mapping is wanted here, not "eu-central-1"'),
    (one("{A: !GetAtt Two.Colour}") + "  Two: {Type: AWS::New::Thing}\n", "4:21: Resources.One.Properties.A.Fn::GetAtt: the value of Two.Colour (AWS::New::Thing) is not known"),
    (one("{A: !Ref Two}", "Conditions: {C: !Equals [a, b]}\n") + "  Two: {Type: AWS::SNS::Topic, Condition: C}\n", '5:21: Resources.One.Properties.A.Ref: "Two" is not made, for its condition does not hold'),
    (one("{A: !Ref Two}") + "  Two: {Type: AWS::SNS::Topic, Properties: {A: !Ref One}}\n", "1:1: Resources: resources need each other in a circle: One -> Two -> One"),
    (one("{A: !If [C, a, b]}", "Conditions: {C: !Not [!Condition C]}\n"), '1:23: Conditions.C.Fn::Not.0.Condition: the condition "C" needs itself'),
    (one("{A: !If [C, a, b]}", "Conditions: {C: !Ref AWS::Region}\n"), '1:14: Conditions.C: a condition is wanted here, not "eu-central-1"'),
    (MINIMAL[:-2] + ", Condition: Nope}\n", '2:34: Resources.Topic.Condition: the template declares no condition "Nope"'),
    ("Parameters: {P: {Type: String}}\n" + MINIMAL, "1:14: Parameters.P: it has no value and no default"),
    ("Parameters: {P: {Type: String, AllowedValues: [b], Default: a}}\n" + MINIMAL, '1:14: Parameters.P: cannot be "a"'),
    ("Parameters: {P: {Type: AWS::SSM::Parameter::Value<String>, Default: /a}}\n" + MINIMAL, "1:14: Parameters.P: its value stands in Parameter Store"),
    ("Outputs: {O: {Value: !Ref Nope}}\n" + MINIMAL, '1:22: Outputs.O.Value.Ref: the template declares no parameter or resource "Nope"'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_what_cannot_be_resolved_is_said_with_its_path(text: str, message: str) -> None:
    assert refused(text) == f"t.yaml:{message}"


def test_a_value_that_no_parameter_takes_is_refused() -> None:
    assert refused(MINIMAL, {"Q": "x"}) == 't.yaml:1:1: Parameters: the template declares no parameter "Q"'


def test_resolving_leaves_the_template_as_it_is() -> None:
    template = read(TRAIL)
    before = canonical(template)
    found = resolve(template, {"Bucket": "archive"}, CONTEXT)
    found.resources["Key"].properties["KeyPolicy"]["Statement"].clear()
    assert canonical(template) == before


@given(TEMPLATES)
@settings(max_examples=60, deadline=None)
def test_any_template_is_resolved_or_refused_the_same_in_any_layout(body: dict[str, Any]) -> None:
    def outcome(template: Any) -> Any:
        try:
            return resolve(template, {}, CONTEXT)
        except Unresolvable:
            return "refused"

    first, *others = (outcome(template) for template in layouts(body))
    assert all(other == first for other in others)
