"""``factory apply``: show the plan, ask, carry it out, read again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from factory.cli.commands import Verb
from factory.cli.exits import Exit
from factory.cli.options import Options
from factory.cli.work import JSON, TEXT, Work, consent_options, format_option

if TYPE_CHECKING:
    from factory.cli.terminal import Terminal
    from factory.core.change import Plan, Report
    from factory.core.guard import Consent
    from factory.views.progress import Lines, Live

QUESTION = "\nApply these changes? Only 'yes' is accepted: "


@click.command(
    cls=Verb,
    examples=(
        "factory apply",
        "factory apply --sandbox --yes",
        "factory apply plan.json          # what factory plan --out plan.json saved",
        "factory apply --yes --no-input --log-format json 2> apply.log",
    ),
    exits=(
        Exit.DONE,
        Exit.ERROR,
        Exit.PARTLY,
        Exit.STALE,
        Exit.LOCKED,
        Exit.REFUSED,
        Exit.ORGANIZATION,
        Exit.USAGE,
        Exit.FILES,
        Exit.INTERRUPTED,
        Exit.TERMINATED,
    ),
)
@click.argument(
    "file",
    required=False,
    type=click.Path(path_type=Path),
    help="A plan that factory plan --out saved. Default: a fresh one.",
)
@click.option(
    "--expect",
    metavar="DIGEST",
    allow_from_autoenv=False,
    help="Go on only with the plan of this digest, as plan printed it.",
)
@click.option("--yes", is_flag=True, allow_from_autoenv=False, help="Do not ask. Needed without a terminal.")
@format_option
@consent_options
@click.pass_obj
def apply(
    options: Options,
    file: Path | None,
    expect: str | None,
    yes: bool,
    form: str,
    close: tuple[str, ...],
    allow: tuple[str, ...],
    allow_gap: tuple[str, ...],
    no_weaken: bool,
) -> Exit:
    """Show the plan, ask, carry it out, and read AWS again.

    A change that fails blocks what depends on it and nothing else. What was interrupted is picked up by the
    next run: there is no state file, AWS is the state.

    With FILE, exactly what that saved plan holds is carried out, or what is left of it, with the agreements that
    it was made with. If anything that it touches or needs has moved, in AWS or in the files, nothing is done, and
    all that has moved is listed.
    """
    from factory.cli.circumstances import circumstances
    from factory.cli.saved import as_expected, confirmed, digest_of, opened
    from factory.cli.terminal import Terminal
    from factory.cli.work import consent, planned
    from factory.core.errors import FactoryError, UsageError

    terminal = Terminal(options)
    if not yes and not terminal.can_ask:
        raise UsageError(
            "there is no terminal to ask on, and nothing is applied unasked",
            "look at factory plan first, then type factory apply --yes",
        )
    expected = digest_of(expect)
    agreed = consent(close, allow, allow_gap, no_weaken)
    saved = opened(file, expected, agreed, options) if file else None
    agreed = saved.consent if saved else agreed
    report, trouble = None, None
    try:
        with planned(options, agreed, saved, circumstances(options.root)) as work:
            _show(work.plan, terminal, form)
            as_expected(work.plan, expected, saved)
            if work.plan.refusals or work.plan.empty:
                return _nothing_to_apply(work.plan, terminal, form)
            if not yes and terminal.ask(QUESTION) != "yes":
                terminal.say("Nothing was changed.\n")
                return Exit.ERROR
            if not yes:
                work = confirmed(work, agreed, saved, options)
            report = _carried_out(work, agreed, terminal)
    except KeyboardInterrupt:
        if report is None:
            raise
        # What was done must be told all the same.
        terminal.say("Interrupted while letting go of the lock: factory lock show says whether it is free.\n")
    except FactoryError as error:
        if report is None:
            raise
        trouble = error
    _print(report, terminal, form)
    if trouble is not None:
        raise trouble
    return outcome(report)


def outcome(report: Report) -> Exit:
    """What ended the run early; else done; partly, as soon as anything is done or under way; error where nothing is."""
    from factory.core.change import Cause, Status

    early = {
        Cause.INTERRUPT: Exit.INTERRUPTED,
        Cause.TERMINATE: Exit.TERMINATED,
        Cause.CREDENTIALS: Exit.PARTLY,
        Cause.LOCK: Exit.LOCKED,
    }
    if report.stopped and report.stopped.cause in early:
        return early[report.stopped.cause]
    if report.complete:
        return Exit.DONE
    return Exit.PARTLY if report.of(Status.DONE) or report.of(Status.PENDING) else Exit.ERROR


def _show(plan: Plan, terminal: Terminal, form: str) -> None:
    """The plan goes to stdout, unless that is kept for the report's JSON."""
    from factory.views.text import plan_text

    sandbox = terminal.options.sandbox
    if form == TEXT:
        terminal.product(plan_text(plan, terminal.style(terminal.out), sandbox=sandbox))
    else:
        terminal.say(plan_text(plan, terminal.style(terminal.err), sandbox=sandbox))


def _nothing_to_apply(plan: Plan, terminal: Terminal, form: str) -> Exit:
    from factory.core.change import Report, Result, Status

    if form == JSON:
        results = tuple(Result(change, Status.NOT_STARTED) for change in plan.changes)
        _print(Report(plan, results, remaining=plan), terminal, form)
    return Exit.REFUSED if plan.refusals else Exit.DONE


def _carried_out(work: Work, agreed: Consent, terminal: Terminal) -> Report:
    from factory import engine
    from factory.cli.connect import journal_file
    from factory.cli.signals import gently

    brake, holder = engine.Brake(), work.holder
    assert holder is not None, "only a run that holds the lock applies"
    facts = engine.Facts(commit=holder.commit, owner=holder.owner, link=holder.link)
    journal = engine.Journal(journal_file(terminal.options), work.aws.clock, holder.run, facts=facts)
    with gently(brake, terminal.err), _progress(work.plan, terminal) as watch:
        return engine.apply(
            work.plan,
            work.aws,
            work.organization,
            agreed,
            watch,
            journal=journal,
            lock=work.lock,
            brake=brake,
        )


def _progress(plan: Plan, terminal: Terminal) -> Lines | Live:
    """A live view where escape codes are welcome and nothing else writes; else lines; nothing when quiet."""
    from factory.views.progress import Lines, Live

    style = terminal.style(terminal.err)
    if terminal.options.verbosity < 0:
        return Lines(plan, lambda _: None, style)
    if style.colour and terminal.options.verbosity == 0 and terminal.options.log_format == "console":
        return Live(plan, terminal.err, style)
    return Lines(plan, terminal.say, style)


def _print(report: Report, terminal: Terminal, form: str) -> None:
    from factory.views.json import report_json
    from factory.views.text import report_text

    options = terminal.options
    if form == JSON:
        terminal.product(report_json(report, show_emails=options.show_emails, sandbox=options.sandbox))
    else:
        style = terminal.style(terminal.out)
        terminal.product("\n" + report_text(report, style, sandbox=options.sandbox))
