"""Changes, the plan they make up, and the report of what became of them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from factory.core.address import Address
from factory.core.resource import Identity, Resource, Source, Value
from factory.core.rights import Rights
from factory.core.room import Room


class Action(StrEnum):
    """What a change does. People read its ``verb`` ("attach"), code branches on this."""

    CREATE = "create"
    ADOPT = "adopt"
    UPDATE = "update"
    MOVE = "move"
    CLOSE = "close"
    DELETE = "delete"


class Risk(StrEnum):
    """How much a person should look: ``irreversible`` cannot be undone by editing the files again."""

    LOW = "low"
    HIGH = "high"
    IRREVERSIBLE = "irreversible"


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """One attribute that differs: its name, what it is, what it will be."""

    name: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between what exists and what is wanted.

    ``before`` is absent on creation, ``after`` on deletion. ``reason`` and ``effects`` (what AWS itself will
    do because of it) are for people; nothing branches on them. ``releases`` are the things a deletion lets go
    of besides its own needs, because parts of it held them. ``waits`` are changes that come first although nothing
    here needs what they leave behind.
    """

    action: Action
    verb: str
    before: Resource | None
    after: Resource | None
    reason: str = ""
    risk: Risk = Risk.LOW
    effects: tuple[str, ...] = ()
    releases: frozenset[Address] = frozenset()
    waits: frozenset[Address] = frozenset()

    @property
    def resource(self) -> Resource:
        """What the change leaves behind, or what it takes away."""
        found = self.after or self.before
        assert found is not None, "a change has a before or an after"
        return found

    @property
    def address(self) -> Address:
        """What is changed."""
        return self.resource.address

    @property
    def source(self) -> Source | None:
        """Where the wanted state is written; ``None`` for deletions."""
        return self.after.source if self.after else None

    def fields(self) -> tuple[FieldDiff, ...]:
        """The attributes that differ, by name; on creation and deletion, all of them."""
        have = self.before.attrs if self.before else {}
        want = self.after.attrs if self.after else dict.fromkeys(have)
        return tuple(
            FieldDiff(name, have.get(name), want[name])
            for name in sorted(want)
            if have.get(name) != want[name] or (self.before is None or self.after is None)
        )


@dataclass(frozen=True, order=True, slots=True)
class Notice:
    """Something a person should know that is not a change: unmanaged, skipped, waiting.

    ``code`` is one of a closed list, for machines.
    """

    code: str
    message: str
    address: Address | None = None
    source: Source | None = None


@dataclass(frozen=True, order=True, slots=True)
class Refusal:
    """A safety rule's no: the rule's id, what it saw, and the way out."""

    rule: str
    message: str
    way_out: str
    address: Address | None = None
    source: Source | None = None


@dataclass(frozen=True)
class Plan:
    """Ordered changes, what each waits for, notices and refusals: a value to print, compare and carry out."""

    identity: Identity
    changes: tuple[Change, ...] = ()
    waits: Mapping[Address, frozenset[Address]] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    touched: Mapping[Address, Resource | None] = field(default_factory=dict)
    """The state before of every address that the changes touch or need."""
    book: Mapping[Address, str] = field(default_factory=dict)
    """Address -> AWS id of all that existed when the plan was made."""
    only: frozenset[Address] | None = None
    """The addresses that the plan is confined to: those of a saved plan; ``None`` for all."""
    rights: Rights = field(default_factory=Rights)
    """What principals lose and gain. It follows from the changes and what they need, so the digest is without it."""
    room: tuple[Room, ...] = ()
    """What is left for policies on the nodes where they change; in no digest either."""

    @property
    def empty(self) -> bool:
        """Nothing to do."""
        return not self.changes

    def counts(self) -> dict[str, int]:
        """Number of changes per verb, in order of first appearance."""
        return dict(Counter(change.verb for change in self.changes))

    @property
    def digest(self) -> str:
        """SHA-256 over the organization, the changes, and the state before of all they touch or need.

        Health, notices and unrelated things do not enter it, so it stays the same while they move.
        """
        content = {
            "organization": self.identity.organization,
            "changes": [
                [c.action, str(c.address), [[f.name, f.before, f.after] for f in c.fields()]]
                for c in sorted(self.changes, key=lambda c: c.address)
            ],
            "before": {
                str(a): None if r is None else [dict(sorted(r.attrs.items())), r.id, r.owned]
                for a, r in sorted(self.touched.items())
            },
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


class Status(StrEnum):
    """What became of a change. ``pending``: AWS still works on it; a later run picks it up."""

    DONE = "done"
    FAILED = "failed"
    BLOCKED = "blocked"
    PENDING = "pending"
    NOT_STARTED = "not-started"


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one change, with why it failed or waits, and how long it took in seconds.

    ``note`` is what is worth knowing of one that is done.
    """

    change: Change
    status: Status
    error: str = ""
    fix: str = ""
    seconds: float = 0.0
    note: str = ""


class Cause(StrEnum):
    """Why a run ended before its plan was carried out."""

    INTERRUPT = "interrupt"
    """A person pressed Ctrl-C (SIGINT)."""
    TERMINATE = "terminate"
    """SIGTERM: the machine or the pipeline wants it to end."""
    CREDENTIALS = "credentials"
    """The credentials expired or were refused."""
    LOCK = "lock"
    """Another run has taken the lock."""
    JOURNAL = "journal"
    """What is changed could not be noted down any more."""


@dataclass(frozen=True, slots=True)
class Stop:
    """What ended a run early, in words, and the way out."""

    cause: Cause
    what: str
    fix: str = ""


@dataclass(frozen=True)
class Report:
    """What became of each change, and the plan that a fresh read still leaves (``None`` if not read).

    ``stopped``: what ended the run early; what was not begun then is ``not-started``.
    """

    plan: Plan
    results: tuple[Result, ...]
    remaining: Plan | None = None
    seconds: float = 0.0
    stopped: Stop | None = None

    def of(self, status: Status) -> tuple[Result, ...]:
        """The results with this status."""
        return tuple(result for result in self.results if result.status is status)

    @property
    def complete(self) -> bool:
        """Every change is done and a fresh read finds nothing left to do."""
        settled = self.remaining is not None and self.remaining.empty and not self.remaining.refusals
        return len(self.of(Status.DONE)) == len(self.results) and settled
