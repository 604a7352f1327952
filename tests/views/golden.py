"""Compare a text with the file it should equal, or write that file with ``--update-golden``."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest

Compare = Callable[[str, str], None]


def add_option(parser: pytest.Parser) -> None:
    """Two folders offer the option; the second to come finds it there already."""
    with contextlib.suppress(ValueError):
        parser.addoption("--update-golden", action="store_true", help="write the golden files anew")


def comparer(folder: Path, config: pytest.Config) -> Compare:
    def compare(name: str, text: str) -> None:
        file = folder / name
        if config.getoption("--update-golden", default=False):
            file.write_text(text, encoding="utf-8")
        assert text == file.read_text(encoding="utf-8"), f"{name} differs; --update-golden writes it anew"

    return compare
