"""The resource types that stacks in the sandbox may have, and when two resources are in each other's way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Known:
    """A type. ``name``: the property that names a resource (a dot leads into one).

    ``within``: names are unique in a ``region`` of an account, in an ``account``, or among ``all`` accounts; where
    there is no name, nothing collides. ``single``: there can be one in each Region (or account) whatever its name;
    ``taken`` is what the service then says. ``parent`` names a property in which names are unique.
    """

    name: str = ""
    within: str = "region"
    single: bool = False
    taken: str = ""
    parent: str = ""


def _iam(name: str, parent: str = "") -> Known:
    return Known(name, "account", parent=parent)


_UNNAMED = Known()
_ONE = "{type} already exists in this account and Region"

KNOWN: Mapping[str, Known] = {
    "AWS::AccessAnalyzer::Analyzer": Known("AnalyzerName"),
    "AWS::Backup::BackupPlan": _UNNAMED,
    "AWS::Backup::BackupSelection": _UNNAMED,
    "AWS::Backup::BackupVault": Known("BackupVaultName"),
    "AWS::Budgets::Budget": Known("Budget.BudgetName", "account"),
    "AWS::Budgets::BudgetsAction": _UNNAMED,
    "AWS::CE::AnomalyMonitor": Known("MonitorName", "account"),
    "AWS::CE::AnomalySubscription": Known("SubscriptionName", "account"),
    "AWS::CloudFormation::WaitConditionHandle": _UNNAMED,
    "AWS::CloudTrail::EventDataStore": Known("Name"),
    "AWS::CloudTrail::Trail": Known("TrailName"),
    "AWS::CloudWatch::Alarm": Known("AlarmName"),
    "AWS::Config::AggregationAuthorization": _UNNAMED,
    "AWS::Config::ConfigRule": Known("ConfigRuleName"),
    "AWS::Config::ConfigurationAggregator": Known("ConfigurationAggregatorName"),
    "AWS::Config::ConfigurationRecorder": Known(
        "Name",
        single=True,
        taken="Failed to put configuration recorder '{name}' because the maximum number of configuration recorders: 1 "
        "is reached. (Service: AmazonConfig; Status Code: 400; Error Code: "
        "MaxNumberOfConfigurationRecordersExceededException)",
    ),
    "AWS::Config::ConformancePack": Known("ConformancePackName"),
    "AWS::Config::DeliveryChannel": Known(
        "Name",
        single=True,
        taken="Failed to put delivery channel '{name}' because the maximum number of delivery channels: 1 is reached. "
        "(Service: AmazonConfig; Status Code: 400; Error Code: MaxNumberOfDeliveryChannelsExceededException)",
    ),
    "AWS::Config::RemediationConfiguration": _UNNAMED,
    "AWS::Config::StoredQuery": Known("QueryName"),
    "AWS::DynamoDB::Table": Known("TableName"),
    "AWS::EC2::SecurityGroup": Known("GroupName"),
    "AWS::EC2::SnapshotBlockPublicAccess": Known(single=True, taken=_ONE),
    "AWS::Events::EventBus": Known("Name"),
    "AWS::Events::EventBusPolicy": _UNNAMED,
    "AWS::Events::Rule": Known("Name", parent="EventBusName"),
    "AWS::GuardDuty::Detector": Known(
        single=True,
        taken="The request is rejected because a detector already exists for the current account. "
        "(Service: GuardDuty, Status Code: 400)",
    ),
    "AWS::GuardDuty::Filter": Known("Name"),
    "AWS::GuardDuty::IPSet": _UNNAMED,
    "AWS::GuardDuty::PublishingDestination": _UNNAMED,
    "AWS::GuardDuty::ThreatIntelSet": _UNNAMED,
    "AWS::IAM::AccessKey": _UNNAMED,
    "AWS::IAM::Group": _iam("GroupName"),
    "AWS::IAM::GroupPolicy": _iam("PolicyName", "GroupName"),
    "AWS::IAM::InstanceProfile": _iam("InstanceProfileName"),
    "AWS::IAM::ManagedPolicy": _iam("ManagedPolicyName"),
    "AWS::IAM::OIDCProvider": _iam("Url"),
    "AWS::IAM::Policy": _UNNAMED,
    "AWS::IAM::Role": _iam("RoleName"),
    "AWS::IAM::RolePolicy": _iam("PolicyName", "RoleName"),
    "AWS::IAM::SAMLProvider": _iam("Name"),
    "AWS::IAM::ServiceLinkedRole": _iam("AWSServiceName"),
    "AWS::IAM::User": _iam("UserName"),
    "AWS::IAM::UserPolicy": _iam("PolicyName", "UserName"),
    "AWS::IAM::UserToGroupAddition": _UNNAMED,
    "AWS::KMS::Alias": Known("AliasName"),
    "AWS::KMS::Key": _UNNAMED,
    "AWS::KMS::ReplicaKey": _UNNAMED,
    "AWS::Lambda::Function": Known("FunctionName"),
    "AWS::Lambda::Permission": _UNNAMED,
    "AWS::Logs::LogGroup": Known("LogGroupName"),
    "AWS::Logs::LogStream": Known("LogStreamName", parent="LogGroupName"),
    "AWS::Logs::MetricFilter": Known("FilterName", parent="LogGroupName"),
    "AWS::Logs::ResourcePolicy": Known("PolicyName"),
    "AWS::Logs::SubscriptionFilter": Known("FilterName", parent="LogGroupName"),
    "AWS::Macie::Session": Known(single=True, taken="Macie has already been enabled"),
    "AWS::ResourceGroups::Group": Known("Name"),
    "AWS::S3::AccessPoint": Known("Name"),
    "AWS::S3::Bucket": Known("BucketName", "all"),
    "AWS::S3::BucketPolicy": Known("Bucket", "all", taken="The bucket policy already exists on bucket {name}."),
    "AWS::SNS::Subscription": _UNNAMED,
    "AWS::SNS::Topic": Known("TopicName"),
    "AWS::SNS::TopicInlinePolicy": _UNNAMED,
    "AWS::SNS::TopicPolicy": _UNNAMED,
    "AWS::SQS::Queue": Known("QueueName"),
    "AWS::SQS::QueuePolicy": _UNNAMED,
    "AWS::SSM::Association": _UNNAMED,
    "AWS::SSM::Document": Known("Name"),
    "AWS::SSM::Parameter": Known("Name"),
    "AWS::SecretsManager::Secret": Known("Name"),
    "AWS::SecurityHub::Hub": Known(single=True, taken="Account is already subscribed to Security Hub"),
    "AWS::SecurityHub::Standard": Known("StandardsArn"),
    "AWS::StepFunctions::StateMachine": Known("StateMachineName"),
}
"""Every type that a template may have here; a made-up or mistyped one must not pass, be it that AWS has more.

Names and where they are unique: CloudFormation Template Reference, each type's naming property; quotas of one: the
services' quota pages (AWS Config, GuardDuty, Security Hub, Macie).
"""


def claim(type_: str, account_id: str, region: str, properties: Mapping[str, Any]) -> str | None:
    """What a resource lays claim to that no other may have: ``SCOPE|TYPE|NAME``; ``None`` where nothing is unique."""
    known = KNOWN.get(type_, _UNNAMED)
    name = _text(properties, known.name)
    if not (known.single or name):
        return None
    scope = {"region": f"{account_id}/{region}", "account": account_id, "all": ""}[known.within]
    parent = _text(properties, known.parent)
    return f"{scope}|{type_}|{'' if known.single else f'{parent}/{name}' if parent else name}"


def taken(type_: str, properties: Mapping[str, Any]) -> str:
    """What the service says where another resource has what this one needs."""
    known = KNOWN.get(type_, _UNNAMED)
    name = _text(properties, known.name)
    if known.taken:
        return known.taken.format(name=name or "default", type=type_)
    if known.within == "all":
        return f"{name} already exists"
    return f"Resource handler returned message: \"Resource of type '{type_}' with identifier '{name}' already exists.\""


def _text(properties: Mapping[str, Any], path: str) -> str:
    found: Any = properties
    for step in path.split(".") if path else ():
        found = found.get(step) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else ""
