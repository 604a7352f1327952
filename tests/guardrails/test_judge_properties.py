"""Laws of the judge, on any policies: denials never widen, order means nothing, more levels give nothing, and
``depends`` is honest. ``FACTORY_EXAMPLES`` says how many are tried."""

from __future__ import annotations

import os
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from factory.guardrails.judge import judge
from factory.guardrails.levels import Level, Policy
from factory.guardrails.verdicts import DENIALS, Outcome, Verdict
from tests.guardrails.judging import MEMBER, document, request

EXAMPLES = int(os.environ.get("FACTORY_EXAMPLES", "60"))
MANY = settings(max_examples=EXAMPLES, deadline=None)

KEYS = ("x:A", "x:B")
VALUES = ("a", "b", "5")
OPERATORS = [
    f"{prefix}{name}{suffix}"
    for prefix in ("", "ForAllValues:", "ForAnyValue:")
    for name in ("StringEquals", "StringNotEquals", "StringLike", "NumericLessThan", "NumericNotEquals", "ArnNotLike")
    for suffix in ("", "IfExists")
] + ["Null", "Bool"]
RESOURCES = ("*", f"arn:aws:sqs:eu-west-1:{MEMBER}:q", f"arn:aws:sqs:eu-west-1:{MEMBER}:r")
PATTERNS = ("*", RESOURCES[1], "arn:aws:sqs:*:*:?", "arn:aws:sqs:*:*:${x:A}", "arn:aws:sqs:*:*:${x:B, 'q'}")

texts = st.sampled_from((*VALUES, "a*", "?", "true", "false", "${x:B}", "x${x:A}", "${x:A, 'a'}"))
conditions = st.dictionaries(
    st.sampled_from(OPERATORS),
    st.dictionaries(st.sampled_from(KEYS), st.lists(texts, min_size=1, max_size=2), min_size=1, max_size=2),
    max_size=2,
)


@st.composite
def statements(draw: Any, effects: tuple[str, ...] = ("Allow", "Deny")) -> dict[str, Any]:
    action = draw(st.sampled_from(("Action", "NotAction")))
    resource = draw(st.sampled_from(("Resource", "NotResource")))
    return {
        "Effect": draw(st.sampled_from(effects)),
        action: draw(st.sampled_from(("*", "sqs:*", "sqs:SendMessage", "s3:*", "*:Send*"))),
        resource: draw(st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=2)),
        "Condition": draw(conditions),
    }


policies = st.lists(statements(), min_size=1, max_size=3).map(lambda found: Policy("p", document(*found)))
levels = st.lists(policies, max_size=2).map(lambda found: Level("n", tuple(found)))
chains = st.lists(levels, min_size=1, max_size=3).map(tuple)
given_values = st.lists(st.sampled_from(VALUES), max_size=2)
contexts = st.dictionaries(st.sampled_from(KEYS), given_values)
targets = st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=2, unique=True)


def ask(chain: tuple[Level, ...], context: dict[str, Any], on: list[str], **more: Any) -> Verdict:
    return judge(request("sqs:SendMessage", *on, context=context, resource_account=MEMBER, **more), chain, chain)


def _rank(verdict: Verdict) -> int:
    """How much is let through, where nothing is unknown."""
    return {Outcome.ALLOW: 2, Outcome.IMPLICIT: 1, Outcome.EXPLICIT: 0}[verdict.scp.verdict]


@MANY
@given(chains, contexts, targets, statements(effects=("Deny",)), st.integers(0, 2))
def test_a_denial_never_widens(
    chain: tuple[Level, ...], context: dict[str, Any], on: list[str], more: dict[str, Any], where: int
) -> None:
    changed = list(chain)
    place = where % len(chain)
    changed[place] = Level("n", (*chain[place].policies, Policy("more", document(more))))
    before, after = ask(chain, context, on), ask(tuple(changed), context, on)
    for old, new in ((before.scp, after.scp), (before.rcp, after.rcp)):
        assert Outcome.ALLOW in old.possible or Outcome.ALLOW not in new.possible
        assert not (set(old.possible) <= DENIALS) or set(new.possible) <= DENIALS
    closed = [ask(each, context, on, unknown_is_absent=True) for each in (chain, tuple(changed))]
    assert _rank(closed[1]) <= _rank(closed[0])


@MANY
@given(chains, contexts, targets, st.randoms(use_true_random=False))
def test_order_means_nothing(
    chain: tuple[Level, ...], context: dict[str, Any], on: list[str], chance: random.Random
) -> None:
    def mixed(items: Any) -> list[Any]:
        found = list(items)
        chance.shuffle(found)
        return found

    def policy(old: Policy) -> Policy:
        return Policy(old.name, {**old.document, "Statement": mixed(old.document["Statement"])})

    other = tuple(Level(each.name, tuple(policy(p) for p in mixed(each.policies))) for each in mixed(chain))
    one, two = ask(chain, context, on), ask(other, context, mixed(on))
    for left, right in ((one.scp, two.scp), (one.rcp, two.rcp)):
        assert (left.verdict, left.possible, left.depends_on) == (right.verdict, right.possible, right.depends_on)
        assert left.missing == right.missing
        assert len(left.blocked_by) == len(right.blocked_by)
    assert one.verdict == two.verdict


@MANY
@given(chains, contexts, targets, levels, st.integers(0, 3))
def test_a_level_more_never_adds_rights(
    chain: tuple[Level, ...], context: dict[str, Any], on: list[str], more: Level, where: int
) -> None:
    longer = (*chain[:where], more, *chain[where:])
    before, after = ask(chain, context, on), ask(longer, context, on)
    assert set(after.scp.possible) <= DENIALS or Outcome.ALLOW in before.scp.possible
    assert _rank(ask(longer, context, on, unknown_is_absent=True)) <= _rank(
        ask(chain, context, on, unknown_is_absent=True)
    )


@MANY
@given(chains, contexts, targets, st.lists(given_values, min_size=2, max_size=2))
def test_depends_is_honest(
    chain: tuple[Level, ...], context: dict[str, Any], on: list[str], later: list[list[str]]
) -> None:
    """Whatever the unknown keys turn out to be, absent (the empty list) too, the verdict is one that was left open."""
    found = ask(chain, context, on)
    known = ask(chain, {**dict(zip(KEYS, later, strict=True)), **context}, on)
    for before, after in ((found.scp, known.scp), (found.rcp, known.rcp)):
        assert after.verdict is not Outcome.DEPENDS
        assert after.verdict in before.possible
        assert before.verdict is Outcome.DEPENDS or before.verdict == after.verdict
        assert (before.verdict is Outcome.DEPENDS) is bool(before.depends_on)
    assert set(found.depends_on) <= set(found.missing) <= set(KEYS) - set(context)
    assert found.verdict in (Outcome.DEPENDS, Outcome.IMPLICIT) or found.verdict == known.verdict


@MANY
@given(chains, contexts, targets)
def test_what_does_not_matter_is_not_named(chain: tuple[Level, ...], context: dict[str, Any], on: list[str]) -> None:
    """Keys beside those named may be absent or not: what is left open stays the same or becomes less."""
    found = ask(chain, context, on)
    others = frozenset(KEYS) - {*found.scp.depends_on, *context}
    if found.scp.verdict is not Outcome.DEPENDS:
        assert ask(chain, context, on, absent=others).scp.verdict == found.scp.verdict
    assert set(ask(chain, context, on, absent=others).scp.possible) <= set(found.scp.possible)


@MANY
@given(chains, contexts, targets)
def test_several_resources_are_judged_as_each_alone(
    chain: tuple[Level, ...], context: dict[str, Any], on: list[str]
) -> None:
    together = ask(chain, context, on).scp
    alone = [ask(chain, context, [each]).scp for each in on]
    worst = (Outcome.EXPLICIT, Outcome.IMPLICIT, Outcome.DEPENDS, Outcome.ALLOW)
    if all(each.verdict is not Outcome.DEPENDS for each in alone):
        assert together.verdict == min((each.verdict for each in alone), key=worst.index)
    assert (Outcome.ALLOW in together.possible) is all(Outcome.ALLOW in each.possible for each in alone)
