"""Which live account is which declared one: the surest sign wins, and no account is two."""

from __future__ import annotations

import pytest

from tests.kinds.scenes import FOREIGN, Acc, Ou, fields, notice, plan, refusal, refused, steps, told

X, Y, Z = "222222222222", "333333333333", "444444444444"
SKIPPED = f"account:one ({X}) is CLOSED in AWS: skipped; write state: closed, or give a new account another file name"


def test_a_pinned_id_beats_tag_former_name_and_email() -> None:
    now = [
        Acc("pinned", id=X, tagged=FOREIGN, email="other@example.com"),
        Acc("one", id=Y),
        Acc("old", id=Z, email="one@example.com"),
    ]
    made = plan(now, [Acc("one", id=X, was="old")])
    assert steps(made) == ["adopt account:one"]
    assert made.book.keys() >= {c.address for c in made.changes}
    assert made.changes[0].resource.id == X


def test_the_tag_beats_the_former_name_and_the_email() -> None:
    now = [
        Acc("one", id=X, email="a@x.org"),
        Acc("old", id=Y),
        Acc("mail", id=Z, tagged=FOREIGN, email="one@example.com"),
    ]
    made = plan(now, [Acc("one", was="old", name="new name")])
    assert made.changes[0].resource.id == X


def test_the_former_name_beats_the_email() -> None:
    now = [Acc("old", id=X, email="a@x.org"), Acc("mail", id=Y, tagged=FOREIGN, email="one@example.com")]
    made = plan(now, [Acc("one", was="old")])
    assert steps(made) == ["update account:one"]
    assert made.changes[0].resource.id == X
    assert fields(made, "account:one") == ["name", "tags.factory:address"]


def test_the_email_matches_whatever_its_case() -> None:
    made = plan(
        [Acc("Old", id=X, tagged=FOREIGN, email="AWS+One@Example.COM")], [Acc("one", email="aws+one@example.com")]
    )
    assert steps(made) == ["adopt account:one"]
    assert made.changes[0].resource.id == X
    assert told(made, "email-differs") == []


def test_what_an_account_of_ours_lost_its_name_to_is_found_by_email() -> None:
    made = plan([Acc("old", email="mail@example.com")], [Acc("one", email="mail@example.com")])
    assert steps(made) == ["update account:one"]


@pytest.mark.parametrize("sign", [{"address": "one"}, {"email": "one@example.com"}])
def test_a_file_with_an_id_is_matched_by_nothing_else(sign: dict[str, str]) -> None:
    made = plan([Acc("elsewhere", id=X, **sign)], [Acc("one", id=Y, email="one@example.com")])  # type: ignore[arg-type]
    assert "create account:one" in steps(made)
    assert "pinned-id" in refused(made)


def test_a_file_with_an_id_is_not_matched_by_its_former_name() -> None:
    assert "pinned-id" in refused(plan([Acc("old", id=X)], [Acc("one", id=Y, was="old")]))


def test_the_tag_of_another_instance_names_nobody() -> None:
    made = plan([Acc("theirs", address="one", tagged="other")], [Acc("one")])
    assert steps(made) == ["create account:one"]
    assert told(made, "foreign") == ["1 account that no file declares, left alone"]


def test_a_live_account_is_taken_once() -> None:
    """The one with the pin has it, though the other's tag is on it; that one does not quietly become a second."""
    made = plan([Acc("one", id=X)], [Acc("one"), Acc("two", id=X)])
    assert steps(made) == ["create account:one", "update account:two"]
    assert refusal(made, "email-in-use").message == f"account:one would use the e-mail of account:two ({X})"


def test_two_files_that_claim_one_former_name_do_not_share_its_account() -> None:
    made = plan([Acc("old", id=X)], [Acc("one", was="old"), Acc("two", was="old")])
    assert steps(made) == ["create account:two", "update account:one"] or steps(made) == [
        "update account:one",
        "create account:two",
    ]


def test_an_open_account_comes_before_a_closed_one_with_the_same_tag() -> None:
    dead, alive = Acc("dead", id=X, address="one", state="closed"), Acc("one", id=Y, email="else@example.com")
    made = plan([dead, alive], [Acc("one", name="new")])
    assert made.changes[0].resource.id == Y


def test_a_closed_account_does_not_give_way_to_another_closed_one() -> None:
    ours = Acc("one", id=X, state="closed", email="old@example.com")
    theirs = Acc("theirs", id=Y, state="closed", tagged=FOREIGN, email="one@example.com")
    made = plan([ours, theirs], [Acc("one")])
    assert told(made, "not-active") == [SKIPPED]


def test_a_closed_account_that_was_never_ours_is_known_by_its_email_where_the_file_closes_it() -> None:
    made = plan([Acc("x", state="closed", tagged=FOREIGN, email="one@example.com")], [Acc("one", state="closed")])
    assert told(made, "closed") == ["account:one is closed (CLOSED)"]


def test_a_closed_account_gives_way_to_the_open_one_that_has_the_email() -> None:
    now = [
        Acc("one", id=X, state="closed", email="old@example.com"),
        Acc("fresh", id=Y, tagged=FOREIGN, email="one@example.com"),
    ]
    made = plan(now, [Acc("one")])
    assert steps(made) == ["adopt account:one"]
    assert made.changes[0].resource.id == Y


def test_a_closed_account_gives_way_only_where_another_is_there() -> None:
    made = plan([Acc("one", id=X, state="closed")], [Acc("one")])
    assert steps(made) == []
    assert told(made, "not-active") == [SKIPPED]


def test_a_pinned_closed_account_does_not_give_way() -> None:
    now = [
        Acc("one", id=X, state="closed", email="old@example.com"),
        Acc("fresh", id=Y, tagged=FOREIGN, email="one@example.com"),
    ]
    made = plan(now, [Acc("one", id=X)])
    assert steps(made) == []
    assert len(told(made, "not-active")) == 1


def test_a_closed_account_of_ours_lends_its_email_to_no_other_name() -> None:
    made = plan([Acc("old", id=X, state="closed", email="m@example.com")], [Acc("one", email="M@example.com")])
    assert refusal(made, "closed-account-email").message == (
        f"account:one would use an e-mail that belongs to old ({X}), which is CLOSED"
    )


def test_another_email_in_the_file_is_a_notice_and_never_an_account() -> None:
    made = plan([Acc("one", id=X, email="old@example.com")], [Acc("one", email="new@example.com")])
    assert steps(made) == []
    found = notice(made, "email-differs")
    assert str(found.address) == "account:one"
    assert found.message == (
        "account:one has the root e-mail old@example.com, the file says new@example.com; changing it takes a code that "
        f"AWS sends there: aws account start-primary-email-update --account-id {X} --primary-email new@example.com, "
        "then aws account accept-primary-email-update (both in full with --show-emails)"
    )


def test_another_folder_or_unit_is_the_same_account() -> None:
    units = [Ou("a"), Ou("b")]
    assert steps(plan([*units, Acc("one", "a")], [*units, Acc("one", "b")])) == ["move account:one"]
