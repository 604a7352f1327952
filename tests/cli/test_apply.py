from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from factory.core.errors import FactoryError, StalePlan
from factory.views.style import Style
from factory.views.text import plan_text
from tests.cli.fakes import Keyboard, Shell
from tests.views.golden import Compare
from tests.views.samples import COMPLETE, EMPTY, PLAN, REFUSED


@pytest.fixture
def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("factory.cli.terminal.Unbreakable.isatty", lambda _: True)
    monkeypatch.setenv("TERM", "dumb")
    return monkeypatch


@pytest.mark.parametrize("arguments", [[], ["--no-input"], ["--format", "json"]])
def test_without_a_terminal_nothing_is_applied_unasked_nor_even_read(shell: Shell, arguments: list[str]) -> None:
    shell.engine.found = PLAN
    screen = shell("apply", *arguments)
    assert (screen.code, screen.out) == (64, "")
    assert "factory apply --yes" in screen.err
    assert shell.engine.asked == []


def test_no_input_refuses_on_a_terminal_too(shell: Shell, on_a_terminal: pytest.MonkeyPatch) -> None:
    assert shell("apply", "--no-input").code == 64
    assert shell.engine.asked == []


@pytest.mark.parametrize("answer", ["", "\n", "y\n", "YES\n", "yes please\n", "no\n"])
def test_only_yes_is_accepted(shell: Shell, on_a_terminal: pytest.MonkeyPatch, answer: str) -> None:
    shell.engine.found = PLAN
    on_a_terminal.setattr(sys, "stdin", Keyboard(answer))
    screen = shell("apply")
    assert screen.code == 1
    assert not shell.engine.did("apply")
    assert screen.last.startswith("Plan: ")
    assert "Only 'yes' is accepted" in screen.err
    assert screen.err.endswith("Nothing was changed.\n")


@pytest.mark.parametrize("answer", ["yes\n", "  yes  \n"])
def test_yes_applies_what_was_shown(shell: Shell, on_a_terminal: pytest.MonkeyPatch, answer: str) -> None:
    shell.engine.found = PLAN
    on_a_terminal.setattr(sys, "stdin", Keyboard(answer))
    screen = shell("apply")
    assert screen.code == 0
    assert screen.out.startswith(plan_text(PLAN, Style()))
    assert screen.last.startswith("Applied: 3 of 3 changes")


def test_after_a_yes_all_is_read_again(shell: Shell, on_a_terminal: pytest.MonkeyPatch) -> None:
    shell.engine.found = PLAN
    shell.engine.moved = StalePlan(
        "changed while you were reading:", "look again", ["account:a: x", "ou:b: y@z.example"]
    )
    on_a_terminal.setattr(sys, "stdin", Keyboard("yes\n"))
    screen = shell("apply")
    assert screen.code == 4
    assert screen.err.endswith(
        "Error: changed while you were reading:\n  account:a: x\n  ou:b: y***@z***\n  way out: look again\n"
    )
    assert not shell.engine.did("apply")


def test_what_is_not_asked_is_not_read_twice(shell: Shell) -> None:
    shell.engine.found = PLAN
    shell.engine.moved = StalePlan("changed while you were reading:")
    assert shell("apply", "--yes").code == 0
    assert not shell.engine.did("confirm")


def test_only_the_expected_plan_is_applied(shell: Shell) -> None:
    shell.engine.found = PLAN
    assert shell("apply", "--yes", "--expect", PLAN.digest).code == 0
    shell.engine.asked.clear()
    screen = shell("apply", "--yes", "--expect", "sha256:" + 64 * "0")
    assert screen.code == 4
    assert screen.last.startswith("Plan: "), "what the plan is now is shown"
    assert PLAN.digest in screen.err
    assert not shell.engine.did("apply")


@pytest.mark.parametrize("digest", ["", "x", "sha256:12", 64 * "0", "SHA256:" + 64 * "0"])
def test_what_is_no_digest_is_not_expected(shell: Shell, digest: str) -> None:
    assert shell("apply", "--yes", "--expect", digest).code == 64
    assert shell.engine.asked == []


def test_the_whole_output(shell: Shell, golden: Compare) -> None:
    shell.engine.found = PLAN
    screen = shell("apply", "--yes", "--sandbox")
    golden("apply.out.txt", screen.out)
    golden("apply.err.txt", screen.err)


def test_quiet_leaves_stdout_as_it_is(shell: Shell) -> None:
    shell.engine.found = PLAN
    loud, quiet = shell("apply", "--yes"), shell("apply", "--yes", "-q")
    assert quiet.out == loud.out
    assert quiet.err == ""
    assert "[3/" in " ".join(loud.err.split()).replace("[ 3/", "[3/")


def test_json_leaves_stdout_to_the_report(shell: Shell) -> None:
    shell.engine.found = PLAN
    screen = shell("apply", "--yes", "--format", "json")
    document = json.loads(screen.out)
    assert document["complete"] is True
    assert len(document["results"]) == len(COMPLETE.results)
    assert "Plan: " in screen.err


@pytest.mark.parametrize(("found", "complete"), [(EMPTY, True), (REFUSED, False)])
def test_json_is_a_report_even_if_there_is_nothing_to_apply(shell: Shell, found: object, complete: bool) -> None:
    shell.engine.found = found  # type: ignore[assignment]
    document = json.loads(shell("apply", "--yes", "--format", "json").out)
    assert document["complete"] is complete
    assert {result["status"] for result in document["results"]} <= {"not-started"}


def test_plan_output(shell: Shell) -> None:
    shell.engine.found = PLAN
    screen = shell("plan", "--sandbox")
    assert screen.out == plan_text(PLAN, Style(), sandbox=True)
    assert screen.err == ""
    assert json.loads(shell("plan", "--format", "json").out)["summary"] == PLAN.counts()


def test_e_mails_show_only_on_request(shell: Shell) -> None:
    shell.engine.found = PLAN
    for form in ("text", "json"):
        assert "@example." not in shell("plan", "--format", form).out
        assert "aws+payments-prod@example.com" in shell("plan", "--format", form, "--show-emails").out


def test_an_interrupt_while_the_lock_is_let_go_of_hides_no_report(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextlib.contextmanager
    def locked(*_: object) -> Iterator[None]:
        yield
        raise KeyboardInterrupt

    monkeypatch.setitem(vars(sys.modules["factory.engine"]), "locked", locked)
    shell.engine.found = PLAN
    screen = shell("apply", "--yes")
    assert screen.code == 0, "all is done"
    assert screen.last.startswith("Applied: 3 of 3 changes")
    assert screen.err.endswith("factory lock show says whether it is free.\n")
    shell.engine.error = KeyboardInterrupt()
    screen = shell("apply", "--yes")
    assert (screen.code, screen.out) == (130, ""), "before anything is done there is nothing to tell"


def test_what_was_done_is_told_where_the_way_to_aws_cannot_be_closed(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox cannot be stored, say, on a disk that is full."""
    import factory.cli.work as work

    planned = work.planned

    @contextlib.contextmanager
    def failing(*given: Any) -> Iterator[object]:
        with planned(*given) as found:
            yield found
        raise FactoryError("the sandbox cannot be stored: no space left", "make room")

    shell.engine.found = PLAN
    monkeypatch.setattr(work, "planned", failing)
    screen = shell("apply", "--yes")
    assert screen.code == 1
    assert screen.last.startswith("Applied: 3 of 3 changes")
    assert "no space left" in screen.err
