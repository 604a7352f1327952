"""Lint rules on actions: services that a statement stops or does not reach, and names that are none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from factory.core.policy_types import RCP, SCP
from factory.guardrails.context import GLOBAL_SERVICES, Request
from factory.guardrails.exemptions import RCP_SERVICES
from factory.guardrails.judge import judge
from factory.guardrails.levels import Level, Policy
from factory.guardrails.lint.asking import titled
from factory.guardrails.lint.clauses import Asked, Clause, Hit, of_role
from factory.guardrails.matching import Actions
from factory.guardrails.tree import FULL, MADE_UP, ORGANIZATION_ID
from factory.guardrails.verdicts import Outcome

_REGION = "aws:requestedregion"
_MAIN = "us-east-1"
_NAMING = {True: "name them under NotAction", False: "allow them in a statement of their own"}
_ORDINARY = f"arn:aws:iam::{MADE_UP.id}:role/developer"
GLOBAL_ACTIONS: Mapping[str, str] = {
    "account": "GetContactInformation",
    "budgets": "ViewBudget",
    "ce": "GetCostAndUsage",
    "cloudfront": "CreateInvalidation",
    "cur": "DescribeReportDefinitions",
    "globalaccelerator": "DescribeAccelerator",
    "health": "DescribeEvents",
    "iam": "GetRole",
    "networkmanager": "DescribeGlobalNetworks",
    "organizations": "DescribeOrganization",
    "route53": "ListHostedZones",
    "route53domains": "ListDomains",
    "shield": "DescribeSubscription",
    "sts": "AssumeRole",
    "support": "CreateCase",
    "trustedadvisor": "DescribeChecks",
    "waf": "GetWebACL",
}
"""One action of each global service."""

_SLR = "iam:createservicelinkedrole"
_SLR_ARN = f"arn:aws:iam::{MADE_UP.id}:role/aws-service-role/service.amazonaws.com/AWSServiceRoleForService"
_BY_ORDINARY = {**of_role("developer"), _REGION: (GLOBAL_SERVICES["iam"],)}
_DATED = re.compile(r"(.+?)_?(20[0-9]{2})_?([0-9]{2})_?([0-9]{2})(v[0-9]+)?")
LOGGED: Mapping[str, str] = {
    "bedrock:Converse": "bedrock:InvokeModel",
    "bedrock:ConverseStream": "bedrock:InvokeModelWithResponseStream",
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:CompleteMultipartUpload": "s3:PutObject",
    "s3:CopyObject": "s3:PutObject",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:DeleteBucketCors": "s3:PutBucketCORS",
    "s3:DeleteBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:DeleteBucketLifecycle": "s3:PutLifecycleConfiguration",
    "s3:DeleteBucketReplication": "s3:PutReplicationConfiguration",
    "s3:DeleteBucketTagging": "s3:PutBucketTagging",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycle": "s3:GetLifecycleConfiguration",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListParts": "s3:ListMultipartUploadParts",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketLifecycle": "s3:PutLifecycleConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:PutBucketReplication": "s3:PutReplicationConfiguration",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:SelectObjectContent": "s3:GetObject",
    "s3:UploadPart": "s3:PutObject",
}
"""Names of CloudTrail events, and the actions that they are recorded for.

As of 2026-12-01; source: Amazon S3 User Guide, "Required permissions for Amazon S3 API operations", Lambda Developer
Guide, "Logging AWS Lambda API calls", Amazon Bedrock API Reference, "Converse" and "ConverseStream".
"""
_ACTION_OF = {event.lower(): action for event, action in LOGGED.items()}


def global_services(clause: Clause) -> Iterator[Hit]:
    """L22: global services that a Region restriction stops for an ordinary role, judged in their own Regions."""
    for asked in clause.conditions if clause.binds_principals else ():
        if asked.key != _REGION or asked.base == "null":
            continue
        stopped = _denied_services(clause) if clause.denies else _left_out(clause, asked)
        one_meant = clause.denies and not asked.negated and not any(GLOBAL_SERVICES[each] == _MAIN for each in stopped)
        if stopped and not one_meant:
            regions = " and ".join(sorted({GLOBAL_SERVICES[each] for each in stopped}))
            way_out = f"take {regions} out" if clause.denies is not asked.negated else f"allow {regions}"
            yield Hit(
                asked.path,
                f"it stops services that answer in one Region only: {', '.join(stopped)}",
                f"{_NAMING[clause.denies]} ({', '.join(f'{each}:*' for each in stopped[:3])} ...), or {way_out}",
            )
            return


def _left_out(clause: Clause, asked: Asked) -> list[str]:
    """The services that an allowance would be about in another Region, and that nothing beside it allows."""
    allowing = [each for each in clause.document if not each.denies]
    found = []
    for service, region in GLOBAL_SERVICES.items():
        action = f"{service}:{GLOBAL_ACTIONS[service]}".lower()
        lookup = {**of_role("developer"), _REGION: (region,)}.get
        about = clause.statement.actions.match(action) and asked.holds(lookup) is False
        if about and not any(each.actions.match(action) and each.met(True, lookup) is not False for each in allowing):
            found.append(service)
    return found


def _denied_services(clause: Clause) -> list[str]:
    document = {"Version": "2012-10-17", "Statement": [clause.written]}
    chain = (Level("", (FULL, Policy("", document))),)
    return [service for service in GLOBAL_SERVICES if _denied(service, chain)]


def _denied(service: str, chain: tuple[Level, ...]) -> bool:
    request = Request(
        _ORDINARY,
        f"{service}:{GLOBAL_ACTIONS[service]}",
        resource_account=MADE_UP.id,
        context={"aws:RequestedRegion": GLOBAL_SERVICES[service]},
        unknown_is_absent=True,
        organization_id=ORGANIZATION_ID,
    )
    return judge(request, chain).scp.verdict is Outcome.EXPLICIT


def beyond_rcps(clause: Clause) -> Iterator[Hit]:
    """L32: actions of services that RCPs do not bind."""
    for path, text in clause.texts("Action") if clause.policy_type == RCP else ():
        service = text.partition(":")[0].lower()
        matcher = Actions([service])
        if not any(matcher.match(each) for each in RCP_SERVICES):
            yield Hit(
                path,
                f"resource control policies do not bind {service}, so this does nothing",
                f"take it out, or use a service control policy; they bind {', '.join(sorted(RCP_SERVICES))}",
            )


def no_service_linked_roles(clause: Clause) -> Iterator[Hit]:
    """L33: a denial to create service-linked roles, for an ordinary role that is not exempt."""
    if not clause.denies or clause.policy_type != SCP:
        return
    if any(each.key == "iam:awsservicename" for each in clause.conditions):
        return
    lookup = _BY_ORDINARY.get
    if clause.statement.resources.match(_SLR_ARN, lookup) is not True or clause.statement.met(True, lookup) is False:
        return
    for path, text in clause.texts("Action"):
        if text.lower().startswith("iam:") and Actions([text]).match(_SLR):
            yield Hit(
                path, f'"{text}" covers iam:CreateServiceLinkedRole, and services need that to start: {titled(clause)}'
            )


def logged_names(clause: Clause) -> Iterator[Hit]:
    """L34: names of CloudTrail's events in place of actions."""
    for path, text in clause.actions:
        service, _, name = text.partition(":")
        action = _ACTION_OF.get(text.lower())
        dated = _DATED.fullmatch(name) if service.lower() in ("lambda", "cloudfront") else None
        if action is None and dated is not None:
            action = f"{service}:{dated[1]}"
        if action is not None:
            yield Hit(path, f'"{text}" is an event of CloudTrail, not an action', f"write {action}")
