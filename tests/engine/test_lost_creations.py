"""Creating an account once, whatever gets lost on the way: requests, replies, looks, and the factory itself."""

from __future__ import annotations

import pytest

from factory.core.change import Status
from factory.sandbox import Call
from tests.engine.creating import (
    CREATE,
    LOOK_EVERY,
    SETTLE,
    STATUS,
    asked_elsewhere,
    assert_made_once,
    failing_with,
    watching,
)
from tests.engine.ground import Ground, Killed, changes, mutations, result, told


class TestALostReply:
    def test_before_aws_heard_it(self, here: Ground) -> None:
        here.line.lose_unheard(CREATE)
        here.built()
        assert_made_once(here)
        assert len(here.line.moments(CREATE)) == 2

    def test_after_aws_heard_it(self, here: Ground) -> None:
        here.line.lose_heard(CREATE)
        here.built()
        assert_made_once(here)
        assert len(here.line.moments(CREATE)) == 1

    def test_nothing_is_asked_again_before_aws_has_had_time_to_show_it(self, here: Ground) -> None:
        here.line.lose_unheard(CREATE)
        here.built()
        first, second = here.line.moments(CREATE)
        assert SETTLE <= second - first <= SETTLE + LOOK_EVERY
        looks = [call for call in here.box.calls if call == ("organizations", "ListCreateAccountStatus", {})]
        assert 2 <= len(looks) <= 4, "a look every minute, not with every poll"

    def test_lost_time_and_again_it_is_pending_in_the_end_and_the_next_run_makes_it(self, here: Ground) -> None:
        here.line.lose_unheard(CREATE, times=100)
        found = result(here.apply(), "account:shop")
        assert found.status is Status.PENDING
        assert found.error == "AWS is still at work: waiting for a sign of the account: AWS's answer was lost"
        assert len(here.line.moments(CREATE)) <= 1 + 900 / SETTLE
        here.line.mend()
        here.built()
        assert_made_once(here)

    def test_heard_and_then_refused_its_reason_is_told(self, here: Ground) -> None:
        here.line.lose_heard(CREATE)
        with failing_with(here, "INVALID_EMAIL"):
            found = result(here.apply(), "account:shop")
        assert found.status is Status.FAILED
        assert "INVALID_EMAIL" in found.error
        assert len(here.line.moments(CREATE)) == 1

    def test_an_older_failure_of_the_same_name_is_not_taken_for_ours(self, here: Ground) -> None:
        old = asked_elsewhere(here, "shop", "someone@else.example.com")
        old.fails_with = "EMAIL_ALREADY_EXISTS"
        here.box.clock.sleep(100)
        here.line.lose_unheard(CREATE)
        here.built()
        assert_made_once(here, requests=2)


class TestAStatusCallThatFails:
    @pytest.mark.parametrize("operation", ["ListCreateAccountStatus", STATUS, "DescribeAccount"])
    def test_does_not_make_a_running_creation_a_failure(self, here: Ground, operation: str) -> None:
        here.line.begins_with = CREATE
        here.line.refuse(operation, "TooManyRequestsException", times=2)
        here.line.refuse(operation, "ServiceException", times=2)
        here.built()
        assert not here.line.plans["asked", operation]
        assert_made_once(here)

    def test_for_good_leaves_it_pending_and_says_why(self, here: Ground) -> None:
        here.line.refuse(STATUS, "AccessDeniedException", times=1000)
        found = result(here.apply(), "account:shop")
        assert found.status is Status.PENDING
        assert "DescribeCreateAccountStatus: AccessDeniedException" in found.error
        assert "run apply again" in found.fix
        here.line.mend()
        with here.calls() as calls:
            here.built()
        assert mutations(calls) == {"MoveAccount": 1}
        assert_made_once(here)

    def test_an_account_that_does_not_show_yet_is_waited_for(self, here: Ground) -> None:
        here.line.refuse("DescribeAccount", "AccountNotFoundException", times=2)
        here.built()
        assert_made_once(here)

    def test_a_request_that_does_not_show_yet_is_waited_for(self, here: Ground) -> None:
        here.line.refuse(STATUS, "CreateAccountStatusNotFoundException", times=2)
        here.built()
        assert_made_once(here)


class TestACrash:
    def crash(self, here: Ground, operation: str) -> None:
        def stop() -> None:
            raise Killed

        with watching(here, operation, stop), pytest.raises(Killed):
            here.apply()

    def test_after_create_account_the_next_run_follows_the_request(self, here: Ground) -> None:
        self.crash(here, CREATE)
        assert here.members() == {}
        with here.calls() as calls:
            here.built()
        assert mutations(calls) == {"MoveAccount": 1}
        assert_made_once(here)

    def test_after_create_account_and_some_time_the_next_run_only_moves(self, here: Ground) -> None:
        self.crash(here, CREATE)
        here.box.clock.sleep(3600)
        with here.calls() as calls:
            report = here.built()
        assert changes(report.plan) == ["move account:shop"]
        assert mutations(calls) == {"MoveAccount": 1}
        assert_made_once(here)

    def test_before_the_move_the_next_run_only_moves(self, here: Ground) -> None:
        self.crash(here, STATUS)
        assert here.homes() == {"shop": "root"}
        with here.calls() as calls:
            report = here.built()
        assert changes(report.plan) == ["move account:shop"]
        assert mutations(calls) == {"MoveAccount": 1}
        assert_made_once(here)

    def test_after_the_move_nothing_is_left(self, here: Ground) -> None:
        self.crash(here, "MoveAccount")
        assert here.plan().empty
        assert_made_once(here)

    def test_at_every_call_the_next_run_ends_the_same(self, here: Ground) -> None:
        """Cut off after each call of a run in turn, until a run gets through."""
        for count in range(1, 200):
            left = [count]

            def stop(call: Call, left: list[int] = left) -> None:
                left[0] -= 1
                if left[0] == 0:
                    raise Killed

            here.box.watchers.append(stop)
            try:
                report = here.apply()
            except Killed:
                continue
            finally:
                here.box.watchers.remove(stop)
            assert report.complete, told(report)
            break
        else:
            pytest.fail("no run ever got through")
        assert_made_once(here)


def test_the_report_of_a_failed_move_says_so_and_the_next_run_moves(here: Ground) -> None:
    here.line.refuse("MoveAccount", "AccessDeniedException")
    found = result(here.apply(), "account:shop")
    assert found.status is Status.FAILED
    assert "organizations.MoveAccount: AccessDeniedException" in found.error
    assert here.homes() == {"shop": "root"}
    report = here.built()
    assert changes(report.plan) == ["move account:shop"]
    assert_made_once(here)
