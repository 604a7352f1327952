"""The streams a person sees: stdout for the product, stderr for the rest; neither can crash the run."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TextIO, cast

from factory.cli.options import Options
from factory.core.errors import FactoryError
from factory.views.style import Style, colour_wanted, fitting

_GONE = (errno.EPIPE, errno.EIO)
"""The reader of a pipe has left (``factory plan | head``), or the terminal was closed."""
_PIPED_WIDTH = 100


class Unbreakable(io.TextIOBase):
    """A stream whose failures stop nothing: a log or a progress bar that nobody can read any more."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write and flush; what the encoding lacks becomes an escape."""
        try:
            _write(self._stream, text)
        except (OSError, ValueError):
            discard(self._stream)
        return len(text)

    def isatty(self) -> bool:
        """Whether somebody watches."""
        with contextlib.suppress(ValueError):
            return self._stream.isatty()
        return False

    def fileno(self) -> int:
        """The file descriptor. Raises ``OSError`` where there is none."""
        return self._stream.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]  # read-only in Python, too
        """The encoding of what is behind."""
        return self._stream.encoding or "utf-8"


@dataclass(frozen=True)
class Terminal:
    """Where output goes and how it is dressed."""

    options: Options
    out: TextIO = field(default_factory=lambda: sys.stdout or io.StringIO())
    err: TextIO = field(default_factory=lambda: cast(TextIO, Unbreakable(sys.stderr or io.StringIO())))
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def product(self, text: str) -> None:
        """Write what the command is for to stdout. Raises ``FactoryError`` where the disk is full."""
        try:
            _write(self.out, text)
        except OSError as error:
            discard(self.out)
            if error.errno not in _GONE:
                raise FactoryError(
                    f"cannot write to stdout: {error.strerror}", "make room, or let it go somewhere else"
                ) from error

    def say(self, text: str) -> None:
        """Write to stderr."""
        self.err.write(text)

    def style(self, stream: TextIO) -> Style:
        """The dress for one of the two streams: each is asked whether it is a terminal."""
        tty = stream.isatty()
        return Style(
            width=fitting(shutil.get_terminal_size((_PIPED_WIDTH, 24)).columns) if tty else _PIPED_WIDTH,
            colour=colour_wanted(tty, self.environment, self.options.no_color),
            show_emails=self.options.show_emails,
        )

    @property
    def can_ask(self) -> bool:
        """Whether a question would be seen and could be answered."""
        answers = sys.stdin is not None and sys.stdin.isatty()
        return answers and self.err.isatty() and not self.options.no_input

    def ask(self, question: str) -> str:
        """The answer to a question, without blanks around it; the end of input is an empty answer."""
        self.say(question)
        answer = sys.stdin.readline()
        if not answer.endswith("\n"):
            self.say("\n")
        return answer.strip()


def _write(stream: TextIO, text: str) -> None:
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()


def discard(stream: TextIO) -> None:
    """Let nothing more reach a stream that has gone, not even Python's own flush at exit."""
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), number)
