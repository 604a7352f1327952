"""Policy documents compared by meaning: statements by Sid, lists as sets, everything else by path."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from factory.core.documents import canonical

Tree = Mapping[str, Any]
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Line:
    """One difference: ``+``, ``-`` or ``~``, the path to it, and the value, or old and new value."""

    sign: str
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """A statement, or the rest of the document (no name): added, removed or changed, and how."""

    sign: str
    name: str
    lines: tuple[Line, ...]


def compare(before: str | None, after: str | None) -> tuple[Part, ...] | None:
    """The differing parts of two JSON policies; an absent one has no parts.

    ``None`` where one of them is not a JSON object: then only the texts can be compared.
    """
    old, new = _read(before), _read(after)
    if old is None or new is None:
        return None
    old_statements, old_rest = _split(old)
    new_statements, new_rest = _split(new)
    parts = [
        Part(sign, name, lines)
        for name in (*new_statements, *(n for n in old_statements if n not in new_statements))
        for sign, lines in [_differ(old_statements.get(name, _ABSENT), new_statements.get(name, _ABSENT))]
        if lines
    ]
    rest = tuple(_walk("", old_rest, new_rest))
    return (*([Part("~", "", rest)] if rest else []), *parts)


def _read(text: str | None) -> Tree | None:
    if text is None:
        return {}
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _split(document: Tree) -> tuple[dict[str, Tree], Tree]:
    """The statements by name, and the rest of the document."""
    listed = document.get("Statement", _ABSENT)
    found = [listed] if isinstance(listed, dict) else listed
    if not isinstance(found, list) or not all(isinstance(statement, dict) for statement in found):
        return {}, document
    statements: dict[str, Tree] = {}
    for number, statement in enumerate(found, 1):
        sid = statement.get("Sid")
        name = sid if isinstance(sid, str) and sid else f"statement {number}"
        if name in statements:
            name = f"{name} (statement {number})"
        statements[name] = {key: value for key, value in statement.items() if key != "Sid"}
    return statements, {key: value for key, value in document.items() if key != "Statement"}


def _differ(old: Any, new: Any) -> tuple[str, tuple[Line, ...]]:
    if old is _ABSENT:
        return "+", tuple(_leaves("", "+", new))
    if new is _ABSENT:
        return "-", tuple(_leaves("", "-", old))
    return "~", tuple(_walk("", old, new))


def _walk(path: str, old: Any, new: Any) -> Iterator[Line]:
    if old is _ABSENT or new is _ABSENT:
        yield from _leaves(path, *(("+", new) if old is _ABSENT else ("-", old)))
    elif canonical(old) == canonical(new):
        return
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in _reading_order({**old, **new}):
            yield from _walk(_below(path, key), old.get(key, _ABSENT), new.get(key, _ABSENT))
    elif (isinstance(old, list) or isinstance(new, list)) and _flat(old) and _flat(new):
        yield from _members(path, _listed(old), _listed(new))
    else:
        yield Line("~", path, f"{shown(old)} -> {shown(new)}")


def _leaves(path: str, sign: str, value: Any) -> Iterator[Line]:
    if isinstance(value, dict) and value:
        for key in _reading_order(value):
            yield from _leaves(_below(path, key), sign, value[key])
    else:
        yield Line(sign, path, shown(value))


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _members(path: str, old: list[Any], new: list[Any]) -> Iterator[Line]:
    gone = [item for item in old if item not in new]
    come = [item for item in new if item not in old]
    if come:
        yield Line("+", path, shown(come))
    if gone:
        yield Line("-", path, shown(gone))
    if not come and not gone:
        yield Line("~", path, "the same values, written differently")


def _flat(value: Any) -> bool:
    return not any(isinstance(item, dict | list) for item in _listed(value)) and not isinstance(value, dict)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def shown(value: Any) -> str:
    """A JSON value for people: bare words, lists with commas, the rest as compact JSON."""
    if isinstance(value, str):
        return value or '""'
    if isinstance(value, list) and value and _flat(value):
        return ", ".join(shown(item) for item in value)
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


_ORDER = ("Version", "Id", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource")


def _reading_order(mapping: Tree) -> list[str]:
    """The keys in the order people read a statement; unknown ones by name behind."""
    return sorted(mapping, key=lambda key: (_ORDER.index(key) if key in _ORDER else len(_ORDER), key))
