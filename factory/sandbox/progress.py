"""What AWS does on its own as time passes: creations and closures end, closed accounts vanish, stacks get done."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from dataclasses import replace

from factory.sandbox import auto_deployment, deployment
from factory.sandbox.creation import complete
from factory.sandbox.organization import remove_node
from factory.sandbox.state import State
from factory.sandbox.world import World

CLOSED_SECONDS = 90 * 86400
"""A closed account stays listed for 90 days (Organizations User Guide, closing a member account)."""


def catch_up(world: World) -> bool:
    """Let everything that is due happen, in the order in which it was due. Tells whether anything did."""
    state, changed = world.state, False
    due = [event for event in _events(state) if event[0] <= world.now]
    heapq.heapify(due)
    while due:
        when, what, name = heapq.heappop(due)
        # Accounts set stack sets in motion, never the other way round.
        changed = deployment.advance(world, when) or changed
        at = replace(world, now=when)
        if what == "creation":
            complete(at, state.creations[name])
        elif what == "closure":
            account = state.accounts[name]
            account.state, account.closes_at, account.closed_at = "CLOSED", None, when
            auto_deployment.close(at, account)
            # An account that was closed long ago may vanish in the same leap of time.
            if when + CLOSED_SECONDS <= world.now:
                heapq.heappush(due, (when + CLOSED_SECONDS, "end", name))
        else:
            _vanish(at, name)
        changed = True
    return deployment.advance(world, world.now) or changed


def next_due(state: State) -> float:
    """When something happens next by itself (seconds since 1970); infinity when nothing does."""
    return min(deployment.next_end(state), min((when for when, _, _ in _events(state)), default=math.inf))


def _events(state: State) -> Iterator[tuple[float, str, str]]:
    for creation in state.creations.values():
        if creation.state == "IN_PROGRESS":
            yield creation.completes_at, "creation", creation.id
    for account in state.accounts.values():
        if account.closes_at is not None:
            yield account.closes_at, "closure", account.id
        elif account.closed_at is not None:
            yield account.closed_at + CLOSED_SECONDS, "end", account.id


def _vanish(world: World, account_id: str) -> None:
    account = world.state.accounts.pop(account_id)
    world.state.taken_emails.append(account.email)
    remove_node(world.state, account_id)
    auto_deployment.vanish(world, account_id)
