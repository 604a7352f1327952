"""The texts of policies that stand for many: wildcards, escapes and policy variables.

Sources, all in the IAM User Guide: "IAM policy elements: Variables and tags" for variables, their defaults and the
escapes ``${*}``, ``${?}`` and ``${$}``; "IAM JSON policy elements: Condition operators" for wildcards in values.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from itertools import groupby

Values = tuple[str, ...]
Lookup = Callable[[str], Values | None]
"""What a request has under a context key, in small letters: ``()`` is an absent key, ``None`` an unknown one."""

Matcher = Callable[[str], bool]
_TOKEN = re.compile(r"\$\{([^}]*)\}|[*?]")
_VARIABLE = re.compile(r"\s*([^,\s][^,]*?)\s*(?:,\s*'([^']*)'\s*)?")
_ESCAPED = ("*", "?", "$")


class Wildcard(Enum):
    """``*`` is any text, also none; ``?`` is one character."""

    ANY = "*"
    ONE = "?"


@dataclass(frozen=True, slots=True)
class Variable:
    """``${aws:username}``, or with a default ``${aws:username, 'nobody'}``; ``name`` is the key as it is written."""

    name: str
    default: str | None = None

    @property
    def key(self) -> str:
        """The key as keys are compared."""
        return self.name.lower()


Part = str | Wildcard | Variable
Parts = tuple[Part, ...]


class Match(Enum):
    """Whether a text fits a pattern.

    ``UNRESOLVED``: a variable has no value. ``MAYBE``: it fits for some values of variables that nobody knows.
    ``HARDLY``: it fits for none of them, and one of the variables may turn out to have no value.
    """

    YES = auto()
    NO = auto()
    MAYBE = auto()
    HARDLY = auto()
    UNRESOLVED = auto()


@lru_cache(maxsize=16384)
def parse(text: str, *, variables: bool = True, wildcards: bool = True) -> Parts:
    """Split a text of a policy into its parts.

    Only policies of version 2012-10-17 have variables; in others ``${...}`` is plain text.
    """
    parts: list[Part] = []
    at = 0
    for token in _TOKEN.finditer(text):
        found = _part(token, variables, wildcards)
        if found is not None:
            parts += [text[at : token.start()], found]
            at = token.end()
    parts.append(text[at:])
    return joined(parts)


def _part(token: re.Match[str], variables: bool, wildcards: bool) -> Part | None:
    inner = token[1]
    if inner is None:
        return Wildcard(token[0]) if wildcards else None
    if not variables:
        return None
    if inner in _ESCAPED:
        return inner
    named = _VARIABLE.fullmatch(inner)
    return Variable(named[1], named[2]) if named else None


def joined(parts: list[Part]) -> Parts:
    """The same parts with literal texts that follow each other made one, and empty ones left out."""
    found: list[Part] = []
    for literal, group in groupby(parts, lambda part: isinstance(part, str)):
        if literal:
            text = "".join(part for part in group if isinstance(part, str))
            found += [text] if text else []
        else:
            found += group
    return tuple(found)


class Glob:
    """A pattern of literal texts and wildcards; matching takes time in proportion to text and pattern.

    What stands between two ``*`` is looked for once, from the left: the first place that fits leaves the most for
    what follows, so nothing has to be tried twice.
    """

    __slots__ = ("_first", "_last", "_least", "_middle")

    def __init__(self, parts: Parts) -> None:
        runs: list[list[str | Wildcard]] = [[]]
        for part in parts:
            if part is Wildcard.ANY:
                runs.append([])
            elif not isinstance(part, Variable):
                runs[-1].append(part)
        pieces = [_Piece(run) for run in runs]
        self._first = pieces[0]
        self._last = pieces[-1] if len(pieces) > 1 else None
        self._middle = tuple(piece for piece in pieces[1:-1] if piece.length)
        self._least = sum(piece.length for piece in pieces)

    def __call__(self, text: str) -> bool:
        """Whether the whole text fits."""
        if self._last is None:
            return len(text) == self._least and self._first.at(text, 0)
        end = len(text) - self._last.length
        if len(text) < self._least or not self._first.at(text, 0) or not self._last.at(text, end):
            return False
        start = self._first.length
        for piece in self._middle:
            start = piece.after(text, start, end)
            if start < 0:
                return False
        return True


class _Piece:
    """What stands between two ``*``: text, with ``?`` in it or without."""

    __slots__ = ("_pattern", "_text", "length")

    def __init__(self, run: list[str | Wildcard]) -> None:
        self.length = sum(1 if isinstance(part, Wildcard) else len(part) for part in run)
        self._text, self._pattern = "", None
        if any(isinstance(part, Wildcard) for part in run):
            source = "".join("." if isinstance(part, Wildcard) else re.escape(part) for part in run)
            self._pattern = re.compile(source, re.DOTALL)
        else:
            self._text = "".join(part for part in run if isinstance(part, str))

    def at(self, text: str, start: int) -> bool:
        """Whether it stands at this place."""
        if self._pattern is None:
            return text.startswith(self._text, start)
        return self._pattern.match(text, start) is not None

    def after(self, text: str, start: int, end: int) -> int:
        """Where it ends, at its first place between these two; -1 where there is none."""
        if self._pattern is None:
            found = text.find(self._text, start, end)
            return found if found < 0 else found + self.length
        match = self._pattern.search(text, start, end)
        return match.end() if match else -1


@lru_cache(maxsize=16384)
def glob(parts: Parts) -> Matcher:
    """The matcher of these parts: a `Glob`, or what does the same for the simplest ones."""
    match parts:
        case (str(word),):
            return word.__eq__
        case (Wildcard.ANY,):
            return anything
        case (str(word), Wildcard.ANY):
            return lambda text: text.startswith(word)
    return Glob(parts)


def anything(_: str) -> bool:
    """Matches all there is."""
    return True


def lowered(parts: Parts) -> Parts:
    """The same parts with the literal texts in small letters."""
    return tuple(part.lower() if isinstance(part, str) else part for part in parts)


class Pattern:
    """A text of a policy; its variables get their values from each request."""

    __slots__ = ("_build", "_parts", "matcher", "variables")

    def __init__(self, parts: Parts, build: Callable[[Parts], Matcher]) -> None:
        """``build`` makes the matcher of parts without variables."""
        self._parts, self._build = parts, build
        self.variables = tuple(part for part in parts if isinstance(part, Variable))
        self.matcher = None if self.variables else build(parts)

    def match(self, text: str, lookup: Lookup) -> Match:
        """Whether the text fits, with the variables' values of this request.

        A variable stands for its value as it is: wildcards in it are plain characters. A key of several values
        cannot be a variable, so it counts as without a value.
        """
        if self.matcher is not None:
            return Match.YES if self.matcher(text) else Match.NO
        filled: list[Part] = []
        unknown = doubtful = False
        for part in self._parts:
            if not isinstance(part, Variable):
                filled.append(part)
                continue
            values = lookup(part.key)
            if values is None:
                unknown, doubtful = True, doubtful or part.default is None
                filled.append(Wildcard.ANY)
            elif len(values) == 1:
                filled.append(values[0])
            elif part.default is not None:
                filled.append(part.default)
            else:
                return Match.UNRESOLVED
        fits = self._build(joined(filled))(text)
        if unknown:
            return Match.MAYBE if fits else Match.HARDLY if doubtful else Match.NO
        return Match.YES if fits else Match.NO

    def unknown(self, lookup: Lookup) -> list[str]:
        """The variables whose values nobody knows."""
        return [variable.key for variable in self.variables if lookup(variable.key) is None]
