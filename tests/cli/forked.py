"""The command in processes of their own that are forked from one which has loaded everything.

Real processes: with an id, an exit code, signals, files and locks of their own. What they do not do is start an
interpreter and import boto3, moto and pydantic, which is most of what a command on the sandbox takes. That a fresh
interpreter does the same is what `tests.cli.processes` is for.
"""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import signal
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from tests.cli.processes import environment

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["tests.cli.warm"])
_LOCK = threading.Lock()
"""How a process ended is read once, by whoever asks first."""


@dataclass(frozen=True)
class Child:
    """A process under way, with as much of `subprocess.Popen` as the tests use."""

    process: BaseProcess

    @property
    def pid(self) -> int:
        assert self.process.pid
        return self.process.pid

    def poll(self) -> int | None:
        """Its exit code, or less than zero for the signal that ended it; ``None`` while it runs."""
        with _LOCK:
            return self.process.exitcode

    def wait(self, seconds: float) -> int:
        """What `poll` says, once it has ended."""
        wait([self.process.sentinel], seconds)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(str(self.process), seconds)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it as nothing can object to."""
        self.send_signal(signal.SIGKILL)


def start(folder: Path, arguments: tuple[str, ...], surroundings: Mapping[str, str], out: Path, err: Path) -> Child:
    """Begin the command in this folder and these surroundings, with what it writes in these files."""
    for path in (out, err):
        path.touch()
    return _started(_in_files, folder, arguments, dict(surroundings), out, err)


def on_terminal(folder: Path, arguments: tuple[str, ...], surroundings: Mapping[str, str], terminal: str) -> Child:
    """Begin the command on this terminal, which becomes its own: Ctrl-C reaches it."""
    return _started(_on_terminal, folder, arguments, dict(surroundings), terminal)


def process(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command to its end in this folder, as its namesake in `tests.cli.processes` does."""
    with TemporaryDirectory() as kept:
        out, err = Path(kept, "out"), Path(kept, "err")
        child = start(folder, arguments, environment(**more), out, err)
        try:
            code = child.wait(60)
        finally:
            child.kill()
        return subprocess.CompletedProcess(arguments, code, out.read_bytes(), err.read_bytes())


def _started(target: Callable[..., None], *arguments: object) -> Child:
    with _LOCK:
        with patch.dict(os.environ, environment(), clear=True):
            forkserver.ensure_running()
        process = _SERVER.Process(target=target, args=arguments)
        process.start()
    return Child(process)


def _in_files(folder: Path, arguments: tuple[str, ...], surroundings: dict[str, str], out: Path, err: Path) -> None:
    _open_as(0, os.devnull, os.O_RDONLY)
    _open_as(1, out, os.O_WRONLY)
    _open_as(2, err, os.O_WRONLY)
    _command(folder, arguments, surroundings)


def _on_terminal(folder: Path, arguments: tuple[str, ...], surroundings: dict[str, str], terminal: str) -> None:
    os.setsid()
    _open_as(0, terminal, os.O_RDWR)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    os.dup2(0, 1)
    os.dup2(0, 2)
    _command(folder, arguments, surroundings)


def _command(folder: Path, arguments: tuple[str, ...], surroundings: dict[str, str]) -> None:
    """Make the process look as a new interpreter does, and run the command in it."""
    from factory.cli import main

    sys.stdin = os.fdopen(0, "r", -1, "utf-8", "surrogateescape", closefd=False)
    sys.stdout = os.fdopen(1, "w", 1 if os.isatty(1) else -1, "utf-8", "surrogateescape", closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, "utf-8", "backslashreplace", closefd=False)
    sys.argv = ["factory", *arguments]
    os.environ.clear()
    os.environ.update(surroundings)
    os.chdir(folder)
    main()


def _open_as(number: int, path: Path | str, flags: int) -> None:
    opened = os.open(path, flags)
    os.dup2(opened, number)
    os.close(opened)
