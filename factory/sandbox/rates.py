"""AWS's throttles: a token bucket for each operation, or one for several that share it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from factory.core.limits import Limits

_ROUNDING = 1e-6
"""Clients that pace themselves at exactly the rate must not fail for the last bit of a float."""


@dataclass
class _Bucket:
    tokens: float
    filled_at: float


class Rates:
    """Decides which calls are too many, from the limits table's rates and bursts (calls a second).

    Operations that name the same bucket share it; its rate is that of the slowest of them.
    """

    def __init__(self, limits: Limits) -> None:
        self._names = {key: row.bucket or key for key, row in limits.items() if row.rate is not None}
        self._shapes: dict[str, tuple[float, float]] = {}
        for key, name in self._names.items():
            row = limits[key]
            rate, burst = self._shapes.get(name, (math.inf, math.inf))
            self._shapes[name] = (min(rate, row.rate or math.inf), min(burst, row.burst or 1))
        self._buckets: dict[str, _Bucket] = {}

    def admits(self, key: str, now: float) -> bool:
        """Take a token for this operation (``organizations.CreateAccount``); false when there is none."""
        name = self._names.get(key)
        if name is None:
            return True
        rate, burst = self._shapes[name]
        bucket = self._buckets.setdefault(name, _Bucket(burst, now))
        bucket.tokens = min(burst, bucket.tokens + (now - bucket.filled_at) * rate)
        bucket.filled_at = now
        if bucket.tokens < 1 - _ROUNDING:
            return False
        bucket.tokens -= 1
        return True
