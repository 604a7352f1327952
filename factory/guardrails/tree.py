"""The tree of an organization as the judge needs it: who is where, which policies are attached where.

What is not known before AWS says it has a stand-in: the ids of AWS's documentation for the organization and its root,
and numbers made of names for units and accounts. They are the same in every run, and no verdict hangs on which numbers
they are, unless a policy names an id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from factory.core.address import ROOT, Address, account, ancestry
from factory.core.policy_types import FULL_ACCESS, SCP
from factory.guardrails.levels import Level, Policy

ORGANIZATION_ID = "o-exampleorgid"
ROOT_ID = "r-examplerootid111"
MEMBER_ID = "111122223333"
"""The account of AWS's own examples: stands for any member account where a guardrail is judged alone."""

_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
FULL = Policy(FULL_ACCESS, _EVERYTHING)
"""AWS's own FullAWSAccess."""


@dataclass(frozen=True)
class Held:
    """A policy that is attached to a node: its name, type and document."""

    name: str
    type: str
    document: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True)
class Member:
    """A member account: its name, its id or what stands for that, and the root or unit that it is in."""

    name: str
    id: str
    parent: Address = ROOT

    @cached_property
    def chain(self) -> tuple[Address, ...]:
        """The nodes from the root down to the account."""
        return (*ancestry(self.parent), account(self.name))


MADE_UP = Member("member", MEMBER_ID)
"""The account on which a guardrail is judged alone."""


@dataclass(frozen=True)
class Tree:
    """The nodes with what is attached to each, and the member accounts by name.

    ``types`` are the policy types that are on; a policy of another type binds nobody. FullAWSAccess is not among the
    policies of ``held``; it is on every node but those in ``without_full_access``.
    """

    organization_id: str = ORGANIZATION_ID
    held: Mapping[Address, tuple[Held, ...]] = field(default_factory=dict)
    members: Mapping[str, Member] = field(default_factory=dict)
    types: Collection[str] = ()
    without_full_access: Collection[Address] = ()

    @cached_property
    def _levels(self) -> dict[tuple[Address, str], Level]:
        return {}

    def level(self, node: Address, policy_type: str) -> Level:
        """A node with its SCPs or RCPs; RCPFullAWSAccess is left out, for it changes no verdict."""
        found = self._levels.get((node, policy_type))
        if found is None:
            held = self._held(node, policy_type)
            policies = [Policy(each.name, each.document) for each in held]
            if policy_type == SCP and node not in self.without_full_access:
                policies.insert(0, FULL)
            found = self._levels[node, policy_type] = Level(str(node), tuple(policies))
        return found

    def levels(self, member: Member, policy_type: str) -> tuple[Level, ...]:
        """The chain of an account with its SCPs or RCPs; empty where that policy type is not on."""
        if policy_type not in self.types:
            return ()
        found = self._chains.get((member, policy_type))
        if found is None:
            found = tuple(self.level(node, policy_type) for node in member.chain)
            self._chains[member, policy_type] = found
        return found

    @cached_property
    def _chains(self) -> dict[tuple[Member, str], tuple[Level, ...]]:
        return {}

    def documents(
        self, member: Member, policy_type: str
    ) -> tuple[tuple[str, tuple[tuple[str, Mapping[str, Any]], ...]], ...]:
        """The chain of an account with its management policies of one type, ready to fold."""
        return tuple(
            (str(node), tuple((each.name, each.document) for each in self._held(node, policy_type)))
            for node in member.chain
        )

    def _held(self, node: Address, policy_type: str) -> list[Held]:
        return [each for each in self.held.get(node, ()) if each.type == policy_type]

    def path(self, member: Member) -> str:
        """What ``aws:PrincipalOrgPaths`` has for the account: the ids on the way to it."""
        found = self._paths.get(member)
        if found is None:
            units = [unit_id(node) for node in member.chain if node.kind == "ou"]
            found = self._paths[member] = "/".join([self.organization_id, ROOT_ID, *units, ""])
        return found

    @cached_property
    def _paths(self) -> dict[Member, str]:
        return {}

    def of_id(self, number: str) -> Member | None:
        """The member account with this id."""
        return self._by_id.get(number)

    @cached_property
    def _by_id(self) -> dict[str, Member]:
        return {member.id: member for member in self.members.values()}


@lru_cache(maxsize=4096)
def unit_id(node: Address) -> str:
    """What stands for the id of a unit."""
    return f"ou-{ROOT_ID.removeprefix('r-')}-{_digest(str(node))[:8]}"


def account_ids(names: Mapping[str, str | None]) -> dict[str, str]:
    """The id of each account: the known one, else twelve digits made of the name that no other account has."""
    taken = {number for number in names.values() if number} | {MEMBER_ID}
    found: dict[str, str] = {}
    for name in sorted(names):
        found[name] = names[name] or _free(name, taken)
        taken.add(found[name])
    return found


def _free(name: str, taken: Collection[str]) -> str:
    value = int(_digest(name), 16)
    while f"{value % 10**12:012d}" in taken:
        value += 1
    return f"{value % 10**12:012d}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
