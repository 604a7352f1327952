"""The limits table and what replaces its rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from factory.core.errors import InvalidFiles
from factory.core.limits import Limit
from factory.core.resource import Source
from factory.spec import load_limits
from factory.spec.limits import SHIPPED

TABLE = """\
organizations.CreateAccount:
  {rate: 0.1, burst: 3, in_flight: 5, poll_seconds: 5, deadline_seconds: 900, source: a, date: "2026-11-23"}
organizations.accounts: {value: 10, source: b, date: 2026-11-23}
"""


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    file = tmp_path / "shipped.yaml"
    file.write_text(TABLE)
    return file


def lines(error: InvalidFiles) -> list[str]:
    return [str(problem) for problem in error.problems]


def test_the_shipped_table_is_in_order() -> None:
    limits = load_limits()
    assert SHIPPED.name == "limits.yaml"
    assert limits["organizations.CreateAccount"].rate == 0.1
    assert limits.quota("organizations.organizational_unit_depth") == 5
    assert all(row.source and row.date for row in limits.values())


def test_rows_are_read_with_their_types(shipped: Path) -> None:
    limits = load_limits(shipped=shipped)
    assert limits["organizations.CreateAccount"] == Limit(
        "organizations.CreateAccount",
        rate=0.1,
        burst=3,
        in_flight=5,
        poll_seconds=5,
        deadline_seconds=900,
        source="a",
        date="2026-11-23",
    )
    assert limits["organizations.accounts"].date == "2026-11-23"


def test_the_later_replaces_field_by_field(shipped: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("organizations.CreateAccount: {rate: 2, burst: 7}\n")
    overrides = {"organizations.CreateAccount": {"burst": 9}, "organizations.accounts": {"value": 50}}
    row = load_limits(file, overrides, shipped=shipped)["organizations.CreateAccount"]
    assert (row.rate, row.burst, row.in_flight, row.source) == (2, 7, 5, "a")
    assert load_limits(file, overrides, shipped=shipped).quota("organizations.accounts") == 50
    assert load_limits(shipped=shipped).quota("organizations.accounts") == 10


def test_a_file_of_limits_is_read_strictly(shipped: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "organizations.CreateAcount: {rate: 1}\n"
        "organizations.CreateAccount: {rat: 1, burst: 0, in_flight: 1.5, poll_seconds: x}\n"
        "organizations.accounts: 5\n"
        "organizations.accounts: {value: 6}\n"
        "zzz: {}\n"
    )
    with pytest.raises(InvalidFiles) as error:
        load_limits(file, shipped=shipped)
    assert lines(error.value) == [
        f'{file}:1:1: no limit "organizations.CreateAcount" (did you mean "organizations.CreateAccount"?); '
        "correct it, or remove it",
        f'{file}:2:31: unknown key "rat" (did you mean "rate"?); correct it, or remove it',
        f'{file}:2:39: "burst" must be more than 0; "burst" is calls at once before the rate holds',
        f'{file}:2:49: "in_flight" must be a whole number, not the text "1.5"; write digits, without quotes',
        f'{file}:2:65: "poll_seconds" must be a number, not the text "x"; write a number, without quotes',
        f'{file}:3:1: "organizations.accounts" must be a mapping, not 5; write "key: value" lines',
        f'{file}:4:1: duplicate key "organizations.accounts" (first on line 3); keep one of them',
        f'{file}:5:1: no limit "zzz"; use a key of the limits table',
    ]


def test_overrides_are_checked_at_their_place(shipped: Path) -> None:
    def where(*path: str | int) -> Source:
        return Source("/".join(map(str, path)), 7, 3)

    overrides: dict[str, dict[str, Any]] = {
        "organizations.acounts": {"value": 5},
        "organizations.accounts": {"value": -5, "quota": 6},
    }
    with pytest.raises(InvalidFiles) as error:
        load_limits(None, overrides, where, shipped=shipped)
    assert lines(error.value) == [
        'limits/organizations.accounts/quota:7:3: unknown key "quota"; known here: '
        "bucket, burst, date, deadline_seconds, in_flight, poll_seconds, rate, source, value",
        'limits/organizations.accounts/value:7:3: "value" must be more than 0; "value" is the quota',
        'limits/organizations.acounts:7:3: no limit "organizations.acounts" '
        '(did you mean "organizations.accounts"?); correct it, or remove it',
    ]


def test_every_shipped_row_says_where_it_is_from(tmp_path: Path) -> None:
    file = tmp_path / "shipped.yaml"
    file.write_text("a: {value: 5}\nb: {value: 5, source: x, date: y}\n")
    with pytest.raises(InvalidFiles) as error:
        load_limits(shipped=file)
    assert lines(error.value) == [f'{file}:1:1: "a" has no source or date; add source: and date:']


def test_a_file_that_cannot_be_read(tmp_path: Path, shipped: Path) -> None:
    with pytest.raises(InvalidFiles) as error:
        load_limits(tmp_path / "none.yaml", shipped=shipped)
    assert lines(error.value) == [
        f"{tmp_path}/none.yaml:1:1: cannot be read (no such file or directory); name a readable file of limits"
    ]
    (tmp_path / "big.yaml").write_text("#" * 300_000)
    with pytest.raises(InvalidFiles, match="larger than 256 KiB"):
        load_limits(tmp_path / "big.yaml", shipped=shipped)


@pytest.mark.parametrize("text", ["", "[]", "a", "- a", "a: [", "\0"])
def test_files_that_are_no_tables(text: str, tmp_path: Path, shipped: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(InvalidFiles) as error:
        load_limits(file, shipped=shipped)
    assert len(error.value.problems) == 1
