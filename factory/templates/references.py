"""What a template refers to: parameters, resources, attributes, conditions and mappings, each with its path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from factory.templates.template import Path, Template

NO_VALUE: Final = "AWS::NoValue"
PSEUDO_PARAMETERS: Final = frozenset(
    f"AWS::{name}"
    for name in ("AccountId", "NotificationARNs", "NoValue", "Partition", "Region", "StackId", "StackName", "URLSuffix")
)
"""CloudFormation User Guide, "Get AWS values using pseudo parameters"."""

VARIABLE: Final = re.compile(r"\$\{([^}]*)\}")
"""A variable of ``Fn::Sub``; a name that starts with ``!`` is literal text."""
VARIABLE_NAME: Final = re.compile(r"[A-Za-z0-9_.:]+")
_CONDITIONS = ("Fn::And", "Fn::Or", "Fn::Not")


class Kind(StrEnum):
    """What a reference is to."""

    VALUE = "value"
    """a parameter, a pseudo parameter, or a resource's own reference value"""
    ATTRIBUTE = "attribute"
    RESOURCE = "resource"
    """a resource, to come after it"""
    CONDITION = "condition"
    MAPPING = "mapping"


@dataclass(frozen=True, slots=True)
class Use:
    """One reference: where it stands, to what, and which attribute of it."""

    path: Path
    kind: Kind
    name: str
    attribute: str = ""


def uses(template: Template) -> Iterator[Use]:
    """Every reference in a template, in the order in which it is written within each section."""
    for name, condition in _entries(template, "Conditions"):
        yield from of_value(condition, ("Conditions", name))
    for name, rule in _entries(template, "Rules"):
        yield from of_value(rule, ("Rules", name))
    for name in template.resources:
        yield from of_resource(template, name)
    for name, output in _entries(template, "Outputs"):
        if isinstance(output, Mapping):
            yield from of_attributes(output, ("Outputs", name))


def of_resource(template: Template, name: str) -> Iterator[Use]:
    """Every reference in one resource, ``DependsOn`` and ``Condition`` included."""
    row = template.resources[name]
    path: Path = ("Resources", name)
    after = row.get("DependsOn")
    if isinstance(after, str):
        yield Use((*path, "DependsOn"), Kind.RESOURCE, after)
    elif isinstance(after, list):
        yield from (Use((*path, "DependsOn", i), Kind.RESOURCE, x) for i, x in enumerate(after) if isinstance(x, str))
    yield from of_attributes({key: value for key, value in row.items() if key != "DependsOn"}, path)


def of_attributes(row: Mapping[str, Any], path: Path) -> Iterator[Use]:
    """Every reference in a resource or output: its ``Condition`` is the name of one."""
    for key, value in row.items():
        if key == "Condition" and isinstance(value, str):
            yield Use((*path, key), Kind.CONDITION, value)
        else:
            yield from of_value(value, (*path, key))


def of_value(value: Any, path: Path) -> Iterator[Use]:
    """Every reference in a value that stands at this path."""
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield from of_value(item, (*path, position))
    elif isinstance(value, Mapping):
        name, argument = function(value)
        inner = (*path, name)
        match name, argument:
            case "Ref", str():
                yield Use(inner, Kind.VALUE, argument)
            case "Fn::GetAtt", [str() as resource, *rest]:
                known = rest[0] if len(rest) == 1 and isinstance(rest[0], str) else ""
                yield Use(inner, Kind.ATTRIBUTE, resource, known)
                yield from of_value(rest, inner)
            case "Fn::Sub", str():
                yield from _of_text(argument, inner, ())
            case "Fn::Sub", [str() as text, dict() as own]:
                yield from _of_text(text, (*inner, 0), own)
                yield from of_value(own, (*inner, 1))
            case "Fn::If", [str() as condition, *branches]:
                yield Use((*inner, 0), Kind.CONDITION, condition)
                for position, branch in enumerate(branches, 1):
                    yield from of_value(branch, (*inner, position))
            case "Fn::FindInMap", [str() as mapping, *keys]:
                yield Use((*inner, 0), Kind.MAPPING, mapping)
                for position, key in enumerate(keys, 1):
                    yield from of_value(key, (*inner, position))
            case "Condition", str() if _is_condition(path):
                yield Use(inner, Kind.CONDITION, argument)
            case _:
                for key, item in value.items():
                    yield from of_value(item, (*path, key))


def function(value: Mapping[str, Any]) -> tuple[str, Any]:
    """The name and argument of the only entry; an empty name for what has several, which no function has."""
    return next(iter(value.items())) if len(value) == 1 else ("", None)


def variables(text: str) -> Iterator[str]:
    """The names that a text of ``Fn::Sub`` asks for, without the literal ones."""
    return (name.strip() for name in VARIABLE.findall(text) if not name.startswith("!"))


def _of_text(text: str, path: Path, own: Mapping[str, Any] | tuple[()]) -> Iterator[Use]:
    for name in variables(text):
        if name not in own and VARIABLE_NAME.fullmatch(name):
            resource, dot, attribute = name.partition(".")
            yield Use(path, Kind.ATTRIBUTE if dot else Kind.VALUE, resource, attribute)


def _is_condition(path: Path) -> bool:
    """``Condition`` is a function among conditions only: elsewhere it is the key of a policy statement."""
    return path[0] in ("Conditions", "Rules") or any(step in _CONDITIONS for step in path)


def _entries(template: Template, section: str) -> Iterator[tuple[str, Any]]:
    found = template.body.get(section)
    return iter(found.items()) if isinstance(found, Mapping) else iter(())
