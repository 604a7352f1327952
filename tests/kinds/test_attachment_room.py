"""The room that a plan tells: which nodes and types, and that it is AWS's state afterwards which counts."""

from __future__ import annotations

from typing import Any

from factory.core.documents import canonical
from factory.core.policy_types import RCP, SCP
from tests.kinds.scenes import FOREIGN, Acc, Ou, Policy, Root, Thing, deny, live, plan

D, E = Policy("d", deny("svc:a")), Policy("e", deny("svc:bb"))
THEIRS = Policy("theirs", deny("svc:ccc"), tagged=FOREIGN)
R = Policy("r", deny("svc:a"), RCP)
TAG = Policy("t", {"tags": {}}, "TAG_POLICY")


def size(policy: Policy) -> int:
    return len(canonical(policy.content))


def room(now: list[Thing], wanted: list[Thing], **more: Any) -> list[tuple[str, str, int, int | None, int]]:
    made = plan(live(*now, enabled=(SCP, RCP, "TAG_POLICY")), wanted, **more)
    return [(str(each.node), each.type, each.used, each.left, each.size) for each in made.room]


def test_a_policy_that_comes_or_goes() -> None:
    without, with_it = [D, E, Ou("a", on=("e",))], [D, E, Ou("a", on=("d", "e"))]
    assert room(without, with_it, slots=5) == [("ou:a", SCP, 3, 2, size(D) + size(E))]
    assert room(with_it, without, slots=5) == [("ou:a", SCP, 2, 3, size(E))]
    assert room(with_it, with_it, slots=5) == []


def test_what_others_have_attached_counts() -> None:
    now: list[Thing] = [D, THEIRS, Ou("a", on=("theirs",))]
    assert room(now, [D, Ou("a", on=("d",))], slots=2) == [("ou:a", SCP, 3, 0, size(D) + size(THEIRS))]


def test_what_could_not_be_read_takes_a_slot_and_has_no_size() -> None:
    now: list[Thing] = [Policy("secret", None, tagged=FOREIGN), D, Ou("a", on=("secret",))]
    assert room(now, [D, Ou("a", on=("d",))], slots=5) == [("ou:a", SCP, 3, 2, size(D))]


def test_a_policy_that_is_rewritten_takes_other_room_wherever_it_is() -> None:
    longer = Policy("d", deny("svc:a", "svc:another"))
    nodes: list[Thing] = [Root(on=("d",)), Ou("a", on=("e",)), Ou("a/b", on=("d",)), Acc("c", "a", on=("d",))]
    assert room([D, E, *nodes], [longer, E, *nodes], slots=5) == [
        (node, SCP, 2, 3, size(longer)) for node in ("root", "ou:a/b", "account:c")
    ]
    renamed = Policy("d", deny("svc:a"), description="Other words.")
    assert room([D, E, *nodes], [renamed, E, *nodes], slots=5) == []


def test_each_type_has_its_own_room_and_aws_own_policy_counts() -> None:
    wanted: list[Thing] = [R, TAG, Ou("a", on=("r", "t"))]
    assert room([R, TAG, Ou("a")], wanted, slots=5) == [
        ("ou:a", RCP, 2, 3, size(R)),
        ("ou:a", "TAG_POLICY", 1, 4, size(TAG)),
    ]


def test_a_new_node_has_full_access_and_one_that_goes_has_no_room() -> None:
    assert room([D], [D, Ou("a", on=("d",))], slots=5) == [("ou:a", SCP, 2, 3, size(D))]
    assert room([D, Ou("a", on=("d",))], [D]) == []


def test_the_largest_is_named() -> None:
    (made,) = plan([D, E, Ou("a", on=("d",))], [D, E, Ou("a", on=("d", "e"))]).room
    assert made.largest == ("e", size(E))
