"""The syntax of policy documents."""

from __future__ import annotations

import json
from typing import Any

import pytest

from factory.core.policy_types import POLICY_TYPES, RCP, SCP
from factory.sandbox.documents import require_well_formed
from factory.sandbox.organization import aws_managed_policies
from factory.sandbox.refused import Refused

GOOD: dict[str, Any] = {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}


def _document(*statements: Any, **more: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **more})


@pytest.mark.parametrize(
    "content",
    [
        _document(GOOD),
        _document(GOOD, {**GOOD, "Sid": "Second1"}),
        json.dumps({"Version": "2012-10-17", "Statement": GOOD}),
        _document({"Effect": "Deny", "NotAction": ["iam:*", "sts:*"], "Resource": ["*"]}),
        _document({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::x"}),
        _document({**GOOD, "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}}),
    ],
)
def test_good_scps(content: str) -> None:
    require_well_formed(SCP, content)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        "null",
        '{"Version":"2012-10-17","Statement":NaN}',
        json.dumps({"Statement": [GOOD]}),
        json.dumps({"Version": "2008-10-17", "Statement": [GOOD]}),
        _document(),
        _document("text"),
        _document(GOOD, Surprise=1),
        _document({**GOOD, "Surprise": 1}),
        _document({**GOOD, "Principal": "*"}),
        _document({**GOOD, "NotPrincipal": "*"}),
        _document({**GOOD, "Effect": "deny"}),
        _document({**GOOD, "NotAction": "*"}),
        _document({**GOOD, "NotResource": "*"}),
        _document({**GOOD, "Action": []}),
        _document({**GOOD, "Action": {"a": 1}}),
        _document({**GOOD, "Resource": [1]}),
        _document({**GOOD, "Sid": "with-dash"}),
        _document({**GOOD, "Condition": []}),
        _document({"Effect": "Deny", "Action": "*"}),
        _document({"Effect": "Deny", "Resource": "*"}),
        _document({**GOOD, "Sid": "Same"}, {**GOOD, "Sid": "Same"}),
    ],
)
def test_bad_scps(content: str) -> None:
    with pytest.raises(Refused, match="MalformedPolicyDocument"):
        require_well_formed(SCP, content)


def test_rcps() -> None:
    good = {**GOOD, "Principal": "*"}
    require_well_formed(RCP, _document(good))
    for change in ({"Effect": "Allow"}, {"Principal": {"AWS": "1"}}, {"NotAction": "*"}):
        with pytest.raises(Refused):
            require_well_formed(RCP, _document({**good, **change}))
    with pytest.raises(Refused):
        require_well_formed(RCP, _document(GOOD))


def test_other_types_are_objects_of_their_own() -> None:
    for name, row in POLICY_TYPES.items():
        if not row.authorizes:
            require_well_formed(name, '{"anything": {}}')


def test_awss_own_policies() -> None:
    assert {(policy.id, policy.type) for policy in aws_managed_policies()} == {
        ("p-FullAWSAccess", SCP),
        ("p-RCPFullAWSAccess", RCP),
    }
    for policy in aws_managed_policies():
        assert json.loads(policy.content)["Statement"][0]["Effect"] == "Allow"
