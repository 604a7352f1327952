"""Verdicts a second: distinct requests under the guardrails of the example organization."""

from __future__ import annotations

import json
import time
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

from factory import engine
from factory.core.policy_types import RCP, SCP
from factory.guardrails.context import Request
from factory.guardrails.judge import judge
from factory.guardrails.levels import Level, Policy
from factory.guardrails.statements import FULL_ACCESS_CONTENT
from factory.kinds.guardrail_files import guardrails
from factory.spec import Organization

CHAIN = ("", "workloads", "workloads/prod")
"""The root and the units above an account; the account has FullAWSAccess alone."""

ACCOUNT, MANAGEMENT = "222222222222", "111111111111"
SERVICES = ("ec2", "s3", "iam", "kms", "lambda", "sqs", "rds", "cloudtrail", "organizations", "dynamodb")
VERBS = ("Describe", "Get", "List", "Create", "Delete", "Put", "Run", "Update")
REGIONS = ("eu-central-1", "us-east-1")
ROLES = ("developer", "team/platform/operator", "stacksets-exec-0123456789abcdef", "auditor")


def judging(root: Path) -> dict[str, Any]:
    """Judge each request once a round; of three rounds the quickest counts, so that a busy machine does not decide."""
    organization, _ = engine.load(root)
    scps, rcps = (_levels(organization, kind) for kind in (SCP, RCP))
    asked = _requests()
    taken = []
    for _ in range(3):
        began = time.process_time()
        verdicts = Counter(str(judge(request, scps, rcps).verdict) for request in asked)
        taken.append(time.process_time() - began)
    return {
        "requests": len(asked),
        "a_second": len(asked) / min(taken),
        "verdicts": verdicts,
        "levels": len(scps),
        "statements": sum(len(policy.statements) for level in (*scps, *rcps) for policy in level.policies),
    }


def _levels(organization: Organization, policy_type: str) -> tuple[Level, ...]:
    """The policies of one type along the chain, with AWS's own beside the SCPs."""
    documents: dict[str, Any] = {name: model for name, (_, model) in guardrails(organization).items()}
    own = (Policy("FullAWSAccess", json.loads(FULL_ACCESS_CONTENT)),) if policy_type == SCP else ()
    found = []
    for path in CHAIN:
        place = organization.units[path] if path else organization.root
        names = [name for name in place.sections.get("guardrails", ()) if documents[name].type == policy_type]
        found.append(Level(path or "root", (*own, *(Policy(name, documents[name].content) for name in names))))
    return (*found, Level("account", own))


def _requests() -> list[Request]:
    """No two are the same."""
    found = []
    for number, (service, verb, region, role) in enumerate(product(SERVICES, VERBS, REGIONS, ROLES)):
        for thing in range(48):
            resource = f"arn:aws:{service}:{region}:{ACCOUNT}:thing/{number}-{thing}"
            found.append(
                Request(
                    principal=f"arn:aws:iam::{ACCOUNT}:role/{role}",
                    action=f"{service}:{verb}Thing{thing % 12}",
                    resources=(resource,),
                    management_account=MANAGEMENT,
                    resource_account=ACCOUNT,
                    context={"aws:RequestedRegion": region, "aws:SecureTransport": "true", "s3:TlsVersion": "1.3"},
                )
            )
    return found
