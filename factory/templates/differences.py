"""What a new template would change in the stacks of an old one: resources added, removed, changed or replaced."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from factory.core.documents import canonical
from factory.templates.parameters import is_list
from factory.templates.references import Kind as UseKind
from factory.templates.references import Use, function, of_value
from factory.templates.replacement import REPLACED_BY, Fixed
from factory.templates.template import Path, Template

_Reference = tuple[UseKind, str]
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


def differences(
    before: Template, after: Template, given: Collection[str] = (), moved: Collection[str] = ()
) -> tuple[Difference, ...]:
    """What differs in meaning: resources by logical id, then the other sections; layout never counts.

    A resource that refers to one that is replaced, or to a parameter's default, a mapping or a condition that
    changed, is told as changed, or as replaced where the property cannot be changed in place: not for certain, for
    the value may come out the same. The defaults of parameters that are ``given`` a value do not count; those whose
    value changes along with the template are ``moved``. Source of what is replaced:
    ``factory.templates.replacement``.
    """
    sections = [*_sections(before, after)]
    both = sorted(before.resources.keys() & after.resources.keys())
    found = {name: change for name in both if (change := _own(before, after, name))}
    values = {(UseKind.VALUE, name) for name in moved if name in before.parameters and name in after.parameters}
    _carry(after, both, found, _moved(sections, before, after, given, values))
    resources = [
        *found.values(),
        *(Difference(name, _type(after, name), Kind.ADDED) for name in after.resources.keys() - set(both)),
        *(Difference(name, _type(before, name), Kind.REMOVED) for name in before.resources.keys() - set(both)),
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


def _carry(after: Template, both: list[str], found: dict[str, Difference], moved: set[_Reference]) -> None:
    """Add to the differences found what refers to something that moved, or that is replaced, and so on."""
    mentions = {name: _mentions(after, name) for name in both}
    users: dict[_Reference, set[str]] = {}
    for name, references in mentions.items():
        for reference in references:
            users.setdefault(reference, set()).add(name)
    touched: set[_Reference] = set()
    fresh = moved | {(UseKind.VALUE, name) for name, change in found.items() if change.kind is Kind.REPLACED}
    while fresh:
        touched |= fresh
        reached = sorted({name for reference in fresh for name in users.get(reference, ())})
        for name in reached:
            hit = {path for reference, paths in mentions[name].items() if reference in touched for path in paths}
            found[name] = _carried(name, _type(after, name), hit, found.get(name))
        fresh = {(UseKind.VALUE, name) for name in reached if found[name].kind is Kind.REPLACED} - touched


def _carried(name: str, kind: str, hit: set[Path], own: Difference | None) -> Difference:
    """The difference of a resource with the properties counted in whose value may differ: below ``hit``.

    A certain replacement stays what it is.
    """
    if own and own.kind is Kind.REPLACED and not own.uncertain:
        return own
    fixed = REPLACED_BY.get(kind, Fixed())
    replaced = {path for path in fixed.always | fixed.perhaps if any(_leads_to(path, use) for use in hit)}
    listed = _listed({*(own.properties if own else ()), *(str(path[0]) for path in hit), *replaced})
    if own and own.kind is Kind.CHANGED and not replaced:
        return Difference(name, kind, Kind.CHANGED, listed, own.uncertain)
    is_replaced = bool(replaced) or (own is not None and own.kind is Kind.REPLACED)
    return Difference(name, kind, Kind.REPLACED if is_replaced else Kind.CHANGED, listed, True)


def _leads_to(fixed: str, use: Path) -> bool:
    """Whether what is referred to at that place may be in the property at a dotted path; what a function gives may."""
    for step, taken in zip(fixed.split("."), use, strict=False):
        if str(taken).startswith("Fn::") or taken == "Ref":
            break
        if taken != step:
            return False
    return True


def _mentions(template: Template, name: str) -> dict[_Reference, set[Path]]:
    """What a resource refers to, each with the places within its properties where it does so."""
    row, found = template.resources[name], dict[_Reference, set[Path]]()
    for key, value in _properties(row).items():
        for use in of_value(value, ("Resources", name, "Properties", key)):
            found.setdefault(_referred(use), set()).add(use.path[3:])
    if isinstance(condition := row.get("Condition"), str):
        found.setdefault((UseKind.CONDITION, condition), set()).add(("Condition",))
    return found


def _referred(use: Use) -> _Reference:
    return (UseKind.VALUE if use.kind is UseKind.ATTRIBUTE else use.kind), use.name


def _moved(
    sections: list[Difference], before: Template, after: Template, given: Collection[str], values: set[_Reference]
) -> set[_Reference]:
    """The parameters with another value or default, the mappings and the conditions that may come out otherwise."""
    moved = set(values)
    for row in sections:
        name = row.logical_id
        if row.section == "Parameters" and name not in given and _default(before, name) != _default(after, name):
            moved.add((UseKind.VALUE, name))
        elif row.section in ("Mappings", "Conditions"):
            moved.add((UseKind.MAPPING if row.section == "Mappings" else UseKind.CONDITION, name))
    conditions = _entries(after, "Conditions")
    while (
        further := {
            (UseKind.CONDITION, name)
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


def _listed(names: set[str]) -> tuple[str, ...]:
    return tuple(sorted(names))


def _text(value: Any) -> str:
    return canonical(value)
