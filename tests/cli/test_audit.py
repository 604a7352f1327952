"""factory audit, on the journal of a real run in the sandbox."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest

from tests.cli.forked import process
from tests.cli.processes import small_repository


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = small_repository(tmp_path_factory.mktemp("audit"))
    assert process(root, "--sandbox", "apply", "--yes").returncode == 0
    return root


def journal(root: Path) -> Path:
    return root / ".factory" / "sandbox" / "journal" / "journal.jsonl"


def test_shows_what_was_changed(applied: Path) -> None:
    done = process(applied, "--sandbox", "audit", "show")
    text = done.stdout.decode()
    assert done.returncode == 0
    for words in ("CreateAccount", "create account:shop", "attach attachment:deny-leaving@root", "ended: 6 done"):
        assert words in text
    assert "as arn:aws:sts::111111111111:" in text
    assert "plan sha256:" in text


def test_shows_one_address_only(applied: Path) -> None:
    text = process(applied, "--sandbox", "audit", "show", "--address", "account:shop").stdout.decode()
    assert "account:shop" in text
    assert "account:blog" not in text


def test_json_holds_intents_with_their_outcomes(applied: Path) -> None:
    document = json.loads(process(applied, "--sandbox", "audit", "show", "--format", "json").stdout)
    (run,) = document["runs"]
    assert run["ended"]["changes"] == {"done": 6}
    for request in run["requests"]:
        assert request["outcome"]["fate"] == "done"
        assert request["outcome"]["request_id"]
        assert {"address", "principal", "digest", "operation", "parameters"} <= request["intent"].keys()
    chosen = process(applied, "--sandbox", "audit", "show", "--run", run["run"], "--format", "json")
    assert json.loads(chosen.stdout) == document


def test_an_unknown_run_is_said(applied: Path) -> None:
    done = process(applied, "--sandbox", "audit", "show", "--run", "nope")
    assert done.returncode == 64
    assert b"the journal knows no run 'nope'" in done.stderr


def test_verify_believes_what_was_written(applied: Path) -> None:
    done = process(applied, "--sandbox", "audit", "verify")
    assert done.returncode == 0
    assert b"is whole.\nHead: sha256:" in done.stdout


@pytest.mark.parametrize(
    ("old", "new"),
    [("account:shop", "account:shed"), ('"fate":"done"', '"fate":"lost"'), ("CreatePolicy", "DeletePolicy")],
)
def test_verify_sees_an_edit(applied: Path, tmp_path: Path, old: str, new: str) -> None:
    path = journal(tmp_path)
    path.parent.mkdir(parents=True)
    path.write_text(journal(applied).read_text().replace(old, new, 1))
    done = process(tmp_path, "--sandbox", "audit", "verify")
    assert done.returncode == 1
    assert b"was changed after it was written" in done.stdout
    assert b"is broken.\n" in done.stdout


@pytest.mark.parametrize(("typed", "code"), [("account:nobody", 0), ("nobody", 64), ("", 64)])
def test_an_address_without_requests_is_told_from_no_address(applied: Path, typed: str, code: int) -> None:
    done = process(applied, "--sandbox", "audit", "show", "--address", typed)
    assert done.returncode == code
    assert b"no request for account:nobody." in done.stdout if code == 0 else b"is no address" in done.stderr


def test_a_broken_journal_is_named_with_a_way_out_and_apply_says_so(applied: Path, tmp_path: Path) -> None:
    root = small_repository(tmp_path)
    path = journal(root)
    path.parent.mkdir(parents=True)
    path.write_text(journal(applied).read_text().replace("account:shop", "account:shed", 1))
    done = process(root, "--sandbox", "audit", "verify")
    told = " ".join(done.stdout.decode().split())
    assert ".factory/sandbox/journal/journal.jsonl" in told
    assert "way out: keep the file as evidence" in told
    done = process(root, "--sandbox", "apply", "--yes")
    assert done.returncode == 0
    assert b"journal.broken" in done.stderr
    path.rename(path.with_name("kept"))
    assert process(root, "--sandbox", "audit", "verify").returncode == 1, "none is there"


def test_a_pipe_is_no_journal(tmp_path: Path) -> None:
    root = small_repository(tmp_path)
    journal(root).parent.mkdir(parents=True)
    os.mkfifo(journal(root))
    for command in (("audit", "show"), ("audit", "verify"), ("apply", "--yes")):
        done = process(root, "--sandbox", *command)
        assert done.returncode == 1
        assert b"it is no plain file" in done.stderr


def test_json_is_as_published(applied: Path) -> None:
    document = json.loads(process(applied, "--sandbox", "audit", "show", "--format", "json").stdout)
    schema = json.loads(process(applied, "schema", "audit").stdout)
    jsonschema.validate(document, schema)


def test_without_a_journal_it_says_so(tmp_path: Path) -> None:
    done = process(tmp_path, "audit", "show")
    assert done.returncode == 1
    assert b"there is no journal .factory/journal/journal.jsonl" in done.stderr


def test_hostile_journals_are_shown_without_a_traceback(tmp_path: Path) -> None:
    path = journal(tmp_path)
    path.parent.mkdir(parents=True)
    rows = [
        {"event": "run.begun", "run": 1, "time": 5, "principal": "\x1b[2J x@example.com"},
        {"event": "intent", "run": 1, "id": [], "operation": None, "address": "\x1b]0;x\x07"},
        {"event": "outcome", "run": 1, "of": [], "fate": "odd"},
        {"event": "run.ended", "run": 1, "changes": [3]},
    ]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n\x00\xff")
    for command in (["show"], ["show", "--format", "json"], ["verify"]):
        done = process(tmp_path, "--sandbox", "audit", *command)
        assert b"Traceback" not in done.stderr
        assert b"Unexpected" not in done.stderr
        assert b"\x1b" not in done.stdout
        assert b"x@example.com" not in done.stdout


def test_a_sandbox_that_was_emptied_has_no_past(applied: Path, tmp_path: Path) -> None:
    root = small_repository(tmp_path)
    assert process(root, "--sandbox", "apply", "--yes").returncode == 0
    assert journal(root).exists()
    assert process(root, "sandbox", "reset", "--yes").returncode == 0
    assert not journal(root).exists()
    assert process(root, "--sandbox", "apply", "--yes").returncode == 0
