"""ValidatePolicy: one document a request, every page of its findings, paths whatever AWS puts into them."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.stub import Stubber

from factory.aws.errors import AwsError, CredentialsError
from factory.aws.records import PolicyFinding
from factory.aws.session import ATTEMPTS, connect, from_session
from factory.core.policy_types import RCP, SCP
from tests.aws.wire import answer, error

PATH = "policy/validation"
SPAN = {name: {"line": 1, "column": 0, "offset": 0} for name in ("start", "end")}


def finding(code: str = "INVALID_ACTION", *paths: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {
        "findingType": "ERROR",
        "issueCode": code,
        "findingDetails": "The action does not exist.",
        "learnMoreLink": "https://docs.aws.amazon.com/x",
        "locations": [{"path": path, "span": SPAN} for path in paths],
        **more,
    }


def test_every_page_is_read_an_empty_one_too(limits, clock, session):
    analyzer = from_session(session, limits, clock).access_analyzer()
    asked = {"policyType": SCP, "policyDocument": "{}"}
    with Stubber(analyzer._client) as stub:
        stub.add_response("validate_policy", {"findings": [], "nextToken": "a"}, asked)
        stub.add_response(
            "validate_policy", {"findings": [finding("A")], "nextToken": "b"}, {**asked, "nextToken": "a"}
        )
        stub.add_response("validate_policy", {"findings": [finding("B")]}, {**asked, "nextToken": "b"})
        assert [each.code for each in analyzer.validate_policy(SCP, "{}")] == ["A", "B"]
        stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("elements", "path"),
    [
        ([], ()),
        ([{"value": "Statement"}, {"index": 0}, {"value": "Action"}], ("Statement", 0, "Action")),
        ([{"value": "Statement"}, {"index": 1}, {"key": "Actoin"}], ("Statement", 1, "Actoin")),
        (
            [{"value": "Statement"}, {"value": "Resource"}, {"substring": {"start": 1, "length": 2}}],
            ("Statement", "Resource"),
        ),
        ([{"value": "Version"}, {"SDK_UNKNOWN_MEMBER": {"name": "new"}}, {"index": 1}], ("Version",)),
    ],
)
def test_the_first_location_is_the_place(limits, clock, session, elements, path):
    answer(session, lambda *_: (200, {"findings": [finding("A", elements, [{"value": "Id"}])]}))
    assert from_session(session, limits, clock).access_analyzer().validate_policy(RCP, "{}") == [
        PolicyFinding("ERROR", "A", "The action does not exist.", "https://docs.aws.amazon.com/x", path)
    ]


def test_a_finding_that_says_little_is_one_all_the_same(limits, clock, session):
    answer(session, lambda *_: (200, {"findings": [finding(findingType="NEW"), {"issueCode": "B"}]}))
    found = from_session(session, limits, clock).access_analyzer().validate_policy(SCP, "{}")
    assert [(each.type, each.code, each.path) for each in found] == [("NEW", "INVALID_ACTION", ()), ("", "B", ())]


def test_throttling_is_waited_out_on_the_clock(limits, clock, session):
    left = iter([error("ThrottlingException", status=429)] * 2)
    wire = answer(session, lambda *_: next(left, (200, {"findings": []})))
    assert from_session(session, limits, clock).access_analyzer().validate_policy(SCP, "{}") == []
    assert wire.requests == [(PATH, {"policyType": SCP, "policyDocument": "{}"})] * 3
    assert len(clock.naps) == 2


def test_throttling_without_end_ends(limits, clock, session):
    wire = answer(session, lambda *_: error("ThrottlingException", status=429))
    with pytest.raises(AwsError, match="ThrottlingException") as caught:
        from_session(session, limits, clock).access_analyzer().validate_policy(SCP, "{}")
    assert wire.count(PATH) == ATTEMPTS
    assert "limits:" in caught.value.fix


def test_requests_keep_to_the_rate_of_the_table(limits, clock, session):
    answer(session, lambda *_: (200, {"findings": []}))
    analyzer, row = from_session(session, limits, clock).access_analyzer(), limits["accessanalyzer.ValidatePolicy"]
    started = clock.now()
    for _ in range(row.burst + 10):
        analyzer.validate_policy(SCP, "{}")
    assert clock.now() - started == pytest.approx(10 / row.rate, rel=0.05)


@pytest.mark.parametrize(
    ("code", "status", "kind", "way_out"),
    [
        ("AccessDeniedException", 403, AwsError, "allow access-analyzer:ValidatePolicy to these credentials"),
        ("ExpiredTokenException", 403, CredentialsError, "sign in again"),
    ],
)
def test_a_refusal_says_what_is_needed(limits, clock, session, code, status, kind, way_out):
    answer(session, lambda *_: error(code, "No.", status=status))
    with pytest.raises(kind, match=code) as caught:
        from_session(session, limits, clock).access_analyzer().validate_policy(SCP, "{}")
    assert way_out in caught.value.fix


@pytest.mark.parametrize(
    ("chosen", "region"), [("eu-central-1", "eu-central-1"), (None, "us-east-1"), ("us-gov-east-1", "us-gov-east-1")]
)
def test_it_is_asked_in_the_chosen_region(limits, clock, session, chosen, region):
    client = connect(None, chosen, limits, clock, session=session).access_analyzer()._client
    assert client.meta.region_name == region


def test_the_chosen_endpoint_serves_it_too(limits, clock, session, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    client = from_session(session, limits, clock).access_analyzer()._client
    assert client.meta.endpoint_url == "http://127.0.0.1:4566"
