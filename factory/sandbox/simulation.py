"""One simulated AWS: takes a call, lets time catch up, checks it, answers it, remembers it."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from factory.core.limits import Limits
from factory.sandbox.clock import SimulatedClock
from factory.sandbox.faults import Call, Faults, Injector
from factory.sandbox.operations import OPERATIONS, Operation
from factory.sandbox.progress import catch_up, next_due
from factory.sandbox.rates import Rates
from factory.sandbox.refused import Refused, throttled
from factory.sandbox.state import State
from factory.sandbox.validation import require_valid
from factory.sandbox.world import Paging, Response, Timing, World

_ROWS = {"resourcegroupstaggingapi": "tagging"}
"""Services whose rows in the limits table are not called as boto3 calls them."""

_NO_FAULTS = Faults()


class Simulation:
    """The state, its clock and its rules behind one method, ``answer``; calls are answered one at a time.

    ``name`` is how the access keys of its clients begin. ``calls`` records every request, those that got lost
    among them, ``refusals`` those that ended in an error, with its code. ``watchers`` are called after every
    request that succeeded. ``save`` is called after every request that changed the state. ``injector`` lets
    things go wrong.
    """

    def __init__(
        self,
        name: str,
        state: State,
        limits: Limits,
        *,
        rates: bool,
        paging: Paging,
        timing: Timing,
        save: Callable[[State], None],
        clock: SimulatedClock | None = None,
    ) -> None:
        self.name = name
        self.clock = clock or SimulatedClock(state.now)
        self.calls: list[Call] = []
        self.refusals: list[tuple[Call, str]] = []
        self.watchers: list[Callable[[Call], None]] = []
        self._save = save
        self._rates = Rates(limits) if rates else None
        self._lock = threading.RLock()
        self._state = state
        self._due = -math.inf
        self._world = World(
            state=state, now=state.now, caller="", region="", limits=limits, timing=timing, paging=paging
        )
        self.injector = Injector(_NO_FAULTS)

    @property
    def state(self) -> State:
        """The state as of the clock's time. Whoever takes it may change it, so nothing derived is kept."""
        with self._lock:
            self._due = -math.inf
            self._catch_up(self._at("", ""))
            self._world.cache.clear()
            self._due = -math.inf
            return self._state

    def answer(self, call: Call, caller: str, region: str, shape: Any) -> Response:
        """AWS's answer. ``shape`` is the input's botocore model. Raises ``Refused`` where AWS says no.

        Faults raise ``Lost`` and ``Crash``.
        """
        if self._world.timing.latency:
            self.clock.sleep(self._world.timing.latency)
        with self._lock:
            self.calls.append(call)
            injector, number, writes = self.injector, self.injector.counted(), _writes(call)
            try:
                injector.before(number, call, self.clock.now(), writes=writes)
                response = self._answer(number, call, caller, region, shape)
            except Refused as refused:
                self.refusals.append((call, refused.code))
                injector.after(number, call, writes=writes)
                raise
            for watcher in self.watchers:
                watcher(call)
            injector.after(number, call, writes=writes)
            return response

    def inject(self, faults: Faults | None) -> None:
        """Let these go wrong from now on, counted from one; ``None``: nothing any more."""
        with self._lock:
            struck = self.injector.struck
            self.injector = Injector(faults or _NO_FAULTS)
            if faults is None:
                # Who mends the world still wants to know what was broken.
                self.injector.struck = struck

    def restart(self, state: State) -> None:
        """Go on with another state, at its time; records and throttles start afresh."""
        with self._lock:
            self._state, self._due = state, -math.inf
            self._world = replace(self._world, state=state, cache={})
            self.clock.set(state.now)
            if self._rates is not None:
                self._rates = Rates(self._world.limits)
            self.calls.clear()
            self.refusals.clear()
            self.injector = Injector(self.injector.faults)
            self.save()

    def save(self) -> None:
        """Write the state with the clock's time."""
        with self._lock:
            self._state.now = self.clock.now()
            self._save(self._state)

    def _answer(self, number: int, call: Call, caller: str, region: str, shape: Any) -> Response:
        operation = OPERATIONS.get(call.service, {}).get(call.operation)
        if operation is None:
            raise not_simulated(call.service, call.operation)
        world = self._at(caller, region)
        changed = self._catch_up(world)
        self._throttle(call, world.now)
        if shape is not None:
            require_valid(call.service, shape, call.request)
        if call.service == "organizations":
            _require_permission(world, call, operation)
        if call.service == "cloudformation" and not operation.members:
            _require_administrator(world)
        before = self.injector.picture(self._state) if operation.writes else b""
        response = operation.answer(self.injector.seen(number, call, world, writes=operation.writes), call.request)
        if operation.writes:
            self._world.cache.clear()
            self._due = next_due(self._state)
            self.injector.changed(before, world.now)
            if call.service == "organizations":
                self.injector.written(world.now)
        if operation.writes or changed:
            self.save()
        return response

    def _at(self, caller: str, region: str) -> World:
        return replace(self._world, now=self.clock.now(), caller=caller, region=region)

    def _catch_up(self, world: World) -> bool:
        if world.now < self._due or self._state.organization is None:
            return False
        changed = False
        # Where the past is kept, one moment after the other, each at its time.
        while self.injector.keeps_past and (due := next_due(self._state)) <= world.now:
            before = self.injector.picture(self._state)
            changed = catch_up(replace(world, now=due)) or changed
            self.injector.changed(before, due)
        changed = catch_up(world) or changed
        self._due = next_due(self._state)
        if changed:
            self._world.cache.clear()
        return changed

    def _throttle(self, call: Call, now: float) -> None:
        row = f"{_ROWS.get(call.service, call.service)}.{call.operation}"
        if self._rates is not None and not self._rates.admits(row, now):
            raise throttled(call.service)


def _writes(call: Call) -> bool:
    operation = OPERATIONS.get(call.service, {}).get(call.operation)
    return operation is not None and operation.writes


def not_simulated(service: str, operation: str) -> Refused:
    """The answer for what the sandbox does not do: an error that names it, and that nobody retries."""
    return Refused("NotSimulated", f"{service}:{operation} is not simulated by the factory sandbox")


def _require_administrator(world: World) -> None:
    """Stack sets are the management account's: no administrator is simulated to whom it delegates them."""
    if world.caller != world.organization.management_account_id:
        raise Refused("AccessDenied", "Your account is not the organization's management account.", status=403)


def _require_permission(world: World, call: Call, operation: Operation) -> None:
    if call.operation == "CreateOrganization":
        return
    organization = world.organization
    if world.caller == organization.management_account_id:
        return
    if world.caller not in world.state.accounts:
        raise Refused("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
    if not operation.members:
        raise Refused("AccessDeniedException", "You don't have permissions to access this resource.")
