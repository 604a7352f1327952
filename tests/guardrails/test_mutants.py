"""Mutants and coverage: what tests do not protect is found, and what they do protect is not."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factory.core.resource import Source
from factory.guardrails.context import Request
from factory.guardrails.coverage import uncovered
from factory.guardrails.levels import Level, Policy
from factory.guardrails.mutants import mutants, noticed, survivors
from factory.guardrails.running import run
from factory.guardrails.tree import FULL
from factory.guardrails.trials import Expected, Subject, Suite, Trial, Written
from tests.guardrails.judging import MEMBER, ROLE, allow, deny, document, on
from tests.guardrails.test_judge_properties import MANY, RESOURCES, contexts, policies, targets
from tests.guardrails.trying import shared, suite, with_tests

HERE = Source("x.yaml")


def subject(*statements: dict[str, Any], **more: Any) -> Subject:
    return Subject("p", "SERVICE_CONTROL_POLICY", {**document(*statements), **more}, lambda *_: HERE)


def what(*statements: dict[str, Any]) -> list[str]:
    return [mutant.what for mutant in mutants(subject(*statements))]


def test_a_statement_is_dropped() -> None:
    assert what(deny(Sid="A"), allow()) == ["statement A dropped", "statement 1 dropped"]
    first, second = mutants(subject(deny(Sid="A"), allow()))
    assert first.document["Statement"] == [allow()]
    assert second.document["Statement"] == [deny(Sid="A")]
    single = Subject("p", "", {"Version": "2012-10-17", "Statement": deny()}, lambda *_: HERE)
    (only,) = mutants(single)
    assert (only.path, only.document["Statement"]) == (("Statement",), [])


@pytest.mark.parametrize("key", ["Action", "Resource"])
def test_one_of_several_actions_and_resources_is_dropped(key: str) -> None:
    statement = {**deny(), key: ["a:b", "a:c"]}
    found = list(mutants(subject(statement)))[1:]
    assert [mutant.path for mutant in found] == [("Statement", 0, key, 0), ("Statement", 0, key, 1)]
    assert [mutant.document["Statement"][0][key] for mutant in found] == [["a:c"], ["a:b"]]


@pytest.mark.parametrize(
    ("operator", "values", "turned"),
    [
        ("StringEquals", "a", {"StringNotEquals": {"k": "a"}}),
        ("StringNotLikeIfExists", "a", {"StringLikeIfExists": {"k": "a"}}),
        ("ForAnyValue:StringEquals", "a", {"ForAnyValue:StringNotEquals": {"k": "a"}}),
        ("forallvalues:stringlike", "a", {"ForAllValues:StringNotLike": {"k": "a"}}),
        ("NumericLessThan", "1", {"NumericGreaterThanEquals": {"k": "1"}}),
        ("DateGreaterThan", "2026", {"DateLessThanEquals": {"k": "2026"}}),
        ("NotIpAddress", "10.0.0.0/8", {"IpAddress": {"k": "10.0.0.0/8"}}),
        ("Bool", "true", {"Bool": {"k": ["false"]}}),
        ("BoolIfExists", "false", {"BoolIfExists": {"k": ["true"]}}),
        ("Null", "true", {"Null": {"k": ["false"]}}),
    ],
)
def test_a_condition_is_dropped_and_turned_around(operator: str, values: str, turned: dict[str, Any]) -> None:
    _, dropped, inverted = mutants(subject(deny(**on(operator, "k", values))))
    assert "Condition" not in dropped.document["Statement"][0]
    assert inverted.document["Statement"][0]["Condition"] == turned
    assert inverted.what == f"condition {operator} k inverted in statement 0"


def test_what_nothing_turns_around_is_only_dropped() -> None:
    assert what(deny(**on("BinaryEquals", "k", "YQ=="))) == [
        "statement 0 dropped",
        "condition BinaryEquals k dropped in statement 0",
    ]


def test_an_exemption_is_dropped_and_says_what_to_test() -> None:
    found = list(mutants(subject(deny(**on("ArnNotLike", "aws:PrincipalArn", ["r1", "r2"])))))
    assert [mutant.what for mutant in found[3:]] == [
        "value r1 dropped from condition ArnNotLike aws:PrincipalArn in statement 0",
        "value r2 dropped from condition ArnNotLike aws:PrincipalArn in statement 0",
    ]
    assert found[3].advice == "test that a call with aws:PrincipalArn r1 is allowed"
    assert found[3].path == ("Statement", 0, "Condition", "ArnNotLike", "aws:PrincipalArn", 0)


def test_other_conditions_stay() -> None:
    both = {"Condition": {"StringEquals": {"a": "1", "b": "2"}, "Bool": {"c": "true"}}}
    found = {
        mutant.what: mutant.document["Statement"][0]["Condition"] for mutant in list(mutants(subject(deny(**both))))[1:]
    }
    assert found["condition StringEquals a dropped in statement 0"] == {
        "StringEquals": {"b": "2"},
        "Bool": {"c": "true"},
    }
    assert found["condition Bool c dropped in statement 0"] == {"StringEquals": {"a": "1", "b": "2"}}
    assert found["condition StringEquals b inverted in statement 0"] == {
        "StringEquals": {"a": "1"},
        "Bool": {"c": "true"},
        "StringNotEquals": {"b": "2"},
    }


THOROUGH = """\
- {name: other Regions, do: ec2:RunInstances, on: "*", in: us-east-1, expect: denied, by: {sid: Regions}}
- {name: ours, do: ec2:RunInstances, on: "*", in: [eu-central-1, eu-west-1], expect: allowed}
- {name: what is called elsewhere, do: [iam:CreateRole, sts:AssumeRole], on: "*", in: us-east-1, expect: allowed}
- {name: deployments, as: {role: stacksets-exec-1}, do: ec2:RunInstances, on: "*", in: us-east-1, expect: allowed}
"""


def test_thorough_tests_notice_every_mutant_and_cover_every_statement(tmp_path: Path) -> None:
    found = suite(tmp_path, with_tests("regions", THOROUGH))
    results = run(found)
    assert all(result.passed for result in results)
    assert survivors(found, ["regions"]) == ([], 9)
    assert uncovered(found, results, ["regions"]) == ([], 1)


@pytest.mark.parametrize(
    ("line", "alive"),
    [
        (0, "statement Regions dropped"),
        (1, "value eu-central-1 dropped from condition StringNotEquals aws:RequestedRegion in statement Regions"),
        (2, "action iam:* dropped in statement Regions"),
        (3, "condition ArnNotLike aws:PrincipalArn dropped in statement Regions"),
    ],
)
def test_each_test_that_is_taken_away_lets_a_mutant_live(tmp_path: Path, line: int, alive: str) -> None:
    kept = "".join(each for number, each in enumerate(THOROUGH.splitlines(keepends=True)) if number != line)
    found, _ = survivors(suite(tmp_path, with_tests("regions", kept)), ["regions"])
    assert alive in [each.what for each in found]


def test_survivors_are_told_with_their_place(tmp_path: Path) -> None:
    found, _ = survivors(suite(tmp_path, with_tests("regions", THOROUGH.replace(", sts:AssumeRole", ""))), ["regions"])
    (only,) = found
    assert str(only.subject.where(*only.path)) == "baselines/guardrails/regions.yaml:8:28"
    assert (only.what, only.advice) == (
        "action sts:* dropped in statement Regions",
        "test that an action such as sts:* is allowed",
    )


def test_tests_of_the_tree_notice_mutants_too(tmp_path: Path) -> None:
    text = "- {name: n, as: {account: play}, do: organizations:LeaveOrganization, expect: denied}\n"
    assert survivors(suite(tmp_path, shared(text)), ["stay"]) == ([], 1)


def test_allow_lists(tmp_path: Path) -> None:
    text = "- {name: storage, do: s3:GetObject, on: 'arn:aws:s3:::x/y', expect: allowed}\n"
    found = suite(tmp_path, with_tests("approved", text))
    assert [mutant.what for mutant in survivors(found, ["approved"])[0]] == ["statement Keys dropped"]
    gaps, count = uncovered(found, run(found), ["approved"])
    assert ([gap.what for gap in gaps], count) == (["statement Keys is needed by no test"], 2)


def test_management_policies(tmp_path: Path) -> None:
    path = "services.default.opt_out_policy"
    found = suite(tmp_path, with_tests("no-training", f"- {{name: n, effective: {{{path}: optOut}}}}\n"))
    (lock,) = survivors(found, ["no-training"])[0]
    assert lock.what == f"@@operators_allowed_for_child_policies dropped at {path}"
    assert lock.path[-1] == "@@operators_allowed_for_child_policies"
    assert uncovered(found, run(found), ["no-training"]) == ([], 1)
    gaps, _ = uncovered(suite(tmp_path), [], ["no-training"])
    assert [gap.what for gap in gaps] == [f"no test says what {path} comes to"]


def test_a_statement_that_only_another_one_would_miss_is_not_covered(tmp_path: Path) -> None:
    """A denial that a test did not expect covers nothing."""
    text = "- {name: n, do: ec2:RunInstances, on: '*', in: us-east-1, expect: allowed}\n"
    found = suite(tmp_path, with_tests("regions", text))
    gaps, _ = uncovered(found, run(found), ["regions"])
    assert [gap.what for gap in gaps] == ["statement Regions denies no call that a test expects to be denied"]


def trial(policy: Policy, context: dict[str, Any], resources: list[str], expected: Expected) -> Trial:
    request = Request(
        ROLE, "sqs:SendMessage", tuple(resources), resource_account=MEMBER, context=context, unknown_is_absent=True
    )
    levels = (Level("root", (FULL,)), Level("account", (FULL, policy)))
    return Trial(Written("n", HERE), "", request, levels, (), expected)


@MANY
@given(policies, contexts, targets)
def test_without_a_denial_what_was_allowed_stays_allowed(
    policy: Policy, context: dict[str, Any], on: list[str]
) -> None:
    tried = trial(policy, context, on, Expected.ALLOWED)
    if not tried.passes(tried.verdict()):
        return
    this = Subject(policy.name, "SERVICE_CONTROL_POLICY", policy.document, lambda *_: HERE)
    for mutant in mutants(this):
        statement = policy.statements[mutant.statement or 0]
        if mutant.dropped and statement.denies:
            assert not noticed(mutant, [tried])


@MANY
@given(policies, contexts, targets, st.sampled_from([Expected.ALLOWED, Expected.DENIED]))
def test_a_mutant_is_noticed_if_and_only_if_its_verdict_fails_the_test(
    policy: Policy, context: dict[str, Any], on: list[str], expected: Expected
) -> None:
    """What is left out to be quick, calls in which the statement holds as before, changes nothing."""
    tried = trial(policy, context, on, expected)
    if not tried.passes(tried.verdict()):
        return
    this = Subject(policy.name, "SERVICE_CONTROL_POLICY", policy.document, lambda *_: HERE)
    for mutant in mutants(this):
        anew = trial(Policy(policy.name, mutant.document), context, on, expected)
        assert noticed(mutant, [tried]) is not anew.passes(anew.verdict())


def test_thousands_of_mutants_take_seconds() -> None:
    """As many as a large library has: processor time, generous, for a busy machine."""
    subjects, trials = {}, []
    for number in range(4):
        actions = [f"s{number}:Do{each}" for each in range(100)]
        regions = [f"r{each}" for each in range(100)]
        some = (deny(actions, Sid="A"), deny(actions, Sid="B", **on("StringNotEquals", "k", regions)))
        found = Subject(f"p{number}", "SERVICE_CONTROL_POLICY", document(*some), lambda *_: HERE)
        subjects[found.name] = found
        levels = (Level("n", (FULL, found.policy)),)
        for action in actions:
            request = Request(ROLE, action, RESOURCES[:1], unknown_is_absent=True)
            trials.append(Trial(Written(action, HERE), action, request, levels, (), Expected.DENIED))
    before = time.process_time()
    _, count = survivors(Suite(subjects, tuple(trials)))
    assert count == 1216
    assert time.process_time() - before < 8
