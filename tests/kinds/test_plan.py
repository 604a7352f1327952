"""The plan as a value: its digest, what it touches, and what must be read again before it is believed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from factory.aws.records import Reading
from factory.core.address import guardrail
from factory.core.errors import WrongOrganization
from factory.core.resource import Gap
from factory.engine.planning import _written_to
from factory.engine.planning import plan as read_and_plan
from tests.kinds.scenes import (
    FOREIGN,
    Acc,
    Ou,
    Policy,
    Root,
    Thing,
    compared,
    deny,
    files,
    limits,
    live,
    plan,
    steps,
)

D = Policy("d", deny("svc:a"))
NOW: list[Thing] = [D, Ou("a"), Ou("b"), Acc("one", "a"), Acc("two", "a")]
WANTED: list[Thing] = [D, Ou("a"), Ou("b", on=("d",)), Acc("one", "b"), Acc("two", "a")]
DIGEST = plan(NOW, WANTED).digest

SAME: dict[str, Reading] = {
    "an unrelated account is closed": live(*NOW[:-1], Acc("two", "a", state="suspended")),
    "an unrelated foreign unit appears": live(*NOW, Ou("c", tagged=FOREIGN)),
    "an unrelated account is tagged": live(*NOW[:-1], Acc("two", "a", tags={"x": "y"})),
    "tags were confirmed": live(*NOW, confirmed=False),
    "something cannot be read": live(*NOW, gaps=(Gap("guardrail", "no"),)),
    "in another order": live(*reversed(NOW)),
    "another caller": replace(live(*NOW), caller_arn="arn:aws:iam::111111111111:role/apply"),
}
OTHER: dict[str, Reading] = {
    "the account that moves has another tag": live(*NOW[:3], Acc("one", "a", tags={"x": "y"}), NOW[4]),
    "the account that moves is another one": live(*NOW[:3], Acc("one", "a", id="222222222222"), NOW[4]),
    "the unit it needs has a tag": live(D, Ou("a"), Ou("b", tags={"x": "y"}), *NOW[3:]),
    "the unit it needs is not ours": live(D, Ou("a"), Ou("b", tagged=FOREIGN), *NOW[3:]),
    "the policy to be attached says something else": live(Policy("d", deny("svc:b")), *NOW[1:]),
    "it moves from elsewhere": live(*NOW[:3], Acc("one"), NOW[4]),
    "another organization": replace(live(*NOW), organization=replace(live().organization, id="o-other")),
}


@pytest.mark.parametrize("now", SAME.values(), ids=SAME.keys())
def test_the_digest_stays_while_other_things_move(now: Reading) -> None:
    assert plan(now, WANTED).digest == DIGEST


@pytest.mark.parametrize("now", OTHER.values(), ids=OTHER.keys())
def test_the_digest_changes_with_what_is_touched_or_needed(now: Reading) -> None:
    assert plan(now, WANTED).digest != DIGEST


def test_the_digest_changes_with_what_is_wanted() -> None:
    assert plan(NOW, [*WANTED[:-1], Acc("two", "a", name="new")]).digest != DIGEST


def test_what_a_removal_lets_go_of_is_touched() -> None:
    made = plan([D, Ou("a", on=("d",))], [D])
    assert {str(a) for a in made.touched} >= {"ou:a", "guardrail:d"}


def test_fullawsaccess_is_the_same_before_it_can_be_read_and_after() -> None:
    """A saved plan that switches policies on rests on it, and is resumed when they are on."""
    there = live(D)
    texts = [replace(p, description="Allows access to every operation") if p.aws_managed else p for p in there.policies]
    full = guardrail("FullAWSAccess")
    _, before = compared(live(enabled=()), [D])
    _, after = compared(replace(there, policies=tuple(texts)), [D])
    assert before.resources[full] == replace(after.resources[full], needs=frozenset())


def test_the_book_has_the_ids_of_all_that_exists() -> None:
    assert {str(a): i for a, i in plan([D, Ou("a"), Acc("one", id="222222222222")], []).book.items()} == {
        "root": "r-root",
        "organization:settings": "o-exampleorgid",
        "ou:a": "ou-a",
        "account:222222222222": "222222222222",
        "account:111111111111": "111111111111",
        "guardrail:d": "p-d",
        "guardrail:FullAWSAccess": "p-FullAWSAccess",
    }


def test_notices_and_refusals_come_sorted() -> None:
    made = plan([Ou("b", tagged="x"), Ou("a", tagged="x"), Acc("z")], [Ou("b"), Ou("a"), Acc("new")])
    assert [r.rule for r in made.refusals] == ["foreign-owner", "foreign-owner", "maybe-rename"]
    assert [str(r.address) for r in made.refusals[:2]] == ["ou:a", "ou:b"]
    assert list(made.notices) == sorted(made.notices, key=lambda n: n.code)


# The wrong organization


class Asked:
    """As much of an AWS as planning asks for."""

    def __init__(self, reading: Reading, confirmed: Reading | None = None) -> None:
        self.limits = limits()
        self.read, self.confirmed = reading, confirmed
        self.again: list[tuple[str, ...]] = []

    def reading(self, *_: object) -> Reading:
        return self.read

    def confirm_tags(self, ids: tuple[str, ...]) -> Reading:
        self.again.append(ids)
        return self.confirmed or self.read


def planned(aws: Any, *wanted: Thing, **settings: Any) -> list[str]:
    return steps(read_and_plan(files(*wanted, **settings), aws))


def test_another_organization_than_the_files_name_is_refused_before_anything_else() -> None:
    with pytest.raises(WrongOrganization) as error:
        planned(Asked(live()), Ou("a"), id="o-mine")
    assert error.value.what.startswith(
        "the credentials lead to the organization o-exampleorgid, the files are for o-mine"
    )
    assert error.value.fix == "use other credentials (--profile), or correct organization: id"
    assert error.value.exit_code == 7


def test_the_right_organization_and_files_that_name_none_are_fine() -> None:
    for settings in ({"id": "o-exampleorgid"}, {}):
        assert planned(Asked(live()), Ou("a"), **settings) == ["create ou:a"]


# Tags that may lag


def unsure(now: list[Thing], wanted: list[Thing]) -> set[str]:
    made = plan(now, wanted)
    return set(_written_to(made.changes, made.book))


def test_what_rests_on_tags_is_confirmed() -> None:
    one = Acc("one", id="222222222222")
    assert unsure([Ou("a", tagged=FOREIGN)], [Ou("a")]) == {"ou-a"}
    assert unsure([Ou("a")], []) == {"ou-a"}
    assert unsure([one], [Acc("one", tags={"x": "y"})]) == {"222222222222"}
    assert unsure([], [Ou("a")]) == set()
    assert unsure([D, Root()], [D, Root(on=("d",))]) == {"p-d"}


def test_a_plan_that_rests_on_tags_is_made_again_with_confirmed_ones() -> None:
    stale, true = live(Ou("a"), confirmed=False), live(Ou("a", tagged=FOREIGN))
    aws = Asked(stale, true)
    assert planned(aws) == []
    assert aws.again == [("ou-a",)]


def test_confirmed_tags_are_not_asked_for_again() -> None:
    aws = Asked(live(Ou("a")))
    assert planned(aws) == ["remove ou:a"]
    assert aws.again == []
