"""Tests of guardrails: what they come to, when they fail, and what is said then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from factory.guardrails.running import run
from factory.guardrails.trials import at, same
from tests.guardrails.trying import failures, shared, suite, with_tests

REGIONS = "baselines/guardrails/regions.yaml"


def test_a_matrix_multiplies_accounts_actions_and_regions(tmp_path: Path) -> None:
    found = suite(
        tmp_path,
        shared("""\
- name: closed Regions
  as: {account: [shop, play], role: dev}
  do: [ec2:RunInstances, s3:CreateBucket]
  in: [us-east-1, us-west-2, eu-west-1]
  on: "*"
  expect: denied
"""),
    )
    assert len(found.trials) == 12
    assert found.trials[0].words == "ec2:RunInstances in us-east-1 as role dev of shop"
    passed = [
        (trial.words.rpartition(" ")[2], result.passed) for trial, result in zip(found.trials, run(found), strict=True)
    ]
    assert passed.count(("shop", True)) == 4
    assert passed.count(("play", False)) == 6


@pytest.mark.parametrize(
    ("who", "accounts"),
    [
        ("every_account: true", {"shop", "play", "vault"}),
        ("under: workloads", {"shop"}),
        ("under: [sandbox, regulated]", {"play", "vault"}),
        ("under: root", {"shop", "play", "vault"}),
    ],
)
def test_accounts_are_named_one_by_one_or_by_their_place(tmp_path: Path, who: str, accounts: set[str]) -> None:
    text = f"- {{name: n, as: {{{who}, root: true}}, do: organizations:LeaveOrganization, expect: denied}}\n"
    found = suite(tmp_path, shared(text))
    assert {trial.words.rpartition(" ")[2] for trial in found.trials} == accounts
    assert all(result.passed for result in run(found))


def test_a_guardrail_is_judged_alone_in_its_own_file(tmp_path: Path) -> None:
    """Not stay, which is attached to the root, denies this, and no account of the tree is meant."""
    text = """\
- {name: leaving, as: {role: stacksets-exec-1}, do: organizations:LeaveOrganization, expect: allowed}
- {name: alone, do: ec2:RunInstances, on: "arn:aws:ec2:{region}:{account}:instance/*", in: us-east-1, expect: denied}
"""
    found = suite(tmp_path, with_tests("regions", text))
    assert [result.passed for result in run(found)] == [True, True]
    assert found.trials[1].words == (
        "ec2:RunInstances on arn:aws:ec2:us-east-1:111122223333:instance/* in us-east-1 as role developer"
    )


def test_an_allow_list_is_judged_without_full_access_beside_it(tmp_path: Path) -> None:
    text = """\
- {name: storage, do: s3:GetObject, on: "arn:aws:s3:::x/y", expect: allowed}
- {name: nothing else, do: ec2:RunInstances, on: "*", expect: implicit-deny}
"""
    assert failures(tmp_path, with_tests("approved", text)) == []


def test_rcps_are_judged_on_the_account_of_the_resource(tmp_path: Path) -> None:
    text = """\
- name: strangers
  as: {external: "999988887777", account: [shop, vault]}
  do: s3:GetObject
  on: arn:aws:s3:::ours/x
  with: {aws:SecureTransport: false}
  expect: explicit-deny
  by: {guardrail: tls, sid: Tls, level: root}
- name: services
  as: {service: cloudtrail.amazonaws.com}
  of: shop
  do: s3:PutObject
  on: arn:aws:s3:::ours/{accounts.play.id}/x
  with: {aws:SecureTransport: true, aws:SourceAccount: "{accounts.play.id}"}
  expect: allowed
- name: nobody knows who
  as: {anonymous: true, account: play}
  do: s3:GetObject
  on: arn:aws:s3:::ours/x
  with: {aws:SecureTransport: false}
  expect: denied
"""
    found = suite(tmp_path, shared(text))
    assert [result.passed for result in run(found)] == [True] * 4
    service = found.trials[2].request
    assert service.resources == ("arn:aws:s3:::ours/222222222222/x",)
    assert service.context["aws:SourceAccount"] == "222222222222"


def test_the_account_in_an_arn_says_whose_resource_it_is(tmp_path: Path) -> None:
    text = """\
- name: a queue elsewhere
  as: {account: shop}
  do: s3:GetObject
  on: arn:aws:s3:eu-west-1:{accounts.play.id}:accesspoint/x
  in: eu-west-1
  with: {aws:SecureTransport: true}
  expect: allowed
"""
    (trial,) = suite(tmp_path, shared(text)).trials
    assert trial.request.resource_account == "222222222222"
    assert [level.name for level in trial.rcp_levels] == ["root", "ou:sandbox", "account:play"]
    assert [level.name for level in trial.scp_levels][-1] == "account:shop"


@pytest.mark.parametrize(
    ("action", "region"), [("iam:CreateRole", None), ("sts:AssumeRole", "eu-west-1"), ("ec2:RunInstances", "eu-west-1")]
)
def test_global_services_are_called_where_they_are(tmp_path: Path, action: str, region: str | None) -> None:
    """IAM is called in us-east-1 wherever people work; STS has endpoints in Regions, and a Region names one."""
    text = f'- {{name: n, as: {{account: shop}}, do: {action}, in: eu-west-1, on: "*", expect: allowed}}\n'
    (trial,) = suite(tmp_path, shared(text)).trials
    assert trial.request.context.get("aws:RequestedRegion") == region


def test_what_nobody_said_fails_a_test_and_names_the_key(tmp_path: Path) -> None:
    text = "- {name: open, do: s3:GetObject, on: 'arn:aws:s3:::x/y', expect: allowed}\n"
    (result,) = failures(tmp_path, with_tests("tls", text))
    assert result.lines == (
        "expected allowed, but it is not certain",
        "statement Tls of tls at account:member (baselines/guardrails/tls.yaml:6) may deny it, "
        "depending on aws:SecureTransport",
        "way out: say what the request has of aws:SecureTransport: "
        "with: {aws:SecureTransport: VALUE}, or absent: [aws:SecureTransport]",
    )
    for settled in ("absent: [aws:SecureTransport]", "with: {aws:SecureTransport: true}"):
        assert failures(tmp_path, with_tests("tls", text.replace("expect", f"{settled}, expect"))) == []
    assert failures(tmp_path, with_tests("tls", text.replace("allowed", "depends"))) == []


def test_a_region_that_nobody_named(tmp_path: Path) -> None:
    text = "- {name: open, do: ec2:RunInstances, on: '*', expect: denied}\n"
    (result,) = failures(tmp_path, with_tests("regions", text))
    assert result.lines[-1] == "way out: name the Region with in:"


def test_a_resource_that_nobody_named_is_not_taken_for_harmless(tmp_path: Path) -> None:
    """Without it, "allowed" would only say that the statement is about certain resources."""
    guarded = {
        "baselines/guardrails/small.yaml": """\
description: Small ones only.
type: SERVICE_CONTROL_POLICY
content:
  Version: "2012-10-17"
  Statement:
    - Sid: Small
      Effect: Deny
      Action: ec2:RunInstances
      Resource: arn:aws:ec2:*:*:instance/*
      Condition: {StringNotEquals: {"ec2:InstanceType": t3.micro}}
tests:
- {name: any, do: ec2:RunInstances, with: {ec2:InstanceType: m5.large}, expect: allowed}
"""
    }
    (result,) = failures(tmp_path, guarded)
    assert result.lines == (
        "expected allowed, but it depends on the resource, and the test names none with on:",
        "statement Small of small at account:member (baselines/guardrails/small.yaml:6) may deny it: "
        "it is about arn:aws:ec2:*:*:instance/*, not *",
        'way out: write the resource with on:, or on: "*" if the action has none',
    )
    text = guarded["baselines/guardrails/small.yaml"]
    for more in ('on: "*"', "on: 'arn:aws:ec2:eu-west-1:111122223333:subnet/x'"):
        assert failures(tmp_path, {REGIONS.replace("regions", "small"): text.replace("with:", f"{more}, with:")}) == []


def test_why_nothing_denies_it(tmp_path: Path) -> None:
    text = "- {name: n, do: [ec2:RunInstances, iam:CreateRole], in: eu-west-1, on: '*', expect: denied}\n"
    first, second = failures(tmp_path, with_tests("regions", text))
    assert first.lines == (
        "expected denied, but it is allowed: no guardrail forbids it",
        "statement Regions of regions at account:member (baselines/guardrails/regions.yaml:6) does not deny it: "
        "StringNotEquals aws:RequestedRegion [eu-central-1, eu-west-1] is not met: the request has eu-west-1",
    )
    assert second.lines[1:] == ("no statement that denies anything is about iam:CreateRole",)


def test_who_denies_it_and_by_which_conditions(tmp_path: Path) -> None:
    text = "- {name: n, as: {user: ada}, do: ec2:RunInstances, in: us-east-1, on: '*', expect: allowed}\n"
    (result,) = failures(tmp_path, with_tests("regions", text))
    assert result.lines[0] == "expected allowed, but it is denied"
    assert result.lines[1].startswith("statement Regions of regions at account:member (baselines/guardrails/regions")
    assert "ArnNotLike aws:PrincipalArn arn:*:iam::*:role/stacksets-exec-*, and the request has " in result.lines[1]
    assert "StringNotEquals aws:RequestedRegion [eu-central-1, eu-west-1], and the request has us" in result.lines[1]


def test_why_no_level_allows_it(tmp_path: Path) -> None:
    text = "- {name: n, as: {account: vault}, do: ec2:RunInstances, in: eu-west-1, on: '*', expect: allowed}\n"
    (result,) = failures(tmp_path, shared(text))
    assert result.lines == (
        "expected allowed, but it is denied, since no guardrail allows it",
        "at ou:regulated no SCP allows it",
    )


def test_whom_guardrails_do_not_bind(tmp_path: Path) -> None:
    linked = "aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
    text = f"- {{name: n, as: {{role: {linked}}}, do: ec2:RunInstances, in: us-east-1, on: '*', expect: denied}}\n"
    (result,) = failures(tmp_path, with_tests("regions", text))
    assert result.lines == (
        "expected denied, but it is allowed: these guardrails do not bind it",
        "SCPs do not bind service-linked roles",
        "no levels of RCPs are given",
    )


@pytest.mark.parametrize(
    ("by", "line"),
    [
        ("{guardrail: stay}", "it is denied, but not by guardrail stay"),
        ("{level: root}", "it is denied, but not by what is at root"),
        ("{sid: Stay, guardrail: stay}", "it is denied, but not by statement Stay of guardrail stay"),
    ],
)
def test_by_is_exact(tmp_path: Path, by: str, line: str) -> None:
    text = f"""\
- name: n
  as: {{account: shop}}
  do: ec2:RunInstances
  in: us-east-1
  on: "*"
  expect: denied
  by: {by}
"""
    (result,) = failures(tmp_path, shared(text))
    assert result.lines[0] == line
    right = text.replace(by, "[{guardrail: regions, sid: Regions, level: workloads}, {level: ou:workloads}]")
    assert failures(tmp_path, shared(right)) == []


def test_effective_policies(tmp_path: Path) -> None:
    own = """\
- name: out, and nobody below may change that
  effective: {services.default.opt_out_policy: optOut, services.lex: null}
  child_policy: {services: {default: {opt_out_policy: {"@@assign": optIn}}}}
"""
    tree = """\
- name: nobody trains on it
  as: {every_account: true}
  type: AISERVICES_OPT_OUT_POLICY
  effective: {services.default.opt_out_policy: optOut}
"""
    found = suite(tmp_path, with_tests("no-training", own) | shared(tree))
    assert [result.passed for result in run(found)] == [True] * 5
    (result,) = failures(tmp_path, with_tests("no-training", own.replace("optOut", "optIn")))
    assert result.lines == (
        "expected optIn, but it is optOut",
        "@@assign of child_policy at below at services.default.opt_out_policy has no effect: "
        "no-training at root forbids it",
    )


@pytest.mark.parametrize(
    ("document", "path", "value"),
    [
        ({"a": {"b": 1}}, "a.b", 1),
        ({"a.b": {"c": 1}}, "a.b.c", 1),
        ({"a": {"b.c": 1}, "a.b": {"d": 2}}, "a.b.c", 1),
        ({"a": 1}, "a.b", None),
        ({}, "a", None),
        ({"a": {"b": 1}}, "a", {"b": 1}),
    ],
)
def test_paths_into_a_policy(document: Any, path: str, value: Any) -> None:
    assert at(document, path) == value


@pytest.mark.parametrize(
    ("have", "want", "answer"),
    [
        ("2", 2, True),
        (True, "true", True),
        (["a", "b"], ["b", "a"], True),
        (["a"], "a", False),
        (None, None, True),
        ("", None, False),
        ({"a": ["1"]}, {"a": [1]}, True),
        (["a", "a"], ["a"], False),
    ],
)
def test_values_of_a_policy(have: Any, want: Any, answer: bool) -> None:
    assert same(have, want) is answer
