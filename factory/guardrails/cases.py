"""Requests to judge as people and programs write them, in JSON: read leniently where no meaning can get lost.

The format is in ``docs/guardrails.md``. Everything wrong is told at once, each with its path in the document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from factory.core.documents import canonical
from factory.core.policy_types import RCP, SCP
from factory.guardrails.context import Request
from factory.guardrails.exemptions import RCP_SERVICES
from factory.guardrails.grammar import Path, faults
from factory.guardrails.judge import judge
from factory.guardrails.levels import Level, Policy
from factory.guardrails.verdicts import Verdict

_ACCOUNT = re.compile(r"[0-9]{12}")
_ACTION = re.compile(r"[^\s:*?]+:[^\s:*?]+")
_LONGEST = 60
_KNOWN = ("scp_levels", "rcp_levels", "request", "absent", "unknown_keys", "rcp_services")
_REQUEST = (
    "principal",
    "principal_account",
    "management_account",
    "action",
    "resource",
    "resources",
    "resource_account",
    "context",
    "absent",
    "unknown_keys",
    "organization_id",
    "principal_org_paths",
    "resource_org_paths",
    "outside_organization",
)
_UNKNOWN = ("absent", "depends")
_EVERYTHING = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
"""The statement of RCPFullAWSAccess: AWS's own, though customers may not write it."""


@dataclass(frozen=True)
class Case:
    """One request with the levels to judge it by."""

    request: Request
    scp_levels: tuple[Level, ...] = ()
    rcp_levels: tuple[Level, ...] = ()
    rcp_services: frozenset[str] = RCP_SERVICES

    def verdict(self) -> Verdict:
        """What the judge says."""
        return judge(self.request, self.scp_levels, self.rcp_levels, rcp_services=self.rcp_services)


@dataclass
class _Reader:
    """Reads one document; what is wrong goes to ``problems``, with the path to it.

    Cases mostly share their levels. Those that are written alike and have no problems are read once.
    """

    problems: list[str] = field(default_factory=list)
    sound: dict[tuple[str, str], tuple[Level, ...]] = field(default_factory=dict)

    def wrong(self, path: Path, what: str, fix: str) -> None:
        place = shown_path(path) or "the document"
        self.problems.append(f"{place}: {what}; {fix}")

    def mapping(self, value: Any, path: Path, known: Collection[str] = ()) -> Mapping[str, Any]:
        """An object; a key that looks like a misspelt one is a problem, other keys are left alone."""
        if not isinstance(value, Mapping):
            self.wrong(path, f"this must be an object, not {_kind(value)}", "write {...}")
            return {}
        for key in value:
            near = [] if key in known else get_close_matches(key.casefold(), known, n=1, cutoff=0.75)
            if near:
                self.wrong((*path, key), "this key is not known", f'did you mean "{near[0]}"?')
        return value

    def text(self, holder: Mapping[str, Any], key: str, path: Path, *, needed: str = "") -> str | None:
        """A text, or ``None`` where it is left out; ``needed`` says what to write where it may not be."""
        value = holder.get(key)
        if value is None and not needed:
            return None
        if value is None:
            self.wrong((*path, key), "this is missing", needed)
        elif not isinstance(value, str) or not value:
            self.wrong((*path, key), f"this must be text, not {_kind(value)}", needed or "quote it, or leave it out")
        else:
            return value
        return None

    def texts(self, value: Any, path: Path) -> tuple[str, ...]:
        """One text or a list of them."""
        found = []
        for position, item in enumerate(value if isinstance(value, list) else [] if value is None else [value]):
            if isinstance(item, str) and item:
                found.append(item)
            else:
                place = (*path, position) if isinstance(value, list) else path
                self.wrong(place, f"this must be text, not {_kind(item)}", "quote it, or leave it out")
        return tuple(found)

    def account(self, holder: Mapping[str, Any], key: str, path: Path) -> str | None:
        value = holder.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            value = f"{value:012d}"
        if value in (None, ""):
            return None
        if isinstance(value, str) and _ACCOUNT.fullmatch(value):
            return value
        self.wrong((*path, key), f"this is no account id{_not(value)}", "write its twelve digits, or leave it out")
        return None

    def case(self, value: Any, path: Path) -> Case | None:
        """One case; ``None`` where its request cannot be understood."""
        known = self.mapping(value, path, _KNOWN)
        scps = self.levels(SCP, known.get("scp_levels"), (*path, "scp_levels"))
        rcps = self.levels(RCP, known.get("rcp_levels"), (*path, "rcp_levels"))
        services = known.get("rcp_services")
        listed = frozenset(each.lower() for each in self.texts(services, (*path, "rcp_services")))
        request = self.request(known, path) if isinstance(value, Mapping) else None
        return Case(request, scps, rcps, RCP_SERVICES if services is None else listed) if request else None

    def levels(self, policy_type: str, value: Any, path: Path) -> tuple[Level, ...]:
        if value is None:
            return ()
        if not isinstance(value, list):
            self.wrong(path, f"this must be a list of levels, not {_kind(value)}", "write the chain from the root down")
            return ()
        key = (policy_type, json.dumps(value))
        if key not in self.sound:
            before = len(self.problems)
            found = tuple(self.level(policy_type, item, (*path, n), n) for n, item in enumerate(value))
            if len(self.problems) > before:
                return found
            self.sound[key] = found
        return self.sound[key]

    def level(self, policy_type: str, value: Any, path: Path, number: int) -> Level:
        found = self.mapping(value, path, ("name", "policies"))
        name = self.text(found, "name", path) or f"level {number}"
        policies, place = found.get("policies"), (*path, "policies")
        if not isinstance(policies, list):
            if isinstance(value, Mapping):
                what = "this is missing" if policies is None else f"this must be a list, not {_kind(policies)}"
                self.wrong(place, what, "write a list of policies, [] where none is attached")
            return Level(name)
        return Level(name, tuple(self.policy(policy_type, each, (*place, n), n) for n, each in enumerate(policies)))

    def policy(self, policy_type: str, value: Any, path: Path, number: int) -> Policy:
        found = self.mapping(value, path, ("name", "document"))
        name = self.text(found, "name", path) or f"policy {number}"
        place, document = (*path, "document"), found.get("document")
        if "document" not in found:
            if isinstance(value, Mapping):
                self.wrong(place, "this is missing", "write the policy's document")
            return Policy(name, {})
        if isinstance(document, str):
            try:
                document = json.loads(document)
            except (ValueError, RecursionError):
                self.wrong(place, "this text is not JSON", "write the document as an object, or as JSON in a text")
                return Policy(name, {})
        for where, what, fix in _faults(policy_type, canonical(document)):
            self.wrong((*place, *where), what, fix)
        return Policy(name, document if isinstance(document, Mapping) else {})

    def request(self, case: Mapping[str, Any], path: Path) -> Request | None:
        if "request" not in case:
            self.wrong((*path, "request"), "this is missing", "say who does what")
            return None
        place: Path = (*path, "request")
        found = self.mapping(case["request"], place, _REQUEST)
        if not isinstance(case["request"], Mapping):
            return None
        principal = self.text(
            found, "principal", place, needed='write an ARN, the name of a service, or "*" for an anonymous request'
        )
        action = self.text(found, "action", place, needed="write one action, such as ec2:RunInstances")
        if action is not None and not _ACTION.fullmatch(action):
            fix = "write one action without wildcards, such as ec2:RunInstances"
            self.wrong((*place, "action"), f"this is no action{_not(action)}", fix)
        context = self.context(found.get("context"), (*place, "context"))
        absent = [*self.absent(case, path, context), *self.absent(found, place, context)]
        absent += [key for key, value in context.items() if value is None]
        organization = self.text(found, "organization_id", place)
        request = Request(
            principal=principal or "*",
            action=action or "",
            resources=self.resources(found, place),
            principal_account=self.account(found, "principal_account", place),
            management_account=self.account(found, "management_account", place),
            resource_account=self.account(found, "resource_account", place),
            context={key: value for key, value in context.items() if value is not None},
            absent=frozenset(absent),
            unknown_is_absent=self.closed(case, path) or self.closed(found, place),
            organization_id=organization,
            principal_org_paths=self.texts(found.get("principal_org_paths"), (*place, "principal_org_paths")),
            resource_org_paths=self.texts(found.get("resource_org_paths"), (*place, "resource_org_paths")),
            outside=self.outside(found, place) or _elsewhere(organization, context),
        )
        return request if principal and action else None

    def resources(self, found: Mapping[str, Any], path: Path) -> tuple[str, ...]:
        """What the call is about; nothing stands for ``*``, as AWS has it for actions without resources."""
        listed: tuple[str, ...] = ()
        for key in ("resource", "resources"):
            texts = self.texts(found.get(key), (*path, key))
            listed += texts
            for text in texts:
                if text != "*" and (not text.startswith("arn:") or text.count(":") < 5):
                    self.wrong((*path, key), f"this is no ARN{_not(text)}", 'write an ARN with its six parts, or "*"')
        return tuple(dict.fromkeys(listed)) or ("*",)

    def context(self, value: Any, path: Path) -> Mapping[str, Any]:
        found = {} if value is None else self.mapping(value, path)
        spelt: dict[str, str] = {}
        for key, given in found.items():
            if spelt.setdefault(key.lower(), key) != key:
                self.wrong((*path, key), f"this is the same key as {spelt[key.lower()]}", "keep one of them")
            items = given if isinstance(given, list) else [given]
            if any(isinstance(item, Mapping | list) for item in items) or (isinstance(given, list) and None in given):
                what = f"this must be text, a number, true, false or a list of these, not {_kind(given)}"
                self.wrong((*path, key), what, "write the value as AWS has it in the request")
        return found

    def absent(self, holder: Mapping[str, Any], path: Path, context: Mapping[str, Any]) -> tuple[str, ...]:
        listed = self.texts(holder.get("absent"), (*path, "absent"))
        given = {key.lower() for key, value in context.items() if value is not None}
        for key in listed:
            if key.lower() in given:
                self.wrong((*path, "absent"), f"{key} is both absent and given", "keep one of them")
        return listed

    def closed(self, holder: Mapping[str, Any], path: Path) -> bool:
        value = holder.get("unknown_keys")
        if value is not None and value not in _UNKNOWN:
            self.wrong((*path, "unknown_keys"), f"this is not known{_not(value)}", 'write "absent", or leave it out')
        return value == "absent"

    def outside(self, holder: Mapping[str, Any], path: Path) -> bool:
        value = holder.get("outside_organization", False)
        if not isinstance(value, bool):
            self.wrong((*path, "outside_organization"), f"this must be true or false{_not(value)}", "write one of them")
        return value is True


def read(value: Any) -> tuple[list[Case], list[str]]:
    """The cases of a document, one object or a list of them, and everything that is wrong with it."""
    reader = _Reader()
    listed = [((n,), item) for n, item in enumerate(value)] if isinstance(value, list) else [((), value)]
    cases = [reader.case(item, path) for path, item in listed]
    return [case for case in cases if case is not None], reader.problems


@lru_cache(maxsize=4096)
def _faults(policy_type: str, text: str) -> tuple[tuple[Path, str, str], ...]:
    """What AWS would refuse in a document."""
    document = json.loads(text)
    if policy_type == RCP and isinstance(document, dict) and document.get("Statement") in (_EVERYTHING, [_EVERYTHING]):
        return ()
    return tuple((fault.path, fault.what, fault.fix) for fault in faults(policy_type, document))


def _elsewhere(organization: str | None, context: Mapping[str, Any]) -> bool:
    """Whether the request itself says that its principal belongs to another organization."""
    given = next((value for key, value in context.items() if key.lower() == "aws:principalorgid"), None)
    return organization is not None and isinstance(given, str) and given != organization


def shown_path(path: Path) -> str:
    """A path in a JSON document: ``[3].request.action``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part[:_LONGEST]}" for part in path)
    return text.removeprefix(".")


def _kind(value: Any) -> str:
    if value == "" and isinstance(value, str):
        return "empty"
    words = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return words.get(type(value), "a number")


def _not(value: Any) -> str:
    """What stands there instead, at the end of a message."""
    return f', not "{value[:_LONGEST]}"' if isinstance(value, str) and value else f", not {_kind(value)}"
