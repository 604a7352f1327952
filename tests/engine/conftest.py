from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.engine.ground import SMALL, Ground, ground


@pytest.fixture(autouse=True)
def _quiet_log() -> Iterator[None]:
    """What is logged is tested elsewhere; printing thousands of lines would only take time."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    yield
    structlog.reset_defaults()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Ground]:
    """Three units and the account ``shop`` in files, nothing of it in AWS yet."""
    with ground(tmp_path) as made:
        yield made


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Ground]:
    """Three units, three accounts and three guardrails, all built."""
    with ground(tmp_path, SMALL) as made:
        made.ready()
        yield made
