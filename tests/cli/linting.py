"""A command on a few files, as the tests of lint call it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from factory.cli.root import run

Act = Callable[..., tuple[int, str, str]]
"""Takes files beside, or in place of, those that are always there, and more arguments."""


def acting(folder: Path, capsys: pytest.CaptureFixture[str], files: Mapping[str, str], *command: str) -> Act:
    """Write the files and run the command; what comes of it is the exit code and both streams."""

    def act(further: Mapping[str, str], *more: str) -> tuple[int, str, str]:
        for name, text in {**files, **further}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        code = run([*command, "--root", str(folder), *more])
        return (code, *capsys.readouterr())

    return act
