"""Requests for the account ``shop``: watched, failed, made by others, and what must have come of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from factory.sandbox import Call
from factory.sandbox.state import Creation
from tests.engine.ground import Ground

EMAIL = "aws+shop@example.com"
CREATE, STATUS = "CreateAccount", "DescribeCreateAccountStatus"
LOOK_EVERY, SETTLE = 60, 120
OURS = {"factory:managed": "main", "factory:address": "shop"}


@contextmanager
def watching(here: Ground, operation: str, act: Callable[[], None]) -> Iterator[None]:
    """Do this right after AWS has carried out a call of this operation."""

    def look(call: Call) -> None:
        if call.operation == operation:
            act()

    here.box.watchers.append(look)
    try:
        yield
    finally:
        here.box.watchers.remove(look)


def asked_elsewhere(here: Ground, name: str, email: str, tags: dict[str, str] | None = None) -> Creation:
    """Someone else asks for an account."""
    rows = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
    client = here.box.session().client("organizations")
    answer = client.create_account(AccountName=name, Email=email, Tags=rows)
    return here.box.state.creations[answer["CreateAccountStatus"]["Id"]]


def failing_with(here: Ground, *reasons: str | None) -> AbstractContextManager[None]:
    """The requests for accounts fail with these reasons, one after the other; ``None`` lets one succeed."""
    left = list(reasons)

    def decide() -> None:
        latest = list(here.box.state.creations.values())[-1]
        latest.fails_with = left.pop(0) if left else None

    return watching(here, CREATE, decide)


def assert_made_once(here: Ground, requests: int = 1) -> None:
    """One account, in its unit, with our tags; AWS has heard of no more requests than it should."""
    (account,) = here.members().values()
    assert (account.name, account.email) == ("shop", EMAIL)
    assert here.where(account.parent_id) == "workloads/prod"
    assert here.box.state.tags[account.id] == OURS
    assert len(here.box.state.creations) == requests


def slow(here: Ground, seconds: float = 300) -> None:
    """The latest request takes this long."""
    latest = list(here.box.state.creations.values())[-1]
    latest.completes_at = latest.requested_at + seconds
