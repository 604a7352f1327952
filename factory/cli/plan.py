"""``factory plan``: what apply would do."""

from __future__ import annotations

from pathlib import Path

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
        "factory plan --out plan.json     # then: factory apply plan.json",
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
        Exit.TERMINATED,
    ),
)
@format_option
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 where there are changes.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    allow_from_autoenv=False,
    help="Save the plan, for apply FILE. A plan saved there before is removed first; a refused one is not saved.",
)
@consent_options
@click.pass_obj
def plan(
    options: Options,
    form: str,
    detailed_exitcode: bool,
    out: Path | None,
    close: tuple[str, ...],
    allow: tuple[str, ...],
    allow_gap: tuple[str, ...],
    no_weaken: bool,
) -> Exit:
    """Show what apply would do. Only reads.

    The plan goes to stdout and ends in one line with a count for each verb. A saved plan holds no e-mail address,
    and what was agreed to with --close, --allow and --allow-gap goes into it, and so does --no-weaken.

    \b
    + create, attach, enable    ~ update      > move
    - remove, detach            ! close       i adopt what exists
    """
    from factory.cli.saved import make_room, save
    from factory.cli.terminal import Terminal
    from factory.cli.work import consent, planned
    from factory.views.json import plan_json
    from factory.views.text import plan_text

    terminal = Terminal(options)
    agreed = consent(close, allow, allow_gap, no_weaken)
    if out is not None:
        make_room(out, options.root)
    with planned(options, agreed) as work:
        found = work.plan
    if form == JSON:
        terminal.product(plan_json(found, show_emails=options.show_emails, sandbox=options.sandbox))
    else:
        terminal.product(plan_text(found, terminal.style(terminal.out), sandbox=options.sandbox))
    if out is not None:
        save(out, work, agreed, terminal)
    if found.refusals:
        return Exit.REFUSED
    return Exit.CHANGES if detailed_exitcode and not found.empty else Exit.DONE
