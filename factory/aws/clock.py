"""Time as a parameter, so that simulated runs and tests never wait."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Clock(Protocol):
    """Tells the time and lets it pass."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return when this many seconds have passed."""
        ...

    def attend(self) -> AbstractContextManager[object]:
        """A place among the threads that live through the same time, so that their sleeps overlap.

        Taken at once, by whoever starts the thread; the thread enters it, once, and leaves it at its end.
        """
        ...


class _WallClock:
    """The computer's own clock."""

    def now(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def attend(self) -> AbstractContextManager[object]:
        return nullcontext()


WALL: Clock = _WallClock()
"""Real time, for real runs."""
