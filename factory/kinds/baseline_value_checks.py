"""What can be wrong with the values of baselines' parameters, before AWS is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from factory import templates
from factory.core.errors import Problem
from factory.core.resource import Identity, Source
from factory.kinds.account_values import budget_problems, lacking, own_values, own_wishes, shared_values
from factory.kinds.baseline_files import Baseline, by_target, every_place, opted_out, reaching, wishes
from factory.kinds.baseline_values import ACCOUNT, fault, filled, is_personal, references

if TYPE_CHECKING:
    from factory.spec import Account, Organization
    from factory.templates import Template

_SAMPLE = Identity("o-a1b2c3d4e5", "111111111111", "r-ab12")
_SAMPLE_ACCOUNT = "123456789012"


def written(found: Baseline, template: Template, organization: Organization) -> Iterator[Problem]:
    """What is wrong with the values in a ``baseline.yaml``."""
    given = found.keys.parameters
    places = {name: found.entry.where("parameters", name) for name in given}
    # A default holds where no value is given, and is filled in like one.
    defaults = {
        name: parameter.default
        for name, parameter in template.parameters.items()
        if name not in given and isinstance(parameter.default, str) and not parameter.no_echo
    }
    declared = {name: template.source("Parameters", name, "Default") for name in defaults}
    problems = [
        *_references(given, places, organization),
        *_references(defaults, declared, organization),
        *_secrets(template, given, places),
    ]
    for name, parameter in template.parameters.items():
        for_all = found.keys.auto_deploy or found.keys.management_account
        if is_personal(given.get(name)) and parameter.required and for_all:
            what = f"{name} is different in each account, and what AWS deploys by itself needs a value for all"
            fix = "give the parameter a Default in the template, or write auto_deploy: false"
            if not found.keys.auto_deploy:
                what = f"{name} is different in each account, and the management account may have no file"
                fix = "give the parameter a Default in the template, or take management_account: true out"
            problems.append(Problem(places[name], what, fix))
    yield from problems
    if not problems:
        shared = shared_values(found, organization)
        # A number or a list is judged as it is written.
        plain = {name: value for name, value in given.items() if not isinstance(value, str)}
        values: dict[str, object] = {name: value for name, value in given.items() if name not in shared}
        values |= {name: plain.get(name, _sample(value)) for name, value in shared.items() if name in given}
        spoilt = {template.source("Parameters", name) for name in template.parameters if _spoilt(found, name)}
        yield from (each for each in templates.check_values(template, values, places) if each.source not in spoilt)


def _spoilt(found: Baseline, name: str) -> bool:
    """Whether a value is written for a parameter that cannot be one, which is a problem by itself."""
    written_ = found.entry.node.child("parameters")
    if written_ is None or name in found.keys.parameters:
        return False
    return not isinstance(written_.value, dict) or name in written_.value


def _references(
    values: Mapping[str, object], places: Mapping[str, Source], organization: Organization
) -> Iterator[Problem]:
    for name, value in values.items():
        for reference in references(str(value)):
            what, fix = fault(reference, organization)
            if what:
                yield Problem(places[name], what, fix)


def _secrets(template: Template, values: Iterable[str], places: Mapping[str, Source]) -> Iterator[Problem]:
    for name in values:
        parameter = template.parameters.get(name)
        if parameter is not None and parameter.no_echo:
            fix = "keep secrets in Secrets Manager, and let the template refer to them"
            what = f"{name} is NoEcho: AWS does not show its value, so no difference could be seen"
            yield Problem(places[name], what, fix)


def _sample(text: str) -> str | None:
    return filled(text, _SAMPLE, lambda _: _SAMPLE_ACCOUNT)


def own(known: Mapping[str, Baseline], organization: Organization) -> Iterator[Problem]:
    """What is wrong with values that nodes give, or that the files of accounts make."""
    for place in (organization.defaults, *every_place(organization)):
        yield from budget_problems(place)
    for place in every_place(organization):
        for wish in wishes(place):
            found = known.get(wish.name)
            if wish.parameters and found is not None and found.template is not None:
                where = {name: place.where("baselines", wish.name, "parameters", name) for name in wish.parameters}
                yield from _references(wish.parameters, where, organization)
                yield from _secrets(found.template, wish.parameters, where)
    targets, judged = by_target(organization), set[object]()
    shared = {name: shared_values(found, organization) for name, found in known.items() if found.template}
    for account in organization.accounts.values() if targets else ():
        out = opted_out(account)
        for use in reaching(account, targets) if account.state != "closed" else ():
            if use.name in shared and use.name not in out:
                found = known[use.name]
                named = own_wishes(account, use.name, organization)
                chosen = {**found.keys.parameters, **{name: value for name, (value, _) in named.items()}}
                where = {name: source for name, (_, source) in named.items()}
                places = {name: where.get(name, _origin(value, account)) for name, value in chosen.items()}
                gaps = list(lacking(account, chosen, organization))
                yield from _gaps(use.name, account, gaps, places)
                values = own_values(account, found, shared[use.name], organization)
                key = (use.name, *values.items())
                if values and not gaps and key not in judged:
                    judged.add(key)
                    yield from _fits(found, shared[use.name], values, places)


def _gaps(
    baseline: str, account: Account, gaps: Iterable[tuple[str, str]], places: Mapping[str, Source]
) -> Iterator[Problem]:
    """One problem for each place where something is missing, mostly the account's file."""
    by_place: dict[Source, list[str]] = {}
    for name, reference in gaps:
        by_place.setdefault(places[name], []).append(reference)
    for place, references_ in by_place.items():
        asked = sorted(set(references_))
        names = " and ".join(f"{{{reference}}}" for reference in asked)
        what = f"the baseline {baseline} wants {names}, and nothing says what {'they are' if asked[1:] else 'that is'}"
        yield Problem(place, what, f"write {', and '.join(_keys(asked, account.where().file))}")


def _fits(
    found: Baseline, shared: Mapping[str, str], values: Mapping[str, str], places: Mapping[str, Source]
) -> Iterator[Problem]:
    assert found.template is not None
    # The stack set's own values are judged where they are written, so only the others are told of here.
    texts = {name: text for name, value in {**shared, **values}.items() if (text := _sample(value)) is not None}
    for problem in templates.check_values(found.template, texts, places):
        if problem.source in places.values():
            yield problem


def _origin(value: object, account: Account) -> Source:
    """Where an account's file says what a value is made of."""
    named = references(value) if isinstance(value, str) else ()
    sections = [_key(reference)[0] for reference in named if reference in ACCOUNT]
    return account.where(sections[0]) if sections else account.where()


def _key(reference: str) -> tuple[str, str]:
    """The key in account files that a reference means: in which section, or alone."""
    section, _, name = reference.partition(".")[2].partition(".")
    return section, name


def _keys(asked: Iterable[str], file: str) -> list[str]:
    """The keys to write and where, those of a section together: only sections may also stand above the account."""
    sections: dict[str, list[str]] = {}
    for section, name in map(_key, asked):
        sections.setdefault(section, []).append(name)
    return [
        f"{section}: in {file}"
        if names == [""]
        else f"{section}: {{{', '.join(f'{name}: ...' for name in names)}}} in {file}, or above"
        for section, names in sections.items()
    ]
