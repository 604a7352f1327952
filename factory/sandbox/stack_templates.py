"""Templates and parameters as CloudFormation takes them from a request, or refuses them."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from factory.core.errors import InvalidFiles
from factory.sandbox.known_types import KNOWN
from factory.sandbox.refused import Refused
from factory.sandbox.state import State
from factory.sandbox.world import Request, World
from factory.templates import (
    INLINE_BYTES,
    LARGEST_BYTES,
    Parameter,
    Placed,
    Template,
    check,
    check_values,
    read,
    resolve,
    value_text,
)
from factory.templates.resource_types import CUSTOM, near_miss
from factory.templates.stack import Context

_URL = re.compile(
    r"https://(?:(?P<bucket>[a-z0-9.-]+)\.s3(?:[.-][a-z0-9-]+)?\.amazonaws\.com/"
    r"|s3(?:[.-][a-z0-9-]+)?\.amazonaws\.com/(?P<path_bucket>[a-z0-9.-]+)/)(?P<key>[^?]+)"
)
_HIDDEN = "****"
_UNRECOGNIZED = "Template format error: Unrecognized resource types"


def invalid(message: str) -> Refused:
    """CloudFormation's refusal of a request that makes no sense (API reference, common errors)."""
    return Refused("ValidationError", message)


def given(world: World, request: Request, previous: str | None = None) -> str:
    """The text of the template that a request passes, or means with ``UsePreviousTemplate``.

    Refuses anything but exactly one of the ways to pass it, texts that are too long, and URLs that lead to nothing.
    """
    before = request.get("UsePreviousTemplate") or False
    if sum((before, "TemplateBody" in request, "TemplateURL" in request)) != 1:
        raise invalid("You must specify exactly one of TemplateBody, TemplateURL and UsePreviousTemplate")
    if before:
        if previous is None:
            raise invalid("UsePreviousTemplate can only be used with what already has a template")
        return previous
    if "TemplateURL" in request:
        return _fetched(world, request["TemplateURL"])
    text = str(request["TemplateBody"])
    if len(text.encode()) > INLINE_BYTES:
        raise invalid(
            "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
            f"Member must have length less than or equal to {INLINE_BYTES}"
        )
    return text


def accepted(text: str) -> Template:
    """The template in this text. Refuses what CloudFormation, or a service-managed stack set, does not take."""
    template, code, fault = _judged(text)
    if template is None:
        raise Refused(code, fault)
    return template


def require_capabilities(template: Template, capabilities: Sequence[str]) -> None:
    """Refuse a template whose IAM resources were not acknowledged (API reference, ``Capabilities``)."""
    enough = {"CAPABILITY_IAM": {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"}}
    for needed in template.capabilities:
        if not enough.get(needed, {needed}) & set(capabilities):
            raise Refused("InsufficientCapabilitiesException", f"Requires capabilities : [{needed}]")


def parameters(
    template: Template, rows: Sequence[Mapping[str, Any]], previous: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The values that a request gives to a template's parameters; what it leaves out has its default.

    Refuses undeclared, doubled and missing ones, and values that their declaration does not allow.
    """
    values: dict[str, str] = {}
    for name, value in pairs(rows).items():
        if value is not None:
            values[name] = value
        elif name in (previous or {}):
            values[name] = (previous or {})[name]
        elif name in template.parameters and template.parameters[name].required:
            raise invalid(f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true")
    require_values(template, values)
    return values


def pairs(rows: Sequence[Mapping[str, Any]]) -> dict[str, str | None]:
    """Parameters of a request by name; ``None``: use the previous value."""
    found: dict[str, str | None] = {}
    for row in rows:
        name, value = row.get("ParameterKey"), row.get("ParameterValue")
        if not name:
            raise invalid("A parameter must have a ParameterKey")
        if name in found:
            raise invalid(f"Duplicate parameter key {name}")
        if (value is None) != bool(row.get("UsePreviousValue")):
            raise invalid(f"Invalid input for parameter key {name}. Specify either a value or usePreviousValue")
        found[name] = value
    return found


def require_values(template: Template, values: Mapping[str, str]) -> None:
    """Refuse values that do not fit the template's parameters."""
    if unknown := sorted(values.keys() - template.parameters.keys()):
        raise invalid(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    needed = [name for name, row in template.parameters.items() if row.required and name not in values]
    if needed:
        raise invalid(f"Parameters: [{', '.join(needed)}] must have values")
    for problem in check_values(template, values, {}):
        raise invalid(problem.what)
    for name, row in template.parameters.items():
        if row.type.startswith("AWS::SSM::Parameter::Value<"):
            raise Refused("NotSimulated", f"the parameter {name} reads Parameter Store, which is not simulated")


def shown(template: Template, values: Mapping[str, str]) -> list[dict[str, str]]:
    """All parameters of a template with their values, as descriptions show them."""
    return [
        {"ParameterKey": name, "ParameterValue": _shown(row, values.get(name))}
        for name, row in template.parameters.items()
    ]


def placed(
    template: Template, values: Mapping[str, str], account_id: str, region: str, name: str, stack_id: str
) -> tuple[Mapping[str, Placed], Mapping[str, Any], Context]:
    """The resources and outputs of one stack of a template, and who is asked for their physical ids.

    Raises ``Unresolvable`` where the template cannot be evaluated there.
    """
    context = Context(account_id, region, stack_name=name, stack_id=stack_id)
    resolved = resolve(template, values, context)
    return resolved.resources, resolved.outputs, context


def keep(state: State, text: str) -> str:
    """Keep a template's text, once, and name it."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:20]
    state.templates.setdefault(digest, text)
    return digest


def tags(request: Request) -> dict[str, str] | None:
    """The tags that a request passes; ``None`` where it passes none."""
    if request.get("Tags") is None:
        return None
    found = {row["Key"]: row["Value"] for row in request["Tags"]}
    if len(found) != len(request["Tags"]):
        raise invalid("Tag keys must be unique")
    if any(key.casefold().startswith("aws:") for key in found):
        raise invalid("aws: prefixed tag key names are not allowed for external use")
    return found


def _shown(parameter: Parameter, value: str | None) -> str:
    if parameter.no_echo:
        return _HIDDEN
    return value_text(parameter.default) if value is None else value


@lru_cache(maxsize=256)
def _judged(text: str) -> tuple[Template | None, str, str]:
    try:
        template = read(text, "template")
    except InvalidFiles as error:
        first = error.problems[0]
        place = f"line {first.source.line}, column {first.source.column}"
        return None, "ValidationError", f"Template format error: {first.what} ({place})"
    unknown = sorted({str(row.get("Type")) for row in template.resources.values()} - KNOWN.keys())
    if mistyped := [kind for kind in unknown if near_miss(kind)]:
        return None, "ValidationError", f"{_UNRECOGNIZED}: [{', '.join(mistyped)}]"
    # A nested stack is better called that than an unknown type.
    if problems := check(template):
        return None, "ValidationError", f"Template format error: {problems[0].what}"
    if made := [kind for kind in unknown if kind.startswith(CUSTOM) or not kind.startswith("AWS::")]:
        # A function of the template's author, or somebody's registered type: AWS takes them.
        return None, "NotSimulated", f"resources of {', '.join(made)} are not simulated by the factory sandbox"
    if unknown:
        # AWS has many more than are known here, and whether it has these cannot be told apart.
        known = "the factory sandbox knows the types of its table alone; AWS may know this one"
        return None, "ValidationError", f"{_UNRECOGNIZED}: [{', '.join(unknown)}] ({known})"
    return template, "", ""


def _fetched(world: World, url: str) -> str:
    found = _URL.fullmatch(url)
    if found is None:
        raise invalid("TemplateURL must be a supported URL.")
    bucket = world.state.buckets.get(found["bucket"] or found["path_bucket"])
    stored = world.state.objects.get(f"{bucket.id}/{unquote(found['key'])}") if bucket else None
    if bucket is None or bucket.owner != world.caller or stored is None:
        raise invalid("S3 error: Access Denied")
    content = base64.b64decode(stored.body)
    if len(content) > LARGEST_BYTES:
        raise invalid(f"Template may not exceed {LARGEST_BYTES} bytes in size.")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise invalid("Template format error: it is not UTF-8") from None
