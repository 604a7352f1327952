"""What the files declare, validated: the organization, its units and its accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from factory.core import address
from factory.core.address import Address
from factory.core.guard import Thresholds
from factory.core.resource import Source
from factory.spec.node import Node, Step, nowhere


@dataclass(frozen=True, kw_only=True)
class Place:
    """The root, a unit or an account that the files declare, with the values of the kinds' sections."""

    address: Address
    sections: Mapping[str, Any] = field(default_factory=dict)
    node: Node = field(default_factory=nowhere, repr=False, compare=False)

    def where(self, *path: Step) -> Source:
        """Where that key or list item of this place is written, or the nearest thing around it."""
        return self.node.where(*path)


@dataclass(frozen=True, kw_only=True)
class Unit(Place):
    """An organizational unit. ``tags`` go to the accounts below it, ``ou_tags`` to the unit itself.

    ``was`` is the full path it had before. A unit that is only named as part of a deeper path is declared by
    that path and carries no values of its own.
    """

    path: str
    was: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    ou_tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Account(Place):
    """An account; ``name`` is its file's stem.

    ``ou`` is the full path of its unit, or ``root``. ``email`` and ``tags`` are resolved: defaults and units
    are already in them. ``display_name`` is the name in AWS. ``new`` says that the account is really new, not
    a renamed file.
    """

    name: str
    ou: str
    email: str
    display_name: str
    owner: str | None = None
    description: str | None = None
    id: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    was: str | None = None
    new: bool = False
    state: str = "active"
    closed_reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class FileEntry:
    """One file of a ``FileKind``: its name and its validated content.

    ``texts``: what stands in the companions of a file that has a folder of its own, by their paths.
    """

    name: str
    model: BaseModel
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    node: Node = field(default_factory=nowhere, repr=False, compare=False)

    def where(self, *path: Step) -> Source:
        """Where that key or list item is written; for what ``file:`` brought in, the place in that file."""
        return self.node.where(*path)


@dataclass(frozen=True, kw_only=True)
class LockPlace:
    """The object in S3 that the run which applies holds; without ``region``, that of the credentials counts."""

    bucket: str
    key: str
    region: str | None = None

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True, kw_only=True)
class Organization:
    """Everything the files say, checked.

    ``defaults`` holds what kinds' sections say for every account without a value of its own or of a node above it.
    ``units`` are by path, parents before children; ``accounts`` by stem; ``files`` by kind of file, then by
    stem. ``lock`` is where runs lock each other out, beside the lock of the checkout; ``template_bucket`` the S3
    bucket for templates that are too large for a request. ``limits`` are the overrides of the limits table.
    Everything is sorted by name.

    ``guardrail_parameters`` are values for every guardrail that has a parameter of that name. ``memo`` is for what is
    worked out from all this once.

    Checks also see an organization whose files have problems. Then ``files`` lacks those that cannot be used,
    ``file_names`` has the stems of all, and ``unlisted`` the kinds of files whose folder could not be read.
    """

    id: str | None = None
    instance: str = "main"
    home_region: str | None = None
    regions: tuple[str, ...] = ()
    template_bucket: str | None = None
    policy_types: tuple[str, ...] | None = None
    guardrail_parameters: Mapping[str, Any] = field(default_factory=dict)
    safety: Thresholds = field(default_factory=Thresholds)
    lock: LockPlace | None = None
    defaults: Place = field(default_factory=lambda: Place(address=address.ROOT))
    root: Place = field(default_factory=lambda: Place(address=address.ROOT))
    units: Mapping[str, Unit] = field(default_factory=dict)
    accounts: Mapping[str, Account] = field(default_factory=dict)
    files: Mapping[str, Mapping[str, FileEntry]] = field(default_factory=dict)
    file_names: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unlisted: frozenset[str] = frozenset()
    limits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    node: Node = field(default_factory=nowhere, repr=False, compare=False)
    memo: dict[str, Any] = field(init=False, default_factory=dict, repr=False, compare=False)

    def where(self, *path: Step) -> Source:
        """Where that key or list item is written in ``organization.yaml``, or the nearest thing around it."""
        return self.node.where(*path)

    def chain(self, ou: str) -> tuple[Place, ...]:
        """The root, then every declared unit from the top down to the one at this path."""
        above = address.ancestry(address.node(ou))
        return tuple(place for step in above if (place := self.place(step)) is not None)

    def place(self, where: Address) -> Place | None:
        """The declared root, unit or account with this address."""
        if where == address.ROOT:
            return self.root
        if where.kind == "ou":
            return self.units.get(where.name)
        return self.accounts.get(where.name) if where.kind == "account" else None
