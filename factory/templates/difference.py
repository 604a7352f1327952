"""What the difference of two templates means for a stack: by resource, and whether it is replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from factory.templates.replacement import REPLACED_BY
from factory.templates.template import Template

_SECTIONS = ("Parameters", "Conditions", "Mappings", "Outputs", "Rules", "Metadata", "Description")


class Nature(StrEnum):
    """What becomes of a resource or an entry of another section."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs. ``type`` is the resource's type, or the section of what is no resource.

    ``properties`` are the ones that differ, by their outermost names. ``uncertain``: it may be replaced, for nobody
    here knows the type, or it depends on the values.
    """

    logical_id: str
    type: str
    kind: Nature
    properties: tuple[str, ...] = ()
    uncertain: bool = False


def differences(before: Template, after: Template) -> tuple[Difference, ...]:
    """All that differs in meaning, resources first; layout, comments, short forms and the order of keys never do."""
    found = list(_resources(before, after))
    for section in _SECTIONS:
        old, new = _entries(before, section), _entries(after, section)
        for name in sorted(old.keys() | new.keys(), key=str):
            if old.get(name) != new.get(name) or (name in old) != (name in new):
                found.append(Difference(str(name), section, _nature(name in old, name in new)))
    return tuple(found)


def _entries(template: Template, section: str) -> Mapping[Any, Any]:
    value = template.body.get(section)
    return value if isinstance(value, Mapping) else {} if value is None else {section: value}


def _nature(was: bool, will_be: bool) -> Nature:
    return Nature.CHANGED if was and will_be else Nature.ADDED if will_be else Nature.REMOVED


def _resources(before: Template, after: Template) -> Iterator[Difference]:
    for name in sorted(before.resources.keys() | after.resources.keys()):
        old, new = before.resources.get(name), after.resources.get(name)
        row = new or old or {}
        kind = str(row.get("Type", ""))
        if old is None or new is None:
            yield Difference(name, kind, _nature(old is not None, new is not None))
        elif old != new:
            yield _changed(name, kind, old, new)


def _changed(name: str, kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Difference:
    if old.get("Type") != new.get("Type"):
        return Difference(name, kind, Nature.REPLACED, ("Type",))
    was, will_be = old.get("Properties") or {}, new.get("Properties") or {}
    if not isinstance(was, Mapping) or not isinstance(will_be, Mapping):
        return Difference(name, kind, Nature.CHANGED, ("Properties",), uncertain=True)
    differing = sorted(key for key in was.keys() | will_be.keys() if was.get(key) != will_be.get(key))
    attributes = sorted(key for key in (old.keys() | new.keys()) - {"Properties"} if old.get(key) != new.get(key))
    rules = REPLACED_BY.get(kind)
    if rules is None:
        return Difference(name, kind, Nature.CHANGED, (*differing, *attributes), uncertain=bool(differing))
    nature = Nature.REPLACED if _touches(rules.always, was, will_be) else Nature.CHANGED
    perhaps = nature is Nature.CHANGED and _touches(rules.perhaps, was, will_be)
    return Difference(name, kind, nature, (*differing, *attributes), uncertain=perhaps)


def _touches(paths: frozenset[str], was: Mapping[str, Any], will_be: Mapping[str, Any]) -> bool:
    return any(_at(was, path) != _at(will_be, path) for path in paths)


def _at(properties: Mapping[str, Any], path: str) -> Any:
    found: Any = properties
    for step in path.split("."):
        if not isinstance(found, Mapping):
            # A function stands for the whole: that it differs is all that can be seen.
            return found
        found = found.get(step)
    return found
