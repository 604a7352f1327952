"""A plan as it is kept in a file: what it would do and what it rests on, with nothing in it that may not be posted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from factory.core import emails
from factory.core.address import Address
from factory.core.change import Action, Plan
from factory.core.guard import Consent
from factory.core.resource import Resource, Value

SEALED = "sealed:"
"""How a value begins that can be compared and not read."""


@dataclass(frozen=True, slots=True)
class State:
    """What a thing is at one moment, with sealed values: attributes, AWS's id, and whether it is ours."""

    attrs: Mapping[str, Value]
    id: str | None = None
    owned: bool = True


@dataclass(frozen=True, slots=True)
class SavedChange:
    """One change of a saved plan. ``before`` is absent on creation, ``after`` on deletion.

    ``releases`` are the things that a deletion lets go of, as in ``Change``.
    """

    address: Address
    action: Action
    verb: str
    before: State | None
    after: State | None
    releases: frozenset[Address] = frozenset()


@dataclass(frozen=True)
class SavedPlan:
    """A plan as saved: its changes in order, and what they need and do not change.

    ``made`` says when, for people; ``consent`` is what was agreed to when it was made; ``digest`` is the plan's.
    Whatever holds an e-mail address is sealed with ``salt``, which is another one in every file.
    """

    organization: str
    instance: str
    sandbox: bool
    made: str
    consent: Consent
    digest: str
    salt: str
    changes: tuple[SavedChange, ...] = ()
    needs: Mapping[Address, State | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seal:
    """Turns what holds an e-mail address into a salted SHA-256 of it, and leaves the rest readable.

    Equal things stay equal under the same salt, so two sealed states can be compared. An address that someone
    already guesses can be tried; it cannot be read.
    """

    salt: str

    def text(self, text: str) -> str:
        """The text, or its seal. What looks like a seal is sealed too, so that nothing can pretend to be one."""
        return self._sealed(text) if emails.present(text) or text.startswith(SEALED) else text

    def value(self, name: str, value: Value) -> Value:
        """The attribute's value, or its seal; e-mail addresses as such without regard to case, as AWS compares them."""
        if not isinstance(value, str):
            return value
        return self._sealed(value.casefold()) if emails.holds_email(name) else self.text(value)

    def address(self, address: Address) -> Address:
        """The address, its name sealed where that holds an e-mail address."""
        name = self.text(address.name)
        return address if name is address.name else Address(address.kind, name)

    def state(self, resource: Resource) -> State:
        """What the resource is, sealed."""
        attrs = {self.text(name): self.value(name, value) for name, value in resource.attrs.items()}
        return State(attrs, resource.id, resource.owned)

    def _sealed(self, text: str) -> str:
        return SEALED + hashlib.sha256(f"{self.salt}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()


def saved(plan: Plan, consent: Consent, *, instance: str, sandbox: bool, made: str, salt: str) -> SavedPlan:
    """The plan as it is kept. ``salt`` is random, and used for nothing else."""
    seal = Seal(salt)

    def state(resource: Resource | None) -> State | None:
        return None if resource is None else seal.state(resource)

    changed = {change.address for change in plan.changes}
    return SavedPlan(
        plan.identity.organization,
        instance,
        sandbox,
        made,
        consent,
        plan.digest,
        salt,
        tuple(
            SavedChange(
                seal.address(change.address),
                change.action,
                change.verb,
                state(change.before),
                state(change.after),
                frozenset(seal.address(address) for address in change.releases),
            )
            for change in plan.changes
        ),
        {seal.address(a): state(r) for a, r in plan.touched.items() if a not in changed},
    )
