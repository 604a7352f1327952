from __future__ import annotations

from pathlib import Path

import pytest

from tests.views.golden import Compare, add_option, comparer

pytest_addoption = add_option


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Compare:
    return comparer(Path(__file__).parent / "golden", request.config)
