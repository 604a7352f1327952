"""The state on disk: kept, locked, whole."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from factory.aws.session import from_session
from factory.core.errors import FactoryError
from factory.sandbox import Sandbox
from factory.sandbox.seeding import add_unit, new_state
from factory.sandbox.state import UnusableState
from factory.sandbox.store import Store
from factory.spec import load_limits
from tests.aws.fakes import opened


def _units(box: Sandbox) -> set[str]:
    return {unit.name for unit in box.state.units.values()}


def _make(box: Sandbox, name: str) -> Any:
    org = box.session().client("organizations")
    assert box.state.organization
    return org.create_organizational_unit(ParentId=box.state.organization.root_id, Name=name)


def test_a_second_sandbox_finds_what_the_first_left(tmp_path: Path) -> None:
    with Sandbox(tmp_path, seed=5) as first:
        _make(first, "kept")
        first.clock.sleep(1234.5)
        before, when = first.state, first.clock.now()
    with Sandbox(tmp_path, seed=99) as second:
        assert second.clock.now() == when
        assert second.state == before
        assert second.state.seed == 5


def test_what_is_in_progress_goes_on_in_the_next_process(tmp_path: Path) -> None:
    with Sandbox(tmp_path) as first:
        org = first.session().client("organizations")
        asked = org.create_account(AccountName="one", Email="one@example.com")["CreateAccountStatus"]
    with Sandbox(tmp_path) as second:
        org = second.session().client("organizations")
        second.clock.sleep(300)
        status = org.describe_create_account_status(CreateAccountRequestId=asked["Id"])["CreateAccountStatus"]
        assert status["State"] == "SUCCEEDED"


def test_a_killed_client_loses_nothing(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from factory.sandbox import Sandbox\n"
        "box = Sandbox(Path(sys.argv[1])).__enter__(); org = box.session().client('organizations')\n"
        "root = box.state.organization.root_id\n"
        "org.create_organizational_unit(ParentId=root, Name='survives'); os._exit(9)"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert killed.returncode == 9
    with Sandbox(tmp_path) as box:
        assert _units(box) == {"survives"}


def test_a_second_process_is_told_who_has_it(tmp_path: Path) -> None:
    with Sandbox(tmp_path):
        with pytest.raises(FactoryError, match=f"in use by process {os.getpid()}") as caught, Sandbox(tmp_path):
            pytest.fail("entered")
        assert caught.value.fix
        with pytest.raises(FactoryError, match="in use"):
            Sandbox(tmp_path).reset()
    with Sandbox(tmp_path) as again:
        assert again.state


def test_reads_write_nothing(tmp_path: Path) -> None:
    with Sandbox(tmp_path) as box:
        box.session().client("organizations").list_roots()
        assert not (tmp_path / "state.json").exists()


def test_the_file_is_whole_when_a_write_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, state = Store(tmp_path), new_state(0)
    store.save(state)
    before = (tmp_path / "state.json").read_text()

    def full_disk(*_: object) -> None:
        raise OSError("no space left")

    add_unit(state, "lost")
    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(FactoryError, match="no space"):
        store.save(state)
    assert (tmp_path / "state.json").read_text() == before
    assert json.loads(before)["units"] == []
    assert not (tmp_path / "state.json.new").exists()


def _full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_told_by_the_call_that_met_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = load_limits()
    box = Sandbox(tmp_path, limits=limits)
    box.__enter__()
    assert box.state.organization
    aws = opened(from_session(box.session(), limits, box.clock))
    monkeypatch.setattr(Path, "write_text", _full)
    with pytest.raises(FactoryError, match="cannot be written: No space left"):
        aws.organizations.create_unit(box.state.organization.root_id, "lost", {})
    with pytest.raises(FactoryError, match="cannot be written: No space left") as caught:
        box.__exit__(None, None, None)
    assert "make room" in caught.value.fix
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lock"]


def test_a_full_disk_does_not_keep_anyone_from_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "write", _full)
    with Sandbox(tmp_path), pytest.raises(FactoryError, match="in use by another process"):
        Sandbox(tmp_path).reset()


def _file(at: Path) -> None:
    at.write_text("")


def _dangling(at: Path) -> None:
    at.symlink_to("nowhere")


def _loop(at: Path) -> None:
    at.symlink_to(at.name)


@pytest.mark.parametrize("obstacle", [_file, _dangling, _loop])
@pytest.mark.parametrize("name", [".factory", ".factory/sandbox"])
def test_what_stands_in_the_place_of_the_folder_is_named(
    tmp_path: Path, name: str, obstacle: Callable[[Path], None]
) -> None:
    at = tmp_path / name
    at.parent.mkdir(exist_ok=True)
    obstacle(at)
    box = Sandbox(tmp_path / ".factory" / "sandbox")
    for use in (box.__enter__, box.reset):
        with pytest.raises(FactoryError, match="the sandbox cannot be kept in") as caught:
            use()
        assert caught.value.fix == f"remove {at} by hand, it is not a folder"


def _refused(*_: object, **__: object) -> None:
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


@pytest.mark.parametrize("call", ["mkdir", "open"])
def test_a_folder_that_cannot_be_written_to(tmp_path: Path, call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Sandbox(tmp_path)
    monkeypatch.setattr(Path, call, _refused)
    for use in (box.__enter__, box.reset):
        with pytest.raises(FactoryError, match="Permission denied") as caught:
            use()
        assert caught.value.fix == f"see that you can write to {tmp_path}"


def test_a_lock_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    with pytest.raises(FactoryError) as caught:
        Sandbox(tmp_path).reset()
    assert caught.value.fix == f"remove {tmp_path / 'lock'} by hand, it is not a file"


@pytest.mark.parametrize("name", ["state.json", "state.json.new"])
def test_a_state_that_is_a_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(FactoryError) as caught, Sandbox(tmp_path) as box:
        _make(box, "a")
    assert f"remove {tmp_path / name} by hand" in caught.value.fix
    with pytest.raises(FactoryError, match="cannot be removed") as caught:
        Sandbox(tmp_path).reset()
    assert caught.value.fix == f"remove {tmp_path / name} by hand"


def test_a_state_that_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "state.json")
    with Sandbox(tmp_path) as box, pytest.raises(UnusableState, match="is not a file"):
        box.session()
    Sandbox(tmp_path).reset()
    assert not (tmp_path / "state.json").exists()


def test_what_a_killed_process_left_half_written_goes_with_the_reset(tmp_path: Path) -> None:
    (tmp_path / "state.json.new").write_text('{"sch')
    Sandbox(tmp_path).reset()
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


@pytest.mark.parametrize("text", ["", "{", "null", '{"schema": 999}', "\udcff", "[" * 100_000, "9" * 5000])
def test_a_state_that_cannot_be_read_is_refused_and_reset_helps(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text, errors="surrogateescape")
    with Sandbox(tmp_path) as box, pytest.raises(UnusableState, match="state") as caught:
        box.session()
    assert "factory sandbox reset" in caught.value.fix
    with Sandbox(tmp_path) as box:
        box.reset()
        assert _units(box) == set()
    with Sandbox(tmp_path) as box:
        assert box.state.organization


def test_reset_without_entering(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("nonsense")
    Sandbox(tmp_path).reset()
    Sandbox(tmp_path).reset()
    with Sandbox(tmp_path) as box:
        assert _units(box) == set()


def test_reset_begins_anew(tmp_path: Path) -> None:
    with Sandbox(tmp_path) as box:
        organization = box.state.organization
        _make(box, "gone")
        box.clock.sleep(50)
        started = new_state(0).now
        box.reset()
        assert (box.calls, box.refusals, _units(box), box.clock.now()) == ([], [], set(), started)
        assert box.state.organization == organization
        _make(box, "new")
    with Sandbox(tmp_path) as box:
        assert _units(box) == {"new"}


def test_the_stored_form_is_json_without_code(tmp_path: Path) -> None:
    with Sandbox(tmp_path) as box:
        _make(box, "a")
    assert json.loads((tmp_path / "state.json").read_text())["schema"] == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lock", "state.json"]
