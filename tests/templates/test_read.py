"""Templates read: short forms, places, and text that nobody expected."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factory.core.errors import InvalidFiles
from factory.templates import canonical, check, differences, read

SHORT = """\
Parameters:
  Name: {Type: String}
Conditions:
  Home: !Equals [!Ref AWS::Region, eu-central-1]
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Condition: Home
    Properties:
      BucketName: !Sub "${Name}-${AWS::AccountId}"
      Tags:
        - {Key: arn, Value: !GetAtt Topic.TopicArn}
        - {Key: one, Value: !If [Home, !Select [0, !Split [",", "a,b"]], !Ref AWS::NoValue]}
        - {Key: map, Value: !FindInMap [Sizes, !Ref AWS::Region, Small]}
        - {Key: text, Value: !Join ["-", [a, !Base64 b]]}
  Topic:
    Type: AWS::SNS::Topic
Mappings:
  Sizes: {eu-central-1: {Small: "1"}}
"""
CHOSEN = {"Fn::If": ["Home", {"Fn::Select": [0, {"Fn::Split": [",", "a,b"]}]}, {"Ref": "AWS::NoValue"}]}
LONG = {
    "Parameters": {"Name": {"Type": "String"}},
    "Conditions": {"Home": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-central-1"]}},
    "Resources": {
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "Condition": "Home",
            "Properties": {
                "BucketName": {"Fn::Sub": "${Name}-${AWS::AccountId}"},
                "Tags": [
                    {"Key": "arn", "Value": {"Fn::GetAtt": ["Topic", "TopicArn"]}},
                    {"Key": "one", "Value": CHOSEN},
                    {"Key": "map", "Value": {"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "Small"]}},
                    {"Key": "text", "Value": {"Fn::Join": ["-", ["a", {"Fn::Base64": "b"}]]}},
                ],
            },
        },
        "Topic": {"Type": "AWS::SNS::Topic"},
    },
    "Mappings": {"Sizes": {"eu-central-1": {"Small": "1"}}},
}


def test_short_forms_are_long_afterwards() -> None:
    assert read(SHORT).body == LONG


def test_json_reads_the_same() -> None:
    assert canonical(read(json.dumps(LONG, indent=1))) == canonical(read(SHORT))


def test_everything_knows_its_place() -> None:
    template = read(SHORT, "x/template.yaml")
    assert str(template.source("Resources", "Bucket", "Properties", "BucketName")) == "x/template.yaml:10:7"
    assert str(template.source("Resources", "Topic", "Properties")) == "x/template.yaml:16:3", "the nearest there is"


def test_dates_stay_text() -> None:
    body = read('AWSTemplateFormatVersion: 2010-09-09\nResources: {A: {Type: "x"}}').body
    assert body["AWSTemplateFormatVersion"] == "2010-09-09"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Resources: {A: {Type: x}, A: {Type: y}}", "duplicate key"),
        ("Resources: !Reff x\n", "!Reff"),
        ("Resources: {A: &a {Type: x}, B: *a}\n", "alias"),
        ("- a\n- b\n", ""),
        ("Resources: [\n", ""),
        ("", ""),
    ],
)
def test_what_cannot_be_read_is_placed(text: str, words: str) -> None:
    with pytest.raises(InvalidFiles) as caught:
        read(text, "t.yaml")
    told = [str(problem) for problem in caught.value.problems]
    assert all(problem.startswith("t.yaml:") for problem in told)
    assert words in " ".join(told)


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300)))
def test_no_text_makes_reading_crash(text: str | bytes) -> None:
    with contextlib.suppress(InvalidFiles):
        assert read(text).resources is not None


@given(st.text(alphabet="{}[]!&*:- \nRefSub'\"|>#", max_size=80))
def test_no_punctuation_makes_reading_crash(text: str) -> None:
    with contextlib.suppress(InvalidFiles):
        template = read("Resources:\n  A:\n    " + text)
        check(template)
        assert differences(template, template) == ()


@pytest.mark.parametrize(
    ("resources", "capabilities"),
    [
        ("{A: {Type: AWS::S3::Bucket}}", ()),
        ("{A: {Type: AWS::IAM::Role, Properties: {}}}", ("CAPABILITY_IAM",)),
        ("{A: {Type: AWS::IAM::Role, Properties: {RoleName: x}}}", ("CAPABILITY_NAMED_IAM",)),
        ("{A: {Type: AWS::IAM::ManagedPolicy, Properties: {ManagedPolicyName: x}}}", ("CAPABILITY_NAMED_IAM",)),
    ],
)
def test_capabilities(resources: str, capabilities: tuple[str, ...]) -> None:
    assert read(f"Resources: {resources}").capabilities == capabilities
