"""AWS Config: recorder, delivery, its role, and the rules."""

from __future__ import annotations

import json

import pytest

from tests.baselines.policies import verdict
from tests.baselines.scene import (
    ARCHIVE,
    AWAY,
    HOME,
    MEMBER,
    ORGANIZATION,
    STRANGER,
    of_type,
    refusals,
    stack,
    template,
)

BUCKET = f"{ORGANIZATION}-config-{ARCHIVE}"
ONCE = {
    "factory-root-mfa": "ROOT_ACCOUNT_MFA_ENABLED",
    "factory-root-access-key": "IAM_ROOT_ACCESS_KEY_CHECK",
    "factory-iam-user-mfa": "IAM_USER_MFA_ENABLED",
    "factory-s3-account-public-access": "S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC",
}
EVERYWHERE = {
    "factory-eip-attached": "EIP_ATTACHED",
    "factory-ssh-closed": "INCOMING_SSH_DISABLED",
    "factory-ebs-volumes-encrypted": "ENCRYPTED_VOLUMES",
    "factory-ebs-encryption-by-default": "EC2_EBS_ENCRYPTION_BY_DEFAULT",
    "factory-ebs-snapshots-private": "EBS_SNAPSHOT_PUBLIC_RESTORABLE_CHECK",
    "factory-s3-buckets-encrypted": "S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED",
    "factory-s3-buckets-not-public-read": "S3_BUCKET_PUBLIC_READ_PROHIBITED",
    "factory-s3-buckets-not-public-write": "S3_BUCKET_PUBLIC_WRITE_PROHIBITED",
    "factory-rds-storage-encrypted": "RDS_STORAGE_ENCRYPTED",
    "factory-rds-instances-private": "RDS_INSTANCE_PUBLIC_ACCESS_CHECK",
    "factory-rds-snapshots-private": "RDS_SNAPSHOTS_PUBLIC_PROHIBITED",
}


def rules(region: str) -> dict[str, str]:
    found = of_type(stack("config", region), "AWS::Config::ConfigRule").values()
    assert all(rule["Source"]["Owner"] == "AWS" for rule in found)
    return {rule["ConfigRuleName"]: rule["Source"]["SourceIdentifier"] for rule in found}


def test_rules_on_the_account_as_a_whole_run_once_the_others_in_every_region() -> None:
    assert rules(HOME) == ONCE | EVERYWHERE
    assert rules(AWAY) == EVERYWHERE


def test_rules_wait_for_the_recorder() -> None:
    for name, placed in stack("config").items():
        if placed.type == "AWS::Config::ConfigRule":
            assert template("config").resources[name]["DependsOn"] == "Recorder", name


@pytest.mark.parametrize(("region", "once"), [(HOME, True), (AWAY, False)])
def test_all_is_recorded_and_what_is_global_in_the_home_region_only(region: str, once: bool) -> None:
    recorder = stack("config", region)["Recorder"].properties
    assert recorder == {
        "Name": "factory-recorder",
        "RoleARN": f"arn:aws:iam::{MEMBER}:role/factory-config-{region}",
        "RecordingGroup": {"AllSupported": True, "IncludeGlobalResourceTypes": once},
        "RecordingMode": {"RecordingFrequency": "CONTINUOUS"},
    }


def test_what_is_recorded_goes_to_the_archive() -> None:
    assert stack("config", AWAY)["DeliveryChannel"].properties == {
        "Name": "factory-delivery",
        "S3BucketName": BUCKET,
        "ConfigSnapshotDeliveryProperties": {"DeliveryFrequency": "TwentyFour_Hours"},
    }


def test_recorder_and_channel_wait_for_each_other_in_neither_direction() -> None:
    """CloudFormation would wait for ever: the recorder is done when it runs, and it runs when there is a channel."""
    found = stack("config")
    assert "Recorder" not in found["DeliveryChannel"].depends_on
    assert "DeliveryChannel" not in found["Recorder"].depends_on


def test_frequencies_can_be_chosen() -> None:
    found = stack("config", RecordingFrequency="DAILY", SnapshotFrequency="Six_Hours")
    assert found["Recorder"].properties["RecordingMode"] == {"RecordingFrequency": "DAILY"}
    assert found["DeliveryChannel"].properties["ConfigSnapshotDeliveryProperties"] == {"DeliveryFrequency": "Six_Hours"}
    assert _refuses(RecordingFrequency="WEEKLY")
    assert _refuses(SnapshotFrequency="Two_Hours")
    assert _refuses(BucketName="Not_A_Bucket")
    assert _refuses(LogArchiveAccountId="12345")
    assert not _refuses()


def test_it_works_with_and_without_the_service_linked_role() -> None:
    text = json.dumps(template("config").body["Resources"])
    assert "AWS::IAM::ServiceLinkedRole" not in text  # fails where the role exists
    assert "aws-service-role" not in text  # fails where it does not


def test_only_config_of_this_account_may_take_the_role() -> None:
    role = stack("config")["RecorderRole"].properties
    trust = role["AssumeRolePolicyDocument"]
    assert trust["Version"] == "2012-10-17"
    asked = {"principal": "config.amazonaws.com", "action": "sts:AssumeRole", "resource": "role"}
    assert verdict(trust, **asked, aws__SourceAccount=MEMBER) == "allow"
    assert verdict(trust, **asked, aws__SourceAccount=STRANGER) == "none"
    assert verdict(trust, **(asked | {"principal": "ec2.amazonaws.com"}), aws__SourceAccount=MEMBER) == "none"
    assert role["ManagedPolicyArns"] == ["arn:aws:iam::aws:policy/service-role/AWS_ConfigRole"]


ARN = f"arn:aws:s3:::{BUCKET}"
KEY = f"arn:aws:kms:{HOME}:{ARCHIVE}:key/1"


@pytest.mark.parametrize(
    ("action", "resource", "via", "answer"),
    [
        ("s3:GetBucketAcl", ARN, "", "allow"),
        ("s3:GetBucketLocation", ARN, "", "allow"),
        ("s3:ListBucket", ARN, "", "allow"),
        ("s3:ListBucket", "arn:aws:s3:::another", "", "none"),
        ("s3:PutObject", f"{ARN}/AWSLogs/{MEMBER}/Config/x", "", "allow"),
        ("s3:PutObject", f"{ARN}/AWSLogs/{STRANGER}/Config/x", "", "none"),
        ("s3:GetObject", f"{ARN}/AWSLogs/{MEMBER}/Config/x", "", "none"),
        ("kms:GenerateDataKey", KEY, f"s3.{HOME}.amazonaws.com", "allow"),
        ("kms:Decrypt", KEY, f"s3.{HOME}.amazonaws.com", "allow"),
        ("kms:Decrypt", KEY, "", "none"),
        ("kms:Decrypt", f"arn:aws:kms:{HOME}:{STRANGER}:key/1", f"s3.{HOME}.amazonaws.com", "none"),
    ],
)
def test_the_role_delivers_into_its_own_folder_and_nothing_else(
    action: str, resource: str, via: str, answer: str
) -> None:
    (policy,) = stack("config", AWAY)["RecorderRole"].properties["Policies"]
    assert policy["PolicyDocument"]["Version"] == "2012-10-17"
    context = {"kms__ViaService": via} if via else {}
    assert verdict(policy["PolicyDocument"], action=action, resource=resource, **context) == answer


def _refuses(**values: str) -> bool:
    good = {"HomeRegion": HOME, "BucketName": BUCKET, "LogArchiveAccountId": ARCHIVE}
    return bool(refusals("config", **(good | values)))
