from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.cli import fakes
from tests.views.golden import Compare, add_option, comparer

pytest_addoption = add_option


@pytest.fixture(autouse=True)
def _log_of_its_own() -> Iterator[None]:
    """A command configures the log; the next test shall not have that of this one."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Compare:
    return comparer(Path(__file__).parent / "golden", request.config)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> fakes.Shell:
    return fakes.shell(tmp_path, monkeypatch, capsys)
