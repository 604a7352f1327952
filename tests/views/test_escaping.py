from __future__ import annotations

import unicodedata

import pytest

from factory.views.escaping import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain — naïve 日本語 🎉", "plain — naïve 日本語 🎉"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x9b31m", r"\x9b31m"),
        ("\x00\x7f", r"\x00\x7f"),
        ("user\u202egnp.exe", r"user\u202egnp.exe"),
        ("pay\u200bments", r"pay\u200bments"),
        ("\u2028\ufeff", r"\u2028\ufeff"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_does_not_show_is_written_as_an_escape(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_no_control_format_or_surrogate_character_is_left() -> None:
    hidden = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    text = "".join(c for c in map(chr, range(0x110000)) if unicodedata.category(c) in hidden)
    assert len(text) > 2000
    assert visible(text).isascii()
