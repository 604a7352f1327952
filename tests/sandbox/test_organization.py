"""Founding an organization and turning on all features."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from factory.sandbox import MANAGEMENT_ACCOUNT, Sandbox
from factory.sandbox.seeding import add_account
from factory.sandbox.state import State


def _empty(state: State) -> None:
    state.organization = None
    state.accounts.clear()
    state.policies.clear()


def _handshake(org: Any, feature_set: str) -> Any:
    return feature_set, org.enable_all_features()["Handshake"]


def test_a_new_sandbox_is_an_organization_with_nothing_in_it(box: Sandbox, org: Any) -> None:
    shown = org.describe_organization()["Organization"]
    assert (shown["FeatureSet"], shown["MasterAccountId"]) == ("ALL", MANAGEMENT_ACCOUNT)
    assert org.list_roots()["Roots"][0]["PolicyTypes"] == []
    assert [account["Id"] for account in org.list_accounts()["Accounts"]] == [MANAGEMENT_ACCOUNT]
    assert (
        org.list_organizational_units_for_parent(ParentId=org.list_roots()["Roots"][0]["Id"])["OrganizationalUnits"]
        == []
    )
    assert [policy["Name"] for policy in org.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]] == [
        "FullAWSAccess"
    ]


@pytest.mark.parametrize(
    "ask",
    [
        lambda org: org.describe_organization(),
        lambda org: org.list_roots(),
        lambda org: org.list_accounts(),
        lambda org: org.create_account(AccountName="a", Email="a@example.com"),
        lambda org: org.create_organizational_unit(ParentId="r-abcd", Name="a"),
        lambda org: org.create_policy(Name="a", Type="TAG_POLICY", Content="{}", Description=""),
    ],
)
def test_without_an_organization_everything_says_so(box: Sandbox, org: Any, ask: Any) -> None:
    _empty(box.state)
    with pytest.raises(org.exceptions.AWSOrganizationsNotInUseException):
        ask(org)


def test_founding_an_organization(box: Sandbox, org: Any) -> None:
    _empty(box.state)
    made = org.create_organization(FeatureSet="CONSOLIDATED_BILLING")["Organization"]
    assert (made["FeatureSet"], made["MasterAccountId"]) == ("CONSOLIDATED_BILLING", MANAGEMENT_ACCOUNT)
    assert org.list_accounts()["Accounts"][0]["Id"] == MANAGEMENT_ACCOUNT


def _consolidated(box: Sandbox) -> None:
    assert box.state.organization
    box.state.organization.feature_set = "CONSOLIDATED_BILLING"


def test_without_all_features_there_are_no_policies(box: Sandbox, org: Any) -> None:
    _consolidated(box)
    root = org.list_roots()["Roots"][0]["Id"]
    for ask in (
        lambda: org.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY"),
        lambda: org.create_policy(Name="a", Type="TAG_POLICY", Content='{"tags":{}}', Description=""),
    ):
        with pytest.raises(org.exceptions.PolicyTypeNotAvailableForOrganizationException):
            ask()
    account = add_account(box.state, "a", "a@example.com")
    with pytest.raises(ClientError) as caught:
        org.close_account(AccountId=account)
    assert caught.value.response["Reason"] == "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE"


def test_all_features_take_a_handshake_and_its_acceptance(box: Sandbox, org: Any) -> None:
    _consolidated(box)
    shake = org.enable_all_features()["Handshake"]
    assert (shake["Action"], shake["State"]) == ("ENABLE_ALL_FEATURES", "REQUESTED")
    assert org.describe_organization()["Organization"]["FeatureSet"] == "CONSOLIDATED_BILLING"
    with pytest.raises(org.exceptions.HandshakeConstraintViolationException):
        org.enable_all_features()
    assert org.accept_handshake(HandshakeId=shake["Id"])["Handshake"]["State"] == "ACCEPTED"
    assert org.describe_organization()["Organization"]["FeatureSet"] == "ALL"
    with pytest.raises(org.exceptions.HandshakeAlreadyInStateException):
        org.accept_handshake(HandshakeId=shake["Id"])
    listed = org.list_handshakes_for_organization(Filter={"ActionType": "ENABLE_ALL_FEATURES"})["Handshakes"]
    assert [row["Id"] for row in listed] == [shake["Id"]]
    assert org.list_handshakes_for_organization(Filter={"ActionType": "INVITE"})["Handshakes"] == []


def test_a_handshake_expires(box: Sandbox, org: Any) -> None:
    _consolidated(box)
    shake = org.enable_all_features()["Handshake"]
    box.clock.sleep(16 * 86400)
    with pytest.raises(org.exceptions.InvalidHandshakeTransitionException):
        org.accept_handshake(HandshakeId=shake["Id"])
    assert org.enable_all_features()["Handshake"]["Id"] != shake["Id"]
