"""Regular expressions that people write."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from typing import Any, Final

# The form in which Python itself reads an expression; nothing public shows it.
_READER: Final = import_module("re._parser")
_MANY: Final = 10
"""Repetitions from this number on are as good as endless."""
_ENDLESS_FIX: Final = "take one of the two out, or begin each round with a sign of its own, as in [a-z]+(-[a-z]+)*"

_Element = tuple[Any, Any]


@lru_cache
def expression(text: str) -> tuple[re.Pattern[str] | None, str, str]:
    """The expression; or nothing, what is wrong with it, and the way out.

    A repetition inside a repetition is refused where the same text can be shared out among the rounds in many
    ways: ``(a+)+`` takes longer than anyone waits to find that a name of forty letters does not match.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compiled = re.compile(text)
            endless = _endless(_READER.parse(text))
    except (re.error, OverflowError, RecursionError) as error:
        return (
            None,
            f"is no regular expression: {error.msg if isinstance(error, re.error) else 'too large'}",
            "correct it",
        )
    if endless:
        return None, "repeats a repetition, and may never come to an end", _ENDLESS_FIX
    return compiled, "", ""


def _endless(elements: Iterable[_Element]) -> bool:
    """Whether a repetition stands in a repetition, and nothing marks where each round begins or ends."""
    for element in elements:
        body = _repeated(element)
        if body is not None and _varies(body) and not _marked(body):
            return True
        if any(_endless(part) for part in _parts(element)):
            return True
    return False


def _repeated(element: _Element) -> list[_Element] | None:
    """What is repeated many times by this element, if it is a repetition."""
    name, value = str(element[0]), element[1]
    if name in ("MAX_REPEAT", "MIN_REPEAT") and int(value[1]) >= _MANY:
        return _plain(value[2])
    return None


def _plain(elements: Iterable[_Element]) -> list[_Element]:
    """The elements, without the groups around them."""
    found: list[_Element] = []
    for element in elements:
        name, value = str(element[0]), element[1]
        found += _plain(value[3]) if name == "SUBPATTERN" else [element]
    return found


def _parts(element: _Element) -> list[Any]:
    """The sequences inside an element."""
    found: list[Any] = []
    waiting = [element[1]]
    while waiting:
        value = waiting.pop()
        if isinstance(value, _READER.SubPattern):
            found.append(value)
        elif isinstance(value, tuple | list):
            waiting += value
    return found


def _varies(elements: Iterable[_Element]) -> bool:
    """Whether a repetition of no fixed number is somewhere among these; an optional element is none."""
    for element in elements:
        name, value = str(element[0]), element[1]
        if name in ("MAX_REPEAT", "MIN_REPEAT") and int(value[1]) > 1 and value[0] != value[1]:
            return True
        if any(_varies(part) for part in _parts(element)):
            return True
    return False


def _marked(body: list[_Element]) -> bool:
    """Whether each round begins or ends with a sign that nothing else in it takes, and varies in one place only.

    Then the signs in a text tell the rounds apart, and there is one way to match each.
    """
    return any(_marks(sign, [e for e in body if e is not sign]) for sign in (body[0], body[-1]))


def _marks(sign: _Element, others: list[_Element]) -> bool:
    signs = _signs(sign)
    inner = [_plain(e[1][2])[0] if str(e[0]).endswith("_REPEAT") and len(_plain(e[1][2])) == 1 else e for e in others]
    one = sum(e is not i for e, i in zip(others, inner, strict=True)) == 1
    return one and bool(signs) and not any(_takes(element, sign) for element in inner for sign in signs)


def _signs(element: _Element) -> list[int]:
    """The few signs, none of them a letter, that an element stands for; nothing for any other element."""
    name, value = str(element[0]), element[1]
    items = [element] if name == "LITERAL" else value if name == "IN" else []
    signs = [item[1] for item in items if str(item[0]) == "LITERAL" and not chr(item[1]).isalpha()]
    return signs if len(signs) == len(items) else []


def _takes(element: _Element, sign: int) -> bool:
    """Whether an element may match this sign; an element that is more than one character may match any."""
    name, value = str(element[0]), element[1]
    if name == "LITERAL":
        return bool(value == sign)
    if name == "NOT_LITERAL":
        return bool(value != sign)
    if name != "IN":
        return True
    negated = bool(value) and str(value[0][0]) == "NEGATE"
    return any(_holds(item, sign) for item in value) != negated


def _holds(item: _Element, sign: int) -> bool:
    name, value = str(item[0]), item[1]
    if name == "LITERAL":
        return bool(value == sign)
    if name == "RANGE":
        return bool(value[0] <= sign <= value[1])
    if name == "CATEGORY":
        shorthand = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}[str(value).rpartition("_")[2]]
        return bool(re.match(shorthand, chr(sign))) != ("_NOT_" in str(value))
    return False
