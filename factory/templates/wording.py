"""Words of messages about templates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

_LONGEST = 60


def shown(value: Any) -> str:
    """A value as it may stand in a message: short, on one line, with nothing that a terminal acts on."""
    line = re.sub(r"\s+", " ", str(value)[: 10 * _LONGEST])
    line = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "\u2026"


def near(name: str, known: Iterable[str]) -> str:
    """The known name that this one is probably meant to be; an empty string where none is like it."""
    folded = {other.casefold(): other for other in sorted(known)}
    found = get_close_matches(name.casefold(), folded, n=1, cutoff=0.75)
    return folded[found[0]] if found else ""


def written(value: Any) -> str:
    """What kind of value stands there, for the end of a sentence."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    return f'"{shown(value)}"'
