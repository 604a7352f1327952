"""What a new template would change in the stacks of an old one: resources added, removed, changed or replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from factory.core.documents import canonical
from factory.templates.references import Kind as UseKind
from factory.templates.references import Use, function, of_attributes, of_value
from factory.templates.replacement import REPLACED_BY, Fixed
from factory.templates.template import Template

_ENTRIES: Final = ("Parameters", "Conditions", "Mappings", "Rules", "Outputs")
_TEXTS: Final = ("AWSTemplateFormatVersion", "Description", "Metadata", "Transform", "Hooks")


class Kind(StrEnum):
    """What becomes of one entry of a template."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    REPLACED = "replaced"


@dataclass(frozen=True, order=True, slots=True)
class Difference:
    """One entry that differs.

    For a resource, ``type`` is its (new) type and ``properties`` the properties and attributes that differ, or whose
    value may; ``uncertain`` says that CloudFormation alone knows whether it will be changed or replaced: because the
    type is not in our table, or because only something that it refers to changed. In other sections, ``logical_id``
    is the name of the entry and ``type`` is empty; there is no entry in ``Description`` and the like.
    """

    logical_id: str
    type: str
    kind: Kind
    properties: tuple[str, ...] = ()
    uncertain: bool = False
    section: str = "Resources"


def differences(before: Template, after: Template) -> tuple[Difference, ...]:
    """What differs in meaning: resources by logical id, then the other sections; layout never counts.

    A resource that refers to one that is replaced, or to a parameter's default, a mapping or a condition that
    changed, is told as changed, or as replaced where the property cannot be changed in place: not for certain, for
    the value may come out the same. Source of what is replaced: ``factory.templates.replacement``.
    """
    sections = [*_sections(before, after)]
    both = before.resources.keys() & after.resources.keys()
    found = {name: change for name in sorted(both) if (change := _own(before, after, name))}
    moved = _moved(sections, before, after)
    while True:
        touched = moved | {(UseKind.VALUE, name) for name, change in found.items() if change.kind is Kind.REPLACED}
        further = {
            name: change
            for name in sorted(both)
            if (change := _carried(after, name, touched, found.get(name))) and change != found.get(name)
        }
        if not further:
            break
        found |= further
    resources = [
        *found.values(),
        *(Difference(name, _type(after, name), Kind.ADDED) for name in after.resources.keys() - both),
        *(Difference(name, _type(before, name), Kind.REMOVED) for name in before.resources.keys() - both),
    ]
    return (*sorted(resources), *sections)


def _own(before: Template, after: Template, name: str) -> Difference | None:
    """What differs in the text of a resource that both templates have."""
    old, new = before.resources[name], after.resources[name]
    if old.get("Type") != new.get("Type"):
        return Difference(name, _type(after, name), Kind.REPLACED, ("Type",))
    attributes = {
        key for key in old.keys() | new.keys() if key != "Properties" and _attribute(old, key) != _attribute(new, key)
    }
    was, becomes = _properties(old), _properties(new)
    changed = {key for key in was.keys() | becomes.keys() if _text(was.get(key)) != _text(becomes.get(key))}
    if not attributes and not changed:
        return None
    fixed = REPLACED_BY.get(_type(after, name))
    if fixed is None:
        return Difference(name, _type(after, name), Kind.CHANGED, _listed(attributes | changed), bool(changed))
    certain = {path for path in fixed.always if path.partition(".")[0] in changed and _differs(was, becomes, path)}
    perhaps = {path for path in fixed.perhaps if path.partition(".")[0] in changed and _differs(was, becomes, path)}
    # Inside a function it is not known which of its values will count.
    unclear = {path for path in certain if "." in path and (_in_function(was, path) or _in_function(becomes, path))}
    kind = Kind.REPLACED if certain | perhaps else Kind.CHANGED
    uncertain = kind is Kind.REPLACED and not certain - unclear
    return Difference(name, _type(after, name), kind, _listed(attributes | changed | certain | perhaps), uncertain)


def _carried(
    after: Template, name: str, touched: set[tuple[UseKind, str]], own: Difference | None
) -> Difference | None:
    """The difference of a resource with what it refers to counted in: a certain replacement stays what it is."""
    if own and own.kind is Kind.REPLACED and not own.uncertain:
        return own
    row, kind = after.resources[name], _type(after, name)
    hit = {
        key
        for key, value in _properties(row).items()
        if any(_is_touched(use, touched) for use in of_value(value, ("Resources", name, "Properties", key)))
    }
    attributes = {
        str(use.path[2])
        for use in of_attributes({k: v for k, v in row.items() if k not in ("Properties", "Metadata", "DependsOn")}, ())
        if _is_touched(use, touched) and len(use.path) > 2
    }
    attributes |= {"Condition"} if (UseKind.CONDITION, row.get("Condition")) in touched else set()
    if not hit and not attributes:
        return own
    fixed = REPLACED_BY.get(kind, Fixed())
    replaced = {path for path in fixed.always | fixed.perhaps if path.partition(".")[0] in hit}
    listed = _listed({*(own.properties if own else ()), *hit, *attributes, *replaced})
    if own and own.kind is Kind.CHANGED and not replaced:
        return Difference(name, kind, Kind.CHANGED, listed, own.uncertain)
    is_replaced = bool(replaced) or (own is not None and own.kind is Kind.REPLACED)
    return Difference(name, kind, Kind.REPLACED if is_replaced else Kind.CHANGED, listed, True)


def _is_touched(use: Use, touched: set[tuple[UseKind, str]]) -> bool:
    kind = UseKind.VALUE if use.kind is UseKind.ATTRIBUTE else use.kind
    return (kind, use.name) in touched


def _moved(sections: list[Difference], before: Template, after: Template) -> set[tuple[UseKind, str]]:
    """The parameters with another default, the mappings and the conditions whose values may come out otherwise."""
    moved: set[tuple[UseKind, str]] = set()
    for row in sections:
        if row.section == "Parameters" and _default(before, row.logical_id) != _default(after, row.logical_id):
            moved.add((UseKind.VALUE, row.logical_id))
        elif row.section in ("Mappings", "Conditions"):
            moved.add((UseKind.MAPPING if row.section == "Mappings" else UseKind.CONDITION, row.logical_id))
    conditions = _entries(after, "Conditions")
    while (
        further := {
            (UseKind.CONDITION, name)
            for name, value in conditions.items()
            if any(_is_touched(use, moved) for use in of_value(value, ("Conditions", name)))
        }
        - moved
    ):
        moved |= further
    return moved


def _sections(before: Template, after: Template) -> Iterator[Difference]:
    for section in _ENTRIES:
        was, becomes = _entries(before, section), _entries(after, section)
        for name in sorted(was.keys() | becomes.keys()):
            if kind := _kind(was, becomes, name):
                inner = _listed(_changed_keys(was.get(name), becomes.get(name))) if kind is Kind.CHANGED else ()
                yield Difference(name, "", kind, inner, section=section)
    for section in _TEXTS:
        if kind := _kind(before.body, after.body, section):
            yield Difference(section, "", kind, section=section)


def _kind(was: Mapping[str, Any], becomes: Mapping[str, Any], name: str) -> Kind | None:
    if name not in was:
        return Kind.ADDED if name in becomes else None
    if name not in becomes:
        return Kind.REMOVED
    return Kind.CHANGED if _text(was[name]) != _text(becomes[name]) else None


def _changed_keys(was: Any, becomes: Any) -> set[str]:
    if not isinstance(was, Mapping) or not isinstance(becomes, Mapping):
        return set()
    return {key for key in was.keys() | becomes.keys() if _text(was.get(key)) != _text(becomes.get(key))}


def _differs(was: Any, becomes: Any, path: str) -> bool:
    """Whether the value at a dotted path differs; what stands in a function is compared whole."""
    for step in path.split("."):
        if not _plain(was) or not _plain(becomes):
            break
        was, becomes = was.get(step), becomes.get(step)
    return _text(was) != _text(becomes)


def _in_function(value: Any, path: str) -> bool:
    for step in path.split(".")[:-1]:
        value = value.get(step) if isinstance(value, Mapping) else None
        if isinstance(value, Mapping) and not _plain(value):
            return True
    return False


def _plain(value: Any) -> bool:
    return isinstance(value, Mapping) and not (function(value)[0].startswith("Fn::") or function(value)[0] == "Ref")


def _entries(template: Template, section: str) -> Mapping[str, Any]:
    found = template.body.get(section)
    return found if isinstance(found, Mapping) else {}


def _default(template: Template, name: str) -> str:
    parameter = template.parameters.get(name)
    return _text([parameter.type, parameter.default]) if parameter else ""


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


def _listed(names: set[str]) -> tuple[str, ...]:
    return tuple(sorted(names))


def _text(value: Any) -> str:
    return canonical(value)
