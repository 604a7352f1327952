"""What a person types: one file a command; flags in, exit code out, no decisions."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line on these arguments, or the process's own, and exit with the code of the result."""
    from factory.cli.exits import Exit
    from factory.cli.root import run

    code = run(arguments)
    if code in (Exit.INTERRUPTED, Exit.TERMINATED):
        # All is said. Python would wait for threads that wait for answers nobody wants any more.
        os._exit(code)
    sys.exit(code)
