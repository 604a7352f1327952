"""What the difference between wanted and existing is, and what it leaves alone."""

from __future__ import annotations

from factory.core.address import ROOT, Address, account, attachment, guardrail, unit
from factory.core.change import Action, Change, Notice
from factory.core.diff import Traits, diff
from factory.core.resource import Identity, Resource, Snapshot

WHO = Identity("o-exampleorgid", "111111111111", "r-root")
TRAITS = {
    "root": Traits(),
    "ou": Traits(tagged=True, removable=True, usable_as_is=True),
    "account": Traits(tagged=True, fixed=frozenset({"email"}), placed_by="parent", ends_as=("state", "CLOSED")),
    "guardrail": Traits(tagged=True, removable=True),
    "attachment": Traits(removable=True),
}


def run(
    desired: list[Resource], existing: list[Resource], health: dict[Address, str] | None = None
) -> tuple[tuple[Change, ...], tuple[Notice, ...]]:
    snapshot = Snapshot(WHO, {r.address: r for r in existing}, health=health or {})
    return diff({r.address: r for r in desired}, snapshot, TRAITS)


def actions(*args: list[Resource]) -> list[tuple[str, str]]:
    return [(str(c.action), str(c.address)) for c in run(*args)[0]]


def on(policy: Address, node: Address, **more: bool) -> Resource:
    return Resource(attachment(policy, node), {}, frozenset({policy, node} - {ROOT}), part_of=node, **more)  # type: ignore[arg-type]


def test_equal_is_no_change() -> None:
    assert actions([Resource(unit("a"), {"name": "a"})], [Resource(unit("a"), {"name": "a"})]) == []


def test_only_wanted_attributes_are_compared() -> None:
    have = Resource(account("x"), {"name": "x", "tags.extra": "kept"}, id="1")
    (change,), _ = run([Resource(account("x"), {"name": "y"})], [have])
    assert [f.name for f in change.fields()] == ["name"]
    assert change.after is not None
    assert change.after.attrs == {"name": "y", "tags.extra": "kept"}
    assert change.after.id == "1"


def test_an_email_is_set_at_creation_only() -> None:
    assert actions([Resource(account("x"), {"email": "new@x"})], [Resource(account("x"), {"email": "old@x"})]) == []


def test_another_parent_is_a_move() -> None:
    want, have = (Resource(account("x"), {"parent": p, "name": n}) for p, n in (("ou:b", "y"), ("ou:a", "x")))
    assert actions([want], [have]) == [("move", "account:x")]


def test_what_is_not_ours_is_adopted_even_where_it_is_equal() -> None:
    have = Resource(unit("a"), {"name": "a"}, owned=False)
    assert actions([Resource(unit("a"), {"name": "a"})], [have]) == [("adopt", "ou:a")]


def test_kinds_without_tags_are_not_adopted() -> None:
    deny = guardrail("d")
    assert actions([on(deny, ROOT)], [on(deny, ROOT, owned=False)]) == []


def test_an_end_is_a_close_whoever_owns_it() -> None:
    have = Resource(account("x"), {"state": "ACTIVE"}, owned=False)
    assert actions([Resource(account("x"), {"state": "CLOSED"})], [have]) == [("close", "account:x")]


def test_what_is_ours_and_gone_is_removed_what_is_foreign_stays() -> None:
    ours, foreign = Resource(unit("a")), Resource(unit("b"), owned=False)
    assert actions([], [ours, foreign]) == [("delete", "ou:a")]


def test_absence_never_touches_an_account() -> None:
    assert actions([], [Resource(account("x"))]) == []


def test_a_unit_that_holds_an_account_waits_and_says_why() -> None:
    closed = Resource(account("x"), {}, frozenset({unit("a")}), label="Old X")
    changes, notices = run([], [Resource(unit("a")), closed], {account("x"): "CLOSED"})
    assert changes == ()
    assert [n.message for n in notices] == [
        "ou:a is gone from the files but must wait: account:x (Old X; CLOSED, AWS drops it up to 90 days after "
        "closing) still needs it"
    ]


def test_a_unit_whose_child_stays_stays_too() -> None:
    child = Resource(unit("a/b"), {}, frozenset({unit("a")}), owned=False)
    changes, notices = run([], [Resource(unit("a")), child])
    assert changes == ()
    assert "ou:a/b" in notices[0].message


def test_an_account_that_moves_out_frees_its_unit() -> None:
    have = Resource(account("x"), {"parent": "ou:a"}, frozenset({unit("a")}))
    want = Resource(account("x"), {"parent": "root"})
    assert actions([want], [have, Resource(unit("a"))]) == [("move", "account:x"), ("delete", "ou:a")]


def test_attachments_go_with_their_unit_and_free_their_policy() -> None:
    deny, old = guardrail("d"), unit("old")
    changes, _ = run([], [Resource(deny), Resource(old), on(deny, old)])
    assert [str(c.address) for c in changes] == ["guardrail:d", "ou:old"]
    assert changes[1].releases == {deny}
    assert changes[1].effects == ("AWS removes attachment:d@ou:old with it",)


def test_nothing_is_stripped_from_what_is_not_declared() -> None:
    deny, x = guardrail("d"), account("x")
    changes, notices = run([], [Resource(deny), Resource(x), on(deny, x)])
    assert changes == ()
    assert "attachment:d@account:x still needs it" in notices[0].message


def test_a_declared_node_loses_what_it_no_longer_names() -> None:
    deny, x = guardrail("d"), account("x")
    assert actions([Resource(x)], [Resource(deny), Resource(x), on(deny, x)]) == [
        ("delete", "attachment:d@account:x"),
        ("delete", "guardrail:d"),
    ]


def test_a_foreign_attachment_stays_on_a_declared_node() -> None:
    theirs = guardrail("t")
    assert actions([], [Resource(theirs, owned=False), on(theirs, ROOT, owned=False)]) == []


def test_creation_says_why_and_carries_what_is_wanted() -> None:
    (change,), _ = run([Resource(unit("a"), {"name": "a"})], [])
    assert (change.before, change.reason) == (None, "declared, does not exist yet")
    assert [f.name for f in change.fields()] == ["name"]


def test_verbs_and_reasons_are_for_people() -> None:
    traits = {"ou": Traits(removable=True, verbs={Action.DELETE: "remove", Action.UPDATE: "rename"})}
    have = {r.address: r for r in (Resource(unit("a"), {"name": "x"}), Resource(unit("b")))}
    changes, _ = diff({unit("a"): Resource(unit("a"), {"name": "a"})}, Snapshot(WHO, have), traits)
    assert [(c.verb, c.reason) for c in changes] == [
        ("rename", "differs from the file: name"),
        ("remove", "ours, gone from the files"),
    ]


def test_a_move_says_from_where() -> None:
    (change,), _ = run([Resource(account("x"), {"parent": "ou:b"})], [Resource(account("x"), {"parent": "ou:a"})])
    assert "ou:a in AWS" in change.reason


def test_an_adoption_that_moves_is_an_adoption_and_an_end_comes_before_both() -> None:
    have = Resource(account("x"), {"parent": "ou:a", "state": "ACTIVE"}, owned=False)
    assert actions([Resource(account("x"), {"parent": "ou:b"})], [have]) == [("adopt", "account:x")]
    assert actions([Resource(account("x"), {"parent": "ou:b", "state": "CLOSED"})], [have]) == [("close", "account:x")]


def test_what_has_ended_is_no_change() -> None:
    assert actions([Resource(account("x"), {"state": "CLOSED"})], [Resource(account("x"), {"state": "CLOSED"})]) == []


def test_what_exists_keeps_its_id_and_its_name_for_people() -> None:
    have = Resource(account("x"), {"name": "a"}, id="1", label="Live")
    for label, expected in (("", "Live"), ("Wanted", "Wanted")):
        (change,), _ = run([Resource(account("x"), {"name": "b"}, id="9", label=label)], [have])
        assert change.after is not None
        assert (change.after.id, change.after.label) == ("1", expected)


def test_kinds_that_are_not_removable_stay() -> None:
    assert actions([], [Resource(Address("root"))]) == []


def test_one_that_waits_makes_what_it_needs_wait() -> None:
    """A chain: the child unit holds an account, so its parent stays too."""
    units = [Resource(unit("a")), Resource(unit("a/b"), {}, frozenset({unit("a")}))]
    holder = Resource(account("x"), {}, frozenset({unit("a/b")}))
    changes, notices = run([], [*units, holder])
    assert changes == ()
    assert [str(n.address) for n in notices] == ["ou:a", "ou:a/b"]


def test_what_a_creation_needs_stays() -> None:
    deny, a = guardrail("d"), unit("a")
    changes, notices = run([Resource(a), on(deny, a)], [Resource(deny), Resource(a)])
    assert [str(c.address) for c in changes] == ["attachment:d@ou:a"]
    assert [str(n.address) for n in notices] == ["guardrail:d"]


def test_attachments_on_a_unit_that_waits_stay_with_it() -> None:
    deny, a = guardrail("d"), unit("a")
    holder = Resource(account("x"), {}, frozenset({a}))
    changes, notices = run([], [Resource(deny), Resource(a), on(deny, a), holder])
    assert changes == ()
    assert [str(n.address) for n in notices] == ["guardrail:d", "ou:a"]


def test_a_deletion_lets_go_of_what_others_need_not_of_itself() -> None:
    deny, kept, a = guardrail("d"), guardrail("k"), unit("a")
    changes, _ = run([Resource(kept)], [Resource(deny), Resource(kept), Resource(a), on(deny, a), on(kept, a)])
    (removed,) = [c for c in changes if c.address == a]
    assert removed.releases == {deny, kept}


def test_only_the_first_five_holders_are_named() -> None:
    holders = [Resource(account(f"x{n}"), {}, frozenset({unit("a")})) for n in range(7)]
    _, (notice,) = run([], [Resource(unit("a")), *holders])
    assert notice.message == (
        "ou:a is gone from the files but must wait: account:x0, account:x1, account:x2, account:x3, account:x4 and 2 "
        "more still needs it"
    )
