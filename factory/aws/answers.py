"""From response dictionaries to records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from factory.aws.errors import AwsError
from factory.aws.records import (
    AccountRecord,
    AttachmentRecord,
    CreationRecord,
    OrganizationRecord,
    PolicyFinding,
    PolicyRecord,
    RootRecord,
    UnitRecord,
)

_NOT_AWS = "what answered is not AWS; check AWS_ENDPOINT_URL and the proxy"


class Answer(dict[str, Any]):
    """A response that owes an explanation where a part is missing, as when a proxy's own page answers.

    ``error`` is the kind of `AwsError` to raise then.
    """

    def __init__(self, values: Mapping[str, Any], operation: str, error: type[AwsError]) -> None:
        super().__init__(values)
        self._operation = operation
        self._error = error

    def __missing__(self, key: str) -> Any:
        raise self._error("UnreadableAnswer", self._operation, f"the answer has no {key}", hint=_NOT_AWS)


Row = Mapping[str, Any]


def organization(row: Row) -> OrganizationRecord:
    """From ``DescribeOrganization``."""
    return OrganizationRecord(row["Id"], row.get("Arn", ""), row.get("FeatureSet", ""), row["MasterAccountId"])


def root(row: Row) -> RootRecord:
    """From ``ListRoots``."""
    types = {each["Type"]: each["Status"] for each in row.get("PolicyTypes", [])}
    return RootRecord(row["Id"], row.get("Arn", ""), types)


def unit(row: Row, parent_id: str) -> UnitRecord:
    """From ``ListOrganizationalUnitsForParent`` and ``CreateOrganizationalUnit``."""
    return UnitRecord(row["Id"], row.get("Arn", ""), row["Name"], parent_id)


def account(row: Row, parent_id: str = "") -> AccountRecord:
    """From ``ListAccounts``, ``ListAccountsForParent`` and ``DescribeAccount``.

    ``Status`` is only read where ``State`` is missing: AWS retires it, and it calls a closed account
    suspended (User Guide, "Monitor the state of your AWS accounts").
    """
    paths = row.get("Paths") or ("",)
    return AccountRecord(
        id=row["Id"],
        arn=row.get("Arn", ""),
        name=row.get("Name", ""),
        email=row.get("Email", ""),
        state=row.get("State") or row.get("Status", ""),
        parent_id=parent_id or parent_in(paths),
        path=paths[0],
    )


def parent_in(paths: tuple[str, ...] | list[str]) -> str:
    """The last unit or root in an account's path ``o-.../r-.../ou-.../123456789012/``; empty without a path."""
    parts = paths[0].split("/") if paths else []
    return next((part for part in reversed(parts) if part.startswith(("ou-", "r-"))), "")


def policy(row: Row) -> PolicyRecord:
    """From ``ListPolicies``, which gives no content."""
    return PolicyRecord(
        id=row["Id"],
        arn=row.get("Arn", ""),
        name=row["Name"],
        type=row["Type"],
        aws_managed=bool(row.get("AwsManaged", False)),
        description=row.get("Description", ""),
        content=None,
    )


def policy_finding(row: Row) -> PolicyFinding:
    """From ``ValidatePolicy``."""
    locations: Sequence[Row] = row.get("locations") or ({},)
    return PolicyFinding(
        type=row.get("findingType", ""),
        code=row.get("issueCode", ""),
        details=row.get("findingDetails", ""),
        link=row.get("learnMoreLink", ""),
        path=_steps(locations[0].get("path", ())),
    )


def _steps(elements: Iterable[Row]) -> tuple[str | int, ...]:
    """A path into a document as keys and positions, down to the text of which an element names a part."""
    steps: list[str | int] = []
    for element in elements:
        step = next((element[name] for name in ("index", "value", "key") if element.get(name) is not None), None)
        if step is None:
            break
        steps.append(step)
    return tuple(steps)


def attachment(row: Row, policy_id: str) -> AttachmentRecord:
    """From ``ListTargetsForPolicy``."""
    return AttachmentRecord(policy_id, row["TargetId"], row["Type"], row.get("Name", ""), row.get("Arn", ""))


def creation(row: Row) -> CreationRecord:
    """From ``CreateAccount``, ``DescribeCreateAccountStatus`` and ``ListCreateAccountStatus``."""
    requested, completed = row.get("RequestedTimestamp"), row.get("CompletedTimestamp")
    return CreationRecord(
        id=row["Id"],
        name=row.get("AccountName", ""),
        state=row["State"],
        account_id=row.get("AccountId") or None,
        failure_reason=row.get("FailureReason") or None,
        requested_at=requested.timestamp() if isinstance(requested, datetime) else 0.0,
        completed_at=completed.timestamp() if isinstance(completed, datetime) else None,
    )


def tags(rows: list[dict[str, str]]) -> dict[str, str]:
    """From AWS's list of ``Key`` and ``Value``."""
    return {row["Key"]: row["Value"] for row in rows}


def tag_rows(values: Mapping[str, str]) -> list[dict[str, str]]:
    """The list of ``Key`` and ``Value`` that AWS wants, sorted by key."""
    return [{"Key": key, "Value": value} for key, value in sorted(values.items())]
