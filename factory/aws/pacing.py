"""Client-side token buckets: requests wait their turn here, so that AWS need not refuse them."""

from __future__ import annotations

import threading

from factory.aws.clock import Clock
from factory.core.limits import Limits

MARGIN = 0.001
"""Seconds added to every wait, so that no rounding makes a request early on AWS's side."""


class Bucket:
    """A token bucket that hands out turns ahead of time: each caller learns how long to wait for its own.

    Never more than ``rate * t + burst`` turns fall into any ``t`` seconds.
    """

    def __init__(self, rate: float, burst: int, now: float) -> None:
        if rate <= 0 or burst < 1:
            raise ValueError("a rate must be above 0 and a burst at least 1")
        self._rate = rate
        self._burst = burst
        self._tokens = float(burst)
        self._updated = now
        self._lock = threading.Lock()

    def take(self, now: float) -> float:
        """Reserve the next turn: the seconds from ``now`` until it comes, 0 when it is due."""
        with self._lock:
            self._refill(now)
            self._tokens -= 1
            return self._wait(self._tokens)

    def peek(self, now: float) -> float:
        """The seconds that `take` would answer, without reserving anything."""
        with self._lock:
            self._refill(now)
            return self._wait(self._tokens - 1)

    def _refill(self, now: float) -> None:
        # A wall clock may be set back; then nothing has grown, and time counts from there.
        elapsed = max(0.0, now - self._updated)
        self._tokens = min(float(self._burst), self._tokens + elapsed * self._rate)
        self._updated = now

    def _wait(self, tokens: float) -> float:
        return -tokens / self._rate + MARGIN if tokens < 0 else 0.0


class Pacing:
    """The buckets of one calling account, from the limits table; safe to use from many threads.

    Operations whose rows name the same bucket share it, and its slowest row counts. Operations without a rate
    are not paced.
    """

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._clock = clock
        self._bucket_of: dict[str, str] = {}
        slowest: dict[str, tuple[float, int]] = {}
        for key, row in limits.items():
            if row.rate is None:
                continue
            name = row.bucket or key
            rate, burst = slowest.get(name, (row.rate, row.burst or 1))
            slowest[name] = (min(rate, row.rate), min(burst, row.burst or 1))
            self._bucket_of[key] = name
        now = clock.now()
        self._buckets = {name: Bucket(rate, burst, now) for name, (rate, burst) in slowest.items()}

    def turn(self, operation: str) -> float:
        """Wait for this operation's turn and return the seconds waited."""
        name = self._bucket_of.get(operation)
        if name is None:
            return 0.0
        wait = self._buckets[name].take(self._clock.now())
        if wait > 0:
            self._clock.sleep(wait)
        return wait

    def until_turn(self, operation: str) -> float:
        """The seconds `turn` would wait now; for schedulers that have other things to do meanwhile."""
        name = self._bucket_of.get(operation)
        return self._buckets[name].peek(self._clock.now()) if name else 0.0
