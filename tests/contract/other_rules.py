"""What AWS does about callers, pages, the organization itself, and what the sandbox does not do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.contract.scene import NOBODY, SCP, Rule, Scene, api, guide


def _units(scene: Scene, count: int) -> None:
    for number in range(count):
        scene.unit(f"u{number}")


def _first_page(member: str, ask: Callable[[Scene], Any]) -> Callable[[Scene], object]:
    def act(scene: Scene) -> object:
        _units(scene, 22)
        scene.enable()
        page = ask(scene)
        return 0 < len(page[member]) <= 20 and "NextToken" in page

    return act


def _accounts_paged(scene: Scene) -> object:
    for number in range(22):
        scene.ask(f"n{number}")
    return len(scene.org.list_accounts()["Accounts"]) <= 20


def _statuses_paged(scene: Scene) -> object:
    for number in range(25):
        scene.ask(f"n{number}")
    pages = scene.org.get_paginator("list_create_account_status").paginate(PaginationConfig={"PageSize": 4})
    names = [row["AccountName"] for page in pages for row in page["CreateAccountStatuses"]]
    return sorted(names) == sorted(f"n{number}" for number in range(25))


def _other_listing(scene: Scene) -> object:
    _units(scene, 3)
    token = scene.org.list_organizational_units_for_parent(ParentId=scene.root, MaxResults=1)["NextToken"]
    return scene.org.list_roots(NextToken=token)


def _member(ask: Callable[[Any], object]) -> Callable[[Scene], object]:
    return lambda scene: ask(scene.member("organizations", scene.member_account()))


def _member_sees_organization(scene: Scene) -> object:
    client = scene.member("organizations", scene.member_account())
    return client.describe_organization()["Organization"]["MasterAccountId"] == scene.me


def _identity(scene: Scene) -> object:
    return scene.sts.get_caller_identity()["Account"] == scene.me


def _member_identity(scene: Scene) -> object:
    account = scene.member_account()
    return scene.member("sts", account).get_caller_identity()["Account"] == account


RULES = (
    Rule(
        "units of a parent come in twenties",
        api("ListOrganizationalUnitsForParent"),
        _first_page("OrganizationalUnits", lambda s: s.org.list_organizational_units_for_parent(ParentId=s.root)),
        moto=True,
    ),
    Rule(
        "children come in twenties",
        api("ListChildren"),
        _first_page("Children", lambda s: s.org.list_children(ParentId=s.root, ChildType="ORGANIZATIONAL_UNIT")),
    ),
    Rule(
        "targets come in twenties",
        api("ListTargetsForPolicy"),
        _first_page("Targets", lambda s: s.org.list_targets_for_policy(PolicyId="p-FullAWSAccess")),
    ),
    Rule("accounts come in twenties", api("ListAccounts"), _accounts_paged),
    Rule("creation requests page by page, each once", api("ListCreateAccountStatus"), _statuses_paged),
    Rule(
        "a page of more than twenty",
        api("ListAccounts"),
        lambda s: s.org.list_accounts(MaxResults=21),
        "InvalidInputException",
        "MAX_VALUE_EXCEEDED",
    ),
    Rule(
        "a token of one's own making",
        api("ListAccounts"),
        lambda s: s.org.list_accounts(NextToken="next, please"),
        "InvalidInputException",
        "INVALID_NEXT_TOKEN",
    ),
    Rule(
        "the token of another listing", api("ListRoots"), _other_listing, "InvalidInputException", "INVALID_NEXT_TOKEN"
    ),
    Rule(
        "an account id that is none",
        api("DescribeAccount"),
        lambda s: s.org.describe_account(AccountId="12345"),
        "InvalidInputException",
        "INVALID_PATTERN",
    ),
    Rule(
        "an account that is not there",
        api("DescribeAccount"),
        lambda s: s.org.describe_account(AccountId=NOBODY),
        "AccountNotFoundException",
        moto=True,
    ),
    Rule(
        "a member lists accounts",
        api("ListAccounts"),
        _member(lambda org: org.list_accounts()),
        "AccessDeniedException",
    ),
    Rule("a member lists roots", api("ListRoots"), _member(lambda org: org.list_roots()), "AccessDeniedException"),
    Rule(
        "a member creates an account",
        api("CreateAccount"),
        _member(lambda org: org.create_account(AccountName="x", Email="x@example.com")),
        "AccessDeniedException",
    ),
    Rule("a member describes the organization", api("DescribeOrganization"), _member_sees_organization, moto=True),
    Rule(
        "another organization in an organization",
        api("CreateOrganization"),
        lambda s: s.org.create_organization(),
        "AlreadyInOrganizationException",
        moto=True,
    ),
    Rule(
        "all features when they are on",
        api("EnableAllFeatures"),
        lambda s: s.org.enable_all_features(),
        "HandshakeConstraintViolationException",
        "ORGANIZATION_ALREADY_HAS_ALL_FEATURES",
    ),
    Rule(
        "accepting what was never asked",
        api("AcceptHandshake"),
        lambda s: s.org.accept_handshake(HandshakeId="h-00000000"),
        "HandshakeNotFoundException",
    ),
    Rule("who am I", "STS API reference, GetCallerIdentity", _identity, moto=True),
    Rule("who is a member", "STS API reference, GetCallerIdentity", _member_identity, moto=True),
    Rule(
        "an operation that is not simulated says so",
        "the sandbox's promise",
        lambda s: s.org.leave_organization(),
        "NotSimulated",
    ),
    Rule(
        "an operation of another service says so",
        "the sandbox's promise",
        lambda s: s.away("ec2", "eu-west-1").describe_vpcs(),
        "NotSimulated",
    ),
    Rule(
        "a policy type's status on the root",
        guide("Enabling policy types"),
        lambda s: (s.enable(), {"Type": SCP, "Status": "ENABLED"} in s.org.list_roots()["Roots"][0]["PolicyTypes"])[1],
        moto=True,
    ),
)
