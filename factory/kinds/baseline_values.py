"""Values of parameters that refer to the organization and its accounts: ``{organization.id}`` and the like."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from factory.core.address import Address, account

if TYPE_CHECKING:
    from factory.core.resource import Identity
    from factory.spec import Organization

_REFERENCE = re.compile(r"\{([^{}]*)\}")
_ORGANIZATION = {
    "organization.id": "the organization's id",
    "organization.management_account_id": "the management account's id",
    "organization.root_id": "the root's id",
    "organization.instance": "the instance named in organization.yaml",
    "organization.home_region": "home_region in organization.yaml",
    "organization.regions": "regions in organization.yaml, with commas between them",
}
NAMES = {**_ORGANIZATION, "accounts.NAME.id": "the id of the account whose file is NAME.yaml"}
"""What values may refer to, and what it stands for."""


def references(text: str) -> tuple[str, ...]:
    """What stands between braces, in its order."""
    return tuple(_REFERENCE.findall(text))


def account_in(reference: str) -> str | None:
    """The stem in ``accounts.STEM.id``; ``None`` where the reference is of another kind."""
    found = re.fullmatch(r"accounts\.(.+)\.id", reference)
    return found[1] if found else None


def fault(reference: str, organization: Organization) -> tuple[str, str]:
    """What is wrong with a reference, and the way out; empty texts where it can be filled in."""
    stem = account_in(reference)
    if stem is not None:
        declared = organization.accounts.get(stem)
        if declared is None:
            return f"{{{reference}}}: no account file has the name {stem}", "correct it, or write the account's file"
        if declared.state == "closed":
            return f"{{{reference}}}: the account {stem} is closed", "refer to another one"
        return "", ""
    if reference not in _ORGANIZATION:
        return f"{{{reference}}} is not known here", f"choose one of {', '.join(NAMES)}"
    if reference == "organization.home_region" and organization.home_region is None:
        return f"{{{reference}}}: organization.yaml names no home_region", "write it there"
    if reference == "organization.regions" and not organization.regions:
        return f"{{{reference}}}: organization.yaml names no regions", "write them there"
    return "", ""


def accounts_in(text: str) -> frozenset[Address]:
    """The accounts whose ids a value holds."""
    return frozenset(account(stem) for each in references(text) if (stem := account_in(each)) is not None)


def from_files(text: str, organization: Organization) -> str:
    """The text with all references filled in that the files answer; the others stay."""
    known = {
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
        stem = account_in(reference)
        value = known.get(reference) if stem is None else id_of(account(stem))
        if value is None:
            return None
        values.append(value)
    return _REFERENCE.sub(lambda _: values.pop(0), text)
