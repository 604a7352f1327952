"""Many tests here measure how long reading takes, in processor time of a process that has run many others before."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _heap_of_its_own() -> Iterator[None]:
    """Python looks through all that lives while it collects garbage: what earlier tests left must not be counted."""
    gc.freeze()
    yield
    gc.unfreeze()
