"""The JSON that is written where a lock is."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

from factory.core.lock import Holder, Record

VERSION = 1
_LONGEST = 500
_TEXTS = ("run", "owner", "host", "command", "link", "commit")
_STATES = {"held": True, "free": False}


def record_body(record: Record) -> bytes:
    """The record as JSON."""
    document = {
        "format_version": VERSION,
        "state": "held" if record.held else "free",
        "token": record.token,
        **{name: getattr(record.holder, name) for name in _TEXTS},
        "process": record.holder.process,
        "since": record.since,
        "renewed": record.renewed,
        "lease_seconds": record.lease,
        "renewal_seconds": record.renewal,
        "nonce": record.nonce,
        "renewals": record.renewals,
    }
    return (json.dumps(document, indent=2) + "\n").encode()


def read_record(body: bytes) -> Record:
    """The record in this JSON. Raises ``ValueError`` with words where it is none that this version understands."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    if not isinstance(document, dict) or "format_version" not in document:
        raise ValueError("it is not the record of a lock")
    if document["format_version"] != VERSION:
        raise ValueError("another version of factory wrote it")
    try:
        return _record(document)
    except (KeyError, TypeError, ValueError):
        raise ValueError("it is damaged") from None


def _record(document: dict[str, Any]) -> Record:
    texts = {name: _typed(document[name], str)[:_LONGEST] for name in _TEXTS}
    return Record(
        holder=Holder(process=_count(document["process"]), **texts),
        held=_STATES[document["state"]],
        token=_count(document["token"]),
        since=_typed(document["since"], str)[:_LONGEST],
        renewed=_typed(document["renewed"], str)[:_LONGEST],
        lease=_seconds(document["lease_seconds"]),
        renewal=_seconds(document["renewal_seconds"]),
        nonce=_typed(document["nonce"], str)[:_LONGEST],
        renewals=_count(document["renewals"]),
    )


def _typed(value: Any, kind: type[Any]) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError
    return value


def _count(value: Any) -> int:
    number: int = _typed(value, int)
    if number < 0:
        raise ValueError
    return number


def _seconds(value: Any) -> float:
    number = float(_typed(value, (int, float)))  # type: ignore[arg-type]
    if number < 0 or not math.isfinite(number):
        raise ValueError
    return number


def moment(seconds: float) -> str:
    """Seconds since the epoch as people write them: ``2026-11-24T10:41:00Z``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
