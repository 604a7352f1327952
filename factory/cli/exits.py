"""The exit codes, in one table for the code and for the help texts."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What the exit code of a command says."""

    DONE = 0
    ERROR = 1
    CHANGES = 2
    PARTLY = 3
    STALE = 4
    LOCKED = 5
    REFUSED = 6
    ORGANIZATION = 7
    USAGE = 64
    FILES = 65
    INTERRUPTED = 130
    TERMINATED = 143


MEANINGS = {
    Exit.DONE: "done, or nothing to do",
    Exit.ERROR: "error; nothing was changed, or nothing is known to be",
    Exit.CHANGES: "there are changes (only with --detailed-exitcode)",
    Exit.PARTLY: "partly applied; the report says what is left",
    Exit.STALE: "the plan is stale: the organization or the files have changed since",
    Exit.LOCKED: "another run holds the lock, or has taken it",
    Exit.REFUSED: "refused by a safety rule",
    Exit.ORGANIZATION: "credentials missing or refused, or another organization",
    Exit.USAGE: "the command was typed in a way that cannot work",
    Exit.FILES: "the files are invalid",
    Exit.INTERRUPTED: "interrupted with Ctrl-C (SIGINT)",
    Exit.TERMINATED: "ended by SIGTERM",
}
