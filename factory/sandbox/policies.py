"""Policies as things: creating, changing, reading and deleting them."""

from __future__ import annotations

from factory.sandbox.documents import require_well_formed
from factory.sandbox.ids import policy_arn
from factory.sandbox.paging import page
from factory.sandbox.refused import Refused, constraint, invalid_input
from factory.sandbox.state import Policy
from factory.sandbox.tags import checked, forget, put
from factory.sandbox.world import Request, Response, World


def list_policies(world: World, request: Request) -> Response:
    """Organizations ``ListPolicies``: those of one type, AWS's own included."""
    policies, wanted = world.state.policies, request["Filter"]
    return page(
        world,
        request,
        "Policies",
        lambda: [policy.id for policy in policies.values() if policy.type == wanted],
        lambda name: summary(world, policies[name]),
    )


def describe_policy(world: World, request: Request) -> Response:
    """Organizations ``DescribePolicy``: with its content."""
    return {"Policy": _describe(world, existing(world, request["PolicyId"]))}


def create_policy(world: World, request: Request) -> Response:
    """Organizations ``CreatePolicy``."""
    kind, name, content = request["Type"], request["Name"], request["Content"]
    if world.organization.feature_set != "ALL":
        raise Refused(
            "PolicyTypeNotAvailableForOrganizationException",
            "You can't use the specified policy type with the feature set currently enabled.",
        )
    most = world.limits.quota(f"organizations.policies.{kind}")
    if most is not None and sum(p.type == kind and not p.aws_managed for p in world.state.policies.values()) >= most:
        raise constraint(
            "POLICY_NUMBER_LIMIT_EXCEEDED", "You attempted to exceed the number of policies in an organization."
        )
    _require_free_name(world, kind, name)
    _require_fitting(world, kind, content)
    tags = checked(world, request.get("Tags"), {})
    policy = Policy(world.new_id("p-", 10), name, kind, request["Description"], content)
    world.state.policies[policy.id] = policy
    put(world.state, policy.id, tags)
    return {"Policy": _describe(world, policy)}


def update_policy(world: World, request: Request) -> Response:
    """Organizations ``UpdatePolicy``: what is not given stays; all attachments keep."""
    policy = _own(world, request["PolicyId"])
    name, content = request.get("Name"), request.get("Content")
    if name is not None and name != policy.name:
        _require_free_name(world, policy.type, name)
    if content is not None:
        _require_fitting(world, policy.type, content)
        policy.content = content
    policy.name = name or policy.name
    policy.description = request.get("Description", policy.description)
    return {"Policy": _describe(world, policy)}


def delete_policy(world: World, request: Request) -> Response:
    """Organizations ``DeletePolicy``: only when it is attached nowhere."""
    policy = _own(world, request["PolicyId"])
    if any(policy.id in attached for attached in world.state.attachments.values()):
        raise Refused(
            "PolicyInUseException",
            "The policy is attached to one or more entities. Detach it from all roots, OUs and accounts first.",
        )
    del world.state.policies[policy.id]
    forget(world.state, policy.id)
    return {}


def existing(world: World, policy_id: str) -> Policy:
    """The policy with this id. Refuses where there is none."""
    policy = world.state.policies.get(policy_id)
    if policy is None:
        raise Refused("PolicyNotFoundException", "We can't find a policy with the specified id.")
    return policy


def summary(world: World, policy: Policy) -> Response:
    """A policy as the listings show it, without content."""
    organization = world.organization
    return {
        "Id": policy.id,
        "Arn": policy_arn(
            organization.management_account_id,
            organization.id,
            policy.type,
            policy.id,
            aws_managed=policy.aws_managed,
        ),
        "Name": policy.name,
        "Description": policy.description,
        "Type": policy.type,
        "AwsManaged": policy.aws_managed,
    }


def _describe(world: World, policy: Policy) -> Response:
    return {"PolicySummary": summary(world, policy), "Content": policy.content}


def _own(world: World, policy_id: str) -> Policy:
    policy = existing(world, policy_id)
    if policy.aws_managed:
        raise invalid_input("IMMUTABLE_POLICY", "You specified a policy that is managed by AWS.")
    return policy


def _require_free_name(world: World, policy_type: str, name: str) -> None:
    if any(p.type == policy_type and p.name == name for p in world.state.policies.values()):
        raise Refused("DuplicatePolicyException", "A policy with the same name already exists.")


def _require_fitting(world: World, policy_type: str, content: str) -> None:
    # AWS counts the characters as they were sent: the API, unlike the console, keeps white space.
    most = world.limits.quota(f"organizations.policy_size.{policy_type}")
    if most is not None and len(content) > most:
        raise constraint("POLICY_CONTENT_LIMIT_EXCEEDED", "You have exceeded the maximum policy size.")
    require_well_formed(policy_type, content)
