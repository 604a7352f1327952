"""A clock that only moves when someone sleeps, so that simulated hours cost nothing."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

EPOCH = datetime(2026, 12, 1, 8, 0, tzinfo=UTC).timestamp()
"""Where the time of a new sandbox starts; fixed, so that every run shows the same dates."""


class SimulatedClock:
    """Seconds since 1970 in the sandbox's own time. ``sleep`` returns at once and moves the time forward."""

    def __init__(self, now: float = EPOCH) -> None:
        self._now = now
        self._lock = threading.Lock()

    def now(self) -> float:
        """Simulated seconds since 1970."""
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        """Let this many simulated seconds pass. Raises ``ValueError`` when negative, as ``time.sleep`` does."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        with self._lock:
            self._now += seconds

    def set(self, now: float) -> None:
        """Start again at this time."""
        with self._lock:
            self._now = now
