"""The developers' boundary, the role that makes bounded roles, and the analyzer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.baselines.policies import verdict
from tests.baselines.scene import AWAY, HOME, MEMBER, STRANGER, stack

BOUNDARY = f"arn:aws:iam::{MEMBER}:policy/developer-boundary"
OURS, ROLE = f"arn:aws:iam::{MEMBER}:role/developers/", f"arn:aws:iam::{MEMBER}:role/"
CREATOR = f"{ROLE}factory/factory-role-creator"
TRUSTED = [
    "AWSControlTowerExecution",
    "OrganizationAccountAccessRole",
    "aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Admin_0123456789abcdef",
    "factory-config-eu-west-1",
    "factory/factory-role-creator",
    "stacksets-exec-0123456789abcdef",
]


def boundary() -> dict[str, Any]:
    return dict(stack("identity")["DeveloperBoundary"].properties)


def limit(action: str, resource: str, **context: str) -> str:
    """What the boundary says; only ``allow`` lets an action through."""
    return verdict(boundary()["PolicyDocument"], action=action, resource=resource, **context)


def creator(action: str, resource: str, **context: str) -> str:
    (policy,) = stack("identity")["RoleCreator"].properties["Policies"]
    return verdict(policy["PolicyDocument"], action=action, resource=resource, **context)


WITH = {"iam__PermissionsBoundary": BOUNDARY}
OTHER = {"iam__PermissionsBoundary": f"arn:aws:iam::{MEMBER}:policy/mine"}
BOUND = [
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
]
MANAGED = [
    "iam:DeleteRole",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
]
OF_POLICIES = [
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:SetDefaultPolicyVersion",
]
OF_PROFILES = [
    "iam:AddRoleToInstanceProfile",
    "iam:CreateInstanceProfile",
    "iam:DeleteInstanceProfile",
    "iam:RemoveRoleFromInstanceProfile",
]


def test_what_is_global_is_made_once_and_the_analyzer_everywhere() -> None:
    assert set(stack("identity", HOME)) == {"DeveloperBoundary", "RoleCreator", "Analyzer"}
    (analyzer,) = stack("identity", AWAY).values()
    assert analyzer.type == "AWS::AccessAnalyzer::Analyzer"
    assert analyzer.properties == {"AnalyzerName": "factory-external-access", "Type": "ACCOUNT"}


def test_the_boundary_has_the_name_that_permission_sets_use_and_fits_into_iam() -> None:
    assert boundary()["ManagedPolicyName"] == "developer-boundary"
    assert "Path" not in boundary()
    assert boundary()["PolicyDocument"]["Version"] == "2012-10-17"
    assert len(json.dumps(boundary()["PolicyDocument"], separators=(",", ":"))) <= 6144  # IAM and STS quotas


@pytest.mark.parametrize(
    "action", ["ec2:RunInstances", "s3:PutObject", "lambda:CreateFunction", "sts:GetCallerIdentity"]
)
def test_work_is_not_limited(action: str) -> None:
    assert limit(action, "arn:aws:any:::thing") == "allow"


@pytest.mark.parametrize(
    "action",
    [
        "account:GetRegionOptStatus",
        "account:ListRegions",
        "iam:GenerateServiceLastAccessedDetails",
        "iam:GetRole",
        "iam:ListRoles",
        "iam:SimulatePrincipalPolicy",
        "organizations:DescribeOrganization",
    ],
)
def test_reading_is_not_limited(action: str) -> None:
    assert limit(action, "*") == "allow"


@pytest.mark.parametrize(
    "action",
    [
        "account:CloseAccount",
        "account:EnableRegion",
        "account:PutAlternateContact",
        "aws-portal:ModifyBilling",
        "billing:UpdateIAMAccessPreference",
        "iam:CreateAccessKey",
        "iam:CreateGroup",
        "iam:CreateLoginProfile",
        "iam:CreateSAMLProvider",
        "iam:CreateUser",
        "iam:UpdateAccountPasswordPolicy",
        "identitystore:CreateUser",
        "invoicing:PutInvoiceEmailDeliveryPreferences",
        "organizations:LeaveOrganization",
        "payments:CreatePaymentInstrument",
        "purchase-orders:AddPurchaseOrder",
        "sso-directory:CreateUser",
        "sso:CreateAccountAssignment",
        "sts:AssumeRoot",
        "tax:PutTaxRegistration",
    ],
)
def test_identity_and_account_are_out_of_reach(action: str) -> None:
    assert limit(action, "*") != "allow"
    assert limit(action, f"arn:aws:iam::{MEMBER}:user/x", **WITH) != "allow"


@pytest.mark.parametrize("action", BOUND)
def test_roles_are_made_and_changed_with_the_boundary_only(action: str) -> None:
    assert limit(action, OURS + "app", **WITH) == "allow"
    assert limit(action, OURS + "app", **OTHER) != "allow"
    assert limit(action, OURS + "app") != "allow"
    assert limit(action, ROLE + "app", **WITH) != "allow"


@pytest.mark.parametrize(
    "action",
    [
        "iam:AttachRolePolicy",
        "iam:AttachUserPolicy",
        "iam:CreateRole",
        "iam:CreateUser",
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
        "iam:PutUserPermissionsBoundary",
        "iam:PutUserPolicy",
    ],
)
def test_without_the_boundary_it_is_denied_and_not_only_not_allowed(action: str) -> None:
    for resource in (OURS + "app", f"arn:aws:iam::{MEMBER}:user/ada"):
        assert limit(action, resource) == "deny"
        assert limit(action, resource, **OTHER) == "deny"


@pytest.mark.parametrize("action", ["iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary"])
@pytest.mark.parametrize("context", [{}, WITH], ids=["without", "with"])
def test_the_boundary_never_comes_off(action: str, context: dict[str, str]) -> None:
    assert limit(action, OURS + "app", **context) == "deny"


@pytest.mark.parametrize("action", [*OF_POLICIES, "iam:TagPolicy", "iam:UntagPolicy"])
def test_the_boundary_itself_is_not_edited(action: str) -> None:
    assert limit(action, BOUNDARY) == "deny"


@pytest.mark.parametrize(
    ("actions", "kind"),
    [
        ([*MANAGED, "iam:PassRole", "sts:AssumeRole"], "role"),
        ([*OF_POLICIES, "iam:TagPolicy", "iam:UntagPolicy"], "policy"),
        (OF_PROFILES, "instance-profile"),
    ],
    ids=["role", "policy", "instance-profile"],
)
def test_what_is_theirs_is_theirs_and_what_is_not_is_not(actions: list[str], kind: str) -> None:
    for action in actions:
        assert limit(action, f"arn:aws:iam::{MEMBER}:{kind}/developers/x") == "allow", action
        assert limit(action, f"arn:aws:iam::{MEMBER}:{kind}/x") != "allow", action


def test_service_linked_roles_can_be_made_where_a_service_needs_them() -> None:
    assert limit("iam:CreateServiceLinkedRole", ROLE + "aws-service-role/ecs.amazonaws.com/X") == "allow"
    assert limit("iam:CreateServiceLinkedRole", ROLE + "x") != "allow"


@pytest.mark.parametrize("name", TRUSTED)
@pytest.mark.parametrize(
    "action",
    [
        "iam:AddRoleToInstanceProfile",
        "iam:AttachRolePolicy",
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:DetachRolePolicy",
        "iam:PassRole",
        "iam:PutRolePolicy",
        "iam:TagRole",
        "iam:UntagRole",
        "iam:UpdateAssumeRolePolicy",
    ],
)
def test_trusted_roles_are_not_touched(name: str, action: str) -> None:
    assert limit(action, ROLE + name, **WITH) == "deny"


@pytest.mark.parametrize("name", ["AWSControlTowerExecution", "OrganizationAccountAccessRole", "stacksets-exec-1"])
@pytest.mark.parametrize("account", [MEMBER, STRANGER])
def test_trusted_roles_are_not_borrowed(name: str, account: str) -> None:
    assert limit("sts:AssumeRole", f"arn:aws:iam::{account}:role/{name}") == "deny"


def test_roles_that_are_assumed() -> None:
    assert limit("sts:AssumeRole", OURS + "app") == "allow"
    assert limit("sts:AssumeRole", CREATOR) == "allow"
    assert limit("sts:AssumeRole", ROLE + "admin") == "none"
    assert limit("sts:AssumeRole", f"arn:aws:iam::{STRANGER}:role/reader") == "allow"


@pytest.mark.parametrize(
    "action",
    [
        "CancelUpdateStack",
        "ContinueUpdateRollback",
        "CreateChangeSet",
        "DeleteStack",
        "ExecuteChangeSet",
        "RollbackStack",
        "SetStackPolicy",
        "SignalResource",
        "UpdateStack",
    ],
)
def test_stacks_of_baselines_are_left_alone(action: str) -> None:
    theirs = f"arn:aws:cloudformation:{HOME}:{MEMBER}:stack/"
    assert limit(f"cloudformation:{action}", f"{theirs}StackSet-factory-main-config-0123/1") == "deny"
    assert limit(f"cloudformation:{action}", f"{theirs}app/1") == "allow"


@pytest.mark.parametrize(
    "action",
    [
        "access-analyzer:DeleteAnalyzer",
        "cloudtrail:DeleteTrail",
        "cloudtrail:PutEventSelectors",
        "cloudtrail:StopLogging",
        "cloudtrail:UpdateTrail",
        "config:DeleteConfigurationRecorder",
        "config:DeleteDeliveryChannel",
        "config:PutConfigurationRecorder",
        "config:PutDeliveryChannel",
        "config:StopConfigurationRecorder",
        "guardduty:DeleteDetector",
        "guardduty:UpdateDetector",
    ],
)
def test_the_watch_is_not_blinded(action: str) -> None:
    assert limit(action, "*") == "deny"


def test_the_creator_is_bounded_and_makes_bounded_roles_only() -> None:
    role = stack("identity")["RoleCreator"].properties
    assert (role["Path"], role["RoleName"]) == ("/factory/", "factory-role-creator")
    assert role["PermissionsBoundary"] == BOUNDARY
    assert role["MaxSessionDuration"] == 3600
    for action in BOUND:
        assert creator(action, OURS + "app", **WITH) == "allow", action
        assert creator(action, OURS + "app", **OTHER) == "none", action
        assert creator(action, OURS + "app") == "none", action
        assert creator(action, ROLE + "app", **WITH) == "none", action


@pytest.mark.parametrize(
    ("actions", "kind"),
    [([*MANAGED, "iam:PassRole"], "role"), (OF_POLICIES, "policy"), (OF_PROFILES, "instance-profile")],
    ids=["role", "policy", "instance-profile"],
)
def test_the_creator_manages_what_it_makes(actions: list[str], kind: str) -> None:
    for action in actions:
        assert creator(action, f"arn:aws:iam::{MEMBER}:{kind}/developers/x") == "allow", action
        assert creator(action, f"arn:aws:iam::{MEMBER}:{kind}/x") == "none", action
        # its own boundary must not be in its way
        assert limit(action, f"arn:aws:iam::{MEMBER}:{kind}/developers/x") == "allow", action


def test_the_creator_reads_iam_and_does_nothing_else() -> None:
    assert creator("iam:GetRole", ROLE + "x") == creator("iam:ListRoles", "*") == "allow"
    for action in ("s3:GetObject", "sts:AssumeRole", "iam:CreateUser", "iam:DeleteRolePermissionsBoundary"):
        assert creator(action, OURS + "app", **WITH) == "none", action


def test_people_and_bounded_roles_may_take_the_creator() -> None:
    trust = stack("identity")["RoleCreator"].properties["AssumeRolePolicyDocument"]
    assert trust["Version"] == "2012-10-17"
    asked = {"principal": f"arn:aws:iam::{MEMBER}:root", "action": "sts:AssumeRole", "resource": CREATOR}
    for name in ("aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Developer_1", "developers/pipeline"):
        assert verdict(trust, **asked, aws__PrincipalArn=ROLE + name) == "allow", name
    assert verdict(trust, **asked, aws__PrincipalArn=ROLE + "admin") == "none"
    assert verdict(trust, **asked, aws__PrincipalArn=f"arn:aws:iam::{STRANGER}:role/developers/x") == "none"
    stranger = asked | {"principal": f"arn:aws:iam::{STRANGER}:root"}
    assert verdict(trust, **stranger, aws__PrincipalArn=OURS + "x") == "none"
