"""The little of Account Management and STS that an account factory needs."""

from __future__ import annotations

from factory.sandbox.ids import PARTITION
from factory.sandbox.refused import Refused
from factory.sandbox.state import Account
from factory.sandbox.world import Request, Response, World


def put_account_name(world: World, request: Request) -> Response:
    """Account ``PutAccountName``: the management account leaves out its own id, others are named by it."""
    account = _addressed(world, request)
    if account.state != "ACTIVE":
        raise _denied("The account is closed or closing.")
    account.name = request["AccountName"]
    return {}


def get_account_information(world: World, request: Request) -> Response:
    """Account ``GetAccountInformation``; it knows no pending closure."""
    account = _addressed(world, request)
    return {
        "AccountId": account.id,
        "AccountName": account.name,
        "AccountCreatedDate": account.joined_at,
        "AccountState": "ACTIVE" if account.state == "PENDING_CLOSURE" else account.state,
    }


def get_caller_identity(world: World, _: Request) -> Response:
    """STS ``GetCallerIdentity``."""
    return {
        "UserId": "AROASANDBOXFACTORY000:sandbox",
        "Account": world.caller,
        "Arn": f"arn:{PARTITION}:sts::{world.caller}:assumed-role/FactorySandbox/sandbox",
    }


def _addressed(world: World, request: Request) -> Account:
    """Source: Account Management API reference, the ``AccountId`` parameter."""
    asked = request.get("AccountId")
    organization = world.state.organization
    is_management = organization is not None and world.caller == organization.management_account_id
    if asked is not None and not is_management:
        raise _denied("Only the organization's management account can name another account.")
    if asked == world.caller:
        raise Refused(
            "ValidationException",
            "The management account can't specify its own AccountId; leave the parameter out.",
        )
    if asked is not None and organization is not None and organization.feature_set != "ALL":
        raise _denied("The organization must have all features enabled.")
    account = world.state.accounts.get(asked or world.caller)
    if account is None:
        raise _denied("The account is not a member of the caller's organization.")
    return account


def _denied(message: str) -> Refused:
    return Refused("AccessDeniedException", message)
