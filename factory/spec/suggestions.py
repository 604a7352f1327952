"""Did you mean: the known word nearest to one that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

MOST_EDITS = 2


def suggest(word: str, words: Iterable[str]) -> str:
    """`` (did you mean "x"?)`` for the nearest known word, else nothing.

    Near is at most two edits (a letter added, dropped, changed, or two swapped) and fewer than the
    word has letters, or the same word in another case. A word may also be what the parts of a known one begin
    with, such as ``SCP``.
    """
    near = _nearest(word, tuple(words))
    return f' (did you mean "{near}"?)' if near else ""


@lru_cache(maxsize=4096)
def _nearest(word: str, words: tuple[str, ...]) -> str | None:
    folded = word.casefold()
    best, least = None, min(MOST_EDITS, len(word) - 1) + 1
    for other in words:
        if abs(len(other) - len(word)) < least:
            edits = _edits(folded, other.casefold(), least)
            if edits < least:
                best, least = other, edits
    short = [other for other in words if "".join(part[:1] for part in other.split("_")).casefold() == folded]
    return best or (short[0] if len(short) == 1 and len(word) > 1 else None)


def _edits(a: str, b: str, enough: int) -> int:
    """Number of edits from a to b; stops counting where there are ``enough``."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        earlier, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) >= enough:
            return enough
    return row[-1]
