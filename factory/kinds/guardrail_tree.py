"""The tree of guardrails as the files have it, without AWS."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from factory.core.address import node
from factory.guardrails.tree import ORGANIZATION_ID, Held, Member, Tree, account_ids
from factory.kinds.attachment_sections import FULL_ACCESS_SECTION, GUARDRAILS
from factory.kinds.guardrail_files import guardrails, wanted_types

if TYPE_CHECKING:
    from factory.spec import Organization, Place


def tree_of(organization: Organization) -> Tree:
    """The declared nodes with what each names, and the accounts that are not to be closed.

    A policy type is taken as on if the files call for it, and FullAWSAccess as attached unless they take it off. Names
    of guardrails that there are not are left out: they are a problem of the files already. No account is taken for the
    management account, which no file names.
    """
    files = guardrails(organization)
    open_accounts = [each for each in organization.accounts.values() if each.state != "closed"]
    places: Iterable[Place] = (organization.root, *organization.units.values(), *open_accounts)
    ids = account_ids({each.name: each.id for each in organization.accounts.values()})
    types = wanted_types(organization)
    held, bare = {}, set()
    for place in places:
        names = dict.fromkeys(name for name in GUARDRAILS.of(place) if name in files)
        held[place.address] = tuple(Held(name, files[name][1].type, files[name][1].content) for name in names)
        if FULL_ACCESS_SECTION.of(place) is False:
            bare.add(place.address)
    return Tree(
        organization_id=organization.id or ORGANIZATION_ID,
        held=held,
        members={each.name: Member(each.name, ids[each.name], node(each.ou)) for each in open_accounts},
        types=frozenset(types),
        without_full_access=frozenset(bare),
    )


def is_whole(organization: Organization) -> bool:
    """Whether the tree holds all that the files mean: no guardrail is missing from it because its file is broken."""
    files = guardrails(organization)
    names = organization.file_names.get("guardrail", frozenset())
    places: Iterable[Place] = (organization.root, *organization.units.values(), *organization.accounts.values())
    named = {name for place in places for name in GUARDRAILS.of(place)}
    return "guardrail" not in organization.unlisted and names <= files.keys() and named <= files.keys()
