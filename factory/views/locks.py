"""Locks as seen: for people, and as a versioned JSON document whose schema is in ``schemas``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from factory import __version__
from factory.core.lock import Record, Sighting, span
from factory.views.json import FORMAT_VERSION
from factory.views.masking import mask_document
from factory.views.style import Style, Tone

_COLUMN = 9


def locks_text(seen: Sequence[Sighting], style: Style) -> str:
    """Each lock with who holds it, or who did last; the last line says whether a run could begin."""
    blocks = ["\n".join(_block(sighting, style)) + "\n" for sighting in seen]
    return "\n".join((*blocks, _verdict(seen, style)))


def locks_json(seen: Sequence[Sighting], *, show_emails: bool = False, sandbox: bool = False) -> str:
    """The locks as a JSON text, plain ASCII, ending in a newline."""
    document = {
        "format_version": FORMAT_VERSION,
        "tool": {"name": "aws-account-factory", "version": __version__},
        "sandbox": sandbox,
        "locks": [_lock(sighting) for sighting in seen],
        "available": all(sighting.available for sighting in seen),
    }
    return json.dumps(document if show_emails else mask_document(document), indent=2, ensure_ascii=True) + "\n"


def _block(sighting: Sighting, style: Style) -> Iterator[str]:
    yield style.paint(style.clean(sighting.place), Tone.STRONG)
    record = sighting.record
    if not sighting.held:
        yield "  free"
    elif record is None:
        yield "  held by another process"
    if record is not None:
        for name, value in _facts(sighting, record):
            if value:
                yield f"  {name:<{_COLUMN}}{style.clean(value)}"


def _facts(sighting: Sighting, record: Record) -> Iterator[tuple[str, str]]:
    holder = record.holder
    yield "held by" if sighting.held else "last by", holder.owner
    yield "run", holder.run
    yield "process", f"{holder.process} on {holder.host}"
    yield "command", holder.command
    yield "link", holder.link
    yield "commit", holder.commit
    yield "since", record.since
    if sighting.age is not None:
        yield "renewed" if sighting.held else "freed", f"{span(sighting.age)} ago"
    if sighting.left is not None:
        yield "lease", f"{span(sighting.left)} left" if sighting.left else "run out: the next run takes the lock over"
    yield "token", str(record.token or "")


def _verdict(seen: Sequence[Sighting], style: Style) -> str:
    held = [sighting for sighting in seen if not sighting.available]
    if not held:
        return style.paint("Free: a run can begin.", Tone.GAIN) + "\n"
    return style.paint(f"Held: a run would be refused at {style.clean(held[0].place)}.", Tone.ALARM) + "\n"


def _lock(sighting: Sighting) -> dict[str, object]:
    record = sighting.record
    holder = record.holder if record else None
    facts = ("run", "owner", "host", "process", "command", "link", "commit")
    return {
        "place": sighting.place,
        "state": "held" if sighting.held else "free",
        "available": sighting.available,
        "token": record.token if record else 0,
        "since": record.since if record else None,
        "renewed": record.renewed if record else None,
        "age_seconds": sighting.age,
        "lease_left_seconds": sighting.left,
        "holder": {name: getattr(holder, name) for name in facts} if holder else None,
    }
