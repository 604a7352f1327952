"""Resources, wanted or existing, and the snapshot of what exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from factory.core.address import Address

Value = str | int | bool | None
"""Attributes are flat and canonical: a tag is ``tags.KEY``, a policy document its minified JSON."""

TAGS = "tags."
OWNER_TAG = "factory:managed"
ADDRESS_TAG = "factory:address"


@dataclass(frozen=True, order=True, slots=True)
class Source:
    """Where a person wrote something; ``file`` is relative to the repository; lines, columns from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing that is wanted or that exists.

    ``attrs`` is what the diff compares, and only the keys that are wanted are compared: what the files do
    not mention stays as it is. ``needs`` must exist before this and outlive it. ``part_of`` names the thing
    that takes this along when it is deleted (an attachment goes with its unit). ``owned`` says whether an
    existing thing is ours (it carries this instance's tag); ``owner`` is another instance's name where it
    carries theirs. ``label`` is a name for people where the address is not one. ``confirmed`` is a person's word,
    written in the files, that this is meant: an account that is really new, an access that is given back.
    ``counted`` is false for what AWS itself puts there, which says nothing about how much of ours a plan changes.
    """

    address: Address
    attrs: Mapping[str, Value] = field(default_factory=dict)
    needs: frozenset[Address] = frozenset()
    part_of: Address | None = None
    id: str | None = None
    owned: bool = True
    owner: str | None = None
    source: Source | None = None
    label: str = ""
    confirmed: bool = False
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that could not be read: what is incomplete and why."""

    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Which organization this is and who asks."""

    organization: str
    management_account: str
    root: str
    caller: str = ""


@dataclass(frozen=True)
class Snapshot:
    """Everything read from AWS in one run.

    ``resources`` holds every existing thing under its address, whether declared or not; ``health`` the
    account states other than ``ACTIVE``; ``gaps`` the kinds that could not be read whole.
    """

    identity: Identity
    resources: Mapping[Address, Resource]
    gaps: tuple[Gap, ...] = ()
    health: Mapping[Address, str] = field(default_factory=dict)

    def gap(self, kind: str) -> Gap | None:
        """The first gap of this kind, if it could not be read whole."""
        return next((gap for gap in self.gaps if gap.kind == kind), None)

    def book(self) -> dict[Address, str]:
        """Address -> AWS id of all that exists."""
        return {a: r.id for a, r in self.resources.items() if r.id is not None}
