"""Requests that stand for many: the conditions of statements cut into cells that they cannot tell apart.

For each context key of the statements that differ, the values that policies name for it, one that none names, and the
key's absence. A cell is one choice for each key. Keys whose values cannot be enumerated (policy variables) stay
unknown, and the judge says that it depends on them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import Any

from factory.guardrails.conditions import OPERATORS, Condition, parts_of
from factory.guardrails.context import GLOBAL_SERVICES
from factory.guardrails.matching import resource_matcher
from factory.guardrails.patterns import Values, parse
from factory.guardrails.pieces import Piece
from factory.guardrails.values import address, moment, network, number
from factory.guardrails.witnesses import filled

REGION = "aws:requestedregion"
PRINCIPAL_ARN = "aws:principalarn"
RESOURCE = "resource"
PRINCIPAL = "principal"
OTHER = ""
"""The value that no policy names."""
ABSENT = "(absent)"
SEVERAL = "(several)"
MOST = 256
"""So many cells are judged for one action; where there would be more, the key with the most values stays unknown."""

_SOMETHING = "zq0"
_ELSEWHERE = "zq-other-1"
_ALWAYS = frozenset({REGION, PRINCIPAL_ARN, "aws:principaltype", "aws:viaawsservice", "aws:securetransport"})
"""Keys that every request of a principal has ("AWS global condition context keys")."""
_ADDRESSES = ("198.51.100.77", "203.0.113.77", "192.0.2.77", "2001:db8:77::77")


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a cell in one respect: what it is called, and what the request has there."""

    label: str
    given: Values


@dataclass(frozen=True, slots=True)
class Dimension:
    """One respect in which cells differ. ``of`` is the context key as written, or ``resource`` or ``principal``."""

    of: str
    options: tuple[Option, ...]

    @property
    def key(self) -> str:
        """The key as keys are compared."""
        return self.of.lower()


@dataclass(frozen=True, slots=True)
class Cell:
    """One choice in each respect: labels by respect, and what the request has."""

    labels: tuple[tuple[str, str], ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict, hash=False)
    resource: str = "*"
    principal: str = ""


def dimensions(
    deciding: Iterable[Piece],
    related: Iterable[Piece],
    service: str,
    account: str,
    without: frozenset[str] = frozenset(),
) -> list[Dimension]:
    """The respects in which cells for an action of this service differ, but for ``without``.

    ``deciding`` are the statements about it that differ: their keys count. ``related`` are all statements about it:
    what they name of these keys counts as well, and so do resources that others allow alone, or spare.
    """
    deciding, related = list(deciding), list(related)
    found = []
    keys = {c.key for piece in deciding for c in piece.statement.conditions} - without
    for key in sorted(keys):
        if key == REGION and service in GLOBAL_SERVICES and service != "sts":
            continue
        conditions = [c for piece in related for c in piece.statement.conditions if c.key == key]
        found.append(Dimension(min(c.name for c in conditions), tuple(_options(key, conditions))))
    open_ended = [p for p in related if not p.statement.denies or "NotResource" in p.written]
    if any(not piece.statement.resources.everything for piece in (*deciding, *open_ended)):
        found.append(Dimension(RESOURCE, tuple(_resources(related, service, account))))
    return found


def cells(found: Iterable[Dimension]) -> Iterator[Cell]:
    """Every combination; where that is too many, the key with the most values stays unknown."""
    kept = list(found)
    while prod(len(each.options) for each in kept) > MOST:
        loose = [d for d in kept if d.key not in (PRINCIPAL, PRINCIPAL_ARN, REGION, RESOURCE)] or kept
        kept.remove(max(loose, key=lambda each: len(each.options)))
    for chosen in product(*(each.options for each in kept)):
        labels = tuple((d.of, option.label) for d, option in zip(kept, chosen, strict=True))
        by_key = {d.key: (d.of, option.given) for d, option in zip(kept, chosen, strict=True)}
        _, resource = by_key.pop(RESOURCE, ("", ("*",)))
        _, principal = by_key.pop(PRINCIPAL, ("", ("",)))
        context = {name: list(given) if given else None for name, given in by_key.values()}
        yield Cell(labels, context, resource[0], principal[0])


def _options(key: str, conditions: list[Condition]) -> Iterator[Option]:
    """The values of one key that these conditions tell apart."""
    literals: dict[str, str] = {}
    kinds: set[str] = set()
    several = False
    bases = {parts_of(condition.operator)[1] for condition in conditions}
    caseless = any(base.endswith("ignorecase") for base in bases) and len(bases) > 1
    counted = any("?" in value for condition in conditions for value in condition.values)
    for condition in conditions:
        prefix, base, _ = parts_of(condition.operator)
        several = several or bool(prefix)
        kinds.add(_kind(base))
        if _kind(base) == "text":
            wild = OPERATORS[base].wildcards
            for value in condition.values:
                if "${" in value:
                    continue
                if wild:
                    literals[value] = filled(value, filling=_SOMETHING)
                else:
                    literals.setdefault(value, value)
                if caseless:
                    literals.setdefault(value.swapcase(), value.swapcase())
                if wild and counted and (bare := value.replace("*", "")):
                    # Nothing at all fits a *, and no ? in its place.
                    literals.setdefault(filled(bare, filling=_SOMETHING), filled(bare, filling=_SOMETHING))
        elif _kind(base) in _ORDERED or _kind(base) == "address":
            literals |= dict.fromkeys(condition.values, "")
    if kinds <= {"null"}:
        yield Option(OTHER, (_SOMETHING,))
    elif "bool" in kinds:
        yield from (Option(each, (each,)) for each in ("true", "false"))
    elif kinds & _ORDERED.keys():
        yield from _ordered(literals, *_ORDERED[next(iter(sorted(kinds & _ORDERED.keys())))])
    elif "address" in kinds:
        yield from _networks(literals)
    else:
        yield from (Option(label, (value,)) for label, value in sorted(literals.items()))
        other = _ELSEWHERE if key == REGION else _SOMETHING + "-other"
        yield Option(OTHER, (other,))
        if several and literals:
            yield Option(SEVERAL, (*literals.values(), other))
            if len(literals) > 1:
                yield Option(f"all of {', '.join(sorted(literals))}", tuple(literals.values()))
    if key not in _ALWAYS:
        yield Option(ABSENT, ())


def _kind(base: str) -> str:
    """Which of a handful of ways to enumerate an operator's values asks for."""
    for begin, kind in (
        ("null", "null"),
        ("bool", "bool"),
        ("numeric", "number"),
        ("date", "date"),
        ("binary", "binary"),
    ):
        if base.startswith(begin):
            return kind
    return "address" if base.endswith("ipaddress") else "text" if base in OPERATORS else "unknown"


_ORDERED: Mapping[str, tuple[Callable[[str], float | int | None], float, Callable[[float], str]]] = {
    "number": (number, 1, lambda value: f"{value:g}"),
    "date": (moment, 86400, lambda value: f"{value:.0f}"),
}
"""How values that have an order are read, a step that is large enough to get past one, and how they are written."""


def _ordered(
    literals: Iterable[str], read: Callable[[str], float | int | None], step: float, write: Callable[[float], str]
) -> Iterator[Option]:
    """A value below all that are named, each of them, one between each two, and one above."""
    known = sorted({(value, text) for text in literals if (value := read(text)) is not None})
    marks = sorted(dict(reversed(known)).items())
    if not marks:
        return
    yield Option(f"below {marks[0][1]}", (write(marks[0][0] - step),))
    for (value, text), after in zip(marks, [*marks[1:], None], strict=True):
        yield Option(text, (text,))
        if after is not None:
            yield Option(f"between {text} and {after[1]}", (write((value + after[0]) / 2),))
    yield Option(f"above {marks[-1][1]}", (write(marks[-1][0] + step),))


def _networks(literals: Iterable[str]) -> Iterator[Option]:
    """An address of each range that lies in none of the smaller ranges in it, and one that is in no range."""
    known = [(text, found) for text in literals if (found := network(text)) is not None]
    for text, found in sorted(known, key=lambda each: each[0]):
        inside = [each for _, each in known if each[0] in found and each.prefixlen > found.prefixlen]
        edges = [found[0], found[-1]]
        edges += [each[0] - 1 for each in inside if each[0] != found[0]]
        edges += [each[-1] + 1 for each in inside if each[-1] != found[-1]]
        free = [at for at in edges if at in found and not any(at in each for each in inside)]
        if free:
            yield Option(text, (str(free[0]),))
    for text in _ADDRESSES:
        at = address(text)
        if at is not None and not any(at in found for _, found in known if found.version == at.version):
            yield Option(OTHER, (text,))
            return


def _resources(related: Iterable[Piece], service: str, account: str) -> Iterator[Option]:
    """What the statements name, as ARNs of this account and others, here and in another Region, and something else.

    What has no ARN, ``*``, stands for something else where the statements name whatever has one.
    """
    named = {text for piece in related if not piece.statement.resources.everything for text in piece.resources}
    patterns = {text: _known(text, account) for text in sorted(named) if set(text) - {"*"}}
    patterns = {text: known for text, known in patterns.items() if "${" not in known}
    for text, known in patterns.items():
        yield Option(text, (arn(known, service, account),))
        for part, elsewhere, words in _OPEN:
            if _is_open(known, part) and any(not _is_open(each, part) for each in patterns.values()):
                yield Option(f"{text} {words}", (arn(_with(known, part, elsewhere), service, account),))
    other = f"arn:aws:{service}:{_ELSEWHERE}:{account}:{_SOMETHING}/{_SOMETHING}"
    taken = any(resource_matcher(parse(known))(other) for known in patterns.values())
    yield Option(OTHER, ("*" if taken else other,))


_OPEN = ((3, _ELSEWHERE, "in other Regions"), (4, "999999999999", "of other accounts"))
"""The parts of an ARN that patterns leave open or not, a value that none names, and that in words."""
_OF_THE_ACCOUNT = re.compile(r"\$\{aws:(?:Principal|Resource)Account(?:,[^}]*)?\}", re.IGNORECASE)


def _known(pattern: str, account: str) -> str:
    """A pattern with the variables filled in whose values are known."""
    return _OF_THE_ACCOUNT.sub(account, pattern)


def _is_open(pattern: str, part: int) -> bool:
    parts = pattern.split(":", 5)
    return len(parts) == 6 and parts[part] == "*"


def _with(pattern: str, part: int, value: str) -> str:
    parts = pattern.split(":", 5)
    return ":".join((*parts[:part], value, *parts[part + 1 :]))


def arn(pattern: str, service: str, account: str) -> str:
    """An ARN that fits the pattern, with likely values for its parts where it leaves them open."""
    parts = pattern.split(":", 5)
    likely = ("arn", "aws", service, "eu-central-1", account)
    if len(parts) == 6:
        parts[:5] = [known if part == "*" else part for part, known in zip(parts[:5], likely, strict=True)]
    return filled(":".join(parts), filling=_SOMETHING)
