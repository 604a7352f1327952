"""A thousand accounts are read while one takes a breath, and nothing is imported that reading does not need."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.spec.written import ORGANIZATION, problems, read, write


def test_a_thousand_accounts(tmp_path: Path) -> None:
    text = "ou: workloads/prod\nowner: team\ndescription: One of many\ntags: {cost-center: 4711}\nguardrails: [a, b]\n"
    files = {f"accounts/unit-{number % 50}/account-{number}.yaml": text for number in range(1000)}
    write(tmp_path, dict(files))
    started = time.process_time()
    assert len(read(tmp_path).accounts) == 1001
    assert time.process_time() - started < 1.5


def test_a_thousand_accounts_in_a_unit_that_is_misspelt(tmp_path: Path) -> None:
    units = "".join(f"  workloads/unit-{number}: {{}}\n" for number in range(500))
    write(tmp_path, {"accounts/organization.yaml": ORGANIZATION + units})
    for number in range(1000):
        (tmp_path / "accounts" / f"account-{number}.yaml").write_text("ou: workloads/unit-x\n")
    started = time.process_time()
    assert len(problems(tmp_path, {"accounts/organization.yaml": ORGANIZATION + units})) == 1000
    assert time.process_time() - started < 2


def test_reading_needs_neither_aws_nor_a_terminal() -> None:
    code = (
        "import sys, factory.spec; "
        "heavy = ('boto3', 'botocore', 'moto', 'rich', 'structlog', 'tenacity', 'click'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
