"""AWS's quotas, rates and our deadlines as data that can be overridden, never as literals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """One row of the limits table; a field that does not apply is ``None``.

    ``value`` is a quota; ``rate`` (calls a second) and ``burst`` a token bucket, shared by all rows that
    name the same ``bucket``; ``in_flight`` caps what AWS works on at once; ``poll_seconds`` and
    ``deadline_seconds`` say how often and how long to ask for the outcome.
    """

    key: str
    value: int | None = None
    rate: float | None = None
    burst: int | None = None
    bucket: str | None = None
    in_flight: int | None = None
    poll_seconds: float | None = None
    deadline_seconds: float | None = None
    source: str = ""
    date: str = ""


class Limits(Mapping[str, Limit]):
    """The limits table by key, such as ``organizations.CreateAccount``."""

    def __init__(self, rows: Mapping[str, Limit]) -> None:
        self._rows = dict(rows)

    def __getitem__(self, key: str) -> Limit:
        return self._rows[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def quota(self, key: str) -> int | None:
        """The quota under this key, or ``None`` where AWS has published none."""
        row = self._rows.get(key)
        return row.value if row else None

    def seconds(self, key: str) -> tuple[float, float]:
        """Poll interval and deadline under this key, in seconds. Raises ``KeyError`` where one is missing."""
        row = self._rows[key]
        if row.poll_seconds is None or row.deadline_seconds is None:
            raise KeyError(f"limits row {key} needs poll_seconds and deadline_seconds")
        return row.poll_seconds, row.deadline_seconds
