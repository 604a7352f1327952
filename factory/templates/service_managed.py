"""What a template must not hold in a stack set with service-managed permissions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from factory.core.errors import Problem
from factory.templates.template import Path, Template
from factory.templates.wording import shown

# CloudFormation User Guide, "Create StackSets with service-managed permissions" and "Configure a custom execution
# role template for StackSets": with the default execution role, no nested stacks, no transforms, no macros.
_REFUSED_TYPES: Final = {
    "AWS::CloudFormation::Stack": ("nested stacks", "write its resources into this template, or make it a baseline"),
    "AWS::CloudFormation::StackSet": ("stack sets inside their stacks", "make it a baseline of its own"),
    "AWS::CloudFormation::Macro": ("macros", "deploy the macro by other means"),
}
_REFUSED_PREFIX: Final = "AWS::Serverless::"
LANGUAGE_EXTENSIONS: Final = frozenset({"Fn::ToJsonString", "Fn::Length"})
"""Functions that only work with the transform AWS::LanguageExtensions (User Guide, "AWS::LanguageExtensions")."""
_EACH: Final = "Fn::ForEach::"
_WHO = "service-managed stack sets take no"


def faults(template: Template) -> Iterator[Problem]:
    """Everything that a service-managed stack set with the default execution role refuses."""
    if "Transform" in template.body:
        fix = "write out what the transform makes, and remove it"
        yield Problem(template.source("Transform"), f"{_WHO} transforms", fix)
    for name, row in template.resources.items():
        kind = row.get("Type")
        if isinstance(kind, str) and kind in _REFUSED_TYPES:
            what, fix = _REFUSED_TYPES[kind]
            yield Problem(template.source("Resources", name, "Type"), f"{_WHO} {what} ({kind})", fix)
        elif isinstance(kind, str) and kind.startswith(_REFUSED_PREFIX):
            fix = "write the resources that the transform makes"
            what = f"{_WHO} transforms, and {shown(kind)} needs the one of AWS SAM"
            yield Problem(template.source("Resources", name, "Type"), what, fix)
    for section, value in template.body.items():
        yield from _functions(template, value, (section,))


def _functions(template: Template, value: Any, path: Path) -> Iterator[Problem]:
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield from _functions(template, item, (*path, position))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key == "Fn::Transform":
                fix = "write out what the macro makes"
                yield Problem(template.source(*path, key), f"{_WHO} macros (Fn::Transform)", fix)
            elif key in LANGUAGE_EXTENSIONS or key.startswith(_EACH):
                what = f"{_WHO} transforms, and {shown(key)} needs AWS::LanguageExtensions"
                yield Problem(template.source(*path, key), what, "write out what it stands for")
            elif key == "Fn::FindInMap" and isinstance(item, list) and len(item) > 3:
                what = f"{_WHO} transforms, and a DefaultValue of Fn::FindInMap needs AWS::LanguageExtensions"
                yield Problem(template.source(*path, key), what, "add the key to the mapping, and remove DefaultValue")
            yield from _functions(template, item, (*path, key))
