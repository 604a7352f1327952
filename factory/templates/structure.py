"""The form of a template: its sections, and what may stand in each entry of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from factory.core.errors import Problem
from factory.core.limits import Limits
from factory.templates.quotas import quota
from factory.templates.resource_types import CUSTOM, FORM, near_miss
from factory.templates.template import Path, Template
from factory.templates.wording import near, shown, written

# CloudFormation User Guide, "CloudFormation template sections" and the page of each section.
SECTIONS: Final = (
    *("AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Rules", "Mappings", "Conditions"),
    *("Transform", "Hooks", "Resources", "Outputs"),
)
RESOURCE_ATTRIBUTES: Final = (
    *("Type", "Properties", "Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "Metadata"),
    *("CreationPolicy", "UpdatePolicy"),
)
OUTPUT_ATTRIBUTES: Final = ("Description", "Value", "Export", "Condition")
DELETION_POLICIES: Final = ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot")
REPLACE_POLICIES: Final = ("Delete", "Retain", "Snapshot")
FORMAT_VERSION: Final = "2010-09-09"

_COUNTED = ("Parameters", "Mappings", "Resources", "Outputs")
_NAMED = (*_COUNTED, "Conditions", "Rules")
_LOGICAL_ID = re.compile(r"[A-Za-z0-9]+")
_CONDITION_ID = re.compile(r"[A-Za-z0-9&_]+")
_MAPPING_KEY = re.compile(r"[A-Za-z0-9.-]+")
_DYNAMIC = re.compile(r"\{\{resolve:")


def faults(template: Template, limits: Limits) -> Iterator[Problem]:
    """Everything about the form of a template that CloudFormation refuses, apart from parameters and references."""
    yield from _sections(template, limits)
    for section in _NAMED:
        yield from _names(template, section, quota(limits, "name_length"))
    for section in _COUNTED:
        yield from _count(template, section, quota(limits, section.casefold()))
    for name, row in template.resources.items():
        yield from _resource(template, name, row)
    for name, row in template.section("Outputs").items():
        yield from _output(template, name, row)
    for name, row in template.section("Mappings").items():
        yield from _mapping(template, name, row, quota(limits, "mapping_attributes"))
    if template.size > (most := quota(limits, "template_bytes")):
        what = f"the template has {template.size:,} bytes, CloudFormation takes {most:,}"
        yield Problem(template.source(), what, "split it into two baselines")
    if (found := len(_DYNAMIC.findall(template.text))) > (most := quota(limits, "dynamic_references")):
        what = f"{found} dynamic references, CloudFormation takes {most} in a template"
        yield Problem(template.source(), what, "split it into two baselines, or pass values as parameters")


def unknown(
    template: Template, path: Path, keys: Collection[Any], known: Collection[str], holder: str
) -> Iterator[Problem]:
    """A problem for each key that the holder does not know, with the one that was probably meant."""
    for key in keys:
        if key not in known:
            meant = near(str(key), known)
            fix = f"did you mean {meant}?" if meant else f"known here: {', '.join(known)}"
            yield Problem(template.source(*path, key), f'{holder} has no "{shown(key)}"', fix)


def _sections(template: Template, limits: Limits) -> Iterator[Problem]:
    body = template.body
    yield from unknown(template, (), body, SECTIONS, "a template")
    if "AWSTemplateFormatVersion" in body and body["AWSTemplateFormatVersion"] != FORMAT_VERSION:
        what = f"AWSTemplateFormatVersion is {written(body['AWSTemplateFormatVersion'])}"
        yield Problem(template.source("AWSTemplateFormatVersion"), what, f'write "{FORMAT_VERSION}", the only one')
    if (text := body.get("Description")) is not None:
        most = quota(limits, "description_bytes")
        if not isinstance(text, str):
            yield Problem(template.source("Description"), f"Description must be text, not {written(text)}", "quote it")
        elif len(text.encode()) > most:
            what = f"Description has {len(text.encode()):,} bytes, CloudFormation takes {most:,}"
            yield Problem(template.source("Description"), what, "shorten it")
    for section in (*_NAMED, "Metadata", "Hooks"):
        if section not in body:
            continue
        rows = body[section]
        if not isinstance(rows, Mapping):
            what = f"{section} must be a mapping, not {written(rows)}"
            yield Problem(template.source(section), what, "write its entries below it, or remove it")
        elif section in ("Parameters", "Mappings", "Resources", "Outputs", "Rules"):
            for name, row in rows.items():
                if not isinstance(row, Mapping) and not str(name).startswith("Fn::"):
                    what = f'"{shown(name)}" in {section} must be a mapping, not {written(row)}'
                    yield Problem(template.source(section, name), what, "write its keys below it, or remove it")
    if not body.get("Resources"):
        yield Problem(template.source("Resources"), "the template has no Resources", "declare at least one resource")


def _names(template: Template, section: str, longest: int) -> Iterator[Problem]:
    pattern = _CONDITION_ID if section == "Conditions" else _LOGICAL_ID
    rows = template.body.get(section)
    for name in rows if isinstance(rows, Mapping) else ():
        place = template.source(section, name)
        if not pattern.fullmatch(name) and not name.startswith("Fn::"):
            yield Problem(place, f'the name "{shown(name)}" in {section} has more than letters and digits', "rename it")
        elif len(name) > longest:
            what = f'the name "{shown(name)}" in {section} has {len(name)} characters, CloudFormation takes {longest}'
            yield Problem(place, what, "shorten it")


def _count(template: Template, section: str, most: int) -> Iterator[Problem]:
    rows = template.body.get(section)
    if isinstance(rows, Mapping) and len(rows) > most:
        what = f"{len(rows)} entries in {section}, CloudFormation takes {most}"
        yield Problem(template.source(section), what, "split the template into two baselines")


def _resource(template: Template, name: str, row: Mapping[str, Any]) -> Iterator[Problem]:
    path: Path = ("Resources", name)
    kind = row.get("Type")
    custom = isinstance(kind, str) and kind.startswith(CUSTOM)
    known = (*RESOURCE_ATTRIBUTES, "Version") if custom else RESOURCE_ATTRIBUTES
    if not name.startswith("Fn::"):
        yield from unknown(template, path, row, known, "a resource")
    if "Type" not in row:
        yield Problem(template.source(*path), f'the resource "{shown(name)}" has no Type', "add Type: AWS::...")
    elif not isinstance(kind, str) or not FORM.fullmatch(kind):
        what = f"{written(kind)} is not a resource type"
        yield Problem(template.source(*path, "Type"), what, "write one such as AWS::S3::Bucket")
    elif meant := near_miss(kind):
        what = f"AWS has no resource type {written(kind)}"
        yield Problem(template.source(*path, "Type"), what, f"did you mean {meant}?")
    for key in ("Properties", "Metadata", "CreationPolicy", "UpdatePolicy"):
        if key in row and not isinstance(row[key], Mapping):
            what = f"{key} must be a mapping, not {written(row[key])}"
            yield Problem(template.source(*path, key), what, "write its keys below it, or remove it")
    for key, values in (("DeletionPolicy", DELETION_POLICIES), ("UpdateReplacePolicy", REPLACE_POLICIES)):
        if key in row and row[key] not in values:
            what = f"{key} cannot be {written(row[key])}"
            yield Problem(template.source(*path, key), what, f"write {', '.join(values[:-1])} or {values[-1]}")
    after = row.get("DependsOn", [])
    if not isinstance(after, str) and not (isinstance(after, list) and all(isinstance(x, str) for x in after)):
        fix = "name resources, by their logical ids"
        yield Problem(template.source(*path, "DependsOn"), "DependsOn must be a name or a list of names", fix)
    yield from _condition_name(template, path, row)


def _output(template: Template, name: str, row: Mapping[str, Any]) -> Iterator[Problem]:
    path: Path = ("Outputs", name)
    yield from unknown(template, path, row, OUTPUT_ATTRIBUTES, "an output")
    if row.get("Value") is None:
        yield Problem(template.source(*path, "Value"), f'the output "{shown(name)}" has no Value', "add Value:")
    export = row.get("Export")
    if "Export" in row and not (isinstance(export, Mapping) and set(export) == {"Name"}):
        yield Problem(
            template.source(*path, "Export"), "Export must hold Name and nothing else", "write Export: {Name: ...}"
        )
    yield from _condition_name(template, path, row)


def _condition_name(template: Template, path: Path, row: Mapping[str, Any]) -> Iterator[Problem]:
    if "Condition" in row and not isinstance(row["Condition"], str):
        what = "Condition must be the name of a condition"
        yield Problem(template.source(*path, "Condition"), what, "declare it under Conditions: and write its name here")


def _mapping(template: Template, name: str, row: Mapping[str, Any], most: int) -> Iterator[Problem]:
    if name.startswith("Fn::"):
        return
    path: Path = ("Mappings", name)
    if not row or len(row) > most:
        what = f'the mapping "{shown(name)}" has {len(row)} keys, CloudFormation takes 1 to {most}'
        yield Problem(template.source(*path), what, "write keys with values below it, or split it")
    for key, values in row.items():
        if not isinstance(values, Mapping) or not values:
            what = f'"{shown(key)}" in the mapping "{shown(name)}" must be a mapping with values'
            yield Problem(template.source(*path, key), what, "a mapping has two levels of keys; write both")
            continue
        if not _MAPPING_KEY.fullmatch(key):
            what = f'the key "{shown(key)}" of a mapping has more than letters, digits, "-" and "."'
            yield Problem(template.source(*path, key), what, "rename it")
        for inner, value in values.items():
            plain = isinstance(value, str | int | float) or (
                isinstance(value, list) and all(isinstance(item, str | int | float) for item in value)
            )
            if not plain:
                what = f'"{shown(inner)}" in the mapping "{shown(name)}" must be text or a list of texts'
                fix = "functions cannot stand in Mappings; write the value"
                yield Problem(template.source(*path, key, inner), what, fix)
            elif not _LOGICAL_ID.fullmatch(inner):
                what = f'the key "{shown(inner)}" of a mapping has more than letters and digits'
                yield Problem(template.source(*path, key, inner), what, "rename it")
