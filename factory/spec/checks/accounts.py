"""Rules for account files: where the account lives, what it was, its state, and how many there are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from factory.core.errors import Problem
from factory.core.resource import Source
from factory.spec.assemble import UNITS
from factory.spec.checks.case import Case
from factory.spec.suggestions import suggest
from factory.spec.text import shown

STEM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def any_account(case: Case) -> Iterator[Problem]:
    """An organization without an account file is a mistake, not a wish."""
    if not case.drafts.accounts and "accounts" not in case.drafts.unlisted:
        yield Problem(Source("accounts"), "no account file here", "write accounts/NAME.yaml for at least one account")


def number(case: Case) -> Iterator[Problem]:
    """There are no more accounts than AWS allows this organization."""
    most, count = case.limits.quota("organizations.accounts"), len(case.drafts.accounts)
    if most is not None and count > most:
        what = f"{count} accounts are declared, AWS allows {most}"
        fix = "ask AWS for more, then set limits: organizations.accounts: {value: N} in organization.yaml"
        yield Problem(Source("accounts"), what, fix)


def stems(case: Case) -> Iterator[Problem]:
    """A stem can be an address, a tag value and part of an e-mail, and no two files have the same."""
    seen: dict[str, str] = {}
    for draft in case.drafts.accounts:
        source = Source(draft.node.source.file)
        if not STEM.fullmatch(draft.stem):
            fix = "rename it: letters, digits, dots, hyphens and underscores, at most 128, a letter or digit first"
            yield Problem(source, "the file's name cannot be an account's name", fix)
        first = seen.setdefault(draft.stem.casefold(), source.file)
        if first != source.file:
            what = f'the account "{shown(draft.stem)}" has two files, the other is {first}'
            yield Problem(source, what, "rename or remove one of them")


def unit(case: Case) -> Iterator[Problem]:
    """An account lives in a unit that is declared, or in the root."""
    if case.drafts.organization is None:
        return
    for account in case.organization.accounts.values():
        if account.ou != "root" and account.ou not in case.organization.units:
            what = f'no organizational unit "{shown(account.ou)}"{suggest(account.ou, case.organization.units)}'
            fix = f'correct it, or declare it under "{UNITS}" in {case.organization.where().file}'
            yield Problem(account.where("ou"), what, fix)


def former_names(case: Case) -> Iterator[Problem]:
    """``was:`` names a stem that no file has, each only once, and never on a new account."""
    present, seen = case.drafts.stems(), dict[str, Source]()
    for account in case.organization.accounts.values():
        if account.was is None:
            continue
        source, label = account.where("was"), f'"{shown(account.was)}"'
        first = seen.setdefault(account.was, source)
        if account.was in present:
            what = f"was: {label}, but a file has this name ({present[account.was].file})"
            yield Problem(source, what, "remove the line, or the file with the former name")
        elif first is not source:
            what = f"was: {label} is also the former name of another account ({first})"
            yield Problem(source, what, "keep one of them: an account becomes one account")
        if account.new:
            yield Problem(account.where("new"), '"new" and "was" exclude each other', "keep one of them")


def closing(case: Case) -> Iterator[Problem]:
    """Closing has a reason; a reason means closing."""
    for account in case.organization.accounts.values():
        if account.state == "closed" and account.closed_reason is None:
            yield Problem(account.where("state"), '"closed_reason" is missing', "say why the account is closed")
        elif account.state != "closed" and account.closed_reason is not None:
            what = '"closed_reason" belongs to "state: closed"'
            yield Problem(account.where("closed_reason"), what, 'remove it, or write "state: closed"')


CHECKS = (any_account, number, stems, unit, former_names, closing)
