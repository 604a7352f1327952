"""What follows from a request without being given.

Source: IAM User Guide, "AWS global condition context keys" (when a request has a key, with which value) and the table
of principal key values in "IAM policy elements: Variables and tags".
"""

from __future__ import annotations

from typing import Any

import pytest

from factory.guardrails.context import GLOBAL_SERVICES, Request, context_of, of_resource
from factory.guardrails.exemptions import inside
from factory.guardrails.judge import judge
from factory.guardrails.principals import Kind, principal
from tests.guardrails.judging import MANAGEMENT, MEMBER, OTHER, ROLE, allow, chain, deny, level, on, rcps, request

STS = f"arn:aws:sts::{MEMBER}"
IAM = f"arn:aws:iam::{MEMBER}"


def known(asked: Request, *keys: str, scp: Any = None, rcp: Any = ()) -> list[tuple[str, ...] | None]:
    """What the request has under these keys of ``aws:``; ``None`` is unknown."""
    context = context_of(asked, *inside(asked, chain() if scp is None else scp, rcp))
    context = of_resource(context, asked.resources[0])
    return [context.get(f"aws:{key}".lower()) for key in keys]


@pytest.mark.parametrize(
    ("text", "kind", "arn", "name", "linked"),
    [
        (f"{IAM}:role/developer", Kind.ROLE, f"{IAM}:role/developer", "developer", False),
        (f"{IAM}:role/team/x/developer", Kind.ROLE, f"{IAM}:role/team/x/developer", "developer", False),
        (f"{STS}:assumed-role/developer/ada", Kind.ROLE, f"{IAM}:role/developer", "developer", False),
        (f"{IAM}:user/team/ada", Kind.USER, f"{IAM}:user/team/ada", "ada", False),
        (f"{IAM}:root", Kind.ROOT, f"{IAM}:root", None, False),
        (MEMBER, Kind.ROOT, f"{IAM}:root", None, False),
        (f"{STS}:federated-user/ada", Kind.FEDERATED, f"{STS}:federated-user/ada", "ada", False),
        ("s3.amazonaws.com", Kind.SERVICE, None, "s3.amazonaws.com", False),
        ("*", Kind.ANONYMOUS, None, None, False),
        ("anonymous", Kind.ANONYMOUS, None, None, False),
        (f"{STS}:assumed-role/AWSServiceRoleForECS/x", Kind.ROLE, f"{IAM}:role/AWSServiceRoleForECS", None, True),
        (
            f"{STS}:assumed-role/AWSReservedSSO_Admin_0123/ada",
            Kind.ROLE,
            f"{IAM}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123",
            None,
            False,
        ),
        ("arn:aws:ec2:eu-west-1:1:instance/i-1", Kind.OTHER, "arn:aws:ec2:eu-west-1:1:instance/i-1", None, False),
        ("somebody", Kind.OTHER, None, None, False),
    ],
)
def test_principals(text: str, kind: Kind, arn: str | None, name: str | None, linked: bool) -> None:
    found = principal(text)
    assert (found.kind, found.arn, found.service_linked) == (kind, arn, linked)
    assert name is None or found.name == name


DERIVED: dict[str, tuple[str, dict[str, tuple[str, ...] | None]]] = {
    "a role": (
        ROLE,
        {
            "PrincipalArn": (ROLE,),
            "PrincipalAccount": (MEMBER,),
            "PrincipalType": ("AssumedRole",),
            "PrincipalIsAWSService": ("false",),
            "PrincipalServiceName": (),
            "SourceAccount": (),
            "ViaAWSService": ("false",),
            "username": (),
            "userid": None,
            "MultiFactorAuthPresent": None,
            "PrincipalTag/team": None,
            "RequestedRegion": None,
            "SourceIp": None,
            "CalledVia": None,
        },
    ),
    "a user": (
        f"{IAM}:user/team/ada",
        {"username": ("ada",), "PrincipalType": ("User",), "MultiFactorAuthPresent": None, "userid": None},
    ),
    "the root user": (
        f"{IAM}:root",
        {"PrincipalArn": (f"{IAM}:root",), "PrincipalType": ("Account",), "username": (), "userid": None},
    ),
    "a federated user": (
        f"{STS}:federated-user/ada",
        {"PrincipalType": ("FederatedUser",), "PrincipalArn": (f"{STS}:federated-user/ada",), "username": ()},
    ),
    "a service": (
        "s3.amazonaws.com",
        {
            "PrincipalIsAWSService": ("true",),
            "PrincipalServiceName": ("s3.amazonaws.com",),
            "PrincipalOrgID": (),
            "PrincipalOrgPaths": (),
            "SourceAccount": None,
            "PrincipalArn": None,
            "username": (),
        },
    ),
    "nobody": (
        "*",
        {
            "PrincipalArn": (),
            "PrincipalAccount": ("anonymous",),
            "PrincipalType": ("Anonymous",),
            "userid": ("anonymous",),
            "PrincipalOrgID": (),
            "PrincipalIsAWSService": (),
            "username": (),
        },
    ),
}


@pytest.mark.parametrize(("who", "expected"), DERIVED.values(), ids=DERIVED.keys())
def test_what_follows_from_the_principal(who: str, expected: dict[str, tuple[str, ...] | None]) -> None:
    found = known(request(principal=who, organization_id="o-ours"), *expected)
    assert dict(zip(expected, found, strict=True)) == expected


@pytest.mark.parametrize(
    ("action", "region"),
    [
        ("iam:CreateUser", "us-east-1"),
        ("IAM:CreateUser", "us-east-1"),
        ("organizations:LeaveOrganization", "us-east-1"),
        ("route53:CreateHostedZone", "us-east-1"),
        ("cloudfront:CreateDistribution", "us-east-1"),
        ("budgets:ModifyBudget", "us-east-1"),
        ("support:CreateCase", "us-east-1"),
        ("sts:AssumeRole", "us-east-1"),
        ("waf:CreateWebACL", "us-east-1"),
        ("globalaccelerator:CreateAccelerator", "us-west-2"),
        ("ec2:RunInstances", None),
        ("s3:GetObject", None),
    ],
)
def test_global_services_call_from_one_region(action: str, region: str | None) -> None:
    assert known(request(action), "RequestedRegion") == [(region,) if region else None]
    assert known(request(action, context={"aws:RequestedRegion": "eu-west-1"}), "RequestedRegion") == [("eu-west-1",)]


def test_global_services_of_other_partitions_are_not_guessed() -> None:
    asked = request("iam:CreateUser", principal=f"arn:aws-cn:iam::{MEMBER}:role/x")
    assert known(asked, "RequestedRegion") == [None]
    assert set(GLOBAL_SERVICES.values()) == {"us-east-1", "us-west-2"}


def test_the_organization_follows_where_the_account_is_known_to_be_in_it() -> None:
    ours: dict[str, Any] = {"organization_id": "o-ours", "principal_org_paths": ("o-ours/r-1/ou-1/",)}
    keys = ("PrincipalOrgID", "PrincipalOrgPaths")
    assert known(request(**ours), *keys) == [("o-ours",), ("o-ours/r-1/ou-1/",)]
    assert known(request(**ours), *keys, scp=()) == [("o-ours",), ("o-ours/r-1/ou-1/",)], "its paths say so"
    assert known(request(organization_id="o-ours"), *keys) == [("o-ours",), None]
    assert known(request(organization_id="o-ours"), *keys, scp=()) == [None, None]
    assert known(request(**ours, outside=True), *keys) == [None, None]
    boss = request(**ours, principal=f"arn:aws:iam::{MANAGEMENT}:role/x")
    assert known(boss, *keys, scp=()) == [("o-ours",), ("o-ours/r-1/ou-1/",)]
    assert known(request(), *keys) == [None, None]
    boss = request(organization_id="o-ours", principal=f"arn:aws:iam::{MANAGEMENT}:role/x")
    assert known(boss, *keys, scp=()) == [("o-ours",), None]


def test_the_resource_follows_from_its_account_and_levels() -> None:
    keys = ("ResourceAccount", "ResourceOrgID", "ResourceOrgPaths")
    more: dict[str, Any] = {"organization_id": "o-ours", "resource_org_paths": ("o-ours/r-1/",)}
    mine = request("s3:GetObject", "arn:aws:s3:::x", resource_account=OTHER, **more)
    assert known(mine, *keys, rcp=rcps()) == [(OTHER,), ("o-ours",), ("o-ours/r-1/",)]
    named = request("sqs:SendMessage", f"arn:aws:sqs:eu-west-1:{OTHER}:q", organization_id="o-ours")
    assert known(named, *keys) == [(OTHER,), None, None]
    assert known(named, *keys, rcp=rcps()) == [(OTHER,), ("o-ours",), None]
    assert known(request("s3:GetObject", "arn:aws:s3:::x"), *keys) == [None, None, None]
    same = request("s3:GetObject", "arn:aws:s3:::x", resource_account=MEMBER, organization_id="o-ours")
    assert known(same, *keys) == [(MEMBER,), ("o-ours",), None]


def test_each_resource_has_its_own_account() -> None:
    levels = chain(deny(**on("StringNotEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}")))
    mine, theirs = (f"arn:aws:sqs:eu-west-1:{account}:q" for account in (MEMBER, OTHER))
    found = judge(request("sqs:SendMessage", mine, theirs), levels)
    assert [each.resource for each in found.scp.blocked_by] == [theirs]


def test_what_is_given_wins_and_what_is_absent_is_absent() -> None:
    given = {"AWS:PrincipalARN": "arn:aws:iam::1:role/path/developer", "aws:viaawsservice": True}
    assert known(request(context=given), "PrincipalArn", "ViaAWSService") == [
        ("arn:aws:iam::1:role/path/developer",),
        ("true",),
    ]
    assert known(request(absent=frozenset({"aws:principalarn"})), "PrincipalArn") == [()]
    assert known(request(absent=frozenset({"aws:Principal*"})), "PrincipalArn", "PrincipalTag/x") == [(), ()]
    assert known(request(unknown_is_absent=True), "PrincipalArn", "userid") == [(ROLE,), ()]


def test_the_account_that_is_given_wins_over_the_arn() -> None:
    assert request(principal_account=OTHER).account == OTHER
    assert known(request(principal_account=OTHER), "PrincipalAccount") == [(OTHER,)]
    assert request().account == MEMBER
    assert request(principal="s3.amazonaws.com").account is None
    assert known(request(principal="s3.amazonaws.com", principal_account=OTHER), "PrincipalAccount") == [None]


def test_the_data_perimeter_of_the_samples_lets_services_and_ours_through() -> None:
    """aws-samples/data-perimeter-policy-examples: principals of others are denied, AWS services are not."""
    perimeter = deny(
        "s3:*",
        Condition={
            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-ours"},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    )
    levels = rcps(perimeter)

    def asked(who: str, **more: Any) -> Any:
        return judge(request("s3:GetObject", principal=who, organization_id="o-ours", **more), chain(), levels)

    assert asked(ROLE).rcp.verdict == "allow"
    assert asked("cloudtrail.amazonaws.com").rcp.verdict == "allow"
    assert asked("*").rcp.verdict == "explicit-deny"
    theirs = {"context": {"aws:PrincipalOrgID": "o-theirs"}, "outside": True}
    assert asked("arn:aws:iam::999999999999:role/x", **theirs).rcp.verdict == "explicit-deny"


def test_an_allow_list_of_regions_knows_global_services() -> None:
    levels = (level("root", allow(**on("StringEquals", "aws:RequestedRegion", "eu-west-1")), full=False),)
    assert judge(request("iam:CreateUser"), levels).verdict == "implicit-deny"
    assert judge(request("ec2:RunInstances", context={"aws:RequestedRegion": "eu-west-1"}), levels).verdict == "allow"
