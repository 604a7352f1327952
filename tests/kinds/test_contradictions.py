"""Signs that contradict each other: no account is renamed, moved, closed or made a second time by mistake."""

from __future__ import annotations

import pytest

from tests.kinds.scenes import FOREIGN, MANAGEMENT, Acc, Ou, Thing, plan, refusal, refused, steps

X, Y = "222222222222", "333333333333"
MAIL = "mail@example.com"
WAY_OUT = "pin the account with id:, or remove or correct the tag factory:address in AWS"
OWN_TAG = "remove or correct that tag in AWS on the account that is not meant"
TWO_FILES = "correct id: or email: in one of the two files, or the tag in AWS"
OWN_NAME = "give the new account a file name of its own, and the renamed file was:"

AMBIGUOUS: dict[str, tuple[list[Thing], list[Thing], str, str]] = {
    "two accounts carry the name": (
        [Acc("one", id=X), Acc("twin", id=Y, address="one")],
        [Acc("one")],
        f"account:one would be the account one ({X}): the account {Y} carries its name in the tag factory:address, too",
        OWN_TAG,
    ),
    "a suspended account carries the name, too": (
        [Acc("one", id=X), Acc("twin", id=Y, address="one", state="suspended")],
        [Acc("one")],
        f"account:one would be the account one ({X}): the account {Y} carries its name in the tag factory:address, too",
        OWN_TAG,
    ),
    "the pinned account is not the one that carries the name": (
        [Acc("pinned", id=X, tagged=FOREIGN), Acc("one", id=Y)],
        [Acc("one", id=X, email="pinned@example.com")],
        f"account:one would be the account pinned ({X}): the account {Y} carries its name in the tag factory:address, "
        "too",
        OWN_TAG,
    ),
    "the pinned account carries the name of another file": (
        [Acc("one", id=X)],
        [Acc("one", email=MAIL, new=True), Acc("two", id=X, email="one@example.com")],
        f"account:two would be the account one ({X}): it carries the name one in the tag factory:address, and there "
        "is a file for that, too",
        TWO_FILES,
    ),
    "a former name is still the name of a file": (
        [Acc("old", id=X)],
        [Acc("one", was="old"), Acc("old", id=Y, email=MAIL)],
        f"account:one would be the account old ({X}): it carries the name old in the tag factory:address, and there "
        "is a file for that, too",
        TWO_FILES,
    ),
    "the tag names one account and the e-mail another": (
        [Acc("one", id=X, email="old@example.com"), Acc("mail", id=Y, tagged=FOREIGN, email="One@example.com")],
        [Acc("one")],
        f"account:one would be the account one ({X}): the tag factory:address says so, but the e-mail in the file is "
        f"that of {Y}",
        WAY_OUT,
    ),
    "a new account under the name that the old one carries": (
        [Acc("one", id=X)],
        [Acc("one", new=True, email=MAIL), Acc("renamed", email="other@example.com", new=True)],
        f"account:one would be the account one ({X}): the file says new: true with another e-mail, but this account "
        "carries its name",
        OWN_NAME,
    ),
    "the file that closes has another e-mail": (
        [Acc("one", id=X)],
        [Acc("one", state="closed", email=MAIL)],
        f"account:one would be the account one ({X}): it would be closed, but its e-mail is not the one in the file",
        WAY_OUT,
    ),
}


@pytest.mark.parametrize(("now", "wanted", "message", "way_out"), AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
def test_what_could_be_two_accounts_is_refused(
    now: list[Thing], wanted: list[Thing], message: str, way_out: str
) -> None:
    found = refusal(plan(now, wanted, close=("one",)), "ambiguous-identity")
    assert (found.message, found.way_out) == (message, way_out)
    assert message.startswith(str(found.address))


def test_no_flag_takes_the_place_of_a_clear_sign() -> None:
    now, wanted, _, _ = AMBIGUOUS["two accounts carry the name"]
    assert refused(plan(now, wanted, allow=("ambiguous-identity",))) == ["ambiguous-identity"]


CLEAR: dict[str, tuple[list[Thing], list[Thing]]] = {
    "the other one that carries the name is closed": (
        [Acc("one", id=X), Acc("twin", id=Y, address="one", state="closed")],
        [Acc("one")],
    ),
    "the other one that carries the name is another instance's": (
        [Acc("one", id=X), Acc("twin", id=Y, address="one", tagged="other")],
        [Acc("one")],
    ),
    "the name that the pinned account carries is nobody's any more": (
        [Acc("old", id=X)],
        [Acc("one", id=X, email="old@example.com")],
    ),
    "a renamed file": ([Acc("old", id=X)], [Acc("one", was="old")]),
    "the other account with that e-mail is closed": (
        [Acc("one", id=X, email="old@example.com"), Acc("x", id=Y, email="one@example.com", state="pending_closure")],
        [Acc("one")],
    ),
    "an e-mail that nobody has": ([Acc("one", id=X, email="old@example.com")], [Acc("one")]),
    "new: true left behind after the creation": ([Acc("one", id=X, email="One@example.com")], [Acc("one", new=True)]),
    "new: true and pinned": ([Acc("one", id=X)], [Acc("one", id=X, new=True, email=MAIL)]),
    "closed with the e-mail in other case": (
        [Acc("one", id=X, email="One@Example.com")],
        [Acc("one", state="closed", email="one@example.com")],
    ),
    "closed and pinned, whatever the e-mail": ([Acc("one", id=X)], [Acc("one", id=X, state="closed", email=MAIL)]),
}


@pytest.mark.parametrize(("now", "wanted"), CLEAR.values(), ids=CLEAR.keys())
def test_what_can_be_only_one_account_is_not(now: list[Thing], wanted: list[Thing]) -> None:
    assert refused(plan(now, wanted, close=("one",))) == []


# A new file with the display name of an account that no file declares


@pytest.mark.parametrize(
    "there",
    [
        Acc("x", id=X, name="ONE", tagged=FOREIGN),
        Acc("x", id=X, name="ONE", tagged="other"),
        Acc("x", id=X, name="ONE", tagged=FOREIGN, state="suspended"),
        Acc("x", id=X, name="ONE"),
    ],
    ids=["foreign", "another instance's", "suspended", "ours"],
)
def test_a_new_file_with_the_name_of_an_account_without_a_file_may_mean_that_one(there: Acc) -> None:
    found = refusal(plan([there], [Acc("one")]), "maybe-rename")
    assert found.message == f"account:one would be created while an account of that name has no file: ONE ({X})"
    assert found.way_out == "id: in the file if it is that account, new: true if it is really another one"
    made = plan([there], [Acc("one", new=True)])
    assert (steps(made), refused(made)) == (["create account:one"], [])


OTHERS: dict[str, tuple[list[Thing], list[Thing]]] = {
    "closed": ([Acc("x", name="one", tagged=FOREIGN, state="closed")], [Acc("one")]),
    "about to be closed": ([Acc("x", name="one", tagged=FOREIGN, state="pending_closure")], [Acc("one")]),
    "declared": ([Acc("x", name="one")], [Acc("x", name="one"), Acc("one")]),
    "of another name": ([Acc("x", name="one two", tagged=FOREIGN)], [Acc("one")]),
    "the management account": ([], [Acc("management")]),
}


@pytest.mark.parametrize(("now", "wanted"), OTHERS.values(), ids=OTHERS.keys())
def test_an_account_of_that_name_does_not_count_where_it_is(now: list[Thing], wanted: list[Thing]) -> None:
    assert MANAGEMENT not in {thing.id for thing in wanted if isinstance(thing, Acc)}
    made = plan(now, wanted)
    assert (steps(made), refused(made)) == ([f"create account:{wanted[-1].stem}"], [])  # type: ignore[attr-defined]


def test_a_suspended_account_of_ours_may_have_lost_its_file() -> None:
    """It may come back, and then it would be there twice; what is closed does not."""
    assert refused(plan([Acc("old", state="suspended")], [Acc("one")])) == ["maybe-rename"]
    assert refused(plan([Acc("old", state="pending_closure")], [Acc("one")])) == []


# Closing what was never ours


def test_what_was_never_ours_is_closed_only_by_its_id() -> None:
    now: list[Thing] = [Ou("a"), Acc("one", "a", id=X, tagged=FOREIGN)]
    found = refusal(plan(now, [Ou("a"), Acc("one", "a", state="closed")], close=("one",)), "close-needs-flag")
    assert found.message == f"account:one ({X}) would be closed, but it was never ours"
    assert found.way_out == "pin it with id:, so that there is no doubt which account is meant"
    made = plan(now, [Ou("a"), Acc("one", "a", id=X, state="closed")], close=("one",))
    assert (steps(made), refused(made)) == (["close account:one"], [])


def test_the_id_does_not_take_the_place_of_the_flag() -> None:
    made = plan([Acc("one", id=X, tagged=FOREIGN)], [Acc("one", id=X, state="closed")])
    assert refusal(made, "close-needs-flag").way_out == "--close one"
