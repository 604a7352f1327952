"""The organization itself: its creation, its root, its feature set."""

from __future__ import annotations

from factory.core.policy_types import POLICY_TYPES, SCP
from factory.sandbox.ids import PARTITION
from factory.sandbox.paging import page
from factory.sandbox.refused import Refused
from factory.sandbox.state import Account, Handshake, Organization, Policy, State
from factory.sandbox.tags import forget
from factory.sandbox.world import Request, Response, World

HANDSHAKE_SECONDS = 15 * 86400
"""A handshake expires after 15 days (Organizations User Guide, "Quotas and service limits")."""

_ALLOW_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow",%s"Action":"*","Resource":"*"}]}'


def aws_managed_policies() -> list[Policy]:
    """The policies that AWS itself brings to every organization, one for each type that decides on requests."""
    return [
        Policy(
            id=f"p-{row.default_policy}",
            name=row.default_policy,
            type=row.name,
            description="Allows access to every operation" if row.name == SCP else "Allows access to every resource",
            content=_ALLOW_ALL % ("" if row.name == SCP else '"Principal":"*",'),
            aws_managed=True,
        )
        for row in POLICY_TYPES.values()
        if row.default_policy
    ]


def found(world: World, management_account: Account, feature_set: str) -> Organization:
    """Give the state an organization. No policy type is on: each is enabled by ``EnablePolicyType``."""
    state = world.state
    organization = Organization(
        id=world.new_id("o-", 10),
        root_id=world.new_id("r-", 4),
        management_account_id=management_account.id,
        feature_set=feature_set,
    )
    state.organization = organization
    management_account.parent_id = organization.root_id
    state.accounts[management_account.id] = management_account
    state.policies.update({policy.id: policy for policy in aws_managed_policies()})
    return organization


def describe_organization(world: World, _: Request) -> Response:
    """Organizations ``DescribeOrganization``: the one read that members may make too."""
    return {"Organization": _describe(world)}


def create_organization(world: World, request: Request) -> Response:
    """Organizations ``CreateOrganization``: the caller becomes the management account."""
    if world.state.organization is not None:
        raise Refused("AlreadyInOrganizationException", "The account is already a member of an organization.")
    account = Account(
        id=world.caller,
        name="Management account",
        email=f"root+{world.caller}@example.com",
        parent_id="",
        joined_at=world.now,
        joined_method="INVITED",
    )
    found(world, account, request.get("FeatureSet") or "ALL")
    return {"Organization": _describe(world)}


def list_roots(world: World, request: Request) -> Response:
    """Organizations ``ListRoots``: always one."""
    root_id = world.organization.root_id
    return page(world, request, "Roots", lambda: [root_id], lambda _: describe_root(world))


def describe_root(world: World) -> Response:
    """The root as ``ListRoots`` and ``EnablePolicyType`` show it."""
    organization = world.organization
    return {
        "Id": organization.root_id,
        "Arn": world.arn("root", organization.root_id),
        "Name": "Root",
        "PolicyTypes": [{"Type": name, "Status": status} for name, status in sorted(organization.policy_types.items())],
    }


def enable_all_features(world: World, _: Request) -> Response:
    """Organizations ``EnableAllFeatures``: opens a handshake that the management account then accepts.

    Only invited accounts would have to agree first; the sandbox has none.
    """
    if world.organization.feature_set == "ALL":
        raise _handshake_refused(
            "ORGANIZATION_ALREADY_HAS_ALL_FEATURES", "The organization already has all features enabled."
        )
    if any(shake.state == "REQUESTED" for shake in world.state.handshakes.values()):
        raise _handshake_refused(
            "ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION",
            "The organization has already started the process to enable all features.",
        )
    shake = Handshake(
        id=world.new_id("h-", 32),
        action="ENABLE_ALL_FEATURES",
        requested_at=world.now,
        expires_at=world.now + HANDSHAKE_SECONDS,
    )
    world.state.handshakes[shake.id] = shake
    return {"Handshake": _handshake(world, shake)}


def accept_handshake(world: World, request: Request) -> Response:
    """Organizations ``AcceptHandshake``: completes the change to all features."""
    shake = world.state.handshakes.get(request["HandshakeId"])
    if shake is None:
        raise Refused("HandshakeNotFoundException", "No handshake has the specified id.")
    if shake.state == "ACCEPTED":
        raise Refused("HandshakeAlreadyInStateException", "The handshake is already in the requested state.")
    if shake.expires_at <= world.now:
        shake.state = "EXPIRED"
        raise Refused("InvalidHandshakeTransitionException", "The handshake has expired.")
    shake.state = "ACCEPTED"
    world.organization.feature_set = "ALL"
    return {"Handshake": _handshake(world, shake)}


def list_handshakes(world: World, request: Request) -> Response:
    """Organizations ``ListHandshakesForOrganization``, with its filter by action."""
    action = (request.get("Filter") or {}).get("ActionType")
    shakes = world.state.handshakes

    def listing() -> list[str]:
        return [shake.id for shake in shakes.values() if action in (None, shake.action)]

    return page(world, request, "Handshakes", listing, lambda name: _handshake(world, shakes[name]))


def remove_node(state: State, node_id: str) -> None:
    """What goes when a unit or account goes: its attachments and its tags."""
    state.attachments.pop(node_id, None)
    forget(state, node_id)


def _describe(world: World) -> Response:
    organization = world.organization
    account = world.state.accounts[organization.management_account_id]
    shown: Response = {
        "Id": organization.id,
        "Arn": world.arn("organization"),
        "FeatureSet": organization.feature_set,
        "MasterAccountId": account.id,
        "MasterAccountArn": world.arn("account", account.id),
        "MasterAccountEmail": account.email,
    }
    if organization.feature_set == "ALL":
        # AWS still fills this deprecated list with the one type that "all features" brought first.
        shown["AvailablePolicyTypes"] = [{"Type": SCP, "Status": "ENABLED"}]
    return shown


def _handshake(world: World, shake: Handshake) -> Response:
    organization = world.organization
    owner = organization.management_account_id
    return {
        "Id": shake.id,
        "Arn": (
            f"arn:{PARTITION}:organizations::{owner}:handshake/{organization.id}/{shake.action.lower()}/{shake.id}"
        ),
        "Parties": [{"Id": organization.id.removeprefix("o-"), "Type": "ORGANIZATION"}],
        "State": shake.state,
        "RequestedTimestamp": shake.requested_at,
        "ExpirationTimestamp": shake.expires_at,
        "Action": shake.action,
        "Resources": [{"Type": "ORGANIZATION", "Value": organization.id}],
    }


def _handshake_refused(reason: str, message: str) -> Refused:
    return Refused("HandshakeConstraintViolationException", message, reason)
