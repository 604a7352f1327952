"""The tests in guardrails' files, run alone on a made-up account, and mutants that they must notice."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from factory.core.policy_types import RCP, SCP
from factory.guardrails.context import Request
from factory.guardrails.judge import judge
from factory.guardrails.levels import Level, Policy
from factory.guardrails.management import fold
from factory.guardrails.verdicts import DENIALS, Outcome

ACCOUNT, MANAGEMENT, ORGANIZATION = "111122223333", "999999999999", "o-a1b2c3d4e5"
FULL = Policy(
    "FullAWSAccess", {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
HARMLESS = frozenset({Outcome.ALLOW, Outcome.NOT_APPLICABLE})


@dataclass(frozen=True)
class Call:
    """One call of a test, and what is expected of it."""

    name: str
    request: Request
    denied: bool
    by: tuple[str, ...]


def _each(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _principal(who: Mapping[str, Any]) -> str:
    member = f"arn:aws:iam::{ACCOUNT}"
    if "user" in who:
        return f"{member}:user/{who['user']}"
    if "root" in who:
        return f"{member}:root"
    if "session" in who:
        return f"arn:aws:sts::{ACCOUNT}:assumed-role/{who['session']}/someone"
    if "service" in who:
        return str(who["service"])
    if "external" in who:
        return f"arn:aws:iam::{who['external']}:role/theirs"
    return "*" if "anonymous" in who else f"{member}:role/{who.get('role', 'developer')}"


def calls(test: Mapping[str, Any]) -> Iterator[Call]:
    """Every call that a test is about: each action in each Region."""
    who = test.get("as", {})
    for region in _each(test.get("in", None)):
        for action in _each(test["do"]):
            resources = tuple(
                each.replace("{account}", ACCOUNT).replace("{region}", region or "eu-central-1")
                for each in _each(test.get("on", "*"))
            )
            context = dict(test.get("with", {}))
            if region:
                context["aws:RequestedRegion"] = region
            request = Request(
                principal=_principal(who),
                action=action,
                resources=resources,
                management_account=MANAGEMENT,
                context=context,
                absent=frozenset(test.get("absent", ())),
                organization_id=ORGANIZATION,
                resource_account=ACCOUNT,
                outside="external" in who,
            )
            by = tuple(each["sid"] for each in _each(test.get("by", [])))
            yield Call(f"{test['name']} [{action}]", request, test["expect"] == "denied", by)


def failures(policy_type: str, document: Mapping[str, Any], tests: tuple[Call, ...]) -> list[str]:
    """The calls that do not come out as expected, by name."""
    policy = Policy("it", document)
    scps = (Level("root", (FULL, policy) if policy_type == SCP else (FULL,)),)
    rcps = (Level("root", (policy,)),) if policy_type == RCP else ()
    found = []
    for call in tests:
        verdict = judge(call.request, scps, rcps)
        blockers = {each.sid for each in (*verdict.scp.blocked_by, *verdict.rcp.blocked_by)}
        fits = verdict.verdict in (DENIALS if call.denied else HARMLESS)
        if not fits or not blockers.issuperset(call.by):
            found.append(f"{call.name}: {verdict.verdict} {sorted(map(str, blockers))} {verdict.depends_on}")
    return found


def effective(policy_type: str, document: Mapping[str, Any], test: Mapping[str, Any]) -> dict[str, Any]:
    """What the effective policy has at the places that a test names."""
    levels = [("root", [("it", document)])]
    if "child_policy" in test:
        levels.append(("account", [("child", test["child_policy"])]))
    found = fold(levels, policy_type)
    assert not found.conflicts
    assert not found.faults
    return {path: _at(found.document, path) for path in test["effective"]}


def _at(document: Any, path: str) -> Any:
    for step in path.split("."):
        document = document.get(step) if isinstance(document, Mapping) else None
    return document


def mutants(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The document with one thing dropped or turned round: its statements, actions, resources, conditions, values."""
    for position, statement in enumerate(document["Statement"]):
        title = statement["Sid"]

        def changed(position: int = position) -> tuple[dict[str, Any], dict[str, Any]]:
            other = copy.deepcopy(dict(document))
            return other, other["Statement"][position]

        other, _ = changed()
        del other["Statement"][position]
        yield f"without {title}", other
        for key in ("Action", "NotAction", "Resource"):
            if isinstance(statement.get(key), list) and len(statement[key]) > 1:
                for index, value in enumerate(statement[key]):
                    other, inner = changed()
                    del inner[key][index]
                    yield f"{title} without {key} {value}", other
        for operator, keys in statement.get("Condition", {}).items():
            for name, values in keys.items():
                other, inner = changed()
                del inner["Condition"][operator][name]
                yield f"{title} without {operator} {name}", other
                other, inner = changed()
                inner["Condition"][_inverted(operator)] = {
                    **inner["Condition"].get(_inverted(operator), {}),
                    name: _opposite(operator, inner["Condition"][operator].pop(name)),
                }
                yield f"{title} with {operator} {name} turned round", other
                if isinstance(values, list) and len(values) > 1:
                    for index, value in enumerate(values):
                        other, inner = changed()
                        del inner["Condition"][operator][name][index]
                        yield f"{title} without {operator} {name} {value}", other


@lru_cache
def _inverted(operator: str) -> str:
    if "Not" in operator:
        return operator.replace("Not", "")
    for name in ("String", "Arn"):
        if name in operator:
            return operator.replace(name, f"{name}Not")
    return operator.replace("LessThan", "GreaterThanEquals")


def _opposite(operator: str, value: Any) -> Any:
    """Of operators without a negation, the values are turned round."""
    if operator.startswith(("Bool", "Null")):
        return "true" if value == "false" else "false"
    return value
