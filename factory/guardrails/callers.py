"""Who calls, as far as statements tell callers apart: made-up principals that stand for many."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from factory.core.policy_types import SCP
from factory.guardrails.cells import OTHER, PRINCIPAL_ARN, arn
from factory.guardrails.pieces import Piece

ROOT_USER = "root user"
OWN, ORGANIZATION = "principals of the account itself", "principals of other accounts of the organization"
OUTSIDE, SERVICE, ANONYMOUS = "principals outside the organization", "AWS services", "anonymous requests"
ABOUT_CALLERS = frozenset(
    {
        PRINCIPAL_ARN,
        "aws:principalaccount",
        "aws:principalisawsservice",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalservicename",
    }
)
"""Keys that follow from who calls, so that callers are enumerated and these keys are not."""
OF_SERVICES = frozenset({"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"})
"""Keys that only calls of AWS services have."""
_ELSEWHERE, _NEIGHBOUR = "999999999999", "000000000001"
_FOREIGN = re.compile(r"arn:[^:]*:[^:]*:[^:]*:([0-9]{12}):")


@dataclass(frozen=True, order=True, slots=True)
class Caller:
    """A principal: what it is called, its ARN or name, and whether it is outside, in which organization."""

    label: str
    principal: str
    outside: bool = False
    organization: str | None = None
    neighbour: bool = False


def callers(policy_type: str, deciding: Iterable[Piece], related: Iterable[Piece], account: str) -> tuple[Caller, ...]:
    """The callers that these statements tell apart; none where they do not look at who calls.

    For principals of the account all statements count, also those that do not differ: most exempt some role, or are
    about the root user, and a gain should not be told as if it hung on that.
    """
    related = tuple(related)
    keys = {c.key for piece in (related if policy_type == SCP else deciding) for c in piece.statement.conditions}
    if policy_type == SCP:
        return tuple(_members(related, account)) if PRINCIPAL_ARN in keys else ()
    return tuple(_anyone(related, account)) if keys & (ABOUT_CALLERS | OF_SERVICES) else ()


def _named(related: Iterable[Piece], key: str) -> list[str]:
    """The values that statements name for a key, but for those with variables."""
    return sorted(
        {
            value
            for piece in related
            for condition in piece.statement.conditions
            if condition.key == key
            for value in condition.values
            if "${" not in value
        }
    )


def _members(related: Iterable[Piece], account: str) -> Iterator[Caller]:
    """Principals of the account: some role, the root user, and those that statements name."""
    root = f"arn:aws:iam::{account}:root"
    yield Caller(OTHER, f"arn:aws:iam::{account}:role/zq0-other")
    yield Caller(ROOT_USER, root)
    for text in _named(related, PRINCIPAL_ARN):
        made = arn(text, "iam", account)
        foreign = _FOREIGN.match(made)
        if made != root and not (foreign and foreign[1] != account):
            yield Caller(text, made)


def _anyone(related: Iterable[Piece], account: str) -> Iterator[Caller]:
    """Whoever may call resources of the account."""
    related = list(related)
    yield Caller(OWN, f"arn:aws:iam::{account}:role/zq0-other")
    yield Caller(ORGANIZATION, f"arn:aws:iam::{_NEIGHBOUR}:role/zq0-other", neighbour=True)
    yield Caller(OUTSIDE, f"arn:aws:iam::{_ELSEWHERE}:role/zq0-other", outside=True, organization="o-zq0other000")
    yield Caller(SERVICE, "zq0.amazonaws.com")
    yield Caller(ANONYMOUS, "*")
    for text in _named(related, "aws:principalorgid"):
        yield Caller(f"principals of {text}", f"arn:aws:iam::{_ELSEWHERE}:role/zq0-other", True, text)
    for text in _named(related, "aws:principalaccount"):
        yield Caller(f"principals of account {text}", f"arn:aws:iam::{text}:role/zq0-other", True, "o-zq0other000")
    for text in _named(related, "aws:principalservicename"):
        yield Caller(text, text)
    for text in _named(related, PRINCIPAL_ARN):
        made = arn(text, "iam", account)
        foreign = _FOREIGN.match(made)
        outside = bool(foreign and foreign[1] != account)
        yield Caller(text, made, outside, "o-zq0other000" if outside else None)
