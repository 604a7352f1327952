"""What happens by itself as time passes."""

from __future__ import annotations

from typing import Any

import pytest

from factory.core.limits import Limit, Limits
from factory.sandbox import Sandbox, Timing
from factory.sandbox.defaults import DEFAULT_LIMITS
from factory.sandbox.seeding import add_account, add_unit

SLOW = Timing(creation=(60, 60), closure=(60, 60))


def _ask(org: Any, name: str) -> str:
    return str(org.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]["Id"])


def _status(org: Any, creation: str) -> Any:
    return org.describe_create_account_status(CreateAccountRequestId=creation)["CreateAccountStatus"]


def test_a_creation_takes_its_time_and_no_more() -> None:
    with Sandbox(timing=SLOW) as box:
        org = box.session().client("organizations")
        creation = _ask(org, "one")
        box.clock.sleep(59)
        assert _status(org, creation)["State"] == "IN_PROGRESS"
        assert len(org.list_accounts()["Accounts"]) == 1
        box.clock.sleep(1)
        done = _status(org, creation)
        assert done["State"] == "SUCCEEDED"
        assert (done["CompletedTimestamp"] - done["RequestedTimestamp"]).total_seconds() == 60
        assert org.describe_account(AccountId=done["AccountId"])["Account"]["Name"] == "one"


def test_durations_differ_but_not_between_runs() -> None:
    def durations() -> list[float]:
        with Sandbox(limits=Limits({}), rates=False, seed=4) as box:
            org = box.session().client("organizations")
            for number in range(20):
                _ask(org, f"n{number}")
            return [made.completes_at - made.requested_at for made in box.state.creations.values()]

    assert durations() == durations()
    assert len(set(durations())) > 10
    assert all(20 <= length <= 60 for length in durations())


def test_the_last_place_goes_to_whoever_is_done_first() -> None:
    limits = Limits({**DEFAULT_LIMITS, "organizations.accounts": Limit("organizations.accounts", value=2)})
    with Sandbox(limits=limits, seed=1) as box:
        org = box.session().client("organizations")
        asked = [_ask(org, "a"), _ask(org, "b")]
        box.clock.sleep(100)
        states = sorted((_status(org, one)["State"], _status(org, one).get("FailureReason")) for one in asked)
        assert states == [("FAILED", "ACCOUNT_LIMIT_EXCEEDED"), ("SUCCEEDED", None)]


def test_one_email_asked_for_twice_at_once() -> None:
    with Sandbox() as box:
        org = box.session().client("organizations")
        asked = [_ask(org, "same"), _ask(org, "same")]
        box.clock.sleep(100)
        assert sorted(_status(org, one)["State"] for one in asked) == ["FAILED", "SUCCEEDED"]
        assert len(org.list_accounts()["Accounts"]) == 2


def test_an_email_in_use_elsewhere_in_aws(box: Sandbox, org: Any) -> None:
    box.state.taken_emails.append("Same@Example.com")
    creation = _ask(org, "same")
    box.clock.sleep(100)
    assert _status(org, creation)["FailureReason"] == "EMAIL_ALREADY_EXISTS"


@pytest.mark.parametrize("reason", ["INTERNAL_FAILURE", "MISSING_PAYMENT_INSTRUMENT"])
def test_an_outcome_can_be_decided_beforehand(box: Sandbox, org: Any, reason: str) -> None:
    creation = _ask(org, "one")
    box.state.creations[creation].fails_with = reason
    box.clock.sleep(100)
    assert _status(org, creation)["FailureReason"] == reason


def test_an_account_goes_from_closing_to_closed_to_gone() -> None:
    with Sandbox(timing=SLOW) as box:
        org = box.session().client("organizations")
        unit = add_unit(box.state, "unit")
        account = add_account(box.state, "one", "one@example.com", unit, {"a": "b"})
        org.close_account(AccountId=account)

        def state() -> str:
            return str(org.describe_account(AccountId=account)["Account"]["State"])

        assert state() == "PENDING_CLOSURE"
        box.clock.sleep(60)
        assert state() == "CLOSED"
        box.clock.sleep(90 * 86400 - 1)
        assert state() == "CLOSED"
        box.clock.sleep(1)
        assert account not in box.state.accounts
        assert account not in box.state.tags
        assert account not in box.state.attachments
        creation = _ask(org, "one")
        box.clock.sleep(100)
        assert _status(org, creation)["FailureReason"] == "EMAIL_ALREADY_EXISTS"


def test_a_long_sleep_skips_nothing() -> None:
    with Sandbox(timing=SLOW) as box:
        account = add_account(box.state, "one", "one@example.com")
        org = box.session().client("organizations")
        org.close_account(AccountId=account)
        box.clock.sleep(365 * 86400)
        assert account not in box.state.accounts
        org.list_roots()


def test_closures_are_counted_for_thirty_days() -> None:
    limits = Limits({**DEFAULT_LIMITS, "organizations.closures": Limit("organizations.closures", value=1)})
    with Sandbox(limits=limits) as box:
        org = box.session().client("organizations")
        first, second = (add_account(box.state, name, f"{name}@example.com") for name in "ab")
        org.close_account(AccountId=first)
        with pytest.raises(org.exceptions.ConstraintViolationException):
            org.close_account(AccountId=second)
        box.clock.sleep(31 * 86400)
        org.close_account(AccountId=second)


def test_large_organizations_may_close_more() -> None:
    limits = Limits({"organizations.closures": Limit("organizations.closures", value=1)})
    with Sandbox(limits=limits, rates=False) as box:
        org = box.session().client("organizations")
        accounts = [add_account(box.state, f"n{number}", f"n{number}@example.com") for number in range(14)]
        for account in accounts[:3]:
            org.close_account(AccountId=account)
        with pytest.raises(org.exceptions.ConstraintViolationException):
            org.close_account(AccountId=accounts[3])


@pytest.mark.parametrize(
    ("email", "valid"),
    [
        ("a@b.co", True),
        ("aws+payments.prod_1@mail.example.com", True),
        ("o-k=x!#$*/?^`{}~@example.com", True),
        (".a@example.com", False),
        ("a%b@example.com", False),
        ("a&b@example.com", False),
        ("a@-example.com", False),
        ("a@example.com-", False),
        ("a@.example.com", False),
        ("a@exa_mple.com", False),
        ("zoë@example.com", False),
    ],
)
def test_addresses_that_aws_takes(box: Sandbox, org: Any, email: str, valid: bool) -> None:
    asked = org.create_account(AccountName="one", Email=email)["CreateAccountStatus"]["Id"]
    box.clock.sleep(100)
    assert _status(org, asked).get("FailureReason") == (None if valid else "INVALID_EMAIL")
