"""The tree from files: who is where, what is attached where, and the stand-ins for ids that nobody knows yet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from factory.core import address
from factory.core.policy_types import RCP, SCP
from factory.guardrails.tree import MADE_UP, MEMBER_ID, Tree, account_ids
from factory.kinds.guardrail_tree import is_whole, tree_of
from tests.guardrails.trying import organization


def names(tree: Tree, account: str, policy_type: str) -> list[tuple[str, list[str]]]:
    levels = tree.levels(tree.members[account], policy_type)
    return [(level.name, [policy.name for policy in level.policies]) for level in levels]


def test_levels_are_the_chain_from_the_root_down_to_the_account(tmp_path: Path) -> None:
    tree = tree_of(organization(tmp_path))
    assert names(tree, "shop", SCP) == [
        ("root", ["FullAWSAccess", "stay"]),
        ("ou:workloads", ["FullAWSAccess", "regions"]),
        ("ou:workloads/prod", ["FullAWSAccess"]),
        ("account:shop", ["FullAWSAccess"]),
    ]
    assert names(tree, "shop", RCP)[0] == ("root", ["tls"])


def test_full_access_false_takes_it_off_that_node_alone(tmp_path: Path) -> None:
    tree = tree_of(organization(tmp_path))
    assert names(tree, "vault", SCP)[1:] == [("ou:regulated", ["approved"]), ("account:vault", ["FullAWSAccess"])]


def test_a_policy_type_that_is_not_on_binds_nobody(tmp_path: Path) -> None:
    tree = replace(tree_of(organization(tmp_path)), types={RCP})
    assert names(tree, "shop", SCP) == []
    assert names(tree, "shop", RCP)[0] == ("root", ["tls"])


def test_accounts_that_are_to_be_closed_are_not_in_it(tmp_path: Path) -> None:
    assert sorted(tree_of(organization(tmp_path)).members) == ["play", "shop", "vault"]


def test_known_ids_are_kept_and_the_others_have_stand_ins_that_stay_the_same(tmp_path: Path) -> None:
    tree = tree_of(organization(tmp_path))
    assert tree.members["play"].id == "222222222222"
    assert tree.members["shop"].id == tree_of(organization(tmp_path)).members["shop"].id
    assert len({member.id for member in tree.members.values()}) == 3
    assert all(member.id.isdigit() and len(member.id) == 12 for member in tree.members.values())
    assert tree.organization_id == "o-exampleorgid"
    assert tree.path(tree.members["shop"]).startswith("o-exampleorgid/r-examplerootid111/ou-examplerootid111-")
    assert tree.path(tree.members["shop"]).count("/") == 4


def test_a_stand_in_is_never_the_id_of_another_account() -> None:
    number = account_ids({"a": None})["a"]
    both = account_ids({"a": None, "b": number})
    assert both["b"] == number
    assert both["a"] != number
    assert MEMBER_ID not in account_ids({str(n): None for n in range(500)}).values()


def test_a_tree_with_a_broken_guardrail_is_not_whole(tmp_path: Path) -> None:
    whole = organization(tmp_path)
    assert is_whole(whole)
    assert address.ROOT in tree_of(whole).held


def test_an_account_that_is_called_as_the_made_up_one_is_another(tmp_path: Path) -> None:
    tree = tree_of(organization(tmp_path, {"accounts/member.yaml": "ou: workloads\n"}))
    assert tree.path(MADE_UP) == "o-exampleorgid/r-examplerootid111/"
    assert tree.path(tree.members["member"]) != tree.path(MADE_UP)
    assert tree.members["member"].id != MEMBER_ID
