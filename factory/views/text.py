"""Plans and reports as text for a terminal or a log; the last line is always the summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from factory.core.address import Address
from factory.core.change import Notice, Plan, Refusal, Report, Result, Status
from factory.core.resource import Identity, Source
from factory.core.rights import Direction, Rights
from factory.views.blocks import block, crowd_block, crowd_heading, crowd_places, crowds, heading, place
from factory.views.room import room_lines
from factory.views.style import Style, Tone, duration, plural

NOTHING = "No changes. The organization matches the files."
NOTHING_LEFT = "Nothing left to do: all that the saved plan holds is done."
_NOTICES_SHOWN = 20
_SHIFTS_SHOWN = 20
_OUTCOMES = (
    (Status.DONE, "done", Tone.GAIN),
    (Status.FAILED, "FAILED", Tone.ALARM),
    (Status.BLOCKED, "blocked", Tone.SHIFT),
    (Status.PENDING, "pending", Tone.PLACE),
    (Status.NOT_STARTED, "not started", Tone.FAINT),
)
_MEANINGS = {
    Status.FAILED: "AWS or a check said no; nothing that depends on it was tried",
    Status.BLOCKED: "waits for a change that did not succeed",
    Status.PENDING: "AWS still works on it; the next run picks it up",
    Status.NOT_STARTED: "the run ended before its turn",
}


def plan_text(plan: Plan, style: Style, *, sandbox: bool = False) -> str:
    """The whole plan; ends in a newline."""
    lines = [*_opening("Plan", plan.identity, style, sandbox), ""]
    for same in crowds(plan.changes, lambda change: change):
        lines += [*(crowd_block(same, style) if len(same) > 1 else block(same[0], style)), ""]
    lines += _rights(plan.rights, style)
    lines += room_lines(plan.room, style)
    lines += _notices(plan.notices, style)
    lines += _refusals(plan.refusals, style)
    if plan.changes:
        lines += [style.paint(f"Digest: {plan.digest}", Tone.FAINT)]
    return "\n".join([*lines, style.paint(plan_summary(plan), Tone.STRONG)]) + "\n"


def plan_summary(plan: Plan) -> str:
    """``Plan: 14 to create, 1 to move.``: a count for each verb; how many rules refused."""
    refused = plural(len({refusal.rule for refusal in plan.refusals}), "safety rule")
    if plan.empty:
        nothing = NOTHING if plan.only is None else NOTHING_LEFT
        return f"Plan: refused by {refused}." if plan.refusals else nothing
    counts = ", ".join(f"{count} to {Style().clean(verb)}" for verb, count in plan.counts().items())
    return f"Plan: {counts}; refused by {refused}." if plan.refusals else f"Plan: {counts}."


def report_text(report: Report, style: Style, *, sandbox: bool = False) -> str:
    """What became of each change and what a fresh read still leaves; ends in a newline."""
    lines = [*_opening("Result", report.plan.identity, style, sandbox), ""]
    for status, word, tone in _OUTCOMES:
        results = report.of(status)
        for same in crowds(results, lambda result: result.change, lambda result: (result.error, result.note)):
            lines += _results(same, word, tone, style)
        if results:
            lines.append("")
    if report.stopped:
        lines += style.wrap(style.clean(f"Stopped early: {report.stopped.what}"), "", "  ", Tone.ALARM)
        lines += [*style.wrap(style.clean(f"way out: {report.stopped.fix}"), "  ", "    "), ""]
    else:
        lines += _remaining(report, style)
    return "\n".join([*lines, style.paint(report_summary(report, sandbox=sandbox), Tone.STRONG)]) + "\n"


def report_summary(report: Report, *, sandbox: bool = False) -> str:
    """``Applied: 14 of 14 changes in 41.0 s. ...``: a count for each outcome, and the time taken."""
    done, total = len(report.of(Status.DONE)), len(report.results)
    others = [f"{len(report.of(s))} {w.lower()}" for s, w, _ in _OUTCOMES[1:] if report.of(s)]
    took = duration(report.seconds) + (" of simulated time" if sandbox else "")
    verbs: dict[str, int] = {}
    for result in report.of(Status.DONE):
        verbs[result.change.verb] = verbs.get(result.change.verb, 0) + 1
    kinds = ", ".join(f"{count} {Style().clean(verb)}" for verb, count in verbs.items())
    applied = f"Applied: {done} of {plural(total, 'change')} in {took}" + (f" ({kinds})" if kinds else "")
    if report.stopped:
        others.append(f"stopped early: {report.stopped.cause}")
    if others:
        return f"{applied}; {', '.join(others)}."
    if report.remaining is None:
        return f"{applied}; the result could not be read back."
    if report.remaining.empty and not report.remaining.refusals:
        whole = report.plan.only is None
        reached = "The organization matches the files." if whole else "The saved plan is carried out."
        return f"{applied}. {reached}"
    if report.remaining.refusals and report.remaining.empty:
        refused = plural(len({refusal.rule for refusal in report.remaining.refusals}), "safety rule")
        return f"{applied}; what a fresh read finds is refused by {refused}."
    return f"{applied}; {plural(len(report.remaining.changes), 'change')} still to do."


def _opening(title: str, identity: Identity, style: Style, sandbox: bool) -> list[str]:
    where = " in the sandbox: nothing real is read or changed" if sandbox else ""
    lines = style.wrap(f"{title} for organization {style.clean(identity.organization)}{where}", "", "  ", Tone.STRONG)
    asks = f", as {identity.caller}" if identity.caller else ""
    known = style.clean(f"management account {identity.management_account}{asks}")
    return lines + style.wrap(known, "  ", "  ", Tone.FAINT)


def _about(address: Address | None, source: Source | None, message: str, style: Style) -> str:
    """The address, unless the message names it already, and the place, in front of or behind it."""
    shown = f"{address}: {message}" if address and str(address) not in message else message
    where = place(source, style)
    return style.clean(shown) + (f" ({where})" if where else "")


def _notices(notices: Iterable[Notice], style: Style) -> Iterator[str]:
    ordered = sorted(notices, key=lambda notice: (notice.code, str(notice.address), notice.message))
    if ordered:
        yield style.paint("Notices", Tone.STRONG)
    for code, group in groupby(ordered, key=lambda notice: notice.code):
        same = list(group)
        yield f"  {style.clean(code)} ({len(same)})"
        for notice in same[:_NOTICES_SHOWN]:
            yield from style.wrap(_about(notice.address, notice.source, notice.message, style), "    ", "      ")
        if len(same) > _NOTICES_SHOWN:
            yield f"    and {len(same) - _NOTICES_SHOWN} more; --format json lists them all"
    if ordered:
        yield ""


def _rights(rights: Rights, style: Style) -> Iterator[str]:
    """What principals lose and gain; a gain is flagged, for few people expect one."""
    if not rights.accounts and not rights.shifts:
        return
    yield style.paint("Rights", Tone.STRONG)
    if not rights.shifts:
        who = "one account" if rights.accounts == 1 else f"{rights.accounts} accounts"
        words = f"no account's rights change: by all values that they name, the policies over {who} say the same"
        yield from style.wrap(words, "  ", "    ")
    for direction, sign, tone in ((Direction.GAIN, "! GAIN: ", Tone.ALARM), (Direction.LOSS, "- ", Tone.PLAIN)):
        found = rights.of(direction)
        for shift in found[:_SHIFTS_SHOWN]:
            yield from style.wrap(style.clean(shift.sentence), f"  {sign}", "    ", tone)
        if len(found) > _SHIFTS_SHOWN:
            more = plural(len(found) - _SHIFTS_SHOWN, "gain" if direction is Direction.GAIN else "loss")
            yield f"    and {more} more; --format json lists them all"
    yield ""


def _refusals(refusals: tuple[Refusal, ...], style: Style) -> Iterator[str]:
    if refusals:
        yield style.paint("Refused: nothing will be changed until this is settled", Tone.ALARM)
    for refusal in refusals:
        yield "  " + style.paint(style.clean(refusal.rule), Tone.ALARM)
        yield from style.wrap(_about(refusal.address, refusal.source, refusal.message, style), "    ", "      ")
        if refusal.way_out:
            yield from style.wrap(style.clean(f"way out: {refusal.way_out}"), "    ", "      ")
    if refusals:
        yield ""


def _results(same: list[Result], word: str, tone: Tone, style: Style) -> Iterator[str]:
    """What became of one change, or of several that differ in the account or Region only."""
    first, changes = same[0], [result.change for result in same]
    head = crowd_heading(changes, style) if len(same) > 1 else heading(first.change, style)
    seconds = max(result.seconds for result in same)
    took = f"  {duration(seconds)}" if seconds else ""
    yield f"  {style.paint(f'{word:<11}', tone)} {head}{style.paint(took, Tone.FAINT)}"
    inner = " " * 14
    if len(same) > 1:
        yield from style.wrap(style.clean(crowd_places(changes)), inner, inner)
    error = first.error or first.note or _MEANINGS.get(first.status, "")
    if error:
        yield from style.wrap(style.clean(error), inner, inner + "  ")
    where = place(first.change.source, style)
    if where and first.status is Status.FAILED and all(each.source == first.change.source for each in changes):
        yield inner + where
    if first.fix:
        yield from style.wrap(style.clean(f"way out: {first.fix}"), inner, inner + "  ")


def _remaining(report: Report, style: Style) -> Iterator[str]:
    if report.remaining is None:
        yield from style.wrap("AWS could not be read again afterwards; run factory plan to see what is left.", "", "  ")
        yield ""
        return
    if report.remaining.changes:
        yield style.paint("A fresh read still leaves", Tone.STRONG)
        yield from (f"  {heading(change, style)}" for change in report.remaining.changes)
        yield ""
    yield from _notices((n for n in report.remaining.notices if n.code == "left-out"), style)
    yield from _refusals(report.remaining.refusals, style)
