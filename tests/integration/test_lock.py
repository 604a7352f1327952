"""The lock between real processes, in an S3 over HTTP: one holds it, dies, is seen, is broken."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.forked import process
from tests.cli.processes import environment, small_repository
from tests.integration.conftest import Endpoint

BUCKET = "example-factory"
HOLDING = """
import sys
from pathlib import Path
from factory import engine
from factory.aws.session import connect
from factory.cli import log
from factory.cli.circumstances import circumstances
from factory.cli.options import Options
from factory.core.errors import LockedOut
from factory.engine.locking import locked

log.configure(Options())
root = Path(sys.argv[1])
organization, limits = engine.load(root, root / "limits.yaml")
try:
    with locked(root, organization, connect(None, None, limits), circumstances(root, sys.argv[2])) as lock:
        lock.require()
        print("token", lock.token, flush=True)
        sys.stdin.readline()
        lock.require()
except LockedOut as error:
    print("refused", flush=True)
    sys.exit(error.exit_code)
"""


@pytest.fixture
def checkouts(tmp_path: Path, endpoint: Endpoint) -> list[Path]:
    """Two checkouts of files that name one bucket; a run is renewed twenty times a second."""
    endpoint.client("s3").create_bucket(Bucket=BUCKET)
    found = []
    for name in ("one", "two"):
        root = tmp_path / name
        root.mkdir()
        small_repository(root)
        with (root / "accounts" / "organization.yaml").open("a") as file:
            file.write(f"lock: {{bucket: {BUCKET}, region: us-east-1}}\n")
        (root / "limits.yaml").write_text("lock.lease: {poll_seconds: 0.05}\n")
        found.append(root)
    return found


@contextmanager
def holding(root: Path, run: str, endpoint: Endpoint) -> Iterator[subprocess.Popen[str]]:
    """A process that takes the lock and holds it until a line arrives."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(root), run],
        env=environment(**endpoint.environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def said(child: subprocess.Popen[str]) -> str:
    assert child.stdout
    return child.stdout.readline().strip()


def test_killed_seen_and_broken(checkouts: list[Path], endpoint: Endpoint) -> None:
    one, two = checkouts
    typed = ("--limits", "limits.yaml")
    with holding(one, "first", endpoint) as first:
        assert said(first) == "token 1"
        seen = process(two, "lock", "show", "--format", "json", *typed, **endpoint.environment)
        assert seen.returncode == 5, seen.stderr.decode()
        mine, shared = json.loads(seen.stdout)["locks"]
        assert (mine["state"], shared["state"], shared["token"]) == ("free", "held", 1)
        assert (shared["holder"]["run"], shared["holder"]["process"]) == ("first", first.pid)
        assert 590 <= shared["lease_left_seconds"] <= 600
        assert process(one, "lock", "show", *typed, **endpoint.environment).stdout.startswith(
            b".factory/lock\n  held by"
        )
        with holding(two, "second", endpoint) as second:
            assert said(second) == "refused"
            assert second.wait() == 5
    seen = process(one, "lock", "show", *typed, **endpoint.environment)
    assert seen.returncode == 5
    assert seen.stdout.startswith(b".factory/lock\n  free\n"), "the system has let go of the dead process's"
    refused = process(two, "lock", "break", "--run", "other", *typed, **endpoint.environment)
    assert refused.returncode == 5
    broken = process(two, "lock", "break", "--run", "first", *typed, **endpoint.environment)
    assert (broken.returncode, broken.stdout) == (0, f"s3://{BUCKET}/factory/main.lock is free.\n".encode())
    with holding(two, "third", endpoint) as third:
        assert said(third) == "token 3"
        third.communicate("\n")
        assert third.returncode == 0
    assert process(one, "lock", "show", *typed, **endpoint.environment).returncode == 0


def test_a_run_that_is_broken_alive_is_refused(checkouts: list[Path], endpoint: Endpoint) -> None:
    one, two = checkouts
    with holding(one, "first", endpoint) as first:
        assert said(first) == "token 1"
        broken = process(two, "lock", "break", "--run", "first", "--limits", "limits.yaml", **endpoint.environment)
        assert broken.returncode == 0, broken.stderr.decode()
        out, _ = first.communicate("\n")
        assert (out.strip(), first.returncode) == ("refused", 5)


def test_of_many_that_begin_at_once_exactly_one_holds_it(checkouts: list[Path], endpoint: Endpoint) -> None:
    one, two = checkouts
    with holding(one, "a", endpoint) as a, holding(two, "b", endpoint) as b:
        assert sorted([said(a), said(b)]) == ["refused", "token 1"]
