"""Builds an organization in throw-away sandboxes, undisturbed and under faults, and compares how it ends."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from factory import engine
from factory.aws.session import from_session
from factory.core.change import Cause, Plan, Report, Status
from factory.core.errors import FactoryError
from factory.core.limits import Limits
from factory.sandbox import Crash, Faults, Sandbox
from factory.sandbox.ids import draw
from factory.sandbox.picture import picture

if TYPE_CHECKING:
    from factory.spec import Organization

_CONSENT = engine.Consent()


@dataclass(frozen=True)
class Weather:
    """What goes wrong: shares of calls from 0 to 1, ``stale`` in seconds, ``runs`` at most."""

    seed: int
    throttled: float
    conflicts: float
    lost: float
    stale: float
    crashes: int
    runs: int


@dataclass(frozen=True)
class Calm:
    """An undisturbed build: its calls, those before its first write among them, seconds, and what it made."""

    calls: int
    reads: int
    seconds: float
    made: Mapping[str, str]


@dataclass(frozen=True)
class Run:
    """One run under faults: how many calls it made, how often each fault struck, and how it ended."""

    number: int
    calls: int
    struck: Mapping[str, int]
    end: str


@dataclass(frozen=True)
class Outcome:
    """Where it led.

    ``accounts``: how many were made. ``twice``: e-mails for which an account was asked more than once; that AWS
    would then refuse the second is luck. ``left``: the plan without faults afterwards, ``None`` where it could
    not be made. ``different``: what is not as undisturbed.
    """

    runs: tuple[Run, ...]
    accounts: int
    twice: tuple[str, ...]
    left: Plan | None
    different: tuple[str, ...]

    @property
    def calls(self) -> int:
        """Calls of all runs."""
        return sum(run.calls for run in self.runs)

    @property
    def converged(self) -> bool:
        """No account twice, nothing left to do, and all as undisturbed."""
        return not self.twice and self.left is not None and self.left.empty and not self.different


def calm(organization: Organization, limits: Limits) -> Calm:
    """Build it once without faults. Raises ``FactoryError`` where that does not get to its end."""
    with Sandbox(limits=limits) as box:
        began = box.clock.now()
        aws = from_session(box.session(), limits, box.clock)
        plan = engine.plan(organization, aws, _CONSENT)
        reads = len(box.calls)
        report = engine.apply(plan, aws, organization, _CONSENT, _unwatched)
        _stop_if_interrupted(report)
        if not report.complete:
            raise FactoryError(
                f"an undisturbed build in an empty organization does not get to its end either: {_ended(report)}",
                "see what is left with: factory apply --sandbox",
            )
        return Calm(len(box.calls), reads, box.clock.now() - began, picture(box.state))


def storm(
    organization: Organization, limits: Limits, weather: Weather, undisturbed: Calm, told: Callable[[Run], None]
) -> Outcome:
    """Build it under faults, run after run, until a run finds nothing left to do; each run is ``told``."""
    runs: list[Run] = []
    noted = b""
    with _repeatable(weather.seed), Sandbox(limits=limits) as box:
        for number in range(1, weather.runs + 1):
            box.faults = _faults(weather, undisturbed, number)
            before = len(box.calls)
            journal = engine.Journal(clock=box.clock, content=noted)
            done, end = _run(organization, limits, box, journal)
            noted = journal.content
            struck = Counter(strike.what for strike in box.struck)
            runs.append(Run(number, len(box.calls) - before, struck, end))
            told(runs[-1])
            if done:
                break
        box.faults = None
        # What a read may still show of the past is past by then.
        box.clock.sleep(weather.stale)
        left = _left(organization, limits, box)
        made = picture(box.state)
        accounts = len(box.state.accounts) - 1
        asked = Counter(creation.email.casefold() for creation in box.state.creations.values())
    wanted = undisturbed.made
    different = [what for what in sorted({*made, *wanted}) if made.get(what) != wanted.get(what)]
    twice = [email for email, count in asked.items() if count > 1]
    return Outcome(tuple(runs), accounts, tuple(twice), left, tuple(different))


@contextmanager
def _repeatable(seed: int) -> Iterator[None]:
    """Let the waits of botocore's retries, which it draws from Python's own generator, follow from the seed."""
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)


def _faults(weather: Weather, undisturbed: Calm, number: int) -> Faults:
    seed = draw(weather.seed, "run", number)
    crashes = number <= weather.crashes
    # Somewhere between the middle of the first read and a fair part of the way, so that every crash strikes.
    first = max(1, undisturbed.reads // 2)
    last = undisturbed.reads + (undisturbed.calls - undisturbed.reads) // max(1, weather.crashes)
    return Faults(
        seed=seed,
        throttled=weather.throttled,
        conflicts=weather.conflicts,
        lost_before=weather.lost / 2,
        lost_after=weather.lost / 2,
        stale_seconds=weather.stale,
        crash_at=first + draw(seed, "crash") % max(1, last - first) if crashes else None,
        crash_after=bool(draw(seed, "after") % 2),
    )


def _run(organization: Organization, limits: Limits, box: Sandbox, journal: engine.Journal) -> tuple[bool, str]:
    """One run as a process of its own would make it: whether nothing is left to do, and how it ended."""
    try:
        aws = from_session(box.session(), limits, box.clock)
        plan = engine.plan(organization, aws, _CONSENT)
        if plan.refusals:
            return False, f"refused: {plan.refusals[0].message} ({plan.refusals[0].rule})"
        if plan.empty:
            return True, "nothing left to do"
        report = engine.apply(plan, aws, organization, _CONSENT, _unwatched, journal=journal)
    except Crash:
        strike = box.struck[-1]
        return False, f"cut off {strike.what.removeprefix('crash ')} call {strike.number}, {strike.call.operation}"
    except FactoryError as error:
        return False, _anonymous(error.what)
    _stop_if_interrupted(report)
    return report.complete, _ended(report)


def _left(organization: Organization, limits: Limits, box: Sandbox) -> Plan | None:
    try:
        return engine.plan(organization, from_session(box.session(), limits, box.clock), _CONSENT)
    except FactoryError:
        return None


def _ended(report: Report) -> str:
    if report.complete:
        return "complete"
    counts = {status: len(report.of(status)) for status in Status}
    words = [f"{count} {status}" for status, count in counts.items() if count]
    if report.remaining is None:
        words.append("what is left could not be read")
    elif report.remaining.changes:
        words.append(f"{len(report.remaining.changes)} left to do")
    failed = next((result.error for result in report.results if result.status is Status.FAILED), "")
    return ", ".join(words) + (f": {_anonymous(failed)}" if failed else "")


def _anonymous(error: str) -> str:
    """An error's first line without AWS's request id: that is another one each time."""
    return re.sub(r" \[request [^]]*\]", "", error.splitlines()[0])


def _stop_if_interrupted(report: Report) -> None:
    if report.stopped is not None and report.stopped.cause is Cause.INTERRUPT:
        raise KeyboardInterrupt


def _unwatched(_: object) -> None:
    """Nobody watches the single changes."""
