"""Text of a file: plain UTF-8, visible characters, and the place of each."""

from __future__ import annotations

import re

from factory.core.errors import Problem
from factory.core.resource import Source

# Control characters, the line breaks that only YAML 1.1 knows, byte order marks, and the marks that make
# text look other than it is (Unicode's bidirectional controls).
UNWANTED = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u2028-\u202e\u2066-\u2069\ufeff]"
)
_LONGEST = 60


class Unreadable(Exception):
    """Reading a file cannot go on; the problem says where and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def decode(data: bytes, file: str) -> str:
    """The text of a file in plain UTF-8. Raises ``Unreadable`` for anything else, naming the place."""
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        kind = "UTF-8 with a byte order mark" if data[0] == 0xEF else "UTF-16"
        raise Unreadable(Problem(Source(file), f"the file is {kind}", "save it as plain UTF-8"))
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        what, fix = "bytes that are not UTF-8", "save the file as plain UTF-8"
        raise Unreadable(Problem(place(before, len(before), file), what, fix)) from None
    refuse(UNWANTED, text, file, "the character {} is not read here", "remove it, or save the file as plain UTF-8")
    return text


def place(text: str, offset: int, file: str) -> Source:
    """Where the character at this offset stands."""
    lines = re.split(r"\r\n|\r|\n", text[:offset])
    return Source(file, len(lines), len(lines[-1]) + 1)


def refuse(pattern: re.Pattern[str], text: str, file: str, what: str, fix: str) -> None:
    """Raise ``Unreadable`` where the pattern is found, at its last character; ``{}`` becomes its code."""
    if found := pattern.search(text):
        at = found.end() - 1
        raise Unreadable(Problem(place(text, at, file), what.format(f"U+{ord(text[at]):04X}"), fix))


def shown(text: str) -> str:
    """Text as it may stand in a message: short, on one line, with nothing that a terminal acts on."""
    line = printable(re.sub(r"\s+", " ", text[: 10 * _LONGEST]))
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "\u2026"


def printable(text: str) -> str:
    """Text with escapes in place of what cannot be seen."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
