"""The gateway to AWS Organizations: what it tells, and what it can be asked to change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from factory.aws import answers
from factory.aws.errors import AwsError
from factory.aws.organization_reads import OrganizationReads
from factory.aws.records import CreationRecord, UnitRecord

if TYPE_CHECKING:
    from factory.aws.call import Calls


class Organizations(OrganizationReads):
    """AWS Organizations, to read and to change. Every method may raise `AwsError`.

    What is already as asked counts as done. `create_account` asks once, through ``creating``: a client that
    never sends a request again.
    """

    def __init__(self, calls: Calls, client: Any, creating: Any) -> None:
        super().__init__(calls, client)
        self._creating = creating

    def create_account(self, email: str, name: str, tags: Mapping[str, str]) -> CreationRecord:
        """Ask for an account, once. Raises `LostReply` where AWS may have heard and its answer was lost.

        After a `LostReply`, look with `creations` and `accounts` before asking again: AWS has no token that
        would make a second request harmless.
        """
        answer = self._calls.once(
            "organizations.CreateAccount",
            self._creating.create_account,
            Email=email,
            AccountName=name,
            **_tagged(tags),
        )
        return answers.creation(answer["CreateAccountStatus"])

    def move_account(self, account_id: str, source_id: str, destination_id: str) -> None:
        """Move an account straight from where it is; one that is already there is left there."""
        try:
            self._calls.change(
                "organizations.MoveAccount",
                self._client.move_account,
                AccountId=account_id,
                SourceParentId=source_id,
                DestinationParentId=destination_id,
            )
        except AwsError as error:
            if error.code == "DuplicateAccountException":
                return
            # A move whose reply was lost and that botocore sent again finds its source no longer right.
            if error.code == "SourceParentNotFoundException" and self.parent(account_id) == destination_id:
                return
            raise

    def close_account(self, account_id: str) -> None:
        """Ask AWS to close an account; it answers at once and closes later. A closed one is left alone."""
        self._accepting(
            "AccountAlreadyClosedException",
            "organizations.CloseAccount",
            self._client.close_account,
            AccountId=account_id,
        )

    def create_unit(self, parent_id: str, name: str, tags: Mapping[str, str]) -> UnitRecord:
        """Make a unit. Raises `AwsError` ``DuplicateOrganizationalUnitException`` where its name is taken."""
        answer = self._calls.change(
            "organizations.CreateOrganizationalUnit",
            self._client.create_organizational_unit,
            ParentId=parent_id,
            Name=name,
            **_tagged(tags),
        )
        return answers.unit(answer["OrganizationalUnit"], parent_id)

    def rename_unit(self, unit_id: str, name: str) -> None:
        """Give a unit another name; it stays where it is."""
        self._calls.change(
            "organizations.UpdateOrganizationalUnit",
            self._client.update_organizational_unit,
            OrganizationalUnitId=unit_id,
            Name=name,
        )

    def delete_unit(self, unit_id: str) -> None:
        """Delete an empty unit; one that is gone is fine."""
        self._accepting(
            "OrganizationalUnitNotFoundException",
            "organizations.DeleteOrganizationalUnit",
            self._client.delete_organizational_unit,
            OrganizationalUnitId=unit_id,
        )

    def create_policy(self, name: str, type: str, description: str, content: str, tags: Mapping[str, str]) -> str:
        """Make a policy and return its id. Raises `AwsError` ``DuplicatePolicyException``."""
        answer = self._calls.change(
            "organizations.CreatePolicy",
            self._client.create_policy,
            Name=name,
            Type=type,
            Description=description,
            Content=content,
            **_tagged(tags),
        )
        return str(answer["Policy"]["PolicySummary"]["Id"])

    def update_policy(
        self,
        policy_id: str,
        *,
        name: str | None = None,
        description: str | None = None,
        content: str | None = None,
    ) -> None:
        """Change what is given of a policy, wherever it is attached, at once."""
        given = {"Name": name, "Description": description, "Content": content}
        self._calls.change(
            "organizations.UpdatePolicy",
            self._client.update_policy,
            PolicyId=policy_id,
            **{key: value for key, value in given.items() if value is not None},
        )

    def delete_policy(self, policy_id: str) -> None:
        """Delete a policy that is attached nowhere; one that is gone is fine."""
        self._accepting(
            "PolicyNotFoundException",
            "organizations.DeletePolicy",
            self._client.delete_policy,
            PolicyId=policy_id,
        )

    def attach(self, policy_id: str, target_id: str) -> None:
        """Attach a policy to a root, unit or account; where it is attached it stays."""
        self._accepting(
            "DuplicatePolicyAttachmentException",
            "organizations.AttachPolicy",
            self._client.attach_policy,
            PolicyId=policy_id,
            TargetId=target_id,
        )

    def detach(self, policy_id: str, target_id: str) -> None:
        """Detach a policy from a root, unit or account; where it is not attached, nothing happens."""
        self._accepting(
            "PolicyNotAttachedException",
            "organizations.DetachPolicy",
            self._client.detach_policy,
            PolicyId=policy_id,
            TargetId=target_id,
        )

    def enable_policy_type(self, root_id: str, type: str) -> None:
        """Ask AWS to enable a policy type; watch `root` until it is ``ENABLED``."""
        self._accepting(
            "PolicyTypeAlreadyEnabledException",
            "organizations.EnablePolicyType",
            self._client.enable_policy_type,
            RootId=root_id,
            PolicyType=type,
        )

    def enable_all_features(self) -> str | None:
        """Begin the change to all features: the id of the handshake to accept, or ``None`` where it is done."""
        try:
            answer = self._calls.change("organizations.EnableAllFeatures", self._client.enable_all_features)
        except AwsError as error:
            if error.reason == "ORGANIZATION_ALREADY_HAS_ALL_FEATURES":
                return None
            if error.reason == "ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION":
                return self.open_handshake("ENABLE_ALL_FEATURES")
            raise
        return str(answer["Handshake"]["Id"])

    def accept_handshake(self, handshake_id: str) -> None:
        """Accept a handshake, once every invited account has; one that is accepted stays so."""
        self._accepting(
            "HandshakeAlreadyInStateException",
            "organizations.AcceptHandshake",
            self._client.accept_handshake,
            HandshakeId=handshake_id,
        )

    def tag(self, resource_id: str, tags: Mapping[str, str]) -> None:
        """Set these tags on a root, unit, account or policy; its other tags stay."""
        self._calls.change(
            "organizations.TagResource",
            self._client.tag_resource,
            ResourceId=resource_id,
            Tags=answers.tag_rows(tags),
        )

    def untag(self, resource_id: str, keys: Sequence[str]) -> None:
        """Take these tags off; one that is not there is as asked."""
        operation, method = "organizations.UntagResource", self._client.untag_resource
        self._calls.change(operation, method, ResourceId=resource_id, TagKeys=sorted(keys))

    def _accepting(self, fine: str, operation: str, method: Any, **parameters: Any) -> None:
        """Make a request whose error ``fine`` says that what was asked for is already so."""
        try:
            self._calls.change(operation, method, **parameters)
        except AwsError as error:
            if error.code != fine:
                raise


def _tagged(tags: Mapping[str, str]) -> dict[str, Any]:
    """The ``Tags`` parameter of a creating call; AWS makes the thing and its tags in one step."""
    return {"Tags": answers.tag_rows(tags)} if tags else {}
