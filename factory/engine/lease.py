"""The lock in S3: taken with a conditional write, renewed while it is used, lost at once when another takes it.

A lease has run out when S3's own clock says so on both ends, ``LastModified`` of the object and ``Date`` of the
answer: no two computers need to agree on the time, and nobody has to watch for ten minutes. The holder counts from
before it sent the renewal, by its own clocks, and stops sending changes a margin earlier.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from factory.aws.clock import WALL, Clock
from factory.aws.errors import AwsError
from factory.core.errors import FactoryError, LockedOut
from factory.core.limits import Limits
from factory.core.lock import Holder, Record, Sighting, span
from factory.engine.events import LogEvent, emit
from factory.engine.lock_record import moment, read_record, record_body

if TYPE_CHECKING:
    from factory.aws.objects import Objects, StoredObject
    from factory.spec import LockPlace

_LOOKS = 5
"""How often another's write may come between before this run gives up."""

_AGAIN = "when the other run has finished, run factory plan to see what is left, and apply that"


class Stopwatch:
    """The time that passed since a moment, in seconds, by whichever clock says that more did.

    A computer's clock may be set back, and its other clock stands still while the computer sleeps.
    """

    def __init__(self, clock: Clock) -> None:
        self._clocks: tuple[Callable[[], float], ...] = (clock.now,)
        if clock is WALL:
            self._clocks += (time.monotonic,)

    def mark(self) -> tuple[float, ...]:
        """This moment."""
        return tuple(now() for now in self._clocks)

    def since(self, mark: tuple[float, ...]) -> float:
        """Seconds since that moment."""
        return max(now() - then for now, then in zip(self._clocks, mark, strict=True))


class Lease:
    """The lock in S3 for one run. Safe to use from many threads; `acquire` and `release` come from one."""

    def __init__(self, objects: Objects, place: LockPlace, holder: Holder, limits: Limits, clock: Clock) -> None:
        self._objects = objects
        self._place = place
        self._clock = clock
        self._watch = Stopwatch(clock)
        self._renewal, self._length = limits.seconds("lock.lease")
        self._pause, self._margin = limits.seconds("lock.margin")
        if self._renewal + self._margin >= self._length:
            raise FactoryError(
                f"a lock's lease of {span(self._length)} is too short to be renewed every {span(self._renewal)} with "
                f"{span(self._margin)} to spare",
                "correct lock.lease and lock.margin under limits:",
            )
        now = moment(clock.now())
        self._record = Record(
            holder=holder,
            held=True,
            token=0,
            since=now,
            renewed=now,
            lease=self._length,
            renewal=self._renewal,
            nonce=secrets.token_hex(8),
        )
        self._etag: str | None = None
        self._written = self._watch.mark()
        self._failed: tuple[float, ...] | None = None
        self._mutex = threading.Lock()
        self._claimed = False
        self._refusal: tuple[str, str] | None = ("the lock was not taken yet", "")

    @property
    def token(self) -> int:
        """The fencing number: one more than that of the run before. It says in records which run came later."""
        return self._record.token

    @property
    def lost(self) -> bool:
        """Whether the lock is not this run's, and never will be again."""
        return self._refusal is not None

    def describe(self) -> str:
        """Where it is, and the token."""
        return f"{self._place}, token {self.token}"

    def acquire(self, instead_of: str | None = None) -> None:
        """Take the lock, also from the run ``instead_of``. Raises ``LockedOut`` where another holds it, `AwsError`."""
        for _ in range(_LOOKS):
            stored = self._objects.get(self._place.key)
            seen = sighting(self._place, stored)
            if seen.left and seen.record and seen.record.holder.run != instead_of:
                raise seen.refusal()
            token = seen.record.token + 1 if seen.record else 1
            self._record, self._claimed = replace(self._record, token=token), True
            if self._write(stored.etag if stored else None):
                self._refusal = None
                self._announce(seen)
                return
            self._claimed = False
        raise LockedOut(f"the lock {self._place} changes hands faster than this run can take it", "try again")

    def keep(self) -> None:
        """Renew the lease where it is time to. Never raises: whether the lock is still there, `require` says."""
        if not self._mutex.acquire(blocking=False):
            return
        try:
            if self._due():
                self._renew()
        finally:
            self._mutex.release()

    def require(self) -> None:
        """Return while this run may send a change; renew the lease first where it is time to.

        Raises ``LockedOut``: from now on where another has taken the lock, and for as long as it cannot be renewed
        where the lease is about to run out.
        """
        if self._refusal is None and not self._due() and self._left() > self._margin:
            return
        with self._mutex:
            problem = None
            if self._refusal is None and (self._due() or self._left() <= self._margin):
                problem = self._renew()
            if self._refusal is not None:
                raise LockedOut(*self._refusal)
            if self._left() <= self._margin:
                why = problem.what if problem else "it took too long"
                raise LockedOut(
                    f"the lock {self._place} could not be renewed, and another run may take it: {why}",
                    "see that S3 can be reached, then run factory plan to see what is left, and apply that",
                )

    def release(self) -> bool:
        """Let go of the lock if it is still this run's; whether no trace of this run holds it now. Never raises."""
        with self._mutex:
            if not self._claimed:
                return True
            self._claimed = False
            self._refusal = self._refusal or ("this run has let go of the lock", "")
            try:
                self._free()
            except Exception as error:
                # The run's own outcome counts, and the lease runs out by itself.
                emit(LogEvent.LOCK_NOT_FREED, place=str(self._place), token=self.token, error=str(error))
                return False
            return True

    def _due(self) -> bool:
        if self._refusal is not None or self._watch.since(self._written) < self._renewal:
            return False
        return self._failed is None or self._watch.since(self._failed) >= self._pause

    def _left(self) -> float:
        return self._length - self._watch.since(self._written)

    def _write(self, etag: str | None) -> bool:
        """Write the record over what has this ETag; whether it was still there."""
        mark = self._watch.mark()
        key, body = self._place.key, record_body(self._record)
        written = self._objects.replace(key, body, etag) if etag else self._objects.put_new(key, body)
        if written:
            self._etag, self._written = written, mark
        return written is not None

    def _renew(self) -> FactoryError | None:
        """Write the record anew, with the mutex held. Answers what went wrong where that is no verdict."""
        try:
            for _ in range(_LOOKS):
                now, count = moment(self._clock.now()), self._record.renewals + 1
                self._record = replace(self._record, renewed=now, renewals=count)
                if self._write(self._etag):
                    return None
                stored = self._objects.get(self._place.key)
                if stored is None or not self._is_ours(stored):
                    self._lose(stored)
                    return None
                # A renewal that was given up for lost has arrived after all.
                self._etag = stored.etag
            problem: FactoryError = FactoryError("the record kept changing under its renewal")
        except AwsError as error:
            problem = error
        self._failed = self._watch.mark()
        emit(LogEvent.LOCK_NOT_RENEWED, place=str(self._place), error=problem.what, left=round(self._left()))
        return problem

    def _free(self) -> None:
        """Write that nobody holds it, if it is ours; what was interrupted may be ours without our knowing."""
        for _ in range(_LOOKS):
            freed = replace(self._record, held=False, renewed=moment(self._clock.now()))
            if self._etag and self._objects.replace(self._place.key, record_body(freed), self._etag):
                emit(LogEvent.LOCK_FREED, place=str(self._place), token=self.token)
                return
            stored = self._objects.get(self._place.key)
            if stored is None or not self._is_ours(stored):
                return
            self._etag = stored.etag
        raise LockedOut("the record kept changing")

    def _is_ours(self, stored: StoredObject) -> bool:
        try:
            return read_record(stored.body).is_of(self._record)
        except ValueError:
            return False

    def _lose(self, stored: StoredObject | None) -> None:
        try:
            seen = sighting(self._place, stored)
        except FactoryError as error:
            why = error.what
        else:
            if seen.record is None:
                why = f"the lock {self._place} was removed"
            elif seen.held:
                why = f"the lock {self._place} was taken by {seen.record.holder}"
            else:
                why = f"the lock {self._place} was taken from this run, last by {seen.record.holder}"
        self._claimed, self._refusal = False, (f"this run has lost its lock: {why}", _AGAIN)
        emit(LogEvent.LOCK_LOST, place=str(self._place), token=self.token, why=why)

    def _announce(self, seen: Sighting) -> None:
        place, token = str(self._place), self.token
        if seen.held and seen.record:
            holder, age = seen.record.holder, round(seen.age or 0)
            emit(LogEvent.LOCK_TAKEN_OVER, place=place, token=token, owner=holder.owner, of_run=holder.run, age=age)
        emit(LogEvent.LOCK_TAKEN, place=place, token=token)


def sighting(place: LockPlace, stored: StoredObject | None) -> Sighting:
    """The lock as read. Raises ``FactoryError`` where what is there is not the record of a lock: it stays as it is."""
    if stored is None:
        return Sighting(place=str(place), held=False)
    try:
        record = read_record(stored.body)
    except ValueError as error:
        raise FactoryError(
            f"the object {place} is there and is not a lock: {error}",
            "name another key under lock:; if it was the lock and no run is under way, write it anew from an older "
            "version of the object, so that its token does not go back",
        ) from None
    return Sighting(place=str(place), held=record.held, record=record, age=stored.age)
