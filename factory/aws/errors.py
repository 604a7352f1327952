"""AWS's errors in words: what was asked, what came back, and the way out; never an e-mail or a secret."""

from __future__ import annotations

import re

from factory.core.errors import FactoryError, WrongOrganization

_IAM_PREFIX = {"tagging": "tag", "accessanalyzer": "access-analyzer"}
_EMAIL = re.compile(r"[^\s@\"'<>(),;:]+@[^\s@\"'<>(),;:]+")
_ACCESS_KEY = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b")
_LONG_TOKEN = re.compile(r"[A-Za-z0-9/+=_-]{80,}")

DENIED = frozenset({"AccessDeniedException", "AccessDenied", "UnauthorizedOperation"})


def scrub(text: str) -> str:
    """The text without e-mail addresses, access keys and anything as long as a session token."""
    return _LONG_TOKEN.sub("[hidden]", _ACCESS_KEY.sub("[access key]", _EMAIL.sub("[e-mail]", text)))


class AwsError(FactoryError):
    """AWS refused a request, or could not be reached.

    ``code`` is AWS's error code (``AccessDeniedException``) or botocore's class name, ``reason`` AWS's finer
    code inside it (``POLICY_NUMBER_LIMIT_EXCEEDED``), ``operation`` a key such as
    ``organizations.ListAccounts``. ``retries`` counts what botocore sent again before giving up: after one, a
    "duplicate" or "not found" may be the echo of our own first try.
    """

    def __init__(
        self,
        code: str,
        operation: str,
        message: str = "",
        *,
        reason: str = "",
        request_id: str = "",
        hint: str = "",
        retries: int = 0,
    ) -> None:
        self.code = code
        self.operation = operation
        self.reason = reason
        self.request_id = request_id
        self.hint = hint
        self.retries = retries
        self.message = scrub(message)
        label = f"{code} ({reason})" if reason else code
        trace = f" [request {request_id}]" if request_id else ""
        said = f": {self.message}" if self.message else ""
        super().__init__(f"AWS {operation}: {label}{said}{trace}", hint)

    @property
    def action(self) -> str:
        """The IAM action that allows the operation, such as ``organizations:ListAccounts``."""
        return iam_action(self.operation)

    @property
    def denied(self) -> bool:
        """The credentials are good, but a permission is missing."""
        return self.code in DENIED


class LostReply(AwsError):
    """The request may or may not have been carried out: look before asking again."""


class CredentialsError(AwsError, WrongOrganization):
    """The credentials are missing, incomplete, expired or refused."""


class NoOrganization(AwsError, WrongOrganization):
    """The account is in no organization, or is not the one that manages it."""


def iam_action(operation: str) -> str:
    """The IAM action of an operation key: ``tagging.GetResources`` is ``tag:GetResources``."""
    service, _, name = operation.partition(".")
    return f"{_IAM_PREFIX.get(service, service)}:{name}"
