"""What can be wrong with baselines before AWS is asked, and what the differences of two templates mean in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from factory import templates
from factory.core.address import baseline
from factory.core.errors import Problem
from factory.core.order import tangles
from factory.core.resource import Identity
from factory.kinds.baseline_files import BASELINES, KIND_OF_FILE, Baseline, baselines, needs_of, regions, uses
from factory.kinds.baseline_values import fault, filled, from_files, references
from factory.spec import suggest

if TYPE_CHECKING:
    from factory.spec import Organization, Place
    from factory.templates import Difference, Template

_SAMPLE = Identity("o-a1b2c3d4e5", "111111111111", "r-ab12")
_SAMPLE_ACCOUNT = "123456789012"


def check(organization: Organization) -> Iterator[Problem]:
    """Everything that the files alone show."""
    known = baselines(organization)
    used = {use.name for use in uses(organization)}
    for found in known.values():
        yield from found.problems
        yield from _names(found, known, organization)
        if found.template is not None:
            yield from _values(found, found.template, organization)
            yield from _size(found.template)
    yield from _circles(known, organization)
    if used and organization.home_region is None:
        what = "baselines need home_region: their stack sets are kept there"
        yield Problem(organization.where("organization"), what, "write home_region: under organization:")
    yield from _uses(known, organization)


def words(difference: Difference, where: str) -> str:
    """A difference of two templates, as the end of "AWS will ..."."""
    verb = {"added": "add", "removed": "remove", "changed": "change", "replaced": "replace"}[str(difference.kind)]
    unsure = ", as far as one can tell without AWS" if difference.uncertain else ""
    detail = f": {', '.join(difference.properties)}" if difference.properties else ""
    kind = difference.type or difference.section
    return f"{verb} {difference.logical_id or difference.section} ({kind}) in {where}{unsure}{detail}"


def _names(found: Baseline, known: Mapping[str, Baseline], organization: Organization) -> Iterator[Problem]:
    where = found.entry.where
    if found.name.endswith("-accounts"):
        yield Problem(
            where(), "a baseline's name cannot end in -accounts: stack sets for single accounts do", "rename it"
        )
    for position, name in enumerate(found.keys.needs):
        if name not in known or name == found.name:
            hint = suggest(name, known)
            yield Problem(where("needs", position), f"there is no other baseline {name}{hint}", "correct the name")
    if found.keys.regions == "governed" and not organization.regions:
        what = "regions: governed, but organization.yaml names no regions"
        yield Problem(where("regions"), what, "write regions: under organization:")


def _values(found: Baseline, template: Template, organization: Organization) -> Iterator[Problem]:
    values: dict[str, object] = {}
    sound = True
    for name, value in found.keys.parameters.items():
        where = found.entry.where("parameters", name)
        for reference in references(str(value)):
            what, fix = fault(reference, organization)
            if what:
                sound = False
                yield Problem(where, what, fix)
        text = from_files(str(value), organization) if isinstance(value, str) else value
        values[name] = filled(text, _SAMPLE, lambda _: _SAMPLE_ACCOUNT) if isinstance(text, str) else text
        parameter = template.parameters.get(name)
        if parameter is not None and parameter.no_echo:
            fix = "keep secrets in Secrets Manager, and let the template refer to them"
            yield Problem(where, f"{name} is NoEcho: AWS does not show its value, so no difference could be seen", fix)
    if sound:
        places = {name: found.entry.where("parameters", name) for name in found.keys.parameters}
        yield from templates.check_values(template, values, places)


def _size(template: Template) -> Iterator[Problem]:
    size = len(templates.canonical(template).encode())
    if size > templates.INLINE_BYTES:
        what = f"the template has {size} bytes without white space, a request takes {templates.INLINE_BYTES}"
        yield Problem(template.source(), what, "split the baseline")


def _circles(known: Mapping[str, Baseline], organization: Organization) -> Iterator[Problem]:
    waits = {baseline(name): frozenset(map(baseline, needs_of(name, known, organization))) for name in known}
    for group in tangles(waits):
        names = sorted(address.name for address in group)
        where = known[names[0]].entry.where("needs")
        yield Problem(where, f"these baselines need each other: {', '.join(names)}", "take one of the needs out")


def _uses(known: Mapping[str, Baseline], organization: Organization) -> Iterator[Problem]:
    broken = organization.file_names.get(KIND_OF_FILE, frozenset()) - known.keys()
    if KIND_OF_FILE in organization.unlisted:
        return
    for place in _places(organization):
        seen: set[str] = set()
        for position, name in enumerate(BASELINES.of(place)):
            where = place.where("baselines", position)
            if name in seen:
                yield Problem(where, f"the baseline {name} is named twice here", "remove one of them")
            elif name in known and not regions(known[name].keys, organization):
                pass  # told where the Regions are missing
            elif name not in known and name not in broken:
                hint = suggest(name, known)
                fix = f"correct it, or add baselines/stack-sets/{name}/"
                yield Problem(where, f"there is no baseline {name}{hint}", fix)
            seen.add(name)


def _places(organization: Organization) -> Iterable[Place]:
    return (organization.root, *organization.units.values(), *organization.accounts.values())
