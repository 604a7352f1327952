"""One organization to try a rule on, in the sandbox or in raw moto, with short words for setting it up."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

DENY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iam:CreateUser", "Resource": "*"}]}
)
SCP = "SERVICE_CONTROL_POLICY"
RCP = "RESOURCE_CONTROL_POLICY"
FULL = "p-FullAWSAccess"
NOBODY = "999999999999"


@dataclass
class Scene:
    """Real boto3 clients of the management account, by service, and what a rule needs besides.

    ``wait`` lets that many seconds pass; ``member`` gives a client of a service for another account, ``away``
    one in another Region.
    """

    client: Callable[[str], Any]
    wait: Callable[[float], None]
    member: Callable[[str, str], Any]
    away: Callable[[str, str], Any]

    @property
    def org(self) -> Any:
        return self.client("organizations")

    @property
    def account(self) -> Any:
        return self.client("account")

    @property
    def tagging(self) -> Any:
        return self.client("resourcegroupstaggingapi")

    @property
    def sts(self) -> Any:
        return self.client("sts")

    @property
    def s3(self) -> Any:
        return self.client("s3")

    @property
    def root(self) -> str:
        return str(self.org.list_roots()["Roots"][0]["Id"])

    @property
    def me(self) -> str:
        return str(self.org.describe_organization()["Organization"]["MasterAccountId"])

    def unit(self, name: str = "unit", parent: str | None = None) -> str:
        made = self.org.create_organizational_unit(ParentId=parent or self.root, Name=name)
        return str(made["OrganizationalUnit"]["Id"])

    def tower(self, depth: int) -> str:
        """Units one below the other; the id of the lowest."""
        below = self.root
        for level in range(depth):
            below = self.unit(f"level-{level}", below)
        return below

    def ask(self, name: str = "one", email: str | None = None, **more: Any) -> dict[str, Any]:
        """Ask for an account, wait out its creation, and return the status."""
        email = email or f"{name}@example.com"
        asked = self.org.create_account(AccountName=name, Email=email, **more)["CreateAccountStatus"]
        self.wait(120)
        status: dict[str, Any] = self.org.describe_create_account_status(CreateAccountRequestId=asked["Id"])
        return dict(status["CreateAccountStatus"])

    def member_account(self, name: str = "one", **more: Any) -> str:
        """The id of a new account."""
        return str(self.ask(name, **more)["AccountId"])

    def closed(self, name: str = "one") -> str:
        """The id of an account that has been closed."""
        account_id = self.member_account(name)
        self.org.close_account(AccountId=account_id)
        self.wait(120)
        return account_id

    def enable(self, policy_type: str = SCP) -> None:
        enabled = [row["Type"] for row in self.org.list_roots()["Roots"][0]["PolicyTypes"]]
        if policy_type not in enabled:
            self.org.enable_policy_type(RootId=self.root, PolicyType=policy_type)

    def policy(self, name: str = "guard", policy_type: str = SCP, content: str = DENY, description: str = "") -> str:
        made = self.org.create_policy(Name=name, Type=policy_type, Content=content, Description=description)
        return str(made["Policy"]["PolicySummary"]["Id"])

    def attached(self, target: str, policy_type: str = SCP) -> set[str]:
        found = self.org.get_paginator("list_policies_for_target").paginate(TargetId=target, Filter=policy_type)
        return {policy["Id"] for page in found for policy in page["Policies"]}

    def accounts(self) -> list[dict[str, Any]]:
        pages = self.org.get_paginator("list_accounts").paginate()
        return [account for page in pages for account in page["Accounts"]]

    def described(self, account_id: str) -> dict[str, Any]:
        return dict(self.org.describe_account(AccountId=account_id)["Account"])


@dataclass(frozen=True)
class Rule:
    """One thing that AWS does. ``act`` does it; it must be refused with ``code`` and ``reason``, or return true.

    ``source``: where AWS says so. ``moto``: raw moto does the same. ``limits``: quotas that bring it within reach.
    """

    name: str
    source: str
    act: Callable[[Scene], object]
    code: str | None = None
    reason: str | None = None
    moto: bool = False
    limits: tuple[tuple[str, int], ...] = ()


def api(operation: str) -> str:
    """The API reference's page of an Organizations operation."""
    return f"Organizations API reference, {operation}"


def guide(page: str) -> str:
    """A page of the Organizations User Guide."""
    return f"Organizations User Guide, {page}"


QUOTAS = guide("Quotas and service limits")
