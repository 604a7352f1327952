"""The trail of every account."""

from __future__ import annotations

import pytest

from tests.baselines.scene import ARCHIVE, HOME, ORGANIZATION, refusals, stack, written


def test_one_trail_of_everything_that_can_be_proved_untouched() -> None:
    (trail,) = stack("cloudtrail").values()
    assert trail.type == "AWS::CloudTrail::Trail"
    assert trail.properties == {
        "TrailName": "factory-trail",
        "S3BucketName": f"{ORGANIZATION}-trails-{ARCHIVE}",
        "KMSKeyId": f"arn:aws:kms:{HOME}:{ARCHIVE}:alias/factory-log-archive",
        "EnableLogFileValidation": True,
        "IncludeGlobalServiceEvents": True,
        "IsLogging": True,
        "IsMultiRegionTrail": True,
        "EventSelectors": [{"IncludeManagementEvents": True, "ReadWriteType": "All"}],
    }


def test_it_waits_for_the_archive_by_naming_it() -> None:
    assert "{accounts.log-archive.id}" in written("cloudtrail")["parameters"]["BucketName"]
    assert "{accounts.log-archive.id}" in written("config")["parameters"]["BucketName"]


@pytest.mark.parametrize("wrong", [{"BucketName": "Not_A_Bucket"}, {"LogArchiveAccountId": "12345"}])
def test_values_that_cannot_be_are_refused(wrong: dict[str, str]) -> None:
    good = {"BucketName": "o-a1b2c3d4e5-trails-111111111111", "LogArchiveAccountId": ARCHIVE}
    assert not refusals("cloudtrail", **good)
    assert refusals("cloudtrail", **(good | wrong))
