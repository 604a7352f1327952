"""Build before use, let go before removal, and how circles are found."""

from __future__ import annotations

import pytest

from factory.core.address import Address, account, attachment, guardrail, unit
from factory.core.change import Action, Change
from factory.core.diff import Traits
from factory.core.order import arrange, build_before_use, combine, let_go_before_removal, tangles
from factory.core.resource import Resource

TRAITS = {
    "ou": Traits(usable_as_is=True),
    "account": Traits(usable_as_is=True),
    "guardrail": Traits(),
    "attachment": Traits(),
}
KINDS = ["ou", "account", "guardrail", "attachment"]


def thing(address: Address, *needs: Address) -> Resource:
    return Resource(address, {}, frozenset(needs))


def create(address: Address, *needs: Address) -> Change:
    return Change(Action.CREATE, "create", None, thing(address, *needs))


def delete(address: Address, *needs: Address, releases: frozenset[Address] = frozenset()) -> Change:
    return Change(Action.DELETE, "remove", thing(address, *needs), None, releases=releases)


def update(address: Address, before: tuple[Address, ...] = (), after: tuple[Address, ...] = ()) -> Change:
    return Change(Action.UPDATE, "update", thing(address, *before), thing(address, *after))


def order(*changes: Change) -> list[str]:
    waits = combine(build_before_use(changes, TRAITS), let_go_before_removal(changes))
    return [str(change.address) for change in arrange(changes, waits, KINDS)]


def test_build_before_use() -> None:
    prod, work = unit("work/prod"), unit("work")
    assert order(create(account("pay"), prod), create(prod, work), create(work)) == [
        "ou:work",
        "ou:work/prod",
        "account:pay",
    ]


def test_a_rewritten_policy_is_waited_for_but_a_renamed_unit_is_not() -> None:
    deny, work = guardrail("deny"), unit("work")
    on = attachment(deny, work)
    waits = build_before_use([update(deny), update(work), create(on, deny, work)], TRAITS)
    assert waits[on] == {deny}


def test_let_go_before_removal_waits_for_moves_out() -> None:
    old, new, pay = unit("old"), unit("new"), account("pay")
    assert order(delete(old), update(pay, (old,), (new,)), create(new)) == ["ou:new", "account:pay", "ou:old"]


def test_a_policy_is_deleted_after_the_unit_that_held_it() -> None:
    deny, old = guardrail("deny"), unit("old")
    changes = (delete(deny), delete(old, releases=frozenset({deny})))
    assert order(*changes) == ["ou:old", "guardrail:deny"]


def test_children_are_removed_before_parents() -> None:
    assert order(delete(unit("a")), delete(unit("a/b"), unit("a"))) == ["ou:a/b", "ou:a"]


def test_order_does_not_depend_on_input_order() -> None:
    changes = [create(unit(name)) for name in "cab"]
    assert order(*changes) == order(*reversed(changes)) == ["ou:a", "ou:b", "ou:c"]


def test_a_circle_is_named() -> None:
    a, b = unit("a"), unit("b")
    with pytest.raises(ValueError, match="ou:a, ou:b"):
        arrange([create(a), create(b)], {a: frozenset({b}), b: frozenset({a})}, KINDS)


def test_tangles_are_the_circles_and_nothing_else() -> None:
    a, b, c, d = (unit(name) for name in "abcd")
    waits = {a: frozenset({b}), b: frozenset({c}), c: frozenset({b}), d: frozenset({a})}
    assert tangles(waits) == [frozenset({b, c})]
    assert tangles({a: frozenset({b}), b: frozenset({c})}) == []


def test_a_thing_that_exists_is_waited_for_only_while_it_is_built() -> None:
    deny, on = guardrail("deny"), attachment(guardrail("deny"), unit("work"))
    assert build_before_use([create(on, deny, unit("work"))], TRAITS) == {on: set()}


def test_what_removes_a_need_is_not_waited_for_as_if_it_built_it() -> None:
    deny, on = guardrail("deny"), attachment(guardrail("deny"), unit("work"))
    assert build_before_use([delete(deny), create(on, deny)], TRAITS)[on] == set()


def test_nothing_waits_for_itself() -> None:
    work = unit("work")
    assert build_before_use([create(work, work)], TRAITS) == {work: set()}
    assert let_go_before_removal([delete(work, work)]) == {work: set()}
    assert combine({work: {work}}) == {work: frozenset()}


def test_only_deletions_wait_for_what_lets_go() -> None:
    old, pay = unit("old"), account("pay")
    assert let_go_before_removal([update(old), update(pay, (old,))]) == {}
    assert let_go_before_removal([delete(old), update(pay, (old,))]) == {old: {pay}}


def test_wait_relations_add_up() -> None:
    a, b, c = unit("a"), unit("b"), unit("c")
    assert combine({a: {b}}, {a: {c}, b: ()}) == {a: frozenset({b, c}), b: frozenset()}


def test_where_nothing_else_says_so_removals_come_last_and_in_the_opposite_order_of_kinds() -> None:
    changes = [
        delete(unit("a")),
        delete(guardrail("a")),
        delete(attachment(guardrail("a"), unit("b"))),
        create(guardrail("z")),
        update(account("z")),
        create(unit("z")),
    ]
    assert [str(c.address) for c in arrange(changes, {}, KINDS)] == [
        "ou:z",
        "account:z",
        "guardrail:z",
        "attachment:a@ou:b",
        "guardrail:a",
        "ou:a",
    ]


def test_kinds_without_a_rank_come_after_the_others() -> None:
    assert [str(c.address) for c in arrange([create(Address("new", "a")), create(unit("b"))], {}, KINDS)] == [
        "ou:b",
        "new:a",
    ]


def test_waits_for_what_is_no_part_of_the_plan_hold_nothing_up() -> None:
    a = unit("a")
    assert [c.address for c in arrange([create(a)], {a: frozenset({unit("elsewhere")})}, KINDS)] == [a]


def test_a_change_comes_after_all_it_waits_for() -> None:
    a, b, c = unit("a"), unit("b"), unit("c")
    found = arrange([create(a), create(b), create(c)], {a: frozenset({b, c}), b: frozenset({c})}, KINDS)
    assert [change.address.name for change in found] == ["c", "b", "a"]


CIRCLES = {
    "two": ("ab ba", ["ab"]),
    "three": ("ab bc ca", ["abc"]),
    "a tail before": ("ab bc cb", ["bc"]),
    "a tail after": ("ab ba bc", ["ab"]),
    "two apart": ("ab ba cd dc", ["ab", "cd"]),
    "two with a bridge": ("ab ba bc cd dc", ["ab", "cd"]),
    "two that share a member": ("ab ba bc cb", ["abc"]),
    "a way back from deep down": ("ab bc cd db", ["bcd"]),
    "a diamond": ("ab ac bd cd", []),
    "a way to what is finished": ("ab cb", []),
}


@pytest.mark.parametrize(("arrows", "expected"), CIRCLES.values(), ids=CIRCLES.keys())
def test_tangles(arrows: str, expected: list[str]) -> None:
    waits: dict[Address, frozenset[Address]] = {}
    for start, end in arrows.split():
        waits[unit(start)] = waits.get(unit(start), frozenset()) | {unit(end)}
    assert sorted("".join(sorted(a.name for a in group)) for group in tangles(waits)) == expected
