from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from factory.aws.records import (
    AccountRecord,
    AttachmentRecord,
    OrganizationRecord,
    PolicyRecord,
    Reading,
    RootRecord,
    UnitRecord,
)
from factory.views.style import Style
from factory.views.tree import stack_counts, tree
from tests.views.golden import Compare

READING = Reading(
    caller_arn="arn:aws:iam::111111111111:user/demo",
    caller_account="111111111111",
    organization=OrganizationRecord("o-a1b2c3d4e5", "arn:o", "ALL", "111111111111"),
    root=RootRecord("r-ab12", "arn:r", {}),
    units=(
        UnitRecord("ou-2", "arn", "workloads", "r-ab12"),
        UnitRecord("ou-3", "arn", "prod", "ou-2"),
        UnitRecord("ou-1", "arn", "security", "r-ab12"),
    ),
    accounts=(
        AccountRecord("111111111111", "arn", "management", "root@example.com", "ACTIVE", "r-ab12"),
        AccountRecord("222222222222", "arn", "shop\x1b[31m", "aws+shop@example.com", "ACTIVE", "ou-3"),
        AccountRecord("333333333333", "arn", "old", "aws+old@example.com", "SUSPENDED", "ou-3"),
    ),
    policies=(
        PolicyRecord("p-FullAWSAccess", "arn", "FullAWSAccess", "SERVICE_CONTROL_POLICY", True, "", None),
        PolicyRecord("p-1", "arn", "deny-regions", "SERVICE_CONTROL_POLICY", False, "", "{}"),
    ),
    attachments=(
        AttachmentRecord("p-FullAWSAccess", "r-ab12", "ROOT"),
        AttachmentRecord("p-1", "ou-2", "ORGANIZATIONAL_UNIT"),
        AttachmentRecord("p-FullAWSAccess", "ou-2", "ORGANIZATIONAL_UNIT"),
        AttachmentRecord("p-unknown", "222222222222", "ACCOUNT"),
    ),
    tags={},
    tags_confirmed=True,
)


def test_the_tree(golden: Compare) -> None:
    golden("tree.txt", tree(READING, Style()))


def test_e_mails_are_masked_unless_wanted() -> None:
    assert "@example.com" not in tree(READING, Style())
    assert "root@example.com" in tree(READING, Style(show_emails=True))


@dataclass(frozen=True)
class Counted:
    name: str
    own: bool
    accounts: int
    regions: int
    statuses: Mapping[str, int]


def test_stacks_are_told_in_numbers() -> None:
    rows = [
        Counted("factory-main-config", False, 17, 2, {"OUTDATED": 1, "CURRENT": 33}),
        Counted("factory-main-budget-accounts", False, 1, 1, {"CURRENT": 1}),
        Counted("factory-main-new", False, 0, 0, {}),
        Counted("factory-main-config", True, 1, 2, {"CREATE_COMPLETE": 2}),
    ]
    assert stack_counts(rows, Style()).splitlines() == [
        "",
        "Stack sets",
        "  factory-main-config           34 stacks in 17 accounts, 2 Regions: CURRENT 33, OUTDATED 1",
        "  factory-main-budget-accounts  1 stack in 1 account, 1 Region: CURRENT 1",
        "  factory-main-new              no stacks",
        "",
        "Stacks of the management account",
        "  factory-main-config  2 stacks in 2 Regions: CREATE_COMPLETE 2",
    ]
    assert stack_counts([], Style()) == ""
