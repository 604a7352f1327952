"""Files that are written whole or not at all: saved plans, and reports for other programs."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from factory.core.errors import FactoryError, UsageError

OWN, SHARED = 0o600, 0o644
"""Readable by the owner only; and by others, too: CI systems collect reports as another user."""


def write_whole(path: Path, text: str, option: str, mode: int = OWN) -> None:
    """Write a file in one step, synced to the disk.

    Raises ``UsageError`` where something else than a file stands there or the folder is missing, ``FactoryError`` where
    it cannot be written; both name the ``option`` that the path came from.
    """
    try:
        if os.path.lexists(path):
            require_plain(path, option)
        elif not path.parent.is_dir():
            raise UsageError(f"there is no folder {path.parent}", f"make it first, or name another file with {option}")
        handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with open(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(fresh, mode)
            os.replace(fresh, path)
        except BaseException:
            Path(fresh).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise FactoryError(f"cannot write {path}: {error.strerror}", f"name another file with {option}") from error


def require_plain(path: Path, option: str) -> None:
    """Raises ``UsageError`` for what is no file of its own: a folder, a link, a device."""
    if not stat.S_ISREG(path.lstat().st_mode):
        raise UsageError(f"{path} is there already and is no plain file", f"name another file with {option}")
