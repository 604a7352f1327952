"""Verdicts as JSON: what ``factory guardrails evaluate`` writes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from factory.guardrails.verdicts import Blocker, Finding, Outcome, Verdict


def verdicts_json(verdicts: Sequence[Verdict], *, listed: bool) -> str:
    """All verdicts as a list with a line for each, or the only one by itself; plain ASCII, ending in a newline."""
    if not listed:
        return json.dumps(verdict_document(verdicts[0]), indent=2) + "\n"
    lines = ",\n".join(json.dumps(verdict_document(verdict)) for verdict in verdicts)
    return f"[\n{lines}\n]\n" if verdicts else "[]\n"


def verdict_document(verdict: Verdict) -> dict[str, Any]:
    """One verdict; its keys are always the same, in the same order."""
    return {
        "verdict": str(verdict.verdict),
        "scp": _finding(verdict.scp),
        "rcp": _finding(verdict.rcp),
        "missing_keys": list(verdict.missing),
        "depends_on": list(verdict.depends_on),
        "notes": list(verdict.notes),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "verdict": str(finding.verdict),
        "reason": finding.reason or None,
        "blocked_by": [_blocker(each) for each in finding.blocked_by],
        "undecided": [_blocker(each) for each in finding.undecided],
        "possible": [str(each) for each in finding.possible],
        "missing_keys": list(finding.missing),
        "depends_on": list(finding.depends_on) if finding.verdict is Outcome.DEPENDS else [],
    }


def _blocker(blocker: Blocker) -> dict[str, Any]:
    return {
        "kind": blocker.kind,
        "level": blocker.level,
        "policy": blocker.policy,
        "sid": blocker.sid,
        "statement": blocker.statement,
        "effect": blocker.effect,
        "conditions": [
            {
                "operator": met.operator,
                "key": met.key,
                "values": list(met.values),
                "given": None if met.given is None else list(met.given),
            }
            for met in blocker.conditions
        ],
        "resource": blocker.resource,
        "unknown_keys": list(blocker.unknown),
        "why": _why(blocker),
    }


def _why(blocker: Blocker) -> str:
    """The blocker in words."""
    if blocker.policy is None:
        return f"no {blocker.kind.upper()} at {blocker.level} allows it"
    name = f"statement {blocker.sid or blocker.statement} of {blocker.policy} at {blocker.level}"
    if blocker.unknown:
        may = "may deny" if blocker.effect == "Deny" else "may not allow"
        return f"{name} {may} it, depending on {', '.join(blocker.unknown)}"
    return f"{name} denies it"
