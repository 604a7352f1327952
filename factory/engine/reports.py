"""Reports for other programs, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from factory.core.errors import FactoryError, UsageError

_READABLE = 0o644
"""Reports are for others, too: CI systems collect them as another user."""


def write_report(path: Path, text: str, option: str) -> None:
    """Write a file in one step. Raises ``UsageError`` or ``FactoryError`` that name the ``option`` it came from."""
    if path.is_dir() or (path.exists() and not path.is_file()):
        raise UsageError(f"{path} is there already and is no plain file", f"name another file with {option}")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", f"make it first, or name another file with {option}")
    try:
        handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with open(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(fresh, _READABLE)
            os.replace(fresh, path)
        except BaseException:
            Path(fresh).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise FactoryError(f"cannot write {path}: {error.strerror}", f"name another file with {option}") from error
