"""Values as they are written in a file: each knows its text and where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from factory.core.resource import Source

Scalar = str | int | float | bool | None
Step = str | int


@dataclass(slots=True)
class Node:
    """A value in a file.

    ``source`` is where its key or list item starts, ``text`` what was typed for a scalar.
    """

    source: Source
    value: Scalar | dict[str, Node] | list[Node]
    text: str = ""

    def child(self, step: Step) -> Node | None:
        """The value under this key or at this index, if there is one."""
        if isinstance(self.value, dict):
            return self.value.get(step) if isinstance(step, str) else None
        if isinstance(self.value, list) and isinstance(step, int) and 0 <= step < len(self.value):
            return self.value[step]
        return None

    def nearest(self, path: Iterable[Step]) -> Node:
        """The value at this path, or the innermost one on the way that exists."""
        found = self
        for step in path:
            inner = found.child(step)
            if inner is None:
                break
            found = inner
        return found

    def where(self, *path: Step) -> Source:
        """Where that key or list item starts, or the nearest thing around it."""
        return self.nearest(path).source

    def plain(self) -> Any:
        """The value as plain dictionaries, lists and scalars, shared with nothing."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


def nowhere(file: str = "") -> Node:
    """An empty value for things that no file declares."""
    return Node(Source(file), None)
