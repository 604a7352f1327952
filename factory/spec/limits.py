"""The limits table: the shipped rows, and what a file or ``organization.yaml`` replaces in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import RootModel

from factory.core.errors import InvalidFiles, Problem
from factory.core.limits import Limit, Limits
from factory.core.resource import Source
from factory.spec.models import LimitKeys
from factory.spec.node import Node, Step
from factory.spec.suggestions import suggest
from factory.spec.text import shown
from factory.spec.validation import validate
from factory.spec.yaml import MAX_BYTES, parse

SHIPPED = Path(__file__).parents[1] / "aws" / "limits.yaml"

Where = Callable[..., Source]


class LimitsFile(RootModel[dict[str, LimitKeys]]):
    """A file of limits: rows by key."""


def load_limits(
    file: Path | None = None,
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
    where: Where | None = None,
    *,
    shipped: Path = SHIPPED,
) -> Limits:
    """The shipped table, then the overrides, then the rows of ``file``; the later replaces field by field.

    So what is named on the command line wins over ``organization.yaml``, as everywhere.

    ``where`` finds the place of an override for messages, from a path that starts with ``limits``. Raises
    ``InvalidFiles`` for unknown keys and fields, and for numbers that are not positive.
    """
    table, found = _shipped(shipped)
    problems = list(found)
    if overrides:
        place = where or (lambda *_: Source("limits"))
        known = _checked(overrides, place, problems)
        table = merge(table, known, lambda *path: place("limits", *path), problems)
    if file is not None:
        rows, node = _read(file, problems)
        table = merge(table, rows, node.where, problems)
    if problems:
        raise InvalidFiles(problems)
    return table


def merge(table: Limits, rows: Mapping[str, Mapping[str, Any]], where: Where, problems: list[Problem]) -> Limits:
    """The table with the fields of these rows replaced; unknown keys go to ``problems``."""
    merged = dict(table)
    for key, fields in rows.items():
        if key in table:
            merged[key] = replace(merged[key], **fields)
        else:
            hint = suggest(key, table)
            fix = "correct it, or remove it" if hint else "use a key of the limits table"
            problems.append(Problem(where(key), f'no limit "{shown(key)}"{hint}', fix))
    return Limits(merged)


def read_rows(file: Path) -> dict[str, dict[str, Any]]:
    """The rows of a file of limits; what is wrong in it is `load_limits`'s to report."""
    return _read(file, [])[0]


@cache
def _shipped(file: Path) -> tuple[Limits, tuple[Problem, ...]]:
    """The table that comes with the package, and what is wrong in it; read once, since one run asks for it often."""
    problems: list[Problem] = []
    table = Limits({key: _row(key, fields) for key, fields in _read(file, problems)[0].items()})
    problems += [
        Problem(Source(str(file)), f'"{key}" has no source or date', "add source: and date:")
        for key, row in table.items()
        if not row.source or not row.date
    ]
    return table, tuple(problems)


def _row(key: str, fields: Mapping[str, Any]) -> Limit:
    return Limit(key, **fields)


def _read(file: Path, problems: list[Problem]) -> tuple[dict[str, dict[str, Any]], Node]:
    """The rows of a file of limits, and where they stand."""
    name = str(file)
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "not a file").lower()
        problems.append(Problem(Source(name), f"cannot be read ({reason})", "name a readable file of limits"))
        data = b"{}"
    if len(data) > MAX_BYTES:
        problems.append(Problem(Source(name), f"larger than {MAX_BYTES // 1024} KiB", "name a file of limits"))
        data = b"{}"
    node = parse(data, name, problems) or Node(Source(name), {})
    return _rows(node, problems), node


def _rows(node: Node, problems: list[Problem]) -> dict[str, dict[str, Any]]:
    model = validate(LimitsFile, node, problems)
    return (
        {key: row.model_dump(exclude_unset=True, exclude_none=True) for key, row in model.root.items()} if model else {}
    )


def _checked(overrides: Mapping[str, Mapping[str, Any]], where: Where, problems: list[Problem]) -> dict[str, Any]:
    """Overrides that did not come through a file, checked like those that did."""

    def written(value: Any, path: tuple[Step, ...]) -> Node:
        if isinstance(value, Mapping):
            inner: Any = {str(key): written(item, (*path, str(key))) for key, item in value.items()}
            return Node(where(*path), inner)
        return Node(where(*path), value, json.dumps(value) if not isinstance(value, str) else value)

    return _rows(written(overrides, ("limits",)), problems)
