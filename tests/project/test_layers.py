"""Who may import whom, and what every module owes its reader."""

from __future__ import annotations

import ast
import sys

import pytest

from tests.project.modules import modules

MAY_IMPORT = {
    "core": set(),
    "spec": {"core"},
    "guardrails": {"core"},
    "templates": {"core"},
    "aws": {"core"},
    "kinds": {"spec", "aws", "guardrails", "templates", "core"},
    "engine": {"kinds", "spec", "aws", "guardrails", "templates", "core"},
    "views": {"kinds", "spec", "aws", "guardrails", "templates", "core"},
    "sandbox": {"core", "templates"},
    "cli": {"engine", "views", "kinds", "spec", "aws", "guardrails", "templates", "core", "sandbox"},
    "": {"cli"},
}
ONLY_IN = {
    "boto3": {"aws", "sandbox"},
    "botocore": {"aws", "sandbox"},
    "tenacity": {"aws", "sandbox"},
    "moto": {"sandbox", "cli"},
    "yaml": {"spec", "templates"},
    "cfnlint": {"engine"},
    "click": {"cli"},
    "rich": {"cli", "views"},
    "pydantic": {"spec", "kinds"},
}
LONGEST = 350


def test_rooms_import_only_what_is_below_them() -> None:
    assert not [
        f"{module.name}:{line} imports {name}"
        for module in modules()
        for line, name in module.imports()
        if (room := _room_of(name)) and room != module.room and room not in MAY_IMPORT[module.room]
    ]


def test_kinds_do_not_know_each_other() -> None:
    """They name each other by address; what several of them read has a module without a kind in it."""
    room = [module for module in modules() if module.room == "kinds"]
    kinds = {f"factory.kinds.{module.path.stem}" for module in room if "\nKIND = " in module.path.read_text()}
    assert len(kinds) == 11
    found = [f"{module.name}:{line}: {name}" for module in room for line, name in module.imports() if name in kinds]
    assert not found


def test_libraries_stay_in_their_rooms() -> None:
    assert not [
        f"{module.name}:{line} imports {name}"
        for module in modules()
        for line, name in module.imports()
        if module.room not in ONLY_IN.get(name.partition(".")[0], {module.room})
    ]


@pytest.mark.parametrize(("room", "besides"), [("core", set()), ("guardrails", set()), ("templates", {"yaml"})])
def test_the_pure_rooms_import_only_the_standard_library(room: str, besides: set[str]) -> None:
    wrong = [
        f"{module.name}:{line} imports {name}"
        for module in modules()
        if module.room == room
        for line, name in module.imports()
        if name.partition(".")[0] not in sys.stdlib_module_names | {"factory"} | besides
    ]
    assert not wrong


@pytest.mark.parametrize("room", ["core", "guardrails", "templates"])
def test_the_pure_rooms_do_no_input_or_output(room: str) -> None:
    forbidden = {"os", "pathlib", "io", "socket", "subprocess", "time", "datetime", "random", "threading"}
    wrong = [
        f"{module.name}:{line} imports {name}"
        for module in modules()
        if module.room == room
        for line, name in module.imports()
        if name.partition(".")[0] in forbidden
    ]
    assert not wrong


def test_only_cli_and_views_write_to_a_terminal() -> None:
    assert not [
        f"{module.name}:{node.lineno}"
        for module in modules()
        if module.room not in ("cli", "views")
        for node in ast.walk(module.tree)
        if (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print")
        or (isinstance(node, ast.Attribute) and ast.unparse(node) in ("sys.stdout", "sys.stderr"))
    ]


def test_every_module_says_what_it_is_for() -> None:
    assert not [module.name for module in modules() if not ast.get_docstring(module.tree)]


def test_modules_stay_small() -> None:
    assert not [f"{module.name}: {module.lines} lines" for module in modules() if module.lines > LONGEST]


def test_nothing_is_left_undone() -> None:
    assert not [
        f"{module.name}: {word}"
        for module in modules()
        for word in ("TODO", "FIXME", "XXX")
        if word in module.path.read_text(encoding="utf-8")
    ]


def test_the_rooms_are_the_ones_that_the_rules_know() -> None:
    assert {module.room for module in modules()} <= set(MAY_IMPORT)


def _room_of(name: str) -> str | None:
    parts = name.split(".")
    return parts[1] if parts[0] == "factory" and len(parts) > 1 and parts[1] in MAY_IMPORT else None
