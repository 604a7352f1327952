"""What a plan does to what principals may do: the losses and gains that follow from its changes to policies."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from factory.core.address import Address


class Direction(StrEnum):
    """Whether something is taken away or given."""

    LOSS = "loss"
    GAIN = "gain"


@dataclass(frozen=True, order=True, slots=True)
class Bound:
    """Where it holds, in one respect: a context key, ``principal`` or ``resource``, and its values.

    ``outside`` says: wherever it is none of these. An absent key is the value ``(absent)``.
    """

    of: str
    values: tuple[str, ...]
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Shift:
    """Something that principals of these accounts, or callers of their resources, can no longer or newly do.

    ``policy_type`` says which: service control policies bind principals, resource control policies resources.
    ``actions`` are patterns, ``but`` those among them for which it does not hold, ``bounds`` hold all at once.
    ``conditional_on`` are context keys on which it depends as well. ``sentence`` says all of it in words.
    """

    direction: Direction
    policy_type: str
    accounts: tuple[Address, ...]
    sentence: str
    actions: tuple[str, ...]
    but: tuple[str, ...] = ()
    bounds: tuple[Bound, ...] = ()
    conditional_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rights:
    """All losses and gains of a plan, and for how many existing accounts the policies in force change at all."""

    accounts: int = 0
    shifts: tuple[Shift, ...] = ()

    def of(self, direction: Direction) -> tuple[Shift, ...]:
        """The losses, or the gains."""
        return tuple(shift for shift in self.shifts if shift.direction is direction)
