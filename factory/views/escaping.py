"""Characters that could fool a terminal or its reader, made visible."""

from __future__ import annotations

import re

_NAMED = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\U000e0100-\U000e01ef]")
"""Characters that count as printable and yet show nothing: fillers, joiners, variation selectors."""


def visible(text: str) -> str:
    """The text on one line, with every character that does not show itself written as an escape.

    Controls, bidirectional and invisible format characters, unusual blanks, separators, lone surrogates.
    """
    if text.isprintable() and not _BLANK.search(text):
        return text
    return "".join(c if c.isprintable() and not _BLANK.match(c) else _escape(c) for c in text)


def _escape(character: str) -> str:
    if character in _NAMED:
        return _NAMED[character]
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
