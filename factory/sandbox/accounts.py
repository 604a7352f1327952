"""Accounts: listing, moving and closing them."""

from __future__ import annotations

from factory.sandbox.paging import page
from factory.sandbox.refused import Refused, constraint, invalid_input
from factory.sandbox.roll_out import follow
from factory.sandbox.state import Account
from factory.sandbox.world import Request, Response, World

QUOTA_WINDOW_SECONDS = 30 * 86400
"""Closures are counted over a rolling 30 days (API reference, ``CloseAccount``)."""

_CLOSURES_ONE_IN, _CLOSURES_MOST = 5, 1000
"""The quota grows with the organization: a fifth of it, up to a thousand (API reference, ``CloseAccount``)."""

_OLD_STATUS = {"CLOSED": "SUSPENDED"}
"""The retiring ``Status`` calls a closed account suspended (Organizations User Guide, account states)."""


def list_accounts(world: World, request: Request) -> Response:
    """Organizations ``ListAccounts``: all of them, closed ones included while they last, with their paths."""
    accounts = world.state.accounts
    return page(world, request, "Accounts", lambda: accounts, lambda name: describe(world, accounts[name]))


def list_accounts_for_parent(world: World, request: Request) -> Response:
    """Organizations ``ListAccountsForParent``: those directly in a root or unit."""
    parent_id, accounts = request["ParentId"], world.state.accounts
    if not world.is_parent(parent_id):
        raise Refused("ParentNotFoundException", "We can't find a root or OU with the specified parent id.")
    return page(
        world,
        request,
        "Accounts",
        lambda: [account.id for account in accounts.values() if account.parent_id == parent_id],
        lambda name: describe(world, accounts[name]),
    )


def describe_account(world: World, request: Request) -> Response:
    """Organizations ``DescribeAccount``."""
    return {"Account": describe(world, existing(world, request["AccountId"]))}


def move_account(world: World, request: Request) -> Response:
    """Organizations ``MoveAccount``: from its true parent to another.

    AWS documents no error for closed accounts; the sandbox refuses them as unsupported targets.
    """
    account = existing(world, request["AccountId"])
    source, destination = request["SourceParentId"], request["DestinationParentId"]
    if not world.is_parent(source):
        raise _no_source()
    if not world.is_parent(destination):
        raise Refused(
            "DestinationParentNotFoundException", "We can't find a destination root or OU with the specified id."
        )
    if account.parent_id == destination:
        raise Refused("DuplicateAccountException", "That account is already present in the destination.")
    if account.parent_id != source:
        raise _no_source()
    if account.state != "ACTIVE":
        raise invalid_input("TARGET_NOT_SUPPORTED", "You can't move an account that is closed or closing.")
    account.parent_id = destination
    follow(world, account.id)
    return {}


def close_account(world: World, request: Request) -> Response:
    """Organizations ``CloseAccount``: closing takes a while and is subject to three quotas."""
    account = existing(world, request["AccountId"])
    if world.organization.feature_set != "ALL":
        raise constraint("ORGANIZATION_NOT_IN_ALL_FEATURES_MODE", "Closing accounts needs all features.")
    if account.id == world.organization.management_account_id:
        raise constraint("CANNOT_CLOSE_MANAGEMENT_ACCOUNT", "You can't close the management account.")
    if account.state != "ACTIVE":
        raise Refused("AccountAlreadyClosedException", "You attempted to close an account that is already closed.")
    _require_closure_quota(world)
    world.state.issued += 1
    account.state = "PENDING_CLOSURE"
    account.closes_at = world.now + world.duration(world.timing.closure, "closure", world.state.issued)
    world.state.closures.append(world.now)
    return {}


def existing(world: World, account_id: str) -> Account:
    """The account with this id. Refuses where there is none."""
    account = world.state.accounts.get(account_id)
    if account is None:
        raise Refused("AccountNotFoundException", "You specified an account that does not exist in the organization.")
    return account


def describe(world: World, account: Account) -> Response:
    """An account as the listings show it."""
    return {
        "Id": account.id,
        "Arn": world.arn("account", account.id),
        "Email": account.email,
        "Name": account.name,
        "Status": _OLD_STATUS.get(account.state, account.state),
        "State": account.state,
        "Paths": [world.path(account.id)],
        "JoinedMethod": account.joined_method,
        "JoinedTimestamp": account.joined_at,
    }


def _no_source() -> Refused:
    return Refused("SourceParentNotFoundException", "We can't find the account under the specified source parent.")


def _require_closure_quota(world: World) -> None:
    accounts = world.state.accounts.values()
    row = world.limits.get("organizations.CloseAccount")
    at_once = row.in_flight if row else None
    if at_once is not None and sum(account.state == "PENDING_CLOSURE" for account in accounts) >= at_once:
        raise constraint("CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED", "You have too many account closures in progress.")
    most = world.limits.quota("organizations.closures")
    if most is None:
        return
    most = max(most, min(len(accounts) // _CLOSURES_ONE_IN, _CLOSURES_MOST))
    if sum(when > world.now - QUOTA_WINDOW_SECONDS for when in world.state.closures) >= most:
        raise constraint(
            "CLOSE_ACCOUNT_QUOTA_EXCEEDED", "You have exceeded the close account quota for the past 30 days."
        )
