"""What a person types: one file a command; flags in, exit code out, no decisions."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line on these arguments, or the process's own, and exit with the code of the result."""
    from factory.cli.root import run

    sys.exit(run(arguments))
