"""CreateAccount goes out once, whatever happens to it."""

from __future__ import annotations

import pytest
from botocore import exceptions as botocore

from factory.aws.errors import AwsError, CredentialsError, LostReply
from factory.aws.session import ATTEMPTS, from_session
from tests.aws.fakes import opened
from tests.aws.wire import answer, error

ACCOUNT = ("aws+new@example.com", "new", {"owner": "team"})
URL = "https://organizations.invalid"


def raising(problem: Exception):
    def respond(*_):
        raise problem

    return respond


@pytest.mark.parametrize(
    "problem",
    [
        botocore.ReadTimeoutError(endpoint_url=URL),
        botocore.ConnectionClosedError(endpoint_url=URL),
        botocore.HTTPClientError(error="lost"),
        botocore.SSLError(endpoint_url=URL, error="lost"),
    ],
    ids=lambda problem: type(problem).__name__,
)
def test_a_lost_reply_is_one_request_and_an_unknown_outcome(limits, clock, session, problem):
    wire = answer(session, raising(problem))
    with pytest.raises(LostReply) as caught:
        opened(from_session(session, limits, clock)).organizations.create_account(*ACCOUNT)
    assert wire.count("CreateAccount") == 1
    assert "before it asks again" in caught.value.fix
    assert "@" not in str(caught.value)


@pytest.mark.parametrize("status", [500, 503, 408])
def test_a_server_fault_is_an_unknown_outcome_too(limits, clock, session, status):
    wire = answer(session, lambda *_: error("ServiceException", status=status))
    with pytest.raises(LostReply):
        opened(from_session(session, limits, clock)).organizations.create_account(*ACCOUNT)
    assert wire.count("CreateAccount") == 1


@pytest.mark.parametrize(
    "body", [{}, {"CreateAccountStatus": {"RequestedTimestamp": "not a time"}}, {"CreateAccountStatus": [1]}]
)
def test_an_answer_that_cannot_be_read_is_an_unknown_outcome(limits, clock, session, body):
    wire = answer(session, lambda *_: (200, body))
    with pytest.raises(LostReply):
        opened(from_session(session, limits, clock)).organizations.create_account(*ACCOUNT)
    assert wire.count("CreateAccount") == 1


@pytest.mark.parametrize(
    "problem",
    [
        botocore.EndpointConnectionError(endpoint_url=URL),
        botocore.ConnectTimeoutError(endpoint_url=URL),
        botocore.ProxyConnectionError(proxy_url=URL),
    ],
    ids=lambda problem: type(problem).__name__,
)
def test_what_was_never_sent_is_a_plain_error(limits, clock, session, problem):
    wire = answer(session, raising(problem))
    with pytest.raises(AwsError) as caught:
        opened(from_session(session, limits, clock)).organizations.create_account(*ACCOUNT)
    assert not isinstance(caught.value, LostReply)
    assert wire.count("CreateAccount") == 1


@pytest.mark.parametrize(
    "code", ["TooManyRequestsException", "ConcurrentModificationException", "FinalizingOrganizationException"]
)
def test_a_refusal_is_passed_on_and_not_repeated(limits, clock, session, code):
    wire = answer(session, lambda *_: error(code))
    with pytest.raises(AwsError, match=code) as caught:
        opened(from_session(session, limits, clock)).organizations.create_account(*ACCOUNT)
    assert not isinstance(caught.value, LostReply)
    assert wire.count("CreateAccount") == 1


def test_missing_credentials_are_not_a_lost_reply(limits, clock):
    import boto3

    aws = opened(from_session(boto3.Session(), limits, clock))
    with pytest.raises(CredentialsError):
        aws.organizations.create_account(*ACCOUNT)


def test_other_requests_are_repeated_by_botocore_after_a_read_timeout(limits, clock, session):
    wire = answer(session, raising(botocore.ReadTimeoutError(endpoint_url=URL)))
    with pytest.raises(AwsError, match="ReadTimeoutError"):
        opened(from_session(session, limits, clock)).organizations.create_unit("r-root", "a", {})
    assert wire.count("CreateOrganizationalUnit") == ATTEMPTS


def test_tags_go_along(limits, clock, session):
    status = {"Id": "car-1", "AccountName": "new", "State": "IN_PROGRESS", "RequestedTimestamp": 1_800_000_000.5}
    wire = answer(session, lambda *_: (200, {"CreateAccountStatus": status}))
    record = opened(from_session(session, limits, clock)).organizations.create_account(
        "a@example.com", "new", {"b": "2", "a": "1"}
    )
    assert wire.requests == [
        (
            "CreateAccount",
            {
                "Email": "a@example.com",
                "AccountName": "new",
                "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}],
            },
        )
    ]
    assert (record.id, record.state, record.account_id, record.requested_at) == (
        "car-1",
        "IN_PROGRESS",
        None,
        1_800_000_000.5,
    )
