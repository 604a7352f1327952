"""The guardrails that ship: what each blocks and lets through, and whether anything in it goes untested."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from factory.core.documents import canonical
from factory.core.policy_types import POLICY_TYPES, RCP, SCP
from factory.engine import load
from factory.kinds.guardrail_files import GuardrailFile, guardrails
from tests.baselines.guardrail_runner import Call, calls, effective, failures, mutants
from tests.project.modules import ROOT

NAMES = sorted(path.stem for path in (ROOT / "baselines" / "guardrails").glob("*.yaml"))


@cache
def shipped() -> dict[str, GuardrailFile]:
    return {name: model for name, (_, model) in guardrails(load(ROOT, None)[0]).items()}


@cache
def written() -> dict[str, list[dict[str, Any]]]:
    """The tests of each guardrail as they are written."""
    nodes = {name: entry.node.child("tests") for name, (entry, _) in guardrails(load(ROOT, None)[0]).items()}
    return {name: node.plain() if node else [] for name, node in nodes.items()}


def deciding() -> list[str]:
    return [name for name in NAMES if POLICY_TYPES[shipped()[name].type].authorizes]


def of(name: str) -> tuple[Call, ...]:
    return tuple(call for test in written()[name] for call in calls(test))


@pytest.mark.parametrize("name", NAMES)
def test_every_guardrail_has_tests(name: str) -> None:
    assert len(written()[name]) >= (3 if name in deciding() else 1)


@pytest.mark.parametrize("name", deciding())
def test_it_blocks_and_lets_through_what_its_tests_say(name: str) -> None:
    model = shipped()[name]
    assert failures(model.type, model.content, of(name)) == []


@pytest.mark.parametrize("name", deciding())
def test_its_tests_are_about_both_and_about_every_statement(name: str) -> None:
    model = shipped()[name]
    assert {call.denied for call in of(name)} == {True, False}
    assert {sid for call in of(name) for sid in call.by} == {each["Sid"] for each in model.content["Statement"]}


@pytest.mark.parametrize("name", deciding())
def test_its_tests_notice_whatever_is_dropped_or_turned_round(name: str) -> None:
    model = shipped()[name]
    survivors = [what for what, other in mutants(model.content) if not failures(model.type, other, of(name))]
    assert survivors == []


@pytest.mark.parametrize("name", [name for name in NAMES if name not in deciding()])
def test_an_effective_policy_is_as_its_tests_say(name: str) -> None:
    model = shipped()[name]
    for test in written()[name]:
        found: dict[str, Any] = effective(model.type, model.content, test)
        assert found == test["effective"], test["name"]


def slots() -> list[str]:
    """The table of docs/guardrails.md: what is attached to each node of the example, and the room that is left."""
    organization = load(ROOT, None)[0]
    accounts = sorted(organization.accounts.values(), key=lambda each: each.name)
    lines = ["| node | SCPs | their characters | RCPs | their characters |", "|---|---|---|---|---|"]
    for place in (organization.root, *organization.units.values(), *accounts):
        cells = []
        for policy_type, most in ((SCP, 10), (RCP, 5)):
            models = [shipped()[name] for name in place.sections.get("guardrails", ())]
            sizes = [len(canonical(each.content)) for each in models if each.type == policy_type]
            cells += [f"{len(sizes) + 1} of {most}", f"{sum(sizes):,}"] if sizes else ["", ""]
        if any(cells):
            lines.append(f"| `{place.address}` | {' | '.join(cells)} |")
    return lines


def test_the_page_names_every_guardrail_and_the_room_that_is_left() -> None:
    text = (ROOT / "docs" / "guardrails.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if f" | `{name}`" not in text] == []
    assert "\n".join(slots()) in text
    assert f"{len(canonical(shipped()['ec2-safe-defaults'].content))} of 10,000" in text
    for name, model in shipped().items():
        row = next(line for line in text.splitlines() if f" | `{name}`" in line)
        assert [each for each in model.parameters if each != "ExemptRoles" and f"`{each}`" not in row] == [], name
