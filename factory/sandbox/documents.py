"""What AWS checks in a policy document before it takes it: the syntax, not the sense."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from factory.core.policy_types import RCP, SCP
from factory.sandbox.refused import Refused

_SID = re.compile(r"[A-Za-z0-9]*")
_STATEMENT_KEYS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}


def require_well_formed(policy_type: str, content: str) -> None:
    """Refuse a document that is no JSON object or, for SCPs and RCPs, breaks their syntax.

    Source: Organizations User Guide, "SCP syntax" and "RCP syntax".
    """
    try:
        document = json.loads(content, parse_constant=_no_constant)
    except ValueError as error:
        raise _malformed("The document is not valid JSON.") from error
    if not isinstance(document, dict) or not document:
        raise _malformed("The document is not a JSON object.")
    if policy_type in (SCP, RCP):
        _require_statements(policy_type, document)


def _require_statements(policy_type: str, document: Mapping[str, Any]) -> None:
    unknown = set(document) - {"Version", "Id", "Statement"}
    if unknown:
        raise _malformed(f"Unknown elements: {', '.join(sorted(unknown))}.")
    if document.get("Version") != "2012-10-17":
        raise _malformed("The Version element must be 2012-10-17.")
    statements = document.get("Statement")
    statements = statements if isinstance(statements, list) else [statements]
    if not statements or not all(isinstance(statement, dict) for statement in statements):
        raise _malformed("The Statement element must hold one or more statements.")
    for statement in statements:
        _require_statement(policy_type, statement)
    sids = [statement["Sid"] for statement in statements if "Sid" in statement]
    if len(set(sids)) != len(sids):
        raise _malformed("Statement IDs (Sid) in a single policy must be unique.")


def _require_statement(policy_type: str, statement: Mapping[str, Any]) -> None:
    keys = _STATEMENT_KEYS | ({"Principal"} if policy_type == RCP else set())
    unknown = set(statement) - keys
    if unknown:
        raise _malformed(f"Unsupported statement elements: {', '.join(sorted(unknown))}.")
    if policy_type == RCP:
        _require(statement.get("Effect") == "Deny", "The Effect element must be Deny.")
        _require(statement.get("Principal") == "*", 'The Principal element must be "*".')
        _require("NotAction" not in statement, "The NotAction element is not supported.")
    _require(statement.get("Effect") in ("Allow", "Deny"), "The Effect element must be Allow or Deny.")
    _require(("Action" in statement) != ("NotAction" in statement), "Exactly one of Action and NotAction.")
    _require(("Resource" in statement) != ("NotResource" in statement), "Exactly one of Resource and NotResource.")
    for name in ("Action", "NotAction", "Resource", "NotResource"):
        if name in statement:
            _require(_texts(statement[name]), f"The {name} element must be a text or a list of texts.")
    sid = statement.get("Sid", "")
    _require(isinstance(sid, str) and bool(_SID.fullmatch(sid)), "A Sid holds letters and digits only.")
    _require(isinstance(statement.get("Condition", {}), dict), "The Condition element must be an object.")


def _texts(value: Any) -> bool:
    items: Iterable[Any] = value if isinstance(value, list) else [value]
    return bool(items) and all(isinstance(item, str) and item for item in items)


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise _malformed(message)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _malformed(message: str) -> Refused:
    return Refused("MalformedPolicyDocumentException", f"The provided policy document is malformed: {message}")
