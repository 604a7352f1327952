"""The gate in front of AWS: the lock is kept, and no change goes out that the journal does not know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from factory.aws.context import subject
from factory.aws.gate import CLOSED, Attempt

if TYPE_CHECKING:
    from factory.aws.session import Aws
    from factory.engine.journal import Journal
    from factory.engine.locking import Lock


@dataclass(frozen=True)
class Gate:
    """Keeps the lock with every request; with a ``journal``, lets changes pass and notes them."""

    lock: Lock | None = None
    journal: Journal | None = None

    def request(self, *, changing: bool) -> None:
        """Keep the lock, and before a change make sure that it is still ours. Raises ``LockedOut``."""
        if self.lock is not None:
            (self.lock.require if changing else self.lock.keep)()

    def intend(self, operation: str, parameters: Mapping[str, Any]) -> Attempt:
        """Write the intent down. Raises ``JournalBroken`` and ``LockedOut``; outside of apply it always refuses."""
        if self.journal is None:
            return CLOSED.intend(operation, parameters)
        self.request(changing=True)
        return self.journal.intend(operation, parameters, subject())


@contextmanager
def gated(aws: Aws, lock: Lock | None = None, journal: Journal | None = None) -> Iterator[None]:
    """Put a gate in front of everything that is asked of AWS inside."""
    before, aws.calls.gate = aws.calls.gate, Gate(lock, journal)
    try:
        yield
    finally:
        aws.calls.gate = before
