"""Running trials: each by the judge, and for those that fail, why, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator

from factory.guardrails.management import Effective
from factory.guardrails.reasons import Reading
from factory.guardrails.trials import DENYING, EffectiveTrial, Expected, Result, Suite, Trial, at
from factory.guardrails.verdicts import DENIALS, Blocker, Outcome, Verdict

_SPOKEN = {
    Outcome.ALLOW: "allowed: no guardrail forbids it",
    Outcome.EXPLICIT: "denied",
    Outcome.IMPLICIT: "denied, since no guardrail allows it",
    Outcome.NOT_APPLICABLE: "allowed: these guardrails do not bind it",
    Outcome.DEPENDS: "not certain",
}
REGION = "aws:requestedregion"
_MOST = 8
"""So many statements that do not apply are explained."""


def run(suite: Suite) -> list[Result]:
    """The result of every trial, in the order of the files."""
    return [*(_judged(trial, suite) for trial in suite.trials), *(_folded(trial) for trial in suite.effects)]


def _judged(trial: Trial, suite: Suite) -> Result:
    verdict = trial.verdict()
    if trial.passes(verdict):
        return Result(trial.test, trial.words, True, verdict)
    return Result(trial.test, trial.words, False, verdict, tuple(_why(trial, verdict, suite)))


def spoken(outcome: Outcome) -> str:
    """A verdict in plain words."""
    return _SPOKEN[outcome]


def _why(trial: Trial, verdict: Verdict, suite: Suite) -> Iterator[str]:
    """Why a trial failed: what was expected, what is, and which statements made it so."""
    untold = trial.untold()
    if trial.expected is Expected.ALLOWED and untold and trial.expected.fits(verdict.verdict):
        yield f"expected allowed, but it depends on the resource, and the test names none with on:{_extra(untold)}"
        yield from (f"{_titled(each, suite)} may deny it: {each.why}" for each in untold)
        yield 'way out: write the resource with on:, or on: "*" if the action has none'
        return
    fits = trial.expected.fits(verdict.verdict)
    blockers = (*verdict.scp.blocked_by, *verdict.rcp.blocked_by)
    if fits:
        missing = [by for by in trial.by if not any(by.fits(each) for each in blockers)]
        yield f"it is denied, but not by {' or '.join(map(str, missing))}"
    else:
        yield f"expected {trial.expected}, but it is {spoken(verdict.verdict)}"
    found = trial.readings()
    yield from (blocked(each, suite, found) for each in blockers)
    if verdict.verdict is Outcome.DEPENDS:
        yield from (undecided(each, suite) for each in (*verdict.scp.undecided, *verdict.rcp.undecided))
        yield way_out(verdict)
    if trial.expected in DENYING and verdict.verdict not in DENIALS:
        yield from _harmless(verdict, found, trial, suite)
    yield from verdict.notes


def _harmless(verdict: Verdict, found: list[Reading], trial: Trial, suite: Suite) -> Iterator[str]:
    """Why nothing denies it: the statements about the action that do not hold."""
    reasons = dict.fromkeys((verdict.scp.reason, verdict.rcp.reason))
    if verdict.verdict is Outcome.NOT_APPLICABLE:
        yield from (reason for reason in reasons if reason)
        return
    denying = [each for each in found if each.denies and each.holds is False]
    if not denying and verdict.verdict is not Outcome.DEPENDS:
        yield f"no statement that denies anything is about {trial.request.action}"
    for each in denying[:_MOST]:
        yield f"{_titled(each, suite)} does not deny it: {each.why}"
    if len(denying) > _MOST:
        yield f"{len(denying) - _MOST} more statements about {trial.request.action} do not deny it"


def blocked(blocker: Blocker, suite: Suite, found: list[Reading]) -> str:
    """What blocks a call, with the conditions that are met; or where none allows it, and why not."""
    about = "" if blocker.resource == "*" else f" on {blocker.resource}"
    if blocker.policy is None:
        near = [
            f"{_titled(each, suite)} does not: {each.why}"
            for each in found
            if each.level == blocker.level and not each.denies and each.resource == blocker.resource
        ]
        more = f"; {'; '.join(near[:_MOST])}" if near else ""
        return f"at {blocker.level} no {blocker.kind.upper()} allows it{about}{more}"
    same = (
        each.why
        for each in found
        if (each.policy, each.statement, each.level, each.resource)
        == (blocker.policy, blocker.statement, blocker.level, blocker.resource)
    )
    return f"{_named(blocker, suite)} denies it{about}: {next(same, 'its conditions are met')}"


def undecided(blocker: Blocker, suite: Suite) -> str:
    """What may block a call, and on which keys that hangs."""
    may = "may deny" if blocker.effect == "Deny" else "may not allow"
    return f"{_named(blocker, suite)} {may} it, depending on {', '.join(blocker.unknown)}"


def way_out(verdict: Verdict) -> str:
    """How a test says what the verdict depends on."""
    region = [key for key in verdict.depends_on if key.lower() == REGION]
    others = [key for key in verdict.depends_on if key not in region]
    said = ["name the Region with in:"] if region else []
    if others:
        first, keys = others[0], ", ".join(others)
        said.append(f"say what the request has of {keys}: with: {{{first}: VALUE}}, or absent: [{first}]")
    return f"way out: {'; '.join(said)}"


def _named(blocker: Blocker, suite: Suite) -> str:
    which = blocker.sid or blocker.statement
    return f"statement {which} of {blocker.policy} at {blocker.level}" + _at(
        str(blocker.policy), int(blocker.statement or 0), suite
    )


def _titled(reading: Reading, suite: Suite) -> str:
    return reading.title + _at(reading.policy, reading.statement, suite)


def _at(policy: str, statement: int, suite: Suite) -> str:
    place = suite.place(policy, statement)
    return f" ({place.file}:{place.line})" if place else ""


def _extra(untold: list[Reading]) -> str:
    return "" if len(untold) == 1 else f"; {len(untold)} statements are about certain resources"


def _folded(trial: EffectiveTrial) -> Result:
    effective = trial.effective()
    if trial.passes(effective):
        return Result(trial.test, trial.words, True)
    return Result(trial.test, trial.words, False, None, tuple(_why_effective(trial, effective)))


def _why_effective(trial: EffectiveTrial, effective: Effective) -> Iterator[str]:
    have = at(effective.document, trial.path)
    if have is None:
        yield f"expected {trial.value}, but nothing is set there"
    elif trial.value is None:
        yield f"expected nothing, but it is {have}"
    else:
        yield f"expected {trial.value}, but it is {have}"
    for conflict in effective.conflicts:
        names = " and ".join(f"{each.policy} at {each.level}" for each in conflict.sources)
        yield f"{names} are at odds about {'.'.join(conflict.path)}: {conflict.reason}"
    for fault in effective.faults:
        yield f"{fault.source.policy}: {'.'.join(fault.path)}: {fault.reason}"
    for notice in effective.notices:
        where = f"{notice.source.policy} at {notice.source.level}"
        lock = f"{notice.locked_by.policy} at {notice.locked_by.level}"
        yield f"{notice.operator} of {where} at {'.'.join(notice.path)} has no effect: {lock} forbids it"
