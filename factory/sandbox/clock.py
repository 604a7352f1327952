"""A clock that only moves when someone sleeps, so that simulated hours cost nothing."""

from __future__ import annotations

import heapq
import itertools
import threading
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from types import TracebackType

EPOCH = datetime(2026, 12, 1, 8, 0, tzinfo=UTC).timestamp()
"""Where the time of a new sandbox starts; fixed, so that every run shows the same dates."""


class SimulatedClock:
    """Seconds since 1970 in the sandbox's own time.

    ``sleep`` of a thread by itself returns at once and moves the time forward. Threads that `attend` live through
    the same time: one of them goes on until it sleeps or leaves, then the one that wakes first, at its time. So
    their sleeps overlap, and the same work always takes the same time, in the same order.
    """

    def __init__(self, now: float = EPOCH) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._asleep: list[tuple[float, int, Place]] = []
        self._awake: Place | None = None
        self._arrivals = itertools.count()
        self._of_thread = threading.local()

    def now(self) -> float:
        """Simulated seconds since 1970."""
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        """Let this many simulated seconds pass. Raises ``ValueError`` when negative, as ``time.sleep`` does."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        place: Place | None = getattr(self._of_thread, "place", None)
        with self._lock:
            if place is not None:
                self._lie_down(place, seconds)
                self._wake_first()
            elif self._awake is None:
                self._now += seconds
                return
        if place is not None:
            place.await_turn()
        else:
            with self.attend():
                self.sleep(seconds)

    def attend(self) -> AbstractContextManager[object]:
        """A place among those whose sleeps overlap, counted from now on; the thread that it is for must enter it.

        Whoever attends must not wait for another that does, except by sleeping.
        """
        place = Place(self)
        with self._lock:
            self._lie_down(place, 0.0)
            if self._awake is None:
                self._wake_first()
        return place

    def set(self, now: float) -> None:
        """Start again at this time."""
        with self._lock:
            self._now = now

    def enter(self, place: Place) -> None:
        """Let the calling thread have this place, once its turn comes."""
        place.await_turn()
        self._of_thread.place = place

    def leave(self) -> None:
        """The calling thread attends no more; the next one goes on."""
        self._of_thread.place = None
        with self._lock:
            self._wake_first()

    def _lie_down(self, place: Place, seconds: float) -> None:
        # Of those that wake at the same time, the one that lay down first goes first.
        heapq.heappush(self._asleep, (self._now + seconds, next(self._arrivals), place))

    def _wake_first(self) -> None:
        self._awake = None
        if self._asleep:
            wakes, _, self._awake = heapq.heappop(self._asleep)
            self._now = max(self._now, wakes)
            self._awake.give_turn()


class Place:
    """One thread's part in the time of a `SimulatedClock`, as a context manager."""

    def __init__(self, clock: SimulatedClock) -> None:
        self._clock = clock
        self._turn = threading.Lock()
        self._turn.acquire()

    def __enter__(self) -> None:
        self._clock.enter(self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clock.leave()

    def await_turn(self) -> None:
        """Wait, in real time, until the clock lets this one go on."""
        self._turn.acquire()

    def give_turn(self) -> None:
        """Let this one go on."""
        self._turn.release()
