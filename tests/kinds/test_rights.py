"""What a plan tells of rights: which accounts, which chains, and when nothing is said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from factory.core.rights import Direction, Rights
from tests.kinds.scenes import MANAGEMENT, RCP, Acc, Ou, Policy, Root, Thing, deny, live, plan

NO_S3, NO_EC2 = Policy("no-s3", deny("s3:*")), Policy("no-ec2", deny("ec2:*"))
WEB, SHOP, BLOG = Acc("web", "work/prod"), Acc("shop", "work/prod"), Acc("blog", "work/dev")
TREE: list[Thing] = [NO_S3, NO_EC2, WEB, SHOP, BLOG]


def units(root: Any = (), work: Any = (), prod: Any = (), dev: Any = ()) -> list[Thing]:
    return [Root(on=root), Ou("work", on=work), Ou("work/prod", on=prod), Ou("work/dev", on=dev)]


def told(now: list[Thing], wanted: list[Thing]) -> list[str]:
    return [shift.sentence for shift in plan(now, wanted).rights.shifts]


def test_accounts_with_the_same_loss_are_told_together() -> None:
    made = plan([*TREE, *units()], [*TREE, *units(work=("no-s3",), prod=("no-ec2",))])
    assert [shift.sentence for shift in made.rights.shifts] == [
        "accounts shop, web lose ec2:*, s3:*",
        "account blog loses s3:*",
    ]
    assert made.rights.accounts == 3


def test_many_accounts_are_counted_where_they_are() -> None:
    crowd: list[Thing] = [
        NO_S3,
        *(Acc(f"a{n}", "work/prod") for n in range(5)),
        *(Acc(f"b{n}", "work/dev") for n in range(5)),
    ]
    assert told([*crowd, *units()], [*crowd, *units(prod=("no-s3",))]) == ["5 accounts under work/prod lose s3:*"]
    assert told([*crowd, *units()], [*crowd, *units(root=("no-s3",))]) == ["10 accounts under work lose s3:*"]
    crowd.append(Acc("else"))
    assert told([*crowd, *units()], [*crowd, *units(root=("no-s3",))]) == ["all 11 accounts lose s3:*"]
    moved = [Acc("a0", "work/dev") if thing == Acc("a0", "work/prod") else thing for thing in crowd]
    assert told([*crowd, *units(prod=("no-s3",))], [*moved, *units(prod=("no-s3",))]) == ["account a0 gains s3:*"]


def test_a_move_is_compared_from_chain_to_chain() -> None:
    tree = [NO_S3, NO_EC2, *units(prod=("no-ec2",), dev=("no-s3",))]
    assert sorted(told([*tree, BLOG], [*tree, Acc("blog", "work/prod")])) == [
        "account blog gains s3:*",
        "account blog loses ec2:*",
    ]


def test_a_denial_that_goes_up_changes_nothing_for_those_below() -> None:
    now = [*TREE, *units(prod=("no-s3",), dev=("no-s3",))]
    made = plan(now, [*TREE, *units(work=("no-s3",))])
    assert made.changes
    assert made.rights.shifts == ()
    assert made.rights.accounts == 3


def test_a_new_account_has_no_before_and_the_management_account_is_not_bound() -> None:
    made = plan([NO_S3, *units(prod=("no-s3",))], [NO_S3, *units(root=("no-s3",), prod=("no-s3",)), WEB])
    assert made.rights.shifts == ()
    assert all(MANAGEMENT not in str(shift) for shift in made.rights.shifts)


def test_closed_accounts_have_nobody_who_could_lose() -> None:
    gone = Acc("gone", "work/prod", state="suspended", tagged=None)
    assert told([NO_S3, *units(), gone], [NO_S3, *units(prod=("no-s3",))]) == []


def test_other_types_of_policies_and_other_changes_say_nothing() -> None:
    tags = Policy("tags", {"tags": {}}, "TAG_POLICY")
    now: list[Thing] = [tags, *units(), WEB]
    made = plan(live(*now, enabled=("SERVICE_CONTROL_POLICY", RCP, "TAG_POLICY")), [tags, *units(prod=("tags",)), WEB])
    assert made.changes
    assert made.rights.accounts == 0


def test_where_a_unit_is_in_the_tree_counts_where_a_statement_asks() -> None:
    """``aws:PrincipalOrgPaths`` follows from the planned tree."""
    paths = "o-exampleorgid/r-root/ou-work/ou-work/prod/"
    condition = {"ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": paths}}
    document = {"Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": condition}}
    tree: list[Thing] = [Policy("p", {**document, "Version": "2012-10-17"}), *units(root=("p",))]
    assert told([*tree, BLOG], [*tree, Acc("blog", "work/prod")]) == ["account blog loses s3:*"]
    assert told([*tree, WEB], [*tree, Acc("web", "work/dev")]) == ["account web gains s3:*"]


def test_an_account_that_a_policy_names_is_compared_by_its_own_id() -> None:
    """Two accounts under the same policies fare differently where one of them is named."""
    condition = {"StringNotEquals": {"aws:PrincipalAccount": WEB.live_id}}
    document = {"Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": condition}}
    tree: list[Thing] = [Policy("p", {**document, "Version": "2012-10-17"}), WEB, SHOP, BLOG]
    assert told([*tree, *units()], [*tree, *units(root=("p",))]) == ["accounts blog, shop lose s3:*"]


def test_the_digest_does_not_hang_on_it() -> None:
    made = plan([*TREE, *units()], [*TREE, *units(work=("no-s3",))])
    assert made.rights.of(Direction.LOSS)
    assert replace(made, rights=Rights()).digest == made.digest
