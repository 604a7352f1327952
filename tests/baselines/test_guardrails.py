"""The guardrails that ship: what each blocks and lets through, and whether anything in it goes untested."""

from __future__ import annotations

from functools import cache

import pytest

from factory.core.documents import canonical
from factory.core.policy_types import POLICY_TYPES, RCP, SCP
from factory.engine import load
from factory.guardrails.coverage import uncovered
from factory.guardrails.mutants import survivors
from factory.guardrails.running import run
from factory.guardrails.trials import Expected, Suite
from factory.kinds.guardrail_files import GuardrailFile, guardrails
from factory.kinds.guardrail_trials import trials_of
from tests.project.modules import ROOT

NAMES = sorted(path.stem for path in (ROOT / "baselines" / "guardrails").glob("*.yaml"))


@cache
def shipped() -> dict[str, GuardrailFile]:
    return {name: model for name, (_, model) in guardrails(load(ROOT, None)[0]).items()}


@cache
def suite() -> Suite:
    return trials_of(load(ROOT, None)[0])[0]


def deciding() -> list[str]:
    return [name for name in NAMES if POLICY_TYPES[shipped()[name].type].authorizes]


def test_they_block_and_let_through_what_their_tests_say() -> None:
    assert [str(result.test.source) for result in run(suite()) if not result.passed] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_guardrail_has_tests_about_both(name: str) -> None:
    assert len(shipped()[name].tests) >= (3 if name in deciding() else 1)
    if name in deciding():
        own = [trial for trial in suite().trials if trial.test.guardrail == name]
        assert {trial.expected for trial in own} >= {Expected.ALLOWED, Expected.DENIED}


def test_every_statement_is_covered() -> None:
    assert uncovered(suite(), run(suite()), NAMES)[0] == []


def test_their_tests_notice_whatever_is_dropped_or_turned_round() -> None:
    alive, count = survivors(suite(), NAMES)
    assert count > 500
    assert [(mutant.subject.name, mutant.what) for mutant in alive] == []


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
