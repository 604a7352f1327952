"""What the simulated CloudFormation remembers: stack sets, their instances and operations, stacks, what is in the way.

Plain data, as all of ``state``. Templates are kept once, in ``State.templates``, and named by their digest.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class StackSet:
    """A stack set. ``id`` is AWS's ``NAME:UUID``; what is deleted stays listed.

    ``targets``: unit or root -> its Regions, for automatic deployment; ``regions``: Region -> number of instances.
    ``token`` and ``request``: the idempotency token that made it, and a digest of what it asked for.
    """

    id: str
    name: str
    region: str
    template: str
    description: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    capabilities: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    status: str = "ACTIVE"
    automatic: bool = False
    retains: bool = False
    depends_on: list[str] = field(default_factory=list)
    managed: bool = False
    targets: dict[str, list[str]] = field(default_factory=dict)
    regions: dict[str, int] = field(default_factory=dict)
    token: str = ""
    request: str = ""
    modified: bool = False
    drift: dict[str, int] = field(default_factory=dict)
    drift_status: str = "NOT_CHECKED"
    drift_checked_at: float | None = None


@dataclass
class StackInstance:
    """One account and Region of a stack set; ``id`` is ``SET/ACCOUNT/REGION``.

    ``unit_id``: the target that it belongs to. ``drifted``: someone changed its resources by hand, whether AWS has
    noticed (``drift_status``) or not.
    """

    id: str
    stack_set_id: str
    account_id: str
    region: str
    unit_id: str
    overrides: dict[str, str] = field(default_factory=dict)
    status: str = "OUTDATED"
    detail: str = "PENDING"
    reason: str = ""
    operation_id: str = ""
    stack_id: str = ""
    drifted: bool = False
    drift_status: str = "NOT_CHECKED"
    drift_checked_at: float | None = None


@dataclass
class SetOperation:
    """One operation on a stack set; ``id`` is ``SET/OPERATION``, ``number`` its place in the order of requests.

    Keys ``ACCOUNT/REGION``: ``results`` says how far each is, ``reasons`` why not, ``running`` when it ends. By
    Region: ``waiting`` accounts, last first, and how many are ``busy``, have ``failed``, are targeted (``sizes``).
    ``after``: operations that must have succeeded first. ``overrides`` is ``None`` where none were passed, and holds
    ``None`` for a value that stays. ``preferences`` and ``asked`` (the targets) are JSON, as they were sent.
    """

    id: str
    stack_set_id: str
    operation_id: str
    action: str
    number: int
    created_at: float
    status: str = "QUEUED"
    ended_at: float | None = None
    reason: str = ""
    whole: bool = False
    automatic: bool = False
    retain: bool = False
    preferences: str = "{}"
    asked: str = "{}"
    regions: list[str] = field(default_factory=list)
    units: dict[str, str] = field(default_factory=dict)
    overrides: dict[str, str | None] | None = None
    after: list[str] = field(default_factory=list)
    results: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    running: dict[str, float] = field(default_factory=dict)
    waiting: dict[str, list[str]] = field(default_factory=dict)
    busy: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)


@dataclass
class Stack:
    """A stack, of a stack set's instance or on its own; ``id`` is its ARN.

    ``next_template`` and ``next_parameters``: what an update under way brings; ``ends_at``: when what is under way
    ends, for stacks on their own; ``doom``: the reason for which it will fail; ``token``: that of the request for it;
    ``events``: what happened to it, the oldest first, each as JSON.
    """

    id: str
    name: str
    account_id: str
    region: str
    status: str
    created_at: float
    stack_set_id: str = ""
    template: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    next_template: str = ""
    next_parameters: dict[str, str] = field(default_factory=dict)
    capabilities: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    description: str = ""
    reason: str = ""
    doom: str = ""
    updated_at: float | None = None
    deleted_at: float | None = None
    ends_at: float | None = None
    token: str = ""
    events: list[str] = field(default_factory=list)


@dataclass
class ChangeSet:
    """A change set of a stack on its own; ``id`` is its ARN. It is being made until ``ready_at``."""

    id: str
    name: str
    stack_id: str
    type: str
    template: str
    created_at: float
    ready_at: float
    description: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    capabilities: list[str] = field(default_factory=list)
    tags: dict[str, str] | None = None
    execution: str = "AVAILABLE"


@dataclass
class Breakage:
    """A failure on demand: whatever matches ends with ``reason``, so many ``times`` more (``None``: always).

    ``name`` is a stack set's or a stack's; an empty field matches everything. ``action``: CREATE, UPDATE, DELETE.
    """

    id: str
    name: str
    account_id: str
    region: str
    reason: str
    action: str = ""
    times: int | None = None


@dataclass
class Belonging:
    """A resource that someone made by hand in an account, or that a stack left behind. ``properties`` is JSON."""

    id: str
    account_id: str
    region: str
    type: str
    properties: str = "{}"
