"""The validator's errors in our words: where, what, and the way out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from factory.core.errors import Problem
from factory.spec.models import IN_WORDS
from factory.spec.node import Node, Step
from factory.spec.suggestions import suggest
from factory.spec.text import shown

_MAPPING, _LIST, _TEXT = "a mapping", "a list", "text"
_WHOLE, _NUMBER, _TRUTH = "a whole number", "a number", "true or false"
_EXPECTED = {
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "iterable_type": _LIST,
    "string_type": _TEXT,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "bool_type": _TRUTH,
}
_FIX = {
    _MAPPING: 'write "key: value" lines',
    _LIST: 'write "[a, b]", or lines that start with "- "',
    _TEXT: "write text",
    _WHOLE: "write digits, without quotes",
    _NUMBER: "write a number, without quotes",
    _TRUTH: "write true or false, without quotes",
}
_BOUNDS = {
    "greater_than": ("gt", "must be more than {}"),
    "greater_than_equal": ("ge", "must be at least {}"),
    "less_than": ("lt", "must be less than {}"),
    "less_than_equal": ("le", "must be at most {}"),
    "string_too_short": ("min_length", "must have at least {} characters"),
    "string_too_long": ("max_length", "must have at most {} characters"),
    "too_short": ("min_length", "must have at least {} items"),
    "too_long": ("max_length", "must have at most {} items"),
}

Path = tuple[Step, ...]


def resolve(node: Node, loc: Iterable[Step]) -> Path:
    """The path that is written in the file behind a validator's location, which also names types on the way."""
    path: list[Step] = []
    for step in loc:
        inner = node.child(step)
        if inner is not None:
            node = inner
            path.append(step)
    return tuple(path)


def problems_of(errors: list[ErrorDetails], model: type[BaseModel], node: Node) -> Iterator[Problem]:
    """One problem for each place where something is wrong."""
    places: dict[Path, list[ErrorDetails]] = {}
    for error in errors:
        path = resolve(node, error["loc"])
        if error["type"] == "missing":
            yield _missing(str(error["loc"][-1]), path, model, node)
        else:
            places.setdefault(path, []).append(error)
    for path, found in places.items():
        inside = any(other[: len(path)] == path for other in places if other != path)
        if inside and all(error["type"] == "too_short" for error in found):
            continue  # only what is right counts there, and what is wrong is told by itself
        types = [error["type"] for error in found]
        if all(kind in _EXPECTED for kind in types):
            # One of several alternatives got further: what went wrong there says more.
            if not inside:
                yield _wrong_type(list(dict.fromkeys(_EXPECTED[kind] for kind in types)), path, node)
        else:
            known = [error for error in found if error["type"] not in _EXPECTED]
            # Of a word or a list, what is wrong with the one that is written.
            is_word = not isinstance(node.nearest(path).value, dict | list)
            yield _wrong(min(known, key=lambda e: is_word != (e["type"] == "literal_error")), path, model, node)


def _missing(name: str, path: Path, model: type[BaseModel], node: Node) -> Problem:
    field = _field(model, (*path, name))
    return Problem(node.where(*path), f'"{name}" is missing', f"add it: {_about(field)}" if field else "add it")


def _wrong_type(expected: list[str], path: Path, node: Node) -> Problem:
    written = node.nearest(path)
    if written.value is None and not path:
        return Problem(written.source, "the file is empty", "write at least one key, or remove the file")
    what = f"{_label(path)} must be {' or '.join(expected)}, not {_given(written)}"
    if written.value is None:
        fix = "fill it in, or remove the key"
    elif expected == [_MAPPING] and isinstance(written.value, str) and ":" in written.value:
        fix = "write a space after the colon"
    else:
        fix = _FIX[expected[0]]
    return Problem(written.source, what, fix)


def _wrong(error: ErrorDetails, path: Path, model: type[BaseModel], node: Node) -> Problem:
    kind, context = error["type"], error.get("ctx", {})
    written = node.nearest(path)
    label, given = _label(path), _given(written)
    field = _field(model, path)
    if kind == "extra_forbidden":
        known = sorted(_keys(model, path[:-1]))
        hint = suggest(str(path[-1]), known)
        fix = "correct it, or remove it" if hint else f"known here: {', '.join(known) or 'no keys'}"
        return Problem(written.source, f'unknown key "{shown(str(path[-1]))}"{hint}', fix)
    if kind == "literal_error":
        choices = str(context.get("expected", "")).replace("'", '"')
        hint = suggest(str(written.value), [part.strip('" ') for part in choices.replace(" or ", ",").split(",")])
        return Problem(written.source, f"{label} is {given}{hint}", f"write {choices}")
    if kind == "string_pattern_mismatch":
        about = f"; {_name(path)} is {_about(field)}" if field else ""
        pattern = str(context["pattern"])
        wanted = f"it must be {IN_WORDS[pattern]}" if pattern in IN_WORDS else f"it must match {pattern}"
        return Problem(written.source, f"{label} is {given}", f"{wanted}{about}")
    if kind in ("string_too_short", "too_short") and not written.value:
        return Problem(written.source, f"{label} is empty", "fill it in, or remove the key")
    if kind in _BOUNDS:
        key, wording = _BOUNDS[kind]
        bound = f"{context[key]:g}" if isinstance(context[key], float) else context[key]
        return Problem(written.source, f"{label} {wording.format(bound)}", _fix_bound(field, path))
    message = error["msg"].removeprefix("Value error, ")
    what, _, fix = message.partition("; ")
    return Problem(written.source, f"{label}: {what}", fix or "correct it")


def _fix_bound(field: FieldInfo | None, path: Path) -> str:
    return f"{_name(path)} is {_about(field)}" if field else "correct it"


def _name(path: Path) -> str:
    names = [step for step in path if isinstance(step, str)]
    return f'"{shown(names[-1])}"' if names else "this"


def _label(path: Path) -> str:
    if not path:
        return "the file"
    if isinstance(path[-1], int):
        return f"item {path[-1] + 1} of {_name(path)}"
    return _name(path)


def _given(node: Node) -> str:
    if isinstance(node.value, dict):
        return _MAPPING
    if isinstance(node.value, list):
        return _LIST
    if node.value is None:
        return "empty"
    return f'the text "{shown(node.value)}"' if isinstance(node.value, str) else shown(node.text)


def _about(field: FieldInfo | None) -> str:
    text = (field.description or "") if field else ""
    clause = text.partition(";")[0]
    return clause[:1].lower() + clause[1:].rstrip(".")


def _keys(model: type[BaseModel], path: Path) -> set[str]:
    """The keys that may stand at a path."""
    return {key for found in _models(_annotations(model, path)) for key in _fields(found)}


def _field(model: type[BaseModel], path: Path) -> FieldInfo | None:
    """The description of the innermost named key on a path."""
    while path and isinstance(path[-1], int):
        path = path[:-1]
    for found in _models(_annotations(model, path[:-1])) if path else ():
        if field := _fields(found).get(str(path[-1])):
            return field
    return None


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _models(annotations: Iterable[Any]) -> list[type[BaseModel]]:
    return [found for found in annotations if isinstance(found, type) and issubclass(found, BaseModel)]


def _annotations(model: type[BaseModel], path: Path) -> list[Any]:
    """The types that may stand at a path."""
    found = _alternatives(model)
    for step in path:
        inner: list[Any] = []
        for annotation in found:
            if isinstance(annotation, type) and issubclass(annotation, BaseModel):
                field = _fields(annotation).get(str(step))
                inner += _alternatives(field.annotation) if field else []
            elif isinstance(get_origin(annotation), type):
                arguments = [argument for argument in get_args(annotation) if argument is not Ellipsis]
                inner += _alternatives(arguments[-1]) if arguments else []
        found = inner
    return found


def _alternatives(annotation: Any) -> list[Any]:
    origin = get_origin(annotation)
    if isinstance(annotation, type) and issubclass(annotation, RootModel):
        return _alternatives(annotation.model_fields["root"].annotation)
    if origin is Annotated:
        return _alternatives(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [found for part in get_args(annotation) for found in _alternatives(part)]
    return [annotation]
