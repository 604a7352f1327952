from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from factory.cli.root import run

NAMES = ["organization", "account", "guardrail", "guardrail-tests", "baseline", "plan", "report", "lock", "saved-plan"]
NAMES += ["audit", "evaluation", "verdicts", "why"]
COMMITTED = Path(__file__).parents[2] / "docs" / "schema"


@pytest.mark.parametrize("name", NAMES)
def test_print_one(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", name]) == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(capsys.readouterr().out))


def test_print_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0
    assert list(json.loads(capsys.readouterr().out)) == NAMES


def test_write_then_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new" / "schema"
    assert run(["schema", "--write", str(folder)]) == 0
    assert sorted(file.stem for file in folder.iterdir()) == sorted(NAMES)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Wrote organization.json, ")
    assert run(["schema", "--check", str(folder)]) == 0
    (folder / "plan.json").write_text("{}")
    (folder / "report.json").unlink()
    capsys.readouterr()
    assert run(["schema", "--check", str(folder)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f"{folder}/plan.json is not what this version of factory writes",
        f"{folder}/report.json is not what this version of factory writes",
        f"way out: factory schema --write {folder}",
    ]
    assert run(["schema", "account", "--check", str(folder)]) == 0


@pytest.mark.parametrize("name", NAMES[3:])
def test_the_committed_schemas_are_current(name: str) -> None:
    assert run(["schema", name, "--check", str(COMMITTED)]) == 0


def test_what_cannot_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "budget"]) == 64
    assert "choose one of organization, account, guardrail, guardrail-tests, baseline, plan" in capsys.readouterr().err
    assert run(["schema", "--write", str(tmp_path), "--check", str(tmp_path)]) == 64
    (tmp_path / "file").write_text("")
    assert run(["schema", "--write", str(tmp_path / "file" / "below")]) == 1
    assert "cannot write" in capsys.readouterr().err
