"""``factory sandbox serve``, and the factory itself as a client of it, all in processes of their own."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from factory.spec import load_limits
from tests.cli.forked import process
from tests.cli.processes import COMMAND, environment, small_repository
from tests.integration.conftest import hurried


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = small_repository(tmp_path)
    (root / "limits.yaml").write_text(hurried(load_limits()))
    return root


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """The command in a process of its own, and the environment that it tells people to set."""
    running = subprocess.Popen(
        [*COMMAND, "sandbox", "serve", "--port", "0", *arguments],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert running.stdout
        told: dict[str, str] = {}
        for line in running.stdout:
            name, _, value = line.removeprefix("export ").strip().partition("=")
            if line.startswith("export "):
                told[name] = value
            if line.startswith("aws "):
                break
        yield running, told
    finally:
        running.kill()
        running.communicate()


def ended(running: subprocess.Popen[str], number: signal.Signals) -> str:
    """What it says on its way out."""
    running.send_signal(number)
    _, shown = running.communicate(timeout=20)
    assert running.returncode == 0, shown
    assert "Traceback" not in shown
    return shown


def test_the_factory_builds_there_what_its_files_want(repository: Path) -> None:
    options = ("--limits", "limits.yaml")
    with serving(repository, "--speed", "100", "-v", *options) as (running, told):
        assert set(told) == {"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"}
        applied = process(repository, "apply", "--yes", *options, **told)
        assert applied.returncode == 0, (applied.stdout + applied.stderr).decode()
        again = process(repository, "plan", "--detailed-exitcode", *options, **told)
        assert again.returncode == 0, again.stdout.decode()
        assert again.stdout.splitlines()[-1] == b"No changes. The organization matches the files."
        shown = ended(running, signal.SIGTERM)
    assert shown.count("organizations:CreateAccount\n") == 2


def test_it_shares_its_state_with_the_sandbox_but_not_at_once(repository: Path) -> None:
    with serving(repository) as (running, told):
        taken = process(repository, "plan", "--sandbox", **told)
        assert taken.returncode == 1
        assert f"in use by process {running.pid}" in taken.stderr.decode()
        ended(running, signal.SIGINT)
    kept = process(repository, "sandbox", "show")
    assert kept.stdout.splitlines()[-1] == b"0 OUs, 1 account, 0 policies, 0 attachments", kept.stdout.decode()


def test_a_port_that_is_taken(repository: Path) -> None:
    with serving(repository) as (_, told):
        port = told["AWS_ENDPOINT_URL"].rpartition(":")[2]
        other = repository / "other"
        other.mkdir()
        started = time.monotonic()
        done = process(other, "sandbox", "serve", "--port", port)
    assert done.returncode == 1
    assert f"port {port} of this computer cannot be used" in " ".join(done.stderr.decode().split())
    assert time.monotonic() - started < 30
