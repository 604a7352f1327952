from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.cli import fakes
from tests.views.golden import Compare, add_option, comparer

pytest_addoption = add_option


@pytest.fixture(autouse=True)
def _quiet_log() -> Iterator[None]:
    """What is called without a command logs nothing; a command's own log does not outlast its test."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    yield
    structlog.reset_defaults()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Compare:
    return comparer(Path(__file__).parent / "golden", request.config)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> fakes.Shell:
    return fakes.shell(tmp_path, monkeypatch, capsys)
