"""The one way in which an operation says no: AWS's error code, message and reason."""

from __future__ import annotations


class Refused(Exception):
    """An answer that is an AWS error.

    ``code`` is the error shape's name (``InvalidInputException``), ``reason`` its ``Reason`` member where
    that shape has one, ``status`` the HTTP status where the service model does not tell it.
    """

    def __init__(self, code: str, message: str, reason: str | None = None, *, status: int | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.reason = reason
        self.status = status


def invalid_input(reason: str, message: str) -> Refused:
    """Organizations' refusal of a value (API reference, ``InvalidInputException``)."""
    return Refused("InvalidInputException", message, reason)


def constraint(reason: str, message: str) -> Refused:
    """Organizations' refusal for a quota or a minimum (API reference, ``ConstraintViolationException``)."""
    return Refused("ConstraintViolationException", message, reason)


_THROTTLED: dict[str, tuple[str, int | None]] = {
    "resourcegroupstaggingapi": ("ThrottledException", None),
    "sts": ("Throttling", 400),
    "cloudformation": ("Throttling", 400),
    "s3": ("SlowDown", 503),
}
"""Services whose throttling error is not TooManyRequestsException (their API references, common errors)."""


def throttled(service: str) -> Refused:
    """The service's refusal of a call that is one too many."""
    code, status = _THROTTLED.get(service, ("TooManyRequestsException", None))
    message = "You have sent too many requests in too short a period of time. Try again later."
    return Refused(code, message, status=status)


def expired(service: str) -> Refused:
    """The refusal of credentials whose time is over: JSON services and the older XML ones word it differently.

    Source: the API references, common errors.
    """
    message = "The security token included in the request is expired"
    if service in ("sts", "s3", "cloudformation"):
        return Refused("ExpiredToken", message, status=400 if service == "s3" else 403)
    return Refused("ExpiredTokenException", message, status=403 if service == "account" else 400)
