"""Errors as messages: what, where, the way out; a traceback only where it was asked for."""

from __future__ import annotations

import traceback

from factory.cli.exits import Exit
from factory.cli.options import Options
from factory.cli.terminal import Terminal
from factory.core.errors import FactoryError, InvalidFiles, InvalidInput, StalePlan
from factory.views.style import Style, Tone, plural


def explain(error: Exception, options: Options) -> Exit:
    """Write the message for an error to stderr; returns the exit code that goes with it."""
    terminal = Terminal(options)
    style = terminal.style(terminal.err)
    if isinstance(error, FactoryError):
        if options.verbosity > 1:
            terminal.say(_trace(error, style))
        terminal.say("\n".join(_known(error, style)) + "\n")
        return Exit(error.exit_code)
    if options.verbosity > 0:
        terminal.say(_trace(error, style))
    hint = "" if options.verbosity > 0 else ", and what the same command prints with -v"
    lines = style.wrap(
        style.clean(f"{type(error).__name__}: {error}"), style.paint("Unexpected error: ", Tone.ALARM), "  "
    )
    lines += style.wrap(f"This is a bug in factory: please report it with the command you typed{hint}.", "  ", "  ")
    terminal.say("\n".join(lines) + "\n")
    return Exit.ERROR


def _known(error: FactoryError, style: Style) -> list[str]:
    if isinstance(error, InvalidFiles | InvalidInput):
        problems = [style.clean(problem) for problem in error.problems]
        return [*problems, style.paint(f"{plural(len(problems), 'problem')} found.", Tone.ALARM)]
    lines = style.wrap(style.clean(error.what), style.paint("Error: ", Tone.ALARM), "  ")
    if isinstance(error, StalePlan):
        for moved in error.moved:
            lines += style.wrap(style.clean(moved), "  ", "    ")
    if error.fix:
        lines += style.wrap(style.clean(f"way out: {error.fix}"), "  ", "    ")
    return lines


def _trace(error: Exception, style: Style) -> str:
    lines = "".join(traceback.format_exception(error)).splitlines()
    return "".join(f"{style.clean(line)}\n" for line in lines)
