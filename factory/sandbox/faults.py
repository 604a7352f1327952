"""Faults on purpose, from a seed: refusals, lost messages, old answers, failed creations, expiry and crashes."""

from __future__ import annotations

import math
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from factory.sandbox import ids
from factory.sandbox.refused import Refused, expired, throttled
from factory.sandbox.state import State
from factory.sandbox.world import World

_CURRENT = ("sts", "s3")
"""Services that always answer with the present: STS knows no organization, S3 is strongly consistent."""

_STRONG = frozenset({"DescribeStackSet", "ListStackSets", "DescribeStackSetOperation"})
"""Reads of a service that may lag which never do (CloudFormation API reference, "strongly consistent reads")."""


class Call(NamedTuple):
    """One request that a client sent."""

    service: str
    operation: str
    request: dict[str, Any]


class Strike(NamedTuple):
    """A fault that struck: at which call, counted from when the faults were set, and what it was.

    ``what`` is ``throttled``, ``conflict``, ``overlap``, ``object conflict``, ``lost before``, ``lost after``,
    ``stale``, ``expired``, ``crash before``, ``crash after``, or the failure reason that a creation will end with.
    """

    number: int
    call: Call
    what: str


class Crash(BaseException):
    """The client is gone at this very moment: no handler of ``Exception`` hears of it, as of a kill."""


class Lost(Exception):
    """No answer comes back. ``heard``: the request arrived, and was carried out or refused, all the same."""

    def __init__(self, *, heard: bool) -> None:
        super().__init__("the answer is lost" if heard else "the request is lost")
        self.heard = heard


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What goes wrong, and how often. Shares are from 0 to 1; which calls they strike, ``seed`` decides.

    ``throttled``: share of calls refused with the service's throttling error. ``conflicts``: share of writes to
    the organization refused with ConcurrentModificationException; ``overlap_seconds``: so is every write that
    arrives this soon after the last successful one. ``object_conflicts``: share of conditional writes to S3
    refused with ConditionalRequestConflict. ``lost_before``: share of calls that never arrive; ``lost_after``:
    share whose answer does not. ``stale_seconds``: a read may show the organization as it was up to this long
    ago. ``creation_failures``: failure reason -> share of account creations that end with it.
    ``expires_after_calls``: after so many calls the credentials have expired. ``crash_at``: the call at which
    `Crash` is raised, before its effect or, with ``crash_after``, when it is done and stored.

    The same seed and calls give the same faults. Raises ``ValueError`` for shares that are none.
    """

    seed: int = 0
    throttled: float = 0.0
    conflicts: float = 0.0
    object_conflicts: float = 0.0
    overlap_seconds: float = 0.0
    lost_before: float = 0.0
    lost_after: float = 0.0
    stale_seconds: float = 0.0
    creation_failures: Mapping[str, float] = field(default_factory=dict)
    expires_after_calls: int | None = None
    crash_at: int | None = None
    crash_after: bool = False

    def __post_init__(self) -> None:
        # One draw a call: so the shares are exact, and no call is struck twice.
        of_writes = (self._bands(True, False).values(), self._bands(False, True).values())
        for shares in (*of_writes, self.creation_failures.values()):
            if any(share < 0 for share in shares) or sum(shares) > 1 + 1e-9:
                raise ValueError("shares of calls are from 0 to 1, and together at most 1")

    def band(self, number: int, *, organization_write: bool, conditional_write: bool) -> str | None:
        """Which of the faults that come by share strikes this call, if any."""
        return self._draw("call", number, self._bands(organization_write, conditional_write))

    def creation_failure(self, number: int) -> str | None:
        """How a creation asked for by this call is doomed to end."""
        return self._draw("creation", number, self.creation_failures)

    def _bands(self, organization_write: bool, conditional_write: bool) -> dict[str, float]:
        return {
            "lost before": self.lost_before,
            "lost after": self.lost_after,
            "throttled": self.throttled,
            "conflict": self.conflicts * organization_write,
            "object conflict": self.object_conflicts * conditional_write,
        }

    def _draw(self, kind: str, number: int, shares: Mapping[str, float]) -> str | None:
        if not any(shares.values()):
            return None
        drawn = ids.fraction(self.seed, kind, number)
        for what, share in shares.items():
            if drawn < share:
                return what
            drawn -= share
        return None


class Injector:
    """Faults at work on one simulated AWS: it counts calls, strikes, and remembers what it struck."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.struck: list[Strike] = []
        self._number = 0
        self._written_at = -math.inf
        self._past: list[tuple[float, bytes]] = []

    @property
    def keeps_past(self) -> bool:
        """Whether old states are kept, for reads to see."""
        return self.faults.stale_seconds > 0

    def counted(self) -> int:
        """The number of the call that comes now."""
        self._number += 1
        return self._number

    def before(self, number: int, call: Call, now: float, *, writes: bool) -> None:
        """Strike a call before it acts. Raises `Crash`, `Lost` or ``Refused``."""
        what, error = self._verdict(number, call, now, writes)
        if error is not None:
            self._strike(number, call, what)
            raise error

    def after(self, number: int, call: Call, *, writes: bool) -> None:
        """Strike a call that has acted or was refused, before its answer is out. Raises `Crash` or `Lost`."""
        if self.faults.crash_at == number and self.faults.crash_after:
            self._strike(number, call, "crash after")
            raise Crash
        if self._band(number, call, writes) == "lost after":
            self._strike(number, call, "lost after")
            raise Lost(heard=True)

    def seen(self, number: int, call: Call, world: World, *, writes: bool) -> World:
        """The world as this call sees it: reads may see an older one, a creation the reason it will fail for."""
        if writes:
            doom = self.faults.creation_failure(number) if call.operation == "CreateAccount" else None
            if doom is None:
                return world
            self._strike(number, call, doom)
            return replace(world, creation_fails=doom)
        if not self._past or call.service in _CURRENT or call.operation in _STRONG:
            return world
        moment = world.now - self.faults.stale_seconds * ids.fraction(self.faults.seed, "stale", number)
        old = next((picture for until, picture in self._past if moment < until), None)
        if old is None:
            return world
        self._strike(number, call, "stale")
        return replace(world, state=pickle.loads(old), cache={})

    def written(self, now: float) -> None:
        """A write to the organization has succeeded at this time."""
        self._written_at = now

    def picture(self, state: State) -> bytes:
        """The state before a change; nothing where the past is not kept. Pickled: much cheaper than a deep copy."""
        return pickle.dumps(state, pickle.HIGHEST_PROTOCOL) if self.keeps_past else b""

    def changed(self, before: bytes, now: float) -> None:
        """Until now the state was as in this ``picture``. What is too old for any read is forgotten."""
        if self.keeps_past:
            self._past.append((now, before))
            while self._past[0][0] <= now - self.faults.stale_seconds:
                self._past.pop(0)

    def _verdict(self, number: int, call: Call, now: float, writes: bool) -> tuple[str, BaseException | None]:
        faults, band = self.faults, self._band(number, call, writes)
        if faults.crash_at == number and not faults.crash_after:
            return "crash before", Crash()
        if band == "lost before":
            return band, Lost(heard=False)
        if faults.expires_after_calls is not None and number > faults.expires_after_calls:
            return "expired", expired(call.service)
        if band == "throttled":
            return band, throttled(call.service)
        if band == "object conflict":
            return band, Refused("ConditionalRequestConflict", "A conflicting operation occurred.", status=409)
        overlaps = _is_organization_write(call, writes) and now - self._written_at < faults.overlap_seconds
        if band == "conflict" or overlaps:
            message = "The target of the operation is currently being modified by a different request."
            return band or "overlap", Refused("ConcurrentModificationException", message)
        return "", None

    def _band(self, number: int, call: Call, writes: bool) -> str | None:
        conditional = call.service == "s3" and writes and bool(_CONDITIONS & call.request.keys())
        return self.faults.band(
            number, organization_write=_is_organization_write(call, writes), conditional_write=conditional
        )

    def _strike(self, number: int, call: Call, what: str) -> None:
        self.struck.append(Strike(number, call, what))


_CONDITIONS = frozenset({"IfMatch", "IfNoneMatch"})


def _is_organization_write(call: Call, writes: bool) -> bool:
    return writes and call.service == "organizations"
