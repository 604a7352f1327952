"""Creating accounts: asked for now, done or failed some simulated seconds later."""

from __future__ import annotations

import re

from factory.sandbox import auto_deployment
from factory.sandbox.attachments import attach_defaults
from factory.sandbox.paging import page
from factory.sandbox.refused import Refused, constraint, invalid_input
from factory.sandbox.state import Account, Creation
from factory.sandbox.tags import checked, put
from factory.sandbox.world import Request, Response, World

_EMAIL = re.compile(r"""(?!\.)[^\s"'()<>\[\]:;,\\|%&@]+@(?![-.])[A-Za-z0-9.-]+\.[A-Za-z0-9.-]*(?<![-.])""", re.ASCII)
"""What AWS takes for an address (API reference, ``CreateAccount``, ``Email``)."""


def create_account(world: World, request: Request) -> Response:
    """Organizations ``CreateAccount``: answers ``IN_PROGRESS``; a bad tag refuses the whole request."""
    tags = checked(world, request.get("Tags"), {})
    if str(request.get("RoleName") or "").startswith("AWSServiceRoleFor"):
        raise invalid_input("INVALID_ROLE_NAME", "A role name can't begin with AWSServiceRoleFor.")
    creations = world.state.creations
    row = world.limits.get("organizations.CreateAccount")
    at_once = row.in_flight if row else None
    if at_once is not None and sum(c.state == "IN_PROGRESS" for c in creations.values()) >= at_once:
        raise constraint(
            "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED",
            "You attempted to exceed the number of accounts that can be in progress at a time.",
        )
    if _full(world):
        raise constraint("ACCOUNT_NUMBER_LIMIT_EXCEEDED", "You have exceeded the allowed number of AWS accounts.")
    request_id = world.new_id("car-", 32)
    creation = Creation(
        id=request_id,
        name=request["AccountName"],
        email=request["Email"],
        tags=tags,
        requested_at=world.now,
        completes_at=world.now + world.duration(world.timing.creation, "creation", request_id),
        fails_with=world.creation_fails,
    )
    creations[creation.id] = creation
    return {"CreateAccountStatus": _describe(creation)}


def describe_creation(world: World, request: Request) -> Response:
    """Organizations ``DescribeCreateAccountStatus``."""
    creation = world.state.creations.get(request["CreateAccountRequestId"])
    if creation is None:
        raise Refused("CreateAccountStatusNotFoundException", "We can't find a create account request with that id.")
    return {"CreateAccountStatus": _describe(creation)}


def list_creations(world: World, request: Request) -> Response:
    """Organizations ``ListCreateAccountStatus``, with its filter by state."""
    states, creations = request.get("States"), world.state.creations
    return page(
        world,
        request,
        "CreateAccountStatuses",
        lambda: [creation.id for creation in creations.values() if not states or creation.state in states],
        lambda name: _describe(creations[name]),
    )


def complete(world: World, creation: Creation) -> None:
    """End a creation whose time has come: an account in the root, or a reason why not."""
    creation.completed_at = creation.completes_at
    creation.failure_reason = creation.fails_with or _failure(world, creation)
    if creation.failure_reason is not None:
        creation.state = "FAILED"
        return
    account = Account(
        id=world.new_account_number(),
        name=creation.name,
        email=creation.email,
        parent_id=world.organization.root_id,
        joined_at=creation.completes_at,
    )
    world.state.accounts[account.id] = account
    put(world.state, account.id, creation.tags)
    attach_defaults(world, account.id)
    creation.state, creation.account_id = "SUCCEEDED", account.id
    auto_deployment.arrive(world, account)


def _failure(world: World, creation: Creation) -> str | None:
    if not creation.email.isascii() or not _EMAIL.fullmatch(creation.email):
        return "INVALID_EMAIL"
    taken = {account.email.casefold() for account in world.state.accounts.values()}
    taken.update(email.casefold() for email in world.state.taken_emails)
    if creation.email.casefold() in taken:
        return "EMAIL_ALREADY_EXISTS"
    return "ACCOUNT_LIMIT_EXCEEDED" if _full(world) else None


def _full(world: World) -> bool:
    """Closed accounts count until they are gone (API reference, ACCOUNT_NUMBER_LIMIT_EXCEEDED)."""
    most = world.limits.quota("organizations.accounts")
    return most is not None and len(world.state.accounts) >= most


def _describe(creation: Creation) -> Response:
    shown: Response = {
        "Id": creation.id,
        "AccountName": creation.name,
        "State": creation.state,
        "RequestedTimestamp": creation.requested_at,
    }
    if creation.completed_at is not None:
        shown["CompletedTimestamp"] = creation.completed_at
    if creation.account_id is not None:
        shown["AccountId"] = creation.account_id
    if creation.failure_reason is not None:
        shown["FailureReason"] = creation.failure_reason
    return shown
