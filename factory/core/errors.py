"""Errors as part of the product: where, what, and the way out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from factory.core.resource import Source


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """One thing wrong in the files: where it is written, what it is, and the way out.

    ``rule`` is the id of the lint rule behind it, where there is one.
    """

    source: Source
    what: str
    fix: str = ""
    rule: str = ""

    @property
    def told(self) -> str:
        """All but the place."""
        return f"{f'{self.rule} ' if self.rule else ''}{self.what}{f'; {self.fix}' if self.fix else ''}"

    def __str__(self) -> str:
        return f"{self.source}: {self.told}"


class FactoryError(Exception):
    """An error that a user reads: no traceback, one sentence of what, one of what to do."""

    exit_code = 1

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix

    def __str__(self) -> str:
        return self.what + (f"\n  way out: {self.fix}" if self.fix else "")


class InvalidFiles(FactoryError):
    """The files hold problems; all of them are listed, sorted by place."""

    exit_code = 65

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        count = len(self.problems)
        super().__init__("\n".join(map(str, self.problems)) + f"\n{count} problem{'s' * (count != 1)} found")


class InvalidInput(FactoryError):
    """A document that a command was given holds problems; each says where it is in that document."""

    exit_code = 65

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class UsageError(FactoryError):
    """The command was called in a way that cannot work."""

    exit_code = 64


class StalePlan(FactoryError):
    """A saved or expected plan no longer fits the organization or the files; nothing was changed.

    ``moved`` lists everything that has moved, a line each.
    """

    exit_code = 4

    def __init__(self, what: str, fix: str = "", moved: Iterable[str] = ()) -> None:
        self.moved = tuple(moved)
        super().__init__(what, fix)

    def __str__(self) -> str:
        return "\n  ".join((self.what, *self.moved)) + (f"\n  way out: {self.fix}" if self.fix else "")


class InvalidPlan(FactoryError):
    """A file that should hold a saved plan holds none, or a damaged one."""

    exit_code = 65


class LockedOut(FactoryError):
    """Another run holds the lock, or has taken it from this one."""

    exit_code = 5


class WrongOrganization(FactoryError):
    """The credentials are missing, refused, or lead to another organization than the files name."""

    exit_code = 7


class SafetyRefusal(FactoryError):
    """A safety rule refused the plan."""

    exit_code = 6
