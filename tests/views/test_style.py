from __future__ import annotations

import pytest

from factory.views.style import Style, Tone, colour_wanted, columns, duration, fitting, plural


@pytest.mark.parametrize(
    ("tty", "environment", "refused", "wanted"),
    [
        (True, {"TERM": "xterm"}, False, True),
        (True, {"TERM": "xterm", "NO_COLOR": ""}, False, True),
        (False, {"TERM": "xterm"}, False, False),
        (True, {"TERM": "dumb"}, False, False),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False, False),
        (True, {"TERM": "xterm"}, True, False),
    ],
)
def test_when_colour_is_wanted(tty: bool, environment: dict[str, str], refused: bool, wanted: bool) -> None:
    assert colour_wanted(tty, environment, refused) is wanted


def test_wrapping_breaks_at_blanks_only() -> None:
    style = Style(width=19)
    assert style.wrap("one two three four", "> ", "  ") == ["> one two three", "  four"]
    long = "arn:aws:iam::111111111111:role/very-long"
    assert style.wrap(f"see {long} now", "> ", "  ") == ["> see", f"  {long}", "  now"]


def test_a_ci_command_never_starts_a_line() -> None:
    style = Style(width=20)
    lines = style.wrap(style.clean("some words here ::error::x ##[group]y"), "", "  ")
    assert lines == ["some words here ::error::x ##[group]y"]
    assert style.clean("::error::x") == r"\x3a:error::x"
    assert style.clean(" ##vso[x]") == r"\x20##vso[x]"


def test_wide_characters_take_two_columns() -> None:
    assert columns("abc") == 3
    assert columns("日本") == 4
    assert columns("e\u0301") == 1


def test_paint_only_with_colour() -> None:
    assert Style(colour=True).paint("x", Tone.GAIN) == "\x1b[32mx\x1b[0m"
    assert Style(colour=True).paint("x", Tone.PLAIN) == "x"
    assert Style().paint("x", Tone.GAIN) == "x"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0.0 s"),
        (0.04, "0.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 0 s"),
        (192.4, "3 min 12 s"),
        (7500, "2 h 5 min"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_widths_stay_within_reason() -> None:
    assert [fitting(width) for width in (10, 60, 120, 500)] == [60, 60, 120, 200]
    assert [plural(count, "rule") for count in (0, 1, 2)] == ["0 rules", "1 rule", "2 rules"]
