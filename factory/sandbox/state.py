"""Everything the simulated AWS remembers, as plain data that is written to and read from JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from factory.core.errors import FactoryError
from factory.sandbox.clock import EPOCH
from factory.sandbox.stack_state import Belonging, Breakage, ChangeSet, SetOperation, Stack, StackInstance, StackSet

SCHEMA = 4
"""Version of the stored form; a file of another version is refused, never guessed at."""

_STACK_TABLES = (
    "stack_sets",
    "stack_instances",
    "stack_operations",
    "stacks",
    "change_sets",
    "breakages",
    "belongings",
)
_BUCKETS: Mapping[str, Any] = {"buckets": [], "objects": []}
_STACKS: Mapping[str, Any] = {
    **{name: [] for name in _STACK_TABLES},
    **{name: {} for name in ("templates", "claims", "queued")},
    "running": [],
    "building": [],
    "stack_sets_access": "DISABLED",
}
_LACKING: Mapping[int, Mapping[str, Any]] = {1: {**_BUCKETS, **_STACKS}, 2: _STACKS}
"""Older versions that are read, too -> what they lack, and nothing else. Version 3 never got out of the workshop."""

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
class State:
    """The whole simulated AWS. Tests may change it directly to set a scene.

    ``attachments`` holds the ids of the policies directly attached to each root, unit and account;
    ``tags`` an entry, perhaps empty, for everything that ever had a tag; ``closures`` when accounts were
    asked to close; ``taken_emails`` addresses in use elsewhere in AWS or by accounts that are gone.
    ``stack_sets_access`` tells whether stack sets may act in the organization. ``templates`` holds the texts of
    templates by digest; ``claims`` which stack or belonging has what can be had once; ``running`` the ids of the
    operations under way, ``building`` of the stacks on their own, ``queued`` those that wait, by stack set.
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
    closures: list[float] = field(default_factory=list)
    taken_emails: list[str] = field(default_factory=list)
    stack_sets_access: str = "DISABLED"
    stack_sets: dict[str, StackSet] = field(default_factory=dict)
    stack_instances: dict[str, StackInstance] = field(default_factory=dict)
    stack_operations: dict[str, SetOperation] = field(default_factory=dict)
    stacks: dict[str, Stack] = field(default_factory=dict)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
    breakages: dict[str, Breakage] = field(default_factory=dict)
    belongings: dict[str, Belonging] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)
    claims: dict[str, str] = field(default_factory=dict)
    running: list[str] = field(default_factory=list)
    building: list[str] = field(default_factory=list)
    queued: dict[str, list[str]] = field(default_factory=dict)


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
    "stack_operations": SetOperation,
    "stacks": Stack,
    "change_sets": ChangeSet,
    "breakages": Breakage,
    "belongings": Belonging,
}


def move(state: State, seconds: float) -> None:
    """Let everything have happened, and be about to happen, this much later; earlier where it is negative."""
    records = [record for name in _RECORDS for record in vars(state)[name].values()]
    for thing in (state, *records):
        for name, hint in _HINTS[type(thing)].items():
            # Every number with a fraction here is a time.
            if hint in (float, float | None) and vars(thing)[name] is not None:
                setattr(thing, name, max(0.0, vars(thing)[name] + seconds))
            elif hint == dict[str, float]:
                setattr(thing, name, {key: max(0.0, when + seconds) for key, when in vars(thing)[name].items()})
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
        data = {**data, **deepcopy(dict(_LACKING[data["schema"]])), "schema": SCHEMA}
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


_HINTS: Mapping[type, Mapping[str, Any]] = {
    record: get_type_hints(record) for record in (*_RECORDS.values(), Organization, State)
}


def _require_types(name: str, record: type, rows: Iterable[Any]) -> None:
    """Raise ``TypeError`` where a field of one of these records holds what its annotation does not allow."""
    hints = {key: hint for key, hint in _HINTS[record].items() if key not in _RECORDS and key != "organization"}
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
