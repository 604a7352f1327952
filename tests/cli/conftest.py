from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli import fakes
from tests.views.golden import Compare, add_option, comparer

pytest_addoption = add_option


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Compare:
    return comparer(Path(__file__).parent / "golden", request.config)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> fakes.Shell:
    return fakes.shell(tmp_path, monkeypatch, capsys)
