"""How text is dressed: width, colour, masking; and the rules for when colour is wanted."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from factory.views.escaping import visible
from factory.views.masking import mask

NARROWEST, WIDEST = 60, 200
_COMMANDS = ("::", "##")
"""What CI systems take for a command where a line of a log starts with it; no line of ours may."""


class Tone(Enum):
    """The palette: what a colour means here, and its ANSI code."""

    PLAIN = ""
    STRONG = "1"
    FAINT = "2"
    GAIN = "32"
    SHIFT = "33"
    LOSS = "31"
    PLACE = "36"
    ALARM = "1;31"


@dataclass(frozen=True, slots=True)
class Style:
    """The dress of a text: its width in columns, whether it is coloured, whether e-mails show."""

    width: int = 100
    colour: bool = False
    show_emails: bool = False

    def clean(self, text: object) -> str:
        """A value from outside, on one line, masked, with nothing hidden in it."""
        words = visible(str(text) if self.show_emails else mask(str(text)))
        return f"\\x{ord(words[0]):x}{words[1:]}" if words.lstrip().startswith(_COMMANDS) else words

    def paint(self, text: str, tone: Tone) -> str:
        """The text in this tone, where colour is on."""
        return f"\x1b[{tone.value}m{text}\x1b[0m" if self.colour and tone.value and text else text

    def wrap(self, text: str, first: str, rest: str, tone: Tone = Tone.PLAIN) -> list[str]:
        """Lines of the text within the width, after the prefix ``first``, then ``rest``.

        Breaks only at blanks, so that names, ARNs and paths stay whole and can be copied; a word wider than
        the line stands on a line of its own.
        """
        lines: list[str] = []
        line, used = "", columns(first)
        for word in text.split(" "):
            need = columns(word)
            if line and used + 1 + need > self.width and not word.startswith(_COMMANDS):
                lines.append(line)
                line, used = word, columns(rest) + need
            else:
                line, used = (f"{line} {word}", used + 1 + need) if line else (word, used + need)
        lines.append(line)
        return [((rest if number else first) + self.paint(part, tone)).rstrip() for number, part in enumerate(lines)]


def columns(text: str) -> int:
    """How many terminal columns a text takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) or c == "\ufe0f" else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def fitting(terminal_columns: int) -> int:
    """The width to use on a terminal that reports this many columns."""
    return max(NARROWEST, min(WIDEST, terminal_columns))


def colour_wanted(tty: bool, environment: Mapping[str, str], refused: bool) -> bool:
    """Colour needs a terminal that is not dumb, an empty ``NO_COLOR`` (no-color.org) and no ``--no-color``."""
    return tty and not refused and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def plural(count: int, noun: str) -> str:
    """``1 rule``, ``2 rules``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def duration(seconds: float) -> str:
    """Seconds for people: ``0.4 s``, ``3 min 12 s``, ``2 h 5 min``."""
    if seconds < 59.95:
        return f"{max(seconds, 0.0):.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
