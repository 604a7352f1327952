"""Values of parameters that refer to the organization and its accounts: ``{organization.id}``, ``{account.owner}``.

Braces around anything else than a name are text, as in JSON and in CloudFormation's dynamic references
(``{{resolve:ssm:/name}}``, User Guide, "Get values stored in other services using dynamic references").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from factory.core.address import Address, account

if TYPE_CHECKING:
    from factory.core.resource import Identity
    from factory.spec import Organization

_REFERENCE = re.compile(r"\{( *[A-Za-z][A-Za-z0-9_.-]* *)\}")
"""A name between braces; spaces at its ends are no part of any name, so they are told and not taken for text."""

_ORGANIZATION = {
    "organization.id": "the organization's id",
    "organization.management_account_id": "the management account's id",
    "organization.root_id": "the root's id",
    "organization.instance": "the instance named in organization.yaml",
    "organization.home_region": "home_region in organization.yaml",
    "organization.regions": "regions in organization.yaml, with commas between them",
}
ACCOUNT = {
    "account.name": "the stem of the account's file",
    "account.owner": "owner of the account",
    "account.ou": "the full path of the account's unit, or root",
    "account.email": "the account's root e-mail",
    "account.budget.monthly_usd": "budget: monthly_usd of the account",
    "account.budget.alert_at": "budget: alert_at of the account, with commas between them",
    "account.budget.notify": "budget: notify of the account, with commas between them",
}
"""What is different in each account that gets the baseline."""
NAMES = {**_ORGANIZATION, "accounts.NAME.id": "the id of the account whose file is NAME.yaml", **ACCOUNT}
"""What values may refer to, and what it stands for."""


def references(text: str) -> tuple[str, ...]:
    """The names that stand between braces, in their order; all else between braces is text."""
    return tuple(_REFERENCE.findall(text))


def _account_in(reference: str) -> str | None:
    """The stem in ``accounts.STEM.id``; ``None`` where the reference is of another kind."""
    found = re.fullmatch(r"accounts\.(.+)\.id", reference)
    return found[1] if found else None


def fault(reference: str, organization: Organization) -> tuple[str, str]:
    """What is wrong with a reference, and the way out; empty texts where it can be filled in."""
    stem = _account_in(reference)
    if stem is not None:
        declared = organization.accounts.get(stem)
        if declared is None:
            return f"{{{reference}}}: no account file has the name {stem}", "correct it, or write the account's file"
        if declared.state == "closed":
            return f"{{{reference}}}: the account {stem} is closed", "refer to another one"
        return "", ""
    if reference in ACCOUNT:
        return "", ""
    if reference not in _ORGANIZATION:
        return f"{{{reference}}} is not known here", f"braces around a name refer to one of {', '.join(NAMES)}"
    if reference == "organization.home_region" and organization.home_region is None:
        return f"{{{reference}}}: organization.yaml names no home_region", "write it there"
    if reference == "organization.regions" and not organization.regions:
        return f"{{{reference}}}: organization.yaml names no regions", "write them there"
    return "", ""


def accounts_in(*texts: str) -> frozenset[Address]:
    """The accounts whose ids these values hold."""
    found = (_account_in(reference) for text in texts for reference in references(text))
    return frozenset(account(stem) for stem in found if stem is not None)


def is_personal(value: object) -> bool:
    """Whether a value refers to the account that it is for."""
    return isinstance(value, str) and any(reference in ACCOUNT for reference in references(value))


def from_files(text: str, organization: Organization, facts: Mapping[str, str] = MappingProxyType({})) -> str:
    """The text with all references filled in that the files and these facts of an account answer; the others stay."""
    known = {
        **facts,
        "organization.instance": organization.instance,
        "organization.home_region": organization.home_region,
        "organization.regions": ",".join(organization.regions),
    }
    return _REFERENCE.sub(lambda match: known.get(match[1]) or match[0], text)


def filled(text: str, identity: Identity, id_of: Callable[[Address], str | None]) -> str | None:
    """The text with what is left filled in; ``None`` where an account in it does not exist yet."""
    known = {
        "organization.id": identity.organization,
        "organization.management_account_id": identity.management_account,
        "organization.root_id": identity.root,
    }
    values = []
    for reference in references(text):
        stem = _account_in(reference)
        value = known.get(reference) if stem is None else id_of(account(stem))
        if value is None:
            return None
        values.append(value)
    return _REFERENCE.sub(lambda _: values.pop(0), text)
