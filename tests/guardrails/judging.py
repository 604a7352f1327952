"""Short words for the tests of the judge: documents, levels, requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from factory.guardrails.context import Request
from factory.guardrails.judge import judge
from factory.guardrails.levels import Level, Policy
from factory.guardrails.verdicts import Verdict

MANAGEMENT, MEMBER, OTHER, STRANGER = "111111111111", "222222222222", "333333333333", "999999999999"
ROLE = f"arn:aws:iam::{MEMBER}:role/developer"


def statement(effect: str, action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def document(*statements: Mapping[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(statements)}


def deny(action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return statement("Deny", action, resource, **more)


def allow(action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return statement("Allow", action, resource, **more)


def on(operator: str, key: str, value: Any) -> dict[str, Any]:
    """A ``Condition`` element of one condition."""
    return {"Condition": {operator: {key: value}}}


FULL = Policy("FullAWSAccess", document(allow()))


def level(name: str, *statements: Mapping[str, Any], full: bool = True) -> Level:
    """A node with FullAWSAccess, unless told otherwise, and one policy of these statements, if there are any."""
    policies = [FULL] if full else []
    return Level(name, (*policies, *([Policy(f"{name}-policy", document(*statements))] if statements else [])))


def chain(*statements: Mapping[str, Any]) -> tuple[Level, ...]:
    """Root, unit and account, with these statements at the unit."""
    return (level("root"), level("unit", *statements), level("account"))


def rcps(*statements: Mapping[str, Any]) -> tuple[Level, ...]:
    return (level("root", *statements, full=False), Level("unit"), Level("account"))


def request(action: str = "ec2:RunInstances", *resources: str, principal: str = ROLE, **more: Any) -> Request:
    given: dict[str, Any] = {"management_account": MANAGEMENT, **more}
    return Request(principal, action, resources or ("*",), **given)


def verdict(
    levels: Sequence[Level] = (), resource_levels: Sequence[Level] = (), asked: Request | None = None, **more: Any
) -> Verdict:
    return judge(asked or request(**more), levels, resource_levels)
