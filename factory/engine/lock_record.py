"""What a lock says of the run that holds it: a value, its JSON, and its words."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from factory.core.errors import LockedOut

VERSION = 1
_LONGEST = 500
_TEXTS = ("run", "owner", "host", "command", "link", "commit")
_STATES = {"held": True, "free": False}


@dataclass(frozen=True, slots=True)
class Holder:
    """The facts about a run for those whom it keeps waiting; none of them an e-mail address.

    ``owner`` is a person or the actor of a CI job, ``link`` the page of that job, ``commit`` what is checked out,
    with ``+`` behind it where files have changed since. Empty where it is not known.
    """

    run: str
    owner: str
    host: str
    process: int
    command: str
    link: str = ""
    commit: str = ""

    def __str__(self) -> str:
        return f"{self.owner} (run {self.run}, process {self.process} on {self.host}: {self.command})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is written where a lock is. ``token`` grows by one with every run that takes it, and never goes back.

    ``since`` and ``renewed`` are moments by the holder's clock, for people: nothing is decided by them. ``lease``
    and ``renewal`` are seconds; both are 0 in the lock of a checkout. ``nonce`` and ``renewals`` make every record
    unlike any other.
    """

    holder: Holder
    held: bool
    token: int
    since: str
    renewed: str
    lease: float = 0
    renewal: float = 0
    nonce: str = ""
    renewals: int = 0

    def is_of(self, other: Record) -> bool:
        """Whether both were written by one run, for one time that it held the lock."""
        mine, its = (self.holder.run, self.nonce, self.token), (other.holder.run, other.nonce, other.token)
        return self.held and other.held and mine == its

    def body(self) -> bytes:
        """The record as JSON."""
        document = {
            "format_version": VERSION,
            "state": "held" if self.held else "free",
            "token": self.token,
            **{name: getattr(self.holder, name) for name in _TEXTS},
            "process": self.holder.process,
            "since": self.since,
            "renewed": self.renewed,
            "lease_seconds": self.lease,
            "renewal_seconds": self.renewal,
            "nonce": self.nonce,
            "renewals": self.renewals,
        }
        return (json.dumps(document, indent=2) + "\n").encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A lock as seen: where it is, whether it is held, and what its record says, where there is one.

    ``age`` is the seconds since the record was written, by the clock of S3; ``left`` what is left of the lease by
    that. The lock of a checkout has neither: it holds for as long as the process lives.
    """

    place: str
    held: bool
    record: Record | None = None
    age: float | None = None

    @property
    def left(self) -> float | None:
        """Seconds that the lease still has; 0 once it has run out, ``None`` where there is no lease."""
        if not self.held or self.record is None or self.age is None:
            return None
        return max(0.0, self.record.lease - self.age)

    def refusal(self) -> LockedOut:
        """What a run is told that wanted this lock."""
        if self.record is None:
            return LockedOut(f"the lock {self.place} is held by another process", "wait until it has finished")
        holder, words = self.record.holder, [f"since {self.record.since}"]
        if self.left is not None and self.age is not None:
            words.append(f"renewed {span(self.age)} ago, its lease has {span(self.left)} left")
        words += [holder.link] if holder.link else []
        return LockedOut(f"the lock {self.place} is held by {holder}; {'; '.join(words)}", self._way_out())

    def _way_out(self) -> str:
        if self.record is None or self.left is None:
            return "wait until it has finished, or end that process; the lock goes with it"
        return (
            "wait until it has finished; if that run is dead, wait until its lease has run out, or type "
            f"factory lock break --run {self.record.holder.run}"
        )


def read_record(body: bytes) -> Record:
    """The record in this JSON. Raises ``ValueError`` with words where it is none that this version understands."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    if not isinstance(document, dict) or "format_version" not in document:
        raise ValueError("it is not the record of a lock")
    if document["format_version"] != VERSION:
        raise ValueError("another version of factory wrote it")
    try:
        return _record(document)
    except (KeyError, TypeError, ValueError):
        raise ValueError("it is damaged") from None


def _record(document: dict[str, Any]) -> Record:
    texts = {name: _typed(document[name], str)[:_LONGEST] for name in _TEXTS}
    return Record(
        holder=Holder(process=_count(document["process"]), **texts),
        held=_STATES[document["state"]],
        token=_count(document["token"]),
        since=_typed(document["since"], str)[:_LONGEST],
        renewed=_typed(document["renewed"], str)[:_LONGEST],
        lease=_seconds(document["lease_seconds"]),
        renewal=_seconds(document["renewal_seconds"]),
        nonce=_typed(document["nonce"], str)[:_LONGEST],
        renewals=_count(document["renewals"]),
    )


def _typed(value: Any, kind: type[Any]) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError
    return value


def _count(value: Any) -> int:
    number: int = _typed(value, int)
    if number < 0:
        raise ValueError
    return number


def _seconds(value: Any) -> float:
    number = float(_typed(value, (int, float)))  # type: ignore[arg-type]
    if number < 0 or not math.isfinite(number):
        raise ValueError
    return number


def moment(seconds: float) -> str:
    """Seconds since the epoch as people write them: ``2026-11-24T10:41:00Z``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def span(seconds: float) -> str:
    """A time for people, in whole seconds: ``45 s``, ``9 min 30 s``, ``2 h 5 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"
