"""The real command on the real sandbox, in processes of their own; some in an interpreter started for them."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import subprocess
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli import forked
from tests.cli.forked import process
from tests.cli.processes import COMMAND, environment, small_repository
from tests.cli.processes import process as fresh


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return small_repository(tmp_path)


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def on_a_terminal(
    folder: Path,
    *arguments: str,
    answer: str = "",
    meanwhile: Callable[[], None] = lambda: None,
    fresh: bool = False,
    **more: str,
) -> tuple[int, str]:
    """Run the command on a terminal of its own; the answer is typed when the question appears, after ``meanwhile``.

    With ``fresh``, in an interpreter that is started for it.
    """
    ours, theirs = pty.openpty()
    surroundings = environment(**{"TERM": "xterm", **more})
    running: subprocess.Popen[bytes] | forked.Child
    if fresh:
        running = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=folder,
            env=surroundings,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=_take_terminal,  # so that Ctrl-C reaches it
        )
    else:
        running = forked.on_terminal(folder, arguments, surroundings, os.ttyname(theirs))
    shown, end = b"", time.monotonic() + 60
    while time.monotonic() < end:
        if select.select([ours], [], [], 0.1)[0]:
            try:
                shown += os.read(ours, 65536)
            except OSError:
                break
            if answer and b"is accepted: " in shown:
                meanwhile()
                os.write(ours, answer.encode())
                answer = ""
        elif running.poll() is not None:
            break
    # A terminal that is closed too early hangs up on the command, whatever it was about to answer.
    code = running.wait(10)
    os.close(theirs)
    os.close(ours)
    return code, shown.decode()


def test_from_nothing_to_no_changes_and_back(repository: Path) -> None:
    first = fresh(repository, "plan", "--sandbox", "--detailed-exitcode")
    assert first.returncode == 2, first.stderr
    assert first.stdout.splitlines()[-1] == b"Plan: 1 to enable, 4 to create, 1 to attach."
    assert b"in the sandbox: nothing real" in first.stdout
    assert b"@example.com" not in first.stdout

    applied = process(repository, "--sandbox", "apply", "--yes", "--format", "json")
    assert applied.returncode == 0, applied.stderr
    assert json.loads(applied.stdout)["complete"] is True
    assert b"done     + create account:shop" in applied.stderr
    assert b"@example.com" not in applied.stdout + applied.stderr

    second = process(repository, "plan", "--detailed-exitcode", FACTORY_SANDBOX="1")
    assert (second.returncode, second.stdout.splitlines()[-1]) == (
        0,
        b"No changes. The organization matches the files.",
    )

    shown = process(repository, "sandbox", "show")
    assert shown.returncode == 0, shown.stderr
    assert b"  workloads/ (ou-" in shown.stdout
    assert shown.stdout.splitlines()[-1].startswith(b"1 OU, 3 accounts, 1 policy, ")

    assert process(repository, "sandbox", "reset").returncode == 64
    assert process(repository, "sandbox", "reset", "--yes").returncode == 0
    assert process(repository, "plan", "--sandbox", "--detailed-exitcode").returncode == 2


def test_a_terminal_gets_colour_a_question_and_a_live_view(repository: Path) -> None:
    code, shown = on_a_terminal(repository, "apply", "--sandbox", answer="yes\n", fresh=True)
    assert code == 0, shown
    assert "\x1b[32m+\x1b[0m" in shown
    assert "Apply these changes?" in shown
    assert "Applied: 6 of 6 changes" in shown


def test_no_means_no(repository: Path) -> None:
    code, shown = on_a_terminal(repository, "apply", "--sandbox", answer="no\n")
    assert code == 1
    assert "Nothing was changed." in shown


@pytest.mark.parametrize(
    ("arguments", "more"),
    [((), {"NO_COLOR": "1"}), ((), {"TERM": "dumb"}), (("--no-color",), {})],
)
def test_no_escape_byte_where_colour_is_refused(
    repository: Path, arguments: tuple[str, ...], more: dict[str, str]
) -> None:
    code, shown = on_a_terminal(repository, "apply", "--sandbox", *arguments, answer="yes\n", **more)
    assert code == 0
    assert "done     + create account:shop" in shown
    assert "\x1b" not in shown


def test_pipes_get_no_escape_byte(repository: Path) -> None:
    done = process(repository, "apply", "--sandbox", "--yes", "-v", TERM="xterm")
    assert done.returncode == 0
    assert b"\x1b" not in done.stdout + done.stderr


def test_ctrl_c_ends_with_130(repository: Path) -> None:
    code, shown = on_a_terminal(repository, "apply", "--sandbox", answer="\x03", fresh=True)
    assert code == 130
    assert "Interrupted." in shown
    assert "Traceback" not in shown


def test_invalid_files_name_the_place(repository: Path) -> None:
    (repository / "accounts" / "shop.yaml").write_text("ou: workload\ntagz: {}\n")
    done = fresh(repository, "validate")
    assert done.returncode == 65
    lines = done.stderr.decode().splitlines()
    assert lines[-1].endswith("found.")
    assert all(line.startswith("accounts/shop.yaml:") for line in lines[:-1])


def test_real_credentials_that_are_missing(repository: Path) -> None:
    done = fresh(repository, "plan", "--profile", "no-such-profile")
    assert done.returncode == 7, done.stderr
    assert b"Traceback" not in done.stderr
