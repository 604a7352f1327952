"""The one way in which an operation says no: AWS's error code, message and reason."""

from __future__ import annotations


class Refused(Exception):
    """An answer that is an AWS error.

    ``code`` is the error shape's name (``InvalidInputException``), ``reason`` its ``Reason`` member where
    that shape has one.
    """

    def __init__(self, code: str, message: str, reason: str | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.reason = reason


def invalid_input(reason: str, message: str) -> Refused:
    """Organizations' refusal of a value (API reference, ``InvalidInputException``)."""
    return Refused("InvalidInputException", message, reason)


def constraint(reason: str, message: str) -> Refused:
    """Organizations' refusal for a quota or a minimum (API reference, ``ConstraintViolationException``)."""
    return Refused("ConstraintViolationException", message, reason)
