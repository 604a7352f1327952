"""A kind that does as it is told, on a clock that only moves when someone sleeps: the scheduler by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from factory.aws.pacing import Pacing
from factory.core.address import Address
from factory.core.change import Action, Change, Plan, Result, Stop
from factory.core.limits import Limit, Limits
from factory.core.resource import Identity, Resource
from factory.engine.scheduler import Brake, Event, run
from factory.kinds.base import Done, Kind, Outcome, Pending, Site
from factory.sandbox.clock import SimulatedClock

POLL = 5.0
DEADLINE = 60.0
IN_FLIGHT = 3
WAIT = "wait"
"""In a script: AWS is still at work."""

IDENTITY = Identity("o-exampleorgid", "111111111111", "r-root")


@dataclass(frozen=True)
class Aws:
    """As much of AWS as the scheduler itself looks at."""

    limits: Limits
    clock: SimulatedClock
    pacing: Pacing


@dataclass
class Scripted(Kind):
    """Plays one script a thing: `WAIT`, an id, or an error for the start and for every poll after it.

    A tuple is `WAIT`, and how far AWS has come.

    A script that is used up means done. ``moments`` is what happened: what, to which thing, when.
    """

    kind: str
    clock: SimulatedClock
    scripts: dict[str, list[Any]] = field(default_factory=dict)
    poll_errors: list[Exception | None] = field(default_factory=list)
    moments: list[tuple[str, str, float]] = field(default_factory=list)
    running: set[str] = field(default_factory=set)
    most_running: int = 0
    seen_books: dict[str, dict[Address, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.name = self.kind  # type: ignore[misc]
        self.limit = f"{self.kind}.Make"  # type: ignore[misc]

    def start(self, change: Change, site: Site) -> Outcome:
        name = change.address.name
        self.moments.append(("start", name, self.clock.now()))
        if change.action is Action.CREATE:
            site.aws.pacing.turn(self.limit or "")
        self.seen_books[name] = dict(site.book)
        outcome = self._play(Pending(change, f"token-{name}", self.clock.now(), "the thing"))
        if isinstance(outcome, BaseException):
            raise outcome
        if isinstance(outcome, Pending):
            self.running.add(name)
            self.most_running = max(self.most_running, len(self.running))
        return outcome

    def poll(self, pending: Sequence[Pending], site: Site) -> Mapping[Address, Outcome | Exception]:
        names = sorted(item.change.address.name for item in pending)
        self.moments.append(("poll", " ".join(names), self.clock.now()))
        error = self.poll_errors.pop(0) if self.poll_errors else None
        if error is not None:
            raise error
        outcomes: dict[Address, Outcome | Exception] = {}
        for item in pending:
            outcome = self._play(item)
            if not isinstance(outcome, Pending):
                self.running.discard(item.change.address.name)
            if outcome is not item:
                outcomes[item.change.address] = outcome
        return outcomes

    def _play(self, item: Pending) -> Outcome | Exception:
        name = item.change.address.name
        script = self.scripts.get(name, [])
        step = script.pop(0) if script else f"id-{name}"
        if step == WAIT:
            return item
        if isinstance(step, tuple):
            return replace(item, progress=step)
        return step if isinstance(step, BaseException) else Done(step)  # type: ignore[return-value]

    def times(self, what: str) -> list[float]:
        return [when for happened, _, when in self.moments if happened == what]


@dataclass
class Stage:
    """Kinds, a clock, and what running a plan on them gave."""

    clock: SimulatedClock
    kinds: dict[str, Scripted]
    events: list[Event] = field(default_factory=list)
    site: Site | None = None
    stopped: Stop | None = None
    brake: Brake = field(default_factory=Brake)
    rate: float | None = None
    """Creations of each kind a second, one at once; ``None``: as many as one likes."""

    @property
    def thing(self) -> Scripted:
        return self.kinds["thing"]

    def run(self, *changes: Change, **waits: str) -> dict[str, Result]:
        """Carry the changes out; ``b="a c"`` lets b wait for a and c. Results by name, in their order."""
        by_name = {change.address.name: change.address for change in changes}
        relation = {by_name[n]: frozenset(by_name[o] for o in others.split()) for n, others in waits.items()}
        limits = Limits(
            {
                kind.limit: Limit(
                    kind.limit,
                    rate=self.rate,
                    burst=1 if self.rate else None,
                    in_flight=IN_FLIGHT,
                    poll_seconds=POLL,
                    deadline_seconds=DEADLINE,
                )
                for kind in self.kinds.values()
            }
        )
        site: Any = Site(Aws(limits, self.clock, Pacing(limits, self.clock)), IDENTITY, {})  # type: ignore[arg-type]
        self.site = site
        results, self.stopped = run(Plan(IDENTITY, changes, relation), site, self.events.append, self.brake)
        return {result.change.address.name: result for result in results}

    def told(self) -> list[str]:
        """The events in order, as ``kind name``."""
        return [f"{event.kind} {event.change.address.name}" for event in self.events]


def create(name: str, kind: str = "thing") -> Change:
    return Change(Action.CREATE, "create", None, Resource(Address(kind, name)))


def update(name: str, kind: str = "thing") -> Change:
    have = Resource(Address(kind, name), {"size": 1}, id=f"id-{name}")
    return Change(Action.UPDATE, "update", have, Resource(Address(kind, name), {"size": 2}, id=f"id-{name}"))
