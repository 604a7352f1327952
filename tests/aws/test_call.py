"""The choke point: two layers of retries that never multiply, one clock, pages to their end, words for errors."""

from __future__ import annotations

import pytest
from structlog.contextvars import bound_contextvars, get_contextvars
from structlog.testing import capture_logs

from factory.aws.call import LATER
from factory.aws.errors import AwsError
from factory.aws.events import Event
from factory.aws.session import ATTEMPTS, from_session
from tests.aws.conftest import SteppingClock
from tests.aws.fakes import calls_on, client_error
from tests.aws.wire import answer, error


def failing(code: str, times: int):
    """A method that raises this code so many times, then answers; and how often it was called."""
    seen: list[dict[str, object]] = []

    def method(**asked):
        seen.append(asked)
        if len(seen) <= times:
            raise client_error(code)
        return {"ok": True}

    return method, seen


@pytest.mark.parametrize("code", sorted(LATER))
def test_later_is_tried_again_until_it_works(limits, clock, code):
    method, seen = failing(code, 3)
    assert calls_on(limits, clock)("organizations.UpdatePolicy", method, PolicyId="p-1") == {"ok": True}
    assert seen == [{"PolicyId": "p-1"}] * 4
    poll, _ = limits.seconds(LATER[code])
    waits = [nap for nap in clock.naps if nap >= poll / 2]
    assert len(waits) >= 3


@pytest.mark.parametrize("code", sorted(LATER))
def test_later_ends_at_its_deadline(limits, clock, code):
    method, seen = failing(code, 10**6)
    started = clock.now()
    with pytest.raises(AwsError) as caught:
        calls_on(limits, clock)("organizations.UpdatePolicy", method)
    _, deadline = limits.seconds(LATER[code])
    assert caught.value.code == code
    assert caught.value.fix
    assert deadline / 2 < clock.now() - started <= deadline
    assert 5 < len(seen) < 60


def test_waits_grow_with_jitter_and_are_repeatable(limits):
    def waits():
        clock = SteppingClock()
        calls_on(limits, clock)("organizations.ListPolicies", failing("ConcurrentModificationException", 5)[0])
        return clock.naps

    first = waits()
    assert len(set(first)) == 5
    assert all(0.5 <= wait <= 9 for wait in first)
    assert first[0] < first[-1]
    assert waits() == first


@pytest.mark.parametrize("code", ["TooManyRequestsException", "ServiceException", "AccessDeniedException", "Odd"])
def test_nothing_else_is_tried_again_here(limits, clock, code):
    method, seen = failing(code, 10**6)
    with pytest.raises(AwsError, match=code):
        calls_on(limits, clock)("organizations.UpdatePolicy", method)
    assert len(seen) == 1


def test_throttles_are_retried_by_botocore_alone(limits, clock, session):
    wire = answer(session, lambda *_: error("TooManyRequestsException", status=400))
    aws = from_session(session, limits, clock)
    with pytest.raises(AwsError) as caught:
        aws.organizations.describe_organization()
    assert wire.count("DescribeOrganization") == ATTEMPTS
    assert caught.value.retries == ATTEMPTS - 1


def test_conflicts_are_retried_here_alone(limits, clock, session):
    left = iter([error("ConcurrentModificationException")] * 3)
    done = (200, {"Organization": {"Id": "o-1", "MasterAccountId": "1"}})
    wire = answer(session, lambda *_: next(left, done))
    assert from_session(session, limits, clock).organizations.describe_organization().id == "o-1"
    assert wire.count("DescribeOrganization") == 4


def test_botocores_waits_are_on_our_clock(limits, clock, session):
    left = iter([error("TooManyRequestsException")] * 2)
    answer(session, lambda *_: next(left, (200, {"Organization": {"Id": "o-1", "MasterAccountId": "1"}})))
    aws = from_session(session, limits, clock)
    aws.organizations.describe_organization()
    assert len(clock.naps) == 2


def test_pages_end_with_the_token_not_with_an_empty_page(limits, clock):
    answers = iter(
        [
            {"Rows": [], "NextToken": "a"},
            {"Rows": [1, 2], "NextToken": "b"},
            {"NextToken": "c"},
            {"Rows": [3], "NextToken": ""},
        ]
    )
    asked = []

    def method(**parameters):
        asked.append(parameters)
        return next(answers)

    assert calls_on(limits, clock).pages("organizations.ListAccounts", method, "Rows", Key="k") == [1, 2, 3]
    assert asked == [
        {"Key": "k"},
        {"Key": "k", "NextToken": "a"},
        {"Key": "k", "NextToken": "b"},
        {"Key": "k", "NextToken": "c"},
    ]


def test_pages_may_end_where_one_is_enough_and_an_empty_one_never_is(limits, clock):
    answers = iter([{"Rows": [], "NextToken": "a"}, {"Rows": [1], "NextToken": "b"}, {"Rows": [2], "NextToken": "c"}])
    calls = calls_on(limits, clock)
    found = calls.pages(
        "organizations.ListAccounts", lambda **_: next(answers), "Rows", enough=lambda page: page[-1] > 1
    )
    assert found == [1, 2]


def test_a_token_that_leads_nowhere_is_an_error(limits, clock):
    with pytest.raises(AwsError, match="same page over and over"):
        calls_on(limits, clock).pages("organizations.ListRoots", lambda **_: {"NextToken": "a"}, "Roots")


def test_requests_are_paced(limits, clock):
    calls = calls_on(limits, clock)
    for _ in range(10):
        calls("organizations.ListRoots", dict)
    assert clock.naps == pytest.approx([1.001] + [1.0] * 7, abs=0.01)


def test_the_log_knows_operation_and_attempt_and_keeps_what_was_bound(limits, clock):
    seen = []

    def method():
        seen.append(get_contextvars())
        if len(seen) < 2:
            raise client_error("ConcurrentModificationException")
        return {}

    with bound_contextvars(run="r1", address="ou:a"):
        calls_on(limits, clock)("organizations.AttachPolicy", method)
    assert seen == [
        {"run": "r1", "address": "ou:a", "operation": "organizations.AttachPolicy", "attempt": attempt}
        for attempt in (1, 2)
    ]
    assert "operation" not in get_contextvars()


def test_the_log_has_only_events_of_the_list_and_no_parameters(limits, clock):
    calls = calls_on(limits, clock)
    with capture_logs() as logs:
        for _ in range(5):
            calls("organizations.CreatePolicy", lambda **_: {"ResponseMetadata": {"RequestId": "r"}}, Name="secret")
        calls("organizations.CreatePolicy", failing("ConcurrentModificationException", 1)[0], Name="secret")
    events = {line["event"] for line in logs}
    assert events == {Event.CALL.value, Event.PACED.value, Event.RETRY.value}
    assert "secret" not in str(logs)
    refused = [line for line in logs if line.get("code") and line["event"] == Event.CALL]
    assert refused[0]["code"] == "ConcurrentModificationException"


def test_an_answer_that_is_not_from_aws_is_explained(limits, clock, session):
    answer(session, lambda *_: (200, {"hello": "I am a proxy"}))
    with pytest.raises(AwsError, match="the answer has no Organization") as caught:
        from_session(session, limits, clock).organizations.describe_organization()
    assert "AWS_ENDPOINT_URL" in caught.value.fix
