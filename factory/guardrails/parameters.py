"""Types of the parameters that guardrails take, and whether a value is of its type."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from factory.guardrails.grammar import Fault

Value = str | int | tuple[str, ...]
"""What a parameter stands for: one text or number, or a list of texts."""

_PLAIN = re.compile(r"[A-Za-z0-9]")
_LEAST_PLAIN = 4


@dataclass(frozen=True, slots=True)
class ParameterType:
    """One type: whether it is a list, what each text must match as a whole, and that in words."""

    name: str
    many: bool
    pattern: re.Pattern[str]
    words: str


def _type(name: str, pattern: str, words: str, *, many: bool = True) -> ParameterType:
    return ParameterType(name, many, re.compile(pattern), words)


TYPES: Mapping[str, ParameterType] = {
    each.name: each
    for each in (
        _type("text", r"(?s).+", "text", many=False),
        _type("number", r"-?[0-9]+(\.[0-9]+)?", "a number", many=False),
        _type("list", r"(?s).+", "texts"),
        _type("regions", r"[a-z]{2,5}(-[a-z]+)+-[0-9]{1,2}", "names of Regions, such as eu-central-1"),
        _type(
            "instance-types",
            r"[a-z0-9*?-]+\.[a-z0-9*?-]+",
            "instance types or patterns of them, such as t3.micro or p*.*",
        ),
        # Tagging Best Practices, "Tag naming limits and requirements"; aws: is AWS's own.
        _type("tags", r"(?!(?i:aws):)[\w .:/=+@-]{1,128}", "keys of tags, such as cost-center"),
        # IAM User Guide, "IAM and AWS STS quotas": the characters of names and paths.
        _type("roles", r"[\w+=,.@/*?-]{1,512}", "names of roles or patterns of them, such as stacksets-exec-*"),
        _type("actions", r"[a-z0-9-]+:[A-Za-z0-9*?]+", "actions or patterns of them, such as ec2:Run*"),
        _type("services", r"[a-z0-9-]+", "prefixes of services in actions, such as acm-pca"),
        _type("accounts", r"[0-9]{12}", "account ids of 12 digits"),
    )
}
"""The types by name. All but ``text`` and ``number`` are lists."""


def typed(type_name: str, value: Any) -> Value | None:
    """The value as its type has it; ``None`` where `faults_in` finds something in it."""
    if any(faults_in(type_name, value)):
        return None
    if isinstance(value, list | tuple):
        return tuple(str(item) for item in value)
    return value if type_name == "number" and isinstance(value, int) else str(value)


def faults_in(type_name: str, value: Any) -> Iterator[Fault]:
    """What is wrong with a value, with the path to it."""
    wanted = TYPES[type_name]
    if wanted.many != isinstance(value, list | tuple):
        what = "must be a list" if wanted.many else "must be a single value"
        yield Fault((), f"a value of type {type_name} {what}", f"write {wanted.words}")
        return
    seen: set[str] = set()
    for position, item in enumerate(value if wanted.many else [value]):
        path = (position,) if wanted.many else ()
        if isinstance(item, bool) or not isinstance(item, str | int):
            yield Fault(path, f"a value of type {type_name} must be {wanted.words}", "write text, quoted if need be")
        elif not wanted.pattern.fullmatch(str(item)):
            yield Fault(path, f'"{_short(str(item))}" is not of type {type_name}', f"write {wanted.words}")
        elif type_name == "roles" and len(_PLAIN.findall(str(item))) < _LEAST_PLAIN:
            what = f'"{item}" stands for nearly every role'
            yield Fault(path, what, f"write at least {_LEAST_PLAIN} letters or digits of the names")
        elif str(item) in seen:
            yield Fault(path, f'"{_short(str(item))}" is named twice', "leave one of them out")
        seen.add(str(item))


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "\u2026"
