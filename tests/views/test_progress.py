from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import Any

from factory.core.address import baseline, stack
from factory.core.change import Change, Plan
from factory.views.progress import Lines, Live, Tally, event_line
from factory.views.style import Style
from tests.views.samples import CHANGES, PLAN, hostile


@dataclass(frozen=True)
class Event:
    kind: str
    change: Change
    note: str = ""
    seconds: float = 0.0
    about: Any = None


EVENTS = (
    Event("start", CHANGES[1]),
    Event("progress", CHANGES[1], "IN_PROGRESS for aws+x@example.com", 12.0),
    Event("done", CHANGES[1], seconds=31.0),
    Event("failed", CHANGES[3], "AttachPolicy: ConstraintViolation", 1.5),
    Event("blocked", CHANGES[4], "waits for attachment:deny-root-user@ou:workloads"),
    Event("pending", CHANGES[5]),
    Event("progress", CHANGES[6], "412 stacks done, 3 failed, 585 to go", 80.0, baseline("cloudtrail")),
)


def test_lines() -> None:
    written: list[str] = []
    with Lines(PLAN, written.append, Style()) as watch:
        for event in EVENTS:
            watch(event)
    assert "".join(written).splitlines() == [
        "[ 0/10] start    + create account:payments-prod",
        "[ 0/10] progress + create account:payments-prod: IN_PROGRESS for a***@e*** (12.0 s)",
        "[ 1/10] done     + create account:payments-prod (31.0 s)",
        "[ 2/10] failed   + attach attachment:deny-root-user@ou:workloads: AttachPolicy: ConstraintViolation (1.5 s)",
        "[ 3/10] blocked  i adopt account:legacy: waits for attachment:deny-root-user@ou:workloads",
        "[ 4/10] pending  ~ update guardrail:deny-regions",
        "[ 4/10] progress   baseline:cloudtrail: 412 stacks done, 3 failed, 585 to go (1 min 20 s)",
    ]


def test_a_line_shows_the_head_of_a_long_note() -> None:
    note = ", ".join(f"account-{number} (eu-west-1)" for number in range(100)) + " are OUTDATED"
    line = event_line(Event("failed", CHANGES[1], note), Tally(PLAN), Style())
    assert line.endswith("... (the rest is in the report)")
    assert len(line) < 520


def crowd(count: int) -> Plan:
    sample = CHANGES[1]
    of = baseline("trail")
    changes = [
        replace(sample, after=replace(sample.resource, address=stack(of, f"a{number}"))) for number in range(count)
    ]
    return replace(PLAN, changes=tuple(changes))


def test_of_a_crowd_of_stacks_only_what_fails_has_a_line() -> None:
    written: list[str] = []
    plan = crowd(11)
    with Lines(plan, written.append, Style()) as watch:
        for change in plan.changes:
            watch(Event("start", change))
            watch(Event("progress", change, "CloudFormation"))
        watch(Event("progress", plan.changes[0], "1 stack done, 0 failed, 10 to go", 80.0, baseline("trail")))
        watch(Event("failed", plan.changes[3], "It broke"))
        for change in (*plan.changes[:3], *plan.changes[4:]):
            watch(Event("done", change))
    assert "".join(written).splitlines() == [
        "[ 0/11] progress   baseline:trail: 1 stack done, 0 failed, 10 to go (1 min 20 s)",
        "[ 1/11] failed   + create stack:trail@a3: It broke",
        "[11/11] done       baseline:trail: all but 1 account",
    ]


def test_a_few_stacks_have_a_line_each() -> None:
    written: list[str] = []
    plan = crowd(10)
    with Lines(plan, written.append, Style()) as watch:
        for change in plan.changes:
            watch(Event("done", change))
    assert len(written) == 10


def test_the_live_view_is_not_crowded() -> None:
    stream, plan = io.StringIO(), crowd(1000)
    with Live(plan, stream, Style()) as watch:
        for change in plan.changes:
            watch(Event("start", change))
        for change in plan.changes:
            watch(Event("done", change))
    text = stream.getvalue()
    assert "stack:trail@" not in text
    assert "baseline:trail: all accounts" in text


def test_the_live_view_shows_what_ended_and_what_is_in_flight() -> None:
    stream = io.StringIO()
    with Live(PLAN, stream, Style()) as watch:
        for event in EVENTS:
            watch(event)
        watch(Event("start", CHANGES[6]))
    text = stream.getvalue()
    assert "done     + create account:payments-prod (31.0 s)" in text
    assert "failed   + attach" in text
    assert "move account:shop" in text
    assert "4/10" in text
    assert "@example.com" not in text


def test_the_live_view_shows_what_changes_share_on_one_of_them() -> None:
    stream = io.StringIO()
    with Live(PLAN, stream, Style()) as watch:
        watch(EVENTS[-1])
    assert "baseline:cloudtrail: 412 stacks done, 3 failed, 585 to go" in stream.getvalue()


def test_no_text_of_others_reaches_the_terminal_raw() -> None:
    plan, _ = hostile("\x1b[31m[red]x[/red]\n\u202e")
    change = plan.changes[0]
    line = event_line(Event("failed", change, "\x1b]0;title\x07"), Tally(plan), Style())
    assert "\x1b" not in line
    assert "\n" not in line
    stream = io.StringIO()
    with Live(plan, stream, Style()) as watch:
        for kind in ("start", "progress", "failed"):
            watch(Event(kind, change, "\x1b]0;title\x07[bold]x[/bold]"))
    assert "\x1b]0;" not in stream.getvalue()
    assert "[bold]x[/bold]" in stream.getvalue()
    assert "\x1b[31m" not in stream.getvalue()
