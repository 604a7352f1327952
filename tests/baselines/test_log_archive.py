"""The log archive: what stands there, who may write, who may read, and that nobody can take anything away."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from factory import templates
from tests.baselines.policies import statement, verdict
from tests.baselines.scene import (
    ARCHIVE,
    AWAY,
    HOME,
    MEMBER,
    ORGANIZATION,
    STRANGER,
    filled,
    of_type,
    refusals,
    stack,
    template,
    written,
)

TRAILS, CONFIG, ACCESS = (f"{ORGANIZATION}-{kind}-{ARCHIVE}" for kind in ("trails", "config", "access"))
ARN = "arn:aws:s3:::"
CLOUDTRAIL, CONFIG_SERVICE, LOGGING = "cloudtrail.amazonaws.com", "config.amazonaws.com", "logging.s3.amazonaws.com"
TRAIL = f"arn:aws:cloudtrail:{HOME}:{MEMBER}:trail/factory-trail"
RECORDER = f"arn:aws:iam::{MEMBER}:role/factory-config-{AWAY}"


@cache
def archive(**values: str) -> Any:
    return stack("log-archive", HOME, ARCHIVE, **values)


def bucket(name: str, **values: str) -> dict[str, Any]:
    (found,) = [b for b in of_type(archive(**values), "AWS::S3::Bucket").values() if b["BucketName"] == name]
    return found


def policy(name: str) -> dict[str, Any]:
    (found,) = [p for p in of_type(archive(), "AWS::S3::BucketPolicy").values() if p["Bucket"] == name]
    return dict(found["PolicyDocument"])


def key() -> dict[str, Any]:
    return dict(archive()["ArchiveKey"].properties)


def test_what_is_there() -> None:
    assert {name: placed.type for name, placed in archive().items()} == {
        "ArchiveKey": "AWS::KMS::Key",
        "ArchiveKeyAlias": "AWS::KMS::Alias",
        "TrailBucket": "AWS::S3::Bucket",
        "TrailBucketPolicy": "AWS::S3::BucketPolicy",
        "ConfigBucket": "AWS::S3::Bucket",
        "ConfigBucketPolicy": "AWS::S3::BucketPolicy",
        "AccessLogBucket": "AWS::S3::Bucket",
        "AccessLogBucketPolicy": "AWS::S3::BucketPolicy",
    }


def test_others_compute_the_names() -> None:
    assert filled(written("cloudtrail")["parameters"]["BucketName"]) == TRAILS
    assert filled(written("config")["parameters"]["BucketName"]) == CONFIG
    trail = stack("cloudtrail")["Trail"].properties
    alias = archive()["ArchiveKeyAlias"].properties
    assert trail["KMSKeyId"] == f"arn:aws:kms:{HOME}:{ARCHIVE}:{alias['AliasName']}"
    assert alias["TargetKeyId"] == templates.Context(ARCHIVE, HOME).reference("ArchiveKey", "AWS::KMS::Key", None, {})


def test_names_fit_into_s3_for_the_longest_id_of_an_organization() -> None:
    longest = "o-" + 32 * "a"
    names = [b["BucketName"] for b in of_type(archive(OrganizationId=longest), "AWS::S3::Bucket").values()]
    assert len(names) == 3
    assert all(len(name) <= 63 and name == name.lower() for name in names)


@pytest.mark.parametrize("wrong", ["o-short", "O-A1B2C3D4E5", "r-a1b2c3d4e5", "o-a1b2c3d4e5/"])
def test_only_an_organizations_id_is_taken(wrong: str) -> None:
    assert refusals("log-archive", OrganizationId=wrong)


@pytest.mark.parametrize(
    ("parameter", "least", "most"),
    [("RetentionDays", 90, 36500), ("AccessLogRetentionDays", 30, 36500), ("ObjectLockDays", 0, 36500)],
)
def test_days_have_bounds(parameter: str, least: int, most: int) -> None:
    for days in (least, most):
        assert not refusals("log-archive", OrganizationId=ORGANIZATION, **{parameter: str(days)})
    for days in (least - 1, most + 1):
        assert refusals("log-archive", OrganizationId=ORGANIZATION, **{parameter: str(days)})


@pytest.mark.parametrize("logical", sorted(template("log-archive").resources))
def test_all_is_kept_when_the_stack_goes_but_not_when_its_creation_fails(logical: str) -> None:
    row = template("log-archive").resources[logical]
    assert row["DeletionPolicy"] == "RetainExceptOnCreate"
    assert row["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("name", [TRAILS, CONFIG, ACCESS])
def test_buckets_are_private_versioned_and_the_archives_own(name: str) -> None:
    found = bucket(name)
    assert found["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }
    assert found["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert found["VersioningConfiguration"] == {"Status": "Enabled"}


@pytest.mark.parametrize(("name", "bucket_key"), [(TRAILS, False), (CONFIG, True)])
def test_buckets_encrypt_with_the_archives_key(name: str, bucket_key: bool) -> None:
    arn = templates.Context(ARCHIVE, HOME).reference("ArchiveKey", "AWS::KMS::Key", "Arn", {})
    (rule,) = bucket(name)["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule == {
        "BucketKeyEnabled": bucket_key,
        "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn},
    }


def test_access_logs_are_encrypted_as_s3_can_write_them() -> None:
    (rule,) = bucket(ACCESS)["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}


@pytest.mark.parametrize(("name", "prefix"), [(TRAILS, "trails/"), (CONFIG, "config/")])
def test_who_reads_is_written_down(name: str, prefix: str) -> None:
    assert bucket(name)["LoggingConfiguration"] == {"DestinationBucketName": ACCESS, "LogFilePrefix": prefix}
    logical = "TrailBucket" if name == TRAILS else "ConfigBucket"
    assert "AccessLogBucketPolicy" in archive()[logical].depends_on  # or the first logs would be lost
    written_by = {"aws__SourceAccount": ARCHIVE, "aws__SourceArn": ARN + name, "principal": LOGGING}
    put = {"action": "s3:PutObject", "resource": f"{ARN}{ACCESS}/{prefix}2026"}
    assert verdict(policy(ACCESS), **put, **written_by) == "allow"
    assert verdict(policy(ACCESS), **put, **(written_by | {"aws__SourceAccount": STRANGER})) == "none"
    assert verdict(policy(ACCESS), **put, **(written_by | {"aws__SourceArn": ARN + "another"})) == "none"
    assert verdict(policy(ACCESS), **(put | {"resource": f"{ARN}{ACCESS}/other/x"}), **written_by) == "none"
    assert verdict(policy(ACCESS), **put, **(written_by | {"principal": CLOUDTRAIL})) == "none"


@pytest.mark.parametrize("name", [TRAILS, CONFIG])
def test_logs_expire_after_the_days_that_are_given(name: str) -> None:
    assert _lifecycle(bucket(name, RetentionDays="365"))["ExpirationInDays"] == "365"
    rule = _lifecycle(bucket(name))
    assert int(rule["ExpirationInDays"]) == 2557
    assert rule["Status"] == "Enabled"
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}


def test_access_logs_expire_by_a_number_of_their_own() -> None:
    rule = _lifecycle(bucket(ACCESS, AccessLogRetentionDays="90"))
    assert rule["ExpirationInDays"] == "90"
    assert rule["Status"] == "Enabled"
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert int(_lifecycle(bucket(ACCESS))["ExpirationInDays"]) == 400


def test_trails_can_be_locked_and_the_lock_can_come_later() -> None:
    assert bucket(TRAILS)["ObjectLockEnabled"] is True
    assert "ObjectLockConfiguration" not in bucket(TRAILS)
    found = bucket(TRAILS, ObjectLockDays="365", ObjectLockMode="COMPLIANCE")
    assert found["ObjectLockConfiguration"] == {
        "ObjectLockEnabled": "Enabled",
        "Rule": {"DefaultRetention": {"Days": "365", "Mode": "COMPLIANCE"}},
    }
    governed = bucket(TRAILS, ObjectLockDays="30")["ObjectLockConfiguration"]
    assert governed["Rule"]["DefaultRetention"]["Mode"] == "GOVERNANCE"
    assert refusals("log-archive", OrganizationId=ORGANIZATION, ObjectLockMode="OFF")


@pytest.mark.parametrize("name", [CONFIG, ACCESS])
def test_others_have_no_lock_which_their_writers_cannot_take(name: str) -> None:
    found = bucket(name, ObjectLockDays="365")
    assert not {"ObjectLockEnabled", "ObjectLockConfiguration"} & found.keys()


ADMIN = {"principal": f"arn:aws:iam::{ARCHIVE}:role/Admin"}


@pytest.mark.parametrize("name", [TRAILS, CONFIG, ACCESS])
@pytest.mark.parametrize("suffix", ["", "/AWSLogs/x"])
def test_without_tls_or_with_an_old_one_nothing_goes(name: str, suffix: str) -> None:
    asked = ADMIN | {"action": "s3:GetObject", "resource": f"{ARN}{name}{suffix}"}
    assert verdict(policy(name), **asked, aws__SecureTransport="false") == "deny"
    assert verdict(policy(name), **asked, aws__SecureTransport="true", s3__TlsVersion="1.1") == "deny"
    assert verdict(policy(name), **asked, aws__SecureTransport="true", s3__TlsVersion="1.2") == "none"


@pytest.mark.parametrize("name", [TRAILS, CONFIG, ACCESS])
def test_nobody_removes_anything(name: str) -> None:
    of_objects = {"s3:DeleteObject", "s3:DeleteObjectVersion"} | ({"s3:BypassGovernanceRetention"} & {_bypass(name)})
    for action in of_objects:
        assert verdict(policy(name), action=action, resource=f"{ARN}{name}/AWSLogs/x", **ADMIN) == "deny", action
    assert verdict(policy(name), action="s3:DeleteBucket", resource=f"{ARN}{name}", **ADMIN) == "deny"


PUT_TRAIL = {
    "principal": CLOUDTRAIL,
    "action": "s3:PutObject",
    "resource": f"{ARN}{TRAILS}/AWSLogs/{MEMBER}/CloudTrail/x.json.gz",
    "aws__SourceOrgID": ORGANIZATION,
    "aws__SourceAccount": MEMBER,
    "aws__SourceArn": TRAIL,
    "s3__x-amz-acl": "bucket-owner-full-control",
}


def test_trails_of_the_organization_deliver() -> None:
    assert verdict(policy(TRAILS), **PUT_TRAIL) == "allow"
    digest = f"{ARN}{TRAILS}/AWSLogs/{MEMBER}/CloudTrail-Digest/x.json.gz"
    assert verdict(policy(TRAILS), **(PUT_TRAIL | {"resource": digest})) == "allow"


@pytest.mark.parametrize(
    "other",
    [
        {"aws__SourceOrgID": "o-zzzzzzzzzz"},
        {"aws__SourceArn": f"arn:aws:cloudtrail:{HOME}:{MEMBER}:trail/mine"},
        {"aws__SourceArn": f"arn:aws:cloudtrail:{AWAY}:{MEMBER}:trail/factory-trail"},
        {"aws__SourceAccount": STRANGER},
        {"s3__x-amz-acl": "public-read"},
        {"principal": CONFIG_SERVICE},
        {"principal": RECORDER},
        {"action": "s3:GetObject"},
        {"resource": f"{ARN}{TRAILS}/x"},
    ],
    ids=lambda other: "-".join(other),
)
def test_no_other_trail_delivers_and_none_into_anothers_folder(other: dict[str, str]) -> None:
    assert verdict(policy(TRAILS), **(PUT_TRAIL | other)) == "none"


def test_cloudtrail_may_check_the_bucket_for_our_trails() -> None:
    asked = PUT_TRAIL | {"action": "s3:GetBucketAcl", "resource": ARN + TRAILS}
    assert verdict(policy(TRAILS), **asked) == "allow"
    assert verdict(policy(TRAILS), **(asked | {"aws__SourceOrgID": "o-zzzzzzzzzz"})) == "none"
    assert (
        verdict(policy(TRAILS), **(asked | {"aws__SourceArn": f"arn:aws:cloudtrail:{HOME}:{MEMBER}:trail/x"})) == "none"
    )


BY_ROLE = {
    "principal": RECORDER,
    "action": "s3:PutObject",
    "resource": f"{ARN}{CONFIG}/AWSLogs/{MEMBER}/Config/{AWAY}/x.json.gz",
    "aws__PrincipalOrgID": ORGANIZATION,
    "aws__PrincipalAccount": MEMBER,
    "aws__PrincipalArn": RECORDER,
}
BY_SERVICE = {
    "principal": CONFIG_SERVICE,
    "action": "s3:PutObject",
    "resource": f"{ARN}{CONFIG}/AWSLogs/{MEMBER}/Config/{AWAY}/x.json.gz",
    "aws__SourceOrgID": ORGANIZATION,
    "aws__SourceAccount": MEMBER,
    "aws__SourceArn": f"arn:aws:config:{AWAY}:{MEMBER}:*",
    "s3__x-amz-acl": "bucket-owner-full-control",
}


@pytest.mark.parametrize("asked", [BY_ROLE, BY_SERVICE], ids=["role", "service"])
def test_recorders_of_the_organization_deliver(asked: dict[str, str]) -> None:
    assert verdict(policy(CONFIG), **asked) == "allow"
    for action in ("s3:GetBucketAcl", "s3:ListBucket"):
        assert verdict(policy(CONFIG), **(asked | {"action": action, "resource": ARN + CONFIG})) == "allow"


def test_the_role_that_delivers_is_the_recorders() -> None:
    role = stack("config", AWAY)["RecorderRole"].properties
    assert RECORDER.endswith(f":role/{role['RoleName']}")
    assert (
        verdict(policy(CONFIG), **(BY_ROLE | {"action": "s3:GetBucketLocation", "resource": ARN + CONFIG})) == "allow"
    )


@pytest.mark.parametrize(
    ("asked", "other"),
    [
        (BY_ROLE, {"aws__PrincipalOrgID": "o-zzzzzzzzzz"}),
        (BY_ROLE, {"aws__PrincipalArn": f"arn:aws:iam::{MEMBER}:role/Developer"}),
        (BY_ROLE, {"aws__PrincipalAccount": STRANGER}),
        (BY_ROLE, {"action": "s3:GetObject"}),
        (BY_ROLE, {"resource": f"{ARN}{CONFIG}/AWSLogs/{MEMBER}/other"}),
        (BY_SERVICE, {"aws__SourceOrgID": "o-zzzzzzzzzz"}),
        (BY_SERVICE, {"aws__SourceAccount": STRANGER}),
        (BY_SERVICE, {"aws__SourceArn": TRAIL}),
        (BY_SERVICE, {"s3__x-amz-acl": "public-read"}),
        (BY_SERVICE, {"principal": CLOUDTRAIL}),
        (BY_SERVICE, {"resource": f"{ARN}{CONFIG}/AWSLogs/{MEMBER}/other"}),
    ],
)
def test_nobody_else_delivers_to_configs_bucket(asked: dict[str, str], other: dict[str, str]) -> None:
    assert verdict(policy(CONFIG), **(asked | other)) == "none"


@pytest.mark.parametrize(
    ("asked", "other"),
    [
        (BY_ROLE, {"aws__PrincipalOrgID": "o-zzzzzzzzzz"}),
        (BY_ROLE, {"aws__PrincipalArn": f"arn:aws:iam::{MEMBER}:role/Developer"}),
        (BY_SERVICE, {"aws__SourceOrgID": "o-zzzzzzzzzz"}),
        (BY_SERVICE, {"aws__SourceArn": TRAIL}),
    ],
)
def test_nobody_else_lists_configs_bucket(asked: dict[str, str], other: dict[str, str]) -> None:
    listing = asked | {"action": "s3:ListBucket", "resource": ARN + CONFIG}
    assert verdict(policy(CONFIG), **(listing | other)) == "none"


def test_the_key_cannot_lock_out_its_account_and_is_slow_to_go() -> None:
    found = key()
    assert found["EnableKeyRotation"] is True
    assert found["PendingWindowInDays"] == 30
    assert "BypassPolicyLockoutSafetyCheck" not in found
    assert statement(found["KeyPolicy"], "AdministerAndReadByIamOfTheArchive") == {
        "Sid": "AdministerAndReadByIamOfTheArchive",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ARCHIVE}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    assert all(each["Effect"] == "Allow" for each in found["KeyPolicy"]["Statement"])


ENCRYPT_TRAIL = {
    "principal": CLOUDTRAIL,
    "action": "kms:GenerateDataKey",
    "resource": "key",
    "aws__SourceOrgID": ORGANIZATION,
    "aws__SourceArn": TRAIL,
    "kms__EncryptionContext__aws__cloudtrail__arn": TRAIL,
}
ENCRYPT_BY_ROLE = {
    "principal": RECORDER,
    "action": "kms:GenerateDataKey",
    "resource": "key",
    "aws__PrincipalOrgID": ORGANIZATION,
    "aws__PrincipalArn": RECORDER,
    "kms__ViaService": f"s3.{HOME}.amazonaws.com",
}
ENCRYPT_BY_SERVICE = {
    "principal": CONFIG_SERVICE,
    "action": "kms:GenerateDataKey",
    "resource": "key",
    "aws__SourceOrgID": ORGANIZATION,
    "aws__SourceArn": f"arn:aws:config:{AWAY}:{MEMBER}:*",
}


def test_what_is_delivered_can_be_encrypted() -> None:
    policy = key()["KeyPolicy"]
    assert verdict(policy, **ENCRYPT_TRAIL) == "allow"
    assert verdict(policy, **(ENCRYPT_TRAIL | {"action": "kms:DescribeKey"})) == "allow"
    for asked in (ENCRYPT_BY_ROLE, ENCRYPT_BY_SERVICE):
        assert verdict(policy, **asked) == "allow"
        assert verdict(policy, **(asked | {"action": "kms:Decrypt"})) == "allow"


@pytest.mark.parametrize(
    ("asked", "other"),
    [
        (ENCRYPT_TRAIL, {"aws__SourceOrgID": "o-zzzzzzzzzz"}),
        (ENCRYPT_TRAIL, {"aws__SourceArn": f"arn:aws:cloudtrail:{HOME}:{MEMBER}:trail/mine"}),
        (
            ENCRYPT_TRAIL,
            {"kms__EncryptionContext__aws__cloudtrail__arn": f"arn:aws:cloudtrail:{HOME}:{MEMBER}:trail/mine"},
        ),
        (ENCRYPT_TRAIL, {"action": "kms:Decrypt"}),
        (ENCRYPT_TRAIL | {"action": "kms:DescribeKey"}, {"aws__SourceOrgID": "o-zzzzzzzzzz"}),
        (ENCRYPT_TRAIL | {"action": "kms:DescribeKey"}, {"aws__SourceArn": "arn:aws:cloudtrail:x:y:trail/mine"}),
        (ENCRYPT_BY_ROLE, {"aws__PrincipalOrgID": "o-zzzzzzzzzz"}),
        (ENCRYPT_BY_ROLE, {"aws__PrincipalArn": f"arn:aws:iam::{MEMBER}:role/Developer"}),
        (ENCRYPT_BY_ROLE, {"kms__ViaService": f"ec2.{HOME}.amazonaws.com"}),
        (ENCRYPT_BY_ROLE, {"action": "kms:ScheduleKeyDeletion"}),
        (ENCRYPT_BY_SERVICE, {"aws__SourceOrgID": "o-zzzzzzzzzz"}),
        (ENCRYPT_BY_SERVICE, {"aws__SourceArn": TRAIL}),
        (ENCRYPT_BY_SERVICE, {"principal": "s3.amazonaws.com"}),
    ],
)
def test_nobody_else_uses_the_key(asked: dict[str, str], other: dict[str, str]) -> None:
    assert verdict(key()["KeyPolicy"], **(asked | other)) == "none"


def _lifecycle(found: dict[str, Any]) -> dict[str, Any]:
    (rule,) = found["LifecycleConfiguration"]["Rules"]
    return dict(rule)


def _bypass(name: str) -> str:
    return "s3:BypassGovernanceRetention" if name == TRAILS else ""
