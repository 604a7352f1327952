"""The guardrails with their sizes, and how much room is left on each node."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from factory.core.policy_types import POLICY_TYPES
from factory.kinds.guardrail_room import Listed, Room
from factory.views.style import Style, Tone, plural


def list_text(guardrails: Sequence[Listed], rooms: Iterable[Room], style: Style) -> str:
    """Two tables; sizes are characters as uploaded, slots count AWS's own policy where it is attached."""
    lines = []
    for each in guardrails:
        size = f"{each.size} of {each.limit}" if each.limit else str(each.size)
        name = style.paint(style.clean(each.name), Tone.STRONG)
        lines.append(f"{name}  {_title(each.type)}, {size} characters")
        where = ", ".join(each.attached) or "attached nowhere"
        lines += style.wrap(style.clean(where), "    ", "    ", Tone.PLAIN if each.attached else Tone.SHIFT)
    lines.append("")
    node = ""
    for room in rooms:
        if room.node != node:
            node = room.node
            lines.append(style.paint(style.clean(node), Tone.STRONG))
        left = (
            f" of {room.limit} slots, {room.limit - room.used} left"
            if room.limit
            else " in use, the limit is not known"
        )
        full = room.limit is not None and room.used >= room.limit
        slots = style.paint(f"{room.used}{left}", Tone.SHIFT if full else Tone.PLAIN)
        lines.append(f"    {_title(room.type)}: {slots}; {room.size} characters")
    total = sum(each.size for each in guardrails)
    lines += ["", f"{plural(len(guardrails), 'guardrail')}, {total} characters."]
    return "\n".join(lines) + "\n"


def _title(policy_type: str) -> str:
    return POLICY_TYPES[policy_type].title
