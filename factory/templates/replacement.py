"""Which properties CloudFormation cannot change in place: a new value makes a new resource and removes the old one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

SOURCE: Final = (
    "CloudFormation Template Reference, 'Update requires: Replacement', as the resource provider schemas have it "
    "(createOnlyProperties and conditionalCreateOnlyProperties), read 2026-11-24"
)


@dataclass(frozen=True, slots=True)
class Fixed:
    """The properties of one type that cannot be changed in place.

    ``always`` replace the resource, ``perhaps`` do so for some of their values. A dot leads into a property.
    """

    always: frozenset[str] = frozenset()
    perhaps: frozenset[str] = field(default=frozenset())


def _fixed(always: str = "", perhaps: str = "") -> Fixed:
    return Fixed(frozenset(always.split()), frozenset(perhaps.split()))


# AWS::KMS::Key has none on purpose: an update of KeySpec, KeyUsage, Origin or MultiRegion fails, and replaces nothing.
REPLACED_BY: Final[dict[str, Fixed]] = {
    "AWS::AccessAnalyzer::Analyzer": _fixed("AnalyzerName Type", "AnalyzerConfiguration"),
    "AWS::Backup::BackupPlan": _fixed(),
    "AWS::Backup::BackupSelection": _fixed("BackupPlanId BackupSelection"),
    "AWS::Backup::BackupVault": _fixed("BackupVaultName EncryptionKeyArn"),
    "AWS::Budgets::Budget": _fixed("Budget.BudgetName NotificationsWithSubscribers"),
    "AWS::Budgets::BudgetsAction": _fixed("ActionType BudgetName"),
    "AWS::CE::AnomalyMonitor": _fixed("MonitorDimension MonitorSpecification MonitorType ResourceTags"),
    "AWS::CE::AnomalySubscription": _fixed("ResourceTags"),
    "AWS::CloudTrail::EventDataStore": _fixed(),
    "AWS::CloudTrail::Trail": _fixed("TrailName"),
    "AWS::CloudWatch::Alarm": _fixed("AlarmName"),
    "AWS::Config::AggregationAuthorization": _fixed("AuthorizedAccountId AuthorizedAwsRegion"),
    "AWS::Config::ConfigRule": _fixed("ConfigRuleName"),
    "AWS::Config::ConfigurationAggregator": _fixed("ConfigurationAggregatorName"),
    "AWS::Config::ConfigurationRecorder": _fixed("Name StartedOnCreate"),
    "AWS::Config::ConformancePack": _fixed("ConformancePackName"),
    "AWS::Config::DeliveryChannel": _fixed("Name"),
    "AWS::Config::RemediationConfiguration": _fixed("ConfigRuleName"),
    "AWS::Config::StoredQuery": _fixed("QueryName"),
    "AWS::DynamoDB::Table": _fixed("ImportSourceSpecification TableName", "KeySchema"),
    "AWS::EC2::SecurityGroup": _fixed("GroupDescription GroupName VpcId"),
    "AWS::EC2::SnapshotBlockPublicAccess": _fixed(),
    "AWS::Events::EventBus": _fixed("Name"),
    "AWS::Events::EventBusPolicy": _fixed("EventBusName StatementId"),
    "AWS::Events::Rule": _fixed("Name", "EventBusName"),
    "AWS::GuardDuty::Detector": _fixed(),
    "AWS::GuardDuty::Filter": _fixed("DetectorId Name"),
    "AWS::GuardDuty::IPSet": _fixed("DetectorId Format"),
    "AWS::GuardDuty::Master": _fixed("DetectorId InvitationId MasterId"),
    "AWS::GuardDuty::Member": _fixed("DetectorId MemberId"),
    "AWS::GuardDuty::PublishingDestination": _fixed("DetectorId"),
    "AWS::GuardDuty::ThreatIntelSet": _fixed("DetectorId Format"),
    "AWS::IAM::AccessKey": _fixed("Serial UserName"),
    "AWS::IAM::Group": _fixed("GroupName"),
    "AWS::IAM::GroupPolicy": _fixed("GroupName PolicyName"),
    "AWS::IAM::InstanceProfile": _fixed("InstanceProfileName Path"),
    "AWS::IAM::ManagedPolicy": _fixed("Description ManagedPolicyName Path"),
    "AWS::IAM::OIDCProvider": _fixed("Url"),
    "AWS::IAM::Policy": _fixed(),
    "AWS::IAM::Role": _fixed("Path RoleName"),
    "AWS::IAM::RolePolicy": _fixed("PolicyName RoleName"),
    "AWS::IAM::SAMLProvider": _fixed("Name"),
    "AWS::IAM::ServiceLinkedRole": _fixed("AWSServiceName CustomSuffix"),
    "AWS::IAM::User": _fixed("UserName"),
    "AWS::IAM::UserPolicy": _fixed("PolicyName UserName"),
    "AWS::IAM::UserToGroupAddition": _fixed(),
    "AWS::KMS::Alias": _fixed("AliasName"),
    "AWS::KMS::Key": _fixed(),
    "AWS::KMS::ReplicaKey": _fixed("PrimaryKeyArn"),
    "AWS::Lambda::Function": _fixed("FunctionName PackageType TenancyConfig", "DurableConfig"),
    "AWS::Lambda::Permission": _fixed(
        "Action EventSourceToken FunctionName FunctionUrlAuthType InvokedViaFunctionUrl Principal PrincipalOrgID"
        " SourceAccount SourceArn"
    ),
    "AWS::Logs::LogGroup": _fixed("LogGroupName"),
    "AWS::Logs::LogStream": _fixed("LogGroupName LogStreamName"),
    "AWS::Logs::MetricFilter": _fixed("FilterName LogGroupName"),
    "AWS::Logs::ResourcePolicy": _fixed("PolicyName"),
    "AWS::Logs::SubscriptionFilter": _fixed("FilterName LogGroupName"),
    "AWS::Macie::Session": _fixed(),
    "AWS::ResourceGroups::Group": _fixed("Name"),
    "AWS::S3::AccessPoint": _fixed("Bucket BucketAccountId Name VpcConfiguration"),
    "AWS::S3::Bucket": _fixed("BucketName BucketNamePrefix BucketNamespace"),
    "AWS::S3::BucketPolicy": _fixed("Bucket"),
    "AWS::SNS::Subscription": _fixed("Endpoint Protocol TopicArn", "Region"),
    "AWS::SNS::Topic": _fixed("FifoTopic TopicName"),
    "AWS::SNS::TopicInlinePolicy": _fixed("TopicArn"),
    "AWS::SNS::TopicPolicy": _fixed(),
    "AWS::SQS::Queue": _fixed("FifoQueue QueueName"),
    "AWS::SQS::QueuePolicy": _fixed(),
    "AWS::SSM::Association": _fixed("InstanceId"),
    "AWS::SSM::Document": _fixed(
        "DocumentType Name", "Attachments Content DocumentFormat Requires TargetType VersionName"
    ),
    "AWS::SSM::Parameter": _fixed("Name"),
    "AWS::SecretsManager::Secret": _fixed("Name"),
    "AWS::SecurityHub::Hub": _fixed(),
    "AWS::SecurityHub::Standard": _fixed("StandardsArn"),
    "AWS::StepFunctions::StateMachine": _fixed("StateMachineName StateMachineType"),
}
