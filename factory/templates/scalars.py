"""What a plain YAML scalar stands for in a template: YAML 1.1, as CloudFormation reads it."""

from __future__ import annotations

import json
import re
from typing import Final

Scalar = str | int | float | bool | None

LONGEST_NUMBER: Final = 40
"""Digits of a number; a longer one can only be text that lost its quotes."""

_CONSTANTS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **{form(word): True for word in ("true", "yes", "on") for form in (str, str.capitalize, str.upper)},
    **{form(word): False for word in ("false", "no", "off") for form in (str, str.capitalize, str.upper)},
}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*(?:[eE][-+][0-9]+)?|\.[0-9]+(?:[eE][-+][0-9]+)?)")
# Numbers that do not look like what YAML 1.1 makes of them.
_DISGUISED: Final = (
    (re.compile(r"[-+]?0[0-7_]+"), "an octal number"),
    (re.compile(r"[-+]?0x[0-9a-fA-F_]+"), "a hexadecimal number"),
    (re.compile(r"[-+]?0b[01_]+"), "a binary number"),
    (
        re.compile(r"[-+]?(?:[1-9][0-9_]*(?::[0-5]?[0-9])+|[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)"),
        "a number to base 60",
    ),
    (re.compile(r"[-+]?[0-9][0-9_.]*_[0-9_.]*"), "a number without its underscores"),
    (re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"), "infinity or not a number"),
)


def typed(text: str) -> Scalar:
    """The value of a plain scalar: null, a boolean, a decimal number, else the text itself; dates stay text.

    YAML 1.1 takes ``yes``, ``no``, ``on`` and ``off`` for booleans, and so does CloudFormation (User Guide,
    "CloudFormation template format").
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if len(text) > LONGEST_NUMBER:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        return text if number in (float("inf"), float("-inf")) else number
    return text


def disguise(text: str) -> str:
    """What YAML 1.1 takes this plain scalar for, where that is not what a reader sees; else an empty string.

    An account id such as 012345670123 without quotes becomes another number without a word.
    """
    return next((kind for pattern, kind in _DISGUISED if pattern.fullmatch(text)), "")


def typed_json(text: str) -> Scalar:
    """The value of a bare word in JSON. Raises ``ValueError`` for a number that is too long to be one."""
    if len(text) > LONGEST_NUMBER:
        raise ValueError("too long a number")
    value: Scalar = json.loads(text)
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        raise ValueError("too large a number")
    return value
