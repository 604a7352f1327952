"""What no program can go below, as AWS's pages, rates and limits have it: the numbers to measure against."""

from __future__ import annotations

import math
from collections.abc import Mapping

from factory.core.limits import Limits

MOVE = 0.5
"""Seconds that the move of an account takes at AWS's rate of two a second."""


def calls(accounts: int, units: int, policies: int, attachments: int) -> int:
    """Requests of a whole read: pages of accounts, tags and attachments, a listing a unit, two a policy."""
    return math.ceil(accounts / 20) + math.ceil(accounts / 100) + units + 2 * policies + math.ceil(attachments / 20)


def seconds(made: Mapping[str, int], limits: Limits) -> tuple[float, str]:
    """The time that these requests take at AWS's rates, and the bucket that takes it; ``made`` by limits row."""
    buckets: dict[str, tuple[int, float, int]] = {}
    for operation, count in made.items():
        row = limits.get(operation)
        if row is not None and row.rate is not None:
            name = row.bucket or operation
            before, rate, burst = buckets.get(name, (0, row.rate, row.burst or 1))
            buckets[name] = (before + count, min(rate, row.rate), min(burst, row.burst or 1))
    return max((max(0, count - burst) / rate, name) for name, (count, rate, burst) in buckets.items())


def creating(accounts: int, each: float, limits: Limits) -> float:
    """Seconds to create this many accounts that take ``each`` seconds, asked for as early as AWS takes requests.

    Each starts when there is a token for it (rate and burst) and one of those in flight has ended.
    """
    row = limits["organizations.CreateAccount"]
    rate, burst, in_flight = row.rate or math.inf, row.burst or 1, row.in_flight or accounts
    ends: list[float] = []
    tokens, updated = float(burst), 0.0
    for number in range(accounts):
        start = max(updated, ends[number - in_flight] if number >= in_flight else 0.0)
        tokens = min(burst, tokens + (start - updated) * rate)
        if tokens < 1:
            start, tokens = start + (1 - tokens) / rate, 1.0
        tokens, updated = tokens - 1, start
        ends.append(start + each)
    return max(ends, default=0.0)
