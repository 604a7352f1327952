"""The judge by the rules of the Organizations User Guide.

Sources: "SCP evaluation" (every level must allow, a denial anywhere decides), "Service control policies (SCPs)" (whom
they do not restrict), "Resource control policies (RCPs)" and "RCP evaluation".
"""

from __future__ import annotations

from typing import Any

import pytest

from factory.guardrails.judge import judge
from factory.guardrails.levels import Level, Policy
from factory.guardrails.verdicts import Outcome
from tests.guardrails.judging import (
    FULL,
    MANAGEMENT,
    MEMBER,
    OTHER,
    ROLE,
    STRANGER,
    allow,
    chain,
    deny,
    document,
    level,
    on,
    rcps,
    request,
    verdict,
)

EMPTY = Level("empty")
INSTANCE = f"arn:aws:ec2:eu-west-1:{MEMBER}:instance/i-1"
VOLUME = f"arn:aws:ec2:eu-west-1:{MEMBER}:volume/vol-1"

TREES: dict[str, tuple[tuple[Level, ...], str]] = {
    "FullAWSAccess everywhere": (chain(), "allow"),
    "no levels": ((), "not-applicable"),
    "a denial at the root": ((level("root", deny("ec2:*")), level("unit"), level("account")), "explicit-deny"),
    "a denial at the unit": (chain(deny("ec2:RunInstances")), "explicit-deny"),
    "a denial at the account": ((level("root"), level("unit"), level("account", deny())), "explicit-deny"),
    "a denial of something else": (chain(deny("s3:*")), "allow"),
    "an empty level at the root": ((EMPTY, level("unit"), level("account")), "implicit-deny"),
    "an empty level between": ((level("root"), EMPTY, level("account")), "implicit-deny"),
    "an empty level at the account": ((level("root"), level("unit"), EMPTY), "implicit-deny"),
    "an allow-list with it": ((level("root", allow("ec2:*"), full=False), level("account")), "allow"),
    "an allow-list without it": ((level("root", allow("s3:*"), full=False), level("account")), "implicit-deny"),
    "allowed above, not below": ((level("root"), level("account", allow("s3:*"), full=False)), "implicit-deny"),
    "allowed below, not above": (
        (level("root", allow("s3:*"), full=False), level("a", allow("ec2:*"))),
        "implicit-deny",
    ),
    "two lists on one level add up": (
        (Level("root", (Policy("a", document(allow("s3:*"))), Policy("b", document(allow("ec2:*"))))),),
        "allow",
    ),
    "a denial beats an allowance beside it": (
        (level("root", allow("ec2:*"), deny("ec2:Run*"), full=False),),
        "explicit-deny",
    ),
    "explicit before implicit": ((EMPTY, level("account", deny())), "explicit-deny"),
    # The language of 2025: "SCP syntax", elements summary
    "NotAction with Deny": (chain({"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"}), "explicit-deny"),
    "NotAction that names it": (chain({"Effect": "Deny", "NotAction": "ec2:*", "Resource": "*"}), "allow"),
    "NotAction with Allow": (
        (Level("root", (Policy("a", document({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"})),)),),
        "allow",
    ),
    "Condition with Allow": (
        (level("root", allow("*", **on("StringEquals", "aws:PrincipalArn", ROLE)), full=False),),
        "allow",
    ),
    "Condition with Allow, not met": (
        (level("root", allow("*", **on("StringEquals", "aws:PrincipalArn", "x")), full=False),),
        "implicit-deny",
    ),
    "wildcards inside an action": (chain(deny("*:Run*s")), "explicit-deny"),
    "actions in any case": (chain(deny("EC2:runinstances")), "explicit-deny"),
    "a statement without a list": (
        (Level("root", (FULL, Policy("one", {"Version": "2012-10-17", "Statement": deny()}))),),
        "explicit-deny",
    ),
}


@pytest.mark.parametrize(("levels", "expected"), TREES.values(), ids=TREES.keys())
def test_trees(levels: tuple[Level, ...], expected: str) -> None:
    found = verdict(levels)
    assert found.verdict == found.scp.verdict == expected
    assert found.rcp.verdict == "not-applicable"


RESOURCES: dict[str, tuple[dict[str, Any], tuple[str, ...], str]] = {
    "a resource that is denied": (deny("ec2:*", INSTANCE), (INSTANCE,), "explicit-deny"),
    "another": (deny("ec2:*", INSTANCE), (VOLUME,), "allow"),
    "one of several": (deny("ec2:*", INSTANCE), (VOLUME, INSTANCE), "explicit-deny"),
    "none of several": (deny("ec2:*", INSTANCE), (VOLUME, f"{VOLUME}2"), "allow"),
    "no resource is *": (deny("ec2:*", INSTANCE), (), "allow"),
    "no resource, all denied": (deny("ec2:*"), (), "explicit-deny"),
    "NotResource, named": ({"Effect": "Deny", "Action": "*", "NotResource": INSTANCE}, (INSTANCE,), "allow"),
    "NotResource, another": ({"Effect": "Deny", "Action": "*", "NotResource": INSTANCE}, (VOLUME,), "explicit-deny"),
    "NotResource, no resource": ({"Effect": "Deny", "Action": "*", "NotResource": INSTANCE}, ("*",), "explicit-deny"),
}


@pytest.mark.parametrize(("written", "resources", "expected"), RESOURCES.values(), ids=RESOURCES.keys())
def test_resources(written: dict[str, Any], resources: tuple[str, ...], expected: str) -> None:
    found = judge(request("ec2:RunInstances", *resources), chain(written))
    assert found.verdict == expected
    if expected == "explicit-deny" and resources:
        assert {each.resource for each in found.scp.blocked_by} <= set(resources)


def test_of_several_resources_the_one_that_is_denied_is_named() -> None:
    found = judge(request("ec2:RunInstances", VOLUME, INSTANCE), chain(deny("ec2:*", INSTANCE)))
    assert [each.resource for each in found.scp.blocked_by] == [INSTANCE]


def test_each_resource_must_be_allowed() -> None:
    only = (level("root", allow("ec2:*", INSTANCE), full=False),)
    assert judge(request("ec2:RunInstances", INSTANCE), only).verdict == "allow"
    found = judge(request("ec2:RunInstances", INSTANCE, VOLUME), only)
    assert found.verdict == "implicit-deny"
    assert [(each.level, each.resource, each.policy) for each in found.scp.blocked_by] == [("root", VOLUME, None)]


SESSION = f"arn:aws:sts::{MEMBER}:assumed-role"
SCP_BINDS: dict[str, tuple[dict[str, Any], bool]] = {
    "a role": ({"principal": ROLE}, True),
    "a session": ({"principal": f"{SESSION}/developer/ada"}, True),
    "a user": ({"principal": f"arn:aws:iam::{MEMBER}:user/ada"}, True),
    "the root user of a member account": ({"principal": f"arn:aws:iam::{MEMBER}:root"}, True),
    "the root user by account": ({"principal": MEMBER}, True),
    "a federated user": ({"principal": f"arn:aws:sts::{MEMBER}:federated-user/ada"}, True),
    "OrganizationAccountAccessRole": ({"principal": f"arn:aws:iam::{MEMBER}:role/OrganizationAccountAccessRole"}, True),
    "a role of StackSets": ({"principal": f"arn:aws:iam::{MEMBER}:role/stacksets-exec-0123"}, True),
    "a session of Identity Center": ({"principal": f"{SESSION}/AWSReservedSSO_Admin_0123/ada"}, True),
    "a role named like a service-linked one, with a path": (
        {"principal": f"arn:aws:iam::{MEMBER}:role/x/AWSServiceRoleForX"},
        True,
    ),
    "the management account's role": ({"principal": f"arn:aws:iam::{MANAGEMENT}:role/admin"}, False),
    "the management account's root": ({"principal": f"arn:aws:iam::{MANAGEMENT}:root"}, False),
    "the management account's user": ({"principal": f"arn:aws:iam::{MANAGEMENT}:user/ada"}, False),
    "the management account, as given": ({"principal": ROLE, "principal_account": MANAGEMENT}, False),
    "a service-linked role": (
        {"principal": f"arn:aws:iam::{MEMBER}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"},
        False,
    ),
    "a session of a service-linked role": ({"principal": f"{SESSION}/AWSServiceRoleForECS/x"}, False),
    "an AWS service": ({"principal": "cloudtrail.amazonaws.com"}, False),
    "an AWS service in China": ({"principal": "ec2.amazonaws.com.cn"}, False),
    "nobody": ({"principal": "*"}, False),
    "anonymous": ({"principal": "anonymous"}, False),
    "a stranger": ({"principal": f"arn:aws:iam::{STRANGER}:role/x", "outside": True}, False),
}


@pytest.mark.parametrize(("who", "binds"), SCP_BINDS.values(), ids=SCP_BINDS.keys())
def test_whom_scps_bind(who: dict[str, Any], binds: bool) -> None:
    found = verdict(chain(deny()), **who)
    assert found.scp.verdict == ("explicit-deny" if binds else "not-applicable")
    assert bool(found.scp.reason) is not binds


BUCKET = "arn:aws:s3:::bucket/key"
DENIED = rcps(deny("s3:*", Principal="*"), deny("ec2:*", Principal="*"), deny("kms:*", Principal="*"))
RCP_BINDS: dict[str, tuple[dict[str, Any], bool]] = {
    "a role of the account": ({"principal": ROLE}, True),
    "a role of another account": ({"principal": f"arn:aws:iam::{OTHER}:role/x"}, True),
    "the management account's role on a member's resource": ({"principal": f"arn:aws:iam::{MANAGEMENT}:role/x"}, True),
    "the root user": ({"principal": f"arn:aws:iam::{MEMBER}:root"}, True),
    "a stranger": ({"principal": f"arn:aws:iam::{STRANGER}:role/x", "outside": True}, True),
    "nobody": ({"principal": "*"}, True),
    "an AWS service": ({"principal": "cloudtrail.amazonaws.com"}, True),
    "a service-linked role": ({"principal": f"{SESSION}/AWSServiceRoleForECS/x"}, False),
    "a resource of the management account": ({"principal": ROLE, "resource_account": MANAGEMENT}, False),
    "a service without RCPs": ({"action": "ec2:RunInstances"}, False),
    "retiring a grant": ({"action": "kms:RetireGrant"}, False),
}


@pytest.mark.parametrize(("who", "binds"), RCP_BINDS.values(), ids=RCP_BINDS.keys())
def test_whom_rcps_bind(who: dict[str, Any], binds: bool) -> None:
    found = verdict((), DENIED, request(**{"action": "s3:GetObject", "resource_account": MEMBER, **who}))
    assert found.rcp.verdict == ("explicit-deny" if binds else "not-applicable")
    assert bool(found.rcp.reason) is not binds


def test_rcps_do_not_bind_what_the_arn_says_is_the_management_accounts_or_awss() -> None:
    for key in (f"arn:aws:kms:eu-west-1:{MANAGEMENT}:key/1", f"arn:aws:kms:eu-west-1:{MEMBER}:alias/aws/s3"):
        assert judge(request("kms:Decrypt", key), (), DENIED).rcp.verdict == "not-applicable"
    theirs = f"arn:aws:kms:eu-west-1:{MEMBER}:key/1"
    assert judge(request("kms:Decrypt", theirs), (), DENIED).rcp.verdict == "explicit-deny"
    both = judge(request("kms:Decrypt", f"arn:aws:kms:eu-west-1:{MANAGEMENT}:key/1", theirs), (), DENIED)
    assert [each.resource for each in both.rcp.blocked_by] == [theirs]


def test_rcps_allow_what_they_do_not_deny() -> None:
    """RCPFullAWSAccess cannot be detached, so a level without an allowance denies nothing."""
    for levels in (rcps(deny("sqs:*")), (Level("root"), Level("account")), rcps(allow("sqs:*"))):
        assert judge(request("s3:GetObject"), (), levels).rcp.verdict == "allow"


def test_the_services_of_rcps_can_be_given() -> None:
    asked = request("ec2:RunInstances")
    assert judge(asked, (), DENIED, rcp_services={"ec2"}).rcp.verdict == "explicit-deny"
    assert judge(request("s3:GetObject"), (), DENIED, rcp_services=()).rcp.verdict == "not-applicable"


UNSURE = on("StringEquals", "svc:unknown", "x")
MAYBE = Level("root", (FULL, Policy("maybe", document(deny(**UNSURE)))))
IMPLICIT, SURE, NOTHING = (Level("root"),), (level("root", deny()),), (level("root"),)


@pytest.mark.parametrize(
    ("scp", "rcp", "expected"),
    [
        (NOTHING, rcps(), "allow"),
        ((), rcps(), "allow"),
        (NOTHING, (), "allow"),
        ((), (), "not-applicable"),
        (SURE, rcps(), "explicit-deny"),
        (NOTHING, DENIED, "explicit-deny"),
        (IMPLICIT, rcps(), "implicit-deny"),
        (IMPLICIT, DENIED, "explicit-deny"),
        ((MAYBE,), rcps(), "depends"),
        ((MAYBE,), DENIED, "explicit-deny"),
        (SURE, (MAYBE,), "explicit-deny"),
        (IMPLICIT, (MAYBE,), "implicit-deny"),
        ((), (MAYBE,), "depends"),
        (NOTHING, (MAYBE,), "depends"),
    ],
)
def test_both_together(scp: tuple[Level, ...], rcp: tuple[Level, ...], expected: str) -> None:
    found = judge(request("s3:GetObject", resource_account=MEMBER), scp, rcp)
    assert found.verdict == expected
    assert found.depends_on == (("svc:unknown",) if expected == "depends" else ())


def test_what_blocks_is_told_with_level_policy_sid_and_conditions() -> None:
    named = deny("ec2:*", Sid="NoInstances", **on("StringNotEquals", "aws:RequestedRegion", ["eu-west-1"]))
    levels = (level("root", allow("s3:*"), named), level("unit", deny("ec2:Run*")), Level("account"))
    found = judge(request(context={"aws:RequestedRegion": "us-east-1"}), levels)
    assert found.verdict == "explicit-deny"
    first, second, third = found.scp.blocked_by
    assert (first.kind, first.level, first.policy, first.sid, first.statement) == (
        "scp",
        "root",
        "root-policy",
        "NoInstances",
        1,
    )
    (met,) = first.conditions
    assert (met.operator, met.key, met.values) == ("StringNotEquals", "aws:RequestedRegion", ("eu-west-1",))
    assert met.given == ("us-east-1",)
    assert (second.level, second.sid, second.statement, second.effect) == ("unit", None, 0, "Deny")
    assert (third.level, third.policy, third.effect) == ("account", None, None)


def test_a_level_that_only_denies_also_lacks_an_allowance() -> None:
    found = verdict((level("root", deny(), full=False),))
    assert [each.effect for each in found.scp.blocked_by] == ["Deny", None]
    assert verdict((level("root", deny("s3:*"), full=False),)).verdict == "implicit-deny"


def test_policies_of_the_old_version_have_no_variables() -> None:
    written = document(deny(**on("StringEquals", "aws:PrincipalAccount", "${aws:PrincipalAccount}")))
    old = {**written, "Version": "2008-10-17"}
    assert verdict((Level("root", (FULL, Policy("new", written))),)).verdict == "explicit-deny"
    assert verdict((Level("root", (FULL, Policy("old", old))),)).verdict == "allow"


def test_the_exempt_role_is_exempt_by_role_and_by_session() -> None:
    levels = chain(deny(**on("ArnNotLike", "aws:PrincipalArn", "arn:*:iam::*:role/stacksets-exec-*")))
    for principal in (f"arn:aws:iam::{MEMBER}:role/stacksets-exec-1", f"{SESSION}/stacksets-exec-1/x"):
        assert verdict(levels, principal=principal).verdict == "allow"
    assert verdict(levels, principal=f"{SESSION}/developer/stacksets-exec-1").verdict == "explicit-deny"


def test_several_values_where_one_belongs_are_noted() -> None:
    levels = chain(deny(**on("StringEquals", "aws:TagKeys", "a")))
    found = judge(request(context={"AWS:tagkeys": ["a", "b"]}), levels)
    assert found.verdict == "allow"
    assert found.notes == (
        "aws:TagKeys has several values, and an operator without ForAllValues: or ForAnyValue: matches none of them",
    )
    assert not judge(request(context={"aws:TagKeys": ["a", "b"]}), chain(deny("s3:*"))).notes


DEPENDS: dict[str, tuple[tuple[Level, ...], str, tuple[str, ...], tuple[str, ...]]] = {
    "a denial": (chain(deny(**on("Bool", "x:A", "true"))), "depends", ("x:A",), ("allow", "explicit-deny")),
    "a denial whose other condition fails": (
        chain(deny(Condition={"Bool": {"x:A": "true"}, "StringEquals": {"aws:PrincipalAccount": "1"}})),
        "allow",
        (),
        ("allow",),
    ),
    "a denial whose other condition holds": (
        chain(deny(Condition={"Bool": {"x:A": "true"}, "StringEquals": {"aws:PrincipalAccount": MEMBER}})),
        "depends",
        ("x:A",),
        ("allow", "explicit-deny"),
    ),
    "two unknown conditions": (
        chain(deny(Condition={"Bool": {"x:A": "true"}, "Null": {"x:B": "true"}})),
        "depends",
        ("x:A", "x:B"),
        ("allow", "explicit-deny"),
    ),
    "two denials": (
        chain(deny(**on("Bool", "x:A", "true")), deny(**on("Bool", "x:B", "true"))),
        "depends",
        ("x:A", "x:B"),
        ("allow", "explicit-deny"),
    ),
    "another denial is certain": (
        chain(deny(**on("Bool", "x:A", "true")), deny()),
        "explicit-deny",
        (),
        ("explicit-deny",),
    ),
    "an allowance": (
        (level("root", allow(**on("Bool", "x:A", "true")), full=False),),
        "depends",
        ("x:A",),
        ("allow", "implicit-deny"),
    ),
    "an allowance beside a certain one": (
        (level("root", allow(**on("Bool", "x:A", "true"))),),
        "allow",
        (),
        ("allow",),
    ),
    "an allowance where another level is silent": (
        (level("root", allow(**on("Bool", "x:A", "true")), full=False), EMPTY),
        "implicit-deny",
        (),
        ("implicit-deny",),
    ),
    "an allowance and a denial": (
        (level("root", allow(**on("Bool", "x:A", "true")), deny(**on("Bool", "x:B", "true")), full=False),),
        "depends",
        ("x:A", "x:B"),
        ("allow", "explicit-deny", "implicit-deny"),
    ),
    "denied either way, it depends how": (
        (level("root", deny(**on("Bool", "x:B", "true"))), EMPTY),
        "depends",
        ("x:B",),
        ("explicit-deny", "implicit-deny"),
    ),
    "denied either way, the allowance cannot matter": (
        (level("root", allow(**on("Bool", "x:A", "1")), deny(**on("Bool", "x:B", "true")), full=False), EMPTY),
        "depends",
        ("x:B",),
        ("explicit-deny", "implicit-deny"),
    ),
    "a variable": (
        chain(deny(**on("StringEquals", "aws:PrincipalAccount", "${x:A}"))),
        "depends",
        ("x:A",),
        ("allow", "explicit-deny"),
    ),
    "IfExists": (chain(deny(**on("BoolIfExists", "x:A", "true"))), "depends", ("x:A",), ("allow", "explicit-deny")),
    "the same key twice, each for itself": (
        chain(deny(**on("Null", "x:A", "true")), deny(**on("Null", "x:A", "false"))),
        "depends",  # Kleene: every value would deny
        ("x:A",),
        ("allow", "explicit-deny"),
    ),
    "another action": (chain(deny("s3:*", **on("Bool", "x:A", "true"))), "allow", (), ("allow",)),
}


@pytest.mark.parametrize(("levels", "expected", "keys", "possible"), DEPENDS.values(), ids=DEPENDS.keys())
def test_depends(levels: tuple[Level, ...], expected: str, keys: tuple[str, ...], possible: tuple[str, ...]) -> None:
    found = verdict(levels)
    assert found.verdict == expected
    assert found.depends_on == keys
    assert found.scp.possible == possible
    assert {key for each in found.scp.undecided for key in each.unknown} == set(keys)


def test_missing_keys_are_those_asked_for_and_not_given() -> None:
    asks = deny(Condition={"Bool": {"x:A": "true", "aws:PrincipalIsAWSService": "true"}, "Null": {"x:B": "true"}})
    levels = chain(asks, deny("s3:*", **on("Bool", "x:C", "true")))
    assert verdict(levels).missing == ("x:A", "x:B")
    assert verdict(levels, context={"X:a": True}).missing == ("x:B",)
    assert verdict(levels, absent=frozenset({"x:A", "x:B"})).missing == ()
    assert verdict(levels, unknown_is_absent=True).missing == ("x:A", "x:B")
    assert verdict(levels, unknown_is_absent=True).verdict == "allow"


def test_absent_keys_may_be_named_by_their_beginning() -> None:
    levels = chain(deny(**on("Null", "aws:RequestTag/Team", "true")))
    assert verdict(levels).verdict == "depends"
    assert verdict(levels, absent=frozenset({"aws:requesttag/*"})).verdict == "explicit-deny"
    given = {"absent": frozenset({"aws:RequestTag/*"}), "context": {"aws:RequestTag/team": "x"}}
    assert verdict(levels, **given).verdict == "allow"


def test_keys_are_compared_without_regard_to_case_also_tags() -> None:
    levels = chain(deny(**on("StringEquals", "aws:RequestTag/CostCenter", "x")))
    assert verdict(levels, context={"AWS:requesttag/costcenter": "x"}).verdict == "explicit-deny"
    assert verdict(levels, context={"aws:RequestTag/CostCenter": "X"}).verdict == "allow"


def test_documents_are_compiled_once() -> None:
    one, other = Policy("a", document(deny())), Policy("b", document(deny()))
    assert one.statements is other.statements


def test_the_verdicts_are_the_five() -> None:
    assert [str(each) for each in Outcome] == ["allow", "explicit-deny", "implicit-deny", "not-applicable", "depends"]
