"""Every rule of AWS's that the factory counts on: the sandbox keeps it, and what raw moto does is on record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from factory.core.limits import Limit, Limits
from factory.sandbox import Sandbox
from factory.sandbox.defaults import DEFAULT_LIMITS
from tests.contract import (
    account_rules,
    bucket_rules,
    other_rules,
    policy_rules,
    stack_instance_rules,
    stack_set_rules,
    tag_rules,
    unit_rules,
)
from tests.contract.scene import Rule, Scene

RULES = (
    *unit_rules.RULES,
    *account_rules.RULES,
    *policy_rules.RULES,
    *tag_rules.RULES,
    *bucket_rules.RULES,
    *other_rules.RULES,
)
ON_OURS = (*stack_set_rules.RULES, *stack_instance_rules.RULES)
"""Rules that raw moto is not asked to keep."""

OUTSIDE_THE_MODEL = {"NotSimulated", "ValidationException", "ValidationError", "InsufficientCapabilitiesException"}
MODELLED = ("organizations", "cloudformation")


@contextmanager
def in_sandbox(rule: Rule) -> Iterator[tuple[Scene, Sandbox]]:
    limits = Limits({**DEFAULT_LIMITS, **{key: Limit(key, value=value) for key, value in rule.limits}})
    with Sandbox(limits=limits, rates=False, empty_page_every=0) as box:
        session = box.session()
        scene = Scene(
            client=cache(session.client),
            wait=box.clock.sleep,
            member=lambda service, account: box.session(account).client(service),
            away=lambda service, region: session.client(service, region_name=region),
        )
        yield scene, box


@cache
def moto_session() -> boto3.Session:
    return boto3.Session(
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="moto", region_name="us-east-1"
    )


@cache
def moto_client(service: str) -> Any:
    """Clients outlive the mock that answers them: making them is most of the time these tests take."""
    return moto_session().client(service)


@contextmanager
def in_moto() -> Iterator[Scene]:
    with mock_aws():
        session = moto_session()

        def member(service: str, account: str) -> Any:
            assumed = session.client("sts").assume_role(
                RoleArn=f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole", RoleSessionName="member"
            )["Credentials"]
            return session.client(
                service,
                aws_access_key_id=assumed["AccessKeyId"],
                aws_secret_access_key=assumed["SecretAccessKey"],
                aws_session_token=assumed["SessionToken"],
            )

        moto_client("organizations").create_organization(FeatureSet="ALL")
        yield Scene(
            client=moto_client,
            wait=lambda seconds: None,
            member=member,
            away=lambda service, region: session.client(service, region_name=region),
        )


@cache
def known_errors(service: str, operation: str) -> set[str]:
    """The codes with which the service model lets an operation fail."""
    model = botocore.session.get_session().get_service_model(service)
    return {shape.error_code for shape in model.operation_model(operation).error_shapes}


def check(rule: Rule, scene: Scene) -> None:
    if rule.code is None:
        assert rule.act(scene)
        return
    with pytest.raises(ClientError) as caught:
        rule.act(scene)
    assert caught.value.response["Error"]["Code"] == rule.code
    assert caught.value.response.get("Reason") == rule.reason


@pytest.mark.parametrize("rule", [*RULES, *ON_OURS], ids=lambda rule: rule.name)
def test_the_sandbox_keeps_the_rule(rule: Rule) -> None:
    with in_sandbox(rule) as (scene, box):
        check(rule, scene)
        for call, code in box.refusals:
            if call.service in MODELLED and code not in OUTSIDE_THE_MODEL:
                assert code in known_errors(call.service, call.operation), f"{call.operation} cannot fail with {code}"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(rule, marks=() if rule.moto else pytest.mark.xfail(strict=True, reason="moto diverges"))
        for rule in RULES
    ],
    ids=lambda rule: rule.name,
)
def test_what_raw_moto_does(rule: Rule) -> None:
    with in_moto() as scene:
        check(rule, scene)


def test_the_table_is_a_table() -> None:
    names = [rule.name for rule in (*RULES, *ON_OURS)]
    assert len(set(names)) == len(names) >= 60
    assert all(rule.source for rule in (*RULES, *ON_OURS))
