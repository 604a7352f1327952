"""Hypothesis without its shrinking phase on request: ``FACTORY_QUICK_PROPERTIES=1`` shows the first failure at once."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import Phase, settings

settings.register_profile("quick", phases=[Phase.explicit, Phase.generate])
if os.environ.get("FACTORY_QUICK_PROPERTIES"):
    settings.load_profile("quick")


@pytest.fixture(autouse=True)
def _quiet_log() -> Iterator[None]:
    """What is logged is tested elsewhere; printing thousands of lines would only take time."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    yield
    structlog.reset_defaults()
