"""Which part of a test of every possible moment runs today: with the days all of them have their turn.

``FACTORY_SLICE`` chooses the part that another day had, ``FACTORY_SLICES=1`` runs them all.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime


def slices(usual: int) -> tuple[int, int]:
    """Which one of how many parts; printed, so that who reads of a failure can run the same."""
    count = int(os.environ.get("FACTORY_SLICES", usual))
    chosen = int(os.environ.get("FACTORY_SLICE", datetime.now(UTC).toordinal())) % count
    print(f"FACTORY_SLICES={count} FACTORY_SLICE={chosen}")
    return chosen, count
