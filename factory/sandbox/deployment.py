"""How operations on stack sets run: one Region after the other or all at once, so many accounts at a time.

Source: CloudFormation User Guide, "StackSet operation options" and "StackSets status codes".
"""

from __future__ import annotations

import heapq
import json
import math
from collections.abc import Mapping
from typing import Any

from factory.sandbox import instance_work
from factory.sandbox.building import finish
from factory.sandbox.refused import Refused
from factory.sandbox.stack_state import SetOperation, StackInstance, StackSet
from factory.sandbox.state import State
from factory.sandbox.world import World

ENDED = ("SUCCEEDED", "FAILED", "STOPPED")
EXCEEDED = "Cancelled since failure tolerance has exceeded"
STOPPED = "Cancelled since user has stopped the operation"
_UNMET = "Cancelled since a stack set that this one depends on has not been deployed"


def next_end(state: State) -> float:
    """When the next instance that an operation works on, or the next stack, is done (seconds since 1970)."""
    ends = [min(state.stack_operations[name].running.values(), default=math.inf) for name in state.running]
    ends += [state.stacks[name].ends_at or math.inf for name in state.building]
    return min(ends, default=math.inf)


def submit(world: World, stack_set: StackSet, operation: SetOperation) -> None:
    """Take on an operation: it starts, or waits for its turn where it is automatic or execution is managed.

    Refuses an operation id that was used, and a second operation at a time.
    """
    state = world.state
    if operation.id in state.stack_operations:
        raise Refused("OperationIdAlreadyExistsException", "The specified operation ID already exists.")
    waits = operation.automatic or stack_set.managed
    if not waits and is_busy(state, stack_set):
        raise Refused(
            "OperationInProgressException",
            f"Another Operation on StackSet {stack_set.id} is in progress",
        )
    state.stack_operations[operation.id] = operation
    state.queued.setdefault(stack_set.id, []).append(operation.id)
    Deployment(world).wake()


def is_busy(state: State, stack_set: StackSet) -> bool:
    """Whether a stack set has an operation that runs or waits."""
    return stack_set.id in state.queued or any(
        state.stack_operations[name].stack_set_id == stack_set.id for name in state.running
    )


def stop(world: World, operation: SetOperation) -> None:
    """Cancel what has not begun; what has begun goes on to its end."""
    if operation.status == "QUEUED":
        queue = world.state.queued[operation.stack_set_id]
        queue.remove(operation.id)
        if not queue:
            del world.state.queued[operation.stack_set_id]
        world.state.running.append(operation.id)
    operation.status = "STOPPING"
    run = Deployment(world)
    run.cancel(operation, STOPPED)
    run.close(operation)
    run.wake()


def advance(world: World, until: float) -> bool:
    """Bring every operation forward to this time. Tells whether anything happened."""
    if not world.state.running and not world.state.building:
        return False
    run, changed = Deployment(world), False
    run.follow()
    while run.heap and run.heap[0][0] <= until:
        run.now, _, key, operation = heapq.heappop(run.heap)
        if operation is None:
            finish(world.state, world.state.stacks[key], run.now)
        else:
            run.finish(operation, key)
        run.wake()
        changed = True
    return changed


class Deployment:
    """The operations of one simulated AWS at work, from ``now`` on.

    ``heap`` holds when which instance of which operation is done, or which stack of no operation.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.now = world.now
        self.state = world.state
        self.heap: list[tuple[float, int, str, SetOperation | None]] = []
        self._preferences: dict[str, Mapping[str, Any]] = {}
        self._awake = True

    def follow(self) -> None:
        """Follow what is under way."""
        for name in self.state.running:
            operation = self.state.stack_operations[name]
            self.heap += [(end, operation.number, key, operation) for key, end in operation.running.items()]
        self.heap += [(self.state.stacks[name].ends_at or self.now, 0, name, None) for name in self.state.building]
        heapq.heapify(self.heap)

    def wake(self) -> None:
        """Start what waits and need not wait any longer, stack set by stack set, in the order of requests."""
        while self._awake:
            self._awake = False
            for stack_set_id in list(self.state.queued):
                while queue := self.state.queued.get(stack_set_id):
                    operation = self.state.stack_operations[queue[0]]
                    if not self._may_start(operation):
                        break
                    queue.pop(0)
                    if not queue:
                        del self.state.queued[stack_set_id]
                    self._begin(operation)

    def finish(self, operation: SetOperation, key: str) -> None:
        """An instance is done, one way or another; others may begin."""
        del operation.running[key]
        operation.busy[_region(key)] -= 1
        self._done(operation, key)
        self._fill(operation)
        self.close(operation)

    def cancel(self, operation: SetOperation, reason: str) -> None:
        """Give up what has not begun."""
        for region, accounts in operation.waiting.items():
            for account_id in accounts:
                key = f"{account_id}/{region}"
                operation.results[key], operation.reasons[key] = "CANCELLED", reason
                instance = self._instance(operation, key)
                if instance is not None:
                    instance_work.give_up(operation, instance, reason)
        operation.waiting.clear()

    def close(self, operation: SetOperation) -> None:
        """End an operation in which nothing is left to do."""
        if operation.running or any(operation.waiting.values()):
            return
        if operation.status == "STOPPING":
            operation.status = "STOPPED"
        else:
            operation.status = "FAILED" if operation.reason or self._exceeded(operation) else "SUCCEEDED"
        operation.ended_at = self.now
        operation.waiting, operation.busy = {}, {}
        self.state.running.remove(operation.id)
        if operation.action == "DETECT_DRIFT":
            instance_work.sum_up_drift(self.state, operation)
        self._awake = True

    def _may_start(self, operation: SetOperation) -> bool:
        if any(self.state.stack_operations[name].status not in ENDED for name in operation.after):
            return False
        others = [self.state.stack_operations[name] for name in self.state.running]
        others = [other for other in others if other.stack_set_id == operation.stack_set_id]
        if not self.state.stack_sets[operation.stack_set_id].managed:
            return not others
        return not any(_conflict(operation, other) for other in others)

    def _begin(self, operation: SetOperation) -> None:
        operation.status = "RUNNING"
        if operation.action == "CREATE":
            instance_work.announce(self.state, operation)
        self.state.running.append(operation.id)
        if any(self.state.stack_operations[name].status != "SUCCEEDED" for name in operation.after):
            operation.reason = _UNMET
            self.cancel(operation, _UNMET)
        self._fill(operation)
        self.close(operation)

    def _fill(self, operation: SetOperation) -> None:
        """Begin as many instances as the preferences allow."""
        parallel = operation.automatic or self._wishes(operation).get("RegionConcurrencyType") == "PARALLEL"
        for region in operation.regions:
            accounts = operation.waiting.get(region, [])
            while accounts and not self._exceeded(operation) and self._room(operation, region) > 0:
                self._start(operation, f"{accounts.pop()}/{region}")
            if self._exceeded(operation):
                self.cancel(operation, EXCEEDED)
                return
            if not parallel and (accounts or operation.busy.get(region)):
                return

    def _start(self, operation: SetOperation, key: str) -> None:
        operation.results[key] = "RUNNING"
        share = instance_work.begin(self.world, self.now, operation, key)
        if share == 0:
            self._done(operation, key)
            return
        timing = self.world.timing.stack
        end = self.now + share * self.world.duration(timing, "stack", operation.id, key)
        operation.running[key] = end
        operation.busy[_region(key)] = operation.busy.get(_region(key), 0) + 1
        heapq.heappush(self.heap, (end, operation.number, key, operation))

    def _done(self, operation: SetOperation, key: str) -> None:
        result = instance_work.end(self.world, self.now, operation, key)
        operation.results[key] = result
        if result == "FAILED":
            operation.failed[_region(key)] = operation.failed.get(_region(key), 0) + 1

    def _room(self, operation: SetOperation, region: str) -> int:
        """How many more accounts of a Region may begin now."""
        wishes, size, busy = self._wishes(operation), operation.sizes[region], operation.busy.get(region, 0)
        if operation.automatic:
            return size - busy
        if "MaxConcurrentPercentage" in wishes:
            most = max(1, size * wishes["MaxConcurrentPercentage"] // 100)
        else:
            most = wishes.get("MaxConcurrentCount", 1)
        if wishes.get("ConcurrencyMode") != "SOFT_FAILURE_TOLERANCE":
            # Strict: never more at once than could fail without going further over the tolerance than by one.
            most = min(most, self._tolerated(operation, region) + 1 - operation.failed.get(region, 0))
        return int(most - busy)

    def _tolerated(self, operation: SetOperation, region: str) -> int:
        wishes = self._wishes(operation)
        if "FailureTolerancePercentage" in wishes:
            return int(operation.sizes[region] * wishes["FailureTolerancePercentage"] // 100)
        return int(wishes.get("FailureToleranceCount", 0))

    def _exceeded(self, operation: SetOperation) -> bool:
        """Whether more accounts have failed in a Region than the operation takes."""
        return any(count > self._tolerated(operation, region) for region, count in operation.failed.items())

    def _wishes(self, operation: SetOperation) -> Mapping[str, Any]:
        found = self._preferences.get(operation.id)
        if found is None:
            found = self._preferences[operation.id] = json.loads(operation.preferences)
        return found

    def _instance(self, operation: SetOperation, key: str) -> StackInstance | None:
        return self.state.stack_instances.get(f"{operation.stack_set_id}/{key}")


def _region(key: str) -> str:
    return key.partition("/")[2]


def _conflict(one: SetOperation, other: SetOperation) -> bool:
    """Operations that touch the same instances conflict, and changes of the whole set with everything."""
    if one.whole or other.whole:
        return True
    few, many = sorted((one.results, other.results), key=len)
    return any(key in many for key in few)
