"""How long the commands take that need no AWS, in processor time: other tests beside them do not add to that.

On an idle machine a person waits as long; ``make bench`` prints that.
"""

from __future__ import annotations

import resource
from pathlib import Path

from tests.cli.processes import process, small_repository

ACCOUNTS = 1000
ACCOUNT = (
    "ou: workloads\nowner: team-{0}\ndescription: Number {0} of many.\ntags: {{cost-center: '{0}', stage: prod}}\n"
)


def best(times: int, folder: Path, *arguments: str) -> float:
    """The shortest of some runs, in seconds."""
    taken = []
    for _ in range(times):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = process(folder, *arguments)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        assert done.returncode == 0, done.stderr.decode()
    print(f"factory {' '.join(arguments)}: {min(taken):.3f} s of processor time, the best of {times}")
    return min(taken)


def test_a_thousand_account_files_are_validated_in_two_seconds(tmp_path: Path) -> None:
    small_repository(tmp_path)
    for number in range(ACCOUNTS - 2):
        folder = tmp_path / "accounts" / f"team-{number % 25}"
        folder.mkdir(exist_ok=True)
        (folder / f"service-{number}.yaml").write_text(ACCOUNT.format(number))
    assert b"1000 accounts" in process(tmp_path, "validate").stdout.replace(b",", b"")
    assert best(3, tmp_path, "validate") < 2


def test_the_version_is_told_in_a_quarter_of_a_second(tmp_path: Path) -> None:
    assert best(5, tmp_path, "--version") < 0.25
