"""From what is written to a validated model, with every problem found on the way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from factory.core.errors import Problem
from factory.spec.node import Node, Step
from factory.spec.wording import problems_of, resolve

Model = TypeVar("Model", bound=BaseModel)
Path = tuple[Step, ...]


def validate(
    model: type[Model],
    node: Node,
    problems: list[Problem],
    stand_ins: Mapping[str, Any] = MappingProxyType({}),
) -> Model | None:
    """The model that a file's content makes. What is wrong goes to ``problems``.

    Where text is wanted, a plain number or ``true`` is the text that was typed. After a problem, what is wrong
    is emptied, then dropped, and what is missing comes from ``stand_ins``, so that the rest can still be
    checked against other files; ``None`` where nothing sensible is left.
    """
    data = node.plain()
    found, errors = _attempt(model, data)
    if _retype(data, node, errors):
        found, errors = _attempt(model, data)
    problems += problems_of(errors, model, node)
    for mend in (_empty, _drop):
        if errors and isinstance(data, dict):
            for path in _paths(errors, node):
                mend(data, path)
            found, errors = _attempt(model, {**stand_ins, **data})
    return found


def _attempt(model: type[Model], data: Any) -> tuple[Model | None, list[ErrorDetails]]:
    # JSON mode: lists may become tuples and sets, and yet no scalar is converted to another type.
    try:
        return model.model_validate_json(json.dumps(data), strict=True, extra="forbid"), []
    except ValidationError as error:
        return None, error.errors(include_url=False, include_input=False)


def _retype(data: Any, node: Node, errors: list[ErrorDetails]) -> bool:
    """Put the typed text where text is wanted and a number or boolean was read. True if that changed anything."""
    changed = False
    for error in errors:
        path = resolve(node, error["loc"])
        written = node.nearest(path)
        if error["type"] == "string_type" and path and isinstance(written.value, bool | int | float):
            _put(data, path, written.text)
            changed = True
    return changed


def _paths(errors: list[ErrorDetails], node: Node) -> list[Path]:
    found = {resolve(node, error["loc"]) for error in errors if error["type"] != "missing"}
    return sorted((path for path in found if path), key=lambda path: (len(path), str(path)))


def _put(data: Any, path: Path, value: Any) -> None:
    holder = _holder(data, path)
    if isinstance(holder, dict):
        holder[path[-1]] = value
    elif isinstance(holder, list):
        holder[int(path[-1])] = value


def _empty(data: Any, path: Path) -> None:
    _put(data, path, None)


def _drop(data: Any, path: Path) -> None:
    """Take a key out; for a list item, take the whole list, so that no other item changes its place."""
    while len(path) > 1 and isinstance(path[-1], int):
        path = path[:-1]
    holder = _holder(data, path)
    if isinstance(holder, dict):
        holder.pop(path[-1], None)


def _holder(data: Any, path: Path) -> Any:
    for step in path[:-1]:
        if not isinstance(data, dict | list):
            return None
        data = data.get(step) if isinstance(data, dict) else data[int(step)]
    return data
