"""Ctrl-C and SIGTERM: what they do to this process, and to a real one that is applying a plan."""

from __future__ import annotations

import io
import signal
import subprocess
from pathlib import Path

import pytest

from factory.cli.signals import Terminated, at_once, gently
from factory.core.change import Cause
from factory.engine import Brake
from tests.cli.forked import process
from tests.cli.processes import COMMAND, environment, small_repository


@pytest.mark.parametrize(("number", "error"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Terminated)])
def test_while_nothing_is_changed_they_end_it_at_once(number: signal.Signals, error: type[BaseException]) -> None:
    with pytest.raises(error), at_once():
        signal.raise_signal(number)


@pytest.mark.parametrize(("number", "cause"), [(signal.SIGINT, Cause.INTERRUPT), (signal.SIGTERM, Cause.TERMINATE)])
def test_the_first_pulls_the_brake_and_the_second_ends_it(tmp_path: Path, number: signal.Signals, cause: Cause) -> None:
    brake = Brake()
    with (tmp_path / "err").open("w+") as err, gently(brake, err):
        signal.raise_signal(number)
        assert brake.cause is cause
        assert "Once more to stop at once" in (tmp_path / "err").read_text()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_the_first_one_is_the_cause() -> None:
    brake = Brake()
    with gently(brake, io.StringIO()):
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(Terminated):
            signal.raise_signal(signal.SIGTERM)
    assert brake.cause is Cause.INTERRUPT


def test_afterwards_the_handlers_are_as_before() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with at_once(), gently(Brake(), io.StringIO()):
        pass
    assert before == (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))


def signalled(root: Path, number: signal.Signals, after: str, *typed: str) -> tuple[int, str, str]:
    """The code, stdout and stderr of a real run that gets the signal once this stands on stderr."""
    with subprocess.Popen(
        [*COMMAND, "--sandbox", *typed],
        cwd=root,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stderr
        assert running.stdout
        for line in running.stderr:
            if after in line:
                running.send_signal(number)
                break
        err, out = running.stderr.read(), running.stdout.read()
    return running.returncode, out, err


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_commands_that_only_read_end_with_a_word_too(tmp_path: Path, number: signal.Signals, expected: int) -> None:
    code, _, err = signalled(small_repository(tmp_path), number, "", "-vv", "plan")
    assert code == expected, err
    assert err.endswith("Interrupted. Run the same command again: it starts from what AWS says then.\n")


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_real_run_reports_what_was_done_and_what_was_not_begun(
    tmp_path: Path, number: signal.Signals, expected: int
) -> None:
    root = small_repository(tmp_path)
    code, out, err = signalled(root, number, " done ", "apply", "--yes")
    assert code == expected, err
    assert "Stopping: nothing more is begun" in err
    assert "done        " in out
    assert "not started" in out
    assert "run apply again" in out
    last = out.splitlines()[-1]
    assert "stopped early" in last
    again = process(root, "--sandbox", "apply", "--yes")
    assert again.returncode == 0, again.stderr
    assert again.stdout.endswith(b"The organization matches the files.\n")
