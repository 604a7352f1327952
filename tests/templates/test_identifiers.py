"""What resources are called: names, ids and ARNs in the form that AWS gives them, the same each time."""

from __future__ import annotations

import re
from typing import Any

import pytest

from factory.templates.identifiers import IDENTITIES, identifier

STACK = {
    "partition": "aws",
    "region": "eu-west-1",
    "account": "123456789012",
    "suffix": "amazonaws.com",
    "stack_name": "base",
    "stack_id": "arn:stack",
}
NAME = r"base-It-[A-Z2-7]{12}"
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def given(type_: str, attribute: str | None = None, **properties: Any) -> str:
    return identifier(type_, attribute, properties, "It", STACK)


ARN = "arn:aws:{}:eu-west-1:123456789012:{}"
IAM = "arn:aws:iam::123456789012:"


@pytest.mark.parametrize(
    ("type_", "attribute", "properties", "expected"),
    [
        ("AWS::S3::Bucket", None, {"BucketName": "b"}, "b"),
        ("AWS::S3::Bucket", "Arn", {"BucketName": "b"}, "arn:aws:s3:::b"),
        ("AWS::S3::Bucket", "DomainName", {"BucketName": "b"}, "b.s3.amazonaws.com"),
        ("AWS::S3::Bucket", "RegionalDomainName", {"BucketName": "b"}, "b.s3.eu-west-1.amazonaws.com"),
        ("AWS::S3::Bucket", None, {}, NAME.lower().replace("a-z2-7", "a-z2-7")),
        ("AWS::S3::BucketPolicy", None, {"Bucket": "b"}, "b"),
        ("AWS::KMS::Key", None, {}, UUID),
        ("AWS::KMS::Key", None, {"MultiRegion": True}, "mrk-[0-9a-f]{32}"),
        ("AWS::KMS::Key", "Arn", {}, ARN.format("kms", f"key/{UUID}")),
        ("AWS::KMS::Alias", None, {"AliasName": "alias/a"}, "alias/a"),
        ("AWS::IAM::Role", None, {"RoleName": "r"}, "r"),
        ("AWS::IAM::Role", None, {}, NAME),
        ("AWS::IAM::Role", "Arn", {"RoleName": "r"}, IAM + "role/r"),
        ("AWS::IAM::Role", "Arn", {"RoleName": "r", "Path": "/a/b/"}, IAM + "role/a/b/r"),
        ("AWS::IAM::Role", "RoleId", {}, "AROA[A-Z2-7]{17}"),
        ("AWS::IAM::ManagedPolicy", None, {"ManagedPolicyName": "p", "Path": "/a/"}, IAM + "policy/a/p"),
        ("AWS::IAM::ManagedPolicy", "PolicyArn", {"ManagedPolicyName": "p"}, IAM + "policy/p"),
        ("AWS::IAM::User", "Arn", {"UserName": "u"}, IAM + "user/u"),
        ("AWS::IAM::Group", "Arn", {"GroupName": "g"}, IAM + "group/g"),
        ("AWS::IAM::InstanceProfile", "Arn", {"InstanceProfileName": "i"}, IAM + "instance-profile/i"),
        ("AWS::IAM::OIDCProvider", None, {"Url": "https://a.example/b"}, IAM + "oidc-provider/a.example/b"),
        ("AWS::CloudTrail::Trail", None, {"TrailName": "t"}, "t"),
        ("AWS::CloudTrail::Trail", "Arn", {"TrailName": "t"}, ARN.format("cloudtrail", "trail/t")),
        ("AWS::Config::ConfigurationRecorder", None, {"Name": "default"}, "default"),
        ("AWS::Config::DeliveryChannel", None, {}, NAME),
        ("AWS::Config::ConfigRule", None, {"ConfigRuleName": "r"}, "r"),
        ("AWS::Config::ConfigRule", "Arn", {}, ARN.format("config", "config-rule/config-rule-[0-9a-f]{6}")),
        ("AWS::GuardDuty::Detector", None, {}, "[0-9a-f]{32}"),
        ("AWS::GuardDuty::Detector", "Id", {}, "[0-9a-f]{32}"),
        ("AWS::Budgets::Budget", None, {"Budget": {"BudgetName": "b"}}, "b"),
        ("AWS::Budgets::Budget", None, {"Budget": "b"}, NAME),
        ("AWS::SNS::Topic", None, {"TopicName": "t"}, ARN.format("sns", "t")),
        ("AWS::SNS::Topic", "TopicArn", {"TopicName": "t"}, ARN.format("sns", "t")),
        ("AWS::SNS::Topic", "TopicName", {"TopicName": "t"}, "t"),
        ("AWS::SNS::Subscription", None, {"TopicArn": "arn:t"}, f"arn:t:{UUID}"),
        ("AWS::SQS::Queue", None, {"QueueName": "q"}, "https://sqs.eu-west-1.amazonaws.com/123456789012/q"),
        ("AWS::SQS::Queue", "Arn", {"QueueName": "q"}, ARN.format("sqs", "q")),
        ("AWS::Events::Rule", None, {"Name": "r"}, "r"),
        ("AWS::Events::Rule", "Arn", {"Name": "r"}, ARN.format("events", "rule/r")),
        ("AWS::Events::Rule", "Arn", {"Name": "r", "EventBusName": "b"}, ARN.format("events", "rule/b/r")),
        ("AWS::Events::Rule", "Arn", {"Name": "r", "EventBusName": "default"}, ARN.format("events", "rule/r")),
        ("AWS::Lambda::Function", "Arn", {"FunctionName": "f"}, ARN.format("lambda", "function:f")),
        ("AWS::Logs::LogGroup", None, {"LogGroupName": "/a"}, "/a"),
        ("AWS::Logs::LogGroup", "Arn", {"LogGroupName": "/a"}, ARN.format("logs", r"log-group:/a:\*")),
        ("AWS::SSM::Parameter", None, {"Name": "/a/b"}, "/a/b"),
        ("AWS::SSM::Parameter", "Arn", {"Name": "/a/b"}, ARN.format("ssm", "parameter/a/b")),
        ("AWS::SSM::Parameter", "Arn", {"Name": "a"}, ARN.format("ssm", "parameter/a")),
        ("AWS::SSM::Parameter", "Value", {"Name": "a", "Value": "v"}, "v"),
        ("AWS::AccessAnalyzer::Analyzer", None, {"AnalyzerName": "a"}, ARN.format("access-analyzer", "analyzer/a")),
        ("AWS::SecurityHub::Hub", None, {}, ARN.format("securityhub", "hub/default")),
        ("AWS::SecretsManager::Secret", None, {"Name": "s"}, ARN.format("secretsmanager", "secret:s-[A-Z2-7]{6}")),
        ("AWS::EC2::SecurityGroup", "GroupId", {}, "sg-[0-9a-f]{17}"),
        ("AWS::New::Thing", None, {"Name": "n"}, NAME),
    ],
)
def test_resources_are_called_as_aws_calls_them(
    type_: str, attribute: str | None, properties: dict[str, Any], expected: str
) -> None:
    pattern = (
        expected.replace("a-z2-7", "a-z2-7") if type_ != "AWS::S3::Bucket" or properties else "base-it-[a-z2-7]{12}"
    )
    assert re.fullmatch(pattern, given(type_, attribute, **properties))


def test_the_same_resource_keeps_its_name_and_no_two_share_one() -> None:
    def name(logical_id: str, **stack: str) -> str:
        return identifier("AWS::IAM::Role", None, {}, logical_id, {**STACK, **stack})

    assert name("A") == name("A")
    assert len({name("A"), name("B"), name("A", stack_id="other")}) == 3


@pytest.mark.parametrize(
    ("type_", "longest"), [("AWS::S3::Bucket", 63), ("AWS::IAM::Role", 64), ("AWS::SQS::Queue", 80)]
)
def test_made_up_names_are_as_long_as_the_type_takes(type_: str, longest: int) -> None:
    stack = {**STACK, "stack_name": "a" * 200}
    found = identifier(type_, "Arn", {}, "It", stack).rpartition(":")[2].rpartition("/")[2]
    assert len(found) == longest


@pytest.mark.parametrize("type_", ["AWS::S3::Bucket", "AWS::New::Thing"])
def test_an_attribute_that_is_not_known_is_not_made_up(type_: str) -> None:
    with pytest.raises(LookupError):
        given(type_, "Colour")


def test_a_reference_to_a_property_that_is_not_there_is_not_made_up() -> None:
    with pytest.raises(LookupError):
        given("AWS::S3::BucketPolicy")


def test_another_partition_has_its_own_arns() -> None:
    china = {**STACK, "partition": "aws-cn", "suffix": "amazonaws.com.cn"}
    for type_, identity in IDENTITIES.items():
        properties = {"Bucket": "b", "TopicArn": "arn:aws-cn:sns", "Type": "String", "Value": "v"}
        for attribute in (None, *identity.attributes):
            found = identifier(type_, attribute, properties, "It", china)
            assert "{" not in found
            assert not found.startswith("arn:aws:")
            assert "amazonaws.com" not in found or "amazonaws.com.cn" in found
