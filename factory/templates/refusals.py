"""What CloudFormation refuses to do to a resource in an update, so that the stack stays as it was."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from factory.core.documents import canonical
from factory.templates.differences import Kind, differences
from factory.templates.identifiers import IDENTITIES
from factory.templates.references import of_value
from factory.templates.replacement import REPLACED_BY
from factory.templates.template import Template

_KEY: Final = "AWS::KMS::Key"
_KEY_DEFAULTS: Final = {
    "KeySpec": "SYMMETRIC_DEFAULT",
    "KeyUsage": "ENCRYPT_DECRYPT",
    "Origin": "AWS_KMS",
    "MultiRegion": False,
}
"""Of a key: "the update request fails" where one of these changes (CloudFormation Template Reference)."""

_ONE_IN_AN_ACCOUNT: Final = frozenset(
    {
        "AWS::Config::ConfigurationRecorder",
        "AWS::Config::DeliveryChannel",
        "AWS::GuardDuty::Detector",
        "AWS::Macie::Session",
        "AWS::SecurityHub::Hub",
    }
)
"""Types of which there is one in an account and Region (the services' quota pages)."""

_NOT_BY_NAME_ALONE: Final = frozenset({"AWS::Events::Rule", "AWS::Logs::MetricFilter"})
"""Types whose names are unique only together with another property, which may be what changes."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A resource that cannot become what a new template says: what CloudFormation answers, and the way out."""

    logical_id: str
    type: str
    what: str
    fix: str


def refusals(before: Template, after: Template, moved: Collection[str] = ()) -> Iterator[Refused]:
    """The resources of two templates for which the update is refused, as far as their texts show it for certain.

    ``moved``: the parameters whose values change along with it; a name that is made of one may change, too.

    Source: CloudFormation User Guide, "Troubleshooting CloudFormation", and "Name type" (custom names).
    """
    for row in differences(before, after):
        if row.section == "Resources" and row.kind in (Kind.CHANGED, Kind.REPLACED):
            old, new = before.resources[row.logical_id], after.resources[row.logical_id]
            replaced = row.kind is Kind.REPLACED and not row.uncertain
            found = _refusal(row.logical_id, old, new, moved, replaced=replaced)
            if found is not None and (row.properties == ("Type",) or replaced or _written_out(old, new)):
                yield found
    yield from _renamed(before, after, moved)


def _renamed(before: Template, after: Template, moved: Collection[str]) -> Iterator[Refused]:
    """Resources under another logical id that are in their own way: the new one is made before the old one goes."""
    gone = {name: row for name, row in before.resources.items() if name not in after.resources}
    for name, row in after.resources.items():
        for old, was in gone.items() if name not in before.resources else ():
            if row.get("Type") == was.get("Type") and "Condition" not in {**row, **was}:
                kind = str(row.get("Type"))
                if kind in _ONE_IN_AN_ACCOUNT:
                    what = f"an account has one {kind} in a Region: {name} is made before {old} goes"
                    yield Refused(name, kind, what, f"keep the logical id {old}")
                elif keeps_name(row, was, moved):
                    what = f"{name} has the name of {old}, and is made before that goes"
                    yield Refused(name, kind, what, f"keep the logical id {old}, or give {name} another name")


def keeps_name(resource: Mapping[str, Any], was: Mapping[str, Any], moved: Collection[str]) -> bool:
    """Whether a resource has the name of its own that it had; ``moved`` are parameters with another value."""
    kind = str(resource.get("Type"))
    names = [_name(kind, each.get("Properties") or {}) for each in (resource, was)]
    made_of = {use.name for use in of_value(names[0], ())}
    return names[0] is not None and canonical(names[0]) == canonical(names[1]) and made_of.isdisjoint(moved)


def can_be_refused(resource: Mapping[str, Any]) -> bool:
    """Whether there is any change that CloudFormation refuses to a resource of this type."""
    kind = str(resource.get("Type"))
    return kind == _KEY or _name(kind, resource.get("Properties") or {}) is not None


def refusal_in_stack(
    logical_id: str, type_before: str, before: Mapping[str, Any], type_after: str, after: Mapping[str, Any]
) -> Refused | None:
    """The same for one resource of a stack, all of whose properties are known."""
    fixed = REPLACED_BY.get(type_after)
    changed = {key for key in before.keys() | after.keys() if canonical(before.get(key)) != canonical(after.get(key))}
    replaced = fixed is not None and not changed.isdisjoint(fixed.always)
    old, new = {"Type": type_before, "Properties": before}, {"Type": type_after, "Properties": after}
    return _refusal(logical_id, old, new, (), replaced=replaced)


def _refusal(
    logical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], moved: Collection[str], *, replaced: bool
) -> Refused | None:
    was, becomes = old.get("Properties") or {}, new.get("Properties") or {}
    kind = str(new.get("Type"))
    if old.get("Type") != kind:
        what = f"Update of resource type is not permitted: {logical_id} is {old.get('Type')} and would be {kind}"
        return Refused(logical_id, kind, what, "give the new resource another logical id")
    if kind == _KEY:
        fixed = [
            name for name, value in _KEY_DEFAULTS.items() if _word(was, name, value) != _word(becomes, name, value)
        ]
        if fixed:
            what = f"{', '.join(fixed)} of the key {logical_id} cannot be changed"
            return Refused(logical_id, kind, what, "give the new key another logical id, and retain the old one")
    if replaced and keeps_name(new, old, moved):
        name = _name(kind, becomes)
        shown = name if isinstance(name, str) else canonical(name)
        what = f"a custom-named resource requires replacing: {logical_id} keeps its name {shown}"
        return Refused(logical_id, kind, what, "give it another name along with the change, or none")
    return None


def _word(properties: Mapping[str, Any], name: str, default: object) -> str:
    """A value as CloudFormation reads it: ``"false"`` is ``false``."""
    return str(properties.get(name, default)).lower()


def _name(kind: str, properties: Mapping[str, Any]) -> Any:
    """The name that a template gives a resource; ``None`` where CloudFormation makes one up."""
    path = IDENTITIES[kind].name if kind in IDENTITIES and kind not in _NOT_BY_NAME_ALONE else ""
    value: Any = properties if path else None
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _written_out(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether what a key is made with are plain values: what a function gives is not known here."""
    rows = (old.get("Properties") or {}, new.get("Properties") or {})
    return not any(isinstance(row.get(name), Mapping) for row in rows for name in _KEY_DEFAULTS)
