"""The lock of a checkout: one process, known by name, and free the moment that process is gone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from factory.core.errors import FactoryError, LockedOut
from factory.engine.local_lock import held_here, lock_path, look_here
from tests.engine.locks import Time, Watch, holder
from tests.project.modules import ROOT

CLOCK = Watch(Time())

HOLDING = """
import sys, time
from pathlib import Path
from factory.aws.clock import WALL
from factory.engine.local_lock import held_here
from factory.core.lock import Holder

with held_here(Path(sys.argv[1]), Holder("other", "jan", "laptop", 99, "factory apply"), WALL):
    print("held", flush=True)
    time.sleep(600)
"""


@contextmanager
def another_process(root: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock of this checkout."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(root)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def test_it_is_held_and_free_again(tmp_path: Path) -> None:
    assert not look_here(tmp_path).held
    with held_here(tmp_path, holder("one"), CLOCK) as lock:
        lock.keep()
        lock.require()
        assert (lock.token, lock.lost) == (0, False)
        assert lock.describe() == str(tmp_path / ".factory" / "lock")
        seen = look_here(tmp_path)
        assert seen.held
        assert seen.record
        assert seen.record.holder == holder("one")
        assert seen.left is None
    assert not look_here(tmp_path).held
    assert lock_path(tmp_path).read_bytes() == b""
    with held_here(tmp_path, holder("two"), CLOCK):
        pass


def test_the_second_in_a_checkout_is_told_who_is_the_first(tmp_path: Path) -> None:
    with (
        held_here(tmp_path, holder("one", link=""), CLOCK),
        pytest.raises(LockedOut) as caught,
        held_here(tmp_path, holder("two"), CLOCK),
    ):
        pytest.fail("entered")
    assert caught.value.what == (
        f"the lock {tmp_path}/.factory/lock is held by one-owner (run one, process 4711 on one-host: factory apply "
        "--yes); since 2027-01-15T08:00:00Z"
    )
    assert caught.value.fix == "wait until it has finished, or end that process; the lock goes with it"
    assert not look_here(tmp_path).held


def test_checkouts_do_not_know_each_other(tmp_path: Path) -> None:
    with held_here(tmp_path / "a", holder("one"), CLOCK), held_here(tmp_path / "b", holder("two"), CLOCK) as lock:
        lock.require()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_it_is_free_whatever_happens(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), held_here(tmp_path, holder("one"), CLOCK):
        raise error
    assert not look_here(tmp_path).held


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    with another_process(tmp_path) as process:
        with pytest.raises(LockedOut, match="jan \\(run other, process 99"), held_here(tmp_path, holder("x"), CLOCK):
            pytest.fail("entered")
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert lock_path(tmp_path).read_bytes() != b"", "the dead process's name is still there"
        assert not look_here(tmp_path).held
        with held_here(tmp_path, holder("next"), CLOCK) as lock:
            lock.require()
            assert json.loads(lock_path(tmp_path).read_bytes())["run"] == "next"


def test_looking_at_it_keeps_no_run_from_it(tmp_path: Path) -> None:
    import fcntl

    with held_here(tmp_path, holder("zero"), CLOCK):
        pass
    looker = os.open(lock_path(tmp_path), os.O_RDONLY)
    fcntl.flock(looker, fcntl.LOCK_SH)

    class GoneInAMoment(Watch):
        def sleep(self, seconds: float) -> None:
            fcntl.flock(looker, fcntl.LOCK_UN)

    with held_here(tmp_path, holder("one"), GoneInAMoment(Time())) as lock:
        lock.require()
    os.close(looker)


def test_what_was_written_there_before_is_only_words(tmp_path: Path) -> None:
    lock_path(tmp_path).parent.mkdir()
    lock_path(tmp_path).write_bytes(b"\xff not json" * 1000)
    assert not look_here(tmp_path).held
    with held_here(tmp_path, holder("one"), CLOCK):
        seen = look_here(tmp_path)
        assert seen.record
        assert seen.record.holder == holder("one")
        lock_path(tmp_path).write_bytes(b"\xff not json")
        with pytest.raises(LockedOut, match="another process"), held_here(tmp_path, holder("two"), CLOCK):
            pytest.fail("entered")


def test_a_file_that_was_taken_away_is_a_lock_that_is_lost(tmp_path: Path) -> None:
    with held_here(tmp_path, holder("one"), CLOCK) as lock:
        lock_path(tmp_path).unlink()
        assert lock.lost
        with pytest.raises(LockedOut, match="was removed"):
            lock.require()
        with held_here(tmp_path, holder("two"), CLOCK) as second:
            second.require()
            with pytest.raises(LockedOut):
                lock.require()


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("content")
    lock_path(tmp_path).parent.mkdir()
    lock_path(tmp_path).symlink_to(precious)
    for attempt in (lambda: held_here(tmp_path, holder("one"), CLOCK).__enter__(), lambda: look_here(tmp_path)):
        with pytest.raises(FactoryError, match="cannot be taken") as caught:
            attempt()
        assert "by hand" in caught.value.fix
    assert precious.read_text() == "content"


@pytest.mark.parametrize("obstacle", ["folder is a file", "lock is a folder"])
def test_what_is_in_the_way_is_named(tmp_path: Path, obstacle: str) -> None:
    if obstacle == "folder is a file":
        (tmp_path / ".factory").write_text("")
    else:
        lock_path(tmp_path).mkdir(parents=True)
    with pytest.raises(FactoryError, match="cannot be taken") as caught, held_here(tmp_path, holder("one"), CLOCK):
        pytest.fail("entered")
    assert not isinstance(caught.value, LockedOut)
    assert "remove" in caught.value.fix


def test_a_file_system_without_locks_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr("factory.engine.local_lock.fcntl.flock", none)
    with pytest.raises(FactoryError, match="No locks available"), held_here(tmp_path, holder("one"), CLOCK):
        pytest.fail("entered")
    with pytest.raises(FactoryError, match="No locks available"):
        look_here(tmp_path)


def test_a_full_disk_keeps_no_one_from_holding_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("factory.engine.local_lock.os.pwrite", full)
    with held_here(tmp_path, holder("one"), CLOCK) as lock:
        lock.require()


def test_what_stands_beside_it_is_not_committed(tmp_path: Path) -> None:
    with held_here(tmp_path, holder("a"), CLOCK):
        assert (tmp_path / ".factory" / ".gitignore").read_text() == "*\n"
    (tmp_path / ".factory" / ".gitignore").write_text("mine")
    with held_here(tmp_path, holder("a"), CLOCK):
        assert (tmp_path / ".factory" / ".gitignore").read_text() == "mine"
