"""The room on a node in words, and in a plan's JSON."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from factory.core.policy_types import POLICY_TYPES
from factory.core.room import Room
from factory.views.style import Style, Tone

_SHOWN = 20


def slots(room: Room) -> str:
    """``8 of 10 slots, 2 left``."""
    if room.limit is None:
        return f"{room.used} in use, the limit is not known"
    return f"{room.used} of {room.limit} slots, {room.left} left"


def tone(room: Room) -> Tone:
    """A node that takes no more stands out."""
    return Tone.SHIFT if room.left == 0 else Tone.PLAIN


def room_lines(rooms: Sequence[Room], style: Style) -> list[str]:
    """The section of a plan; empty where nothing changes."""
    lines = []
    for node, those in groupby(rooms[:_SHOWN], key=lambda room: room.node):
        lines.append(f"  {style.clean(node)}")
        for room in those:
            words = f"{POLICY_TYPES[room.type].title}: {slots(room)}; {room.size} characters"
            if room.largest is not None:
                name, size = room.largest
                words += f", the largest {name} with {size}{f' of {room.most}' if room.most else ''}"
            lines += style.wrap(style.clean(words), "    ", "      ", tone(room))
    if len(rooms) > _SHOWN:
        lines.append(f"    and {len(rooms) - _SHOWN} more; --format json lists them all")
    return [style.paint("Room for policies after this plan", Tone.STRONG), *lines, ""] if lines else []


def room_json(room: Room) -> dict[str, Any]:
    """One node and type."""
    largest = {"policy": room.largest[0], "characters": room.largest[1]} if room.largest else None
    return {
        "node": str(room.node),
        "policy_type": room.type,
        "used": room.used,
        "limit": room.limit,
        "left": room.left,
        "characters": room.size,
        "largest": largest,
        "character_limit": room.most,
    }
