"""The general safety rules, at their boundaries, and what a person's consent can switch off."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from factory.core.address import ROOT, Address, account, attachment, guardrail, unit
from factory.core.change import Action, Change, Refusal
from factory.core.diff import Traits
from factory.core.guard import (
    RULES,
    SWITCHABLE,
    Case,
    Consent,
    Rule,
    Thresholds,
    blind_change,
    deletion_in_gap,
    foreign_owner,
    management_account,
    mass_change,
    refusals,
)
from factory.core.limits import Limits
from factory.core.resource import Gap, Identity, Resource, Snapshot, Source

BOSS = "111111111111"
TRAITS = {
    "ou": Traits(),
    "guardrail": Traits(),
    "attachment": Traits(),
    "account": Traits(placed_by="parent"),
}
WAY_OUT = "apply in smaller steps, raise the limit under safety: in organization.yaml, or --allow mass-change"


def case(
    existing: Iterable[Resource] = (),
    changes: Iterable[Change] = (),
    gaps: tuple[Gap, ...] = (),
    thresholds: Thresholds | None = None,
    consent: Consent | None = None,
) -> Case:
    snapshot = Snapshot(Identity("o-1", BOSS, "r-1"), {r.address: r for r in existing}, gaps)
    return Case(
        {}, snapshot, tuple(changes), "main", Limits({}), TRAITS, thresholds or Thresholds(), consent or Consent()
    )


def many(kind: str, count: int, **more: bool) -> list[Resource]:
    return [Resource(Address(kind, f"x{n:03}"), {"parent": "ou:a"}, **more) for n in range(count)]  # type: ignore[arg-type]


def changed(action: Action, things: Iterable[Resource], parent: str = "ou:a") -> list[Change]:
    def after(thing: Resource) -> Resource | None:
        return None if action is Action.DELETE else Resource(thing.address, {"parent": parent})

    return [Change(action, str(action), None if action is Action.CREATE else t, after(t)) for t in things]


def rules(found: Iterable[Refusal]) -> list[str]:
    return [refusal.rule for refusal in found]


# Not too much at once

PERCENT = {
    "3 of 10 are 30 %": (10, 3, Action.UPDATE, 0),
    "4 of 10 are more": (10, 4, Action.UPDATE, 1),
    "9 are too few to count a share": (9, 9, Action.UPDATE, 0),
    "31 of 101 are more": (101, 31, Action.UPDATE, 1),
    "30 of 101 are less": (101, 30, Action.UPDATE, 0),
    "removals count": (10, 4, Action.DELETE, 1),
    "closings count": (10, 4, Action.CLOSE, 1),
    "moves count": (10, 4, Action.MOVE, 1),
    "creations are free": (10, 10, Action.CREATE, 0),
    "adoptions are free": (10, 10, Action.ADOPT, 0),
}


@pytest.mark.parametrize(("existing", "count", "action", "expected"), PERCENT.values(), ids=PERCENT.keys())
def test_the_share_of_a_kind(existing: int, count: int, action: Action, expected: int) -> None:
    things = many("account", existing)
    assert len(list(mass_change(case(things, changed(action, things[:count]))))) == expected


def test_the_share_says_what_it_saw_and_the_way_out() -> None:
    things = many("guardrail", 10)
    assert list(mass_change(case(things, changed(Action.DELETE, things[:5])))) == [
        Refusal(
            "mass-change", "5 of 10 resources of kind guardrail would be changed or removed, more than 30 %", WAY_OUT
        )
    ]


def test_the_share_is_of_what_is_ours() -> None:
    things = many("ou", 10)
    foreign = [Resource(unit(f"theirs{n}"), owned=False) for n in range(90)]
    assert len(list(mass_change(case([*things, *foreign], changed(Action.DELETE, things[:4]))))) == 1


def test_what_aws_itself_puts_there_does_not_count() -> None:
    things, theirs = many("attachment", 10), many("ou", 90)
    aws_own = [Resource(Address("attachment", f"own{n}"), counted=False) for n in range(90)]
    assert len(list(mass_change(case([*things, *theirs, *aws_own], changed(Action.DELETE, things[:4]))))) == 1
    assert list(mass_change(case([*things, *aws_own], changed(Action.DELETE, aws_own)))) == []


def test_each_kind_is_counted_for_itself() -> None:
    units, policies = many("ou", 10), many("guardrail", 10)
    some = [*changed(Action.UPDATE, units[:3]), *changed(Action.UPDATE, policies[:3])]
    assert list(mass_change(case([*units, *policies], some))) == []
    assert len(list(mass_change(case([*units, *many("guardrail", 90)], changed(Action.UPDATE, units[:4]))))) == 1


def test_the_share_and_what_it_counts_from_can_be_set() -> None:
    things = many("ou", 4)
    strict = Thresholds(min_count=4, max_changed_percent=25)
    assert len(list(mass_change(case(things, changed(Action.UPDATE, things[:2]), thresholds=strict)))) == 1
    assert list(mass_change(case(things, changed(Action.UPDATE, things[:1]), thresholds=strict))) == []


@pytest.mark.parametrize(
    ("action", "count", "expected"), [(Action.MOVE, 10, 0), (Action.MOVE, 11, 1), (Action.ADOPT, 11, 1)]
)
def test_moves(action: Action, count: int, expected: int) -> None:
    things = many("account", 100)
    found = list(mass_change(case(things, changed(action, things[:count], parent="ou:b"))))
    assert found == [Refusal("mass-change", "11 accounts would move, more than 10", WAY_OUT)] * expected


def test_only_a_change_of_place_is_a_move() -> None:
    things, none = many("account", 100), Thresholds(max_moves=0)
    for some in (
        changed(Action.UPDATE, things[:1]),
        changed(Action.CREATE, things[:1], "ou:b"),
        changed(Action.DELETE, things[:1]),
        changed(Action.UPDATE, many("ou", 1), "ou:b"),
    ):
        assert list(mass_change(case(things, some, thresholds=none))) == []
    assert len(list(mass_change(case(things, changed(Action.MOVE, things[:1], "ou:b"), thresholds=none)))) == 1


# Gaps, owners, the management account


@pytest.mark.parametrize(
    ("action", "gap", "expected"),
    [
        (Action.DELETE, "ou", 1),
        (Action.DELETE, "guardrail", 0),
        (Action.UPDATE, "ou", 0),
        (Action.CREATE, "ou", 0),
    ],
)
def test_nothing_is_deleted_in_a_gap(action: Action, gap: str, expected: int) -> None:
    things = many("ou", 1)
    found = list(deletion_in_gap(case(things, changed(action, things), (Gap(gap, "not allowed"),))))
    assert (
        found
        == [
            Refusal(
                "deletion-in-gap",
                "ou:x000 would be removed, but ou could not be read whole: not allowed",
                "give the caller the missing right, or run again when AWS answers",
                unit("x000"),
            )
        ]
        * expected
    )


def rewritten(action: Action, **attrs: str) -> Change:
    have = Resource(guardrail("d"), {"content": "old", "description": "old"})
    return Change(action, str(action), have, Resource(guardrail("d"), {**have.attrs, **attrs}))


MOVED = changed(Action.MOVE, many("account", 1), "ou:b")[0]
BLIND = {
    "a move": (MOVED, "attachment", 1),
    "a move, with documents unread": (MOVED, "guardrail", 1),
    "an adoption that moves": (changed(Action.ADOPT, many("account", 1), "ou:b")[0], "attachment", 1),
    "a new text": (rewritten(Action.UPDATE, content="new"), "attachment", 1),
    "an adoption with a new text": (rewritten(Action.ADOPT, content="new"), "attachment", 1),
    "a new description": (rewritten(Action.UPDATE, description="new"), "attachment", 0),
    "a new name for an account": (changed(Action.UPDATE, many("account", 1))[0], "attachment", 0),
    "a new account": (changed(Action.CREATE, many("account", 1))[0], "attachment", 1),
    "a new policy": (
        Change(Action.CREATE, "create", None, Resource(guardrail("d"), {"content": "x"})),
        "attachment",
        0,
    ),
    "a gap elsewhere": (MOVED, "ou", 0),
}


@pytest.mark.parametrize(("change", "gap", "expected"), BLIND.values(), ids=BLIND.keys())
def test_what_changes_the_guard_is_not_done_blindly(change: Change, gap: str, expected: int) -> None:
    found = list(blind_change(case([], [change], (Gap(gap, "not allowed"),))))
    assert (
        found
        == [
            Refusal(
                "blind-change",
                f"{change.verb} {change.address}: {gap} could not be read whole, so what it does to the guard is "
                "unknown: not allowed",
                "give the caller the missing right, or run again when AWS answers",
                change.address,
            )
        ]
        * expected
    )
    assert list(blind_change(case([], [change]))) == []


@pytest.mark.parametrize(("owner", "expected"), [(None, 0), ("main", 0), ("other", 1)])
def test_what_another_instance_manages_is_not_taken(owner: str | None, expected: int) -> None:
    have = Resource(unit("a"), {"name": "a"}, owned=owner == "main", owner=owner)
    source = Source("accounts/organization.yaml", 3, 1)
    want = Resource(unit("a"), {"name": "b"}, source=source)
    found = list(foreign_owner(case([have], [Change(Action.ADOPT, "adopt", have, want)])))
    assert (
        found
        == [
            Refusal(
                "foreign-owner",
                "ou:a is managed by the instance 'other', not 'main'",
                "take it out of these files, or remove the tag factory:managed from it first",
                unit("a"),
                source,
            )
        ]
        * expected
    )


def test_what_is_created_has_no_owner_yet() -> None:
    assert list(foreign_owner(case([], [Change(Action.CREATE, "create", None, Resource(unit("a")))]))) == []


def test_the_management_account_and_what_is_attached_to_it() -> None:
    boss, one = Resource(account("boss"), id=BOSS, label="Boss"), Resource(account("one"), id="2")

    def on(node: Address) -> Change:
        found = Resource(attachment(guardrail("d"), node), part_of=node)
        return Change(Action.CREATE, "attach", None, found)

    touched = [*changed(Action.UPDATE, [boss, one]), on(account("boss")), on(account("one")), on(ROOT)]
    found = list(management_account(case([boss, one], touched)))
    assert [(str(r.address), r.message) for r in found] == [
        ("account:boss", "update account:boss would touch the management account Boss"),
        ("attachment:d@account:boss", "attach attachment:d@account:boss would touch the management account Boss"),
    ]
    assert {r.way_out for r in found} == {"take it out of the files, or --allow management-account if it is meant"}


def test_the_management_account_without_a_name_is_named_by_its_address_alone() -> None:
    boss = Resource(account("boss"), id=BOSS)
    (found,) = management_account(case([boss], changed(Action.UPDATE, [boss])))
    assert found.message == "update account:boss would touch the management account"


# Consent


def saying(*ids: str) -> Rule:
    return lambda _: [Refusal(i, "no", "do not") for i in ids]


def test_all_rules_are_asked_and_the_answers_sorted() -> None:
    assert rules(refusals(case(), [saying("c", "a"), saying("b"), saying("a")])) == ["a", "b", "c"]


@pytest.mark.parametrize("rule", SWITCHABLE)
def test_some_rules_can_be_switched_off_one_by_one(rule: str) -> None:
    consent = Consent(allow=frozenset({rule}))
    assert rules(refusals(case(consent=consent), [saying(*SWITCHABLE)])) == sorted(set(SWITCHABLE) - {rule})


@pytest.mark.parametrize("rule", ["deletion-in-gap", "foreign-owner", "close-needs-flag", "no-effective-allow"])
def test_the_others_cannot(rule: str) -> None:
    assert rules(refusals(case(consent=Consent(allow=frozenset({rule}))), [saying(rule)])) == [rule]


def test_every_general_rule_is_asked() -> None:
    assert set(RULES) == {deletion_in_gap, blind_change, mass_change, management_account, foreign_owner}


GAPS = {
    "the root": ({"root"}, ROOT, True),
    "a path": ({"work/prod"}, unit("work/prod"), True),
    "an address": ({"ou:work/prod"}, unit("work/prod"), True),
    "the unit above": ({"work"}, unit("work/prod"), False),
    "an account": ({"account:one"}, account("one"), True),
    "an account by its bare name": ({"one"}, account("one"), False),
    "nothing": (set(), ROOT, False),
    "the empty word": ({""}, ROOT, False),
}


@pytest.mark.parametrize(("agreed", "node", "accepted"), GAPS.values(), ids=GAPS.keys())
def test_a_gap_is_accepted_by_naming_the_node(agreed: set[str], node: Address, accepted: bool) -> None:
    assert Consent(gap=frozenset(agreed)).accepts_gap(node) is accepted
