"""What the parameters of guardrails stand for, and what their documents may refer to besides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from factory.core.errors import Problem
from factory.guardrails.parameters import Value, faults_in, typed
from factory.guardrails.rendering import render
from factory.kinds.baseline_values import NAMES
from factory.spec import suggest

if TYPE_CHECKING:
    from factory.guardrails.grammar import Path
    from factory.spec import FileEntry, Organization

SHARED = "guardrail_parameters"
_ID = "accounts.{}.id"
_WRITE = {
    "organization.id": "write id: under organization: in accounts/organization.yaml: the id AWS gave it",
    "organization.home_region": "write home_region: under organization: in accounts/organization.yaml",
    "organization.regions": "write regions: under organization: in accounts/organization.yaml",
}


def facts(organization: Organization) -> dict[str, Value]:
    """What the files know of the organization, by the names that documents refer to it with."""
    known: dict[str, Value | None] = {
        "organization.id": organization.id,
        "organization.instance": organization.instance,
        "organization.home_region": organization.home_region,
        "organization.regions": organization.regions or None,
        **{_ID.format(stem): account.id for stem, account in organization.accounts.items()},
    }
    return {name: value for name, value in known.items() if value is not None}


def unknown(name: str, organization: Organization, parameters: Iterable[str]) -> tuple[str, str]:
    """What is wrong with a name that neither a parameter nor a fact has, and the way out."""
    if name in _WRITE:
        return f"{{{name}}}: no file says it", _WRITE[name]
    stem = name.removeprefix("accounts.").removesuffix(".id")
    if stem in organization.accounts and name == _ID.format(stem):
        return f"{{{name}}}: the account's file has no id", f"pin it with id: in the file of {stem}"
    if name in NAMES:
        what = f"{{{name}}} is not known to the files, and a guardrail is the same for all accounts"
        return what, "refer to what organization.yaml says, or take a parameter"
    names = [*parameters, *_WRITE, "organization.instance"]
    fix = f"declare it under parameters:, or write {{{{{name}}}}} for plain text in braces"
    return f"{{{name}}} is not known here{suggest(name, names)}", fix


def value_of(
    name: str,
    type_name: str,
    default: Any,
    entry: FileEntry,
    organization: Organization,
    known: Mapping[str, Value],
    problems: list[Problem],
) -> Value | None:
    """The value of a parameter: that of the organization, else its default; ``None`` after a problem."""
    shared = name in organization.guardrail_parameters
    written = organization.guardrail_parameters[name] if shared else default
    if not name[:1].isascii() or not name[:1].isupper() or not name.isascii() or not name.isalnum():
        fix = "write a capital letter, then letters and digits, such as ExemptRoles"
        problems.append(Problem(entry.where("parameters", name), f'"{name}" cannot be the name of a parameter', fix))
    if written is None:
        fix = f"give it a default:, or a value under {SHARED}: in accounts/organization.yaml"
        problems.append(Problem(entry.where("parameters", name), f"the parameter {name} has no value", fix))
        return None
    found = None
    if default is not None:
        found = _checked(
            name, type_name, default, entry, ("parameters", name, "default"), organization, known, problems
        )
    if shared:
        found = _checked(name, type_name, written, organization, (SHARED, name), organization, known, problems)
    return found


def _checked(
    name: str,
    type_name: str,
    written: Any,
    file: FileEntry | Organization,
    path: Path,
    organization: Organization,
    known: Mapping[str, Value],
    problems: list[Problem],
) -> Value | None:
    rendered = render(written, known, lambda each: unknown(each, organization, ()))
    for fault in rendered.faults or faults_in(type_name, rendered.document):
        where = file.where(*path, *rendered.written(fault.path))
        problems.append(Problem(where, f"{name}: {fault.what}", fault.fix))
    return None if rendered.faults else typed(type_name, rendered.document)


def strangers(organization: Organization, names: Iterable[str]) -> Iterator[Problem]:
    """Shared values that no guardrail takes."""
    known = sorted(set(names))
    for name in organization.guardrail_parameters:
        if name not in known:
            where = organization.where(SHARED, name)
            what = f"no guardrail has a parameter {name!r}{suggest(name, known)}"
            yield Problem(where, what, "correct it, or remove it")
