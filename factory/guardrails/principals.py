"""Who makes a request: what the principal's name says, and whether guardrails bind it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

ANONYMOUS = ("*", "anonymous")
_ACCOUNT = re.compile(r"[0-9]{12}")
_SERVICE = re.compile(r"[a-z0-9][a-z0-9.-]*\.amazonaws\.com(?:\.cn)?", re.IGNORECASE)
_LINKED = "AWSServiceRoleFor"
_LINKED_PATH = "aws-service-role/"
_IDENTITY_CENTER = "AWSReservedSSO_"
_IDENTITY_CENTER_PATH = "aws-reserved/sso.amazonaws.com/"


class Kind(Enum):
    """The kinds of principals, by the value of ``aws:PrincipalType`` where there is one."""

    ROOT = "Account"
    USER = "User"
    ROLE = "AssumedRole"
    FEDERATED = "FederatedUser"
    ANONYMOUS = "Anonymous"
    SERVICE = "service"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Principal:
    """A principal: its account, partition, the ARN that policies see, and its friendly name."""

    kind: Kind
    account: str | None = None
    partition: str = "aws"
    arn: str | None = None
    name: str | None = None
    service_linked: bool = False


@lru_cache(maxsize=16384)
def principal(text: str) -> Principal:
    """What a principal's name says.

    An ARN, the name of a service (``s3.amazonaws.com``), the id of an account for its root user, ``*`` or
    ``anonymous``. The ARN of a session becomes that of its role, which is what ``aws:PrincipalArn`` holds ("AWS global
    condition context keys"). A session's ARN has lost the path of the role: name a role with a path by its own ARN.
    Two paths are known: service-linked roles have theirs, and so have those of Identity Center, which hold a Region
    too unless its home is us-east-1.
    """
    if text in ANONYMOUS:
        return Principal(Kind.ANONYMOUS)
    if _ACCOUNT.fullmatch(text):
        return Principal(Kind.ROOT, text, arn=f"arn:aws:iam::{text}:root")
    if _SERVICE.fullmatch(text):
        return Principal(Kind.SERVICE, name=text)
    pieces = text.split(":", 5)
    if len(pieces) < 6:
        return Principal(Kind.OTHER)
    _, partition, service, _, account, resource = pieces
    found, _, rest = resource.partition("/")
    name = rest.rpartition("/")[2]
    match service.lower(), found:
        case "iam", "root":
            return Principal(Kind.ROOT, account, partition, text)
        case "iam", "user":
            return Principal(Kind.USER, account, partition, text, name)
        case "iam", "role":
            return Principal(Kind.ROLE, account, partition, text, name, rest.startswith(_LINKED_PATH))
        case "sts", "assumed-role":
            role = rest.partition("/")[0]
            path = _IDENTITY_CENTER_PATH if role.startswith(_IDENTITY_CENTER) else ""
            arn = f"arn:{partition}:iam::{account}:role/{path}{role}"
            return Principal(Kind.ROLE, account, partition, arn, role, role.startswith(_LINKED))
        case "sts", "federated-user":
            return Principal(Kind.FEDERATED, account, partition, text, name)
    return Principal(Kind.OTHER, account or None, partition, text)
