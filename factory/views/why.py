"""Why guardrails let a call through or not, in words and as JSON: the verdict first, then what makes it so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from factory.guardrails.reasons import Reading
from factory.guardrails.running import REGION, blocked, undecided
from factory.guardrails.verdicts import Outcome, Verdict
from factory.views.style import Style, Tone, plural
from factory.views.trials import NOTE
from factory.views.verdicts import verdict_document

if TYPE_CHECKING:
    from factory.kinds.guardrail_question import Question

_HEAD = {
    Outcome.ALLOW: ("allowed: no guardrail forbids it", Tone.GAIN),
    Outcome.EXPLICIT: ("denied by a guardrail", Tone.LOSS),
    Outcome.IMPLICIT: ("denied: at some level no guardrail allows it", Tone.LOSS),
    Outcome.NOT_APPLICABLE: ("allowed: guardrails do not bind it", Tone.GAIN),
    Outcome.DEPENDS: ("it depends", Tone.SHIFT),
}


def why_text(question: Question, style: Style) -> str:
    """The answer for people; ends in a newline."""
    trial = question.trial
    verdict, found = trial.verdict(), trial.readings()
    untold = [] if verdict.verdict in (Outcome.EXPLICIT, Outcome.IMPLICIT) else trial.untold()
    words, tone = _HEAD[Outcome.DEPENDS] if untold else _HEAD[verdict.verdict]
    lines = [*style.wrap(style.clean(trial.words), "", "  "), style.paint(words, tone)]
    blockers = (*verdict.scp.blocked_by, *verdict.rcp.blocked_by)
    lines += _section("What blocks it", [blocked(each, question.suite, found) for each in blockers], style)
    lines += _section("What it depends on", list(_open(question, verdict, untold)), style)
    lines += _section("What lets it through", list(_through(question, verdict, found)), style)
    reasons = [finding.reason for finding in (verdict.scp, verdict.rcp) if finding.reason]
    lines += _section("What does not bind it", reasons, style)
    lines += _section("What does not deny it", list(_harmless(question, found, untold)), style)
    if verdict.notes:
        lines += _section("Note", list(verdict.notes), style)
    lines += ["", style.paint(NOTE, Tone.FAINT)]
    return "\n".join(lines) + "\n"


def _section(title: str, items: list[str], style: Style) -> Iterator[str]:
    if items:
        yield ""
        yield style.paint(f"{title}:", Tone.STRONG)
        for item in items:
            yield from style.wrap(style.clean(item), "  ", "    ")


def _open(question: Question, verdict: Verdict, untold: list[Reading]) -> Iterator[str]:
    """What nobody said: context keys, and the resource."""
    if verdict.verdict is Outcome.DEPENDS:
        yield from (undecided(each, question.suite) for each in (*verdict.scp.undecided, *verdict.rcp.undecided))
        keys = ["--in REGION" if key.lower() == REGION else f"--with {key}=VALUE" for key in verdict.depends_on]
        yield f"way out: {' '.join(keys)}, or --absent KEY"
    for each in untold:
        yield f"{_title(each, question)} may deny it: {each.why}; way out: name the RESOURCE"


def _through(question: Question, verdict: Verdict, found: list[Reading]) -> Iterator[str]:
    """What allows it at each level."""
    if verdict.scp.verdict is Outcome.ALLOW:
        allowing = dict.fromkeys(each.policy for each in found if not each.denies and each.holds)
        levels = len(question.trial.scp_levels)
        yield f"SCPs allow it at all {plural(levels, 'level')}: {', '.join(allowing)}"


def _harmless(question: Question, found: list[Reading], untold: list[Reading]) -> Iterator[str]:
    """What comes near, but does not deny it."""
    for each in found:
        if each.denies and each.holds is False and each not in untold:
            yield f"{_title(each, question)} does not deny it: {each.why}"


def _title(reading: Reading, question: Question) -> str:
    place = question.suite.place(reading.policy, reading.statement)
    return reading.title + (f" ({place.file}:{place.line})" if place else "")


def why_json(question: Question) -> str:
    """The same for programs, as ``docs/schema/why.json`` has it."""
    trial = question.trial
    request, verdict = trial.request, trial.verdict()
    document: dict[str, Any] = {
        "account": question.member.name,
        "principal": request.principal,
        "action": request.action,
        "resources": list(request.resources),
        "context": {key: request.context[key] for key in sorted(request.context)},
        "absent": sorted(request.absent),
        **verdict_document(verdict),
        "depends_on_resource": bool(trial.untold()),
        "statements": [_statement(each, question) for each in trial.readings()],
    }
    return json.dumps(document, indent=2) + "\n"


def _statement(reading: Reading, question: Question) -> dict[str, Any]:
    place = question.suite.place(reading.policy, reading.statement)
    return {
        "kind": reading.kind,
        "level": reading.level,
        "policy": reading.policy,
        "sid": reading.sid,
        "statement": reading.statement,
        "effect": "Deny" if reading.denies else "Allow",
        "resource": reading.resource,
        "holds": reading.holds,
        "why": reading.why,
        "unknown_keys": list(reading.unknown),
        "file": place.file if place else None,
        "line": place.line if place else None,
    }
