"""How far CloudFormation has come while a run waits: a line for each baseline and change of its counts, few calls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from factory import engine
from factory.cli.log import configure
from factory.cli.options import Options
from factory.core.address import Address
from factory.engine import Consent, Event, scheduler
from factory.kinds.base import Progress
from factory.sandbox import Timing
from factory.sandbox.seeding import break_stack
from factory.views.progress import Lines
from factory.views.style import Style
from tests.engine.ground import Ground, ground
from tests.engine.scripted import Scripted, Stage, update
from tests.engine.test_baselines import FILES, ORGANIZATION, RECORDER, RECORDER_TEMPLATE

UPDATED = {
    "baselines/stack-sets/recorder/template.yaml": RECORDER_TEMPLATE.replace("role/config", "role/other"),
}


SLOWLY = "operation: {max_concurrent_percent: 34, failure_tolerance_percent: 100}\n"
"""One of three accounts at a time, to the end."""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ground]:
    monkeypatch.setattr("tests.engine.ground.TIMING", Timing(creation=(30, 30), stack=(45, 45)))
    files = dict.fromkeys(("blog", "news"), "ou: workloads\n")
    files["baselines/stack-sets/recorder/baseline.yaml"] = RECORDER + SLOWLY
    with ground(tmp_path, {**FILES, **files}) as made:
        made.built()
        yield made


def lines(here: Ground) -> list[str]:
    """What a person sees of an apply that is no terminal."""
    organization, _ = engine.load(here.root)
    here.aws.refresh()
    plan, written = engine.plan(organization, here.aws, Consent()), list[str]()
    with Lines(plan, written.append, Style()) as watch:
        engine.apply(plan, here.aws, organization, Consent(), watch)
    return "".join(written).splitlines()


def test_an_update_line_by_line(here: Ground) -> None:
    here.write(UPDATED)
    assert lines(here) == [
        "[0/1] start    ~ update baseline:recorder",
        "[0/1] progress ~ update baseline:recorder: CloudFormation",
        "[0/1] progress ~ update baseline:recorder: 0 stacks done, 0 failed, 6 to go (10.0 s)",
        "[0/1] progress ~ update baseline:recorder: 2 stacks done, 0 failed, 4 to go (50.0 s)",
        "[0/1] progress ~ update baseline:recorder: 4 stacks done, 0 failed, 2 to go (1 min 30 s)",
        "[1/1] done     ~ update baseline:recorder (2 min 20 s)",
    ]


def test_failures_are_counted_while_it_goes_on(here: Ground) -> None:
    here.write(UPDATED)
    break_stack(here.box.state, "factory-main-recorder", here.members()["blog"].id, reason="It broke")
    counted = [line.partition("recorder: ")[2].partition(" (")[0] for line in lines(here) if "to go" in line]
    assert counted[0] == "0 stacks done, 0 failed, 6 to go"
    assert counted[-1] == "2 stacks done, 2 failed, 2 to go"


def test_stacks_of_a_new_account_are_counted_for_each_baseline(here: Ground) -> None:
    here.write({"late": "ou: workloads\n"})
    assert [line for line in lines(here) if "to go" in line] == [
        "[1/3] progress   baseline:recorder: 0 stacks done, 0 failed, 2 to go",
        "[1/3] progress   baseline:trail: 0 stacks done, 0 failed, 1 to go",
    ]


def test_targets_that_share_an_operation_share_the_line_and_the_question(here: Ground) -> None:
    names = [f"unit-{number}" for number in range(6)]
    units = "".join(f"  {name}: {{baselines: [recorder]}}\n" for name in names)
    accounts = {name: f"ou: {name}\n" for name in names}
    here.write({"organization": ORGANIZATION + units.replace("{baselines: [recorder]}", "{}"), **accounts})
    here.built()
    here.write({"organization": ORGANIZATION + units})
    with here.calls() as calls:
        shown = [line for line in lines(here) if "to go" in line]
    assert len(shown) == len(set(shown))
    assert all(" baseline:recorder: " in line for line in shown)
    assert calls["CreateStackInstances"] == 1
    assert calls["DescribeStackSetOperation"] < 20


def test_the_same_as_events_with_numbers(here: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    here.write(UPDATED)
    structlog.reset_defaults()
    configure(Options(verbose=1, log_format="json"), run="r1")
    lines(here)
    structlog.reset_defaults()
    events = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    found = [event for event in events if event["event"] == "rollout.progress"]
    fields = ("address", "done", "failed", "to_go", "elapsed_seconds")
    assert [tuple(event[name] for name in fields) for event in found] == [
        ("baseline:recorder", 0, 0, 6, 10.0),
        ("baseline:recorder", 2, 0, 4, 50.0),
        ("baseline:recorder", 4, 0, 2, 90.0),
    ]


def test_following_an_update_lists_no_stacks_until_it_is_over(here: Ground) -> None:
    here.write(UPDATED)
    organization, _ = engine.load(here.root)
    here.aws.refresh()
    plan, before = engine.plan(organization, here.aws, Consent()), len(here.box.calls)
    watched: list[int] = []

    def watch(event: Event) -> None:
        calls = [call.operation for call in here.box.calls[before:]]
        watched.append(calls.count("ListStackInstances"))

    engine.apply(plan, here.aws, organization, Consent(), watch)
    assert watched[:-1] == [0] * (len(watched) - 1)
    assert watched[-1] == 1


class TestCounting:
    @pytest.fixture
    def stage(self, here: Ground, monkeypatch: pytest.MonkeyPatch) -> Stage:
        kinds = {name: Scripted(name, here.box.clock) for name in ("thing", "other")}
        monkeypatch.setattr(scheduler, "registry", lambda: kinds)
        return Stage(here.box.clock, kinds)

    def told(self, stage: Stage) -> list[str]:
        return [f"{event.about}: {event.note}" for event in stage.events if "to go" in event.note]

    def test_operations_add_up_and_one_that_two_see_counts_once(self, stage: Stage) -> None:
        of = Address("baseline", "x")
        one, two, later = Progress(of, "1", 1, 0, 9), Progress(of, "2", 2, 1, 3), Progress(of, "1", 4, 0, 6)
        stage.kinds["thing"].scripts = {"a": ["wait", (one, two)], "b": ["wait", (later,)]}
        stage.run(update("a"), update("b"))
        assert self.told(stage) == ["baseline:x: 6 stacks done, 1 failed, 9 to go"]

    def test_nothing_is_told_twice(self, stage: Stage) -> None:
        one = Progress(Address("baseline", "x"), "1", 1, 0, 9)
        stage.kinds["thing"].scripts = {"a": ["wait", (one,), (one,), (one,)]}
        stage.run(update("a"))
        assert self.told(stage) == ["baseline:x: 1 stack done, 0 failed, 9 to go"]
