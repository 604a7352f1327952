"""The lock of a checkout: one applying process at a time, let go of by the system however that process ends."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from factory.aws.clock import Clock
from factory.core.errors import FactoryError, LockedOut
from factory.core.lock import Holder, Record, Sighting
from factory.engine.lock_record import moment, read_record, record_body

_LONGEST = 8192
_TRIES, _PAUSE = 3, 0.05
"""Someone who looks at the lock holds it for an instant: that is no reason to be refused."""


class LocalLock:
    """The lock of the checkout alone: it is held, so there is nothing to renew."""

    token = 0

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    @property
    def lost(self) -> bool:
        """Whether the file is gone or another one: then a second run could lock that."""
        try:
            return not os.path.samestat(os.fstat(self._descriptor), os.stat(self._path))
        except OSError:
            return True

    def keep(self) -> None:
        """Nothing: the system keeps it."""

    def require(self) -> None:
        """Raise ``LockedOut`` where the file was taken away under this run."""
        if self.lost:
            raise LockedOut(
                f"the lock {self._path} was removed while this run held it", "run again, and let .factory be meanwhile"
            )

    def describe(self) -> str:
        """Where it is."""
        return str(self._path)


def lock_path(root: Path) -> Path:
    """The file that is locked."""
    return root / ".factory" / "lock"


@contextmanager
def held_here(root: Path, holder: Holder, clock: Clock) -> Iterator[LocalLock]:
    """Hold the lock of this checkout. Raises ``LockedOut`` naming who holds it, or ``FactoryError``."""
    path = lock_path(root)
    descriptor = _opened(path)
    try:
        for left in reversed(range(_TRIES)):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not left:
                    raise Sighting(place=str(path), held=True, record=_written(descriptor)).refusal() from None
                clock.sleep(_PAUSE)
            except OSError as error:
                raise _unusable(path, error) from error
        now = moment(clock.now())
        # Only for the words of others: a full disk keeps no one from holding the lock.
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, 0)
            record = Record(holder=holder, held=True, token=0, since=now, renewed=now)
            os.pwrite(descriptor, record_body(record), 0)
        try:
            yield LocalLock(path, descriptor)
        finally:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def look_here(root: Path) -> Sighting:
    """Whether a process holds the lock of this checkout, and which. Raises ``FactoryError`` where none could."""
    path = lock_path(root)
    free = Sighting(place=str(path), held=False)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return free
    except OSError as error:
        raise _unusable(path, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return free
    except BlockingIOError:
        return Sighting(place=str(path), held=True, record=_written(descriptor))
    except OSError as error:
        raise _unusable(path, error) from error
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _unlisted(path.parent)
        # A link could lead to a file that is not ours to write.
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise _unusable(path, error) from error


def _unlisted(folder: Path) -> None:
    """Keep what stands in the folder out of the repository's commits; what was written there by people stays."""
    path = folder / ".gitignore"
    with contextlib.suppress(OSError):
        # An empty one is what a full disk left of it.
        if not os.path.lexists(path) or (path.is_file() and not path.stat().st_size):
            path.write_text("*\n", encoding="utf-8")


def _written(descriptor: int) -> Record | None:
    try:
        return read_record(os.pread(descriptor, _LONGEST, 0))
    except (OSError, ValueError):
        return None


def _unusable(path: Path, error: OSError) -> FactoryError:
    what = f"the lock {path} cannot be taken: {error.strerror or error}"
    if error.errno in (errno.ELOOP, errno.EISDIR):
        return FactoryError(what, f"remove {path} by hand, it is not a plain file")
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return FactoryError(what, f"remove {path.parent} by hand, it is not a folder")
    return FactoryError(what, f"see that you can write to {path.parent}, and that its file system knows locks")
