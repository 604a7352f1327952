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
    ROLLING_OUT = "rollout.progress"
    """How far CloudFormation has come with a baseline (``address``): ``done``, ``failed``, ``to_go`` stacks in the
    operations that the run waits for, ``elapsed_seconds`` since the first of its changes was begun."""
    LOCK_TAKEN = "lock.taken"
    """This run holds the lock: ``place``, ``token``."""
    LOCK_TAKEN_OVER = "lock.taken_over"
    """It held on to the end of its lease by another run, or is broken: whose it was (``owner``, ``run``), ``age``."""
    LOCK_NOT_RENEWED = "lock.not_renewed"
    """A renewal failed and is tried again: ``error``, and the seconds that are ``left`` of the lease."""
    LOCK_LOST = "lock.lost"
    """The lock is not this run's any more: ``why``."""
    LOCK_FREED = "lock.freed"
    """This run has let go of the lock: ``place``, ``token``."""
    LOCK_NOT_FREED = "lock.not_freed"
    """It could not: ``error``. Its lease runs out by itself."""
    JOURNAL_BROKEN = "journal.broken"
    """The journal is not as it was written: ``path``. What is noted from now on can be relied on."""


_WARNINGS = frozenset(
    {
        LogEvent.JOURNAL_BROKEN,
        LogEvent.LOCK_TAKEN_OVER,
        LogEvent.LOCK_NOT_RENEWED,
        LogEvent.LOCK_LOST,
        LogEvent.LOCK_NOT_FREED,
    }
)


def emit(event: LogEvent, **fields: Any) -> None:
    """Write an event to the log: steps at info level, what a person should look into as a warning."""
    # structlog is slow to import, and commands without AWS never log.
    import structlog

    log = structlog.get_logger("factory.engine")
    (log.warning if event in _WARNINGS else log.info)(event.value, **fields)
