"""Which operations the sandbox answers, with what, and who may call them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from factory.sandbox import (
    accounts,
    attachments,
    buckets,
    creation,
    organization,
    other_services,
    policies,
    stack_instances,
    stack_sets,
    tagging,
    tags,
    units,
)
from factory.sandbox.world import Request, Response, World


@dataclass(frozen=True, slots=True)
class Operation:
    """One simulated operation. ``writes``: it may change the state; ``members``: not only for management."""

    answer: Callable[[World, Request], Response]
    writes: bool = False
    members: bool = False


def _reads(answer: Callable[[World, Request], Response], *, members: bool = False) -> Operation:
    return Operation(answer, members=members)


def _writes(answer: Callable[[World, Request], Response], *, members: bool = False) -> Operation:
    return Operation(answer, writes=True, members=members)


_ORGANIZATIONS: Mapping[str, Operation] = {
    "CreateOrganization": _writes(organization.create_organization, members=True),
    "DescribeOrganization": _reads(organization.describe_organization, members=True),
    "ListRoots": _reads(organization.list_roots),
    "EnableAllFeatures": _writes(organization.enable_all_features),
    "AcceptHandshake": _writes(organization.accept_handshake),
    "ListHandshakesForOrganization": _reads(organization.list_handshakes),
    "CreateOrganizationalUnit": _writes(units.create_unit),
    "UpdateOrganizationalUnit": _writes(units.update_unit),
    "DeleteOrganizationalUnit": _writes(units.delete_unit),
    "DescribeOrganizationalUnit": _reads(units.describe_unit),
    "ListOrganizationalUnitsForParent": _reads(units.list_units),
    "ListChildren": _reads(units.list_children),
    "ListParents": _reads(units.list_parents),
    "ListAccounts": _reads(accounts.list_accounts),
    "ListAccountsForParent": _reads(accounts.list_accounts_for_parent),
    "DescribeAccount": _reads(accounts.describe_account),
    "MoveAccount": _writes(accounts.move_account),
    "CloseAccount": _writes(accounts.close_account),
    "CreateAccount": _writes(creation.create_account),
    "DescribeCreateAccountStatus": _reads(creation.describe_creation),
    "ListCreateAccountStatus": _reads(creation.list_creations),
    "ListPolicies": _reads(policies.list_policies),
    "DescribePolicy": _reads(policies.describe_policy),
    "CreatePolicy": _writes(policies.create_policy),
    "UpdatePolicy": _writes(policies.update_policy),
    "DeletePolicy": _writes(policies.delete_policy),
    "AttachPolicy": _writes(attachments.attach_policy),
    "DetachPolicy": _writes(attachments.detach_policy),
    "ListTargetsForPolicy": _reads(attachments.list_targets),
    "ListPoliciesForTarget": _reads(attachments.list_policies_for_target),
    "EnablePolicyType": _writes(attachments.enable_policy_type),
    "DisablePolicyType": _writes(attachments.disable_policy_type),
    "TagResource": _writes(tags.tag_resource),
    "UntagResource": _writes(tags.untag_resource),
    "ListTagsForResource": _reads(tags.list_tags),
}

OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    "organizations": _ORGANIZATIONS,
    "account": {
        "PutAccountName": _writes(other_services.put_account_name, members=True),
        "GetAccountInformation": _reads(other_services.get_account_information, members=True),
    },
    "sts": {"GetCallerIdentity": _reads(other_services.get_caller_identity, members=True)},
    "resourcegroupstaggingapi": {"GetResources": _reads(tagging.get_resources, members=True)},
    "cloudformation": {
        "DescribeOrganizationsAccess": _reads(stack_sets.describe_access),
        "ActivateOrganizationsAccess": _writes(stack_sets.activate_access),
        "CreateStackSet": _writes(stack_sets.create_stack_set),
        "UpdateStackSet": _writes(stack_sets.update_stack_set),
        "DeleteStackSet": _writes(stack_sets.delete_stack_set),
        "DescribeStackSet": _reads(stack_sets.describe_stack_set),
        "ListStackSets": _reads(stack_sets.list_stack_sets),
        "ListStackSetAutoDeploymentTargets": _reads(stack_sets.list_targets),
        "ListStackInstances": _reads(stack_sets.list_instances),
        "ListStackSetOperations": _reads(stack_sets.list_operations),
        "DescribeStackSetOperation": _reads(stack_sets.describe_operation),
        "CreateStackInstances": _writes(stack_instances.create_instances),
        "DeleteStackInstances": _writes(stack_instances.delete_instances),
    },
    "s3": {
        "CreateBucket": _writes(buckets.create_bucket, members=True),
        "HeadBucket": _reads(buckets.head_bucket, members=True),
        "PutObject": _writes(buckets.put_object, members=True),
        "GetObject": _reads(buckets.get_object, members=True),
        "HeadObject": _reads(buckets.head_object, members=True),
        "DeleteObject": _writes(buckets.delete_object, members=True),
    },
}
"""Service, as boto3 names it -> operation, as AWS names it. What is not here is not simulated."""
