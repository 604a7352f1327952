"""GuardDuty: the detector with its features, and notices where they are wanted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.baselines.policies import verdict
from tests.baselines.scene import AWAY, HOME, MEMBER, STRANGER, refusals, stack

ON = {"S3_DATA_EVENTS", "EKS_AUDIT_LOGS", "EBS_MALWARE_PROTECTION", "RDS_LOGIN_EVENTS", "LAMBDA_NETWORK_LOGS"}
SWITCHES = {
    "S3Protection": "S3_DATA_EVENTS",
    "EksProtection": "EKS_AUDIT_LOGS",
    "MalwareProtection": "EBS_MALWARE_PROTECTION",
    "RdsProtection": "RDS_LOGIN_EVENTS",
    "LambdaProtection": "LAMBDA_NETWORK_LOGS",
    "RuntimeMonitoring": "RUNTIME_MONITORING",
}
AGENTS = ["EKS_ADDON_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EC2_AGENT_MANAGEMENT"]
RULE = f"arn:aws:events:{HOME}:{MEMBER}:rule/factory-guardduty-findings"
TOPIC = f"arn:aws:sns:{HOME}:{MEMBER}:factory-guardduty-findings"


def detector(**values: str) -> dict[str, Any]:
    return dict(stack("guardduty", **values)["Detector"].properties)


def features(**values: str) -> dict[str, str]:
    return {feature["Name"]: feature["Status"] for feature in detector(**values)["Features"]}


@pytest.mark.parametrize("region", [HOME, AWAY])
def test_a_detector_alone_where_no_notices_are_wanted(region: str) -> None:
    (found,) = stack("guardduty", region).values()
    assert found.type == "AWS::GuardDuty::Detector"
    assert found.properties["Enable"] is True
    assert found.properties["FindingPublishingFrequency"] == "FIFTEEN_MINUTES"
    assert "DataSources" not in found.properties  # what Features took the place of


def test_every_feature_is_said_and_only_the_dear_one_is_off() -> None:
    assert features() == dict.fromkeys(ON, "ENABLED") | {"RUNTIME_MONITORING": "DISABLED"}


@pytest.mark.parametrize(("switch", "feature"), SWITCHES.items())
@pytest.mark.parametrize("status", ["ENABLED", "DISABLED"])
def test_each_feature_has_a_switch_of_its_own(switch: str, feature: str, status: str) -> None:
    assert features(**{switch: status}) == features() | {feature: status}
    assert refusals("guardduty", **{switch: "PERHAPS"})


@pytest.mark.parametrize("status", ["ENABLED", "DISABLED"])
def test_agents_go_with_runtime_monitoring(status: str) -> None:
    (found,) = [each for each in detector(RuntimeMonitoring=status)["Features"] if each["Name"] == "RUNTIME_MONITORING"]
    assert found["AdditionalConfiguration"] == [{"Name": name, "Status": status} for name in AGENTS]


def test_the_frequency_can_be_chosen() -> None:
    assert detector(FindingPublishingFrequency="SIX_HOURS")["FindingPublishingFrequency"] == "SIX_HOURS"
    assert refusals("guardduty", FindingPublishingFrequency="DAILY")


def notifying() -> dict[str, dict[str, Any]]:
    return {
        name: dict(placed.properties)
        for name, placed in stack("guardduty", NotificationEmail="soc@example.com").items()
    }


def test_findings_of_high_severity_reach_the_mailbox() -> None:
    found = notifying()
    assert found["FindingsSubscription"] == {"TopicArn": TOPIC, "Protocol": "email", "Endpoint": "soc@example.com"}
    assert found["FindingsTopic"] == {"TopicName": "factory-guardduty-findings", "KmsMasterKeyId": "alias/aws/sns"}
    rule = found["FindingsRule"]
    assert rule["Name"] == "factory-guardduty-findings"
    assert rule["EventPattern"] == {
        "source": ["aws.guardduty"],
        "detail-type": ["GuardDuty Finding"],
        "detail": {"severity": [{"numeric": [">=", 7]}]},
    }
    role = f"arn:aws:iam::{MEMBER}:role/factory-guardduty-notices-{HOME}"
    assert rule["Targets"] == [{"Id": "topic", "Arn": TOPIC, "RoleArn": role}]


def test_only_our_rule_publishes() -> None:
    role = notifying()["NotificationRole"]
    asked = {"principal": "events.amazonaws.com", "action": "sts:AssumeRole", "resource": "role"}
    ours = {"aws__SourceAccount": MEMBER, "aws__SourceArn": RULE}
    trust = role["AssumeRolePolicyDocument"]
    assert trust["Version"] == "2012-10-17"
    assert verdict(trust, **asked, **ours) == "allow"
    assert verdict(trust, **asked, **(ours | {"aws__SourceAccount": STRANGER})) == "none"
    assert verdict(trust, **asked, **(ours | {"aws__SourceArn": RULE + "-2"})) == "none"
    assert verdict(trust, **(asked | {"principal": "ec2.amazonaws.com"}), **ours) == "none"
    (policy,) = role["Policies"]
    assert verdict(policy["PolicyDocument"], action="sns:Publish", resource=TOPIC) == "allow"
    assert verdict(policy["PolicyDocument"], action="sns:Publish", resource=TOPIC + "-2") == "none"
    assert verdict(policy["PolicyDocument"], action="sns:Subscribe", resource=TOPIC) == "none"
    assert policy["PolicyDocument"]["Version"] == "2012-10-17"


def test_the_topic_grants_nothing_and_wants_tls() -> None:
    found = notifying()["FindingsTopicPolicy"]
    assert found["Topics"] == [TOPIC]
    asked = {"principal": "events.amazonaws.com", "action": "sns:Publish", "resource": TOPIC}
    assert verdict(found["PolicyDocument"], **asked, aws__SecureTransport="false") == "deny"
    assert verdict(found["PolicyDocument"], **asked, aws__SecureTransport="true") == "none"
    assert found["PolicyDocument"]["Version"] == "2012-10-17"


@pytest.mark.parametrize(
    ("mailbox", "right"), [("", True), ("soc@example.com", True), ("soc", False), ("a@b,c@d", False)]
)
def test_one_mailbox_or_none(mailbox: str, right: bool) -> None:
    assert bool(refusals("guardduty", NotificationEmail=mailbox)) is not right
