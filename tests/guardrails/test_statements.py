"""What a document says, so that two that say the same are equal."""

from __future__ import annotations

import json
from typing import Any

import pytest

from factory.guardrails.statements import FULL_ACCESS_CONTENT, NOTHING, Statements, statements


def says(*found: dict[str, Any], kind: str = "") -> Statements:
    return statements(json.dumps({"Version": "2012-10-17", "Statement": list(found)}), kind)


DENY = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
ALLOW = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}

SAME = {
    "the name of a statement": {**DENY, "Sid": "Named"},
    "a list of one": {**DENY, "Action": ["s3:*"]},
    "the order of keys": dict(reversed(DENY.items())),
}


@pytest.mark.parametrize("other", SAME.values(), ids=SAME.keys())
def test_what_means_nothing(other: dict[str, Any]) -> None:
    assert says(other) == says(DENY)


def test_the_order_of_a_list_means_nothing() -> None:
    assert says({**DENY, "Action": ["a:x", "b:y"]}) == says({**DENY, "Action": ["b:y", "a:x"]})


def test_the_order_of_statements_means_nothing() -> None:
    assert says(DENY, ALLOW) == says(ALLOW, DENY)


def test_one_statement_needs_no_list() -> None:
    assert statements(json.dumps({"Statement": DENY})) == says(DENY)


DIFFERENT = {
    "another action": {**DENY, "Action": "ec2:*"},
    "a condition": {**DENY, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}},
    "the other effect": ALLOW,
    "two actions": {**DENY, "Action": ["s3:*", "ec2:*"]},
}


@pytest.mark.parametrize("other", DIFFERENT.values(), ids=DIFFERENT.keys())
def test_what_means_something(other: dict[str, Any]) -> None:
    assert says(other) != says(DENY)


def test_the_same_words_in_another_type_of_policy_bind_something_else() -> None:
    assert says(DENY, kind="SERVICE_CONTROL_POLICY").denies.isdisjoint(
        says(DENY, kind="RESOURCE_CONTROL_POLICY").denies
    )


def test_denials_and_allows_are_kept_apart() -> None:
    found = says(DENY, ALLOW)
    assert (len(found.denies), len(found.allows)) == (1, 1)
    assert says(DENY).allows == frozenset()


EVERYTHING = {
    "FullAWSAccess": (FULL_ACCESS_CONTENT, True),
    "with a name": ('{"Statement": [{"Sid": "x", "Effect": "Allow", "Action": ["*"], "Resource": ["*"]}]}', True),
    "in two stars": ('{"Statement": {"Effect": "Allow", "Action": "*:*", "Resource": "*"}}', True),
    "among others": (json.dumps({"Statement": [DENY, json.loads(FULL_ACCESS_CONTENT)["Statement"][0]]}), True),
    "one service": (json.dumps({"Statement": ALLOW}), False),
    "one resource": ('{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:x"}}', False),
    "on a condition": ('{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {}}}', False),
    "denied": ('{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}', False),
}


@pytest.mark.parametrize(("content", "expected"), EVERYTHING.values(), ids=EVERYTHING.keys())
def test_whether_everything_is_allowed(content: str, expected: bool) -> None:
    assert statements(content, "SERVICE_CONTROL_POLICY").everything is expected


@pytest.mark.parametrize("content", ["", "not json", "[]", "3", "null", '{"tags": {}}', '{"Statement": ["x", 3]}'])
def test_what_is_no_policy_says_nothing(content: str) -> None:
    assert statements(content) == NOTHING
