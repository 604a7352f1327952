"""Why accounts are not made, and what to do when nobody knows whether one was."""

from __future__ import annotations

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from factory.aws.creation import (
    FAILURES,
    AskAgain,
    Follow,
    KeepLooking,
    Patience,
    Verdict,
    Verify,
    failure,
    next_step,
    refusal,
)
from factory.aws.errors import AwsError
from factory.aws.records import AccountRecord, CreationRecord

T0 = 1_800_000_000.0
PATIENCE = Patience(between_looks=60, settle=120, clock_skew=300)


def test_every_reason_of_the_model_is_known():
    model = botocore.session.get_session().get_service_model("organizations")
    assert set(model.shape_for("CreateAccountFailureReason").enum) == set(FAILURES)
    assert len(FAILURES) == 15


@pytest.mark.parametrize("reason", sorted(FAILURES))
def test_every_reason_has_words_and_a_way_out(reason):
    row = failure(reason)
    assert row.reason == reason
    assert len(row.words) > 20
    assert len(row.way_out) > 20


@pytest.mark.parametrize(
    ("reason", "verdict"),
    [
        ("INTERNAL_FAILURE", Verdict.RETRY),
        ("EMAIL_ALREADY_EXISTS", Verdict.ADOPT),
        ("CONCURRENT_ACCOUNT_MODIFICATION", Verdict.ADOPT),
        ("INVALID_EMAIL", Verdict.PERMANENT),
        ("ACCOUNT_LIMIT_EXCEEDED", Verdict.ORGANIZATION),
        ("MISSING_PAYMENT_INSTRUMENT", Verdict.ORGANIZATION),
        ("PENDING_BUSINESS_VALIDATION", Verdict.ORGANIZATION),
        ("A_REASON_OF_NEXT_YEAR", Verdict.PERMANENT),
        (None, Verdict.PERMANENT),
    ],
)
def test_what_a_reason_means(reason, verdict):
    assert failure(reason).verdict is verdict


def test_a_new_reason_is_quoted():
    assert "A_REASON_OF_NEXT_YEAR" in failure("A_REASON_OF_NEXT_YEAR").words


@pytest.mark.parametrize(
    ("code", "reason", "verdict"),
    [
        ("TooManyRequestsException", "", Verdict.RETRY),
        ("ConcurrentModificationException", "", Verdict.RETRY),
        ("InvalidInputException", "INVALID_PATTERN", Verdict.PERMANENT),
        ("ConstraintViolationException", "TAG_POLICY_VIOLATION", Verdict.PERMANENT),
        ("ConstraintViolationException", "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED", Verdict.RETRY),
        ("AccessDeniedException", "", Verdict.ORGANIZATION),
    ],
)
def test_what_a_refusal_means(code, reason, verdict):
    assert refusal(AwsError(code, "organizations.CreateAccount", reason=reason)) is verdict


def test_patience_is_data(limits):
    assert Patience.of(limits) == PATIENCE


def creation(state="IN_PROGRESS", name="new", account_id=None, at=T0 + 1, id="car-1") -> CreationRecord:
    return CreationRecord(id, name, state, account_id, None, at)


def account(id="1", email="other@example.com") -> AccountRecord:
    return AccountRecord(id, "", "new", email, "ACTIVE", "r-a")


def step(creations=(), accounts=(), now=T0 + 10, **more):
    return next_step("new", "New@Example.com", T0, now, creations, accounts, PATIENCE, **more)


def test_the_email_settles_it():
    assert step([creation()], [account("7", "nEW@example.COM")]) == Verify("7")


def test_a_running_request_is_followed():
    assert step([creation(), creation(id="car-0", at=T0 - 200)]) == Follow("car-1")


def test_our_clock_may_be_ahead_of_aws():
    assert step([creation(at=T0 - 299)]) == Follow("car-1")
    assert step([creation(at=T0 - 301)]) == KeepLooking(60)


def test_a_finished_request_is_verified():
    assert step([creation("SUCCEEDED", account_id="9")]) == Verify("9")
    assert step([creation("SUCCEEDED")]) == Follow("car-1")


def test_a_namesake_with_another_email_is_not_ours():
    assert step([creation("SUCCEEDED", account_id="9")], [account("9")]) == KeepLooking(60)


def test_a_failed_request_is_followed_to_its_reason():
    assert step([creation("FAILED")]) == Follow("car-1")


def test_an_older_failure_is_not_ours():
    assert step([creation("FAILED", at=T0 - 1)]) == KeepLooking(60)


def test_other_names_do_not_count():
    assert step([creation(name="old")]) == KeepLooking(60)


@pytest.mark.parametrize(
    ("now", "looks", "expected"),
    [
        (T0 + 10, 0, KeepLooking(60)),
        (T0 + 119, 1, KeepLooking(60)),
        (T0 + 3600, 0, KeepLooking(60)),
        (T0 + 120, 1, AskAgain()),
        (T0 + 3600, 1, AskAgain()),
    ],
)
def test_it_takes_two_empty_looks_and_time_to_ask_again(now, looks, expected):
    assert step(now=now, empty_looks=looks) == expected


RECORDS = st.builds(
    CreationRecord,
    st.sampled_from(["car-1", "car-2", "car-3"]),
    st.sampled_from(["new", "old"]),
    st.sampled_from(["IN_PROGRESS", "SUCCEEDED", "FAILED", "NEW_STATE"]),
    st.sampled_from([None, "1", "2"]),
    st.none(),
    st.floats(T0 - 1000, T0 + 1000),
)


@given(st.lists(RECORDS, max_size=5), st.booleans(), st.integers(0, 4), st.floats(0, 5000))
def test_it_never_asks_again_while_a_request_of_ours_may_be_running(creations, made, looks, later):
    accounts = [account("1", "new@example.com")] if made else []
    outcome = step(creations, accounts, now=T0 + later, empty_looks=looks)
    running = [c for c in creations if c.name == "new" and c.state == "IN_PROGRESS" and c.requested_at >= T0]
    assert not (outcome == AskAgain() and (running or made))
