"""The log events of this package: a closed list, so that people and machines can count on it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class Event(StrEnum):
    """What the log can say about talking to AWS."""

    CALL = "aws.call"
    """A request was answered: ``operation``, ``attempt``, ``seconds``, ``request_id``, ``code`` on refusal."""
    PACED = "aws.paced"
    """A request waited ``seconds`` for its turn, so that AWS need not refuse it."""
    RETRY = "aws.retry"
    """AWS said "later" (``code``); the request is made again in ``seconds``."""
    LOST = "aws.lost"
    """A request that must not be repeated got no answer: nobody knows yet whether it was carried out."""
    ONE_BY_ONE = "aws.one_by_one"
    """Something that is read in bulk elsewhere is read one by one here: ``what``, ``why``."""
    GAP = "aws.gap"
    """Something could not be read: ``kind``, ``reason``."""
    READ = "aws.read"
    """The organization was read: ``seconds`` and how many of each thing."""


_QUIET = frozenset({Event.CALL, Event.PACED})


def emit(event: Event, **fields: Any) -> None:
    """Write an event to the log: requests at debug level, what slows or narrows a run at info level."""
    import structlog

    log = structlog.get_logger("factory.aws")
    (log.debug if event in _QUIET else log.info)(event.value, **fields)
