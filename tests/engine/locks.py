"""Runs that want one lock in S3, each on a computer with a clock of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from factory.core.limits import Limits
from factory.core.lock import Holder
from factory.engine.lease import Lease
from factory.spec import LockPlace, Organization, load_limits
from tests.bucket import NAME, REGION, Bucket, bucket

PLACE = LockPlace(bucket=NAME, key="factory/main.lock", region=REGION)
ORGANIZATION = Organization(lock=PLACE)
LIMITS = load_limits()
RENEWAL, LEASE = LIMITS.seconds("lock.lease")
PAUSE, MARGIN = LIMITS.seconds("lock.margin")


@dataclass
class Time:
    """The time that passes for everyone."""

    passed: float = 0.0


@dataclass
class Watch:
    """One computer's idea of the time: as many seconds pass, from a beginning of its own."""

    time: Time
    beginning: float = 1_800_000_000.0

    def now(self) -> float:
        return self.beginning + self.time.passed

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.time.passed += seconds


def holder(run: str, **more: Any) -> Holder:
    """The facts about a run."""
    facts: dict[str, Any] = {
        "owner": f"{run}-owner",
        "host": f"{run}-host",
        "process": 4711,
        "command": "factory apply --yes",
        "link": f"https://ci.example/{run}",
        "commit": "abc123",
    }
    return Holder(run=run, **{**facts, **more})


@dataclass
class Scene:
    """A bucket, and the runs that were made of it so far; clocks differ by an hour from one run to the next."""

    s3: Bucket
    time: Time
    runs: dict[str, Lease] = field(default_factory=dict)

    def run(self, name: str, limits: Limits = LIMITS) -> Lease:
        """A run that has not taken the lock yet."""
        watch = Watch(self.time, 1_800_000_000.0 + 3600 * (len(self.runs) + 1))
        objects = self.s3.aws(limits, watch).objects(NAME, REGION)
        self.runs[name] = Lease(objects, PLACE, holder(name), limits, watch)
        return self.runs[name]

    def holding(self, name: str) -> Lease:
        """A run that holds the lock."""
        made = self.run(name)
        made.acquire()
        return made

    def passes(self, seconds: float) -> None:
        """Let time pass."""
        self.time.passed += seconds


@contextmanager
def scene() -> Iterator[Scene]:
    """An empty bucket."""
    time = Time()
    with bucket(Watch(time)) as s3:
        yield Scene(s3, time)
