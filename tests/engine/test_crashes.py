"""Cut off at every call, before and after its effect: the next run ends as one that was never cut off."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest

from factory import engine
from factory.core.change import Report
from factory.core.journal import Fate, read, runs
from factory.engine import Journal
from factory.sandbox import Crash, Faults
from factory.spec import Organization
from tests.engine.ground import READS, Ground, told
from tests.engine.upheaval import CONSENT, picture, restore, upheaval
from tests.slices import slices

STEPS = 4
"""The calls are dealt out to this many tests, so that they run side by side."""

SLICES = 6
"""A test takes one in so many of its calls, another one every day."""


def run(here: Ground, organization: Organization, journal: Path) -> Report:
    """Plan and apply with a journal on disk; a crash lets go of the file as the end of a process does."""
    here.aws.refresh()
    plan = engine.plan(organization, here.aws, CONSENT)
    noted = Journal(journal, here.box.clock, sync=lambda _: None)
    return engine.apply(plan, here.aws, organization, CONSENT, here.events.append, journal=noted)


@pytest.mark.parametrize("remembers", [True, False], ids=["with the journal", "with the journal lost"])
@pytest.mark.parametrize("first", range(1, STEPS + 1))
def test_cut_off_at_every_call_the_next_run_ends_the_same(tmp_path: Path, first: int, remembers: bool) -> None:
    with upheaval(tmp_path) as (here, before):
        folder = tmp_path / "journal"
        organization, _ = engine.load(here.root)
        start = len(here.box.calls)
        assert run(here, organization, folder / "journal.jsonl").complete
        planning = next(n for n, call in enumerate(here.box.calls[start:]) if not call.operation.startswith(READS))
        wanted = picture(here.box)
        made, reached = len(pickle.loads(before).creations), 0
        chosen, count = slices(SLICES)
        for after in (False, True):
            for number in range(first + STEPS * chosen, 10_000, STEPS * count):
                if number < planning - 5 and (after or not remembers):
                    continue  # while it plans, nothing has an effect and nothing is noted yet
                restore(here, before)
                shutil.rmtree(folder)
                if not cut_off(here, organization, folder / "journal.jsonl", number, after):
                    break
                if not remembers:
                    (folder / "journal.jsonl").unlink(missing_ok=True)
                asked = creations(here)
                report = run(here, organization, folder / "journal.jsonl")
                where = f"cut off {'after' if after else 'before'} call {number} ({here.box.calls[-1]})"
                assert report.complete, f"{where}: {told(report)}"
                assert picture(here.box) == wanted, where
                assert len(asked) <= len(creations(here)) == made + 3, f"{where}: asked twice"
                assert whole(folder / "journal.jsonl"), where
                reached += 1
        assert reached * count > 20


def cut_off(here: Ground, organization: Organization, journal: Path, number: int, after: bool) -> bool:
    """Run until this call; false where the run has fewer."""
    here.box.faults = Faults(crash_at=number, crash_after=after)
    try:
        run(here, organization, journal)
    except Crash:
        return True
    finally:
        here.box.faults = None
    return False


def creations(here: Ground) -> list[Any]:
    return list(here.box.state.creations.values())


def whole(journal: Path) -> bool:
    """Every run's chain holds, and every request of a run that came to its end has an outcome."""
    chain = read(journal.read_bytes())
    ended = [r for r in runs(chain.records) if r.ended]
    return chain.sound and all(step.outcome and step.outcome["fate"] == Fate.DONE for r in ended for step in r.steps)


def test_the_scenario_is_as_rich_as_it_claims(tmp_path: Path) -> None:
    with upheaval(tmp_path) as (here, _):
        plan = here.plan(CONSENT)
        found = {f"{change.verb} {change.address.kind}" for change in plan.changes}
        assert found >= {
            "create account",
            "move account",
            "update account",
            "close account",
            "create ou",
            "update ou",
            "remove ou",
            "create guardrail",
            "update guardrail",
            "delete guardrail",
            "attach attachment",
            "detach attachment",
        }
        with here.calls() as calls:
            report = here.apply(CONSENT)
        assert report.complete, told(report)
        assert sum(count for name, count in calls.items() if not name.startswith(READS)) > 25
        print(sum(calls.values()), calls)
