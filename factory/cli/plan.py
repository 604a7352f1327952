"""``factory plan``: what apply would do."""

from __future__ import annotations

import click

from factory.cli.commands import Verb
from factory.cli.exits import Exit
from factory.cli.options import Options
from factory.cli.work import JSON, consent_options, format_option


@click.command(
    cls=Verb,
    examples=(
        "factory plan",
        "factory plan --sandbox",
        "factory plan --format json --detailed-exitcode > plan.json",
        "factory plan --close old-sandbox",
    ),
    exits=(
        Exit.DONE,
        Exit.ERROR,
        Exit.CHANGES,
        Exit.REFUSED,
        Exit.ORGANIZATION,
        Exit.USAGE,
        Exit.FILES,
        Exit.INTERRUPTED,
    ),
)
@format_option
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 where there are changes.")
@consent_options
@click.pass_obj
def plan(
    options: Options,
    form: str,
    detailed_exitcode: bool,
    close: tuple[str, ...],
    allow: tuple[str, ...],
    allow_gap: tuple[str, ...],
) -> Exit:
    """Show what apply would do. Only reads.

    The plan goes to stdout and ends in one line with a count for each verb.

    \b
    + create, attach, enable    ~ update      > move
    - remove, detach            ! close       i adopt what exists
    """
    from factory.cli.terminal import Terminal
    from factory.cli.work import consent, planned
    from factory.views.json import plan_json
    from factory.views.text import plan_text

    terminal = Terminal(options)
    with planned(options, consent(close, allow, allow_gap)) as work:
        found = work.plan
    if form == JSON:
        terminal.product(plan_json(found, show_emails=options.show_emails, sandbox=options.sandbox))
    else:
        terminal.product(plan_text(found, terminal.style(terminal.out), sandbox=options.sandbox))
    if found.refusals:
        return Exit.REFUSED
    return Exit.CHANGES if detailed_exitcode and not found.empty else Exit.DONE
