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
class PolicyFinding:
    """What Access Analyzer finds in a policy document; ``path`` leads to the first place that it names.

    ``type`` is ``ERROR``, ``SECURITY_WARNING``, ``WARNING``, ``SUGGESTION``, or what AWS will call the next one.
    """

    type: str
    code: str
    details: str
    link: str
    path: tuple[str | int, ...] = ()


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


@dataclass(frozen=True, slots=True)
class StackRecord:
    """A stack instance: the stack of a stack set in one account and Region.

    ``status`` is ``CURRENT``, ``OUTDATED`` or ``INOPERABLE``; ``detail`` AWS's detailed status, such as ``RUNNING`` or
    ``FAILED``; ``reason`` why it is not current; ``unit_id`` the unit or root through which it was reached;
    ``stack_id`` the stack's own id, another one once it was deleted and made anew; ``operation_id`` the operation that
    has last begun on it.
    """

    account_id: str
    region: str
    status: str
    detail: str = ""
    reason: str = ""
    unit_id: str = ""
    stack_id: str = ""
    operation_id: str = ""

    @property
    def skipped(self) -> bool:
        """CloudFormation leaves suspended accounts as they are."""
        return self.detail == "SKIPPED_SUSPENDED_ACCOUNT"


@dataclass(frozen=True, slots=True)
class StackSetRecord:
    """A stack set as it is defined. ``targets``: id of a unit or the root -> the Regions there."""

    id: str
    name: str
    arn: str
    description: str
    template: str
    parameters: Mapping[str, str]
    capabilities: tuple[str, ...]
    tags: Mapping[str, str]
    permission_model: str
    auto_deployment: bool
    retains: bool
    depends_on: tuple[str, ...]
    managed_execution: bool
    targets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stacks: tuple[StackRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class StackSetOperation:
    """An operation on a stack set; ``failed`` counts the instances in it that have failed.

    ``done`` is how many succeeded, ``lost`` how many failed, were cancelled or skipped, ``to_go`` how many are not
    at their end; ``None`` where CloudFormation does not know yet how many there are.
    """

    id: str
    action: str
    status: str
    reason: str = ""
    failed: int = 0
    done: int = 0
    lost: int = 0
    to_go: int | None = None

    @property
    def over(self) -> bool:
        """Whether CloudFormation is done with it; a status that is added later counts as not."""
        return self.status in ("SUCCEEDED", "FAILED", "STOPPED")


@dataclass(frozen=True, slots=True)
class OwnStackRecord:
    """A stack of the calling account itself. ``template`` is empty where it was not read.

    ``status`` is CloudFormation's, such as ``UPDATE_COMPLETE``; ``updated`` when the last update of it began, or its
    creation where there was none.
    """

    id: str
    name: str
    region: str
    status: str
    reason: str
    parameters: Mapping[str, str]
    capabilities: tuple[str, ...]
    tags: Mapping[str, str]
    updated: str
    template: str = ""

    @property
    def begun(self) -> bool:
        """False while there are only change sets that would create it: then it holds nothing."""
        return self.status != "REVIEW_IN_PROGRESS"

    @property
    def busy(self) -> bool:
        """Whether CloudFormation is at work on it."""
        return self.status.endswith("_IN_PROGRESS") and self.begun


@dataclass(frozen=True, slots=True)
class ChangeSetRecord:
    """A change set of a stack: how far its making has come, and its carrying out."""

    status: str
    execution: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StackFailure:
    """A resource that failed in an operation on a stack, and why."""

    logical_id: str
    type: str
    reason: str


@dataclass(frozen=True)
class Ours:
    """What to read of CloudFormation: what has the tag of ``instance``, and a name that begins with ``prefix``.

    Stack sets in the ``home`` Region, and the calling account's own stacks in these ``regions``; in ``needed`` ones
    some are wanted: there it matters that the Region can be reached. Where nothing is ``expected``, because the files
    hold no baselines, it is looked for only if stack sets may reach the organization's accounts, and callers without
    the right to look are no gap.
    """

    instance: str
    prefix: str
    home: str
    regions: frozenset[str]
    needed: frozenset[str] = frozenset()
    expected: bool = True


@dataclass(frozen=True)
class Reading:
    """An organization as AWS showed it in one sweep.

    ``tags`` maps resource ids (units, accounts, customer policies) to their tags; where
    ``tags_confirmed`` is false some come from the tagging API, which may lag behind: confirm before writing.
    ``gaps`` name what could not be read; everything else is complete. Of the stack sets those are read whose name
    begins as ours do; ``stack_set_access`` is whether they may reach the organization, empty where nobody asked.
    ``own_stacks`` are the caller's own with such a name.
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
    stack_sets: tuple[StackSetRecord, ...] = ()
    stack_set_access: str = ""
    own_stacks: tuple[OwnStackRecord, ...] = ()
