"""From botocore's exceptions to our errors, with the way out. Imports botocore: load it lazily."""

from __future__ import annotations

from collections.abc import Callable

from botocore import exceptions as botocore
from botocore.parsers import ResponseParserError

from factory.aws.errors import DENIED, AwsError, CredentialsError, LostReply, NoOrganization, iam_action

TRANSLATED = (botocore.BotoCoreError, botocore.ClientError, ResponseParserError)
"""What `translate` understands; anything else is a bug and passes as it is."""

_SIGN_IN = "sign in again (aws sso login, or fresh keys), then check with: aws sts get-caller-identity"
_CHOOSE = "name a profile with --profile or AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
_REACH = "check the network, proxy and AWS_ENDPOINT_URL, then run again"

_REFUSED_CREDENTIALS = {
    "ExpiredToken": _SIGN_IN,
    "ExpiredTokenException": _SIGN_IN,
    "RequestExpired": "set this computer's clock, or sign in again",
    "InvalidClientTokenId": _SIGN_IN,
    "UnrecognizedClientException": _SIGN_IN,
    "InvalidAccessKeyId": _SIGN_IN,
    "AuthFailure": _SIGN_IN,
    "MissingAuthenticationToken": _CHOOSE,
    "MissingAuthenticationTokenException": _CHOOSE,
    "SignatureDoesNotMatch": "the secret key is wrong, or this computer's clock is: check both",
    "InvalidSignatureException": "the secret key is wrong, or this computer's clock is: check both",
    "IncompleteSignature": _SIGN_IN,
}

_CREDENTIALS: tuple[tuple[type[Exception], str], ...] = (
    (botocore.NoCredentialsError, _CHOOSE),
    (botocore.PartialCredentialsError, "set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither"),
    (botocore.ProfileNotFound, "aws configure list-profiles shows the profiles there are"),
    (botocore.SSOError, _SIGN_IN),
    (botocore.LoginError, _SIGN_IN),
    (botocore.TokenRetrievalError, _SIGN_IN),
    (botocore.NoAuthTokenError, _SIGN_IN),
    (botocore.CredentialRetrievalError, "check the profile's credential_process or role, and sign in again"),
    (botocore.MetadataRetrievalError, _CHOOSE),
    (botocore.RefreshWithMFAUnsupportedError, "sign in with MFA first, and use those credentials"),
)

_TRANSPORT: tuple[tuple[type[Exception], str], ...] = (
    (botocore.UnknownRegionError, "name an existing Region with --region or AWS_REGION, such as eu-central-1"),
    (botocore.InvalidRegionError, "name an existing Region with --region or AWS_REGION, such as eu-central-1"),
    (botocore.NoRegionError, "name a Region with --region or AWS_REGION"),
    (botocore.ConfigParseError, "correct the file that AWS_CONFIG_FILE names (default ~/.aws/config)"),
    (botocore.ReadTimeoutError, "AWS was slow to answer; run again"),
    (botocore.ConnectionError, _REACH),
    (botocore.HTTPClientError, _REACH),
    (botocore.ParamValidationError, "this value cannot be sent to AWS; correct it in the files"),
)

_BY_REASON = {
    "ACCOUNT_NUMBER_LIMIT_EXCEEDED": "ask AWS for more accounts (Service Quotas, AWS Organizations); in an "
    "organization younger than an hour, wait an hour and run again",
    "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED": "AWS allows no more new accounts today; run again tomorrow",
    "CLOSE_ACCOUNT_QUOTA_EXCEEDED": "AWS closes no more accounts in these 30 days; run again later",
    "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED": "other accounts are being closed; run again in some minutes",
    "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED": "detach a policy there first, or merge two",
    "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED": "attach another policy of this type there first",
    "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE": "enable all features of the organization first",
    "CANNOT_CLOSE_MANAGEMENT_ACCOUNT": "the management account cannot be closed while it manages",
}

_BY_CODE = {
    "ConcurrentModificationException": "another change to the organization kept running; run again",
    "PolicyChangesInProgressException": "AWS is still applying a change to policies; run again in a minute",
    "FinalizingOrganizationException": "the organization is new and AWS is still setting it up; run again "
    "within an hour",
    "TooManyRequestsException": "something else uses this account's requests; run again, or lower the rates "
    "under limits:",
    # The word of Access Analyzer for the same.
    "ThrottlingException": "something else uses this account's requests; run again, or lower the rates under limits:",
    "UnsupportedAPIEndpointException": "this partition or endpoint does not offer the operation",
    "ServiceException": "AWS had a problem of its own; run again",
    # CloudFormation's word for most of what it does not take.
    "ValidationError": "correct in the files what AWS names (factory validate --lint may say more), then run plan "
    "again",
    "NotSimulated": "the sandbox cannot show this: leave it out there, or try it in an organization in AWS",
}

_IN_ANY_ACCOUNT = frozenset({"accessanalyzer.ValidatePolicy"})

_NOT_IN_USE = (
    "use the credentials of the management account, or make an organization of this account with: "
    "aws organizations create-organization --feature-set ALL"
)

_NEVER_SENT = (botocore.EndpointConnectionError, botocore.ConnectTimeoutError, botocore.ProxyConnectionError)


def translate(error: Exception, operation: str) -> AwsError:
    """The error of a request or of setting one up, in our words."""
    if isinstance(error, botocore.ClientError):
        return _refused(error, operation)
    for table, kind in ((_CREDENTIALS, CredentialsError), (_TRANSPORT, AwsError)):
        hint = next((way_out for type_, way_out in table if isinstance(error, type_)), None)
        if hint is not None:
            return kind(type(error).__name__, operation, str(error), hint=hint)
    hint = "what answered is not AWS; check AWS_ENDPOINT_URL" if isinstance(error, ResponseParserError) else ""
    return AwsError(type(error).__name__, operation, str(error), hint=hint)


def translate_once(error: Exception, operation: str) -> AwsError:
    """Like `translate`, for a request that must not be repeated: a `LostReply` where AWS may have acted."""
    known = translate(error, operation)
    if isinstance(known, CredentialsError) or not _may_have_acted(error):
        return known
    return LostReply(
        known.code,
        operation,
        known.message,
        request_id=known.request_id,
        hint="run again: the factory looks what became of the request before it asks again",
    )


def _may_have_acted(error: Exception) -> bool:
    """Whether AWS may have carried out the request that ended in this error."""
    if isinstance(error, botocore.ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
        return bool(status >= 500 or status == 408)
    if isinstance(error, _NEVER_SENT):
        return False
    in_transit = (botocore.HTTPClientError, botocore.ConnectionError, botocore.IncompleteReadError)
    return isinstance(error, in_transit) or not isinstance(error, botocore.BotoCoreError)


def _refused(error: botocore.ClientError, operation: str) -> AwsError:
    """An answer in which AWS says no."""
    details = error.response.get("Error", {})
    metadata = error.response.get("ResponseMetadata", {})
    code = str(details.get("Code", "Unknown"))
    reason = str(error.response.get("Reason", ""))
    kind: Callable[..., AwsError] = AwsError
    if code in _REFUSED_CREDENTIALS:
        kind, hint = CredentialsError, _REFUSED_CREDENTIALS[code]
    elif code == "AWSOrganizationsNotInUseException":
        kind, hint = NoOrganization, _NOT_IN_USE
    elif code in DENIED:
        hint = f"allow {iam_action(operation)} to these credentials"
        hint += "" if operation in _IN_ANY_ACCOUNT else ", and use the management account"
    else:
        hint = _BY_REASON.get(reason) or _BY_CODE.get(code, "")
    return kind(
        code,
        operation,
        str(details.get("Message", "")),
        reason=reason,
        request_id=str(metadata.get("RequestId", "")),
        hint=hint,
        retries=int(metadata.get("RetryAttempts", 0)),
    )
