"""Which policies guard each account before a plan and after it.

An account is guarded by what is attached to the root, to every unit above it, and to itself. Accounts whose guards are
the same, before and after, share one comparison.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from factory.core.address import ROOT, Address, ancestry, policy_type
from factory.core.documents import canonical
from factory.core.guard import Case
from factory.core.policy_types import RCP, SCP
from factory.core.resource import Resource
from factory.guardrails.levels import Level, Policy
from factory.guardrails.pieces import Allows, Content, Piece, pieces
from factory.guardrails.reach import Resources, Side

GONE = frozenset({"CLOSED", "SUSPENDED", "PENDING_CLOSURE"})
_ACCOUNT_ID = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")


@dataclass(frozen=True)
class Guard:
    """What the policies of one type say to an account, whatever their names and wherever above it they are.

    ``denies``: all that any of them denies, at whichever level. ``allows``: for each level that does not allow
    everything, what it allows. ``path`` is where the account is, where a statement asks (``aws:PrincipalOrgPaths``).
    """

    denies: frozenset[Piece] = frozenset()
    allows: Allows = frozenset()
    unread: frozenset[str] = frozenset()
    path: str = ""

    @property
    def pieces(self) -> frozenset[Piece]:
        """All statements."""
        return self.denies.union(*self.allows)


@dataclass(frozen=True)
class Pair:
    """An account's guard of one type before and after. ``account`` is its id, where a policy names that."""

    policy_type: str
    before: Guard
    after: Guard
    account: str = ""


@dataclass
class Tree:
    """One moment: which policies sit where, and what they say."""

    case: Case
    resources: Resources
    side: Side = field(init=False)
    _names: dict[tuple[Address, str], frozenset[tuple[str, str | None]]] = field(default_factory=dict)
    _contents: dict[tuple[Address, str], Content] = field(default_factory=dict)
    _guards: dict[tuple[tuple[Content, ...], str], Guard] = field(default_factory=dict)
    _by_account: dict[tuple[Address, str], Guard] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.side = Side.of(self.resources)

    def nodes(self, account: Resource) -> tuple[Address, ...]:
        """The chain from the root down to the account."""
        return (*_ancestry(str(account.attrs["parent"])), account.address)

    def attached(self, account: Resource, kind: str) -> tuple[frozenset[tuple[str, str | None]], ...]:
        """The names and texts of the policies of one type at each level of an account's chain."""
        if policy_type(kind) not in self.resources:
            return ()
        return tuple(self._attached(node, kind) for node in self.nodes(account))

    def guard(self, account: Resource, kind: str) -> Guard:
        """What the policies of one type say to an account; nothing where the type is not enabled."""
        known = self._by_account.get((account.address, kind))
        if known is None:
            known = self._by_account[account.address, kind] = self._guard(account, kind)
        return known

    def _guard(self, account: Resource, kind: str) -> Guard:
        if policy_type(kind) not in self.resources:
            return Guard()
        contents = tuple(self._content(node, kind) for node in self.nodes(account))
        key = contents, self.path(account) if any(content.by_org_paths for content in contents) else ""
        found = self._guards.get(key)
        if found is None:
            found = self._guards[key] = guard(contents, kind, key[1])
        return found

    def levels(self, account: Resource, kind: str) -> tuple[Level, ...]:
        """The account's chain of one type as the judge takes it; none where the type is not enabled."""
        if policy_type(kind) not in self.resources:
            return ()
        return tuple(Level(str(node), self._policies(node, kind)) for node in self.nodes(account))

    def path(self, account: Resource) -> str:
        """Where the account is, as ``aws:PrincipalOrgPaths`` has it; a unit that is not there yet has no id."""
        identity = self.case.snapshot.identity
        ids = [identity.root if node == ROOT else self._id(node) for node in self.nodes(account)[:-1]]
        return "/".join((identity.organization, *ids)) + "/"

    def _attached(self, node: Address, kind: str) -> frozenset[tuple[str, str | None]]:
        found = self._names.get((node, kind))
        if found is None:
            found = frozenset((policy.name, self._text(policy)) for policy in self.side.attached(node, kind))
            self._names[node, kind] = found
        return found

    def _id(self, node: Address) -> str:
        found = self.case.snapshot.resources.get(node)
        return found.id if found is not None and found.id else f"new:{node.name}"

    def _text(self, policy: Address) -> str | None:
        found = self.side.policies.get(policy)
        content = found.attrs["content"] if found else None
        return None if content is None else str(content)

    def _content(self, node: Address, kind: str) -> Content:
        found = self._contents.get((node, kind))
        if found is None:
            texts = dict(self._attached(node, kind))
            found = self._contents[node, kind] = together(texts)
        return found

    def _policies(self, node: Address, kind: str) -> tuple[Policy, ...]:
        found = [(name, text) for name, text in self._attached(node, kind) if text is not None]
        return tuple(_policy(name, text) for name, text in sorted(found))


def together(texts: Mapping[str, str | None]) -> Content:
    """What the policies of one type on one node say together, by their names."""
    parts = [pieces(text) for text in texts.values() if text is not None]
    unread = frozenset(name for name, text in texts.items() if text is None)
    return Content(
        frozenset[Piece]().union(*(part.denies for part in parts)),
        frozenset[Piece]().union(*(part.allows for part in parts)),
        bool(unread) or any(part.everything for part in parts),
        unread,
    )


def guard(contents: Iterable[Content], kind: str, path: str = "") -> Guard:
    """What the levels of a chain say to an account: RCPs only deny, and SCPs must allow at each level."""
    contents = tuple(contents)
    return Guard(
        frozenset[Piece]().union(*(content.denies for content in contents)),
        frozenset(content.allows for content in contents if kind == SCP and not content.everything),
        frozenset[str]().union(*(content.unread for content in contents)),
        path,
    )


@lru_cache(maxsize=4096)
def _policy(name: str, text: str) -> Policy:
    try:
        document = json.loads(text)
    except ValueError:
        document = {}
    return Policy(name, document if isinstance(document, dict) else {})


@lru_cache(maxsize=4096)
def _ancestry(place: str) -> tuple[Address, ...]:
    return ancestry(Address.parse(place))


@dataclass(frozen=True)
class Chains:
    """The accounts that policies bind, before and after."""

    before: Tree
    after: Tree

    @classmethod
    def of(cls, case: Case) -> Chains:
        """The two moments of a plan."""
        return cls(Tree(case, case.snapshot.resources), Tree(case, case.outcome()))

    def kept(self) -> Iterator[tuple[Resource, Resource]]:
        """The existing accounts, before and after. What is new has no before, what is closed no principals."""
        for address, will in self.after.resources.items():
            have = self.before.resources.get(address)
            if have is not None and self._bound(address, will):
                yield have, will

    def new(self) -> Iterator[Resource]:
        """The accounts that the plan creates."""
        for address, will in self.after.resources.items():
            if address not in self.before.resources and self._bound(address, will):
                yield will

    def _bound(self, address: Address, account: Resource) -> bool:
        snapshot = self.before.case.snapshot
        if address.kind != "account" or "parent" not in account.attrs:
            return False
        have = snapshot.resources.get(address)
        management = have is not None and have.id == snapshot.identity.management_account
        return not management and snapshot.health.get(address) not in GONE

    def pairs(self) -> tuple[dict[Pair, list[Address]], int]:
        """The accounts whose guard reads otherwise, by how; and of how many the attached policies change at all."""
        named = self.named()
        found: dict[Pair, list[Address]] = {}
        changed = 0
        for have, will in self.kept():
            differs = False
            for kind in (SCP, RCP):
                before, after = self.before.guard(have, kind), self.after.guard(will, kind)
                differs = differs or self.before.attached(have, kind) != self.after.attached(will, kind)
                if before != after:
                    number = str(have.id) if have.id in named else ""
                    found.setdefault(Pair(kind, before, after, number), []).append(will.address)
            changed += differs
        return found, changed

    def named(self) -> frozenset[str]:
        """The ids of accounts that some policy names."""
        return frozenset(_ids([*self._texts(self.before), *self._texts(self.after)]))

    def _texts(self, tree: Tree) -> Iterator[str]:
        return (str(policy.attrs["content"]) for policy in tree.side.policies.values())


def _ids(found: Iterable[str]) -> Iterator[str]:
    for text in found:
        yield from _ACCOUNT_ID.findall(text)


FULL = Policy(
    "FullAWSAccess",
    json.loads(canonical({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})),
)
