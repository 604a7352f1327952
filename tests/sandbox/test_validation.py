"""The checks that come from the service models."""

from __future__ import annotations

import re

import botocore.session
import pytest

from factory.sandbox.operations import OPERATIONS
from factory.sandbox.refused import Refused
from factory.sandbox.validation import _compiled, require_valid


def _model(service: str) -> object:
    return botocore.session.get_session().get_service_model(service)


def _shape(service: str, operation: str) -> object:
    return botocore.session.get_session().get_service_model(service).operation_model(operation).input_shape


@pytest.mark.parametrize("service", sorted(OPERATIONS))
def test_every_pattern_of_the_models_is_understood(service: str) -> None:
    model = botocore.session.get_session().get_service_model(service)
    for name in model.shape_names:
        pattern = model.shape_for(name).metadata.get("pattern")
        if pattern:
            _compiled(pattern)


@pytest.mark.parametrize(
    ("value", "fits"),
    [("team", True), ("équipe 東京 9", True), ("a_b.c:d/e=f+g-h@i", True), ("", True), ("a&b", False), ("a;b", False)],
)
def test_the_characters_of_tags(value: str, fits: bool) -> None:
    pattern = (
        botocore.session.get_session().get_service_model("organizations").shape_for("TagValue").metadata["pattern"]
    )
    assert bool(_compiled(pattern).fullmatch(value)) is fits


@pytest.mark.parametrize(
    ("service", "operation", "request_", "code", "reason"),
    [
        ("organizations", "ListAccounts", {"MaxResults": 0}, "InvalidInputException", "MIN_VALUE_EXCEEDED"),
        ("organizations", "ListAccounts", {"MaxResults": 21}, "InvalidInputException", "MAX_VALUE_EXCEEDED"),
        (
            "organizations",
            "AttachPolicy",
            {"PolicyId": "p-FullAWSAccess", "TargetId": "x"},
            "InvalidInputException",
            "INVALID_PATTERN_TARGET_ID",
        ),
        (
            "organizations",
            "DescribePolicy",
            {"PolicyId": "FullAWSAccess"},
            "InvalidInputException",
            "INVALID_SYNTAX_POLICY_ID",
        ),
        ("organizations", "ListPolicies", {"Filter": "X"}, "InvalidInputException", "INVALID_ENUM_POLICY_TYPE"),
        (
            "organizations",
            "ListChildren",
            {"ParentId": "r-abcd", "ChildType": "X"},
            "InvalidInputException",
            "INVALID_ENUM",
        ),
        (
            "organizations",
            "TagResource",
            {"ResourceId": "r-abcd", "Tags": [{"Key": "", "Value": ""}]},
            "InvalidInputException",
            "MIN_LENGTH_EXCEEDED",
        ),
        (
            "organizations",
            "CreateOrganizationalUnit",
            {"ParentId": "r-abcd"},
            "InvalidInputException",
            "INPUT_REQUIRED",
        ),
        ("account", "PutAccountName", {"AccountName": "n" * 51}, "ValidationException", None),
        ("resourcegroupstaggingapi", "GetResources", {"ResourceARNList": [""]}, "InvalidParameterException", None),
    ],
)
def test_refusals(service: str, operation: str, request_: dict[str, object], code: str, reason: str | None) -> None:
    with pytest.raises(Refused) as caught:
        require_valid(service, _shape(service, operation), request_)
    assert (caught.value.code, caught.value.reason) == (code, reason)


def test_reasons_are_awss_own() -> None:
    model = botocore.session.get_session().get_service_model("organizations")
    known = set(model.shape_for("InvalidInputExceptionReason").enum) | set(
        model.shape_for("ConstraintViolationExceptionReason").enum
    )
    assert {"MAX_VALUE_EXCEEDED", "INVALID_NEXT_TOKEN", "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED"} <= known
    assert re.fullmatch("[A-Z_]+", "INVALID_PATTERN")
