"""The guardrails with their sizes, and how much room is left on each node."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from factory.core.policy_types import POLICY_TYPES
from factory.core.room import Room
from factory.kinds.guardrail_room import Listed
from factory.views.room import slots, tone
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
        if str(room.node) != node:
            node = str(room.node)
            lines.append(style.paint(style.clean(node), Tone.STRONG))
        used = style.paint(slots(room), tone(room))
        lines.append(f"    {_title(room.type)}: {used}; {room.size} characters")
    total = sum(each.size for each in guardrails)
    lines += ["", f"{plural(len(guardrails), 'guardrail')}, {total} characters."]
    return "\n".join(lines) + "\n"


def _title(policy_type: str) -> str:
    return POLICY_TYPES[policy_type].title
