"""What an operation sees when it answers one call: the state, the time, the caller, the limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from factory.core.limits import Limits
from factory.sandbox import ids
from factory.sandbox.refused import Refused
from factory.sandbox.state import Account, Organization, State, Unit

Request = Mapping[str, Any]
Response = dict[str, Any]


@dataclass(frozen=True)
class Timing:
    """How long AWS takes, in simulated seconds: shortest and longest; drawn from the seed in between.

    ``latency`` is what every call takes until AWS looks at it.
    """

    creation: tuple[float, float] = (20.0, 60.0)
    closure: tuple[float, float] = (30.0, 90.0)
    stack: tuple[float, float] = (40.0, 80.0)
    latency: float = 0.0


@dataclass(frozen=True)
class Paging:
    """``size``: items a page at most; one page in ``empty_every`` is empty with more to come (0: none)."""

    size: int = 20
    empty_every: int = 16


@dataclass(frozen=True)
class World:
    """The simulated AWS as one call meets it. ``cache`` may hold sorted ids between pages of one listing.

    ``creation_fails``: the reason that a creation asked for now is to end with.
    """

    state: State
    now: float
    caller: str
    region: str
    limits: Limits
    timing: Timing = field(default_factory=Timing)
    paging: Paging = field(default_factory=Paging)
    cache: dict[str, list[str]] = field(default_factory=dict)
    creation_fails: str | None = None

    @property
    def organization(self) -> Organization:
        """The organization. Refuses where there is none."""
        if self.state.organization is None:
            raise Refused("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
        return self.state.organization

    def new_id(self, prefix: str, length: int) -> str:
        """A fresh id such as ``car-...``."""
        self.state.issued += 1
        return prefix + ids.token(self.state.seed, prefix, self.state.issued, length)

    def new_account_number(self) -> str:
        """A fresh twelve-digit account id."""
        while True:
            self.state.issued += 1
            number = ids.account_number(self.state.seed, self.state.issued)
            if number not in self.state.accounts:
                return number

    def duration(self, span: tuple[float, float], *what: object) -> float:
        """Simulated seconds within the span, from the seed."""
        return span[0] + (span[1] - span[0]) * ids.fraction(self.state.seed, *what)

    def arn(self, kind: str, *path: str) -> str:
        """The ARN of something in the organization."""
        organization = self.organization
        return ids.organizations_arn(organization.management_account_id, kind, organization.id, *path)

    def is_parent(self, node_id: str) -> bool:
        """A root or a unit."""
        return node_id == self.organization.root_id or node_id in self.state.units

    def nodes(self) -> Iterator[str]:
        """Ids of everything a policy can be attached to."""
        yield self.organization.root_id
        yield from self.state.units
        yield from self.state.accounts

    def node(self, node_id: str) -> Unit | Account | None:
        """The unit or account with this id."""
        return self.state.units.get(node_id) or self.state.accounts.get(node_id)

    def node_type(self, node_id: str) -> str | None:
        """``ROOT``, ``ORGANIZATIONAL_UNIT`` or ``ACCOUNT``; ``None`` where nothing has this id."""
        if node_id == self.organization.root_id:
            return "ROOT"
        if node_id in self.state.units:
            return "ORGANIZATIONAL_UNIT"
        return "ACCOUNT" if node_id in self.state.accounts else None

    def node_arn(self, node_id: str) -> str:
        """The ARN of a root, unit or account."""
        kinds = {"ROOT": "root", "ORGANIZATIONAL_UNIT": "ou", "ACCOUNT": "account"}
        return self.arn(kinds[self.node_type(node_id) or ""], node_id)

    def lineage(self, node_id: str) -> list[str]:
        """Ids from the root down to this node, both included."""
        chain: list[str] = []
        while (node := self.node(node_id)) is not None:
            chain.append(node_id)
            node_id = node.parent_id
        return [self.organization.root_id, *reversed(chain)]

    def path(self, node_id: str) -> str:
        """AWS's path of a unit or account: ``o-.../r-.../ou-.../ID/``."""
        return "/".join((self.organization.id, *self.lineage(node_id))) + "/"
