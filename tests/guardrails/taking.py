"""Short words for the tests of losses and gains: guards from statements, and the changes between two of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from factory.core.address import account
from factory.core.documents import canonical
from factory.core.policy_types import SCP
from factory.guardrails.chains import Guard, Pair, guard, together
from factory.guardrails.levels import Level
from factory.guardrails.takes import Change, changes
from factory.guardrails.wording import sentence
from tests.guardrails.judging import FULL, document

ORGANIZATION = "o-exampleorgid"
Statements = Sequence[Mapping[str, Any]]
WEB = account("web")


def guarding(*chain: Level, kind: str = SCP) -> Guard:
    """What these levels say."""
    texts = [{f"{n}": canonical(p.document) for n, p in enumerate(level.policies)} for level in chain]
    return guard([together(each) for each in texts], kind)


def unit(*statements: Mapping[str, Any], kind: str = SCP, full: bool = True) -> Guard:
    """The guard of one level with these statements, and FullAWSAccess beside them."""
    text = {"policy": canonical(document(*statements))} if statements else {}
    return guard([together({**({FULL.name: canonical(FULL.document)} if full and kind == SCP else {}), **text})], kind)


def between(before: Guard, after: Guard, kind: str = SCP) -> tuple[Change, ...]:
    return changes(Pair(kind, before, after), ORGANIZATION)


def said(before: Guard, after: Guard, kind: str = SCP) -> list[str]:
    """The sentences about an account of the name ``web``."""
    return sorted(
        sentence("web", False, c.direction, kind, c.actions, c.but, c.bounds, c.keys)
        for c in between(before, after, kind)
    )
