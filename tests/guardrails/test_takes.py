"""What a change of guardrails takes and gives, in words: tables of before, after, sentences."""

from __future__ import annotations

from typing import Any

import pytest

from factory.core.policy_types import RCP, SCP
from factory.guardrails.cells import dimensions
from factory.guardrails.chains import Guard
from tests.guardrails.judging import FULL, allow, deny, level, on
from tests.guardrails.taking import between, guarding, said, unit

EXEMPT = {"ArnNotLike": {"aws:PrincipalArn": ["arn:*:iam::*:role/factory-*", "arn:*:iam::*:role/break-glass"]}}
REGIONS = {"StringNotEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]}}
ONE_REGION = {"StringNotEquals": {"aws:RequestedRegion": ["eu-central-1"]}}
ONLY_FACTORY = {"ArnNotLike": {"aws:PrincipalArn": "arn:*:iam::*:role/factory-*"}}
ROOT_ITSELF = {"ArnLike": {"aws:PrincipalArn": "arn:*:iam::*:root"}, "Null": {"aws:AssumedRoot": "true"}}
ROLES = "roles break-glass, factory-*"
RUN = "ec2:RunInstances"
MORE = (
    "iam:GetRole iam:GetUser iam:GetPolicy iam:GetGroup iam:ListRoles iam:ListUsers "
    "s3:GetObject s3:PutObject sqs:Send kms:Sign"
)


def where(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"Condition": {operator: keys for block in blocks for operator, keys in block.items()}}


def other_than(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "NotAction": list(actions), "Resource": "*", **more}


SCPS: dict[str, tuple[Guard, Guard, list[str]]] = {
    "a denial without conditions": (unit(), unit(deny(RUN)), [f"web loses {RUN}"]),
    "a denial that goes": (unit(deny(RUN)), unit(), [f"web gains {RUN}"]),
    "Regions and roles": (
        unit(),
        unit(deny(RUN, **where(REGIONS, EXEMPT))),
        [f"web loses {RUN} outside eu-central-1, eu-west-1, but for {ROLES}"],
    ),
    "a Region less": (
        unit(deny(RUN, **where(REGIONS))),
        unit(deny(RUN, **where(ONE_REGION))),
        [f"web loses {RUN} in eu-west-1"],
    ),
    "a Region more": (
        unit(deny(RUN, **where(ONE_REGION))),
        unit(deny(RUN, **where(REGIONS))),
        [f"web gains {RUN} in eu-west-1"],
    ),
    "a role less among the exempt": (
        unit(deny(RUN, **where(EXEMPT))),
        unit(deny(RUN, **where(ONLY_FACTORY))),
        [f"web loses {RUN} as role break-glass"],
    ),
    "one Region for another": (
        unit(deny(RUN, **on("StringNotEquals", "aws:RequestedRegion", "eu-west-1"))),
        unit(deny(RUN, **on("StringNotEquals", "aws:RequestedRegion", "eu-west-2"))),
        [f"web gains {RUN} in eu-west-2", f"web loses {RUN} in eu-west-1"],
    ),
    "everything but some services": (
        unit(),
        unit(other_than("iam:*", "sts:*", **where(REGIONS))),
        ["web loses every action but iam:*, sts:* outside eu-central-1, eu-west-1"],
    ),
    "a service more is spared": (
        unit(other_than("iam:*", **where(REGIONS))),
        unit(other_than("iam:*", "s3:Get*", **where(REGIONS))),
        ["web gains s3:Get* outside eu-central-1, eu-west-1"],
    ),
    "global services are asked in one Region only": (
        unit(),
        unit(deny("iam:CreateUser", **on("StringNotEquals", "aws:RequestedRegion", "us-east-1"))),
        [],
    ),
    "a tag that must be there": (
        unit(),
        unit(deny(RUN, "arn:aws:ec2:*:*:instance/*", **on("Null", "aws:RequestTag/owner", "true"))),
        [f"web loses {RUN} on arn:aws:ec2:*:*:instance/* where aws:RequestTag/owner is absent"],
    ),
    "a value that it must have": (
        unit(),
        unit(deny(RUN, **on("StringNotEquals", "ec2:MetadataHttpTokens", "required"))),
        [f"web loses {RUN} unless ec2:MetadataHttpTokens is required"],
    ),
    "the root user": (
        unit(),
        unit(deny("*", **on("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:root"))),
        ["web loses every action as the root user"],
    ),
    "without MFA": (
        unit(),
        unit(deny("ec2:StopInstances", **on("BoolIfExists", "aws:MultiFactorAuthPresent", "false"))),
        ["web loses ec2:StopInstances where aws:MultiFactorAuthPresent is false or absent"],
    ),
    "a number": (
        unit(),
        unit(deny("s3:*", **on("NumericLessThan", "s3:TlsVersion", "1.2"))),
        ["web loses s3:* where s3:TlsVersion is below 1.2"],
    ),
    "an address": (
        unit(),
        unit(deny("s3:*", **on("NotIpAddress", "aws:SourceIp", "10.0.0.0/8"))),
        ["web loses s3:* unless aws:SourceIp is 10.0.0.0/8"],
    ),
    "a set of keys": (
        unit(),
        unit(deny(RUN, **on("ForAnyValue:StringEquals", "aws:TagKeys", "secret"))),
        [f"web loses {RUN} where aws:TagKeys is secret or several at once"],
    ),
    "a variable cannot be enumerated": (
        unit(),
        unit(deny("s3:PutObject", **on("StringNotEquals", "aws:PrincipalTag/team", "${aws:ResourceTag/team}"))),
        [
            "web loses s3:PutObject where aws:PrincipalTag/team is absent",
            "web loses s3:PutObject where aws:PrincipalTag/team is given (also conditional on aws:ResourceTag/team)",
        ],
    ),
    "what was denied anyway, as far as anyone knows, is no loss and no gain": (
        unit(deny(RUN, **on("StringEquals", "x:K", "${aws:PrincipalTag/owner}"))),
        unit(deny("ec2:*", **on("StringEquals", "x:K", "${aws:PrincipalTag/owner}"))),
        [f"web loses ec2:* (all but {RUN}) where x:K is given (also conditional on aws:PrincipalTag/owner)"],
    ),
    "what was denied anyway is no loss": (unit(deny("ec2:*")), unit(deny("ec2:*"), deny(RUN)), []),
    "what stays denied is no gain": (
        unit(deny("ec2:*"), deny(RUN)),
        unit(deny(RUN)),
        [f"web gains ec2:* (all but {RUN})"],
    ),
    "what stays denied in some Regions": (
        unit(deny(RUN), deny("*", **where(REGIONS))),
        unit(deny("*", **where(REGIONS))),
        [f"web gains {RUN} (also conditional on aws:RequestedRegion)"],
    ),
    "a role gains what others are still denied": (
        unit(
            deny(RUN, **where(ONLY_FACTORY)),
            deny(RUN, **where({"ArnNotLike": {"aws:PrincipalArn": "arn:*:iam::*:role/ops"}})),
        ),
        unit(deny(RUN, **where({"ArnNotLike": {"aws:PrincipalArn": "arn:*:iam::*:role/ops"}}))),
        [f"web gains {RUN} as role ops"],
    ),
    "what the root user is denied under a condition is told once": (
        unit(deny(RUN), deny("*", **where(ROOT_ITSELF))),
        unit(deny("*", **where(ROOT_ITSELF))),
        [f"web gains {RUN}"],
    ),
    "an allow-list instead of everything": (
        guarding(level("unit")),
        guarding(level("unit", allow("ec2:*"), allow("s3:Get*"), full=False)),
        ["web loses every action but ec2:*, s3:Get*"],
    ),
    "an allow-list grows": (
        unit(allow("ec2:*"), full=False),
        unit(allow("ec2:*"), allow("s3:*"), full=False),
        ["web gains s3:*"],
    ),
    "a level without policies": (guarding(level("a")), guarding(level("a", full=False)), ["web loses every action"]),
    "only one bucket is allowed, and a denial goes": (
        unit(allow("s3:*", "arn:aws:s3:::logs"), deny("s3:Put*"), full=False),
        unit(allow("s3:*", "arn:aws:s3:::logs"), full=False),
        ["web gains s3:Put* on arn:aws:s3:::logs"],
    ),
    "many actions are counted by service": (
        unit(),
        unit(deny(MORE.split())),
        ["web loses 10 actions of iam, kms, s3, sqs"],
    ),
    "patterns that overlap": (
        unit(deny("ec2:*")),
        unit(deny("ec2:*"), deny("*:Purchase*")),
        ["web loses *:Purchase*"],
    ),
}
EVERYONE = {"Principal": "*"}
RCPS: dict[str, tuple[Guard, Guard, list[str]]] = {
    "unencrypted": (
        unit(kind=RCP),
        unit(deny("s3:*", **EVERYONE, **on("Bool", "aws:SecureTransport", "false")), kind=RCP),
        ["whoever calls can no longer use s3:* on resources of web where aws:SecureTransport is false"],
    ),
    "strangers": (
        unit(kind=RCP),
        unit(
            deny(
                "s3:*",
                **EVERYONE,
                **where(
                    {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorgid"}},
                    {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}},
                ),
            ),
            kind=RCP,
        ),
        ["anonymous requests, principals outside the organization can no longer use s3:* on resources of web"],
    ),
    "strangers again": (
        unit(deny("sqs:*", **EVERYONE, **on("StringNotEquals", "aws:PrincipalOrgID", "o-exampleorgid")), kind=RCP),
        unit(kind=RCP),
        [
            "AWS services, anonymous requests, principals outside the organization can newly use sqs:* on resources of "
            "web"
        ],
    ),
    "a service without RCPs": (unit(kind=RCP), unit(deny("ec2:*", **EVERYONE), kind=RCP), []),
}
REWRITTEN = {
    "the order of statements": (unit(deny("a:B"), deny("c:D")), unit(deny("c:D"), deny("a:B"))),
    "a Sid": (unit(deny("a:B", Sid="One")), unit(deny("a:B", Sid="Two"))),
    "split statements": (
        unit(deny(["a:B", "c:D"], ["x", "y"])),
        unit(deny("c:D", ["y", "x"]), deny("a:B", "x"), deny("a:B", "y")),
    ),
    "split over two policies of two levels": (
        guarding(level("root", deny("a:B"), deny("c:D")), level("account")),
        guarding(level("root", deny("a:B")), level("account", deny("c:D"))),
    ),
    "a case of letters": (unit(deny("S3:getobject")), unit(deny("s3:GetObject"))),
    "a wildcard that says the same": (unit(deny("s3:*"), deny("s3:Get*")), unit(deny("s3:*"))),
    "a wildcard that says the same, under what nobody knows": (
        unit(deny(["ec2:*", "ec2:Run*"], **on("StringEquals", "aws:PrincipalTag/team", "${aws:PrincipalTag/owner}"))),
        unit(deny("ec2:*", **on("StringEquals", "aws:PrincipalTag/team", "${aws:PrincipalTag/owner}"))),
    ),
    "two values instead of two statements": (
        unit(deny("a:B", **on("StringEquals", "x:K", ["1", "2"]))),
        unit(deny("a:B", **on("StringEquals", "x:K", "1")), deny("a:B", **on("StringEquals", "x:K", "2"))),
    ),
    "everything, written out": (guarding(level("a")), unit(allow(["*"]), allow("s3:*"), full=False)),
    "a denial of what no list allows": (
        unit(allow("ec2:*"), full=False),
        unit(allow("ec2:*"), deny("s3:*"), full=False),
    ),
}


INSTANCES = "arn:aws:ec2:{}:*:instance/*"
WITHIN: dict[str, tuple[dict[str, Any], dict[str, Any], str, str]] = {
    "a network in a larger one": (
        deny("s3:*", **on("NotIpAddress", "aws:SourceIp", "203.0.113.0/28")),
        deny("s3:*", **on("NotIpAddress", "aws:SourceIp", "203.0.113.0/24")),
        "s3:*",
        "where aws:SourceIp is 203.0.113.0/24",
    ),
    "a network at the end of a larger one": (
        deny("s3:*", **on("NotIpAddress", "aws:SourceIp", "203.0.113.128/25")),
        deny("s3:*", **on("NotIpAddress", "aws:SourceIp", "203.0.113.0/24")),
        "s3:*",
        "where aws:SourceIp is 203.0.113.0/24",
    ),
    "one Region of all": (
        deny("ec2:StopInstances", INSTANCES.format("*")),
        deny("ec2:StopInstances", INSTANCES.format("eu-central-1")),
        "ec2:StopInstances",
        "on arn:aws:ec2:*:*:instance/* in other Regions",
    ),
    "all Regions spared": (
        {"Effect": "Deny", "Action": "ec2:*", "NotResource": INSTANCES.format("eu-central-1")},
        {"Effect": "Deny", "Action": "ec2:*", "NotResource": INSTANCES.format("*")},
        "ec2:*",
        "on arn:aws:ec2:*:*:instance/* in other Regions",
    ),
    "one account of all": (
        deny("kms:*", "arn:aws:kms:*:*:key/*"),
        deny("kms:*", "arn:aws:kms:*:012345678901:key/*"),
        "kms:*",
        "on arn:aws:kms:*:*:key/*, arn:aws:kms:*:*:key/* of other accounts",
    ),
    "a name with a variable that is known": (
        deny("s3:*", "arn:aws:s3:::${aws:PrincipalAccount}-*"),
        deny("s3:*", "arn:aws:s3:::${aws:PrincipalAccount}-x*"),
        "s3:*",
        "on arn:aws:s3:::${aws:PrincipalAccount}-*",
    ),
    "one case of letters of all": (
        deny("s3:PutObject", **on("StringEqualsIgnoreCase", "s3:x-amz-acl", "public-read")),
        deny("s3:PutObject", **on("StringEquals", "s3:x-amz-acl", "public-read")),
        "s3:PutObject",
        "where s3:x-amz-acl is PUBLIC-READ",
    ),
    "a character at least": (
        deny("s3:*", **on("StringLike", "s3:prefix", "a*")),
        deny("s3:*", **on("StringLike", "s3:prefix", "a?*")),
        "s3:*",
        "where s3:prefix is a",
    ),
}


@pytest.mark.parametrize(("before", "after", "action", "part"), WITHIN.values(), ids=WITHIN.keys())
def test_what_lies_between_a_pattern_and_a_narrower_one(
    before: dict[str, Any], after: dict[str, Any], action: str, part: str
) -> None:
    assert said(unit(before), unit(after)) == [f"web gains {action} {part}"]
    assert said(unit(after), unit(before)) == [f"web loses {action} {part}"]


def test_an_allowance_by_arns_takes_what_has_none() -> None:
    everything = unit({"Effect": "Allow", "Action": "*", "Resource": "arn:*:*:*:*:*"}, full=False)
    assert said(unit(), everything) == ["web loses every action on all but arn:*:*:*:*:*"]


@pytest.mark.parametrize(("before", "after", "sentences"), SCPS.values(), ids=SCPS)
def test_principals(before: Guard, after: Guard, sentences: list[str]) -> None:
    assert said(before, after, SCP) == sentences


@pytest.mark.parametrize(("before", "after", "sentences"), RCPS.values(), ids=RCPS)
def test_resources(before: Guard, after: Guard, sentences: list[str]) -> None:
    assert said(before, after, RCP) == sentences


@pytest.mark.parametrize(("before", "after"), REWRITTEN.values(), ids=REWRITTEN)
def test_other_words_for_the_same_change_nothing(before: Guard, after: Guard) -> None:
    assert between(before, after) == between(after, before) == ()


def test_what_is_told_has_its_parts() -> None:
    (found,) = between(unit(), unit(other_than("iam:*", **where(REGIONS, EXEMPT))))
    assert (found.direction, found.actions, found.but) == ("loss", ("*",), ("iam:*",))
    assert [(bound.of, bound.values, bound.outside) for bound in found.bounds] == [
        ("aws:RequestedRegion", ("eu-central-1", "eu-west-1"), True),
        ("principal", ("arn:*:iam::*:role/break-glass", "arn:*:iam::*:role/factory-*"), True),
    ]


def test_full_access_is_not_among_the_differences() -> None:
    assert between(guarding(level("a")), guarding(level("a"), level("b"))) == ()
    assert FULL.name == "FullAWSAccess"


def test_cells_do_not_hang_on_the_order_in_which_statements_are_looked_at() -> None:
    """A value that one statement means as it is written and another as a pattern is asked about as a pattern."""
    pattern = "arn:*:iam::*:role/x"
    exact, like = (
        deny(RUN, **on(operator, key, pattern))
        for operator, key in (("StringEquals", "x:Key"), ("StringLike", "X:key"))
    )
    (one,), (other,) = (unit(each).denies for each in (exact, like))
    found = [dimensions(each, each, "ec2", "111122223333") for each in ([one, other], [other, one])]
    assert found[0] == found[1]
    assert pattern not in [value for option in found[0][0].options for value in option.given]
