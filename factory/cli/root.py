"""The command ``factory`` itself: its commands, and the one place where it all ends in an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TextIO

import click

from factory import __version__
from factory.cli.commands import Room
from factory.cli.exits import Exit


@click.group(
    cls=Room,
    outermost=True,
    verbs={
        "validate": "factory.cli.validate:validate",
        "lint": "factory.cli.lint:lint",
        "plan": "factory.cli.plan:plan",
        "apply": "factory.cli.apply:apply",
        "audit": "factory.cli.audit:audit",
        "guardrails": "factory.cli.guardrails:guardrails",
        "lock": "factory.cli.lock:lock",
        "schema": "factory.cli.schema:schema",
        "sandbox": "factory.cli.sandbox:sandbox",
    },
    examples=(
        "factory validate                 # check the files; needs no credentials",
        "factory plan --sandbox           # what would change, on an AWS in a box",
        "factory apply --profile admin    # show the plan, ask, carry it out",
    ),
)
@click.version_option(__version__, message="factory %(version)s")
def factory() -> None:
    """Declarative AWS accounts, organizational units and guardrails.

    Files say what the organization should be; factory reads what it is, shows the difference as a plan, and
    carries that plan out, as often as anyone likes.

    Global options may stand behind the command, too, or in the environment: FACTORY_SANDBOX=1, FACTORY_ROOT=...
    """


def run(arguments: Sequence[str] | None) -> int:
    """Run the command line; returns the exit code and never raises for what a user can cause."""
    from factory.cli.signals import at_once

    try:
        with at_once():
            code = factory.main(arguments, prog_name="factory", standalone_mode=False)
    except click.ClickException as error:
        error.show(_stderr())
        return Exit.USAGE
    except (click.Abort, KeyboardInterrupt) as end:
        from factory.cli.signals import Terminated

        _stderr().write("Interrupted. Run the same command again: it starts from what AWS says then.\n")
        # click raises an Abort of its own from what ended the command.
        ended_by = end.__cause__ if isinstance(end, click.Abort) else end
        return Exit.TERMINATED if isinstance(ended_by, Terminated) else Exit.INTERRUPTED
    except OSError as error:  # a help text that could not be written
        from factory.cli.terminal import discard

        discard(sys.stdout)
        _stderr().write(f"Error: cannot write to stdout: {error.strerror}\n")
        return Exit.ERROR
    return code if isinstance(code, int) else Exit.DONE


def _stderr() -> TextIO:
    from factory.cli.options import Options
    from factory.cli.terminal import Terminal

    return Terminal(Options()).err
