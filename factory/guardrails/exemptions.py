"""Whom and what guardrails do not bind.

Sources: Organizations User Guide, "Service control policies (SCPs)" ("Tasks and entities not restricted by SCPs") and
"Resource control policies (RCPs)" ("Resources and entities not restricted by RCPs").
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from factory.guardrails.context import Request
from factory.guardrails.levels import Level
from factory.guardrails.principals import Kind

RCP_SERVICES = frozenset(
    {
        "aoss",
        "cognito-identity",
        "cognito-idp",
        "dynamodb",
        "ecr",
        "kms",
        "logs",
        "s3",
        "secretsmanager",
        "sqs",
        "sts",
    }
)
"""Services whose resources RCPs bind, by their prefix in actions.

As of March 2026; source: aws-samples/resource-control-policy-examples and "List of AWS services that support RCPs".
"""

RCP_EXEMPT_ACTIONS = frozenset({"kms:retiregrant"})
"""Actions that no RCP binds (KMS Developer Guide, "Resource control policies in AWS KMS")."""


def stand_in(action: str) -> str:
    """An action that is judged as this one is by statements about every action: its service decides, but for a few."""
    return action if action.lower() in RCP_EXEMPT_ACTIONS else f"{action.partition(':')[0].lower()}:*"


def inside(request: Request, scp_levels: Sequence[Level], rcp_levels: Sequence[Level]) -> tuple[bool, bool]:
    """Whether the accounts of the principal and of the resource are known to be in the organization.

    The management account is; so is an account whose levels, or whose paths in the tree, are given.
    """
    account, resource, management = request.account, request.resource_account, request.management_account
    has_resource = bool(rcp_levels or request.resource_org_paths) or (resource is not None and resource == management)
    if account is None or request.outside:
        return False, has_resource
    has_principal = bool(scp_levels or request.principal_org_paths) or account == management
    has_principal = has_principal or (account == resource and has_resource)
    return has_principal, has_resource or (account == resource and has_principal)


def beyond_scps(request: Request, levels: Sequence[Level]) -> str:
    """Why SCPs do not bind this request; empty if they do.

    They bind the root users of member accounts, delegated administrators and ``OrganizationAccountAccessRole``.
    """
    caller = request.caller
    if caller.kind is Kind.ANONYMOUS:
        return "anonymous requests have no account whose SCPs could bind them"
    if caller.kind is Kind.SERVICE:
        return "SCPs do not bind AWS services that call as themselves"
    if request.account is not None and request.account == request.management_account:
        return "SCPs do not bind the management account"
    if request.outside:
        return "SCPs do not bind principals of accounts outside the organization"
    if caller.service_linked:
        return "SCPs do not bind service-linked roles"
    return "" if levels else "no levels of SCPs are given"


def beyond_rcps(request: Request, levels: Sequence[Level], services: Collection[str], resource: str) -> str:
    """Why RCPs do not bind this request for this resource; empty if they do.

    They bind everyone else: anonymous requests, principals of other organizations, AWS services, root users.
    """
    if not levels:
        return "no levels of RCPs are given"
    if request.service not in services:
        return f"{request.service} is not among the services that support RCPs"
    account = request.account_of(resource)
    if account is not None and account == request.management_account:
        return "RCPs do not bind the resources of the management account"
    if request.caller.service_linked:
        return "RCPs do not bind calls of service-linked roles"
    if request.action.lower() in RCP_EXEMPT_ACTIONS:
        return f"{request.action} is not bound by RCPs"
    if request.service == "kms" and ":alias/aws/" in resource:
        return "RCPs do not bind AWS managed KMS keys"
    return ""
