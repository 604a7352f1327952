from __future__ import annotations

import io
import os
import subprocess
from pathlib import Path

import pytest

from factory.cli.options import Options
from factory.cli.terminal import Terminal, Unbreakable
from factory.core.errors import FactoryError
from tests.cli.processes import COMMAND, environment, small_repository


class Stream(io.StringIO):
    """A text stream with a given encoding that can fail."""

    def __init__(self, encoding: str = "utf-8", error: int = 0) -> None:
        super().__init__()
        self._encoding, self.error = encoding, error

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def write(self, text: str) -> int:
        if self.error:
            raise OSError(self.error, os.strerror(self.error))
        return super().write(text)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_what_an_encoding_lacks_becomes_an_escape(encoding: str) -> None:
    out, err = Stream(encoding), Stream(encoding)
    terminal = Terminal(Options(), out, Unbreakable(err))  # type: ignore[arg-type]
    for write in (terminal.product, terminal.say):
        write("naïve 日本 \ud83d")
    wanted = {
        "ascii": r"na\xefve \u65e5\u672c \ud83d",
        "latin-1": r"naïve \u65e5\u672c \ud83d",
        "utf-8": r"naïve 日本 \ud83d",
    }
    assert out.getvalue() == err.getvalue() == wanted[encoding]


@pytest.mark.parametrize("error", [32, 5])
def test_a_reader_that_has_left_stops_nothing(error: int) -> None:
    terminal = Terminal(Options(), Stream(error=error), Unbreakable(Stream(error=error)))  # type: ignore[arg-type]
    terminal.product("text")
    terminal.say("text")


def test_a_full_disk_is_an_error_for_the_product_and_not_for_the_log() -> None:
    terminal = Terminal(Options(), Stream(error=28), Unbreakable(Stream(error=28)))  # type: ignore[arg-type]
    terminal.say("text")
    with pytest.raises(FactoryError, match="cannot write to stdout: No space left on device"):
        terminal.product("text")


def test_closed_streams() -> None:
    closed = Stream()
    closed.close()
    stream = Unbreakable(closed)
    assert stream.write("x") == 1
    assert not stream.isatty()
    assert stream.encoding == "utf-8"


def test_a_missing_stderr_and_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(f"sys.{name}", None)
    terminal = Terminal(Options())
    terminal.product("x")
    terminal.say("x")
    assert not terminal.can_ask


@pytest.mark.parametrize(
    ("shell", "code"),
    [
        ("{} validate | head -c 1; test ${{PIPESTATUS[0]}} = 0", 0),
        ("{} schema | head -1; test ${{PIPESTATUS[0]}} = 0", 0),
        ("{} validate > /dev/full", 1),
        ("{} --help > /dev/full", 1),
        ("{} plam 2> /dev/full", 64),
        ("{} validate >&-", 0),
        ("{} validate --root nowhere 2>&-", 64),
        ("{} validate --root nowhere 2> /dev/full", 64),
        ("LANG=C PYTHONIOENCODING=ascii PYTHONUTF8=0 {} validate --root ä日", 64),
    ],
)
def test_odd_streams_of_a_real_process(tmp_path: Path, shell: str, code: int) -> None:
    small_repository(tmp_path)
    done = subprocess.run(
        ["bash", "-c", shell.format(" ".join(COMMAND))],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == code, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
