"""Policies that are rewritten: what counts as given and taken, what waits, and where a gap is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kinds.scenes import Acc, Ou, Policy, Root, Thing, allow, deny, plan, refused, steps, waits

ONE, TWO = Acc("one", "a"), Acc("two", "b")
L = Policy("l", allow("svc:a"))
WIDER = Policy("l", allow("svc:a", "svc:b"))
STAYS = Policy("stays", allow("svc:a"))


def only(path: str, *names: str) -> Ou:
    return Ou(path, on=names, full_access=False)


def statement(effect: str, actions: list[str], resources: list[str] | None = None) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": actions, "Resource": resources or "*"}]}


# A policy leaves a node and is rewritten in the same plan


def test_a_list_leaves_a_node_before_it_is_widened_elsewhere() -> None:
    """Else the account at the first node could do for a moment what is meant for the second one only."""
    made = plan(
        [L, STAYS, only("a", "l", "stays"), only("b", "l", "stays"), ONE, TWO],
        [WIDER, STAYS, only("a", "stays"), only("b", "l"), ONE, TWO],
    )
    assert refused(made) == []
    assert waits(made, "guardrail:l", "attachment:l@ou:a")
    assert steps(made).index("detach attachment:l@ou:a") < steps(made).index("update guardrail:l")


# Statements are compared action by action, and resource by resource


GROWING: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "actions": (statement("Deny", ["svc:a"]), statement("Deny", ["svc:a", "svc:b"])),
    "resources": (statement("Deny", ["svc:a"], ["arn:a"]), statement("Deny", ["svc:a"], ["arn:b", "arn:a"])),
    "one action becomes a list": (deny("svc:a"), statement("Deny", ["svc:b", "svc:a"])),
    "statements are split": (statement("Deny", ["svc:a", "svc:b"]), deny("svc:a", "svc:b", "svc:c")),
}


@pytest.mark.parametrize(("short", "long"), GROWING.values(), ids=GROWING.keys())
def test_a_list_that_only_grows_takes_and_one_that_only_shrinks_gives(
    short: dict[str, Any], long: dict[str, Any]
) -> None:
    """Two policies of a chain go the same way in any order; only where one gives and the other takes is there one."""

    def both(root: dict[str, Any], unit: dict[str, Any]) -> list[Thing]:
        # The condition keeps the two policies from saying the same.
        other = {**unit, "Statement": [{**s, "Condition": {"Bool": {"x:y": "true"}}} for s in unit["Statement"]]}
        return [Policy("d", root), Policy("e", other), Root(on=("d",)), Ou("a", on=("e",)), ONE]

    for now, wanted in [(both(short, short), both(long, long)), (both(long, long), both(short, short))]:
        made = plan(now, wanted)
        assert sorted(steps(made)) == ["update guardrail:d", "update guardrail:e"]
        assert refused(made) == []
        assert not waits(made, "guardrail:d", "guardrail:e")
        assert not waits(made, "guardrail:e", "guardrail:d")
    made = plan(both(long, short), both(short, long))
    assert waits(made, "guardrail:d", "guardrail:e")
    assert refused(made) == []


# A gap is on the node below which two steps meet


def test_a_gap_is_on_no_node_above_the_one_where_both_steps_bind() -> None:
    def both(first: str, second: str) -> list[Thing]:
        policies: list[Thing] = [Policy("d", deny(first)), Policy("e", deny(second))]
        return [*policies, Root(on=("d",)), Ou("a", on=("e",)), Ou("b", on=("e",)), ONE, TWO]

    now, wanted = both("svc:1", "svc:2"), both("svc:3", "svc:4")
    assert {str(r.address) for r in plan(now, wanted).refusals} == {"ou:a", "ou:b"}
    assert refused(plan(now, wanted, gap=("a", "b"))) == []
    assert refused(plan(now, wanted, gap=("a",))) == ["gap"]


def test_a_gap_is_on_no_node_that_only_one_of_the_two_steps_touches() -> None:
    def both(first: str, second: str) -> list[Thing]:
        policies: list[Thing] = [Policy("d", deny(first)), Policy("e", deny(second))]
        return [*policies, Ou("a", on=("d", "e")), Ou("b", on=("d",)), Ou("c", on=("e",)), ONE, TWO]

    assert {str(r.address) for r in plan(both("svc:1", "svc:2"), both("svc:3", "svc:4")).refusals} == {"ou:a"}
