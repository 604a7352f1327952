"""What can be wrong with baselines before AWS is asked, and what the differences of two templates mean in words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from factory import templates
from factory.core.address import baseline
from factory.core.errors import Problem
from factory.core.order import tangles
from factory.kinds import baseline_value_checks
from factory.kinds.baseline_files import (
    KIND_OF_FILE,
    Baseline,
    Wish,
    above_of,
    baselines,
    every_place,
    needs_of,
    uses,
    wanted_at,
    wishes,
)
from factory.kinds.request_mark import DIGEST, marked
from factory.spec import suggest

if TYPE_CHECKING:
    from factory.spec import Organization, Place
    from factory.templates import Difference, Template


def check(organization: Organization) -> Iterator[Problem]:
    """Everything that the files alone show."""
    known = baselines(organization)
    used = {use.name for use in uses(organization)}
    for found in known.values():
        yield from found.problems
        yield from _names(found, known, organization)
        if found.template is not None:
            yield from baseline_value_checks.written(found, found.template, organization)
            yield from _size(found, found.template, organization)
    yield from _circles(known, organization)
    if used and organization.home_region is None:
        what = "baselines need home_region: their stack sets are kept there"
        yield Problem(organization.where("organization"), what, "write home_region: under organization:")
    yield from _uses(known, organization)
    yield from baseline_value_checks.own(known, organization)


def too_large(size: int) -> tuple[str, str]:
    """What is wrong with a template that does not fit into a request, and the ways out."""
    what = f"the template has {size:,} bytes without white space, a request takes {templates.INLINE_BYTES:,}"
    return what, "name an S3 bucket for it, template_bucket: under organization:, or split the baseline"


def words(difference: Difference, where: str, before: Template, after: Template, moved: Collection[str]) -> str:
    """A difference of two templates, as the end of "AWS will ..."; ``moved`` are parameters with another value."""
    verb = {"added": "add", "removed": "remove", "changed": "change", "replaced": "replace"}[str(difference.kind)]
    unsure = ", as far as one can tell without AWS" if difference.uncertain else ""
    detail = f": {', '.join(difference.properties)}" if difference.properties else ""
    kind = difference.type or difference.section
    told = f"{difference.logical_id or difference.section} ({kind}) in {where}"
    if difference.uncertain and difference.kind is templates.Kind.REPLACED:
        new, old = (template.resources[difference.logical_id] for template in (after, before))
        if templates.keeps_name(new, old, moved):
            return (
                f"CloudFormation refuses to replace {told}, which keeps its name, if values come out otherwise{detail}"
            )
    return f"{verb} {told}{unsure}{detail}"


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


def _size(found: Baseline, template: Template, organization: Organization) -> Iterator[Problem]:
    text = templates.canonical(template)
    if found.keys.management_account:
        text = marked(text, DIGEST)
    size = len(text.encode())
    if size > templates.LARGEST_BYTES:
        what = f"the template has {size:,} bytes without white space, CloudFormation takes {templates.LARGEST_BYTES:,}"
        yield Problem(template.source(), what, "split the baseline")
    elif size > templates.INLINE_BYTES and organization.template_bucket is None:
        yield Problem(template.source(), *too_large(size))


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
    for place in every_place(organization):
        seen: set[str] = set()
        for wish in wishes(place):
            name, where = wish.name, wish.source
            if name in seen:
                yield Problem(where, f"the baseline {name} is named twice here", "remove one of them")
            elif name not in known and name not in broken:
                hint = suggest(name, known)
                fix = f"correct it, or add baselines/stack-sets/{name}/"
                yield Problem(where, f"there is no baseline {name}{hint}", fix)
            elif wish.out and name in known:
                yield from _opting_out(wish, place, known[name], organization)
            seen.add(name)


def _opting_out(wish: Wish, place: Place, found: Baseline, organization: Organization) -> Iterator[Problem]:
    if place.address.kind != "account":
        what = f"{wish.name}: false, but only accounts opt out of a baseline"
        yield Problem(wish.source, what, "remove it here, and name the baseline only on the nodes that need it")
    elif not found.keys.optional:
        what = f"{wish.name}: false, but the baseline is not optional"
        yield Problem(wish.source, what, "remove it, or write optional: true in its baseline.yaml")
    elif not any(wish.name in wanted_at(above) for above in above_of(place, organization)):
        what = f"{wish.name}: false, but no node above names the baseline"
        yield Problem(wish.source, what, "remove it")
