"""A strict AWS in a box: Organizations, StackSets and what goes with them, in process, behind real boto3 clients."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from factory.core.errors import FactoryError
from factory.core.limits import Limits
from factory.sandbox.clock import SimulatedClock
from factory.sandbox.defaults import DEFAULT_LIMITS
from factory.sandbox.faults import Call, Crash, Faults, Lost, Strike
from factory.sandbox.inventory import Resource, resources
from factory.sandbox.running_clock import RunningClock
from factory.sandbox.seeding import new_state
from factory.sandbox.simulation import Simulation
from factory.sandbox.state import MANAGEMENT_ACCOUNT, State, UnusableState, move
from factory.sandbox.store import Store
from factory.sandbox.world import Paging, Timing

if TYPE_CHECKING:
    import boto3

    from factory.sandbox.server import Hook, Server

__all__ = [
    "MANAGEMENT_ACCOUNT",
    "Call",
    "Crash",
    "Faults",
    "Lost",
    "Paging",
    "Resource",
    "Sandbox",
    "SimulatedClock",
    "State",
    "Strike",
    "Timing",
]


class Sandbox:
    """One simulated AWS organization, active between ``with`` and its end.

    It refuses what AWS refuses and takes its time as AWS does, on its own clock: nothing waits for real, and
    no request leaves the process while it is active. With a ``path`` (of a folder) it remembers
    everything between runs and belongs to one process at a time; without, it forgets. The same ``seed`` gives
    the same ids. ``limits`` is the table of quotas and rates; without one, a small table with AWS's hard
    quotas and no rates is used. ``rates=False`` never throttles. ``faults`` go wrong on purpose.
    With ``speed`` real time passes, that many times as fast, from this computer's time on.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        limits: Limits | None = None,
        seed: int = 0,
        page_size: int = 20,
        empty_page_every: int = 16,
        rates: bool = True,
        timing: Timing | None = None,
        faults: Faults | None = None,
        speed: float | None = None,
    ) -> None:
        self._store = Store(path) if path is not None else None
        self._limits = limits if limits is not None else DEFAULT_LIMITS
        self._seed = seed
        self._paging = Paging(page_size, empty_page_every)
        self._rates = rates
        self._timing = timing or Timing()
        self._faults = faults
        self._speed = speed
        self._simulation: Simulation | None = None
        self._unusable: UnusableState | None = None
        self._entered = False

    def __enter__(self) -> Sandbox:
        if self._entered:
            raise FactoryError("this sandbox is already active", "enter it once, and take several sessions")
        if self._store is not None:
            self._store.open()
        self._entered = True
        try:
            self._start(self._load())
        except UnusableState as error:
            # Kept until the state is needed, so that ``reset`` can still help.
            self._unusable = error
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._simulation is not None:
                self._simulation.save()
        finally:
            self._stop()

    @property
    def clock(self) -> SimulatedClock:
        """The sandbox's time; give it to whatever would wait or look at a clock."""
        return self._active.clock

    @property
    def state(self) -> State:
        """Everything AWS knows, up to date with the clock. Tests may change it to set a scene."""
        return self._active.state

    def resources(self, account_id: str, region: str, type: str | None = None) -> list[Resource]:
        """What stacks and hands have made in an account and Region, up to date with the clock, with its properties."""
        return resources(self.state, account_id, region, type)

    @property
    def calls(self) -> list[Call]:
        """Every request so far, in order, lost ones included: service, operation, parameters."""
        return self._active.calls

    @property
    def faults(self) -> Faults | None:
        """What goes wrong on purpose. Whatever is set counts calls from one; ``None`` mends the world."""
        return self._faults

    @faults.setter
    def faults(self, faults: Faults | None) -> None:
        self._faults = faults
        if self._simulation is not None:
            self._simulation.inject(faults)

    @property
    def struck(self) -> list[Strike]:
        """Every fault of the last ``faults`` that struck, in order: number of the call, the call, what."""
        return self._active.injector.struck

    @property
    def refusals(self) -> list[tuple[Call, str]]:
        """The requests that were refused, each with the error code."""
        return self._active.refusals

    @property
    def watchers(self) -> list[Callable[[Call], None]]:
        """Functions called after every request that succeeded, with the state already changed."""
        return self._active.watchers

    def session(self, account_id: str = MANAGEMENT_ACCOUNT, region: str = "us-east-1") -> boto3.Session:
        """A boto3 session in this sandbox with the credentials of this account; any other AWS is out of its reach."""
        from factory.sandbox.service import SERVICES
        from factory.sandbox.session import new_session

        return new_session(self._active.name, account_id, region, SERVICES)

    @contextmanager
    def served(self, port: int = 0, *, before: Hook | None = None, after: Hook | None = None) -> Iterator[Server]:
        """Answer HTTP on this computer's own address while inside, for other processes. Port 0: a free one.

        ``before`` and ``after`` are called around every call. Where time is simulated it does not pass by
        itself: give the sandbox a ``speed``. Raises ``FactoryError`` where the port is taken.
        """
        from factory.sandbox.server import Server

        with Server(self._active, port, before, after) as server:
            yield server

    def reset(self) -> None:
        """Back to an empty organization, also where the stored state cannot be read; active or not."""
        if self._simulation is not None:
            self._simulation.restart(self._in_time(new_state(self._seed)))
        elif self._entered:
            self._start(new_state(self._seed))
        elif self._store is not None:
            self._store.open()
            try:
                self._store.delete()
            finally:
                self._store.close()

    @property
    def _active(self) -> Simulation:
        if self._unusable is not None:
            raise self._unusable
        if self._simulation is None:
            raise FactoryError("the sandbox is not active", "use it in a with statement")
        return self._simulation

    def _load(self) -> State:
        stored = self._store.load() if self._store is not None else None
        return stored or new_state(self._seed)

    def _in_time(self, state: State) -> State:
        """Real time must not go back: what simulated time has put into the future is brought before now."""
        if self._speed is not None and state.now > (now := time.time()):
            move(state, now - state.now)
        return state

    def _start(self, state: State) -> None:
        # moto and boto3 are slow to import, and only a sandbox in use needs them.
        from factory.sandbox.service import activate
        from factory.sandbox.session import new_name

        simulation = Simulation(
            new_name(),
            self._in_time(state),
            self._limits,
            rates=self._rates,
            paging=self._paging,
            timing=self._timing,
            save=self._store.save if self._store else _forget,
            clock=RunningClock(self._speed) if self._speed is not None else None,
        )
        if self._faults is not None:
            simulation.inject(self._faults)
        activate(simulation)
        self._simulation, self._unusable = simulation, None

    def _stop(self) -> None:
        from factory.sandbox.service import deactivate

        if self._simulation is not None:
            deactivate(self._simulation)
        if self._store is not None:
            self._store.close()
        self._simulation, self._unusable, self._entered = None, None, False


def _forget(_: State) -> None:
    """A sandbox without a path keeps nothing."""
