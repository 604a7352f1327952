"""What AWS does on its own as time passes: creations end, closures end, closed accounts vanish, stacks roll out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from factory.sandbox import roll_out
from factory.sandbox.creation import complete
from factory.sandbox.organization import remove_node
from factory.sandbox.roll_out import follow
from factory.sandbox.state import State
from factory.sandbox.world import World

CLOSED_SECONDS = 90 * 86400
"""A closed account stays listed for 90 days (Organizations User Guide, closing a member account)."""


def catch_up(world: World) -> bool:
    """Let everything that is due happen, in the order in which it was due. Tells whether anything did."""
    due = sorted(event for event in _events(world.state) if event[0] <= world.now)
    for when, what, name in due:
        if what == "creation":
            creation = world.state.creations[name]
            complete(world, creation)
            if creation.account_id is not None:
                follow(replace(world, now=when), creation.account_id)
        elif what == "closure":
            account = world.state.accounts[name]
            account.state, account.closes_at, account.closed_at = "CLOSED", None, when
            follow(replace(world, now=when), name)
        elif what == "roll-out":
            roll_out.complete(replace(world, now=when), world.state.stack_operations[name])
        else:
            _vanish(world.state, name)
    # A closure that ended long ago may have made an account due to vanish in the same leap of time.
    return bool(due) and (catch_up(world) or True)


def next_due(state: State) -> float:
    """When something happens next by itself (seconds since 1970); infinity when nothing does."""
    return min((when for when, _, _ in _events(state)), default=math.inf)


def _events(state: State) -> Iterator[tuple[float, str, str]]:
    for creation in state.creations.values():
        if creation.state == "IN_PROGRESS":
            yield creation.completes_at, "creation", creation.id
    for account in state.accounts.values():
        if account.closes_at is not None:
            yield account.closes_at, "closure", account.id
        elif account.closed_at is not None:
            yield account.closed_at + CLOSED_SECONDS, "end", account.id
    yield from roll_out.due(state)


def _vanish(state: State, account_id: str) -> None:
    account = state.accounts.pop(account_id)
    state.taken_emails.append(account.email)
    remove_node(state, account_id)
