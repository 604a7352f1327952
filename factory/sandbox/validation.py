"""The checks that AWS makes on any request and botocore does not: patterns, longest lengths, enumerations."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from factory.sandbox.refused import Refused, invalid_input

_SPACES = "\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_CLASSES = {r"\p{L}": r"\w", r"\p{N}": r"\d", r"\p{Z}": _SPACES}
_POLICY_TYPE = "PolicyType"
_TARGET_ID = "PolicyTargetId"
_POLICY_ID = "PolicyId"
_CODES = {"account": "ValidationException", "cloudformation": "ValidationError"}


def require_valid(service: str, shape: Any, value: Any) -> None:
    """Refuse a request that breaks the service model's constraints; ``shape`` is a botocore input shape."""
    try:
        _check(shape, value)
    except Refused as refused:
        if service == "organizations":
            raise
        raise Refused(_CODES.get(service, "InvalidParameterException"), refused.message) from refused


def _check(shape: Any, value: Any) -> None:
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if value.get(name) is not None:
                _check(member, value[name])
            elif name in shape.required_members:
                raise invalid_input("INPUT_REQUIRED", f"You must specify a value for {name}.")
    elif shape.type_name == "list":
        for item in value:
            _check(shape.member, item)
    elif shape.type_name == "string":
        _check_text(shape, value)
    elif shape.type_name in ("integer", "long"):
        _check_range(shape, value)


def _check_text(shape: Any, value: str) -> None:
    constraints = shape.metadata
    if len(value) > constraints.get("max", len(value)):
        raise invalid_input("MAX_LENGTH_EXCEEDED", f"{shape.name}: longer than {constraints['max']} characters.")
    if len(value) < constraints.get("min", 0):
        raise invalid_input("MIN_LENGTH_EXCEEDED", f"{shape.name}: shorter than {constraints['min']} characters.")
    if shape.enum and value not in shape.enum:
        reason = "INVALID_ENUM_POLICY_TYPE" if shape.name == _POLICY_TYPE else "INVALID_ENUM"
        raise invalid_input(reason, f"{shape.name}: you specified an invalid value.")
    pattern = constraints.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(value):
        reasons = {_TARGET_ID: "INVALID_PATTERN_TARGET_ID", _POLICY_ID: "INVALID_SYNTAX_POLICY_ID"}
        reason = reasons.get(shape.name, "INVALID_PATTERN")
        raise invalid_input(reason, f"{shape.name}: you provided a value that does not match the required pattern.")


def _check_range(shape: Any, value: int) -> None:
    constraints = shape.metadata
    if value > constraints.get("max", value):
        raise invalid_input("MAX_VALUE_EXCEEDED", f"{shape.name}: larger than {constraints['max']}.")
    if value < constraints.get("min", value):
        raise invalid_input("MIN_VALUE_EXCEEDED", f"{shape.name}: smaller than {constraints['min']}.")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    for theirs, ours in _CLASSES.items():
        pattern = pattern.replace(theirs, ours)
    return re.compile(pattern)
