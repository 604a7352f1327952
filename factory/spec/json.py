"""Strict JSON with the place of every value, for documents that stand beside a file."""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from typing import Final

from factory.core.errors import Problem
from factory.core.resource import Source
from factory.spec.node import Node, Scalar
from factory.spec.text import UNWANTED, Unreadable, decode, shown
from factory.spec.yaml import MAX_DEPTH, MAX_PROBLEMS

_TOKEN = re.compile(r'[\[\]{},:]|"(?:[^"\\\n\r]|\\.)*"|[^\s\[\]{},:"]+')
_SPACE = re.compile(r"[ \t\n\r]*")
_LINE = re.compile(r"\r\n|\r|\n")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_OPENING, _CLOSING = ("{", "["), ("}", "]")
_MOST_DIGITS: Final = 40
_MOST_TOKENS: Final = 50_000
_CONSTANTS: Final[dict[str, Scalar]] = {"null": None, "true": True, "false": False}


def parse(data: bytes, file: str, problems: list[Problem]) -> Node | None:
    """Read one JSON document; ``None`` where it cannot be read. What is wrong goes to ``problems``."""
    noted: list[Problem] = []
    try:
        return _Reader(decode(data, file), file, noted).document()
    except Unreadable as stop:
        noted.append(stop.problem)
    finally:
        problems.extend(noted[:MAX_PROBLEMS])
    return None


class _Reader:
    """Goes through the tokens of a text once; ``_at`` is the token to be read next."""

    def __init__(self, text: str, file: str, problems: list[Problem]) -> None:
        self._file = file
        self._problems = problems
        self._lines = [0, *(found.end() for found in _LINE.finditer(text))]
        self._tokens: list[str] = []
        self._offsets: list[int] = []
        self._at = 0
        self._split(text)

    def document(self) -> Node:
        """The only value of the document. Raises ``Unreadable``."""
        node = self._value()
        if self._tokens[self._at]:
            raise self._stop("text after the end of the document", "keep one JSON value a file")
        return node

    def _split(self, text: str) -> None:
        """Find the tokens; an empty one stands at the end."""
        at = depth = 0
        while found := _TOKEN.match(text, at := _end_of_space(text, at)):
            self._tokens.append(found[0])
            self._offsets.append(at)
            at = found.end()
            depth += (found[0] in _OPENING) - (found[0] in _CLOSING)
            if depth > MAX_DEPTH or len(self._tokens) > _MOST_TOKENS:
                self._at = len(self._tokens) - 1
                deep = f"nested more than {MAX_DEPTH} levels deep" if depth > MAX_DEPTH else "the document is too long"
                raise self._stop(deep, "no policy is; shorten it")
        if at < len(text):
            unclosed = text[at] == '"'
            self._tokens, self._offsets = [""], [at]
            what = "the quote opened here is never closed" if unclosed else "this is not JSON"
            raise self._stop(what, "close it on the same line" if unclosed else "remove this character")
        self._tokens.append("")
        self._offsets.append(self._offsets[-1] if self._offsets else 0)

    def _value(self) -> Node:
        token = self._tokens[self._at]
        if token in ("{", "["):
            return self._object() if token == "{" else self._array()
        node = Node(self._source(), self._scalar(token), token)
        self._at += 1
        return node

    def _object(self) -> Node:
        source, entries = self._source(), dict[str, Node]()
        self._at += 1
        while self._tokens[self._at] != "}" or entries:
            token, place = self._tokens[self._at], self._source()
            if not token.startswith('"') or self._tokens[self._at + 1] != ":":
                raise self._stop("this is not JSON", 'expected "key": value here')
            name = str(self._scalar(token))
            self._at += 2
            node = self._value()
            node.source = place
            if (first := entries.setdefault(name, node)) is not node:
                what = f'duplicate key "{shown(name)}" (first on line {first.source.line})'
                self._problems.append(Problem(place, what, "keep one of them"))
            if self._closes("}"):
                break
        self._at += 1
        return Node(source, entries)

    def _array(self) -> Node:
        source, items = self._source(), list[Node]()
        self._at += 1
        while self._tokens[self._at] != "]" or items:
            items.append(self._value())
            if self._closes("]"):
                break
        self._at += 1
        return Node(source, items)

    def _closes(self, bracket: str) -> bool:
        """True at the closing bracket; steps over a comma. Raises ``Unreadable`` at anything else."""
        token = self._tokens[self._at]
        if token == bracket:
            return True
        if token != ",":
            raise self._stop("this is not JSON", f'expected "," or "{bracket}" here')
        self._at += 1
        return False

    def _scalar(self, token: str) -> Scalar:
        if token in _CONSTANTS:
            return _CONSTANTS[token]
        if token.startswith('"'):
            try:
                text = str(json.loads(token))
            except ValueError:
                raise self._stop("this text is not JSON", "check its backslashes") from None
            if found := UNWANTED.search(text):
                raise self._stop(f"the character U+{ord(found[0]):04X} is not read here", "remove it")
            return text
        if _NUMBER.fullmatch(token) and len(token) <= _MOST_DIGITS:
            number: int | float = json.loads(token)
            if isinstance(number, int) or math.isfinite(number):
                return number
        fix = "expected a value: text in double quotes, a number, true, false, null, { or ["
        raise self._stop("this is not JSON", fix)

    def _source(self) -> Source:
        offset = self._offsets[self._at]
        line = bisect_right(self._lines, offset)
        return Source(self._file, line, offset - self._lines[line - 1] + 1)

    def _stop(self, what: str, fix: str) -> Unreadable:
        return Unreadable(Problem(self._source(), what, fix))


def _end_of_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
