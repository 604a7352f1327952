"""What a command loads, and how long the shortest one takes."""

from __future__ import annotations

import os
import resource
import subprocess
import sys

from tests.project.modules import ROOT

CPU_SECONDS = 0.25


def _run(*arguments: str, option: str = "") -> subprocess.CompletedProcess[str]:
    options = ["-X", option] if option else []
    return subprocess.run(
        [sys.executable, *options, "-m", "factory", *arguments],
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _loaded(*arguments: str) -> set[str]:
    """The top-level packages that a run imports, as the interpreter itself reports them."""
    done = _run(*arguments, option="importtime")
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    said = [line for line in done.stderr.splitlines() if line not in lines]
    assert done.returncode == 0, "\n".join([done.stdout, *said])
    assert lines
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


def test_version_loads_nothing_heavy() -> None:
    heavy = {"boto3", "botocore", "cfnlint", "pydantic", "rich", "structlog", "moto", "tenacity", "yaml"}
    assert not heavy & _loaded("--version")


def test_validate_needs_neither_aws_nor_a_terminal_library() -> None:
    loaded = _loaded("validate")
    assert "pydantic" in loaded, "the check below would mean nothing if validate did not read the files"
    assert not {"boto3", "botocore", "cfnlint", "moto", "structlog", "rich", "tenacity"} & loaded


def test_lint_asks_nobody_unless_it_is_told_to() -> None:
    assert not {"boto3", "botocore", "moto", "structlog", "tenacity"} & _loaded("lint")


def test_version_is_quick() -> None:
    """Processor time, the best of five, so that a busy machine does not decide."""
    taken = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert _run("--version").returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(taken) < CPU_SECONDS, f"{min(taken):.3f} s"
