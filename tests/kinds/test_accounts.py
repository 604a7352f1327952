"""Accounts: what is left alone, what is said about it, and every rule that says no."""

from __future__ import annotations

import pytest

from factory.core.change import Risk
from factory.core.guard import Thresholds
from tests.kinds.scenes import (
    FOREIGN,
    MANAGEMENT,
    Acc,
    Ou,
    Policy,
    change,
    deny,
    fields,
    files,
    live,
    notice,
    plan,
    refusal,
    refused,
    steps,
    told,
)

X, Y = "222222222222", "333333333333"
A, B = Ou("a"), Ou("b")


@pytest.mark.parametrize("state", ["suspended", "closed", "pending_closure", "pending_activation", "hibernating"])
def test_an_account_that_is_not_active_is_skipped_and_so_is_what_hangs_on_it(state: str) -> None:
    d = Policy("d", deny("svc:a"))
    now = [d, A, B, Acc("one", "a", id=X, state=state, on=("d",))]
    made = plan(now, [d, A, B, Acc("one", "b", name="new")])
    assert steps(made) == []
    gone = state in ("closed", "pending_closure")
    hint = "; write state: closed, or give a new account another file name" if gone else ""
    assert told(made, "not-active") == [f"account:one ({X}) is {state.upper()} in AWS: skipped{hint}"]
    assert str(notice(made, "not-active").address) == "account:one"


def test_a_pinned_account_that_is_closed_is_skipped_though_it_is_not_ours() -> None:
    made = plan([Acc("one", id=X, state="closed", tagged=FOREIGN)], [Acc("one", id=X)])
    assert steps(made) == []
    assert len(told(made, "not-active")) == 1


@pytest.mark.parametrize("state", ["suspended", "closed", "pending_closure"])
def test_the_email_of_a_closed_account_is_refused(state: str) -> None:
    made = plan([Acc("gone", id=X, state=state, tagged=FOREIGN, email="one@example.com")], [Acc("one")])
    found = refusal(made, "closed-account-email")
    assert found.message == f"account:one would use an e-mail that belongs to gone ({X}), which is {state.upper()}"
    assert found.way_out == "choose another e-mail address; AWS does not free it when an account is closed"
    assert "email-in-use" not in refused(made)


def test_the_email_of_an_account_that_is_not_yet_active_is_waited_for() -> None:
    made = plan([Acc("new", id=X, state="pending_activation", tagged=FOREIGN, email="one@example.com")], [Acc("one")])
    assert steps(made) == []
    assert len(told(made, "not-active")) == 1


def test_the_email_of_another_declared_account_is_refused() -> None:
    now = [Acc("one", id=X, email="Shared@example.com")]
    made = plan(now, [Acc("one"), Acc("two", email="shared@example.com", new=True)])
    found = refusal(made, "email-in-use")
    assert found.message == f"account:two would use the e-mail of account:one ({X})"
    assert found.way_out == "choose another e-mail address, or pin the account with id: in one file only"


def test_a_pinned_id_that_is_not_here_makes_no_account() -> None:
    found = refusal(plan([], [Acc("one", id=X)]), "pinned-id")
    assert found.message == f"account:one is pinned to the account {X}, which is not in this organization"
    assert found.way_out == "correct id:, or take it out to create a new account"


def test_absence_never_closes_moves_or_strips() -> None:
    d = Policy("d", deny("svc:a"))
    made = plan([d, A, Acc("one", "a", id=X, on=("d",))], [d, A])
    assert steps(made) == []
    messages = told(made, "unmanaged")
    assert f"account one ({X}) has no file any more: left in ou:a" in messages
    assert f"attachments of ours on nodes that no file declares, left alone: attachment:d@account:{X}" in messages


def test_foreign_accounts_are_counted_the_management_account_and_closed_ones_are_not() -> None:
    now = [Acc("x", tagged=FOREIGN), Acc("y", tagged=FOREIGN), Acc("z", tagged=FOREIGN, state="closed")]
    assert told(plan(now, []), "foreign") == ["2 accounts that no file declares, left alone"]
    assert told(plan(now, []), "unmanaged") == []


def test_tags_that_no_file_declares_stay_with_a_notice() -> None:
    made = plan(
        [Acc("one", tags={"team": "x"}), Acc("two", tags={"old": "1"})], [Acc("one", tags={"cost": "1"}), Acc("two")]
    )
    assert fields(made, "account:one") == ["tags.cost"]
    assert told(made, "extra-tags") == ["tags that no file declares, left alone: account:one (team); account:two (old)"]


def test_tags_of_what_is_adopted_are_not_leftovers() -> None:
    assert told(plan([Acc("one", tagged=FOREIGN, tags={"team": "x"})], [Acc("one")]), "extra-tags") == []


RISKS = {
    "a new name": (Acc("one"), Acc("one", name="new"), "update", Risk.LOW),
    "another unit": (Acc("one", "a"), Acc("one", "b"), "move", Risk.HIGH),
    "adopted as it is": (Acc("one", tagged=FOREIGN), Acc("one"), "adopt", Risk.LOW),
    "adopted and renamed": (Acc("one", tagged=FOREIGN), Acc("one", name="new"), "adopt", Risk.HIGH),
    "adopted and moved": (Acc("one", "a", tagged=FOREIGN), Acc("one", "b"), "adopt", Risk.HIGH),
    "closed": (Acc("one"), Acc("one", state="closed"), "close", Risk.IRREVERSIBLE),
}


@pytest.mark.parametrize(("now", "wanted", "verb", "risk"), RISKS.values(), ids=RISKS.keys())
def test_risk(now: Acc, wanted: Acc, verb: str, risk: Risk) -> None:
    made = plan([A, B, now], [A, B, wanted], close=("one",))
    assert steps(made) == [f"{verb} account:one"]
    assert made.changes[0].risk is risk


def test_a_creation_and_a_closing_say_what_aws_does() -> None:
    assert "root for some seconds" in plan([], [Acc("one")]).changes[0].effects[0]
    assert "90 days" in plan([Acc("one")], [Acc("one", state="closed")]).changes[0].effects[0]


# Closing


def test_closing_takes_the_file_and_a_flag_with_its_name() -> None:
    now, wanted = [A, Acc("one", "a", id=X)], [A, Acc("one", "a", state="closed")]
    found = refusal(plan(now, wanted, close=("two",)), "close-needs-flag")
    assert (found.message, found.way_out) == (f"account:one ({X}) would be closed", "--close one")
    made = plan(now, wanted, close=("one",))
    assert (steps(made), refused(made)) == (["close account:one"], [])
    assert fields(made, "account:one") == ["state"]


def test_no_rule_can_be_allowed_instead_of_the_flag() -> None:
    assert "close-needs-flag" in refused(plan([Acc("one")], [Acc("one", state="closed")], allow=("close-needs-flag",)))


@pytest.mark.parametrize("state", ["closed", "suspended", "pending_closure"])
def test_what_is_closed_already_is_left_and_said(state: str) -> None:
    made = plan([Acc("one", state=state)], [Acc("one", state="closed")])
    assert steps(made) == []
    assert told(made, "closed") == [f"account:one is closed ({state.upper()})"]


def test_closed_and_not_in_the_organization_makes_nothing() -> None:
    made = plan([], [Acc("one", state="closed")])
    assert steps(made) == []
    assert told(made, "closed") == ["account:one is declared closed and is not in the organization"]


def test_the_unit_of_an_account_that_is_closed_stays() -> None:
    made = plan([A, Acc("one", "a")], [Acc("one", state="closed")], close=("one",))
    assert steps(made) == ["close account:one"]
    assert "account:one" in told(made, "kept")[0]


def test_what_hangs_on_an_account_that_is_closed_stays() -> None:
    d = Policy("d", deny("svc:a"))
    made = plan([d, Acc("one", on=("d",))], [d, Acc("one", state="closed")], close=("one",))
    assert steps(made) == ["close account:one"]


# A creation that may be a rename


def test_a_new_file_while_an_account_lost_its_own_is_refused_until_it_is_settled() -> None:
    now = [Acc("old", id=X, name="Old one")]
    found = refusal(plan(now, [Acc("one")]), "maybe-rename")
    assert found.message == f"account:one would be created while accounts of ours have no file: old ({X})"
    assert found.way_out == "was: OLD-NAME in the file if it was renamed, new: true if it is really a new account"
    assert steps(plan(now, [Acc("one", new=True)])) == ["create account:one"]
    assert refused(plan(now, [Acc("one", new=True)])) == []
    assert steps(plan(now, [Acc("one", was="old")])) == ["update account:one"]


LOST_TO_NOBODY = {
    "not ours": Acc("old", tagged=FOREIGN),
    "another instance's": Acc("old", tagged="other"),
    "closed": Acc("old", state="closed"),
    "the management account": Acc("boss", id=MANAGEMENT),
}


@pytest.mark.parametrize("there", LOST_TO_NOBODY.values(), ids=LOST_TO_NOBODY.keys())
def test_no_rename_is_suspected_where_the_account_without_a_file_is(there: Acc) -> None:
    assert refused(plan([there], [Acc("one")])) == []


def test_no_rename_is_suspected_where_every_account_has_its_file() -> None:
    assert refused(plan([Acc("old")], [Acc("old"), Acc("one")])) == []


def test_only_the_first_five_lost_accounts_are_named() -> None:
    message = refusal(plan([Acc(f"old{n}") for n in range(7)], [Acc("one")]), "maybe-rename").message
    assert message.count("old") == 5
    assert message.endswith(" and 2 more")


def test_an_adoption_or_a_new_unit_is_no_new_account() -> None:
    assert refused(plan([Acc("old"), Acc("one", tagged=FOREIGN)], [Acc("one"), Ou("a")])) == []


# Protected accounts

PROTECTED = Thresholds(protected=("one",))


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        (Acc("one", "a"), Acc("one", "b")),
        (Acc("one", "a", tagged=FOREIGN), Acc("one", "b")),
        (Acc("one", "a"), Acc("one", state="closed")),
    ],
    ids=["moved", "adopted and moved", "closed"],
)
def test_a_protected_account_is_not_moved_or_closed(now: Acc, wanted: Acc) -> None:
    made = plan([A, B, now], files(A, B, wanted, safety=PROTECTED), close=("one",))
    found = refusal(made, "protected-account")
    assert found.message == f"{steps(made)[0]}: it is named under safety: protected"
    assert found.way_out == "take it off the list, or --allow protected-account"
    allowed = plan([A, B, now], files(A, B, wanted, safety=PROTECTED), close=("one",), allow=("protected-account",))
    assert refused(allowed) == []


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        ([Acc("one")], [Acc("one", name="new", tags={"a": "b"})]),
        ([], [Acc("one", "a")]),
        ([Acc("two", "b")], [Acc("two", "a")]),
        ([], [Ou("one")]),
        ([Acc("one")], [Acc("one", "a")]),
    ],
    ids=["renamed", "created", "another one", "a unit of that name", "moved out of the root"],
)
def test_a_protected_account_may_be(now: list[Acc], wanted: list[Acc | Ou]) -> None:
    made = plan([A, B, *now], files(A, B, *wanted, safety=PROTECTED))
    assert len(made.changes) == 1
    assert refused(made) == []


def test_a_protected_name_does_not_guard_what_is_parented_otherwise() -> None:
    """An attachment on a protected account is neither a move nor an end of it."""
    d = Policy("d", deny("svc:a"))
    made = plan([d, Acc("one")], files(d, Acc("one", on=("d",)), safety=PROTECTED))
    assert (steps(made), refused(made)) == (["attach attachment:d@account:one"], [])


# The management account


BOSS = Acc("boss", id=MANAGEMENT, email="root@example.com")


def test_the_management_account_is_not_touched_by_chance() -> None:
    made = plan([A], [A, Acc("boss", id=MANAGEMENT, email="root@example.com", name="management")])
    found = refusal(made, "management-account")
    assert found.message == "adopt account:boss would touch the management account management"
    assert found.way_out == "take it out of the files, or --allow management-account if it is meant"


def test_nothing_is_attached_to_the_management_account_by_chance() -> None:
    d = Policy("d", deny("svc:a"))
    wanted = [d, Acc("boss", id=MANAGEMENT, email="root@example.com", on=("d",))]
    made = plan([d], wanted)
    assert sorted(str(r.address) for r in made.refusals) == ["account:boss", "attachment:d@account:boss"]
    assert {r.rule for r in made.refusals} == {"management-account"}
    assert refused(plan([d], wanted, allow=("management-account",))) == []


def test_what_is_above_the_management_account_is_not_the_management_account() -> None:
    d = Policy("d", deny("svc:a"))
    made = plan(live(d, A, management_in="a"), [d, Ou("a", on=("d",))])
    assert (steps(made), refused(made)) == (["attach attachment:d@ou:a"], [])


def test_the_change_of_an_account_names_where_its_file_is() -> None:
    assert change(plan([], [Acc("one")]), "account:one").source is not None
