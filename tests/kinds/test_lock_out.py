"""The rule ``lock-out``: the roles that do our work can still do it, wherever they could before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from factory.core.address import Address, account, baseline, stack
from factory.core.change import Refusal
from factory.core.guard import Consent, Thresholds
from factory.core.resource import Resource
from factory.engine.planning import differing
from factory.guardrails.chains import Chains
from factory.guardrails.deploying import BY_TYPE, needed_for
from factory.guardrails.lock_out import lock_out
from tests.kinds.scenes import SCP, Acc, Ou, Policy, Root, Thing, deny, files, limits, live, plan, refusal, refused

TEMPLATE = '{"Resources":{"R":{"Properties":{"RoleName":"factory-config"},"Type":"AWS::IAM::Role"}}}'
SPARED = {"ArnNotLike": {"aws:PrincipalArn": "arn:*:iam::*:role/stacksets-exec-*"}}
SHOP, BLOG = Acc("shop", "work"), Acc("blog", "work")


def denying(action: Any, resource: str = "*", **more: Any) -> dict[str, Any]:
    statement = {"Sid": "No", "Effect": "Deny", "Action": action, "Resource": resource, **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def refusals(
    now: list[Thing], wanted: list[Thing], roles: tuple[str, ...] = ("stacksets-exec-*",), region: str = "eu-west-1"
) -> list[Refusal]:
    """What the rule says where the baseline ``config`` is wanted in ``shop`` and nowhere else."""
    case, _ = differing(files(*wanted), live(*now), limits(), Consent())
    of = baseline("config")
    there: Mapping[Address, Resource] = {
        of: Resource(of, {"template": TEMPLATE}),
        stack(of, "shop"): Resource(stack(of, "shop"), {f"in.{region}": "CURRENT"}),
        stack(of, "blog"): Resource(stack(of, "blog"), {f"in.{region}": "none"}),
    }
    case = replace(case, desired={**case.desired, **there}, thresholds=Thresholds(always_allowed=roles))
    return list(lock_out(Chains.of(case)))


def attached(document: dict[str, Any], *accounts: Acc, type: str = SCP) -> tuple[list[Thing], list[Thing]]:
    """Before and after the guardrail ``g`` is attached to the unit ``work``."""
    policy = Policy("g", document, type)
    return [policy, Ou("work"), *accounts], [policy, Ou("work", on=("g",)), *accounts]


def test_who_is_locked_out_of_what_by_which_statement_and_the_way_out() -> None:
    (found,) = refusals(*attached(denying("iam:*"), SHOP, BLOG))
    assert found == Refusal(
        "lock-out",
        "the role stacksets-exec-* could no longer do iam:AttachRolePolicy, iam:CreateRole, iam:PutRolePolicy in "
        "eu-west-1 in account shop: on ou:work, statement No of guardrail:g denies it",
        "exempt the role there (ArnNotLike aws:PrincipalArn arn:*:iam::*:role/stacksets-exec-*), or allow it; "
        "only if it has no work there, take it out of safety: always_allowed",
        account("shop"),
    )


DENIED: dict[str, tuple[dict[str, Any], int]] = {
    "everything": (denying("*"), 1),
    "everything, but for the role": (denying("*", Condition=SPARED), 0),
    "what every stack takes": (denying("cloudformation:CreateStack"), 1),
    "what no baseline needs": (denying("ec2:*"), 0),
    "a role that the template makes": (denying("iam:CreateRole", "arn:*:iam::*:role/factory-*"), 1),
    "a role that it does not make": (denying("iam:CreateRole", "arn:*:iam::*:role/other-*"), 0),
    "other Regions": (denying("*", Condition={"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1"]}}), 1),
    "other Regions, but for global services": (
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Deny",
                "NotAction": ["iam:*", "sts:*"],
                "Resource": "*",
                "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1"]}},
            },
        },
        0,
    ),
    "the stacks themselves": (denying("cloudformation:*", "arn:*:cloudformation:*:*:stack/StackSet-*"), 1),
    "the stacks of others": (denying("cloudformation:*", "arn:*:cloudformation:*:*:stack/other-*"), 0),
    "stacks in another Region": (denying("cloudformation:*", "arn:aws:cloudformation:us-east-1:*:stack/*"), 0),
    "whatever has an ARN": (denying("*", "arn:*:*:*:*:*"), 1),
    "the account by its id": (denying("*", Condition={"StringEquals": {"aws:PrincipalAccount": SHOP.live_id}}), 1),
    "another account by its id": (denying("*", Condition={"StringEquals": {"aws:PrincipalAccount": BLOG.live_id}}), 0),
    "roles of the account but for this one": (
        denying(
            "*", Condition={"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{SHOP.live_id}:role/stacksets-exec-*"}}
        ),
        0,
    ),
    "everyone of the organization": (denying("*", Condition={"StringLike": {"aws:PrincipalOrgID": "o-*"}}), 1),
    "everyone of an organization": (denying("*", Condition={"Null": {"aws:PrincipalOrgID": "false"}}), 1),
    "everyone of another organization": (
        denying("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-other00000"}}),
        0,
    ),
    "everyone under the unit": (
        denying(
            "*", Condition={"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-exampleorgid/r-root/ou-work/*"}}
        ),
        1,
    ),
    "everyone under another unit": (
        denying("*", Condition={"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-exampleorgid/r-root/ou-x/*"}}),
        0,
    ),
    "it depends": (denying("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}}), 0),
}


@pytest.mark.parametrize(("document", "count"), DENIED.values(), ids=DENIED)
def test_stack_sets(document: dict[str, Any], count: int) -> None:
    assert len(refusals(*attached(document, SHOP))) == count


def test_accounts_without_stacks_have_no_work_for_them() -> None:
    assert refusals(*attached(denying("*"), BLOG)) == []


def test_who_was_locked_out_before_is_not_this_plans_doing() -> None:
    policy, other = Policy("g", denying("*")), Policy("h", denying("s3:*"))
    now: list[Thing] = [policy, other, Ou("work", on=("g",)), SHOP]
    assert refusals(now, [policy, other, Ou("work", on=("g", "h")), SHOP]) == []


def test_a_move_under_a_denial() -> None:
    policy = Policy("g", denying("*"))
    units: list[Thing] = [policy, Ou("work"), Ou("closed", on=("g",))]
    (found,) = refusals([*units, SHOP], [*units, Acc("shop", "closed")])
    assert "on ou:closed, statement No of guardrail:g denies it" in found.message


def test_a_new_account_under_a_denial() -> None:
    policy = Policy("g", denying("*"))
    tree: list[Thing] = [policy, Ou("work", on=("g",))]
    (found,) = refusals(tree, [*tree, SHOP])
    assert "the role stacksets-exec-* could not from the start do" in found.message
    assert found.address == account("shop")


def test_a_level_that_allows_too_little() -> None:
    policy = Policy("l", {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}})
    (found,) = refusals([policy, Ou("work"), SHOP], [policy, Ou("work", on=("l",), full_access=False), SHOP])
    assert "on ou:work, no policy there allows it" in found.message


def test_an_allowance_by_arns_covers_what_has_one() -> None:
    """CreateStack is about the stack; GetCallerIdentity is about nothing, and so not allowed."""
    policy = Policy(
        "l", {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:*:*:*:*:*"}}
    )
    (found,) = refusals([policy, Ou("work"), SHOP], [policy, Ou("work", on=("l",), full_access=False), SHOP])
    assert "could no longer do sts:GetCallerIdentity in eu-west-1 in account shop" in found.message


def test_a_resource_control_policy() -> None:
    document = denying("sts:*", Principal="*")
    (found,) = refusals(*attached(document, SHOP, type="RESOURCE_CONTROL_POLICY"))
    assert "sts:GetCallerIdentity" in found.message


def test_a_break_glass_role_is_watched_in_every_account_once_it_is_named() -> None:
    spared = {"ArnNotLike": {"aws:PrincipalArn": "arn:*:iam::*:role/break-glass"}}
    assert refusals(*attached(denying("iam:*"), BLOG)) == []
    (found,) = refusals(*attached(denying("iam:*"), BLOG), roles=("break-glass",))
    assert "the role break-glass could no longer do iam:AttachRolePolicy" in found.message
    assert refusals(*attached(denying("iam:*", Condition=spared), BLOG), roles=("break-glass",)) == []


def test_accounts_with_the_same_trouble_are_told_together() -> None:
    accounts = [Acc(f"a{n:02}", "work") for n in range(12)]
    (found,) = refusals(*attached(denying("iam:*"), *accounts), roles=("break-glass",))
    assert "in accounts a00, a01, a02, a03, a04, a05, a06, a07 and 4 more: on ou:work" in found.message
    assert found.address is None


def test_a_break_glass_role_is_watched_by_default() -> None:
    policy = Policy("g", denying("iam:*"))
    organization = files(policy, Ou("work", on=("g",)), BLOG, safety=Thresholds())
    found = refusal(plan(live(policy, Ou("work"), BLOG), organization), "lock-out")
    assert found.message.startswith("the role break-glass could no longer do iam:AttachRolePolicy, ")


def test_the_plan_is_refused() -> None:
    """The rule is among those that a plan asks."""
    policy = Policy("g", denying("iam:*"))
    organization = files(policy, Ou("work", on=("g",)), BLOG, safety=Thresholds(always_allowed=("break-glass",)))
    assert refused(plan(live(policy, Ou("work"), BLOG), organization)) == ["lock-out"]


def test_no_weaken_names_who_gains_what() -> None:
    things: list[Thing] = [Policy("g", denying("s3:*")), SHOP, BLOG]
    now, wanted = [*things, Ou("work", on=("g",))], [*things, Ou("work")]
    assert refused(plan(now, wanted)) == []
    found = refusal(plan(now, wanted, no_weaken=True), "no-weaken")
    assert found.message == "accounts blog, shop gain s3:*"
    assert found.way_out == "keep what denies it now, or leave --no-weaken out if the gain is meant"
    assert refused(plan(wanted, now, no_weaken=True)) == []


def test_no_weaken_names_all_accounts_where_the_sentence_counts_them() -> None:
    things: list[Thing] = [Policy("g", denying("s3:*")), *(Acc(f"a{n}", "work") for n in range(10))]
    made = plan([*things, Ou("work", on=("g",))], [*things, Ou("work")], no_weaken=True)
    expected = "10 accounts under work gain s3:* (a0, a1, a2, a3, a4, a5, a6, a7 and 2 more)"
    assert refusal(made, "no-weaken").message == expected


def test_no_weaken_takes_a_conditional_gain_for_one() -> None:
    things: list[Thing] = [
        Policy("g", denying("s3:*")),
        Policy("h", denying("*", Condition={"Bool": {"x:y": "true"}})),
        SHOP,
    ]
    now: list[Thing] = [*things, Root(on=("h",)), Ou("work", on=("g",))]
    found = refusal(plan(now, [*things, Root(on=("h",)), Ou("work")], no_weaken=True), "no-weaken")
    assert found.message == "account shop gains s3:* (also conditional on x:y)"


def test_an_unread_policy_that_goes_may_give_anything() -> None:
    things: list[Thing] = [Policy("g", None), SHOP]
    made = plan([*things, Ou("work", on=("g",))], [Policy("g", deny("s3:*")), SHOP, Ou("work")], no_weaken=True)
    assert "which could not be read" in refusal(made, "no-weaken").message


def test_what_a_template_needs() -> None:
    assert {action for action, _ in needed_for(TEMPLATE)} == set(BY_TYPE["AWS::IAM::Role"])
    assert ("iam:CreateRole", "arn:aws:iam::ACCOUNT:role/factory-config") in needed_for(TEMPLATE)
    assert needed_for("Resources:\n  A: {Type: AWS::Unheard::Of}\n") == frozenset()
