"""Plans and reports as versioned JSON documents; their schemas are in ``schemas``."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from factory import __version__
from factory.core.change import Change, Notice, Plan, Refusal, Report, Result, Stop
from factory.core.resource import Identity, Resource, Source
from factory.core.rights import Rights
from factory.views.masking import mask_document
from factory.views.room import room_json

FORMAT_VERSION = "1.3"
"""Grows by its minor part when keys are added, by its major part when a reader could break."""
INCOMPLETE = frozenset({"gap", "unread"})
"""Notice codes that say: something could not be read, so there may be more to do than the plan shows."""


def plan_json(plan: Plan, *, show_emails: bool = False, sandbox: bool = False) -> str:
    """The plan as a JSON text, plain ASCII, ending in a newline."""
    return _text({**_opening(plan.identity, sandbox), **_plan(plan)}, show_emails)


def report_json(report: Report, *, show_emails: bool = False, sandbox: bool = False) -> str:
    """The report as a JSON text, plain ASCII, ending in a newline."""
    counts = Counter(str(result.status) for result in report.results)
    document = {
        **_opening(report.plan.identity, sandbox),
        "results": [_result(result) for result in report.results],
        "remaining": None if report.remaining is None else _plan(report.remaining),
        "digest": report.plan.digest,
        "summary": dict(counts),
        "seconds": round(report.seconds, 3),
        "complete": report.complete,
        "stopped": _stop(report.stopped),
    }
    return _text(document, show_emails)


def _stop(stop: Stop | None) -> dict[str, str] | None:
    return {"cause": str(stop.cause), "what": stop.what, "fix": stop.fix} if stop else None


def _text(document: dict[str, Any], show_emails: bool) -> str:
    shown = document if show_emails else mask_document(document)
    return json.dumps(shown, indent=2, ensure_ascii=True) + "\n"


def _opening(identity: Identity, sandbox: bool) -> dict[str, Any]:
    return {
        "format_version": FORMAT_VERSION,
        "tool": {"name": "aws-account-factory", "version": __version__},
        "sandbox": sandbox,
        "organization": {
            "id": identity.organization,
            "management_account": identity.management_account,
            "root": identity.root,
            "caller": identity.caller,
        },
    }


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "changes": [_change(change, plan) for change in plan.changes],
        "notices": [_notice(notice) for notice in plan.notices],
        "refusals": [_refusal(refusal) for refusal in plan.refusals],
        "rights": _rights(plan.rights),
        "room": [room_json(room) for room in plan.room],
        "digest": plan.digest,
        "summary": plan.counts(),
        "complete": not plan.refusals and not any(notice.code in INCOMPLETE for notice in plan.notices),
    }


def _change(change: Change, plan: Plan) -> dict[str, Any]:
    return {
        "address": str(change.address),
        "action": str(change.action),
        "verb": change.verb,
        "risk": str(change.risk),
        "reason": change.reason,
        "before": _resource(change.before),
        "after": _resource(change.after),
        "fields": [{"name": field.name, "before": field.before, "after": field.after} for field in change.fields()],
        "effects": list(change.effects),
        "source": _source(change.source),
        "waits_for": sorted(str(address) for address in plan.waits.get(change.address, ())),
    }


def _resource(resource: Resource | None) -> dict[str, Any] | None:
    if resource is None:
        return None
    return {
        "id": resource.id,
        "label": resource.label,
        "attributes": dict(sorted(resource.attrs.items())),
    }


def _source(source: Source | None) -> dict[str, Any] | None:
    return {"file": source.file, "line": source.line, "column": source.column} if source else None


def _notice(notice: Notice) -> dict[str, Any]:
    return {
        "code": notice.code,
        "message": notice.message,
        "address": str(notice.address) if notice.address else None,
        "source": _source(notice.source),
    }


def _refusal(refusal: Refusal) -> dict[str, Any]:
    return {
        "rule": refusal.rule,
        "message": refusal.message,
        "way_out": refusal.way_out,
        "address": str(refusal.address) if refusal.address else None,
        "source": _source(refusal.source),
    }


def _rights(rights: Rights) -> dict[str, Any]:
    return {
        "accounts": rights.accounts,
        "shifts": [
            {
                "direction": str(shift.direction),
                "policy_type": shift.policy_type,
                "accounts": [str(address) for address in shift.accounts],
                "sentence": shift.sentence,
                "actions": list(shift.actions),
                "but": list(shift.but),
                "bounds": [{"of": b.of, "values": list(b.values), "outside": b.outside} for b in shift.bounds],
                "conditional_on": list(shift.conditional_on),
            }
            for shift in rights.shifts
        ],
    }


def _result(result: Result) -> dict[str, Any]:
    return {
        "address": str(result.change.address),
        "action": str(result.change.action),
        "verb": result.change.verb,
        "status": str(result.status),
        "error": result.error,
        "fix": result.fix,
        "seconds": round(result.seconds, 3),
        "note": result.note,
        "source": _source(result.change.source),
    }
