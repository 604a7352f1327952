"""What roles that must never be locked out need to do: actions by the resource types that CloudFormation creates.

As of 2026-11-30. Source: ``handlers.create.permissions`` of the resource types' schemas (CloudFormation registry), cut
down to what every creation asks for. Types that are not here are not looked at.
"""

from __future__ import annotations

import json
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

_NAMES: Mapping[str, str] = {
    "AWS::Budgets::Budget": "BudgetName",
    "AWS::CloudTrail::Trail": "TrailName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    _ROLE: "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SSM::Parameter": "Name",
}
"""The property that has the name of a resource."""

_STACK = "arn:aws:cloudformation:REGION:ACCOUNT:stack/StackSet-factory-INSTANCE-NAME/NAME"
_RESOURCES: Mapping[str, str] = {
    "access-analyzer:CreateAnalyzer": "arn:aws:access-analyzer:REGION:ACCOUNT:analyzer/NAME",
    "budgets:ModifyBudget": "arn:aws:budgets::ACCOUNT:budget/NAME",
    **{f"cloudformation:{verb}": _STACK for verb in ("CreateStack", "DeleteStack", "DescribeStacks", "UpdateStack")},
    **{
        f"cloudtrail:{verb}": "arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME"
        for verb in ("CreateTrail", "PutEventSelectors", "StartLogging")
    },
    "cloudwatch:PutMetricAlarm": "arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME",
    "config:PutConfigRule": "arn:aws:config:REGION:ACCOUNT:config-rule/config-rule-NAME",
    "ec2:CreateVpc": "arn:aws:ec2:REGION:ACCOUNT:vpc/vpc-NAME",
    "ec2:ModifyInstanceAttribute": "arn:aws:ec2:REGION:ACCOUNT:instance/i-NAME",
    "ec2:StopInstances": "arn:aws:ec2:REGION:ACCOUNT:instance/i-NAME",
    "events:PutRule": "arn:aws:events:REGION:ACCOUNT:rule/NAME",
    "events:PutTargets": "arn:aws:events:REGION:ACCOUNT:rule/NAME",
    "iam:CreatePolicy": "arn:aws:iam::ACCOUNT:policy/NAME",
    "iam:CreateServiceLinkedRole": "arn:aws:iam::ACCOUNT:role/aws-service-role/NAME",
    **{f"iam:{verb}": "arn:aws:iam::ACCOUNT:user/NAME" for verb in ("DeleteAccessKey", "UpdateAccessKey")},
    **{
        f"iam:{verb}": "arn:aws:iam::ACCOUNT:role/NAME"
        for verb in ("AttachRolePolicy", "CreateRole", "GetRole", "PassRole", "PutRolePolicy", "UpdateAssumeRolePolicy")
    },
    "kms:CreateAlias": "arn:aws:kms:REGION:ACCOUNT:alias/NAME",
    "kms:EnableKeyRotation": "arn:aws:kms:REGION:ACCOUNT:key/NAME",
    "kms:PutKeyPolicy": "arn:aws:kms:REGION:ACCOUNT:key/NAME",
    "lambda:CreateFunction": "arn:aws:lambda:REGION:ACCOUNT:function:NAME",
    "logs:CreateLogGroup": "arn:aws:logs:REGION:ACCOUNT:log-group:NAME",
    **{
        f"s3:{verb}": "arn:aws:s3:::NAME"
        for verb in (
            "CreateBucket",
            "GetBucketPolicy",
            "PutBucketPolicy",
            "PutBucketPublicAccessBlock",
            "PutEncryptionConfiguration",
        )
    },
    "sns:CreateTopic": "arn:aws:sns:REGION:ACCOUNT:NAME",
    "sns:SetTopicAttributes": "arn:aws:sns:REGION:ACCOUNT:NAME",
    "sns:Subscribe": "arn:aws:sns:REGION:ACCOUNT:NAME",
    "sqs:CreateQueue": "arn:aws:sqs:REGION:ACCOUNT:NAME",
    "ssm:PutParameter": "arn:aws:ssm:REGION:ACCOUNT:parameter/NAME",
    "sts:AssumeRole": "arn:aws:iam::ACCOUNT:role/NAME",
}
"""What an action is about (Service Authorization Reference); the others are about ``*``."""

_NAME = "zq0"
"""A name that no policy has, for what has none of its own yet."""

Task = tuple[str, str]
"""An action, and what it is about; ``REGION``, ``ACCOUNT`` and ``INSTANCE`` in it stand for where that is and whose."""


def task_of(action: str, name: str = _NAME) -> Task:
    """An action on a resource of this name."""
    return action, _RESOURCES.get(action, "*").replace("NAME", name)


@lru_cache(maxsize=512)
def needed_for(template: str) -> frozenset[Task]:
    """What creating the resources of a template takes, JSON in long form; by their names, where these are plain."""
    try:
        resources = json.loads(template).get("Resources", {})
    except ValueError:
        return frozenset()
    found: set[Task] = set()
    for resource in resources.values():
        kind = str(resource.get("Type"))
        name = resource.get("Properties", {}).get(_NAMES.get(kind, ""))
        found |= {task_of(action, name if isinstance(name, str) else _NAME) for action in BY_TYPE.get(kind, ())}
    return frozenset(found)
