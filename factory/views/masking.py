"""E-mail addresses masked as ``a***@d***``, so that plans, reports and logs may be posted."""

from __future__ import annotations

from typing import Any

from factory.core.emails import ADDRESS, holds_email

__all__ = ["holds_email", "mask", "mask_document", "mask_email"]


def mask(text: str) -> str:
    """The text with every e-mail address in it masked."""
    if "@" not in text and "%40" not in text:
        return text
    return ADDRESS.sub(r"\1***@\2***", text)


def mask_email(value: str) -> str:
    """A value known to be an e-mail address, masked whatever it looks like."""
    local, at, domain = value.rpartition("@")
    return f"{local[:1]}***@{domain[:1]}***" if at else "***"


def mask_document(value: Any) -> Any:
    """A JSON document with every e-mail address in it masked, in keys too; no entry is lost by that."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list | tuple):
        return [mask_document(item) for item in value]
    if not isinstance(value, dict):
        return value
    masked: dict[str, Any] = {}
    for key, item in value.items():
        name, count = mask(key), 1
        while name in masked:
            count += 1
            name = f"{mask(key)} ({count})"
        masked[name] = mask_email(item) if holds_email(key) and isinstance(item, str) else mask_document(item)
    return masked
