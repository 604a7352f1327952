"""Physical names, ids and ARNs of resources, made up as CloudFormation and the services make them up."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from factory.templates.parameters import value_text


@dataclass(frozen=True, slots=True)
class Identity:
    """How one type is referred to.

    ``name`` is the property that names a resource (a dot leads into one). ``reference`` is what ``Ref`` gives and
    ``attributes`` what ``Fn::GetAtt`` gives, as texts in which lower-case fields stand for what ``fields`` makes and
    others for properties. Source: CloudFormation Template Reference, "Return values" of each type.
    """

    name: str = ""
    reference: str = "{name}"
    attributes: Mapping[str, str] = field(default_factory=dict)
    longest: int = 128
    lower: bool = False


def _arn(service: str, rest: str, region: str = "{region}", account: str = "{account}") -> str:
    return f"arn:{{partition}}:{service}:{region}:{account}:{rest}"


def _named(name: str, arn: str, attribute: str = "Arn", longest: int = 128, **more: str) -> Identity:
    """A type whose ``Ref`` is its name, with the ARN as an attribute."""
    return Identity(name, "{name}", {attribute: arn, **more}, longest)


def _by_arn(name: str, arn: str, attribute: str = "Arn", **more: str) -> Identity:
    """A type whose ``Ref`` is its ARN."""
    return Identity(name, arn, {attribute: arn, **more})


def _iam(kind: str, name: str, longest: int, **more: str) -> Identity:
    return _named(name, _arn("iam", f"{kind}{{path}}{{name}}", region=""), longest=longest, **more)


_KEY = "{key}"
_POLICY = _arn("iam", "policy{path}{name}", region="")

IDENTITIES: Final[Mapping[str, Identity]] = {
    "AWS::AccessAnalyzer::Analyzer": _by_arn("AnalyzerName", _arn("access-analyzer", "analyzer/{name}")),
    "AWS::Backup::BackupVault": _named(
        "BackupVaultName", _arn("backup", "backup-vault:{name}"), "BackupVaultArn", BackupVaultName="{name}"
    ),
    "AWS::Budgets::Budget": Identity("Budget.BudgetName"),
    "AWS::CE::AnomalyMonitor": _by_arn("", _arn("ce", "anomalymonitor/{uuid}", region=""), "MonitorArn"),
    "AWS::CE::AnomalySubscription": _by_arn("", _arn("ce", "anomalysubscription/{uuid}", region=""), "SubscriptionArn"),
    "AWS::CloudFormation::WaitConditionHandle": Identity(
        reference="https://cloudformation-waitcondition-{region}.s3.{region}.{suffix}/{uuid}"
    ),
    "AWS::CloudTrail::EventDataStore": _by_arn("", _arn("cloudtrail", "eventdatastore/{uuid}"), "EventDataStoreArn"),
    "AWS::CloudTrail::Trail": _named("TrailName", _arn("cloudtrail", "trail/{name}")),
    "AWS::CloudWatch::Alarm": _named("AlarmName", _arn("cloudwatch", "alarm:{name}")),
    "AWS::Config::ConfigRule": _named(
        "ConfigRuleName", _arn("config", "config-rule/config-rule-{hex:.6}"), ConfigRuleId="config-rule-{hex:.6}"
    ),
    "AWS::Config::ConfigurationAggregator": _named(
        "ConfigurationAggregatorName",
        _arn("config", "config-aggregator/config-aggregator-{hex:.8}"),
        "ConfigurationAggregatorArn",
    ),
    "AWS::Config::ConfigurationRecorder": Identity("Name"),
    "AWS::Config::ConformancePack": Identity("ConformancePackName"),
    "AWS::Config::DeliveryChannel": Identity("Name"),
    "AWS::DynamoDB::Table": _named("TableName", _arn("dynamodb", "table/{name}")),
    "AWS::EC2::SecurityGroup": Identity(reference="sg-{hex:.17}", attributes={"GroupId": "sg-{hex:.17}"}),
    "AWS::Events::EventBus": _named("Name", _arn("events", "event-bus/{name}"), Name="{name}"),
    "AWS::Events::Rule": _named("Name", _arn("events", "rule/{rule}"), longest=64),
    "AWS::GuardDuty::Detector": Identity(reference="{hex}", attributes={"Id": "{hex}"}),
    "AWS::IAM::Group": _iam("group", "GroupName", 128),
    "AWS::IAM::InstanceProfile": _iam("instance-profile", "InstanceProfileName", 128),
    "AWS::IAM::ManagedPolicy": Identity(
        "ManagedPolicyName", _POLICY, {"PolicyArn": _POLICY, "PolicyId": "ANPA{code:.17}"}
    ),
    "AWS::IAM::OIDCProvider": _by_arn("", _arn("iam", "oidc-provider/{host}", region="")),
    "AWS::IAM::Policy": Identity(attributes={"Id": "{name}"}),
    "AWS::IAM::Role": _iam("role", "RoleName", 64, RoleId="AROA{code:.17}"),
    "AWS::IAM::SAMLProvider": _by_arn("Name", _arn("iam", "saml-provider/{name}", region="")),
    "AWS::IAM::User": _iam("user", "UserName", 64),
    "AWS::KMS::Alias": Identity("AliasName"),
    "AWS::KMS::Key": Identity("", _KEY, {"KeyId": _KEY, "Arn": _arn("kms", f"key/{_KEY}")}),
    "AWS::Lambda::Function": _named("FunctionName", _arn("lambda", "function:{name}"), longest=64),
    "AWS::Logs::LogGroup": _named("LogGroupName", _arn("logs", "log-group:{name}:*")),
    "AWS::Logs::MetricFilter": Identity("FilterName"),
    "AWS::S3::Bucket": Identity(
        "BucketName",
        "{name}",
        {
            "Arn": _arn("s3", "{name}", region="", account=""),
            "DomainName": "{name}.s3.{suffix}",
            "DualStackDomainName": "{name}.s3.dualstack.{region}.{suffix}",
            "RegionalDomainName": "{name}.s3.{region}.{suffix}",
        },
        longest=63,
        lower=True,
    ),
    "AWS::S3::BucketPolicy": Identity(reference="{Bucket}"),
    "AWS::SNS::Subscription": _by_arn("", "{TopicArn}:{uuid}"),
    "AWS::SNS::Topic": _by_arn("TopicName", _arn("sns", "{name}"), "TopicArn", TopicName="{name}"),
    "AWS::SQS::Queue": Identity(
        "QueueName",
        "https://sqs.{region}.{suffix}/{account}/{name}",
        {
            "Arn": _arn("sqs", "{name}"),
            "QueueName": "{name}",
            "QueueUrl": "https://sqs.{region}.{suffix}/{account}/{name}",
        },
        longest=80,
    ),
    "AWS::SSM::Document": Identity("Name"),
    "AWS::SSM::Parameter": _named("Name", _arn("ssm", "parameter{slash}{name}"), Type="{Type}", Value="{Value}"),
    "AWS::SecretsManager::Secret": _by_arn("Name", _arn("secretsmanager", "secret:{name}-{code:.6}"), "Id"),
    "AWS::SecurityHub::Hub": _by_arn("", _arn("securityhub", "hub/default"), "ARN"),
    "AWS::StepFunctions::StateMachine": _by_arn(
        "StateMachineName", _arn("states", "stateMachine:{name}"), Name="{name}"
    ),
}


def identifier(
    type_: str, attribute: str | None, properties: Mapping[str, Any], logical_id: str, stack: Mapping[str, str]
) -> str:
    """What ``Ref`` (no attribute) or ``Fn::GetAtt`` gives; the same for the same stack and resource.

    ``stack`` has ``partition``, ``region``, ``account``, ``suffix``, ``stack_name`` and ``stack_id``. A type that is
    not in the table is referred to by a name that CloudFormation would make up. Raises ``LookupError`` for an
    attribute that is not known.
    """
    identity = IDENTITIES.get(type_, Identity())
    form = identity.reference if attribute is None else identity.attributes.get(attribute)
    if form is None:
        raise LookupError(attribute)
    return form.format_map({**_texts(properties), **_fields(identity, properties, logical_id, stack)})


def _fields(
    identity: Identity, properties: Mapping[str, Any], logical_id: str, stack: Mapping[str, str]
) -> dict[str, str]:
    """The lower-case fields of the forms."""
    digest = hashlib.sha256(f"{stack['stack_id']}/{logical_id}".encode()).digest()
    hexed, code = digest.hex()[:32], base64.b32encode(digest).decode().rstrip("=")
    uuid = "-".join((hexed[:8], hexed[8:12], hexed[12:16], hexed[16:20], hexed[20:]))
    name = _name(identity, properties) or _made_up(identity, logical_id, stack["stack_name"], code[:12])
    bus = value_text(properties.get("EventBusName")) or "default"
    several = value_text(properties.get("MultiRegion")).casefold() == "true"
    return {
        **{key: stack[key] for key in ("partition", "region", "account", "suffix")},
        "name": name,
        "path": value_text(properties.get("Path")) or "/",
        "rule": name if bus == "default" else f"{bus}/{name}",
        "slash": "" if name.startswith("/") else "/",
        "host": value_text(properties.get("Url")).removeprefix("https://"),
        "key": f"mrk-{hexed}" if several else uuid,
        "uuid": uuid,
        "hex": hexed,
        "code": code,
    }


def _name(identity: Identity, properties: Mapping[str, Any]) -> str:
    found: Any = properties
    for step in identity.name.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else ""


def _made_up(identity: Identity, logical_id: str, stack_name: str, code: str) -> str:
    """STACK-RESOURCE-CODE, cut to what the type takes, as CloudFormation names what has no name of its own."""
    name = f"{f'{stack_name}-{logical_id}'[: identity.longest - len(code) - 1]}-{code}"
    return name.lower() if identity.lower else name


def _texts(properties: Mapping[str, Any]) -> dict[str, str]:
    return {key: value_text(value) for key, value in properties.items() if isinstance(value, str | int | float)}
