"""The types that stacks may have, and what they claim."""

from __future__ import annotations

from typing import Any

import pytest

from factory.sandbox.known_types import KNOWN, claim
from factory.templates.identifiers import IDENTITIES
from factory.templates.replacement import REPLACED_BY

BY_INVITATION = {"AWS::GuardDuty::Master", "AWS::GuardDuty::Member"}
"""Types of one account that act on others, which the sandbox does not follow."""


def test_the_types_that_templates_know_more_about_are_known() -> None:
    assert {*IDENTITIES, *REPLACED_BY} - BY_INVITATION <= set(KNOWN)


def test_a_property_that_names_a_type_is_one_that_replaces_it() -> None:
    """A name cannot change in place, with few exceptions; so the two tables check each other."""
    exceptions = {
        *("AWS::CE::AnomalyMonitor", "AWS::CE::AnomalySubscription", "AWS::CloudTrail::EventDataStore"),
        *("AWS::IAM::Policy", "AWS::S3::BucketPolicy"),
    }
    for type_ in KNOWN.keys() & REPLACED_BY.keys() - exceptions:
        known = KNOWN[type_]
        fixed = REPLACED_BY[type_].always | REPLACED_BY[type_].perhaps
        assert not known.name or known.name in fixed, type_


@pytest.mark.parametrize(
    ("type_", "properties", "expected"),
    [
        ("AWS::SNS::Topic", {"TopicName": "t"}, "1/r|AWS::SNS::Topic|t"),
        ("AWS::SNS::Topic", {}, None),
        ("AWS::KMS::Key", {"Description": "d"}, None),
        ("AWS::IAM::Role", {"RoleName": "x"}, "1|AWS::IAM::Role|x"),
        ("AWS::S3::Bucket", {"BucketName": "b"}, "|AWS::S3::Bucket|b"),
        ("AWS::Budgets::Budget", {"Budget": {"BudgetName": "b"}}, "1|AWS::Budgets::Budget|b"),
        ("AWS::Budgets::Budget", {"Budget": "?"}, None),
        ("AWS::GuardDuty::Detector", {}, "1/r|AWS::GuardDuty::Detector|"),
        ("AWS::Config::DeliveryChannel", {"Name": "x"}, "1/r|AWS::Config::DeliveryChannel|"),
        ("AWS::Events::Rule", {"Name": "x", "EventBusName": "b"}, "1/r|AWS::Events::Rule|b/x"),
    ],
)
def test_claims(type_: str, properties: dict[str, Any], expected: str | None) -> None:
    assert claim(type_, "1", "r", properties) == expected
