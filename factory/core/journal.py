"""The form of the journal: one JSON object a line, each bound to the one before it by its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

GENESIS = "0" * 64
"""What the first record names as the one before it."""

Record = Mapping[str, Any]


class Entry(StrEnum):
    """What a record is about."""

    BEGUN = "run.begun"
    """A run begins to change things: who, from where, on which plan."""
    INTENT = "intent"
    """A request that may change something is about to be made."""
    OUTCOME = "outcome"
    """What became of an intent. One without an outcome was cut off: AWS may or may not have heard of it."""
    ENDED = "run.ended"
    """A run has ended by itself, and how its changes did."""
    TORN = "torn"
    """The line before this one was cut off while it was written."""


class Fate(StrEnum):
    """What became of a request that was to change something."""

    DONE = "done"
    REFUSED = "refused"
    LOST = "lost"
    """No answer came: AWS may have carried it out."""
    NOT_SENT = "not-sent"


def bind(record: Record, previous: str) -> tuple[bytes, str]:
    """The record as a line, with its newline, and its hash, which the next record names."""
    whole = {**record, "previous": previous}
    digest = _digest(whole)
    return _text({**whole, "hash": digest}) + b"\n", digest


def torn(fragment: bytes) -> str:
    """How a line that was cut off is named by the record after it."""
    return hashlib.sha256(fragment).hexdigest()


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong with the journal: the line's number from 1, and what. ``grave`` unless a crash explains it."""

    line: int
    what: str
    grave: bool = True


@dataclass(frozen=True)
class Chain:
    """A journal as read: its whole records, what is wrong with it, and the hash of the last record.

    ``head`` is empty where the last record has no hash. ``cut`` is what stands at the end and is no record: one that
    was being written when the process died.
    """

    records: tuple[Record, ...]
    flaws: tuple[Flaw, ...]
    head: str
    cut: bytes = b""

    @property
    def sound(self) -> bool:
        """Nothing was edited, removed from the middle or put in."""
        return not any(flaw.grave for flaw in self.flaws)


def read(content: bytes) -> Chain:
    """Follow the chain from its beginning. Never raises: what does not fit is a flaw, and reading goes on.

    What was cut off at the end by someone leaves no trace in the file: compare the head with one noted elsewhere.
    """
    *lines, cut = content.split(b"\n")
    records: list[Record] = []
    flaws: list[Flaw] = []
    head = GENESIS
    unread: tuple[int, bytes] | None = None
    for number, line in enumerate(lines, 1):
        record = _parsed(line)
        if record is None:
            if unread:
                flaws.append(_unreadable(unread[0]))
            unread = number, line
            continue
        explained = record.get("event") == Entry.TORN and unread is not None and record.get("was") == torn(unread[1])
        if unread is not None:
            flaws.append(Flaw(unread[0], "cut off by a crash", grave=False) if explained else _unreadable(unread[0]))
            unread = None
        body = {key: value for key, value in record.items() if key != "hash"}
        if record.get("hash") != _digest(body) or _text(record) != line:
            flaws.append(Flaw(number, "this line was changed after it was written"))
        elif record.get("previous") != head:
            flaws.append(Flaw(number, "it does not follow from the line before: lines were removed, put in or changed"))
        head = str(record.get("hash", ""))
        records.append(record)
    if unread and not cut:
        # The newline that closes a line which a crash cut off, and a second crash before that could be noted.
        cut = unread[1]
        flaws.append(Flaw(unread[0], "cut off by a crash; the next run will note it", grave=False))
    elif unread:
        flaws.append(_unreadable(unread[0]))
    elif cut:
        flaws.append(Flaw(len(lines) + 1, "cut off by a crash; the next run will note it", grave=False))
    return Chain(tuple(records), tuple(flaws), head, cut)


def unfinished(records: Iterable[Record]) -> tuple[Record, ...]:
    """The intents that no outcome belongs to and that no run which has come to its end has looked after since."""
    waiting: dict[str, Record] = {}
    for record in records:
        match record.get("event"):
            case Entry.INTENT:
                waiting[str(record.get("id"))] = record
            case Entry.OUTCOME:
                waiting.pop(str(record.get("of")), None)
            case Entry.ENDED:
                waiting = {name: each for name, each in waiting.items() if each.get("run") == record.get("run")}
    return tuple(waiting.values())


def _unreadable(number: int) -> Flaw:
    return Flaw(number, "this line is not a record")


def _parsed(line: bytes) -> Record | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _digest(body: Record) -> str:
    return hashlib.sha256(_text(body)).hexdigest()


def _text(body: Record) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


@dataclass(frozen=True, slots=True)
class Step:
    """A request that was to change something, and its outcome; without one it was cut off."""

    intent: Record
    outcome: Record | None


@dataclass(frozen=True)
class Run:
    """One run's records: its beginning, its steps in order, its end; either end may be missing after a crash."""

    id: str
    begun: Record | None
    steps: tuple[Step, ...]
    ended: Record | None


def runs(records: Iterable[Record]) -> tuple[Run, ...]:
    """The records by run, in the order in which the runs began."""
    grouped: dict[str, list[Record]] = {}
    for record in records:
        if record.get("event") != Entry.TORN:
            grouped.setdefault(str(record.get("run", "")), []).append(record)
    return tuple(_run(name, rows) for name, rows in grouped.items())


def _run(name: str, rows: list[Record]) -> Run:
    def of(event: Entry) -> list[Record]:
        return [row for row in rows if row.get("event") == event]

    outcomes = {str(row.get("of")): row for row in of(Entry.OUTCOME)}
    steps = tuple(Step(row, outcomes.get(str(row.get("id")))) for row in of(Entry.INTENT))
    begun, ended = of(Entry.BEGUN), of(Entry.ENDED)
    return Run(name, begun[0] if begun else None, steps, ended[-1] if ended else None)
