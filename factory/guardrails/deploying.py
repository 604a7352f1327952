"""What roles that must never be locked out need to do: actions by the resource types that CloudFormation creates.

As of 2026-11-30. Source: ``handlers.create.permissions`` of the resource types' schemas (CloudFormation registry), cut
down to what every creation asks for. Types that are not here are not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

STACK_SETS = "stacksets-exec-"
"""How the names of the roles begin that service-managed stack sets work through in member accounts (CloudFormation
User Guide, "Activate trusted access for StackSets with AWS Organizations")."""

ALWAYS: tuple[str, ...] = (
    "cloudformation:CreateStack",
    "cloudformation:DeleteStack",
    "cloudformation:DescribeStacks",
    "cloudformation:UpdateStack",
    "sts:GetCallerIdentity",
)
"""What the roles of stack sets do in every account."""

_ROLE = "AWS::IAM::Role"
BY_TYPE: Mapping[str, tuple[str, ...]] = {
    "AWS::AccessAnalyzer::Analyzer": ("access-analyzer:CreateAnalyzer", "iam:CreateServiceLinkedRole"),
    "AWS::Budgets::Budget": ("budgets:ModifyBudget",),
    "AWS::CloudTrail::Trail": ("cloudtrail:CreateTrail", "cloudtrail:PutEventSelectors", "cloudtrail:StartLogging"),
    "AWS::CloudWatch::Alarm": ("cloudwatch:PutMetricAlarm",),
    "AWS::Config::ConfigRule": ("config:PutConfigRule",),
    "AWS::Config::ConfigurationRecorder": (
        "config:PutConfigurationRecorder",
        "config:StartConfigurationRecorder",
        "iam:PassRole",
    ),
    "AWS::Config::DeliveryChannel": ("config:PutDeliveryChannel",),
    "AWS::EC2::VPC": ("ec2:CreateVpc",),
    "AWS::Events::Rule": ("events:PutRule", "events:PutTargets"),
    "AWS::GuardDuty::Detector": ("guardduty:CreateDetector", "iam:CreateServiceLinkedRole"),
    "AWS::IAM::ManagedPolicy": ("iam:CreatePolicy",),
    _ROLE: ("iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"),
    "AWS::KMS::Alias": ("kms:CreateAlias",),
    "AWS::KMS::Key": ("kms:CreateKey", "kms:EnableKeyRotation", "kms:PutKeyPolicy"),
    "AWS::Lambda::Function": ("lambda:CreateFunction", "iam:PassRole"),
    "AWS::Logs::LogGroup": ("logs:CreateLogGroup",),
    "AWS::S3::Bucket": ("s3:CreateBucket", "s3:PutBucketPublicAccessBlock", "s3:PutEncryptionConfiguration"),
    "AWS::S3::BucketPolicy": ("s3:PutBucketPolicy",),
    "AWS::SNS::Subscription": ("sns:Subscribe",),
    "AWS::SNS::Topic": ("sns:CreateTopic", "sns:SetTopicAttributes"),
    "AWS::SNS::TopicPolicy": ("sns:SetTopicAttributes",),
    "AWS::SQS::Queue": ("sqs:CreateQueue",),
    "AWS::SSM::Parameter": ("ssm:PutParameter",),
    "AWS::SecurityHub::Hub": ("securityhub:EnableSecurityHub",),
}

EMERGENCY: tuple[str, ...] = (
    "cloudtrail:LookupEvents",
    "ec2:DescribeInstances",
    "ec2:StopInstances",
    "ec2:ModifyInstanceAttribute",
    "iam:AttachRolePolicy",
    "iam:DeleteAccessKey",
    "iam:GetRole",
    "iam:PutRolePolicy",
    "iam:UpdateAccessKey",
    "iam:UpdateAssumeRolePolicy",
    "kms:PutKeyPolicy",
    "s3:GetBucketPolicy",
    "s3:PutBucketPolicy",
    "sts:AssumeRole",
    "sts:GetCallerIdentity",
)
"""What a break-glass role is for: to look, to stop, and to take rights away or give them back (our choice)."""

_TYPE = re.compile(r"[\"']?Type[\"']?\s*:\s*[\"']?(AWS::[A-Za-z0-9]+::[A-Za-z0-9]+)")


_ROLE_NAME = re.compile(r"[\"']?RoleName[\"']?\s*:\s*[\"']?([A-Za-z0-9_+=,.@-]+)[\"'\s]")
EVERYTHING = "*"

Task = tuple[str, str]
"""An action, and the resource that it is about; ``ACCOUNT`` in it stands for the account's id."""


@lru_cache(maxsize=512)
def needed_for(template: str) -> frozenset[Task]:
    """What creating the resources of a template takes; roles by their names, where these are plain."""
    kinds = set(_TYPE.findall(template))
    found = {(action, EVERYTHING) for kind in kinds for action in BY_TYPE.get(kind, ())}
    if _ROLE in kinds:
        names = _ROLE_NAME.findall(template)
        found |= {(action, f"arn:aws:iam::ACCOUNT:role/{name}") for name in names for action in BY_TYPE[_ROLE]}
    return frozenset(found)
