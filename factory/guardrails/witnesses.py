"""Actions that stand for many: from the patterns of policies, one made-up action for each set that they tell apart.

No list of AWS's actions is needed. ``ec2:*`` is stood for by an action of EC2 that no policy names, ``ec2:Describe*``
inside it by one of its own; what two patterns have in common (``ec2:*`` and ``*:Purchase*``), by one more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from factory.guardrails.patterns import Matcher, Wildcard, glob, parse
from factory.guardrails.pieces import Piece

EVERY_ACTION = "*"
FILLING = "Zq0"
"""What a ``*`` is filled with: nothing that a policy would name."""


@dataclass(frozen=True, order=True, slots=True)
class Candidate:
    """A pattern, and an action that fits it and no narrower one that a policy names."""

    pattern: str
    action: str

    @property
    def service(self) -> str:
        """The service's prefix, in small letters."""
        return self.action.partition(":")[0].lower()


@lru_cache(maxsize=16384)
def filled(pattern: str, *, filling: str = FILLING) -> str:
    """A text that fits the pattern."""
    return pattern.replace("*", filling).replace("?", filling[0])


@lru_cache(maxsize=16384)
def candidate(pattern: str) -> Candidate:
    """The pattern with its made-up action."""
    action = filled(pattern)
    if ":" not in action and pattern.startswith("*"):
        action = f"{FILLING}:{action}"
    return Candidate(pattern, action)


@lru_cache(maxsize=16384)
def matcher(pattern: str) -> Matcher:
    """Which actions, in small letters, fit the pattern."""
    return glob(parse(pattern.lower(), variables=False))


@lru_cache(maxsize=65536)
def holds(wide: str, narrow: str) -> bool:
    """Whether all that fits the narrow pattern fits the wide one too."""
    return wide == EVERY_ACTION or matcher(wide)(candidate(narrow).action.lower())


@lru_cache(maxsize=65536)
def common(one: str, other: str) -> str | None:
    """A pattern of what fits both; nothing where no text does.

    Two patterns can have more in common than one pattern says (``a*b*`` and ``*b*c``); then it is one of several.
    """
    if holds(one, other):
        return other
    if holds(other, one):
        return one
    if not _wild(one) or not _wild(other) or _apart(one, other):
        return None
    return _met(one, other)


def _wild(pattern: str) -> bool:
    return any(isinstance(part, Wildcard) for part in parse(pattern, variables=False))


def _apart(one: str, other: str) -> bool:
    """Whether the two begin with texts that differ."""
    heads = [pattern.replace("?", "*").partition("*")[0].lower() for pattern in (one, other)]
    return not heads[0].startswith(heads[1]) and not heads[1].startswith(heads[0])


def _met(one: str, other: str) -> str | None:
    """The shortest way through both patterns at once, letter by letter."""
    seen: dict[tuple[int, int], str] = {(0, 0): ""}
    line = [(0, 0)]
    for at in line:
        left, right, text = one[at[0] :], other[at[1] :], seen[at]
        if not left and not right:
            return text.replace("**", "*")
        for step, letter in _steps(left, right):
            following = (at[0] + step[0], at[1] + step[1])
            if following not in seen:
                seen[following] = text + letter
                line.append(following)
    return None


def _steps(left: str, right: str) -> list[tuple[tuple[int, int], str]]:
    found: list[tuple[tuple[int, int], str]] = []
    if left[:1] == "*" and right[:1] == "*":
        found += [((1, 0), "*"), ((0, 1), "*")]
    elif left[:1] == "*":
        found += [((1, 0), ""), *([((0, 1), right[0])] if right else [])]
    elif right[:1] == "*":
        found += [((0, 1), ""), *([((1, 0), left[0])] if left else [])]
    elif left and right and (left[0].lower() == right[0].lower() or "?" in (left[0], right[0])):
        found.append(((1, 1), left[0] if right[0] == "?" else right[0]))
    return found


def candidates(
    differing: frozenset[Piece], others: frozenset[Piece], services: Iterable[str] = (), *, whole: bool = False
) -> tuple[Candidate, ...]:
    """An action for each pattern of the statements that differ, and for what others single out inside them.

    ``services``: the only ones that such policies bind; patterns of every service become patterns of each. ``whole``:
    the difference is about every action.
    """
    scope: dict[str, str] = {EVERY_ACTION: EVERY_ACTION} if whole else {}
    for piece in sorted(differing, key=lambda each: each.text):
        for pattern in (*piece.actions, *([EVERY_ACTION] if piece.negated else [])):
            scope.setdefault(pattern.lower(), pattern)
    beside = {p.lower(): p for piece in others for p in piece.actions} | {f"{each}:*": f"{each}:*" for each in services}
    found = dict(scope)
    for written in (*scope.values(), *beside.values()):
        for pattern in scope.values():
            both = common(pattern, written)
            if both is not None:
                found.setdefault(both.lower(), both)
    return tuple(sorted(map(candidate, found.values())))


def inside(found: Iterable[Candidate]) -> Mapping[str, tuple[str, ...]]:
    """For each pattern, those of the others that lie inside it."""
    patterns = [each.pattern for each in found]
    return {
        wide: tuple(narrow for narrow in patterns if narrow.lower() != wide.lower() and holds(wide, narrow))
        for wide in patterns
    }
