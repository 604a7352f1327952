"""What a new template would change in the stacks of an old one: resources added, removed, changed or replaced."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from factory.core.documents import canonical
from factory.templates.parameters import is_list
from factory.templates.references import Kind, Use, function, of_value
from factory.templates.replacement import REPLACED_BY
from factory.templates.template import Template

_Reference = tuple[Kind, str]
_ENTRIES: Final = ("Parameters", "Conditions", "Mappings", "Rules", "Outputs")
_TEXTS: Final = ("AWSTemplateFormatVersion", "Description", "Metadata", "Transform", "Hooks")


class Nature(StrEnum):
    """What becomes of a resource, or of an entry of another section."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    REPLACED = "replaced"


@dataclass(frozen=True, order=True, slots=True)
class Difference:
    """One thing that differs. ``type`` is the resource's (new) type, or the section of what is no resource.

    ``properties`` are the properties and attributes that differ, or whose value may, by their outermost names.
    ``uncertain``: the resource may be replaced as well, for its type is not in our table, or that depends on the
    values; where its ``Condition`` is among the properties, it may be made or removed.
    """

    logical_id: str
    type: str
    kind: Nature
    properties: tuple[str, ...] = ()
    uncertain: bool = False


def differences(before: Template, after: Template, given: Collection[str] = ()) -> tuple[Difference, ...]:
    """All that differs in meaning: resources by logical id, then the other sections; layout never counts.

    A resource that refers to one that is replaced, or to a mapping, a condition or a parameter's default that changed,
    is told as changed too, though its value may come out the same. The defaults of the parameters that are ``given`` a
    value do not count. Source of what is replaced: ``factory.templates.replacement``.
    """
    sections = [*_sections(before, after)]
    both = sorted(before.resources.keys() & after.resources.keys())
    found = {name: change for name in both if (change := _own(before, after, name))}
    _carry(after, both, found, _moved(sections, before, after, given))
    resources = [
        *found.values(),
        *(Difference(name, _type(after, name), Nature.ADDED) for name in after.resources.keys() - set(both)),
        *(Difference(name, _type(before, name), Nature.REMOVED) for name in before.resources.keys() - set(both)),
    ]
    return (*sorted(resources), *sections)


def _own(before: Template, after: Template, name: str) -> Difference | None:
    """What differs in the text of a resource that both templates have."""
    old, new, kind = before.resources[name], after.resources[name], _type(after, name)
    if old.get("Type") != new.get("Type"):
        return Difference(name, kind, Nature.REPLACED, ("Type",))
    keys = (old.keys() | new.keys()) - {"Properties"}
    attributes = {key for key in keys if _attribute(old, key) != _attribute(new, key)}
    was, becomes = _properties(old), _properties(new)
    changed = {key for key in was.keys() | becomes.keys() if _text(was.get(key)) != _text(becomes.get(key))}
    if not attributes and not changed:
        return None
    listed = tuple(sorted(attributes | changed))
    fixed = REPLACED_BY.get(kind)
    if fixed is None:
        return Difference(name, kind, Nature.CHANGED, listed, bool(changed) or "Condition" in attributes)
    hit = {path for path in fixed.always | fixed.perhaps if _differs(was, becomes, path)}
    # Inside a function it is not known which of its values will count.
    certain = {path for path in hit & fixed.always if not _in_function(was, path) and not _in_function(becomes, path)}
    nature = Nature.REPLACED if certain else Nature.CHANGED
    return Difference(name, kind, nature, listed, not certain and bool(hit or "Condition" in attributes))


def _carry(after: Template, both: list[str], found: dict[str, Difference], moved: set[_Reference]) -> None:
    """Add to the differences found what refers to something that moved, or that may be replaced, and so on."""
    mentions = {name: _mentions(after, name) for name in both}
    users: dict[_Reference, set[str]] = {}
    for name, references in mentions.items():
        for reference in references:
            users.setdefault(reference, set()).add(name)
    touched: set[_Reference] = set()
    fresh = moved | {(Kind.VALUE, name) for name, change in found.items() if _may_replace(change)}
    while fresh:
        touched |= fresh
        reached = sorted({name for reference in fresh for name in users.get(reference, ())})
        for name in reached:
            hit = {key for reference, keys in mentions[name].items() if reference in touched for key in keys}
            found[name] = _carried(name, _type(after, name), hit, found.get(name))
        fresh = {(Kind.VALUE, name) for name in reached if _may_replace(found[name])} - touched


def _carried(name: str, kind: str, hit: set[str], own: Difference | None) -> Difference:
    """The difference of a resource with the properties counted in whose value may differ."""
    if own and own.kind is Nature.REPLACED:
        return own
    fixed = REPLACED_BY.get(kind)
    outermost = {path.partition(".")[0] for path in fixed.always | fixed.perhaps} if fixed else hit
    uncertain = (own is not None and own.uncertain) or bool(hit & {*outermost, "Condition"})
    return Difference(name, kind, Nature.CHANGED, tuple(sorted({*(own.properties if own else ()), *hit})), uncertain)


def _mentions(template: Template, name: str) -> dict[_Reference, set[str]]:
    """What a resource refers to, each with the outermost properties that it does so in."""
    row, found = template.resources[name], dict[_Reference, set[str]]()
    for key, value in _properties(row).items():
        for use in of_value(value, ("Resources", name, "Properties", key)):
            found.setdefault(_referred(use), set()).add(key)
    if isinstance(condition := row.get("Condition"), str):
        found.setdefault((Kind.CONDITION, condition), set()).add("Condition")
    return found


def _may_replace(change: Difference) -> bool:
    return change.kind is Nature.REPLACED or (change.uncertain and change.type in REPLACED_BY)


def _referred(use: Use) -> _Reference:
    return (Kind.VALUE if use.kind is Kind.ATTRIBUTE else use.kind), use.name


def _moved(sections: list[Difference], before: Template, after: Template, given: Collection[str]) -> set[_Reference]:
    """The parameters with another default, the mappings and the conditions whose values may come out otherwise."""
    moved: set[_Reference] = set()
    for row in sections:
        name = row.logical_id
        if row.type == "Parameters" and name not in given and _default(before, name) != _default(after, name):
            moved.add((Kind.VALUE, name))
        elif row.type in ("Mappings", "Conditions"):
            moved.add((Kind.MAPPING if row.type == "Mappings" else Kind.CONDITION, name))
    conditions = _entries(after, "Conditions")
    while (
        further := {
            (Kind.CONDITION, name)
            for name, value in conditions.items()
            if any(_referred(use) in moved for use in of_value(value, ("Conditions", name)))
        }
        - moved
    ):
        moved |= further
    return moved


def _sections(before: Template, after: Template) -> Iterator[Difference]:
    for section in _ENTRIES:
        was, becomes = _entries(before, section), _entries(after, section)
        for name in sorted(was.keys() | becomes.keys()):
            if nature := _nature(was, becomes, name):
                yield Difference(name, section, nature)
    for section in _TEXTS:
        if nature := _nature(before.body, after.body, section):
            yield Difference(section, section, nature)


def _nature(was: Mapping[str, Any], becomes: Mapping[str, Any], name: str) -> Nature | None:
    if name not in was:
        return Nature.ADDED if name in becomes else None
    if name not in becomes:
        return Nature.REMOVED
    return Nature.CHANGED if _text(was[name]) != _text(becomes[name]) else None


def _differs(was: Any, becomes: Any, path: str) -> bool:
    """Whether the value at a dotted path differs; what stands in a function is compared whole."""
    for step in path.split("."):
        if not _plain(was) or not _plain(becomes):
            break
        was, becomes = was.get(step), becomes.get(step)
    return _text(was) != _text(becomes)


def _in_function(value: Any, path: str) -> bool:
    """Whether a function stands for the whole that this path leads into."""
    for step in path.split("."):
        if not _plain(value):
            return isinstance(value, Mapping)
        value = value.get(step)
    return False


def _plain(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    name = function(value)[0]
    return name != "Ref" and not name.startswith("Fn::")


def _entries(template: Template, section: str) -> Mapping[str, Any]:
    found = template.body.get(section)
    return found if isinstance(found, Mapping) else {}


def _default(template: Template, name: str) -> str:
    parameter = template.parameters.get(name)
    return _text([is_list(parameter.type), parameter.default]) if parameter else ""


def _properties(row: Mapping[str, Any]) -> Mapping[str, Any]:
    found = row.get("Properties")
    return found if isinstance(found, Mapping) else {}


def _attribute(row: Mapping[str, Any], key: str) -> str:
    """An attribute as text; one name and a list of it mean the same in ``DependsOn``, in any order."""
    value = row.get(key)
    if key == "DependsOn":
        value = sorted(map(str, value)) if isinstance(value, list) else [value] if isinstance(value, str) else value
    return _text(value)


def _type(template: Template, name: str) -> str:
    return str(template.resources[name].get("Type", ""))


def _text(value: Any) -> str:
    return canonical(value)
