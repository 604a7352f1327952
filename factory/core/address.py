"""Addresses: the names by which people, plans and logs speak of things, never AWS ids."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True, slots=True)
class Address:
    """Kind and name, chosen by people: ``account:payments-prod``, ``ou:workloads/prod``.

    The root of the organization is the address ``root`` (kind ``root``, no name).
    """

    kind: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read what ``str`` writes. Raises ``ValueError`` where the kind is missing."""
        kind, _, name = text.partition(":")
        if not kind or (not name and text != "root"):
            raise ValueError(f"not an address: {text!r} (expected KIND:NAME or root)")
        return cls(kind, name)


ROOT = Address("root")
ORGANIZATION = Address("organization", "settings")
STACK_SET_ACCESS = Address("stack-set-access", "organization")


def account(name: str) -> Address:
    """The address of the account whose file has this stem."""
    return Address("account", name)


def unit(path: str) -> Address:
    """The address of the organizational unit at this full path."""
    return Address("ou", path)


def node(path: str) -> Address:
    """The address of the unit at this path; the empty path and ``root`` are the root."""
    return unit(path) if path not in ("", "root") else ROOT


def guardrail(name: str) -> Address:
    """The address of the policy whose file has this stem."""
    return Address("guardrail", name)


def baseline(name: str) -> Address:
    """The address of the stack set that carries the baseline of this name."""
    return Address("baseline", name)


def deployment(of: Address, target: Address) -> Address:
    """The address of a baseline's deployment to the root, a unit or an account."""
    return Address("deployment", f"{of.name}@{target}")


def stack(of: Address, account_name: str) -> Address:
    """The address of the stacks of a baseline in one account."""
    return Address("stack", f"{of.name}@{account_name}")


def stack_parts(address: Address) -> tuple[Address, Address]:
    """The baseline and the account whose stacks have this address."""
    name, _, holder = address.name.rpartition("@")
    return baseline(name), account(holder)


def management_stack(name: str, region: str) -> Address:
    """The address of a baseline's stack in the management account, in one Region."""
    return Address("management-stack", f"{name}@{region}")


def management_stack_parts(address: Address) -> tuple[str, str]:
    """The baseline's name and the Region of the stack with this address."""
    name, _, region = address.name.rpartition("@")
    return name, region


def policy_type(name: str) -> Address:
    """The address of an Organizations policy type, such as ``SERVICE_CONTROL_POLICY``."""
    return Address("policy-type", name)


def attachment(policy: Address, target: Address) -> Address:
    """The address of a policy's attachment to the root, a unit or an account."""
    return Address("attachment", f"{policy.name}@{target}")


def parent(unit_address: Address) -> Address:
    """The unit or root that a unit's path puts it in."""
    return node(unit_address.name.rpartition("/")[0])


def ancestry(place: Address) -> tuple[Address, ...]:
    """The chain from the root down to this unit, both included."""
    if place == ROOT:
        return (ROOT,)
    parts = place.name.split("/")
    return (ROOT, *(unit("/".join(parts[: depth + 1])) for depth in range(len(parts))))
