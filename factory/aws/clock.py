"""Time as a parameter, so that simulated runs and tests never wait."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time and lets it pass."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return when this many seconds have passed."""
        ...


class _WallClock:
    """The computer's own clock."""

    def now(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


WALL: Clock = _WallClock()
"""Real time, for real runs."""
