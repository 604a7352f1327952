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
