"""How much room policies take on the nodes of the organization, beside what AWS lets them take."""

from __future__ import annotations

from dataclasses import dataclass

from factory.core.address import Address


@dataclass(frozen=True, slots=True)
class Room:
    """The policies of one type on one node: how many there are, AWS's own among them, and how many there may be.

    ``size`` is what all but AWS's own take together, in characters as minified; ``largest`` names the largest of them
    and its size, and ``most`` is what AWS takes for one.
    """

    node: Address
    type: str
    used: int
    limit: int | None
    size: int
    largest: tuple[str, int] | None = None
    most: int | None = None

    @property
    def left(self) -> int | None:
        """How many more there may be, where AWS's limit is known."""
        return None if self.limit is None else max(0, self.limit - self.used)
