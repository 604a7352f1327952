"""``factory lint``: what AWS would take and still is wrong, in guardrails and in the templates of baselines."""

from __future__ import annotations

import click

from factory.cli.commands import Verb
from factory.cli.exits import Exit
from factory.cli.options import Options

ALL = "all"


@click.command(
    cls=Verb,
    examples=("factory lint", "factory lint --explain L06", f"factory lint --explain {ALL}"),
    exits=(Exit.DONE, Exit.USAGE, Exit.FILES),
)
@click.option("--explain", "rule", metavar="RULE", help=f"Say what a rule is about, L06 say, or {ALL} of them.")
@click.pass_obj
def lint(options: Options, rule: str | None) -> Exit:
    """Find what AWS would take and still is wrong.

    Looks at guardrails and, with the extra lint, at the templates of baselines. Each finding has a rule, a place and
    a way out. Errors are surely wrong; a warning that is meant is suppressed in the guardrail's file, with the reason.
    Ends with 65 where any finding is left. Needs no credentials and no network.
    """
    if rule is not None:
        return _explain(options, rule)
    from factory.cli.terminal import Terminal
    from factory.cli.work import read_files
    from factory.core.errors import InvalidFiles, Problem
    from factory.engine import Lint
    from factory.views.lint import findings_text
    from factory.views.style import plural

    found = Lint()
    terminal = Terminal(options)
    errors: tuple[Problem, ...] = ()
    try:
        read_files(options, [found])
    except InvalidFiles as invalid:
        errors = invalid.problems
    for package, what in found.missing.items():
        terminal.say(f"{package} is not installed, so nobody looked at {what}; way out: {found.extra}\n")
    if errors or found.warnings:
        terminal.product(findings_text(errors, found.warnings, terminal.style(terminal.out)))
        return Exit.FILES
    let_be = f"; {plural(found.suppressed, 'finding')} suppressed, with reasons" if found.suppressed else ""
    terminal.product(f"Clean: {', '.join(plural(n, what) for what, n in found.looked_at.items())}{let_be}.\n")
    return Exit.DONE


def _explain(options: Options, rule: str) -> Exit:
    from factory.cli.terminal import Terminal
    from factory.core.errors import UsageError
    from factory.guardrails.lint.rules import RULES
    from factory.views.lint import rule_text

    terminal = Terminal(options)
    style = terminal.style(terminal.out)
    if rule.lower() == ALL:
        terminal.product("\n".join(rule_text(each, style) for each in RULES.values()))
    elif rule.upper() in RULES:
        terminal.product(rule_text(RULES[rule.upper()], style))
    else:
        raise UsageError(f"there is no rule {rule!r}", f"name one of {', '.join(RULES)}, or {ALL}")
    return Exit.DONE
