"""Root e-mails: made from the default where a file has none, and checked by AWS's rules."""

from __future__ import annotations

import re
from collections.abc import Mapping

from factory.core.limits import Limits

# CreateAccount, parameter Email: 6 to 64 ASCII characters, one @, these characters not before it, and a
# domain of letters, digits, hyphens and dots with a dot inside. The upper bound is in the limits table.
_SHORTEST = 6
_LONGEST_KEY = "organizations.email_length"
_FORBIDDEN = frozenset("\"'()<>[]:;,\\|%&")
_DOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def placeholders(template: str) -> list[str]:
    """The names in braces, in order."""
    return _PLACEHOLDER.findall(template)


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with its placeholders filled in."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), template)


def fault(email: str, limits: Limits) -> str | None:
    """Why AWS would not take this root e-mail, or ``None``. The address itself is never part of the answer."""
    longest = limits.quota(_LONGEST_KEY)
    if len(email) < _SHORTEST or (longest is not None and len(email) > longest):
        return f"has {len(email)} characters, AWS takes {_SHORTEST} to {longest or 'any number'}"
    if not email.isascii() or not email.isprintable():
        return "has characters that are not ASCII"
    local, _, domain = email.partition("@")
    if email.count("@") != 1 or not local:
        return "is not of the form name@domain"
    if wrong := sorted(set(local) & (_FORBIDDEN | {" ", "{", "}"})):
        return f"has {wrong[0]!r} before the @, which AWS does not take"
    if local.startswith("."):
        return "starts with a dot, which AWS does not take"
    if not _DOMAIN.fullmatch(domain) or "." not in domain or ".." in domain:
        return "has a domain that AWS does not take"
    return None
