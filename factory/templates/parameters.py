"""Parameters: what a template may declare, and whether values fit what it declares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from factory.core.errors import Problem
from factory.core.limits import Limits
from factory.core.resource import Source
from factory.templates.quotas import QUOTAS, quota
from factory.templates.structure import unknown
from factory.templates.template import Parameter, Path, Template, number
from factory.templates.wording import near, shown, written

PARAMETER_ATTRIBUTES: Final = (
    *("Type", "Default", "Description", "AllowedValues", "AllowedPattern", "ConstraintDescription", "NoEcho"),
    *("MinLength", "MaxLength", "MinValue", "MaxValue"),
)
# CloudFormation User Guide, "Parameters" and "Specify existing resources at runtime with CloudFormation-supplied
# parameter types". A list of key pair names is the one that does not exist.
_OF_AWS = (
    *("AWS::EC2::AvailabilityZone::Name", "AWS::EC2::Image::Id", "AWS::EC2::Instance::Id"),
    *("AWS::EC2::SecurityGroup::GroupName", "AWS::EC2::SecurityGroup::Id", "AWS::EC2::Subnet::Id"),
    *("AWS::EC2::VPC::Id", "AWS::EC2::Volume::Id", "AWS::Route53::HostedZone::Id"),
)
_SINGLE = ("String", "Number", *_OF_AWS, "AWS::EC2::KeyPair::KeyName", "AWS::SSM::Parameter::Name")
_LISTS = ("CommaDelimitedList", *(f"List<{kind}>" for kind in ("String", "Number", *_OF_AWS)))
STORED: Final = "AWS::SSM::Parameter::Value<"
"""The types whose value stands in Parameter Store: what is passed is the name of a parameter there."""
PARAMETER_TYPES: Final = frozenset((*_SINGLE, *_LISTS, *(f"{STORED}{kind}>" for kind in (*_SINGLE, *_LISTS))))
_LENGTHS = ("MinLength", "MaxLength")
_VALUES = ("MinValue", "MaxValue")


def check_values(
    template: Template,
    values: Mapping[str, object],
    where: Mapping[str, Source],
    limits: Limits = QUOTAS,
) -> tuple[Problem, ...]:
    """What CloudFormation would refuse in these parameter values; ``where`` has the place of each.

    A value may be text, a number, a boolean, or a list of them, as files write it. What is missing is placed at
    the parameter's declaration. Source: CloudFormation User Guide, "Parameters".
    """
    found: list[Problem] = []
    declared = template.parameters
    for name, value in values.items():
        place = where.get(name, template.source("Parameters"))
        parameter = declared.get(name)
        if parameter is None:
            meant = near(name, declared)
            fix = f"did you mean {meant}?" if meant else f"it declares: {', '.join(sorted(declared)) or 'none'}"
            found.append(Problem(place, f'the template {template.file} declares no parameter "{shown(name)}"', fix))
            continue
        for what, fix in value_faults(parameter, value, quota(limits, "parameter_value_bytes")):
            found.append(Problem(place, f'the parameter "{shown(name)}" {what}', fix))
    for name, parameter in declared.items():
        if parameter.required and name not in values:
            what = f'the parameter "{shown(name)}" has no value and no default'
            found.append(Problem(template.source("Parameters", name), what, "give it a value, or declare a Default"))
    return tuple(sorted(set(found)))


def value_text(value: object) -> str:
    """The text that stands for a value in a request: parameters are text, and lists are joined with commas."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(value_text(item) for item in value)
    return "" if value is None else str(value)


def is_list(kind: str) -> bool:
    """Whether a parameter of this type stands for a list."""
    return kind.startswith("List<") or kind == "CommaDelimitedList"


def parts(parameter: Parameter, value: object) -> list[str]:
    """The text of a value, or of each item of a list, spaces around items left out; an empty list is one empty text."""
    text = value_text(value)
    return [item.strip() for item in text.split(",")] if is_list(parameter.type) else [text]


def value_faults(parameter: Parameter, value: object, most_bytes: int) -> Iterator[tuple[str, str]]:
    """What is wrong with a value for this parameter, as the end of a sentence, and the way out."""
    if value is None or isinstance(value, Mapping):
        yield f"cannot be {written(value)}", "write text, a number, true or false"
        return
    if isinstance(value, list | tuple) and not is_list(parameter.type):
        yield f"is a list, its type is {parameter.type}", "write one value"
        return
    if isinstance(value, list | tuple) and any(isinstance(item, list | tuple | Mapping) for item in value):
        yield "holds more than texts", "write a flat list of texts"
        return
    text = value_text(value)
    if (size := len(text.encode())) > most_bytes:
        yield f"has {size:,} bytes, CloudFormation takes {most_bytes:,}", "split it into several parameters"
        return
    for item in parts(parameter, value):
        yield from _item_faults(parameter, item)


def faults(template: Template, limits: Limits) -> Iterator[Problem]:
    """Everything in the declarations of parameters that CloudFormation refuses."""
    for name, row in template.section("Parameters").items():
        path: Path = ("Parameters", name)
        yield from unknown(template, path, row, PARAMETER_ATTRIBUTES, "a parameter")
        yield from _declaration(template, path, row)
        parameter = template.parameters[name]
        if "Default" in row and parameter.type in PARAMETER_TYPES:
            for what, fix in value_faults(parameter, row["Default"], quota(limits, "parameter_value_bytes")):
                place = template.source(*path, "Default")
                yield Problem(place, f'the default of "{shown(name)}" {what}', fix)


def _declaration(template: Template, path: Path, row: Mapping[str, Any]) -> Iterator[Problem]:
    def problem(key: str, what: str, fix: str) -> Problem:
        return Problem(template.source(*path, key), what, fix)

    kind, named = row.get("Type"), shown(path[-1])
    if "Type" not in row:
        yield Problem(template.source(*path), f'the parameter "{named}" has no Type', "add Type: String")
    elif not isinstance(kind, str) or kind not in PARAMETER_TYPES:
        meant = near(str(kind), PARAMETER_TYPES)
        fix = f"did you mean {meant}?" if meant else "write String, Number, CommaDelimitedList or one of AWS's types"
        yield problem("Type", f"{written(kind)} is not a parameter type", fix)
    for key in (*_LENGTHS, *_VALUES):
        if key not in row:
            continue
        found = number(row[key])
        if found is None or (key in _LENGTHS and (found < 0 or found != int(found))):
            yield problem(key, f"{key} must be a number, not {written(row[key])}", "write a number")
        elif (key in _VALUES) != (kind in ("Number", "List<Number>")):
            fix = "write MinLength and MaxLength" if key in _VALUES else "write MinValue and MaxValue"
            yield problem(key, f"{key} does not go with the type {shown(kind)}", fix)
    for low, high in (_LENGTHS, _VALUES):
        least, most = number(row.get(low)), number(row.get(high))
        if least is not None and most is not None and least > most:
            yield problem(low, f"{low} is above {high}", "exchange them")
    if "AllowedValues" in row and not (isinstance(row["AllowedValues"], list) and row["AllowedValues"]):
        yield problem("AllowedValues", "AllowedValues must be a list of values", "write at least one, or remove it")
    if "AllowedPattern" in row:
        pattern = row["AllowedPattern"]
        if not isinstance(pattern, str):
            yield problem("AllowedPattern", "AllowedPattern must be text", "quote it")
        elif compiled(pattern) is None and _plain(pattern):
            what = f'AllowedPattern "{shown(pattern)}" is not a regular expression'
            yield problem("AllowedPattern", what, "check its brackets and backslashes")
    if "NoEcho" in row and str(row["NoEcho"]).casefold() not in ("true", "false"):
        yield problem("NoEcho", f"NoEcho must be true or false, not {written(row['NoEcho'])}", "write true or false")


def _item_faults(parameter: Parameter, text: str) -> Iterator[tuple[str, str]]:
    said = "the value it was given" if parameter.no_echo else f'"{shown(text)}"'
    found = number(text) if _is_number(parameter.type) else None
    if _is_number(parameter.type) and found is None:
        yield f"must be a number, not {said}", "write a number"
        return
    if parameter.allowed_values:
        allowed = [value_text(value) for value in parameter.allowed_values]
        same = text in allowed or (found is not None and found in (number(value) for value in allowed))
        if not same:
            listed = ", ".join(shown(value) for value in allowed)
            yield f"cannot be {said}", f"allowed: {listed}"
    if parameter.pattern is not None and (pattern := compiled(parameter.pattern)) and not pattern.fullmatch(text):
        yield f"cannot be {said}", f"it must match {shown(parameter.pattern)}"
    if not _is_number(parameter.type):
        least, most = parameter.min_length, parameter.max_length
        if least is not None and len(text) < least:
            yield f"has {len(text)} characters, too few", f"write at least {least}"
        if most is not None and len(text) > most:
            yield f"has {len(text)} characters, too many", f"write at most {most}"
    elif found is not None:
        if parameter.min_value is not None and found < parameter.min_value:
            yield f"is {said}, too small", f"write at least {parameter.min_value:g}"
        if parameter.max_value is not None and found > parameter.max_value:
            yield f"is {said}, too large", f"write at most {parameter.max_value:g}"


def _is_number(kind: str) -> bool:
    return kind in ("Number", "List<Number>")


def compiled(pattern: str) -> re.Pattern[str] | None:
    """The pattern of a parameter; ``None`` where Python cannot read it (CloudFormation's are Java's)."""
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return None


def _plain(pattern: str) -> bool:
    """Whether Java and Python agree on the language of this pattern, so that an error here is one there."""
    return not re.search(r"\\[pPQEGzhHRX]|\[[^\]]*&&|[*+?}]\+|\(\?[<>a-zA-Z-]", pattern)
