"""Every way AWS and botocore say no, in words that tell what to do, and never an e-mail or a key."""

from __future__ import annotations

import pytest
from botocore import exceptions as botocore
from botocore.parsers import ResponseParserError

from factory.aws.errors import AwsError, CredentialsError, NoOrganization, iam_action, scrub
from factory.aws.translate import TRANSLATED, translate
from factory.core.errors import WrongOrganization
from tests.aws.fakes import client_error

URL = "https://organizations.us-east-1.amazonaws.com/"
CREDENTIALS = [
    (botocore.NoCredentialsError(), "--profile"),
    (botocore.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"), "AWS_SECRET_ACCESS_KEY"),
    (botocore.ProfileNotFound(profile="nope"), "list-profiles"),
    (botocore.SSOTokenLoadError(error_msg="expired"), "aws sso login"),
    (botocore.UnauthorizedSSOTokenError(), "aws sso login"),
    (botocore.TokenRetrievalError(provider="sso", error_msg="expired"), "aws sso login"),
    (botocore.NoAuthTokenError(), "aws sso login"),
    (botocore.CredentialRetrievalError(provider="process", error_msg="failed"), "credential_process"),
    (botocore.RefreshWithMFAUnsupportedError(), "MFA"),
]
TRANSPORT = [
    (botocore.EndpointConnectionError(endpoint_url=URL), "AWS_ENDPOINT_URL"),
    (botocore.ConnectTimeoutError(endpoint_url=URL), "AWS_ENDPOINT_URL"),
    (botocore.ConnectionClosedError(endpoint_url=URL), "AWS_ENDPOINT_URL"),
    (botocore.SSLError(endpoint_url=URL, error="certificate"), "proxy"),
    (botocore.ReadTimeoutError(endpoint_url=URL), "run again"),
    (botocore.UnknownRegionError(region_name="moon-1", error_msg="no partition"), "--region"),
    (botocore.InvalidRegionError(region_name="not a region"), "--region"),
    (botocore.NoRegionError(), "--region"),
    (botocore.ConfigParseError(path="config"), "AWS_CONFIG_FILE"),
    (botocore.ParamValidationError(report="Invalid length for parameter Email, value: a@b.example"), "files"),
    (ResponseParserError("<html>"), "AWS_ENDPOINT_URL"),
]


@pytest.mark.parametrize(("error", "way_out"), CREDENTIALS, ids=lambda value: type(value).__name__)
def test_credentials(error, way_out):
    known = translate(error, "sts.GetCallerIdentity")
    assert isinstance(error, TRANSLATED)
    assert isinstance(known, CredentialsError)
    assert isinstance(known, WrongOrganization)
    assert (known.exit_code, known.code) == (7, type(error).__name__)
    assert way_out in known.fix


@pytest.mark.parametrize(("error", "way_out"), TRANSPORT, ids=lambda value: type(value).__name__)
def test_transport(error, way_out):
    known = translate(error, "organizations.ListRoots")
    assert isinstance(error, TRANSLATED)
    assert (type(known), known.exit_code, known.code) == (AwsError, 1, type(error).__name__)
    assert way_out in known.fix
    assert "organizations.ListRoots" in str(known)
    assert "b.example" not in str(known)


@pytest.mark.parametrize(
    "code",
    [
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
    ],
)
def test_refused_credentials_end_with_seven(code):
    known = translate(client_error(code, "refused", 403), "sts.GetCallerIdentity")
    assert (type(known), known.exit_code) == (CredentialsError, 7)
    assert known.fix


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("organizations.ListAccounts", "organizations:ListAccounts"),
        ("tagging.GetResources", "tag:GetResources"),
        ("account.PutAccountName", "account:PutAccountName"),
        ("sts.GetCallerIdentity", "sts:GetCallerIdentity"),
        ("accessanalyzer.ValidatePolicy", "access-analyzer:ValidatePolicy"),
    ],
)
def test_a_denied_request_names_the_permission(operation, action):
    known = translate(client_error("AccessDeniedException", "You don't have permissions"), operation)
    assert known.denied
    assert known.action == iam_action(operation) == action
    assert f"allow {action}" in known.fix
    assert ("the management account" in known.fix) is (not operation.startswith("accessanalyzer"))


@pytest.mark.parametrize(("code", "way_out"), [("ValidationError", "files"), ("NotSimulated", "sandbox")])
def test_what_cloudformation_does_not_take_has_a_way_out(code, way_out):
    assert way_out in translate(client_error(code, "Template format error"), "cloudformation.CreateStackSet").fix


def test_everything_a_person_needs_is_said():
    known = translate(
        client_error("ConstraintViolationException", "Too many.", reason="POLICY_NUMBER_LIMIT_EXCEEDED"),
        "organizations.CreatePolicy",
    )
    assert str(known) == (
        "AWS organizations.CreatePolicy: ConstraintViolationException (POLICY_NUMBER_LIMIT_EXCEEDED): Too many. "
        "[request request-1]"
    )
    assert (known.reason, known.request_id, known.retries) == ("POLICY_NUMBER_LIMIT_EXCEEDED", "request-1", 2)


@pytest.mark.parametrize(
    ("code", "reason", "way_out"),
    [
        ("ConstraintViolationException", "ACCOUNT_NUMBER_LIMIT_EXCEEDED", "Service Quotas"),
        ("ConstraintViolationException", "CLOSE_ACCOUNT_QUOTA_EXCEEDED", "30 days"),
        ("ConstraintViolationException", "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED", "attach another"),
        ("FinalizingOrganizationException", None, "within an hour"),
        ("TooManyRequestsException", None, "limits:"),
        ("ThrottlingException", None, "limits:"),
        ("UnsupportedAPIEndpointException", None, "partition"),
    ],
)
def test_known_refusals_have_a_way_out(code, reason, way_out):
    assert way_out in translate(client_error(code, reason=reason), "organizations.X").fix


def test_an_account_without_an_organization_gets_the_command():
    known = translate(client_error("AWSOrganizationsNotInUseException"), "organizations.ListRoots")
    assert (type(known), known.exit_code) == (NoOrganization, 7)
    assert "aws organizations create-organization --feature-set ALL" in known.fix


def test_an_error_without_details_still_reads():
    assert str(translate(botocore.ClientError({}, "X"), "organizations.X")) == "AWS organizations.X: Unknown"


@pytest.mark.parametrize(
    "text",
    [
        "address a.b+c@mail.example.com is taken",
        "<root@example.com>: no",
        "'Email': 'aws+x@example.co.uk'",
        "value: ñandú@bücher.example",
    ],
)
def test_no_message_has_an_email(text):
    known = translate(client_error("InvalidInputException", text), "organizations.CreateAccount")
    assert "@" not in str(known)
    assert "[e-mail]" in str(known)


def test_no_message_has_a_key_or_a_token():
    text = f"the key AKIAABCDEFGHIJKLMNOP and token {'F' * 200} are not valid"
    assert scrub(text) == "the key [access key] and token [hidden] are not valid"


def test_ids_and_arns_stay_readable():
    text = "arn:aws:organizations::111111111111:ou/o-abcdefghij/ou-abcd-12345678 car-0123456789abcdef0123456789abcdef"
    assert scrub(text) == text
