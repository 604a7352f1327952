"""What every kind of thing brings: one class, one file, found by the registry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from factory.core.address import Address
from factory.core.change import Change, Notice, Refusal, Risk
from factory.core.diff import Desired, Traits
from factory.core.errors import Problem
from factory.core.guard import Case
from factory.core.limits import Limits
from factory.core.resource import Identity, Resource, Snapshot

if TYPE_CHECKING:
    from factory.aws.records import CreationRecord, Reading
    from factory.aws.session import Aws
    from factory.spec import FileKind, Organization, Section


@dataclass
class View:
    """What has been observed so far in one run: kinds read ``reading`` and add what they recognise.

    ``addresses`` maps AWS ids to addresses, so that later kinds can name what earlier ones found.
    """

    reading: Reading
    organization: Organization
    desired: Desired
    resources: dict[Address, Resource] = field(default_factory=dict)
    addresses: dict[str, Address] = field(default_factory=dict)
    health: dict[Address, str] = field(default_factory=dict)

    @property
    def identity(self) -> Identity:
        """Which organization this is and who asks."""
        reading = self.reading
        organization, root = reading.organization, reading.root
        return Identity(organization.id, organization.management_account_id, root.id, reading.caller_arn)

    def id_of(self, address: Address) -> str | None:
        """The AWS id of something that exists; ``None`` where it does not."""
        found = self.resources.get(address)
        return found.id if found else None

    def add(self, resource: Resource) -> None:
        """Record something that exists."""
        self.resources[resource.address] = resource
        if resource.id is not None:
            self.addresses[resource.id] = resource.address


@dataclass(frozen=True)
class Settled:
    """The wanted and the existing once AWS's own doings are taken into account, and what to tell about it."""

    desired: Desired
    snapshot: Snapshot
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for an account that an earlier run made.

    ``at`` is when (epoch seconds), ``name`` the account's name in it, ``creation`` AWS's id of it, where that came.
    """

    at: float
    name: str
    creation: str = ""


class Memory(Protocol):
    """What earlier runs have noted down."""

    def asked(self, email: str) -> Asked | None:
        """The last request for an account with this e-mail that AWS did not refuse."""


class _Blank:
    def asked(self, email: str) -> Asked | None:
        return None


@dataclass
class Site:
    """Where changes are carried out: AWS, which organization it is, and the book of ids that grows.

    ``halted`` tells, by kind, why no more of a kind is begun in this run. ``memory`` is what earlier runs noted,
    ``creations`` what AWS told of requests for accounts before this run made one; ``None`` until it was asked.
    ``template_bucket`` is the S3 bucket for templates that are too large for a request, where there is one.
    """

    aws: Aws
    identity: Identity
    book: MutableMapping[Address, str]
    halted: dict[str, str] = field(default_factory=dict)
    memory: Memory = field(default_factory=_Blank)
    creations: tuple[CreationRecord, ...] | None = None
    template_bucket: str | None = None

    def id(self, address: Address) -> str:
        """The AWS id of something that exists by now. Raises ``KeyError`` where it does not."""
        return self.book[address]


@dataclass(frozen=True, slots=True)
class Done:
    """The change is carried out; ``id`` is the new thing's AWS id, if one came to be; ``note`` is worth telling."""

    id: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an operation on stacks has come: whose they are, its id, and how many are done, failed, to go."""

    of: Address
    operation: str
    done: int
    failed: int
    to_go: int

    def __str__(self) -> str:
        return f"{self.done} stack{'s' * (self.done != 1)} done, {self.failed} failed, {self.to_go} to go"


@dataclass(frozen=True, slots=True)
class Pending:
    """AWS is still at work: what to ask for, and since when (epoch seconds).

    ``progress`` is how far each of the operations has come that it waits for, where AWS tells.
    """

    change: Change
    token: str
    since: float
    waiting_for: str = ""
    progress: tuple[Progress, ...] = ()


Outcome = Done | Pending


class Kind:
    """One kind of thing that the factory owns. Subclasses say what they differ in.

    ``limit`` names the row of the limits table that caps what is in flight, and how often and how long to poll.
    ``begins_together``: changes begin with a first look, all that can be started together, and it is not put off.
    """

    name: ClassVar[str]
    plural: ClassVar[str]
    traits: ClassVar[Traits] = Traits()
    sections: ClassVar[tuple[Section[Any], ...]] = ()
    files: ClassVar[tuple[FileKind, ...]] = ()
    limit: ClassVar[str | None] = None
    begins_together: ClassVar[bool] = False
    reads: ClassVar[frozenset[str]] = frozenset()
    writes: ClassVar[frozenset[str]] = frozenset()

    def check(self, organization: Organization, limits: Limits) -> Iterable[Problem]:
        """Problems in the files that only this kind can see."""
        return ()

    def desired(self, organization: Organization) -> Iterable[Resource]:
        """What the files want."""
        return ()

    def observe(self, view: View) -> None:
        """Add to the view what exists."""

    def settle(self, case: Case) -> Settled:
        """Take out what must not be touched, add what AWS brings along, and say so."""
        return Settled(case.desired, case.snapshot)

    def refuse(self, case: Case) -> Iterable[Refusal]:
        """This kind's own safety rules."""
        return ()

    def risk(self, change: Change) -> Risk:
        """How much a person should look at the change."""
        return Risk.LOW

    def reason(self, change: Change) -> str:
        """Why the change is there, in words."""
        return change.reason

    def effects(self, change: Change) -> tuple[str, ...]:
        """What AWS itself will do because of the change."""
        return ()

    def foresee(self, case: Case) -> Iterable[Change]:
        """The changes, of any kind, of which only the whole case tells more: effects, and what they wait for."""
        return ()

    def start(self, change: Change, site: Site) -> Outcome:
        """Carry the change out, or begin to. Raises ``FactoryError`` where AWS refuses."""
        raise NotImplementedError(f"{self.name} has no changes to carry out")

    def poll(self, pending: Sequence[Pending], site: Site) -> Mapping[Address, Outcome | Exception]:
        """Ask for the outcome of all that is pending of this kind, in as few calls as AWS allows."""
        return {}
