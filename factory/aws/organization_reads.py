"""What AWS Organizations tells: one method an operation, pages followed, records returned."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from factory.aws import answers
from factory.aws.errors import AwsError
from factory.aws.records import (
    AccountRecord,
    AttachmentRecord,
    CreationRecord,
    OrganizationRecord,
    PolicyRecord,
    RootRecord,
    UnitRecord,
)

if TYPE_CHECKING:
    from factory.aws.call import Calls


class OrganizationReads:
    """The reading half of AWS Organizations, as the calling account sees it. Methods may raise `AwsError`."""

    def __init__(self, calls: Calls, client: Any) -> None:
        self._calls = calls
        self._client = client

    def describe_organization(self) -> OrganizationRecord:
        """The organization the caller's account is in. Raises `NoOrganization` where it is in none."""
        answer = self._calls("organizations.DescribeOrganization", self._client.describe_organization)
        return answers.organization(answer["Organization"])

    def root(self) -> RootRecord:
        """The one root, with the status of each policy type."""
        found = self._calls.pages("organizations.ListRoots", self._client.list_roots, "Roots")
        if not found:
            raise AwsError("NoRoot", "organizations.ListRoots", "the organization shows no root")
        return answers.root(found[0])

    def accounts(self) -> list[AccountRecord]:
        """All accounts in every state; with their parents where the endpoint gives ``Paths``."""
        found = self._calls.pages("organizations.ListAccounts", self._client.list_accounts, "Accounts")
        return [answers.account(row) for row in found]

    def accounts_in(self, parent_id: str) -> list[AccountRecord]:
        """The accounts directly in this root or unit."""
        found = self._calls.pages(
            "organizations.ListAccountsForParent",
            self._client.list_accounts_for_parent,
            "Accounts",
            ParentId=parent_id,
        )
        return [answers.account(row, parent_id) for row in found]

    def units(self, parent_id: str) -> list[UnitRecord]:
        """The units directly in this root or unit."""
        found = self._calls.pages(
            "organizations.ListOrganizationalUnitsForParent",
            self._client.list_organizational_units_for_parent,
            "OrganizationalUnits",
            ParentId=parent_id,
        )
        return [answers.unit(row, parent_id) for row in found]

    def parent(self, child_id: str) -> str:
        """The id of the root or unit that an account or unit is in now: one call a child, not for sweeps."""
        found = self._calls.pages("organizations.ListParents", self._client.list_parents, "Parents", ChildId=child_id)
        return str(found[0]["Id"]) if found else ""

    def account(self, account_id: str) -> AccountRecord:
        """One account as it is now. Raises `AwsError` ``AccountNotFoundException``."""
        answer = self._calls("organizations.DescribeAccount", self._client.describe_account, AccountId=account_id)
        return answers.account(answer["Account"])

    def policies(self, type: str) -> list[PolicyRecord]:
        """All policies of a type, AWS's own included, without their contents."""
        found = self._calls.pages("organizations.ListPolicies", self._client.list_policies, "Policies", Filter=type)
        return [answers.policy(row) for row in found]

    def policy_content(self, policy_id: str) -> str:
        """The text of a policy, white space and all."""
        answer = self._calls("organizations.DescribePolicy", self._client.describe_policy, PolicyId=policy_id)
        return str(answer["Policy"]["Content"])

    def targets(self, policy_id: str) -> list[AttachmentRecord]:
        """The root, units and accounts that a policy is attached to directly."""
        found = self._calls.pages(
            "organizations.ListTargetsForPolicy",
            self._client.list_targets_for_policy,
            "Targets",
            PolicyId=policy_id,
        )
        return [answers.attachment(row, policy_id) for row in found]

    def tags(self, resource_id: str) -> dict[str, str]:
        """The tags of a root, unit, account or policy."""
        found = self._calls.pages(
            "organizations.ListTagsForResource",
            self._client.list_tags_for_resource,
            "Tags",
            ResourceId=resource_id,
        )
        return answers.tags(found)

    def creation(self, creation_id: str) -> CreationRecord:
        """How far a request for an account has come."""
        answer = self._calls(
            "organizations.DescribeCreateAccountStatus",
            self._client.describe_create_account_status,
            CreateAccountRequestId=creation_id,
        )
        return answers.creation(answer["CreateAccountStatus"])

    def creations(self, states: Iterable[str] = ()) -> list[CreationRecord]:
        """The requests for accounts in these states, or all that AWS remembers."""
        filtered: dict[str, Any] = {"States": sorted(states)}
        found = self._calls.pages(
            "organizations.ListCreateAccountStatus",
            self._client.list_create_account_status,
            "CreateAccountStatuses",
            **(filtered if filtered["States"] else {}),
        )
        return [answers.creation(row) for row in found]

    def open_handshake(self, action: str) -> str | None:
        """The id of a handshake for this action, such as ``ENABLE_ALL_FEATURES``, that still waits for an answer."""
        found = self._calls.pages(
            "organizations.ListHandshakesForOrganization",
            self._client.list_handshakes_for_organization,
            "Handshakes",
            Filter={"ActionType": action},
        )
        waiting = [row["Id"] for row in found if row.get("State") in ("REQUESTED", "OPEN")]
        return waiting[0] if waiting else None
