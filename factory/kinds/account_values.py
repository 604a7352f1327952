"""Values of parameters account by account: from an account's file, and from the nodes above it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from factory.core.errors import Problem
from factory.core.resource import Source
from factory.kinds.baseline_files import BASELINES, Baseline, Scalar, wishes
from factory.kinds.baseline_values import ACCOUNT, from_files, is_personal, references
from factory.spec import Section
from factory.spec.emails import fill, placeholders
from factory.spec.models import Number
from factory.templates import value_text

if TYPE_CHECKING:
    from factory.spec import Account, Organization, Place

_PLACEHOLDERS = ("name", "owner")
_ADDRESS = re.compile(r"[^@\s,{}]+@[^@\s,{}]+")
NOBODY = "unknown"
"""What a stack set has in place of an account's own facts; no account of ours gets it."""


class BudgetKeys(BaseModel):
    """``budget:``, what accounts may cost; each key that is left out comes from the nearest node above."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    monthly_usd: Number | None = Field(default=None, description="What the account may cost in a month, in US dollars.")
    alert_at: tuple[Annotated[int, Field(ge=1, le=9999)], ...] | None = Field(
        default=None, min_length=1, description="Percentages of the amount at which people are told."
    )
    notify: tuple[Annotated[str, Field(min_length=3)], ...] | None = Field(
        default=None,
        min_length=1,
        description="E-mail addresses that are told; {name} is the account file's stem, {owner} its owner.",
    )


BUDGET: Section[BudgetKeys | None] = Section(
    "budget",
    BudgetKeys | None,
    None,
    frozenset({"defaults", "root", "ou", "account"}),
    "What accounts may cost in a month, and who is told; baselines refer to it as {account.budget.monthly_usd}.",
)


def facts(account: Account, organization: Organization) -> dict[str, str]:
    """What ``{account.NAME}`` stands for in an account; what its files do not say is not there."""
    named = {"name": account.name, **({"owner": account.owner} if account.owner else {})}
    found = {
        "account.name": account.name,
        "account.owner": account.owner,
        "account.ou": account.ou,
        "account.email": account.email,
        **_budget((*_outermost(organization), *organization.chain(account.ou)[1:], account), named),
    }
    return {name: value for name, value in found.items() if value}


def _outermost(organization: Organization) -> tuple[Place, Place]:
    return organization.defaults, organization.root


def _budget(places: tuple[Place, ...], named: Mapping[str, str]) -> dict[str, str]:
    """From the outermost node in: the nearest value of a key holds. Nothing where a placeholder has no value."""
    keys: dict[str, object] = {}
    for place in places:
        if (budget := BUDGET.of(place)) is not None:
            keys |= {name: value for name, value in budget if value is not None}
    amount, percentages, notify = keys.get("monthly_usd"), keys.get("alert_at", ()), keys.get("notify", ())
    assert isinstance(percentages, tuple)
    assert isinstance(notify, tuple)
    addresses = [fill(each, named) for each in notify]
    return {
        "account.budget.monthly_usd": "" if amount is None else f"{amount:.2f}".removesuffix(".00"),
        "account.budget.alert_at": ",".join(map(str, percentages)),
        "account.budget.notify": "" if any("{" in each for each in addresses) else ",".join(addresses),
    }


def budget_problems(place: Place) -> Iterator[Problem]:
    """What is wrong with ``budget:`` on a node beyond its form, be it used by a baseline or not."""
    budget = BUDGET.of(place)
    if budget is None:
        return
    if budget.monthly_usd is not None and round(budget.monthly_usd, 2) != budget.monthly_usd:
        yield Problem(place.where("budget", "monthly_usd"), '"monthly_usd" has parts of a cent', "round it")
    for key, values in (("alert_at", budget.alert_at or ()), ("notify", budget.notify or ())):
        for position, value in enumerate(values):
            if value in values[:position]:
                yield Problem(place.where("budget", key, position), f"{value} is given twice", "remove one of them")
    for position, text in enumerate(budget.notify or ()):
        where, unknown = place.where("budget", "notify", position), set(placeholders(text)) - set(_PLACEHOLDERS)
        for name in sorted(unknown):
            yield Problem(where, f"there is no {{{name}}} here", "use {name} and {owner}")
        filled = fill(text, dict.fromkeys(_PLACEHOLDERS, NOBODY))
        if not unknown and not _ADDRESS.fullmatch(filled):
            what = "has a brace without its other half" if set(filled) & set("{}") else "is not of the form name@domain"
            yield Problem(where, f"{text} {what}", "write an e-mail address; {name} and {owner} are filled in")


def shared_values(found: Baseline, organization: Organization) -> dict[str, str]:
    """The values of a stack set's parameters: they hold wherever an account has no other ones.

    In place of what is different in each account, the template's default, or a value of nobody.
    """
    assert found.template is not None
    written = found.keys.parameters
    nobody = dict.fromkeys(ACCOUNT, NOBODY) | _nobodys_budget(organization)
    values = {}
    for name, parameter in found.template.parameters.items():
        if parameter.no_echo:
            continue  # AWS does not show it: it has the template's default, and there is nothing to compare
        value = written.get(name, parameter.default)
        if is_personal(value) and not parameter.required:
            value = parameter.default
        values[name] = from_files(value_text(value), organization, nobody)
    return values


def _nobodys_budget(organization: Organization) -> dict[str, str]:
    named = dict.fromkeys(_PLACEHOLDERS, NOBODY)
    found = {name: value for name, value in _budget(_outermost(organization), named).items() if value}
    address = f"{NOBODY}@example.com"
    plain = {"account.budget.monthly_usd": "1", "account.budget.alert_at": "100", "account.budget.notify": address}
    return {**plain, "account.email": address, **found}


def own_wishes(account: Account, name: str, organization: Organization) -> dict[str, tuple[Scalar, Source]]:
    """The values that an account's file, or else the nearest node above it, gives a baseline's parameters."""
    found: dict[str, tuple[Scalar, Source]] = {}
    for place in (*organization.chain(account.ou), account):
        if not isinstance(BASELINES.of(place), dict):
            continue
        for wish in wishes(place):
            if wish.name == name:
                found |= {
                    key: (value, place.where("baselines", name, "parameters", key))
                    for key, value in wish.parameters.items()
                }
    return found


def own_values(
    account: Account, found: Baseline, shared: Mapping[str, str], organization: Organization
) -> dict[str, str]:
    """The parameters whose values in this account differ from those of the stack set, which are ``shared``."""
    personal = {name: value for name, value in found.keys.parameters.items() if is_personal(value)}
    chosen = {**personal, **{name: value for name, (value, _) in own_wishes(account, found.name, organization).items()}}
    if not chosen:
        return {}
    known = facts(account, organization)
    values = {name: from_files(value_text(value), organization, known) for name, value in chosen.items()}
    return {name: value for name, value in sorted(values.items()) if value != shared.get(name)}


def written_at(account: Account, found: Baseline, values: Iterable[str], organization: Organization) -> Source | None:
    """Where the first of these parameters is given its value for an account; ``None`` where baseline.yaml says it."""
    wishes_ = own_wishes(account, found.name, organization)
    for name in values:
        if name in wishes_:
            return wishes_[name][1]
        value = found.keys.parameters.get(name)
        named = references(value) if isinstance(value, str) else ()
        if BUDGET.of(account) is not None and any(each.startswith("account.budget.") for each in named):
            return account.where("budget")
    return None


def lacking(account: Account, values: Mapping[str, object], organization: Organization) -> Iterator[tuple[str, str]]:
    """Parameters and the references in their values that nothing in the files answers for this account."""
    known = facts(account, organization)
    for name, value in values.items():
        for reference in references(value) if isinstance(value, str) else ():
            if reference in ACCOUNT and reference not in known:
                places = (organization.defaults, *organization.chain(account.ou), account)
                told = any("{owner}" in each for place in places for each in _notify(place))
                # The addresses are there, and the owner whom they are made of is not.
                asked = reference.endswith(".notify") and told and not account.owner
                yield name, "account.owner" if asked else reference


def _notify(place: Place) -> tuple[str, ...]:
    budget = BUDGET.of(place)
    return (budget.notify or ()) if budget else ()
