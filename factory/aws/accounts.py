"""The gateway to AWS Account Management."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from factory.aws.call import Calls


class Accounts:
    """What can be changed about an account from the management account."""

    def __init__(self, calls: Calls, client: Any) -> None:
        self._calls = calls
        self._client = client

    def put_name(self, account_id: str | None, name: str) -> None:
        """Give an account another name; ``None`` is the management account itself. Raises `AwsError`.

        AWS refuses the management account's own id here: it must be left out (API reference, PutAccountName).
        """
        whose = {"AccountId": account_id} if account_id else {}
        self._calls.change("account.PutAccountName", self._client.put_account_name, AccountName=name, **whose)
