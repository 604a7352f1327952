"""The sandbox's state on disk: one JSON file, one owner at a time, never half written."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from pathlib import Path
from typing import IO

from factory.core.errors import FactoryError
from factory.sandbox.state import RESET, State, UnusableState, from_json, to_json


class Store:
    """Keeps ``state.json`` and its lock in a folder (``.factory/sandbox``).

    ``open`` takes the lock for as long as the process lives or until ``close``; the system lets go of it
    when the process dies, however it dies.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "state.json"
        self._lock: IO[str] | None = None

    def open(self) -> None:
        """Take the lock. Raises ``FactoryError`` naming the process that holds it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Opened for appending, so that reading who holds it does not wipe the answer.
        lock = self.path.with_name("lock").open("a+", encoding="utf-8")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "another process"
            lock.close()
            raise FactoryError(
                f"the sandbox in {self.path.parent} is in use by {holder}",
                "wait until it has finished, or end it; the lock goes with it",
            ) from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()} on {os.uname().nodename}")
        lock.flush()
        self._lock = lock

    def close(self) -> None:
        """Let go of the lock."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def load(self) -> State | None:
        """The stored state, or ``None`` where there is none. Raises ``UnusableState`` if it cannot be read."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise UnusableState(f"the sandbox's state {self.path} cannot be read: {error}", RESET) from error
        try:
            return from_json(json.loads(text))
        except ValueError as error:
            raise UnusableState(f"the sandbox's state {self.path} is damaged: {error}", RESET) from error

    def save(self, state: State) -> None:
        """Replace the file in one step. Not synced to the disk: it survives a kill, not a power cut."""
        fresh = self.path.with_name(self.path.name + ".new")
        fresh.write_text(json.dumps(to_json(state), separators=(",", ":")), encoding="utf-8")
        os.replace(fresh, self.path)

    def delete(self) -> None:
        """Forget the state; nothing happens where there is none."""
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()
