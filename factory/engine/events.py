"""The log events of the flows: a closed list."""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class LogEvent(StrEnum):
    """What the log can say about a run."""

    PLANNED = "plan.made"
    """A plan was made: ``changes``, ``refusals``, ``digest``."""
    STARTED = "change.started"
    """A change is being carried out; ``address`` and ``verb`` are bound to it and to all that follows from it."""
    FINISHED = "change.finished"
    """What became of it: ``status``, ``seconds``, and ``error`` where there is one."""


def emit(event: LogEvent, **fields: Any) -> None:
    """Write an event to the log."""
    # structlog is slow to import, and commands without AWS never log.
    import structlog

    structlog.get_logger("factory.engine").info(event.value, **fields)
