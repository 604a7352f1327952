"""A table of cells said in few words: boxes that hold what is lost or gained and nothing that is not.

A box is a set of values in each respect; it stands for every combination of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, permutations

from factory.core.rights import Bound, Direction
from factory.guardrails.cells import OTHER, PRINCIPAL
from factory.guardrails.gains_losses import Grid, Row

Values = Mapping[str, frozenset[str]]
_ORDERS = 6
"""In so many orders of its respects a box is widened, to find the widest."""


@dataclass(frozen=True)
class Box:
    """Values in each respect that is limited at all, and the keys on which it depends besides."""

    bounds: tuple[Bound, ...] = ()
    keys: tuple[str, ...] = ()
    values: tuple[tuple[str, frozenset[str]], ...] = ()


@lru_cache(maxsize=4096)
def boxes(grid: Grid, direction: Direction) -> tuple[Box, ...]:
    """The boxes that cover what flips in this direction; they may overlap.

    What was denied anyway may be in a box of losses, for nobody misses it, but never in one of gains. What depends on
    other keys is in a box of its own, unless it is a gain and there is one around it with fewer.
    """
    universe = _values(grid.rows)
    by_keys: dict[tuple[str, ...], list[Row]] = {}
    for row in grid.rows:
        if flipped(row, direction):
            by_keys.setdefault(row.keys, []).append(row)
    found: list[Box] = []
    for keys, wanted in sorted(by_keys.items(), key=lambda each: (len(each[0]), each[0])):
        left = [row for row in wanted if not any(_in(row, dict(box.values)) for box in found)]
        # A gain that is told with fewer conditions than it has errs on the safe side; a loss would not.
        apart = direction is Direction.LOSS
        others = [row for row in grid.rows if apart and flipped(row, direction) and row.keys != keys]
        against = [row for row in grid.rows if opposed(row, direction)] + others
        found += [_box(values, keys, universe) for values in _cover(left, against, universe)]
    return tuple(found)


def flipped(row: Row, direction: Direction) -> bool:
    """Whether the cell flips this way."""
    return row.loss if direction is Direction.LOSS else row.gain


def opposed(row: Row, direction: Direction) -> bool:
    """Whether the cell must be outside of what is told: it would be wrong there."""
    if flipped(row, direction):
        return False
    return direction is Direction.GAIN or row.after


@lru_cache(maxsize=32768)
def clashes(grid: Grid, box: Box, direction: Direction) -> bool:
    """Whether saying this box of the actions of this grid as well would be wrong."""
    return any(opposed(row, direction) and _in(row, dict(box.values)) for row in grid.rows)


def _values(rows: Iterable[Row]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for row in rows:
        for of, label in row.labels:
            found.setdefault(of, set()).add(label)
    return {of: frozenset(labels) for of, labels in found.items()}


def _in(row: Row, values: Values) -> bool:
    return all(label in values[of] for of, label in row.labels if of in values)


def _cover(wanted: Sequence[Row], against: Sequence[Row], universe: Values) -> Iterator[Values]:
    """For every cell that is in no box yet, the box around it that covers the most."""
    left = list(wanted)
    while left:
        around = {of: frozenset({label}) for of, label in left[0].labels}
        orders = islice(permutations(sorted(around)), _ORDERS)
        found = [_widened(around, order, wanted, against, universe) for order in orders]
        best = max(found, key=lambda box: sum(_in(row, box) for row in left))
        yield best
        left = [row for row in left if not _in(row, best)]


def _widened(
    around: Values, order: Sequence[str], wanted: Sequence[Row], against: Sequence[Row], universe: Values
) -> Values:
    """The box with every value more that makes nothing in it wrong, respect by respect.

    What makes no difference is let in only where it shortens the words: where a bound names what is outside of it.
    """
    found = dict(around)
    for of in order:
        whole = {**found, of: universe[of]}
        wrong = {dict(row.labels)[of] for row in against if _in(row, whole)}
        right = universe[of] - wrong
        flips = {dict(row.labels)[of] for row in wanted if _in(row, whole)} & right
        found[of] |= right if OTHER in flips else flips
    return found


def _box(values: Values, keys: tuple[str, ...], universe: Values) -> Box:
    bounds = []
    for of, chosen in sorted(values.items()):
        left = universe[of] - chosen
        if left:
            outside = OTHER in chosen or (of == PRINCIPAL and OTHER not in left and len(left) < len(chosen))
            bounds.append(Bound(of, tuple(sorted(left if outside else chosen)), outside))
    limited = {bound.of for bound in bounds}
    return Box(tuple(bounds), keys, tuple((of, chosen) for of, chosen in sorted(values.items()) if of in limited))
