"""Ctrl-C and SIGTERM: at once while nothing is changed, gently while something is."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from factory.engine import Brake

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_FIRST = (
    b"\nStopping: nothing more is begun, and what AWS is at work on is followed to its end. "
    b"Once more to stop at once.\n"
)


class Terminated(KeyboardInterrupt):
    """SIGTERM, raised as Ctrl-C is, so that locks are given back and files closed."""


@contextmanager
def at_once() -> Iterator[None]:
    """Both signals end what happens inside by an exception: `KeyboardInterrupt` or `Terminated`."""
    with _handling(_end):
        yield


@contextmanager
def gently(brake: Brake, stderr: TextIO) -> Iterator[None]:
    """The first signal pulls the brake and says so, the second ends what happens inside as `at_once` does."""

    from factory.core.change import Cause

    def handle(number: int) -> None:
        if brake.cause is not None:
            _end(number)
        brake.pull(Cause.TERMINATE if number == signal.SIGTERM else Cause.INTERRUPT)
        # Past Python's own buffer: the signal may have come in the middle of a write to it.
        with suppress(OSError, ValueError):
            os.write(stderr.fileno(), _FIRST)

    with _handling(handle):
        yield


def _end(number: int) -> None:
    raise Terminated if number == signal.SIGTERM else KeyboardInterrupt


@contextmanager
def _handling(handle: Callable[[int], None]) -> Iterator[None]:
    # Only the main thread may set handlers; elsewhere (a program that embeds the command) its own stay in place.
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handler(number: int, _frame: Any) -> None:
        handle(number)

    before = {number: signal.signal(number, handler) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
