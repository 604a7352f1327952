"""Names of resource types: what is mistyped, and what may well exist."""

from __future__ import annotations

import pytest

from factory.templates import check, read
from factory.templates.resource_types import near_miss
from tests.slices import slices


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("AWS::SNS::Topik", "AWS::SNS::Topic"),
        ("AWS::SNS::topic", "AWS::SNS::Topic"),
        ("AWS::s3::Bukcet", "AWS::S3::Bucket"),
        ("AWS::Cloudtrial::Trail", "AWS::CloudTrail::Trail"),
        ("AWS::IAM::ManagedPolicies", ""),
        ("AWS::SNS::Topic", ""),
        ("AWS::EC2::VPC", ""),
        ("AWS::Made::Up", ""),
        ("AWS::SecurityHub::HubV2", ""),
        ("AWSs::SNS::Topic", ""),
        ("Custom::Topik", ""),
    ],
)
def test_only_a_slip_of_the_fingers_is_a_near_miss(written: str, meant: str) -> None:
    assert near_miss(written) == meant


def test_no_type_that_aws_has_is_taken_for_another() -> None:
    manager = pytest.importorskip("cfnlint.schema.manager").PROVIDER_SCHEMA_MANAGER
    types = manager.get_resource_types("us-east-1")
    assert len(types) > 1000
    chosen, count = slices(4)
    assert [each for each in sorted(types)[chosen::count] if near_miss(each)] == []


@pytest.mark.parametrize(
    "kind", ["Custom::Foo", "AWS::CloudFormation::CustomResource", "Company::Service::Thing", "A1::B2::C3::MODULE"]
)
def test_types_of_others_are_taken(kind: str) -> None:
    assert check(read(f"Resources: {{A: {{Type: {kind}}}}}\n")) == ()
