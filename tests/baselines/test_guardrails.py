"""The guardrails that ship: what each blocks and lets through, and whether anything in it goes untested."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from factory.core.policy_types import POLICY_TYPES
from factory.engine import load
from factory.kinds.guardrail_files import GuardrailFile, guardrails
from tests.baselines.guardrail_runner import Call, calls, effective, failures, mutants
from tests.project.modules import ROOT

NAMES = sorted(path.stem for path in (ROOT / "baselines" / "guardrails").glob("*.yaml"))


@cache
def shipped() -> dict[str, GuardrailFile]:
    return {name: model for name, (_, model) in guardrails(load(ROOT, None)[0]).items()}


def deciding() -> list[str]:
    return [name for name in NAMES if POLICY_TYPES[shipped()[name].type].authorizes]


def of(model: GuardrailFile) -> tuple[Call, ...]:
    return tuple(call for test in model.tests for call in calls(test))


@pytest.mark.parametrize("name", NAMES)
def test_every_guardrail_has_tests(name: str) -> None:
    assert len(shipped()[name].tests) >= (3 if name in deciding() else 1)


@pytest.mark.parametrize("name", deciding())
def test_it_blocks_and_lets_through_what_its_tests_say(name: str) -> None:
    model = shipped()[name]
    assert failures(model.type, model.content, of(model)) == []


@pytest.mark.parametrize("name", deciding())
def test_its_tests_are_about_both_and_about_every_statement(name: str) -> None:
    model = shipped()[name]
    assert {call.denied for call in of(model)} == {True, False}
    assert {sid for call in of(model) for sid in call.by} == {each["Sid"] for each in model.content["Statement"]}


@pytest.mark.parametrize("name", deciding())
def test_its_tests_notice_whatever_is_dropped_or_turned_round(name: str) -> None:
    model = shipped()[name]
    survivors = [what for what, other in mutants(model.content) if not failures(model.type, other, of(model))]
    assert survivors == []


@pytest.mark.parametrize("name", [name for name in NAMES if name not in deciding()])
def test_an_effective_policy_is_as_its_tests_say(name: str) -> None:
    model = shipped()[name]
    for test in model.tests:
        found: dict[str, Any] = effective(model.type, model.content, test)
        assert found == test["effective"], test["name"]
