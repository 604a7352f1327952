"""A plan and a report with one of everything."""

from __future__ import annotations

import json
from typing import Any

from factory.core.address import ROOT, account, attachment, guardrail, policy_type, unit
from factory.core.change import Action, Change, Notice, Plan, Refusal, Report, Result, Risk, Status
from factory.core.policy_types import SCP
from factory.core.resource import Identity, Resource, Source
from factory.core.rights import Bound, Direction, Rights, Shift
from factory.core.room import Room

CALLER = "arn:aws:sts::111111111111:assumed-role/Admin/joe.doe@example.com"
IDENTITY = Identity("o-a1b2c3d4e5", "111111111111", "r-ab12", CALLER)


def policy(*statements: dict[str, Any], **rest: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **rest})


LEAVING = {
    "Sid": "DenyLeaving",
    "Effect": "Deny",
    "Action": "organizations:LeaveOrganization",
    "Resource": "*",
}
REGIONS = {
    "Sid": "OnlyOurRegions",
    "Effect": "Deny",
    "NotAction": ["iam:*", "organizations:*", "sts:*"],
    "Resource": "*",
    "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-central-1"]}},
}
MORE_REGIONS = {
    **REGIONS,
    "NotAction": ["iam:*", "organizations:*", "support:*"],
    "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]}},
}
ROOT_USER = {
    "Sid": "DenyRootUser",
    "Effect": "Deny",
    "Action": "*",
    "Resource": "*",
    "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}},
}

PAYMENTS = account("payments-prod")
CHANGES = (
    Change(
        Action.CREATE,
        "enable",
        None,
        Resource(
            policy_type("SERVICE_CONTROL_POLICY"),
            {"status": "ENABLED"},
            source=Source("accounts/organization.yaml", 2),
        ),
        "declared, does not exist yet",
        effects=("AWS attaches FullAWSAccess to the root and to every organizational unit and account",),
    ),
    Change(
        Action.CREATE,
        "create",
        None,
        Resource(
            PAYMENTS,
            {
                "name": "Payments (production)",
                "email": "aws+payments-prod@example.com",
                "parent": "ou:workloads/prod",
                "tags.cost-center": "4711",
                "tags.factory:managed": "main",
            },
            source=Source("accounts/workloads/payments-prod.yaml", 2),
        ),
        "declared, does not exist yet",
        effects=("create the role OrganizationAccountAccessRole in it",),
    ),
    Change(
        Action.CREATE,
        "create",
        None,
        Resource(
            guardrail("deny-root-user"),
            {"content": policy(ROOT_USER), "description": "Nobody works as root."},
            source=Source("baselines/guardrails/deny-root-user.yaml"),
        ),
        "declared, does not exist yet",
    ),
    Change(
        Action.CREATE,
        "attach",
        None,
        Resource(
            attachment(guardrail("deny-root-user"), unit("workloads")),
            source=Source("accounts/organization.yaml", 20),
        ),
        "declared, does not exist yet",
    ),
    Change(
        Action.ADOPT,
        "adopt",
        Resource(account("legacy"), {"name": "Legacy"}, id="333333333333", label="Legacy", owned=False),
        Resource(
            account("legacy"),
            {"name": "Legacy"},
            id="333333333333",
            label="Legacy",
            source=Source("accounts/legacy.yaml"),
        ),
        "exists and is declared, but does not carry our tag yet",
        Risk.HIGH,
    ),
    Change(
        Action.UPDATE,
        "update",
        Resource(
            guardrail("deny-regions"),
            {"content": policy(LEAVING, REGIONS), "description": "One Region.", "name": "deny-regions"},
            id="p-12345678",
        ),
        Resource(
            guardrail("deny-regions"),
            {
                "content": policy(ROOT_USER, MORE_REGIONS),
                "description": "Two Regions.",
                "name": "deny-regions",
            },
            id="p-12345678",
            source=Source("baselines/guardrails/deny-regions.yaml"),
        ),
        "differs from the file: content, description",
        Risk.HIGH,
    ),
    Change(
        Action.MOVE,
        "move",
        Resource(
            account("shop"),
            {"parent": "root", "email": "aws+old@example.com"},
            id="222222222222",
            label="Shop",
        ),
        Resource(
            account("shop"),
            {"parent": "ou:workloads/prod", "email": "aws+new@example.com"},
            id="222222222222",
            label="Shop",
            source=Source("accounts/workloads/shop.yaml", 2, 5),
        ),
        "root in AWS, not where the file puts it",
        Risk.HIGH,
    ),
    Change(
        Action.CLOSE,
        "close",
        Resource(account("old-sandbox"), {"state": "ACTIVE"}, id="444444444444"),
        Resource(
            account("old-sandbox"),
            {"state": "CLOSED"},
            id="444444444444",
            source=Source("accounts/old-sandbox.yaml", 3),
        ),
        "its file says state: closed",
        Risk.IRREVERSIBLE,
        effects=("AWS closes the account for good after 90 days",),
    ),
    Change(
        Action.DELETE,
        "detach",
        Resource(attachment(guardrail("deny-root-user"), ROOT)),
        None,
        "ours, gone from the files",
    ),
    Change(
        Action.DELETE,
        "remove",
        Resource(unit("infrastructure/old"), {"name": "old"}, id="ou-ab12-11111111"),
        None,
        "ours, gone from the files",
        effects=("AWS removes attachment:deny-regions@ou:infrastructure/old with it",),
    ),
)
NOTICES = (
    Notice("unmanaged", "account:555555555555 (Playground) is in AWS and in no file", account("555555555555")),
    Notice(
        "unmanaged",
        "root e-mail ops@example.org, in AWS and in no file",
        account("666666666666"),
        Source("accounts/organization.yaml", 7),
    ),
    Notice("gap", "guardrail: AccessDenied on ListPolicies"),
)
REFUSALS = (
    Refusal(
        "mass-change",
        "12 accounts would move, more than 10",
        "raise safety.max_moves in organization.yaml, or --allow mass-change if it is meant",
    ),
    Refusal(
        "close-not-agreed",
        "account:old-sandbox would be closed for good",
        "agree with --close old-sandbox",
        account("old-sandbox"),
        Source("accounts/old-sandbox.yaml", 3),
    ),
)
WAITS = {PAYMENTS: frozenset({attachment(guardrail("deny-root-user"), unit("workloads"))})}
RIGHTS = Rights(
    14,
    (
        Shift(
            Direction.LOSS,
            "SERVICE_CONTROL_POLICY",
            (account("shop"), account("blog")),
            "accounts shop, blog lose every action but iam:*, support:* outside eu-central-1, eu-west-1",
            ("*",),
            ("iam:*", "support:*"),
            (Bound("aws:RequestedRegion", ("eu-central-1", "eu-west-1"), True),),
        ),
        Shift(
            Direction.GAIN,
            "SERVICE_CONTROL_POLICY",
            (PAYMENTS,),
            "account payments-prod gains organizations:LeaveOrganization (also conditional on aws:AssumedRoot)",
            ("organizations:LeaveOrganization",),
            conditional_on=("aws:AssumedRoot",),
        ),
    ),
)
ROOM = (
    Room(ROOT, "SERVICE_CONTROL_POLICY", 10, 10, 6991, ("deny-regions", 1203), 10240),
    Room(unit("workloads"), "SERVICE_CONTROL_POLICY", 2, 10, 402, ("deny-root-user", 402), 10240),
    Room(unit("workloads"), "RESOURCE_CONTROL_POLICY", 1, 5, 0, None, 5120),
    Room(PAYMENTS, "TAG_POLICY", 1, None, 315, ("standard-tags", 315)),
)
PLAN = Plan(IDENTITY, CHANGES, WAITS, NOTICES, rights=RIGHTS, room=ROOM)
REFUSED = Plan(IDENTITY, CHANGES[:2], {}, (), REFUSALS)
EMPTY = Plan(IDENTITY)
RESULTS = (
    Result(CHANGES[0], Status.DONE, seconds=4.2),
    Result(CHANGES[1], Status.DONE, seconds=31.0),
    Result(CHANGES[2], Status.DONE),
    Result(
        CHANGES[3],
        Status.FAILED,
        "ConstraintViolationException on AttachPolicy: too many policies for ops@example.com",
        "detach one first, or raise organizations.attachments.SERVICE_CONTROL_POLICY",
        1.5,
    ),
    Result(CHANGES[4], Status.BLOCKED),
    Result(CHANGES[5], Status.PENDING, "policy changes are still in progress"),
    Result(CHANGES[6], Status.NOT_STARTED),
)
REPORT = Report(Plan(IDENTITY, CHANGES[:7]), RESULTS, Plan(IDENTITY, CHANGES[3:7]), 192.4)
COMPLETE = Report(Plan(IDENTITY, CHANGES[:3]), RESULTS[:3], EMPTY, 35.2)


def hostile(text: str) -> tuple[Plan, Report]:
    """A plan and a report in which everything that comes from outside is, or holds, this text."""
    tag = {f"tags.{text}": text, "name": text, "email": text, "description": text}
    statement = {"Sid": text, "Effect": "Deny", "Action": [text, "s3:*"], text: {text: [text]}}
    before = Resource(account(text), {**tag, "content": policy(LEAVING)}, id=text, label=text)
    after = Resource(
        account(text),
        dict.fromkeys(tag, "x" + text) | {"content": policy(statement, **{text: text})},
        id=text,
        label=text,
        source=Source(text),
    )
    changes = (
        Change(Action.CREATE, text, None, after, text, effects=(text,)),
        Change(Action.UPDATE, "update", before, after, text, Risk.HIGH, (text,)),
        Change(Action.DELETE, "remove", before, None, text),
    )
    notices = (Notice(text, text, account(text), Source(text)), Notice("gap", text))
    refusals = (Refusal(text, text, text, account(text), Source(text)),)
    bound = Bound(text, (text,))
    shifts = tuple(Shift(each, SCP, (account(text),), text, (text,), (text,), (bound,), (text,)) for each in Direction)
    room = (Room(account(text), SCP, 1, 10, 1, (text, 1), 10240),)
    plan = Plan(Identity(text, text, text, text), changes, {}, notices, refusals, rights=Rights(1, shifts), room=room)
    results = tuple(Result(changes[0], status, text, text, 1.0) for status in Status)
    return plan, Report(plan, results, plan, 1.0)
