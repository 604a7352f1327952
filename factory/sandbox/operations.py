"""Which operations the sandbox answers, with what, and who may call them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from factory.sandbox import (
    accounts,
    attachments,
    buckets,
    change_sets,
    creation,
    organization,
    other_services,
    policies,
    stack_instances,
    stack_set_listing,
    stack_set_operations,
    stack_sets,
    stacks,
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

_CLOUDFORMATION: Mapping[str, Operation] = {
    "ActivateOrganizationsAccess": _writes(stack_sets.activate_access),
    "DeactivateOrganizationsAccess": _writes(stack_sets.deactivate_access),
    "DescribeOrganizationsAccess": _reads(stack_sets.describe_access),
    "CreateStackSet": _writes(stack_sets.create_stack_set),
    "UpdateStackSet": _writes(stack_sets.update_stack_set),
    "DeleteStackSet": _writes(stack_sets.delete_stack_set),
    "DescribeStackSet": _reads(stack_set_listing.describe_stack_set),
    "ListStackSets": _reads(stack_set_listing.list_stack_sets),
    "CreateStackInstances": _writes(stack_instances.create_instances),
    "UpdateStackInstances": _writes(stack_instances.update_instances),
    "DeleteStackInstances": _writes(stack_instances.delete_instances),
    "DescribeStackInstance": _reads(stack_instances.describe_instance),
    "ListStackInstances": _reads(stack_instances.list_instances),
    "ListStackSetAutoDeploymentTargets": _reads(stack_instances.list_targets),
    "DescribeStackSetOperation": _reads(stack_set_operations.describe_operation),
    "ListStackSetOperations": _reads(stack_set_operations.list_operations),
    "ListStackSetOperationResults": _reads(stack_set_operations.list_results),
    "StopStackSetOperation": _writes(stack_set_operations.stop_operation),
    "DetectStackSetDrift": _writes(stack_set_operations.detect_drift),
    "CreateChangeSet": _writes(change_sets.create_change_set, members=True),
    "DescribeChangeSet": _reads(change_sets.describe_change_set, members=True),
    "ExecuteChangeSet": _writes(change_sets.execute_change_set, members=True),
    "DeleteChangeSet": _writes(change_sets.delete_change_set, members=True),
    "DescribeStacks": _reads(stacks.describe_stacks, members=True),
    "DescribeStackEvents": _reads(stacks.describe_stack_events, members=True),
    "ListStackResources": _reads(stacks.list_stack_resources, members=True),
    "DeleteStack": _writes(stacks.delete_stack, members=True),
    "GetTemplate": _reads(stacks.get_template, members=True),
    "ValidateTemplate": _reads(stacks.validate_template, members=True),
}

OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    "organizations": _ORGANIZATIONS,
    "cloudformation": _CLOUDFORMATION,
    "account": {
        "PutAccountName": _writes(other_services.put_account_name, members=True),
        "GetAccountInformation": _reads(other_services.get_account_information, members=True),
    },
    "sts": {"GetCallerIdentity": _reads(other_services.get_caller_identity, members=True)},
    "resourcegroupstaggingapi": {"GetResources": _reads(tagging.get_resources, members=True)},
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
