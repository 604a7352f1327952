"""Policies on roots, units and accounts: attaching, detaching, and switching whole types on and off."""

from __future__ import annotations

from factory.core.policy_types import POLICY_TYPES, RCP, SCP
from factory.sandbox.organization import describe_root
from factory.sandbox.paging import page
from factory.sandbox.policies import existing, summary
from factory.sandbox.refused import Refused, constraint, invalid_input
from factory.sandbox.world import Request, Response, World


def attach_policy(world: World, request: Request) -> Response:
    """Organizations ``AttachPolicy``."""
    policy, target = existing(world, request["PolicyId"]), _target(world, request["TargetId"])
    if policy.type not in world.organization.policy_types:
        raise Refused(
            "PolicyTypeNotEnabledException", "The specified policy type isn't currently enabled in this root."
        )
    attached = world.state.attachments.setdefault(target, [])
    if policy.id in attached:
        raise Refused("DuplicatePolicyAttachmentException", "The selected policy is already attached.")
    most = world.limits.quota(f"organizations.attachments.{policy.type}")
    if most is not None and len(_of_type(world, target, policy.type)) >= most:
        raise constraint(
            "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
            "You have attached the maximum number of policies of the specified type to the specified target.",
        )
    attached.append(policy.id)
    return {}


def detach_policy(world: World, request: Request) -> Response:
    """Organizations ``DetachPolicy``: never the last SCP of a node, never RCPFullAWSAccess."""
    policy, target = existing(world, request["PolicyId"]), _target(world, request["TargetId"])
    attached = world.state.attachments.get(target, [])
    if policy.id not in attached:
        raise Refused("PolicyNotAttachedException", "The policy isn't attached to the specified target.")
    if policy.aws_managed and policy.type == RCP:
        raise invalid_input("NON_DETACHABLE_POLICY", "You can't detach this AWS managed policy.")
    if policy.type == SCP and len(_of_type(world, target, SCP)) == 1:
        raise constraint(
            "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
            "You cannot remove the last policy of the specified policy type from the target.",
        )
    attached.remove(policy.id)
    return {}


def list_targets(world: World, request: Request) -> Response:
    """Organizations ``ListTargetsForPolicy``."""
    policy_id = existing(world, request["PolicyId"]).id
    attachments = world.state.attachments
    return page(
        world,
        request,
        "Targets",
        lambda: [target for target, policies in attachments.items() if policy_id in policies],
        lambda target: _describe_target(world, target),
    )


def list_policies_for_target(world: World, request: Request) -> Response:
    """Organizations ``ListPoliciesForTarget``: those attached directly, of one type."""
    target, wanted = _target(world, request["TargetId"]), request["Filter"]
    return page(
        world,
        request,
        "Policies",
        lambda: _of_type(world, target, wanted),
        lambda name: summary(world, world.state.policies[name]),
    )


def enable_policy_type(world: World, request: Request) -> Response:
    """Organizations ``EnablePolicyType``: the type's AWS-managed policy comes to every node by itself."""
    wanted = _typed_root(world, request)
    if world.organization.feature_set != "ALL":
        raise Refused(
            "PolicyTypeNotAvailableForOrganizationException",
            "You can't use the specified policy type with the feature set currently enabled.",
        )
    if wanted in world.organization.policy_types:
        raise Refused("PolicyTypeAlreadyEnabledException", "The specified policy type is already enabled.")
    world.organization.policy_types[wanted] = "ENABLED"
    default = POLICY_TYPES[wanted].default_policy
    if default is not None:
        for node in world.nodes():
            world.state.attachments.setdefault(node, []).append(f"p-{default}")
    return {"Root": describe_root(world)}


def disable_policy_type(world: World, request: Request) -> Response:
    """Organizations ``DisablePolicyType``: every attachment of the type is lost."""
    wanted = _typed_root(world, request)
    if wanted not in world.organization.policy_types:
        raise Refused(
            "PolicyTypeNotEnabledException", "The specified policy type isn't currently enabled in this root."
        )
    del world.organization.policy_types[wanted]
    for node, attached in world.state.attachments.items():
        gone = _of_type(world, node, wanted)
        attached[:] = [policy_id for policy_id in attached if policy_id not in gone]
    return {"Root": describe_root(world)}


def attach_defaults(world: World, node_id: str) -> None:
    """A new unit or account gets the AWS-managed policy of each type that is on."""
    world.state.attachments[node_id] = [
        f"p-{POLICY_TYPES[name].default_policy}"
        for name in world.organization.policy_types
        if POLICY_TYPES[name].default_policy
    ]


def _of_type(world: World, node_id: str, policy_type: str) -> list[str]:
    policies = world.state.policies
    return [name for name in world.state.attachments.get(node_id, ()) if policies[name].type == policy_type]


def _target(world: World, target_id: str) -> str:
    if world.node_type(target_id) is None:
        raise Refused("TargetNotFoundException", "We can't find a root, OU or account with that id.")
    return target_id


def _typed_root(world: World, request: Request) -> str:
    if request["RootId"] != world.organization.root_id:
        raise Refused("RootNotFoundException", "We can't find a root with that id.")
    return str(request["PolicyType"])


def _describe_target(world: World, target_id: str) -> Response:
    node = world.node(target_id)
    return {
        "TargetId": target_id,
        "Arn": world.node_arn(target_id),
        "Name": node.name if node else "Root",
        "Type": world.node_type(target_id),
    }
