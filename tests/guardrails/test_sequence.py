"""Narrow before widen, scenario by scenario: what waits for what, and where no order keeps the guard up.

Addresses are short here: ``d@a`` is the attachment of d to ou:a, ``one`` an account, ``d`` a policy.
"""

from __future__ import annotations

from itertools import pairwise

import pytest

from factory.core import address
from factory.core.policy_types import RCP, SCP
from factory.guardrails.sequence import sequence
from tests.kinds.scenes import (
    FOREIGN,
    MANAGEMENT,
    Acc,
    Ou,
    Policy,
    Root,
    Thing,
    allow,
    deny,
    live,
    plan,
    refusal,
    refused,
    steps,
    waits,
)

D, E = Policy("d", deny("svc:a")), Policy("e", deny("svc:b"))
L1, L2, L3 = (Policy(f"l{n}", allow(f"svc:{n}")) for n in (1, 2, 3))
R = Policy("r", deny("svc:a"), RCP)
TAG, TAG2 = (Policy(f"t{n}", {"tags": {}}, "TAG_POLICY") for n in (1, 2))
A, B = Ou("a"), Ou("b")
ONE_A, ONE_B = Acc("one", "a"), Acc("one", "b")
Scene = tuple[list[Thing], list[Thing], str]


def full(short: str) -> str:
    """``d@a`` -> ``attachment:d@ou:a``; ``d``, ``one`` and ``a`` as in the scenes."""
    policy, at, node = short.partition("@")
    if at:
        return f"attachment:{policy}@{node if node == 'root' else full(node)}"
    kind = "account" if short in ("one", "two") else "ou" if short[0] in "ab" else "guardrail"
    return f"{kind}:{short}"


def mixed(first: str, second: str) -> Policy:
    return Policy("m", deny(first, second))


def listed(path: str, *names: str) -> Ou:
    return Ou(path, on=names, full_access=False)


ORDERED: dict[str, Scene] = {
    "a denial comes down from the root": (
        [D, Root(on=("d",)), A, ONE_A],
        [D, Ou("a", on=("d",)), ONE_A],
        "d@root > d@a",
    ),
    "a denial goes up to the root": (
        [D, Ou("a", on=("d",)), ONE_A],
        [D, Root(on=("d",)), A, ONE_A],
        "d@a > d@root",
    ),
    "a denial goes from a unit down to an account": (
        [D, Ou("a", on=("d",)), ONE_A],
        [D, A, Acc("one", "a", on=("d",))],
        "d@a > d@one",
    ),
    "one denial takes the place of another on a node": (
        [D, E, Ou("a", on=("d",)), ONE_A],
        [D, E, Ou("a", on=("e",)), ONE_A],
        "d@a > e@a",
    ),
    "another denial on another node": (
        [D, E, Ou("a", on=("d",)), ONE_A],
        [D, E, Root(on=("e",)), A, ONE_A],
        "d@a > e@root",
    ),
    "a list takes the place of a list": (
        [L1, L2, listed("a", "l1"), ONE_A],
        [L1, L2, listed("a", "l2"), ONE_A],
        "l1@a > l2@a",
    ),
    "a list takes the place of full access": (
        [L1, A, ONE_A],
        [L1, listed("a", "l1"), ONE_A],
        "FullAWSAccess@a > l1@a",
    ),
    "full access on one level comes back after the list on the other": (
        [L1, listed("a", "l1"), ONE_A],
        [L1, Root(on=("l1",), full_access=False), A, ONE_A],
        "FullAWSAccess@a > FullAWSAccess@root > l1@root",
    ),
    "a resource control policy comes down": (
        [R, Root(on=("r",)), A, ONE_A],
        [R, Ou("a", on=("r",)), ONE_A],
        "r@root > r@a",
    ),
    "a denial is lifted after another policy is rewritten to say the same": (
        [D, E, Root(on=("d",)), Ou("a", on=("e",)), ONE_A],
        [D, Policy("e", deny("svc:a", "svc:b")), Ou("a", on=("e",)), ONE_A],
        "d@root > e",
    ),
    "a policy is rewritten to say less after another one says it": (
        [D, Policy("e", deny("svc:a", "svc:b")), Ou("a", on=("e",)), ONE_A],
        [D, E, Root(on=("d",)), Ou("a", on=("e",)), ONE_A],
        "e > d@root",
    ),
    "a policy is loosened before it is attached once more": (
        [Policy("e", deny("svc:a", "svc:b")), Root(on=("e",)), A, ONE_A],
        [E, Root(on=("e",)), Ou("a", on=("e",)), ONE_A],
        "e@a > e",
    ),
    "a policy is attached as it will be": (
        [E, A, ONE_A],
        [Policy("e", deny("svc:a")), Ou("a", on=("e",)), ONE_A],
        "e@a > e",
    ),
    "an account enters the guardrails of its new unit": (
        [D, A, B, ONE_A],
        [D, A, Ou("b", on=("d",)), ONE_B],
        "one > d@b",
    ),
    "an account leaves the guardrails of its old unit before they go": (
        [D, Ou("a", on=("d",)), B, ONE_A],
        [D, A, B, ONE_B],
        "d@a > one",
    ),
    "an account takes its guardrail along": (
        [D, Ou("a", on=("d",)), B, ONE_A],
        [D, A, Ou("b", on=("d",)), ONE_B],
        "d@a > one > d@b",
    ),
    "the old unit lets go of what the new one denies as well": (
        [D, Ou("a", on=("d",)), Ou("b", on=("d",)), ONE_A],
        [D, A, Ou("b", on=("d",)), ONE_B],
        "d@a > one",
    ),
    "a denial goes from the old unit to the root while the account moves": (
        [D, Ou("a", on=("d",)), B, ONE_A],
        [D, Root(on=("d",)), A, B, ONE_B],
        "d@a > one > d@root",
    ),
    "a denial goes from the root to the new unit while the account moves": (
        [D, Root(on=("d",)), A, B, ONE_A],
        [D, A, Ou("b", on=("d",)), ONE_B],
        "d@root > one > d@b",
    ),
    "the new unit denies already what the root lets go": (
        [D, Root(on=("d",)), A, Ou("b", on=("d",)), ONE_A],
        [D, A, Ou("b", on=("d",)), ONE_B],
        "d@root > one",
    ),
    "the old unit denies still what the root takes on": (
        [D, Ou("a", on=("d",)), B, ONE_A],
        [D, Root(on=("d",)), Ou("a", on=("d",)), B, ONE_B],
        "one > d@root",
    ),
    "a list is there before an account enters it": (
        [L1, A, B, ONE_A],
        [L1, A, listed("b", "l1"), ONE_B],
        "one > FullAWSAccess@b > l1@b",
    ),
    "a list has grown before an account enters it": (
        [L1, L2, A, listed("b", "l1"), ONE_A],
        [L1, L2, A, listed("b", "l1", "l2"), ONE_B],
        "one > l2@b",
    ),
    "an account leaves a list before it gets full access": (
        [L1, listed("a", "l1"), B, ONE_A],
        [L1, A, B, ONE_B],
        "FullAWSAccess@a > one",
    ),
    "an account leaves a list once the root has it": (
        [L1, listed("a", "l1"), B, ONE_A],
        [L1, Root(on=("l1",), full_access=False), listed("a", "l1"), B, ONE_B],
        "one > FullAWSAccess@root > l1@root",
    ),
    "the root gives full access back once the account has entered a list": (
        [L1, Root(on=("l1",), full_access=False), A, listed("b", "l1"), ONE_A],
        [L1, Root(on=("l1",)), A, listed("b", "l1"), ONE_B],
        "FullAWSAccess@root > one",
    ),
    "the policy of the new unit is rewritten before the account enters": (
        [E, A, Ou("b", on=("e",)), ONE_A],
        [Policy("e", deny("svc:a", "svc:b")), A, Ou("b", on=("e",)), ONE_B],
        "one > e",
    ),
    "the policy of the old unit says less once the account has left": (
        [Policy("e", deny("svc:a", "svc:b")), Ou("a", on=("e",)), B, ONE_A],
        [E, Ou("a", on=("e",)), B, ONE_B],
        "e > one",
    ),
    "a policy on both sides is loosened after the new unit's own denial is met": (
        [D, Policy("e", deny("svc:a", "svc:b")), Ou("a", on=("e",)), Ou("b", on=("e", "d")), ONE_A],
        [D, E, Ou("a", on=("e",)), Ou("b", on=("e", "d")), ONE_B],
        "e > one",
    ),
    "a policy on both sides is tightened before the old unit's own denial is left": (
        [D, E, Ou("a", on=("e", "d")), Ou("b", on=("e",)), ONE_A],
        [D, Policy("e", deny("svc:a", "svc:b")), Ou("a", on=("e", "d")), Ou("b", on=("e",)), ONE_B],
        "one > e",
    ),
    "a creation waits for the denials of its chain": (
        [D, E, A],
        [D, E, Root(on=("e",)), Ou("a", on=("d",)), ONE_A],
        "one > d@a; one > e@root",
    ),
    "a creation waits for lists and for full access to go": (
        [L1, A],
        [L1, listed("a", "l1"), ONE_A],
        "one > FullAWSAccess@a > l1@a",
    ),
    "a creation waits for a denial that takes the place of another": (
        [D, E, Ou("a", on=("d",))],
        [D, E, Ou("a", on=("e",)), ONE_A],
        "one > e@a",
    ),
    "a creation waits for a policy to be tightened": (
        [E, Ou("a", on=("e",))],
        [Policy("e", deny("svc:a", "svc:b")), Ou("a", on=("e",)), ONE_A],
        "one > e",
    ),
    "a creation waits for the guardrails of a unit that is created": (
        [D],
        [D, Ou("a", on=("d",)), ONE_A],
        "one > d@a > a",
    ),
    "an unmanaged account is guarded as well": (
        [D, Root(on=("d",)), A, Acc("theirs", "a", tagged=FOREIGN)],
        [D, Ou("a", on=("d",))],
        "d@root > d@a",
    ),
    "tag policies swap in the same order": (
        [TAG, TAG2, Ou("a", on=("t1",)), ONE_A],
        [TAG, TAG2, Ou("a", on=("t2",)), ONE_A],
        "t1@a > t2@a",
    ),
}


@pytest.mark.parametrize(("now", "wanted", "expected"), ORDERED.values(), ids=ORDERED.keys())
def test_order(now: list[Thing], wanted: list[Thing], expected: str) -> None:
    made = plan(live(*now, enabled=(SCP, RCP, "TAG_POLICY")), wanted)
    assert refused(made) == []
    for chain in expected.split("; "):
        names = [full(name) for name in chain.split(" > ")]
        for later, earlier in pairwise(names):
            assert waits(made, later, earlier), f"{later} should wait for {earlier}: {steps(made)}"


FREE: dict[str, Scene] = {
    "denials on branches that share no account": (
        [D, Ou("a", on=("d",)), B, ONE_A],
        [D, A, Ou("b", on=("d",)), ONE_A],
        "d@a d@b",
    ),
    "denials in an organization without accounts below": (
        [D, Root(on=("d",)), A],
        [D, Ou("a", on=("d",))],
        "d@root d@a",
    ),
    "what binds only the management account": (
        [D, Root(on=("d",)), A, Acc("x", "b", id="222222222222"), B],
        [D, Ou("a", on=("d",)), B],
        "d@root d@a",
    ),
    "tag policies on two levels": (
        [TAG, Root(on=("t1",)), A, ONE_A],
        [TAG, Ou("a", on=("t1",)), ONE_A],
        "t1@root t1@a",
    ),
    "on the way out of a unit, what happens there and above": (
        [D, E, Root(on=("e",)), A, B, ONE_A],
        [D, E, Ou("a", on=("d",)), B, ONE_B],
        "e@root d@a",
    ),
    "on the way into a unit, what happens there and above": (
        [D, E, A, Ou("b", on=("d",)), ONE_A],
        [D, E, Root(on=("e",)), A, B, ONE_B],
        "d@b e@root",
    ),
    "a move and what is lifted above": (
        [D, Root(on=("d",)), A, B, ONE_A],
        [D, A, B, ONE_B],
        "d@root one",
    ),
    "a move and what is attached above": (
        [D, A, B, ONE_A],
        [D, Root(on=("d",)), A, B, ONE_B],
        "one d@root",
    ),
    "a move from a policy that is rewritten to the same policy": (
        [Policy("e", deny("svc:1")), Ou("a", on=("e",)), Ou("b", on=("e",)), ONE_A],
        [Policy("e", deny("svc:2")), Ou("a", on=("e",)), Ou("b", on=("e",)), ONE_B],
        "one e",
    ),
    "a move into a denial and another denial above": (
        [D, E, A, Ou("b", on=("d",)), ONE_A],
        [D, E, Root(on=("e",)), A, Ou("b", on=("d",)), ONE_B],
        "e@root one",
    ),
    "a move out of a denial and another that is lifted above": (
        [D, E, Root(on=("e",)), Ou("a", on=("d",)), B, ONE_A],
        [D, E, Ou("a", on=("d",)), B, ONE_B],
        "one e@root",
    ),
    "a move out of a list and a denial that is lifted above": (
        [L1, E, Root(on=("e",)), listed("a", "l1"), B, ONE_A],
        [L1, E, listed("a", "l1"), B, ONE_B],
        "e@root one",
    ),
    "two denials on one chain": (
        [D, E, A, ONE_A],
        [D, E, Root(on=("e",)), Ou("a", on=("d",)), ONE_A],
        "d@a e@root",
    ),
    "two denials that are lifted on one chain": (
        [D, E, Root(on=("e",)), Ou("a", on=("d",)), ONE_A],
        [D, E, A, ONE_A],
        "d@a e@root",
    ),
    "a list beside full access and a denial above": (
        [L1, E, A, ONE_A],
        [L1, E, Root(on=("e",)), Ou("a", on=("l1",)), ONE_A],
        "l1@a e@root",
    ),
    "a new name for an account and a denial for its unit": (
        [D, A, ONE_A],
        [D, Ou("a", on=("d",)), Acc("one", "a", name="new")],
        "one d@a",
    ),
    "a creation and a denial that is lifted": (
        [D, Ou("a", on=("d",))],
        [D, A, ONE_A],
        "one d@a",
    ),
    "a creation and what happens on another branch": (
        [D, A, B],
        [D, A, Ou("b", on=("d",)), ONE_A],
        "one d@b",
    ),
    "a move and what happens on another branch": (
        [D, A, B, Ou("a2"), ONE_A],
        [D, A, B, Ou("a2", on=("d",)), ONE_B],
        "one d@a2",
    ),
    "a move and what tightens the unit it leaves": (
        [D, A, B, ONE_A],
        [D, Ou("a", on=("d",)), B, ONE_B],
        "d@a one",
    ),
    "a move and what loosens the unit it enters": (
        [D, A, Ou("b", on=("d",)), ONE_A],
        [D, A, B, ONE_B],
        "one d@b",
    ),
}


@pytest.mark.parametrize(("now", "wanted", "pair"), FREE.values(), ids=FREE.keys())
def test_no_more_order_than_must_be(now: list[Thing], wanted: list[Thing], pair: str) -> None:
    made = plan(live(*now, enabled=(SCP, RCP, "TAG_POLICY")), wanted)
    later, earlier = (full(name) for name in pair.split())
    assert {str(c.address) for c in made.changes} >= {later, earlier}
    assert refused(made) == []
    assert not waits(made, later, earlier)


TORN: dict[str, tuple[list[Thing], list[Thing]]] = {
    "lists change on two levels at once": (
        [L1, L2, Root(on=("l1",), full_access=False), listed("a", "l1"), ONE_A],
        [L1, L2, Root(on=("l2",), full_access=False), listed("a", "l2"), ONE_A],
    ),
    "two policies of a chain swap what they deny": (
        [D, E, Root(on=("d",)), Ou("a", on=("e",)), ONE_A],
        [Policy("d", deny("svc:b")), Policy("e", deny("svc:a")), Root(on=("d",)), Ou("a", on=("e",)), ONE_A],
    ),
    "two policies of a chain are rewritten both ways": (
        [Policy("d", deny("svc:1")), Policy("e", deny("svc:2")), Root(on=("d",)), Ou("a", on=("e",)), ONE_A],
        [Policy("d", deny("svc:3")), Policy("e", deny("svc:4")), Root(on=("d",)), Ou("a", on=("e",)), ONE_A],
    ),
}


@pytest.mark.parametrize(("now", "wanted"), TORN.values(), ids=TORN.keys())
def test_where_no_order_keeps_the_guard_up_the_plan_is_refused(now: list[Thing], wanted: list[Thing]) -> None:
    made = plan(now, wanted)
    (found,) = made.refusals
    assert (found.rule, str(found.address)) == ("gap", "ou:a"), "only what is below both nodes is without guard"
    assert found.message.startswith("no order of ")
    assert found.message.endswith(" keeps every account within what it had or will have")
    assert found.way_out == "apply it in two steps, or accept a moment without full guard with --allow-gap a"


@pytest.mark.parametrize(("now", "wanted"), TORN.values(), ids=TORN.keys())
def test_such_a_gap_is_accepted_node_by_node(now: list[Thing], wanted: list[Thing]) -> None:
    for agreed in (("a",), ("ou:a",)):
        assert refused(plan(now, wanted, gap=agreed)) == []
    for agreed in ((), ("root",), ("root", "b")):
        assert set(refused(plan(now, wanted, gap=agreed))) == {"gap"}


def test_a_conflict_names_what_it_is_about_and_no_more_than_six() -> None:
    now, wanted = TORN["lists change on two levels at once"]
    assert {r.message for r in plan(now, wanted).refusals} == {
        "no order of attachment:l1@ou:a, attachment:l1@root, attachment:l2@ou:a, attachment:l2@root keeps every "
        "account within what it had or will have"
    }
    paths = ["a", "a/b", "a/b/c"]
    deep = [L1, L2, Acc("one", "a/b/c")]
    now = [*deep, Root(on=("l1",), full_access=False), *(listed(path, "l1") for path in paths)]
    wanted = [*deep, Root(on=("l2",), full_access=False), *(listed(path, "l2") for path in paths)]
    assert all(r.message.count("attachment:") <= 6 for r in plan(now, wanted).refusals)
    assert plan(now, wanted).refusals[0].message.count(" ... keeps") == 1


def test_an_accepted_conflict_still_swaps_on_each_node() -> None:
    now, wanted = TORN["lists change on two levels at once"]
    made = plan(now, wanted, gap=("a",))
    assert waits(made, full("l1@a"), full("l2@a"))
    assert waits(made, full("l1@root"), full("l2@root"))


def test_a_conflict_is_on_the_node_below_which_both_levels_bind() -> None:
    account = Acc("one", "a/b")
    now: list[Thing] = [L1, L2, listed("a", "l1"), listed("a/b", "l1"), account]
    wanted: list[Thing] = [L1, L2, listed("a", "l2"), listed("a/b", "l2"), account]
    assert [str(r.address) for r in plan(now, wanted).refusals] == ["ou:a/b"]


def test_a_conflict_between_a_unit_and_an_account_is_on_both() -> None:
    now: list[Thing] = [L1, L2, listed("a", "l1"), Acc("one", "a", on=("l1",), full_access=False)]
    wanted: list[Thing] = [L1, L2, listed("a", "l2"), Acc("one", "a", on=("l2",), full_access=False)]
    assert [str(r.address) for r in plan(now, wanted).refusals] == ["account:one", "ou:a"]


def test_changes_that_need_each_other_are_named() -> None:
    one, two = address.unit("a"), address.unit("b")
    circle = {one: frozenset({two}), two: frozenset({one})}
    with pytest.raises(ValueError, match="these changes need each other: ou:a, ou:b"):
        sequence([], {}, {}, circle, slots={})


@pytest.mark.parametrize(
    "inhabitant",
    [Acc("one", "a", state="closed"), Acc("one", "a", state="suspended"), Acc("one", "a", state="pending_closure")],
)
def test_a_closed_account_needs_no_guard(inhabitant: Acc) -> None:
    now, wanted = TORN["lists change on two levels at once"]
    assert refused(plan([*now[:-1], inhabitant], [*wanted[:-1], inhabitant])) == []
    assert refused(plan([*now[:-1], Acc("one", "a", state="pending_activation")], wanted)) == ["gap"]


def test_the_management_account_needs_no_guard() -> None:
    now, wanted = TORN["lists change on two levels at once"]
    made = plan(live(*now[:-1], management_in="a"), wanted[:-1])
    assert refused(made) == []
    assert str(MANAGEMENT) in str(made.identity)


# Full nodes


FULL = [D, E, Ou("a", on=("d",)), ONE_A]
FULL_WANTED = [D, E, Ou("a", on=("e",)), ONE_A]


def test_a_full_node_has_no_room_to_attach_first() -> None:
    found = refusal(plan(FULL, FULL_WANTED, slots=2), "gap")
    assert found.message == (
        f"ou:a has 2 of 2 slots for {SCP} taken, so something must be detached before all 1 new ones are attached"
    )
    assert found.way_out == "apply it in two steps, or accept a moment without full guard with --allow-gap a"


def test_with_consent_a_full_node_is_emptied_as_little_as_must_be() -> None:
    made = plan(FULL, FULL_WANTED, slots=2, gap=("a",))
    assert refused(made) == []
    assert steps(made) == ["detach attachment:d@ou:a", "attach attachment:e@ou:a"]
    assert waits(made, full("e@a"), full("d@a"))


def test_one_free_slot_is_enough_and_then_attaching_comes_first() -> None:
    made = plan(FULL, FULL_WANTED, slots=3)
    assert refused(made) == []
    assert steps(made) == ["attach attachment:e@ou:a", "detach attachment:d@ou:a"]


def test_where_no_quota_is_known_attaching_comes_first() -> None:
    assert waits(plan(FULL, FULL_WANTED, slots=None), full("d@a"), full("e@a"))


@pytest.mark.parametrize("slots", [2, 3, 4])
def test_the_last_policy_of_a_full_node_never_goes_before_another_comes(slots: int) -> None:
    """Full access and one list make way for two others; at every moment one is there, and never too many."""
    now, wanted = [L1, L2, L3, Ou("a", on=("l1",)), ONE_A], [L1, L2, L3, listed("a", "l2", "l3"), ONE_A]
    made = plan(now, wanted, slots=slots, gap=("a",))
    assert refused(made) == []
    count = 2
    for position, step in enumerate(steps(made)):
        count += 1 if step.startswith("attach") else -1
        assert 1 <= count <= slots
        for before in steps(made)[:position]:
            if slots < 4:
                assert waits(made, step.split()[1], before.split()[1])
    assert count == 2


def test_no_more_is_detached_than_must_be_before_something_comes() -> None:
    lists = [Policy(f"l{n}", allow(f"svc:{n}")) for n in range(6)]
    made = plan([*lists, listed("a", "l0", "l1", "l2")], [*lists, listed("a", "l4", "l5")], slots=3, gap=("a",))
    assert [step.split()[0] for step in steps(made)] == ["detach", "attach", "detach", "attach", "detach"]


def test_a_node_that_is_full_and_would_be_too_full_is_told_both() -> None:
    now, wanted = [L1, D, E, Ou("a", on=("d",)), ONE_A], [L1, D, E, Ou("a", on=("e", "l1")), ONE_A]
    assert refused(plan(now, wanted, slots=2)) == ["attachment-slots", "gap"]


def test_gaps_are_for_each_node() -> None:
    now = [D, E, Ou("a", on=("d",)), Ou("b", on=("d",)), ONE_A]
    wanted = [D, E, Ou("a", on=("e",)), Ou("b", on=("e",)), ONE_A]
    assert refused(plan(now, wanted, slots=2)) == ["gap", "gap"]
    assert [str(r.address) for r in plan(now, wanted, slots=2, gap=("b",)).refusals] == ["ou:a"]


def test_a_full_root_is_accepted_by_its_name() -> None:
    now, wanted = [D, E, Root(on=("d",)), ONE_A, A], [D, E, Root(on=("e",)), ONE_A, A]
    assert refusal(plan(now, wanted, slots=2), "gap").way_out.endswith("--allow-gap root")
    assert refused(plan(now, wanted, slots=2, gap=("root",))) == []


def test_a_full_account_is_accepted_by_its_address() -> None:
    now, wanted = [D, E, Acc("one", on=("d",))], [D, E, Acc("one", on=("e",))]
    assert refusal(plan(now, wanted, slots=2), "gap").way_out.endswith("--allow-gap account:one")
    assert refused(plan(now, wanted, slots=2, gap=("account:one",))) == []
    assert refused(plan(now, wanted, slots=2, gap=("one",))) == ["gap"]


def test_rcpfullawsaccess_takes_a_slot_of_its_own() -> None:
    q = Policy("q", deny("svc:b"), RCP)
    now, wanted = [R, q, Ou("a", on=("r",)), ONE_A], [R, q, Ou("a", on=("q",)), ONE_A]
    assert refused(plan(now, wanted, slots=2)) == ["gap"]
    assert refused(plan(now, wanted, slots=3)) == []


def test_types_do_not_take_each_others_slots() -> None:
    now, wanted = [D, R, Ou("a", on=("d",)), ONE_A], [D, R, Ou("a", on=("r",)), ONE_A]
    assert refused(plan(now, wanted, slots=2)) == []


def test_an_accepted_gap_keeps_the_other_rules_of_order() -> None:
    """The denial that came from the root is still on its account before the root lets go of it."""
    now = [D, E, Root(on=("d",)), Ou("a", on=("e",)), ONE_A]
    wanted = [D, E, Ou("a", on=("d",)), ONE_A]
    made = plan(now, wanted, slots=2, gap=("a",))
    assert waits(made, full("d@root"), full("d@a"))
    assert waits(made, full("d@a"), full("e@a"))
