from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import structlog

from factory.cli.log import configure
from factory.cli.options import Options


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def write(options: Options, capsys: pytest.CaptureFixture[str]) -> list[str]:
    configure(options, run="r1")
    log = structlog.get_logger("factory.aws").bind(operation="CreateAccount")
    log.debug("aws.call", attempt=1)
    log.info("aws.retry", email="aws+x@example.com", note="two words\n\x1b[31m")
    log.warning("aws.gap", kinds=["a", "b"])
    log.error("aws.lost", seconds=1.5)
    out, err = capsys.readouterr()
    assert out == ""
    return [line for line in err.splitlines() if line]


@pytest.mark.parametrize(
    ("verbose", "quiet", "lines"), [(0, 1, 1), (0, 0, 2), (1, 0, 3), (2, 0, 4), (5, 0, 4), (0, 9, 1)]
)
def test_levels(capsys: pytest.CaptureFixture[str], verbose: int, quiet: int, lines: int) -> None:
    assert len(write(Options(verbose=verbose, quiet=quiet), capsys)) == lines


def test_lines_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [line.split(" ", 1)[1] for line in write(Options(verbose=2), capsys)]
    assert lines == [
        "debug aws.call operation=CreateAccount attempt=1 run=r1",
        r'info aws.retry operation=CreateAccount email=a***@e*** note="two words\n\x1b[31m" run=r1',
        'warning aws.gap operation=CreateAccount kinds="["a", "b"]" run=r1',
        "error aws.lost operation=CreateAccount seconds=1.5 run=r1",
    ]


def test_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    lines = write(Options(verbose=2, log_format="json"), capsys)
    events = [json.loads(line) for line in lines]
    assert [event["event"] for event in events] == ["aws.call", "aws.retry", "aws.gap", "aws.lost"]
    assert {event["run"] for event in events} == {"r1"}
    assert events[1]["email"] == "a***@e***"
    assert events[1]["note"] == "two words\n\x1b[31m"
    assert all(line.isascii() for line in lines)


def test_e_mails_show_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    assert "aws+x@example.com" in write(Options(verbose=1, show_emails=True), capsys)[0]


def test_every_run_has_its_own_id() -> None:
    assert configure(Options()) != configure(Options())
