"""What stands between a request and AWS: who may send it now, and what is written down about changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from factory.core.errors import FactoryError


class Attempt(Protocol):
    """A change that was announced and whose outcome is still owed."""

    def answered(self, answer: Mapping[str, Any]) -> None:
        """AWS took the request; ``answer`` is its response, with the request id in ``ResponseMetadata``."""

    def failed(self, error: FactoryError) -> None:
        """AWS refused the request or its answer was lost (an `AwsError`), or the gate let it not go out."""


class Gate(Protocol):
    """Asked before every request, from any thread. Raises ``FactoryError`` where the request must not go out."""

    def request(self, *, changing: bool) -> None:
        """A request is about to be sent, perhaps again; ``changing`` where it may change something."""

    def intend(self, operation: str, parameters: Mapping[str, Any]) -> Attempt:
        """A change is about to be asked for: write that down before it is."""


class Closed:
    """Lets reads pass and no change: what holds outside of apply."""

    def request(self, *, changing: bool) -> None:
        """Reads pass."""

    def intend(self, operation: str, parameters: Mapping[str, Any]) -> Attempt:
        """Refuse: planning only reads."""
        raise FactoryError(f"{operation} was about to be called outside of apply", "report it; nothing was changed")


CLOSED: Gate = Closed()
