"""Real time for a sandbox that other processes talk to, faster where that is wanted."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext

from factory.sandbox.clock import SimulatedClock


class RunningClock(SimulatedClock):
    """Starts at this computer's time and runs by itself, ``speed`` times as fast. Nobody sets it."""

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._began, self._ticking_since = time.time(), time.monotonic()

    def now(self) -> float:
        """Seconds since 1970."""
        return self._began + (time.monotonic() - self._ticking_since) * self._speed

    def sleep(self, seconds: float) -> None:
        """Wait until this many seconds of it have passed. Raises ``ValueError`` when negative."""
        time.sleep(seconds / self._speed)

    def attend(self) -> AbstractContextManager[object]:
        """Nothing to attend: the time of all threads passes by itself."""
        return nullcontext()

    def set(self, now: float) -> None:
        """Do nothing: it goes on from where it is."""
