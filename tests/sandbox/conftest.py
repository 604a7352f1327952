"""A sandbox to test, and its clients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from factory.sandbox import Sandbox
from tests.sandbox.fleet import Fleet, fleet


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(rates=False, empty_page_every=0) as sandbox:
        yield sandbox


@pytest.fixture
def org(box: Sandbox) -> Any:
    return box.session().client("organizations")


@pytest.fixture
def ships() -> Iterator[Fleet]:
    with fleet() as made:
        yield made
