"""Closing accounts: AWS works on three at a time, so the others wait for their turn."""

from __future__ import annotations

from collections.abc import Sequence

from factory.aws.context import about
from factory.aws.errors import AwsError
from factory.core.address import Address
from factory.core.change import Change
from factory.kinds.base import Done, Outcome, Pending, Site

_BUSY = "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED"


def start(change: Change, site: Site) -> Outcome:
    """Ask AWS to close the account; from then on it is on its way, and only AWS Support can turn it back."""
    return _close(Pending(change, site.id(change.address), site.aws.clock.now()), site)


def poll(pending: Sequence[Pending], site: Site) -> dict[Address, Outcome | Exception]:
    """Ask again for those that AWS had no room for."""
    outcomes: dict[Address, Outcome | Exception] = {}
    for item in pending:
        try:
            with about(item.change):
                outcomes[item.change.address] = _close(item, site)
        except AwsError as error:
            outcomes[item.change.address] = error
    return outcomes


def _close(item: Pending, site: Site) -> Outcome:
    try:
        site.aws.organizations.close_account(item.token)
    except AwsError as error:
        if error.reason != _BUSY:
            raise
        return Pending(item.change, item.token, item.since, "AWS to finish closing other accounts")
    return Done(item.token)
