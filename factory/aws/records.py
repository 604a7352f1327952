"""What AWS answers, as small values: no response dictionary leaves this package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from factory.core.resource import Gap


@dataclass(frozen=True, slots=True)
class OrganizationRecord:
    """The organization; ``feature_set`` is ``ALL`` or ``CONSOLIDATED_BILLING``."""

    id: str
    arn: str
    feature_set: str
    management_account_id: str


@dataclass(frozen=True, slots=True)
class RootRecord:
    """The root; ``policy_types`` maps a policy type to ``ENABLED``, ``PENDING_ENABLE`` or ``PENDING_DISABLE``."""

    id: str
    arn: str
    policy_types: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """An organizational unit and the root or unit it sits in."""

    id: str
    arn: str
    name: str
    parent_id: str


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """An account; ``parent_id`` is empty only where the endpoint did not tell.

    ``state`` is AWS's ``State``: ``PENDING_ACTIVATION``, ``ACTIVE``, ``SUSPENDED``, ``PENDING_CLOSURE``,
    ``CLOSED``, or a word AWS adds later. Endpoints without it answer with ``Status``, taken as it is: there
    a closed account is ``SUSPENDED``. ``path`` is the first of AWS's ``Paths``, empty where the endpoint gives none.
    """

    id: str
    arn: str
    name: str
    email: str
    state: str
    parent_id: str
    path: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class PolicyRecord:
    """A policy; ``content`` is the text AWS holds, ``None`` where it was not read (AWS-managed, or a gap)."""

    id: str
    arn: str
    name: str
    type: str
    aws_managed: bool
    description: str
    content: str | None


@dataclass(frozen=True, slots=True)
class AttachmentRecord:
    """A policy on a target, by name; ``target_type`` is ``ROOT``, ``ORGANIZATIONAL_UNIT`` or ``ACCOUNT``."""

    policy_id: str
    target_id: str
    target_type: str
    target_name: str = field(default="", compare=False)
    target_arn: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class CreationRecord:
    """A request for an account; ``requested_at`` and ``completed_at`` are seconds since the epoch.

    ``state`` is ``IN_PROGRESS``, ``SUCCEEDED`` or ``FAILED``. AWS does not give the e-mail here.
    """

    id: str
    name: str
    state: str
    account_id: str | None
    failure_reason: str | None
    requested_at: float
    completed_at: float | None = None


@dataclass(frozen=True)
class Reading:
    """An organization as AWS showed it in one sweep.

    ``tags`` maps resource ids (units, accounts, customer policies) to their tags; where
    ``tags_confirmed`` is false some come from the tagging API, which may lag behind: confirm before writing.
    ``gaps`` name what could not be read; everything else is complete.
    """

    caller_arn: str
    caller_account: str
    organization: OrganizationRecord
    root: RootRecord
    units: tuple[UnitRecord, ...]
    accounts: tuple[AccountRecord, ...]
    policies: tuple[PolicyRecord, ...]
    attachments: tuple[AttachmentRecord, ...]
    tags: Mapping[str, Mapping[str, str]]
    tags_confirmed: bool
    gaps: tuple[Gap, ...] = ()
