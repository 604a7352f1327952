"""Rules for what identifies an account in AWS: its e-mail, id and display name, and the naming rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from factory.core.errors import Problem
from factory.core.resource import Source
from factory.spec.checks.case import Case
from factory.spec.emails import fault, placeholders
from factory.spec.organization import Account
from factory.spec.patterns import expression
from factory.spec.suggestions import suggest
from factory.spec.text import shown

# PutAccountName takes printable ASCII without < and >, CreateAccount takes these two; the narrower holds.
_NAME = re.compile(r"[ -;=?-~]+")
_PLACEHOLDERS = ("name", "owner")


def default_email(case: Case) -> Iterator[Problem]:
    """``defaults.email`` uses only the placeholders that there are."""
    template = case.drafts.organization.defaults.email if case.drafts.organization else None
    for name in placeholders(template or ""):
        if name not in _PLACEHOLDERS:
            what = f'no placeholder "{{{shown(name)}}}"{suggest(name, _PLACEHOLDERS)}'
            yield Problem(case.organization.where("defaults", "email"), what, "use {name} and {owner}")


def emails(case: Case) -> Iterator[Problem]:
    """Every account has a root e-mail that AWS takes."""
    template = case.drafts.organization.defaults.email if case.drafts.organization else None
    used = placeholders(template or "")
    for account in case.organization.accounts.values():
        source, own = account.where("email"), _written(account, "email")
        if own:
            if reason := fault(account.email, case.limits):
                yield Problem(source, f"the e-mail {reason}", "correct it")
        elif template is None:
            if case.drafts.organization is not None:
                fix = "add it, or defaults: email: in organization.yaml"
                yield Problem(source, '"email" is missing and no default makes one', fix)
        elif "owner" in used and account.owner is None:
            what = 'defaults.email has {owner} in it and "owner" is missing'
            yield Problem(source, what, "add owner: or email:")
        elif set(used) <= set(_PLACEHOLDERS) and (reason := fault(account.email, case.limits)):
            yield Problem(source, f"the e-mail that defaults.email makes {reason}", "add email: with a fitting address")


def _written(account: Account, key: str) -> bool:
    written = account.node.child(key)
    return written is not None and written.value is not None


def display_names(case: Case) -> Iterator[Problem]:
    """Every display name is one that AWS takes."""
    longest = case.limits.quota("organizations.account_name_length")
    for account in case.organization.accounts.values():
        own = _written(account, "name")
        label = f'the name "{shown(account.display_name)}"' if own else "the file's name, which is the account's name,"
        fix = "correct it" if own else "add name: with a fitting one, or rename the file"
        if longest is not None and len(account.display_name) > longest:
            what = f"{label} has {len(account.display_name)} characters, AWS takes {longest}"
            yield Problem(account.where("name"), what, "shorten it" if own else fix)
        elif not _NAME.fullmatch(account.display_name) or account.display_name != account.display_name.strip():
            what = f"{label} is not one that AWS takes"
            yield Problem(account.where("name"), what, "use printable ASCII without < and >, no space at the ends")


def unique(case: Case) -> Iterator[Problem]:
    """No two accounts share an e-mail, an id or a display name, whatever the case of their letters."""
    accounts = list(case.organization.accounts.values())
    yield from _shared(accounts, "email", lambda a: a.email, "e-mail", "AWS wants one address for each account")
    yield from _shared(accounts, "id", lambda a: a.id, "id", "an account has one file")
    yield from _shared(accounts, "name", lambda a: a.display_name, "name", "give each its own name")


def _shared(
    accounts: list[Account], key: str, value: Callable[[Account], str | None], label: str, fix: str
) -> Iterator[Problem]:
    seen: dict[str, Account] = {}
    for account in accounts:
        own = value(account)
        first = seen.setdefault(own.casefold(), account) if own else account
        if first is not account:
            yield Problem(account.where(key), f"the same {label} as in {first.where(key)}", fix)


def naming(case: Case) -> Iterator[Problem]:
    """Names and e-mails match the expressions under ``naming:`` as a whole."""
    rules = case.drafts.organization.naming if case.drafts.organization else None
    if rules is None:
        return
    name_rule = expression(rules.account)[0] if rules.account else None
    email_rule = expression(rules.email)[0] if rules.email else None
    for account in case.organization.accounts.values():
        if name_rule and not name_rule.fullmatch(account.name):
            what = f'the file\'s name "{shown(account.name)}" does not match naming.account'
            yield Problem(Source(account.where().file), what, f"rename it to match {shown(name_rule.pattern)}")
        if email_rule and account.email and not email_rule.fullmatch(account.email):
            what = "the e-mail does not match naming.email"
            yield Problem(account.where("email"), what, f"change it to match {shown(email_rule.pattern)}")


CHECKS = (default_email, emails, display_names, unique, naming)
