"""What `tests.cli.forked` loads once, before it forks: all that was needed to build a small organization."""

import gc
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from factory.cli.root import run
from tests.cli.processes import small_repository

with TemporaryDirectory() as folder, redirect_stdout(StringIO()), redirect_stderr(StringIO()):
    assert run(["apply", "--sandbox", "--yes", "--root", str(small_repository(Path(folder)))]) == 0
gc.freeze()
