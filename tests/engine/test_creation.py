"""Creating an account: asked for once, never twice where others ask too, and told in words where AWS will not."""

from __future__ import annotations

import pytest

from factory.aws.creation import FAILURES, Verdict
from factory.core.change import Status
from factory.sandbox.seeding import add_account
from tests.engine.creating import (
    CREATE,
    EMAIL,
    OURS,
    STATUS,
    asked_elsewhere,
    assert_made_once,
    failing_with,
    slow,
    watching,
)
from tests.engine.ground import ACCOUNT, LIMITS, Ground, changes, mutations, result


class TestTheOrdinaryWay:
    def test_asked_once_followed_moved_and_tagged(self, here: Ground) -> None:
        with here.calls() as calls:
            here.built()
        assert_made_once(here)
        assert mutations(calls) == {"CreateAccount": 1, "CreateOrganizationalUnit": 3, "MoveAccount": 1}
        assert calls[STATUS] == 1, "the list of running requests is what is polled"

    def test_it_takes_as_long_as_aws_takes(self, here: Ground) -> None:
        found = result(here.built(), "account:shop")
        assert 30 <= found.seconds <= 36

    def test_longer_than_we_wait_it_is_pending_and_the_next_run_goes_on(self, here: Ground) -> None:
        with watching(here, CREATE, lambda: slow(here, 1500)):
            found = result(here.apply(), "account:shop")
        assert (found.status, found.seconds) == (Status.PENDING, pytest.approx(900, abs=6))
        assert found.error == "AWS is still at work: waiting for AWS to create the account"
        assert found.fix == "run apply again: it goes on from where AWS is"
        with here.calls() as calls:
            here.built()
        assert mutations(calls) == {"MoveAccount": 1}
        assert_made_once(here)

    def test_no_more_in_flight_than_aws_takes(self, here: Ground) -> None:
        here.write({f"a{number}": ACCOUNT for number in range(8)})
        running: list[int] = []

        def count() -> None:
            running.append(sum(c.state == "IN_PROGRESS" for c in here.box.state.creations.values()))

        # Each takes long, so that five are under way before the first one ends.
        with watching(here, CREATE, lambda: slow(here)), watching(here, CREATE, count):
            here.built()
        assert max(running) == LIMITS["organizations.CreateAccount"].in_flight == 5
        assert len(running) == 9
        assert not [code for _, code in here.box.refusals]
        assert set(here.homes().values()) == {"workloads/prod"}


class TestARequestThatIsUnderWayElsewhere:
    def test_with_the_same_name_and_email_is_followed_and_left_to_the_next_plan(self, here: Ground) -> None:
        asked_elsewhere(here, "shop", EMAIL.upper().replace("EXAMPLE.COM", "example.com"))
        with here.calls() as calls:
            found = result(here.apply(), "account:shop")
        assert found.status is Status.FAILED
        assert "this request did not make it" in found.error
        assert "run plan again: it shows the account as one to adopt" in found.fix
        assert mutations(calls) == {"CreateOrganizationalUnit": 3}
        assert [change.verb for change in here.built().plan.changes] == ["adopt"]
        (account,) = here.members().values()
        assert here.where(account.parent_id) == "workloads/prod"

    def test_from_a_run_of_ours_that_was_cut_off_it_needs_no_tags(self, here: Ground) -> None:
        asked_elsewhere(here, "shop", EMAIL, OURS)
        with here.calls() as calls:
            here.built()
        assert mutations(calls) == {"CreateOrganizationalUnit": 3, "MoveAccount": 1}
        assert_made_once(here)

    def test_with_another_email_it_is_a_clear_error(self, here: Ground) -> None:
        asked_elsewhere(here, "shop", "someone@else.example.com")
        with here.calls() as calls:
            found = result(here.apply(), "account:shop")
        (other,) = here.members().values()
        assert found.status is Status.FAILED
        assert found.error.endswith(f"made the account {other.id}, which has another e-mail address")
        assert found.fix == "look at both requests in AWS; run apply again to ask for this account"
        assert mutations(calls) == {"CreateOrganizationalUnit": 3}
        assert here.homes() == {"shop": "root"}
        assert {refusal.rule for refusal in here.plan().refusals} == {"maybe-rename"}, (
            "two of that name are asked about"
        )

    def test_of_another_instance_is_not_taken_over(self, here: Ground) -> None:
        asked_elsewhere(here, "shop", EMAIL, {"factory:managed": "theirs"})
        with here.calls() as calls:
            found = result(here.apply(), "account:shop")
        assert found.status is Status.FAILED
        assert "this request did not make it" in found.error
        assert {refusal.rule for refusal in here.plan().refusals} == {"foreign-owner"}
        assert mutations(calls) == {"CreateOrganizationalUnit": 3}

    def test_a_sixth_waits_for_its_turn(self, here: Ground) -> None:
        for number in range(5):
            asked_elsewhere(here, f"theirs{number}", f"theirs{number}@example.org")
            slow(here, 200)
            here.box.clock.sleep(10)
        here.built()
        refused = [code for call, code in here.box.refusals if call.operation == CREATE]
        assert refused
        assert set(refused) == {"ConstraintViolationException"}
        assert here.homes()["shop"] == "workloads/prod"
        assert len(here.box.state.creations) == 6

    def test_a_turn_that_does_not_come_leaves_it_pending(self, here: Ground) -> None:
        for number in range(5):
            asked_elsewhere(here, f"theirs{number}", f"theirs{number}@example.org")
            slow(here, 5000)
            here.box.clock.sleep(10)
        found = result(here.apply(), "account:shop")
        assert found.status is Status.PENDING
        assert "AWS to take the request" in found.error
        assert "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED" in found.error


ONCE_MORE = {"INTERNAL_FAILURE", "CONCURRENT_ACCOUNT_MODIFICATION"}
HALTING = {row.reason for row in FAILURES.values() if row.verdict is Verdict.ORGANIZATION}
NEW_REASON = "A_REASON_OF_NEXT_YEAR"


class TestAFailureReason:
    @pytest.mark.parametrize("reason", [*sorted(FAILURES), NEW_REASON])
    def test_is_told_in_words_with_a_way_out_and_retried_only_where_that_may_help(
        self, here: Ground, reason: str
    ) -> None:
        with failing_with(here, *[reason] * 5), here.calls() as calls:
            report = here.apply()
        found = result(report, "account:shop")
        assert found.status is Status.FAILED
        assert found.error.startswith(f"AWS did not create the account ({reason}): ")
        if reason == NEW_REASON:
            assert found.error.endswith(f"AWS gave a reason this version does not know: {reason}")
            assert "API reference" in found.fix
        else:
            assert found.error.endswith(FAILURES[reason].words)
            assert found.fix == FAILURES[reason].way_out
        assert calls[CREATE] == (2 if reason in ONCE_MORE else 1)
        assert "@" not in found.error + found.fix
        assert here.members() == {}
        assert report.remaining is not None
        assert changes(report.remaining) == ["create account:shop"]

    @pytest.mark.parametrize("reason", sorted(ONCE_MORE))
    def test_that_is_over_the_second_time_is_no_failure(self, here: Ground, reason: str) -> None:
        with failing_with(here, reason, None):
            here.built()
        assert_made_once(here, requests=2)

    @pytest.mark.parametrize("reason", [*sorted(FAILURES), NEW_REASON])
    def test_about_the_organization_halts_what_is_not_asked_for_yet_and_nothing_else(
        self, here: Ground, reason: str
    ) -> None:
        names = [f"a{number}" for number in range(7)]
        here.write({"shop": None, **dict.fromkeys(names, ACCOUNT)})
        # The first request fails at once, while the last ones have not been made.
        with failing_with(here, reason, None):
            report = here.apply()
        first, *others = [result(report, f"account:{name}") for name in names]
        halted = [found for found in others if found.status is Status.FAILED]
        if reason in HALTING:
            assert first.status is Status.FAILED
            assert halted
            assert {found.error for found in halted} == {f"not asked for: {FAILURES[reason].words}"}
            assert {found.fix for found in halted} == {"mend that first, then run apply again"}
            assert all(found.status is Status.DONE for found in others if found not in halted)
        else:
            assert not halted
            assert first.status is (Status.DONE if reason in ONCE_MORE else Status.FAILED)

    def test_of_a_request_that_is_refused_at_once_halts_too(self, here: Ground) -> None:
        here.write({"blog": ACCOUNT})
        here.line.refuse(CREATE, "AccessDeniedException")
        report = here.apply()
        assert "AccessDeniedException" in result(report, "account:blog").error
        assert result(report, "account:shop").error.startswith("not asked for: AWS organizations.CreateAccount")
        assert here.line.moments(CREATE) == [], "the second one was not even asked for"

    def test_about_this_account_only_lets_the_others_be_asked_for(self, here: Ground) -> None:
        here.write({"blog": ACCOUNT})
        here.line.refuse(CREATE, "InvalidInputException")
        report = here.apply()
        assert result(report, "account:blog").status is Status.FAILED
        assert result(report, "account:shop").status is Status.DONE


class TestAnEmailThatExists:
    def test_outside_the_organization(self, here: Ground) -> None:
        here.box.state.taken_emails.append(EMAIL)
        found = result(here.apply(), "account:shop")
        assert found.status is Status.FAILED
        assert "EMAIL_ALREADY_EXISTS" in found.error
        assert found.fix == FAILURES["EMAIL_ALREADY_EXISTS"].way_out

    def test_inside_since_the_plan_was_made_it_is_left_to_the_next_plan(self, here: Ground) -> None:
        with watching(here, "CreateOrganizationalUnit", lambda: self.appear(here)), here.calls() as calls:
            found = result(here.apply(), "account:shop")
        assert found.status is Status.FAILED
        assert "this request did not make it" in found.error
        assert mutations(calls) == {"CreateAccount": 1, "CreateOrganizationalUnit": 3}
        assert [change.verb for change in here.built().plan.changes] == ["adopt"]

    def test_inside_and_closed_it_is_refused(self, here: Ground) -> None:
        with watching(here, "CreateOrganizationalUnit", lambda: self.appear(here, "CLOSED")):
            found = result(here.apply(), "account:shop")
        assert found.status is Status.FAILED
        assert found.error.endswith("which is CLOSED")
        assert "choose another e-mail address" in found.fix

    @staticmethod
    def appear(here: Ground, state: str = "ACTIVE") -> None:
        if not here.members():
            add_account(here.box.state, "shop", EMAIL, account_state=state)
