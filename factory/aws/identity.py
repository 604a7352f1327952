"""The gateway to AWS STS: who is asking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from factory.aws.call import Calls


@dataclass(frozen=True, slots=True)
class Caller:
    """The principal whose credentials are used, and its account."""

    arn: str
    account: str


class Identity:
    """Who the credentials belong to."""

    def __init__(self, calls: Calls, client: Any) -> None:
        self._calls = calls
        self._client = client

    def caller(self) -> Caller:
        """The caller; needs no permission. Raises `CredentialsError` where the credentials are not good."""
        answer = self._calls("sts.GetCallerIdentity", self._client.get_caller_identity)
        return Caller(answer["Arn"], answer["Account"])
