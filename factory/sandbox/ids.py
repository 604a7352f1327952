"""Ids and ARNs in AWS's formats; the same seed and history always give the same ids."""

from __future__ import annotations

import hashlib
import string

_ALPHABET = string.digits + string.ascii_lowercase
PARTITION = "aws"


def draw(seed: int, *parts: object) -> int:
    """A large number that depends on nothing but the seed and the parts."""
    text = "/".join(map(str, (seed, *parts)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")


def fraction(seed: int, *parts: object) -> float:
    """A number from 0 up to 1 that depends on nothing but the seed and the parts."""
    return draw(seed, *parts) % 1_000_003 / 1_000_003


def token(seed: int, kind: str, number: int, length: int) -> str:
    """Lower-case letters and digits, as in most AWS ids."""
    rest, letters = draw(seed, kind, number), []
    for _ in range(length):
        rest, digit = divmod(rest, len(_ALPHABET))
        letters.append(_ALPHABET[digit])
    return "".join(letters)


def account_number(seed: int, number: int) -> str:
    """Twelve digits; every fourth has leading zeros, because real ones do and tools lose them."""
    digits = 9 if number % 4 == 0 else 12
    return f"{draw(seed, 'account', number) % 10**digits:012d}"


def organizations_arn(owner: str, kind: str, *path: str) -> str:
    """An Organizations ARN: ``arn:aws:organizations::OWNER:KIND/PATH``."""
    return f"arn:{PARTITION}:organizations::{owner}:{'/'.join((kind, *path))}"


def policy_arn(owner: str, organization_id: str, policy_type: str, policy_id: str, *, aws_managed: bool) -> str:
    """A policy's ARN; AWS's own policies belong to no organization."""
    kind = policy_type.lower()
    if aws_managed:
        return organizations_arn("aws", "policy", kind, policy_id)
    return organizations_arn(owner, "policy", organization_id, kind, policy_id)
