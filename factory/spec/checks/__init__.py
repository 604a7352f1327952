"""What must hold between files, and what AWS asks of names, e-mails and tags: small functions, one rule each."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from factory.core.errors import Problem
from factory.spec.checks import accounts, identity, settings, tags, units
from factory.spec.checks.case import Case

Check = Callable[[Case], Iterable[Problem]]

CHECKS: tuple[Check, ...] = (*settings.CHECKS, *units.CHECKS, *accounts.CHECKS, *identity.CHECKS, *tags.CHECKS)


def check(case: Case) -> list[Problem]:
    """All problems that the rules find."""
    return [problem for rule in CHECKS for problem in rule(case)]
