"""The workflow, the make file, the licence, and what must not be in the repository."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.project.modules import ROOT

# With single letters in brackets, or this file would find itself.
FORBIDDEN = re.compile(
    r"(?<![\w.])/(?:hom[e]|roo[t]|User[s]|wor[k]|op[t]|tm[p])/[a-z]"
    r"|extra-inde[x]-url|--inde[x]-url|find-link[s]|file:/[/]|artifac[t]ory|dev[p]i"
)
IGNORED = {".git", ".venv", ".factory", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", "__pycache__"}


def _workflow() -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    return found


def _steps() -> list[dict[str, Any]]:
    return [step for job in _workflow()["jobs"].values() for step in job["steps"]]


def _files() -> list[Path]:
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in IGNORED and not name.endswith(".egg-info")]
        found += [Path(folder) / name for name in names]
    return found


def test_actions_are_pinned_to_commits_with_their_version() -> None:
    for path in (ROOT / ".github").rglob("*.yml"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if "uses:" in line:
                assert re.search(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*$", line), f"{path.name}: {line}"


def test_the_workflow_may_only_read() -> None:
    workflow = _workflow()
    granted = [workflow["permissions"], *(job.get("permissions", {}) for job in workflow["jobs"].values())]
    assert all(grant in ({}, {"contents": "read"}) for grant in granted)
    checkouts = [step for step in _steps() if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)
    text = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    assert "pull_request_target" not in text
    assert "secrets." not in text


def test_the_workflow_runs_the_same_two_targets_as_ci_run() -> None:
    runs = [step["run"] for step in _steps() if "run" in step]
    assert runs == ["make check", "make test"]
    lines = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("make ")] == runs


def test_the_workflow_covers_the_supported_pythons_and_cancels_what_is_outdated() -> None:
    workflow = _workflow()
    (job,) = workflow["jobs"].values()
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert job["strategy"]["matrix"]["python"] == re.findall(r"Python :: (3\.\d+)", project)
    assert job["timeout-minutes"] <= 30
    assert workflow["concurrency"]["group"]


def test_ci_run_is_a_strict_script_that_can_be_run() -> None:
    script = ROOT / ".ci/run"
    assert script.stat().st_mode & stat.S_IXUSR
    assert "set -euo pipefail" in script.read_text(encoding="utf-8")
    subprocess.run(["bash", "-n", str(script)], check=True)


def test_make_says_what_is_missing_when_there_is_no_python(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    done = subprocess.run(
        ["make", "check", "PYTHON=no-such-python"],
        cwd=tmp_path,
        env={k: v for k, v in os.environ.items() if not k.startswith("MAKE")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "no Python 3.11 or newer with venv found (no-such-python)" in done.stderr
    assert "way out: install one" in done.stderr


def test_the_licence_is_the_one_that_the_project_names() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert "the factory authors" in text
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_nothing_names_a_machine_or_a_registry() -> None:
    found = []
    for path in _files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if FORBIDDEN.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not found


def test_files_end_with_one_newline_and_hold_no_tabs_where_spaces_belong() -> None:
    for path in _files():
        if path.suffix in (".md", ".yaml", ".yml", ".toml", ".py"):
            text = path.read_text(encoding="utf-8")
            assert text.endswith("\n") or not text, path
            assert not text.endswith("\n\n"), path
            assert "\t" not in text or path.suffix == ".py", path
