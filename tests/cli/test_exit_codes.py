from __future__ import annotations

from dataclasses import replace

import pytest

from factory.core.change import Cause, Plan, Report, Stop
from factory.core.errors import (
    FactoryError,
    InvalidFiles,
    Problem,
    SafetyRefusal,
    UsageError,
    WrongOrganization,
)
from factory.core.resource import Source
from tests.cli.fakes import Shell
from tests.views.samples import COMPLETE, EMPTY, IDENTITY, PLAN, REFUSED, REPORT, RESULTS

FAILED = Report(Plan(IDENTITY, PLAN.changes[3:5]), RESULTS[3:5], PLAN, 1.0)
PENDING = Report(Plan(IDENTITY, PLAN.changes[5:6]), RESULTS[5:6], PLAN, 1.0)


@pytest.mark.parametrize(
    ("arguments", "found", "code"),
    [
        (["plan"], EMPTY, 0),
        (["plan"], PLAN, 0),
        (["plan", "--detailed-exitcode"], EMPTY, 0),
        (["plan", "--detailed-exitcode"], PLAN, 2),
        (["plan"], REFUSED, 6),
        (["plan", "--detailed-exitcode"], REFUSED, 6),
        (["plan", "--format", "json"], REFUSED, 6),
        (["apply", "--yes"], EMPTY, 0),
        (["apply", "--yes"], REFUSED, 6),
        (["apply", "--yes", "--format", "json"], REFUSED, 6),
    ],
)
def test_plans(shell: Shell, arguments: list[str], found: Plan, code: int) -> None:
    shell.engine.found = found
    assert shell(*arguments).code == code
    assert not shell.engine.did("apply")


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (COMPLETE, 0),
        (REPORT, 3),
        (PENDING, 3),
        (FAILED, 1),
        (replace(COMPLETE, remaining=None), 3),
        (replace(COMPLETE, remaining=PLAN), 3),
        (replace(REPORT, remaining=None, stopped=Stop(Cause.INTERRUPT, "interrupted")), 130),
        (replace(REPORT, remaining=None, stopped=Stop(Cause.TERMINATE, "asked to end")), 143),
        (replace(REPORT, remaining=None, stopped=Stop(Cause.CREDENTIALS, "expired")), 3),
        (replace(FAILED, remaining=None, stopped=Stop(Cause.CREDENTIALS, "expired")), 3),
        (replace(REPORT, remaining=None, stopped=Stop(Cause.LOCK, "lost")), 5),
        (replace(REPORT, remaining=None, stopped=Stop(Cause.JOURNAL, "disk full")), 3),
        (replace(FAILED, remaining=None, stopped=Stop(Cause.JOURNAL, "disk full")), 1),
    ],
)
def test_reports(shell: Shell, report: Report, code: int) -> None:
    shell.engine.found, shell.engine.report = PLAN, report
    assert shell("apply", "--yes").code == code


PROBLEMS = [
    Problem(Source("accounts/b.yaml", 3, 5), "unknown key 'tagz'", "write tags"),
    Problem(Source("a.yaml"), "x@y.zz is twice"),
]


@pytest.mark.parametrize("command", [["plan"], ["apply", "--yes"]])
@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (
            FactoryError("AWS said no to ops@example.com", "ask again"),
            1,
            "Error: AWS said no to o***@e***\n  way out: ask again\n",
        ),
        (SafetyRefusal("refused"), 6, "Error: refused\n"),
        (WrongOrganization("another one", "use --profile"), 7, "Error: another one\n  way out: use --profile\n"),
        (UsageError("no"), 64, "Error: no\n"),
        (
            InvalidFiles(PROBLEMS),
            65,
            "a.yaml:1:1: x***@y*** is twice\naccounts/b.yaml:3:5: unknown key 'tagz'; write tags\n2 problems found.\n",
        ),
        (KeyboardInterrupt(), 130, "\nInterrupted. Run the same command again: it starts from what AWS says then.\n"),
    ],
)
def test_errors(shell: Shell, command: list[str], error: BaseException, code: int, message: str) -> None:
    shell.engine.error = error
    screen = shell(*command)
    assert (screen.code, screen.out, screen.err) == (code, "", message)


def test_an_unexpected_error_is_one_line_and_how_to_report_it(shell: Shell) -> None:
    shell.engine.error = ValueError("broken\n\x1b[31m for ops@example.com")
    screen = shell("plan")
    assert screen.code == 1
    assert screen.err.splitlines() == [
        r"Unexpected error: ValueError: broken\n\x1b[31m for o***@e***",
        "  This is a bug in factory: please report it with the command you typed, and what the same command",
        "  prints with -v.",
    ]


def test_a_traceback_comes_only_with_v_and_masked(shell: Shell) -> None:
    shell.engine.error = ValueError("ops@example.com")
    assert "Traceback" not in shell("plan").err
    screen = shell("plan", "-v")
    assert "Traceback (most recent call last):" in screen.err
    assert "ops@example.com" not in screen.err
    shell.engine.error = FactoryError("known")
    assert "Traceback" not in shell("plan", "-v").err
    assert "Traceback" in shell("plan", "-vv").err


def test_a_broken_limit_of_recursion_is_an_error_like_any_other(shell: Shell) -> None:
    shell.engine.error = RecursionError("deep")
    assert shell("plan").code == 1


def test_messages_cannot_break_their_lines(shell: Shell) -> None:
    shell.engine.error = FactoryError("one\n::error::two", "three\x1b[31m")
    assert shell("plan").err == "Error: one\\n::error::two\n  way out: three\\x1b[31m\n"
