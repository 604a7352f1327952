"""Everything the simulated AWS remembers, as plain data that is written to and read from JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from factory.core.errors import FactoryError
from factory.sandbox.clock import EPOCH

SCHEMA = 3
"""Version of the stored form; a file of another version is refused, never guessed at."""

_STACK_SETS = ("stack_sets", "stack_instances", "stack_operations")
_LACKING = {1: ("buckets", "objects", *_STACK_SETS), 2: _STACK_SETS}
"""Older versions that are read, too, and the tables that they lack, and nothing else."""

_LAST = 253402300799.0
"""The end of the year 9999, in seconds since 1970: later there are no dates."""

RESET = "run `factory sandbox reset` to start with an empty organization"
MANAGEMENT_ACCOUNT = "111111111111"


class UnusableState(FactoryError):
    """The stored state is of another version, damaged or unreadable; only a reset helps."""


@dataclass
class Organization:
    """The organization and its one root. ``policy_types`` holds the status of each type that is on."""

    id: str
    root_id: str
    management_account_id: str
    feature_set: str = "ALL"
    stack_sets_enabled: bool = False
    policy_types: dict[str, str] = field(default_factory=dict)


@dataclass
class Unit:
    """An organizational unit."""

    id: str
    name: str
    parent_id: str


@dataclass
class Account:
    """An account. ``closes_at``: when a closure under way ends; ``closed_at``: when it did (seconds since 1970)."""

    id: str
    name: str
    email: str
    parent_id: str
    joined_at: float
    state: str = "ACTIVE"
    joined_method: str = "CREATED"
    closes_at: float | None = None
    closed_at: float | None = None


@dataclass
class Policy:
    """A policy; ``content`` is the text as it was sent, white space included."""

    id: str
    name: str
    type: str
    description: str
    content: str
    aws_managed: bool = False


@dataclass
class Creation:
    """A request to create an account, and what came of it. ``fails_with`` decides an outcome beforehand."""

    id: str
    name: str
    email: str
    requested_at: float
    completes_at: float
    tags: dict[str, str] = field(default_factory=dict)
    state: str = "IN_PROGRESS"
    completed_at: float | None = None
    account_id: str | None = None
    failure_reason: str | None = None
    fails_with: str | None = None


@dataclass
class Handshake:
    """A request to enable all features, waiting for the management account's own acceptance."""

    id: str
    action: str
    requested_at: float
    expires_at: float
    state: str = "REQUESTED"


@dataclass
class Bucket:
    """An S3 bucket, known by its name; ``owner`` is an account."""

    id: str
    owner: str
    region: str


@dataclass
class StoredObject:
    """An S3 object; ``id`` is ``BUCKET/KEY``, ``body`` its content in base64, ``etag`` with its quotes."""

    id: str
    body: str
    etag: str
    content_type: str
    modified_at: float


@dataclass
class StackSet:
    """A CloudFormation stack set; ``id`` is ``REGION/NAME:TOKEN``, ``targets`` where auto-deployment reaches."""

    id: str
    name: str
    region: str
    description: str
    template: str
    parameters: dict[str, str] = field(default_factory=dict)
    capabilities: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    automatic: bool = False
    retains: bool = False
    depends_on: list[str] = field(default_factory=list)
    managed: bool = False
    targets: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class StackInstance:
    """The stack of a stack set in one account and Region; ``id`` is that of the set, the account and the Region."""

    id: str
    stack_set_id: str
    account_id: str
    region: str
    unit_id: str = ""
    status: str = "OUTDATED"
    detail: str = "PENDING"
    reason: str = ""
    operation_id: str = ""


@dataclass
class StackSetOperation:
    """An operation on a stack set. ``instances`` are the stacks it works on, ``percent`` of them at once."""

    id: str
    operation_id: str
    stack_set_id: str
    action: str
    requested_at: float
    instances: list[str]
    status: str = "QUEUED"
    ends_at: float | None = None
    parallel: bool = False
    percent: int = 0
    tolerance: int = 0
    retain: bool = False
    failed: int = 0


@dataclass
class State:
    """The whole simulated AWS. Tests may change it directly to set a scene.

    ``attachments`` holds the ids of the policies directly attached to each root, unit and account;
    ``tags`` an entry, perhaps empty, for everything that ever had a tag; ``closures`` when accounts were
    asked to close; ``taken_emails`` addresses in use elsewhere in AWS or by accounts that are gone;
    ``stack_failures`` why stacks fail, by ``STACK-SET/ACCOUNT/REGION``.
    """

    seed: int = 0
    now: float = EPOCH
    issued: int = 0
    organization: Organization | None = None
    units: dict[str, Unit] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    attachments: dict[str, list[str]] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    creations: dict[str, Creation] = field(default_factory=dict)
    handshakes: dict[str, Handshake] = field(default_factory=dict)
    buckets: dict[str, Bucket] = field(default_factory=dict)
    objects: dict[str, StoredObject] = field(default_factory=dict)
    stack_sets: dict[str, StackSet] = field(default_factory=dict)
    stack_instances: dict[str, StackInstance] = field(default_factory=dict)
    stack_operations: dict[str, StackSetOperation] = field(default_factory=dict)
    stack_failures: dict[str, str] = field(default_factory=dict)
    closures: list[float] = field(default_factory=list)
    taken_emails: list[str] = field(default_factory=list)


_RECORDS: Mapping[str, type] = {
    "units": Unit,
    "accounts": Account,
    "policies": Policy,
    "creations": Creation,
    "handshakes": Handshake,
    "buckets": Bucket,
    "objects": StoredObject,
    "stack_sets": StackSet,
    "stack_instances": StackInstance,
    "stack_operations": StackSetOperation,
}


def move(state: State, seconds: float) -> None:
    """Let everything have happened, and be about to happen, this much later; earlier where it is negative."""
    records = [record for name in _RECORDS for record in vars(state)[name].values()]
    for thing in (state, *records):
        for name, hint in get_type_hints(type(thing)).items():
            # Every number with a fraction here is a time.
            if hint in (float, float | None) and vars(thing)[name] is not None:
                setattr(thing, name, max(0.0, vars(thing)[name] + seconds))
    state.closures = [max(0.0, when + seconds) for when in state.closures]


def to_json(state: State) -> dict[str, Any]:
    """The state as JSON data. Shares its inner dictionaries with the state, so write it out at once."""
    data = dict(vars(state))
    for name in _RECORDS:
        data[name] = [vars(record) for record in data[name].values()]
    data["organization"] = vars(state.organization) if state.organization else None
    return {"schema": SCHEMA, **data}


def from_json(data: Any) -> State:
    """Read what ``to_json`` wrote. Raises ``UnusableState`` for another version or another form."""
    if not isinstance(data, dict) or "schema" not in data:
        raise UnusableState("the sandbox's state is not in a form this version knows", RESET)
    if isinstance(data["schema"], int) and data["schema"] in _LACKING:
        data = {**data, "schema": SCHEMA, **{table: [] for table in _LACKING[data["schema"]]}}
    if data["schema"] != SCHEMA:
        raise UnusableState(
            f"the sandbox's state was written by another version (schema {data['schema']!r}, this one reads {SCHEMA})",
            RESET,
        )
    try:
        return _build(data)
    except (TypeError, KeyError, AttributeError) as error:
        raise UnusableState(f"the sandbox's state is damaged: {error}", RESET) from error


def _build(data: Mapping[str, Any]) -> State:
    plain = {key: value for key, value in data.items() if key not in ("schema", "organization", *_RECORDS)}
    state = State(**plain)
    if data["organization"] is not None:
        state.organization = Organization(**data["organization"])
    for name, record in _RECORDS.items():
        rows = [record(**row) for row in data[name]]
        _require_types(name, record, rows)
        vars(state)[name] = {vars(row)["id"]: row for row in rows}
    if state.organization is not None:
        _require_types("organization", Organization, [state.organization])
    _require_types("state", State, [state])
    return state


def _require_types(name: str, record: type, rows: Iterable[Any]) -> None:
    """Raise ``TypeError`` where a field of one of these records holds what its annotation does not allow."""
    hints = {key: hint for key, hint in get_type_hints(record).items() if key not in _RECORDS and key != "organization"}
    for row in rows:
        for key, hint in hints.items():
            if not _fits(vars(row)[key], hint):
                raise TypeError(f"{key!r} in {name!r} is not what it should be")


def _fits(value: Any, hint: Any) -> bool:
    """Whether a value read from JSON is of this type. Every number with a fraction here is a time."""
    if isinstance(hint, UnionType):
        return any(_fits(value, part) for part in get_args(hint))
    if get_origin(hint) is dict:
        return isinstance(value, dict) and all(_fits(item, get_args(hint)[1]) for item in value.values())
    if get_origin(hint) is list:
        return isinstance(value, list) and all(_fits(item, get_args(hint)[0]) for item in value)
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LAST
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint)
