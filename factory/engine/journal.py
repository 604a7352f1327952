"""The journal: what was about to be changed and what became of it, on disk before and after each request."""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
import secrets
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from factory.aws.clock import WALL, Clock
from factory.aws.errors import AwsError, LostReply, scrub
from factory.core import journal as chain
from factory.core.errors import FactoryError
from factory.core.journal import Entry, Fate, Record
from factory.engine.events import LogEvent, emit
from factory.kinds.base import Asked

_SECRET = {"Email": "email", "Content": "content", "TemplateBody": "template", "Body": "template"}
"""Parameters that are kept as a hash, and what they are called then: they can be compared and not read."""

_OURS = frozenset({"Key", "TemplateURL"})
"""Parameters that hold nothing of others: they are made of hashes, which look like secrets."""

_CREATION = "organizations.CreateAccount"


class JournalBroken(FactoryError):
    """The journal cannot be read or written: without it nothing is changed."""


class OutcomeUnnoted(JournalBroken):
    """What became of a request could not be noted: AWS may well have carried it out."""


@dataclass(frozen=True)
class Facts:
    """What the journal notes of a run besides its changes; what is not known is empty."""

    organization: str = ""
    principal: str = ""
    digest: str = ""
    commit: str = ""
    owner: str = ""
    link: str = ""
    token: int = 0
    version: str = ""


@dataclass
class Journal:
    """An append-only file of bound records (`factory.core.journal`); ``None`` for a path keeps it in memory.

    Each record is on disk (``sync``) before its method returns: an intent before the request goes out. One process
    writes at a time; the lock of the checkout sees to that. Methods raise `JournalBroken`.
    """

    path: Path | None = None
    clock: Clock = WALL
    run: str = field(default_factory=lambda: secrets.token_hex(4))
    sync: Callable[[int], None] = os.fsync
    facts: Facts = field(default_factory=Facts)
    content: bytes = b""
    """What stands in it; with a path, what stood in it when it was opened."""
    _head: str = chain.GENESIS
    _file: int | None = None
    _past: tuple[Record, ...] = ()
    _asked: Mapping[str, Asked | None] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def open(self) -> None:
        """Read what is there and make ready to append; a line that a crash cut off is closed and noted."""
        if self.path is not None:
            try:
                new = not self.path.parent.is_dir()
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK, 0o600)
                self.content = _whole(self._file)
                if new or not self.content:
                    _sync_folder(self.path.parent, self.sync)
            except OSError as error:
                self.close()
                raise self._broken("opened", error) from error
        known = chain.read(self.content)
        closed = chain.read(self.content.removesuffix(b"\n") + b"\n") if known.cut else known
        self._past, self._head = closed.records, closed.head
        if not known.sound:
            emit(LogEvent.JOURNAL_BROKEN, path=str(self.path), way_out="factory audit verify says where")
        if known.cut and not self.content.endswith(b"\n"):
            self._write(b"\n")
        # A line that lacks nothing but its end is a record like any other.
        if known.cut and len(closed.records) == len(known.records):
            self._append({"event": Entry.TORN, "was": chain.torn(known.cut)})

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def begin(self, facts: Facts) -> None:
        """Note that a run begins to change things."""
        self.facts = facts
        self._asked = _requests(self._past, facts.organization)
        self._append({"event": Entry.BEGUN, **{k: v for k, v in vars(facts).items() if v}})

    def end(self, counts: Mapping[str, int], why: str = "") -> None:
        """Note that the run ends by itself: how many changes ended how, and why it stopped early, if it did."""
        self._append({"event": Entry.ENDED, "changes": dict(counts), **({"why": scrub(why)} if why else {})})

    def intend(self, operation: str, parameters: Mapping[str, Any], about: Mapping[str, str]) -> Written:
        """Note a request that is about to go out; ``about``: the address and verb of the change it belongs to."""
        name = f"{self.run}-{next(self._numbers)}"
        facts = self.facts
        known = {"organization": facts.organization, "principal": facts.principal}
        known |= {"commit": facts.commit, "digest": facts.digest}
        self._append(
            {
                "event": Entry.INTENT,
                "id": name,
                "operation": operation,
                "parameters": {_SECRET.get(k, k): _plain(k, value) for k, value in parameters.items()},
                **about,
                **{key: value for key, value in known.items() if value},
                **({"token": facts.token} if facts.token else {}),
            }
        )
        return Written(self, name, operation)

    def outcome(self, intent: str, fate: Fate, **more: Any) -> None:
        """Note what became of a request."""
        kept = {key: value for key, value in more.items() if value}
        try:
            self._append({"event": Entry.OUTCOME, "of": intent, "fate": fate, **kept})
        except JournalBroken as error:
            raise OutcomeUnnoted(error.what, error.fix) from error

    def asked(self, email: str) -> Asked | None:
        """The last request for an account with this e-mail that an earlier run made and AWS did not refuse."""
        return self._asked.get(_hash(email.casefold()))

    def _append(self, record: dict[str, Any]) -> None:
        time = datetime.fromtimestamp(self.clock.now(), UTC).isoformat(timespec="milliseconds")
        line, head = chain.bind({"time": time, "run": self.run, **record}, self._head)
        self._write(line)
        self._head = head

    def _write(self, line: bytes) -> None:
        if self.path is None:
            self.content += line
            return
        if self._file is None:
            raise JournalBroken(f"the journal {self.path} is not open", "report it")
        try:
            # One write, so that a full disk or a crash leaves at most one line that is cut off.
            if os.write(self._file, line) != len(line):
                raise OSError(0, "the disk is full")
            self.sync(self._file)
        except BaseException as error:
            # What was written of the line, if anything, is closed and noted by the next run.
            self.close()
            if isinstance(error, OSError):
                raise self._broken("written", error) from error
            raise

    def _broken(self, what: str, error: OSError) -> JournalBroken:
        return JournalBroken(
            f"the journal {self.path} cannot be {what}: {error.strerror}",
            f"make room and see that {self.path} is a plain file you can write to; no request goes out without it",
        )


def contents(path: Path) -> bytes:
    """What stands in a journal. Raises ``OSError`` where it cannot be read, or is no plain file."""
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return _whole(number)
    finally:
        os.close(number)


def _whole(number: int) -> bytes:
    """All of an open file; a pipe or a device could go on for ever."""
    if not stat.S_ISREG(os.fstat(number).st_mode):
        raise OSError(errno.EINVAL, "it is no plain file")
    with open(number, "rb", closefd=False) as file:
        return file.read()


@dataclass(frozen=True)
class Written:
    """An intent that stands in the journal, and the place for its outcome (an `Attempt` of the gate)."""

    journal: Journal
    id: str
    operation: str

    def answered(self, answer: Mapping[str, Any]) -> None:
        """AWS took the request."""
        metadata = answer.get("ResponseMetadata", {})
        creation = answer.get("CreateAccountStatus", {}).get("Id", "")
        self.journal.outcome(
            self.id,
            Fate.DONE,
            request_id=metadata.get("RequestId", ""),
            retries=metadata.get("RetryAttempts", 0),
            creation=creation,
        )

    def failed(self, error: FactoryError) -> None:
        """AWS refused it, did not answer, or was not asked."""
        if not isinstance(error, AwsError):
            self.journal.outcome(self.id, Fate.NOT_SENT, why=scrub(error.what))
            return
        # Only an answer of AWS's carries a request id: without one, nobody knows what AWS did. Of a creation it is
        # known: what is not a lost reply was never sent.
        unheard = Fate.NOT_SENT if self.operation == _CREATION else Fate.LOST
        fate = Fate.LOST if isinstance(error, LostReply) else Fate.REFUSED if error.request_id else unheard
        self.journal.outcome(
            self.id,
            fate,
            request_id=error.request_id,
            retries=error.retries,
            code=error.code,
            reason=error.reason,
        )


def _requests(records: tuple[Record, ...], organization: str) -> dict[str, Asked | None]:
    """E-mail, hashed -> the last request for an account with it in this organization, ``None`` where AWS refused it."""
    outcomes = {str(r.get("of")): r for r in records if r.get("event") == Entry.OUTCOME}
    found: dict[str, Asked | None] = {}
    for record in records:
        if (record.get("event"), record.get("operation")) != (Entry.INTENT, _CREATION):
            continue
        parameters, outcome = record.get("parameters"), outcomes.get(str(record.get("id")), {})
        if isinstance(parameters, dict) and record.get("organization") == organization:
            over = outcome.get("fate") in (Fate.REFUSED, Fate.NOT_SENT)
            name, creation = str(parameters.get("AccountName", "")), str(outcome.get("creation", ""))
            # A name that holds an e-mail address is not in the journal as it was.
            name = "" if "[" in name else name
            found[str(parameters.get("email"))] = None if over else Asked(_seconds(record), name, creation)
    return found


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, bytes):
        value = value.decode()
    if name in _SECRET:
        return _hash(str(value).casefold() if name == "Email" else str(value))
    if isinstance(value, str):
        return value if name in _OURS else scrub(value)
    if isinstance(value, list):
        return [_plain("", item) for item in value]
    return {k: _plain("", item) for k, item in value.items()} if isinstance(value, dict) else value


def _hash(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _seconds(record: Record) -> float:
    try:
        return datetime.fromisoformat(str(record.get("time"))).timestamp()
    except ValueError:
        return 0.0


def _sync_folder(folder: Path, sync: Callable[[int], None]) -> None:
    """A new file is safe from a power cut once its folder is on disk, too."""
    number = os.open(folder, os.O_RDONLY)
    try:
        sync(number)
    finally:
        os.close(number)
