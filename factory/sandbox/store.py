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

_LONGEST_HOLDER = 200


class Store:
    """Keeps ``state.json`` and its lock in a folder (``.factory/sandbox``).

    ``open`` takes the lock for as long as the process lives or until ``close``; the system lets go of it
    when the process dies, however it dies.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "state.json"
        self._lock: IO[str] | None = None

    def open(self) -> None:
        """Take the lock. Raises ``FactoryError`` naming the process that holds it, or what is in the way."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Opened for appending, so that reading who holds it does not wipe the answer.
            lock = self.path.with_name("lock").open("a+", encoding="utf-8", errors="replace")
        except OSError as error:
            raise self._unusable(error) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read(_LONGEST_HOLDER).strip() or "another process"
            lock.close()
            raise FactoryError(
                f"the sandbox in {self.path.parent} is in use by {holder}",
                "wait until it has finished, or end it; the lock goes with it",
            ) from None
        except OSError as error:
            lock.close()
            raise self._unusable(error) from error
        # Only for the message above: a full disk does not keep anyone from holding the lock.
        with contextlib.suppress(OSError):
            lock.truncate(0)
            os.write(lock.fileno(), f"process {os.getpid()} on {os.uname().nodename}".encode())
        self._lock = lock

    def close(self) -> None:
        """Let go of the lock."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def load(self) -> State | None:
        """The stored state, or ``None`` where there is none. Raises ``UnusableState`` if it cannot be read."""
        if os.path.exists(self.path) and not os.path.isfile(self.path):
            raise UnusableState(f"the sandbox's state {self.path} is not a file", f"remove {self.path} by hand")
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise UnusableState(f"the sandbox's state {self.path} cannot be read: {_reason(error)}", RESET) from error
        try:
            return from_json(json.loads(text))
        except RecursionError as error:
            raise UnusableState(f"the sandbox's state {self.path} is damaged: nested too deeply", RESET) from error
        except ValueError as error:
            raise UnusableState(f"the sandbox's state {self.path} is damaged: {error}", RESET) from error

    def save(self, state: State) -> None:
        """Replace the file in one step. Not synced to the disk: it survives a kill, not a power cut.

        Raises ``FactoryError`` where it cannot be written; the file is then as it was before.
        """
        text = json.dumps(to_json(state), separators=(",", ":"))
        try:
            self._fresh.write_text(text, encoding="utf-8")
            os.replace(self._fresh, self.path)
        except BaseException as error:
            with contextlib.suppress(OSError):
                self._fresh.unlink(missing_ok=True)
            if isinstance(error, OSError):
                fix = f"make room in {self.path.parent}, and see that it can be written to"
                if os.path.isdir(self._fresh):
                    fix = f"remove {self._fresh} by hand, it is not a file"
                what = f"the sandbox's state {self.path} cannot be written: {_reason(error)}"
                raise FactoryError(what, fix) from error
            raise

    def delete(self) -> None:
        """Forget the state; nothing happens where there is none. Raises ``FactoryError`` where that is impossible."""
        for path in (self.path, self._fresh):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                what = f"the sandbox's state {path} cannot be removed: {_reason(error)}"
                raise FactoryError(what, f"remove {path} by hand") from error

    @property
    def _fresh(self) -> Path:
        return self.path.with_name(self.path.name + ".new")

    def _unusable(self, error: OSError) -> FactoryError:
        """The error for a folder that cannot hold a sandbox: what is in the way, and what to do with it."""
        folder = self.path.parent
        what = f"the sandbox cannot be kept in {folder}: {_reason(error)}"
        for path in (*reversed(folder.parents), folder):
            if os.path.lexists(path) and not os.path.isdir(path):
                return FactoryError(what, f"remove {path} by hand, it is not a folder")
        lock = self.path.with_name("lock")
        if os.path.lexists(lock) and not os.path.isfile(lock):
            return FactoryError(what, f"remove {lock} by hand, it is not a file")
        return FactoryError(what, f"see that you can write to {folder}")


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
