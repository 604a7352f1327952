"""One scheduler for all changes: writes one at a time, what AWS works on polled, failures kept to their branch."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from factory.aws.context import about
from factory.core.address import Address
from factory.core.change import Action, Cause, Change, Plan, Result, Status, Stop
from factory.core.errors import FactoryError, LockedOut, WrongOrganization
from factory.engine.events import LogEvent, emit
from factory.engine.journal import JournalBroken, OutcomeUnnoted
from factory.kinds import registry
from factory.kinds.base import Done, Kind, Outcome, Pending, Progress, Site


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a change while applying; ``seconds`` since it was started.

    ``about`` is what a progress tells of that many changes share, ``change`` being one of them.
    """

    kind: Literal["start", "progress", "done", "failed", "blocked", "pending"]
    change: Change
    note: str = ""
    seconds: float = 0.0
    about: Address | None = None


Watch = Callable[[Event], None]
_AGAIN = "run apply again: it goes on from where AWS is"
_HOPELESS: Mapping[type[Exception], Cause] = {
    WrongOrganization: Cause.CREDENTIALS,
    LockedOut: Cause.LOCK,
    JournalBroken: Cause.JOURNAL,
}
"""Errors after which nothing more can succeed in this run."""


@dataclass
class Brake:
    """How a run is asked to end: nothing more is begun, and what AWS works on is followed to its end.

    May be pulled from a signal handler. The handler raises ``KeyboardInterrupt`` to end the run at once.
    """

    cause: Cause | None = None

    def pull(self, cause: Cause) -> None:
        """Ask for the end; the first to ask is the cause."""
        self.cause = self.cause or cause


def run(plan: Plan, site: Site, watch: Watch, brake: Brake | None = None) -> tuple[tuple[Result, ...], Stop | None]:
    """Carry out a plan's changes in its order; the results come in that order, and what ended the run early, if so.

    A change starts once all it waits for is done. What depends on a failed change is blocked, the rest goes on.
    What AWS does not finish within its deadline stays pending: a later run picks it up from AWS. So does what AWS
    could not be asked about; only an answer about the thing itself makes it a failure. Where nothing more can
    succeed (credentials expired, lock lost, journal not writable), nothing more is tried.
    """
    attempt = _Run(plan, site, watch, brake or Brake())
    try:
        attempt.carry_out()
    except KeyboardInterrupt:
        attempt.stopped = asked_to(attempt.brake.cause or Cause.INTERRUPT)
    attempt.account_for_the_rest()
    return tuple(attempt.results[change.address] for change in plan.changes), attempt.stopped


@dataclass
class _Run:
    plan: Plan
    site: Site
    watch: Watch
    brake: Brake
    results: dict[Address, Result] = field(default_factory=dict)
    pending: dict[Address, Pending] = field(default_factory=dict)
    started: dict[Address, float] = field(default_factory=dict)
    polled: dict[str, float] = field(default_factory=dict)
    fresh: set[str] = field(default_factory=set)
    unanswered: dict[str, FactoryError] = field(default_factory=dict)
    counted: dict[Address, Progress] = field(default_factory=dict)
    lost: bool = False
    stopped: Stop | None = None
    hopeless: bool = False

    def account_for_the_rest(self) -> None:
        """Say what became of everything that has no result yet: AWS may still be at work on what was begun."""
        for change in self.plan.changes:
            if change.address in self.results:
                continue
            begun = change.address in self.started
            status = Status.PENDING if begun else Status.NOT_STARTED
            why = "the run ended before AWS's last word on it was heard" if begun else ""
            self.results[change.address] = Result(change, status, why, _AGAIN if begun else "")

    def _braking(self) -> bool:
        """Whether nothing more may be begun."""
        if self.brake.cause is not None and self.stopped is None:
            self.stopped = asked_to(self.brake.cause)
            self.site.halted.update(dict.fromkeys(registry(), "the run is being stopped"))
        return self.stopped is not None

    def _give_up(self, error: Exception) -> None:
        """Take note of an error after which nothing more can succeed in this run."""
        cause = next((cause for kind, cause in _HOPELESS.items() if isinstance(error, kind)), None)
        if cause is not None:
            told = _told(error)
            # Who lost the lock is told how to go on.
            fix = told.fix if cause is Cause.LOCK else f"{told.fix}; then {_AGAIN}".removeprefix("; then ")
            self.stopped, self.hopeless = Stop(cause, told.what, fix), True

    def carry_out(self) -> None:
        waiting = list(self.plan.changes)
        while (waiting or self.pending) and not self.hopeless:
            self._poll_due()
            waiting = self._without_blocked(waiting)
            if self._braking() and not self.pending:
                return
            change = None if self.stopped else next(self._ready(waiting, self._full() | self._early()), None)
            if change is not None:
                waiting.remove(change)
                self._start(change)
            elif self.fresh:
                # All that could be started is: what begins together does so now.
                self.polled |= dict.fromkeys(self.fresh, -math.inf)
                self.fresh.clear()
            elif due := self._due(waiting):
                self.site.aws.clock.sleep(max(min(due) - self.site.aws.clock.now(), 0.0))
            elif waiting:
                raise ValueError("the plan's changes wait for each other")

    def _waits(self, change: Change) -> frozenset[Address]:
        return self.plan.waits.get(change.address, frozenset())

    def _ready(self, waiting: Iterable[Change], held: Container[str]) -> Iterator[Change]:
        """What waits for nothing any more; of the kinds that are held nothing is created."""
        for change in waiting:
            if change.action is Action.CREATE and change.address.kind in held:
                continue
            if all(a in self.results for a in self._waits(change)):
                yield change

    def _full(self) -> set[str]:
        return {name for name, kind in registry().items() if not self._has_room(kind)}

    def _early(self) -> set[str]:
        """Kinds whose next creation AWS would not take yet: begun now, it would keep all else waiting along with it."""
        return {name for name, kind in registry().items() if self._until_turn(kind) > 0}

    def _until_turn(self, kind: Kind) -> float:
        return self.site.aws.pacing.until_turn(kind.limit or "")

    def _has_room(self, kind: Kind) -> bool:
        limit = self.site.aws.limits.get(kind.limit or "")
        if limit is None or limit.in_flight is None:
            return True
        return sum(1 for address in self.pending if address.kind == kind.name) < limit.in_flight

    def _without_blocked(self, waiting: list[Change]) -> list[Change]:
        while self.lost:
            self.lost = False  # and true again as soon as one more is blocked
            left = []
            for change in waiting:
                lost = sorted(
                    a for a in self._waits(change) if a in self.results and self.results[a].status is not Status.DONE
                )
                if lost:
                    self._finish(change, Status.BLOCKED, f"waits for {lost[0]}, which is not done")
                else:
                    left.append(change)
            waiting = left
        return waiting

    def _start(self, change: Change) -> None:
        self.started[change.address] = self.site.aws.clock.now()
        self.watch(Event("start", change))
        with about(change):
            emit(LogEvent.STARTED)
            try:
                self._record(change, registry()[change.address.kind].start(change, self.site))
            except Exception as error:
                self._record(change, error)

    def _record(self, change: Change, outcome: Outcome | Exception) -> None:
        match outcome:
            case Done():
                if outcome.id is not None:
                    self.site.book[change.address] = outcome.id
                self.pending.pop(change.address, None)
                self._finish(change, Status.DONE, note=outcome.note)
            case Pending():
                self._wait(change, outcome)
            case Exception():
                begun = self.pending.pop(change.address, None) is not None
                error = _told(outcome)
                self._give_up(outcome)
                if (begun and isinstance(outcome, tuple(_HOPELESS))) or isinstance(outcome, OutcomeUnnoted):
                    # AWS has done its part, or will: an account may be there, and wait in the root for its move.
                    self._finish(change, Status.PENDING, f"begun, and not finished: {error.what}", _AGAIN)
                else:
                    self._finish(change, Status.FAILED, error.what, error.fix)

    def _wait(self, change: Change, item: Pending) -> None:
        kind, now = change.address.kind, self.site.aws.clock.now()
        error = self.unanswered.get(kind)
        if now - item.since >= self.site.aws.limits.seconds(self._limit(change))[1] or self.hopeless:
            self.pending.pop(change.address, None)
            self._finish(change, Status.PENDING, *_late(item, error))
            return
        if change.address not in self.pending:
            if all(address.kind != kind for address in self.pending):
                self.polled[kind] = now
            if registry()[kind].begins_together:
                self.fresh.add(kind)
            self.watch(Event("progress", change, item.waiting_for))
        self.pending[change.address] = item

    def _limit(self, change: Change) -> str:
        return registry()[change.address.kind].limit or ""

    def _next_poll(self, kind: str) -> float:
        item = next(item for a, item in self.pending.items() if a.kind == kind)
        return self.polled[kind] + self.site.aws.limits.seconds(self._limit(item.change))[0]

    def _poll_due(self) -> None:
        looked = False
        for kind in sorted({address.kind for address in self.pending}):
            # A clock that was set back must not make the next look wait until it is where it was.
            self.polled[kind] = min(self.polled[kind], self.site.aws.clock.now())
            if self.site.aws.clock.now() < self._next_poll(kind):
                continue
            self.fresh.discard(kind)
            items = [item for address, item in sorted(self.pending.items()) if address.kind == kind]
            outcomes: Mapping[Address, Outcome | Exception] = {}
            self.unanswered.pop(kind, None)
            try:
                outcomes = registry()[kind].poll(items, self.site)
            except Exception as error:
                # Nothing was learned about any of them, so none of them has failed.
                self.unanswered[kind] = _told(error)
                self._give_up(error)
            self.polled[kind] = self.site.aws.clock.now()
            for item in items:
                self._record(item.change, outcomes.get(item.change.address, item))
            looked = True
        if looked:
            self._tell_progress()

    def _tell_progress(self) -> None:
        """One word on each baseline that operations are under way on, whenever their counts have changed."""
        groups: dict[Address, list[Pending]] = {}
        for _, item in sorted(self.pending.items()):
            for of in {each.of for each in item.progress}:
                groups.setdefault(of, []).append(item)
        for of, items in sorted(groups.items()):
            counts = _sum(of, (each for item in items for each in item.progress if each.of == of))
            if counts == self.counted.get(of):
                continue
            self.counted[of] = counts
            seconds = self.site.aws.clock.now() - min(item.since for item in items)
            change = items[0].change
            self.watch(Event("progress", change, str(counts), seconds, None if change.address == of else of))
            emit(
                LogEvent.ROLLING_OUT,
                address=str(of),
                done=counts.done,
                failed=counts.failed,
                to_go=counts.to_go,
                elapsed_seconds=round(seconds, 3),
            )

    def _due(self, waiting: list[Change]) -> list[float]:
        """When there is something to do again: a look at what is pending, or the turn of a creation."""
        now = self.site.aws.clock.now()
        looks = [self._next_poll(kind) for kind in {address.kind for address in self.pending}]
        early = set() if self.stopped else {change.address.kind for change in self._ready(waiting, self._full())}
        return looks + [now + self._until_turn(registry()[kind]) for kind in early]

    def _finish(self, change: Change, status: Status, error: str = "", fix: str = "", note: str = "") -> None:
        began = self.started.get(change.address)
        seconds = self.site.aws.clock.now() - began if began is not None else 0.0
        self.results[change.address] = Result(change, status, error, fix, seconds, note)
        self.lost |= status is not Status.DONE
        kinds: dict[Status, Literal["done", "failed", "blocked", "pending"]] = {
            Status.DONE: "done",
            Status.FAILED: "failed",
            Status.BLOCKED: "blocked",
            Status.PENDING: "pending",
        }
        self.watch(Event(kinds[status], change, error or note, seconds))
        with about(change):
            emit(
                LogEvent.FINISHED, status=str(status), seconds=round(seconds, 3), error=error or None, note=note or None
            )


def _sum(of: Address, found: Iterable[Progress]) -> Progress:
    """All operations together; of one that several saw, what was seen last."""
    latest = {each.operation: each for each in sorted(found, key=lambda each: each.to_go, reverse=True)}.values()
    done, failed = sum(each.done for each in latest), sum(each.failed for each in latest)
    return Progress(of, "", done, failed, sum(each.to_go for each in latest))


def _told(error: Exception) -> FactoryError:
    """The error in words. A fault of ours ends one change and not the run: what else was done must still be told."""
    if isinstance(error, FactoryError):
        return error
    return FactoryError(f"internal error: {type(error).__name__}: {error}", "report it; other changes are not affected")


def asked_to(cause: Cause) -> Stop:
    """The stop of a run that a person or the machine asked to end."""
    words = "interrupted" if cause is Cause.INTERRUPT else "asked to end (SIGTERM)"
    return Stop(cause, words, _AGAIN)


def _late(item: Pending, error: FactoryError | None) -> tuple[str, str]:
    what, fix = f"waiting for {item.waiting_for or 'the outcome'}", _AGAIN
    if error is None:
        return f"AWS is still at work: {what}", fix
    return f"AWS may still be at work: {what}; the last look failed: {error.what}", f"{error.fix}; {fix}".lstrip("; ")
