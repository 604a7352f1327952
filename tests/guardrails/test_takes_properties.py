"""Laws of gains and losses, on any guardrails: more denials never give, the same says nothing, the other way round is
the other way round, and every flip is one by the judge. ``FACTORY_EXAMPLES`` says how many are tried."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from factory.core.policy_types import RCP, SCP
from factory.core.rights import Direction
from factory.guardrails.chains import Pair
from factory.guardrails.gains_losses import Table, tables
from factory.guardrails.judge import judge
from factory.guardrails.levels import Level, Policy
from factory.guardrails.verdicts import Finding, Outcome
from tests.guardrails.judging import document
from tests.guardrails.taking import ORGANIZATION, between, guarding
from tests.guardrails.test_judge_properties import EXAMPLES

MANY = settings(max_examples=max(20, EXAMPLES // 3), deadline=None)
"""Each compares two chains, which is some hundred verdicts."""

KEYS = ("aws:RequestedRegion", "aws:PrincipalArn", "aws:PrincipalTag/team", "aws:RequestTag/a", "x:N")
VALUES = ("eu-west-1", "a", "5", "arn:aws:iam::*:role/x", "arn:aws:iam::*:root", "true", "${aws:PrincipalTag/team}")
OPERATORS = (
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotEqualsIfExists",
    "ArnLike",
    "ArnNotLike",
    "Null",
    "Bool",
    "NumericLessThan",
    "ForAnyValue:StringEquals",
    "ForAllValues:StringLike",
)
ACTIONS = ("*", "sqs:*", "sqs:Send*", "sqs:SendMessage", "s3:*", "*:Get*", "iam:*")
RESOURCES = ("*", "arn:aws:sqs:*:*:q", "arn:aws:sqs:*:*:${aws:PrincipalTag/team}")

values = st.lists(st.sampled_from(VALUES), min_size=1, max_size=2)
conditions = st.dictionaries(
    st.sampled_from(OPERATORS), st.dictionaries(st.sampled_from(KEYS), values, min_size=1, max_size=2), max_size=2
)


@st.composite
def statements(draw: Any, effects: tuple[str, ...] = ("Allow", "Deny")) -> dict[str, Any]:
    return {
        "Effect": draw(st.sampled_from(effects)),
        draw(st.sampled_from(("Action", "NotAction"))): draw(
            st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=2, unique=True)
        ),
        draw(st.sampled_from(("Resource", "NotResource"))): draw(st.sampled_from(RESOURCES)),
        "Condition": draw(conditions),
    }


policies = st.lists(statements(), min_size=1, max_size=3).map(lambda found: Policy("p", document(*found)))
denials = st.lists(statements(effects=("Deny",)), min_size=1, max_size=2).map(lambda f: Policy("d", document(*f)))
FULL_LEVEL = Policy("full", document({"Effect": "Allow", "Action": "*", "Resource": "*"}))
levels = st.lists(policies, max_size=2).flatmap(
    lambda found: st.sampled_from((Level("n", tuple(found)), Level("n", (FULL_LEVEL, *found))))
)
chains = st.lists(levels, min_size=1, max_size=2).map(tuple)
kinds = st.sampled_from((SCP, RCP))


def found(before: tuple[Level, ...], after: tuple[Level, ...], kind: str) -> tuple[Table, ...]:
    return tables(Pair(kind, guarding(*before, kind=kind), guarding(*after, kind=kind)), ORGANIZATION)


def flips(before: tuple[Level, ...], after: tuple[Level, ...], kind: str) -> set[tuple[Any, ...]]:
    return {
        (table.candidate.action, row.labels, row.loss, row.gain)
        for table in found(before, after, kind)
        for row in table.grid.rows
        if row.loss or row.gain
    }


@MANY
@given(chains, denials, st.integers(0, 1), kinds)
def test_more_denials_never_give(chain: tuple[Level, ...], more: Policy, where: int, kind: str) -> None:
    place = where % len(chain)
    wider = Level("n", (*chain[place].policies, more))
    after = (*chain[:place], wider, *chain[place + 1 :])
    pair = guarding(*chain, kind=kind), guarding(*after, kind=kind)
    assert all(change.direction is Direction.LOSS for change in between(*pair, kind))
    assert all(change.direction is Direction.GAIN for change in between(*reversed(pair), kind))


@MANY
@given(chains, st.randoms(use_true_random=False), kinds)
def test_the_same_in_other_words_says_nothing(chain: tuple[Level, ...], chance: random.Random, kind: str) -> None:
    def mixed(items: Any) -> list[Any]:
        found = list(items)
        chance.shuffle(found)
        return found

    def rewritten(level: Level) -> Level:
        statements = mixed(s for p in level.policies for s in p.document["Statement"])
        at = chance.randint(0, len(statements))
        halves = [half for half in (statements[:at], statements[at:]) if half]
        named = [[{**s, "Sid": f"S{n}"} for n, s in enumerate(half)] for half in halves]
        return Level(level.name, tuple(Policy(f"p{n}", document(*half)) for n, half in enumerate(named)))

    other = tuple(rewritten(level) for level in chain)
    assert between(guarding(*chain, kind=kind), guarding(*other, kind=kind), kind) == ()


@MANY
@given(chains, chains, kinds)
def test_the_other_way_round_losses_are_gains(one: tuple[Level, ...], two: tuple[Level, ...], kind: str) -> None:
    there, back = flips(one, two, kind), flips(two, one, kind)
    assert there == {(action, labels, gain, loss) for action, labels, loss, gain in back}


def let_through(finding: Finding) -> bool:
    return not {Outcome.ALLOW, Outcome.NOT_APPLICABLE}.isdisjoint(finding.possible)


@MANY
@given(chains, chains, kinds)
def test_every_flip_is_one_by_the_judge(one: tuple[Level, ...], two: tuple[Level, ...], kind: str) -> None:
    """The requests behind a flip, judged by the chains as they are written."""
    for table in found(one, two, kind):
        for row, requests in zip(table.grid.rows, table.requests, strict=True):
            if not row.loss and not row.gain:
                continue
            before, after = (
                judge(asked, chain).scp if kind == SCP else judge(asked, (), chain).rcp
                for request, chain in zip(requests, (one, two), strict=True)
                for asked in [replace(request, action=table.candidate.action)]
            )
            if row.before != row.after:
                assert (let_through(before), let_through(after)) == (row.loss, row.gain)
            else:
                assert Outcome.DEPENDS in (before.verdict, after.verdict)
                assert row.keys


@MANY
@given(chains, chains, kinds)
def test_what_flips_is_told_and_nothing_else(one: tuple[Level, ...], two: tuple[Level, ...], kind: str) -> None:
    told = {c.direction for c in between(guarding(*one, kind=kind), guarding(*two, kind=kind), kind)}
    there = flips(one, two, kind)
    assert (Direction.LOSS in told) is any(loss for _, _, loss, _ in there)
    assert (Direction.GAIN in told) is any(gain for _, _, _, gain in there)
