"""A baseline's template with its values, as attributes of whatever carries it: wanted, found, and carried out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from factory import templates
from factory.core.change import Refusal
from factory.core.errors import FactoryError, InvalidFiles
from factory.core.resource import Resource, Value
from factory.kinds import baseline_checks
from factory.kinds.account_values import shared_values
from factory.kinds.baseline_values import accounts_in, filled

if TYPE_CHECKING:
    from factory.core.address import Address
    from factory.core.change import Change
    from factory.kinds.base import Site, View
    from factory.kinds.baseline_files import Baseline
    from factory.spec import Organization
    from factory.templates import Template

PARAMETER = "parameters."
"""Begins the attribute that holds a parameter's value."""


def wanted_template(found: Baseline, organization: Organization) -> tuple[dict[str, Value], frozenset[Address]]:
    """Template, capabilities and values, and the accounts whose ids these hold."""
    template = found.template
    assert template is not None, "files with problems are not planned"
    attrs: dict[str, Value] = {
        "template": templates.canonical(template),
        "capabilities": ", ".join(sorted(template.capabilities)),
    }
    values = shared_values(found, organization)
    attrs |= {PARAMETER + name: value for name, value in values.items()}
    return attrs, accounts_in(*values.values())


def found_parameters(values: Mapping[str, str], want: Resource | None, view: View) -> dict[str, Value]:
    """The values in AWS as attributes; where a reference stands for one, that reference."""
    attrs: dict[str, Value] = {}
    for name, value in values.items():
        meant = str(want.attrs.get(PARAMETER + name, "")) if want else ""
        attrs[PARAMETER + name] = meant if meant and filled(meant, view.identity, view.id_of) == value else value
    return attrs


def given_parameters(resource: Resource, site: Site) -> dict[str, str]:
    """The values as AWS takes them, of the parameters that the template has. Raises where one cannot be filled in."""
    declared = templates.read(str(resource.attrs["template"])).parameters
    given = {}
    for name, parameter in declared.items():
        value = resource.attrs.get(PARAMETER + name)
        if value is None or parameter.no_echo:
            continue
        text = filled(str(value), site.identity, site.book.get)
        if text is None:
            raise FactoryError(f"{value} cannot be filled in: an account in it does not exist", "run plan again")
        given[name] = text
    return given


def template_url(template: str, site: Site) -> str:
    """Where CloudFormation reads a template that is too large for a request; empty for any other."""
    if (size := len(template.encode())) <= templates.INLINE_BYTES:
        return ""
    if site.template_bucket is None:
        raise FactoryError(*baseline_checks.too_large(size))
    return site.aws.template_bucket(site.template_bucket).keep(template)


def canonical(text: str) -> str:
    """A template in AWS in the form that is compared; one that cannot be read stays as it is."""
    try:
        return templates.canonical(templates.read(text))
    except InvalidFiles:
        return text


def template_effects(change: Change, where: str) -> tuple[str, ...]:
    """What a new template, or new values for it, do to the resources, as the end of "AWS will ..."."""
    moved = _moved(change)
    if not _is_new(change) and not moved:
        return ()
    given = [name.removeprefix(PARAMETER) for name in change.resource.attrs if name.startswith(PARAMETER)]
    try:
        old, new = _templates(change)
    except InvalidFiles:
        return ("CloudFormation replaces the template as a whole: what the one in AWS holds is not known",)
    rows = templates.differences(old, new, given, moved)
    return tuple(baseline_checks.words(row, where, old, new, moved) for row in rows)


def template_refusals(change: Change, where: str) -> Iterator[Refusal]:
    """What CloudFormation would refuse of a new template, so that every stack of it fails."""
    if not _is_new(change):
        return
    try:
        old, new = _templates(change)
    except InvalidFiles:
        return
    for row in templates.refusals(old, new, _moved(change)):
        what = f"CloudFormation refuses it in {where}: {row.what}"
        yield Refusal("immutable", what, row.fix, change.address, change.source)


def _is_new(change: Change) -> bool:
    """Whether what is there gets another template."""
    before, after = change.before, change.after
    return before is not None and after is not None and before.attrs["template"] != after.attrs["template"]


def _templates(change: Change) -> tuple[Template, Template]:
    """The templates before and after. Raises ``InvalidFiles`` where the one in AWS cannot be read."""
    before, after = change.before, change.after
    assert before, "what is made has no template before"
    assert after, "what goes has none afterwards"
    return templates.read(str(before.attrs["template"])), templates.read(str(after.attrs["template"]))


def _moved(change: Change) -> set[str]:
    """The parameters that have another value afterwards; one that is new has had none."""
    if change.before is None or change.after is None:
        return set()
    rows = (field for field in change.fields() if field.name.startswith(PARAMETER) and field.before is not None)
    return {field.name.removeprefix(PARAMETER) for field in rows}
