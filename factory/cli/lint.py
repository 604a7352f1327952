"""``factory lint``: what AWS would take and still is wrong, in guardrails and in the templates of baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from factory.cli.commands import Verb
from factory.cli.exits import Exit
from factory.cli.options import Options

if TYPE_CHECKING:
    from factory.engine import Lint

ALL = "all"


@click.command(
    cls=Verb,
    examples=(
        "factory lint",
        "factory lint --online --profile audit",
        "factory lint --explain L06",
        f"factory lint --explain {ALL}",
    ),
    exits=(
        Exit.DONE,
        Exit.ERROR,
        Exit.ORGANIZATION,
        Exit.USAGE,
        Exit.FILES,
        Exit.INTERRUPTED,
        Exit.TERMINATED,
    ),
)
@click.option("--online", is_flag=True, help="Ask AWS, too: IAM Access Analyzer validates each SCP and RCP.")
@click.option("--explain", "rule", metavar="RULE", help=f"Say what a rule is about, L06 say, or {ALL} of them.")
@click.pass_obj
def lint(options: Options, online: bool, rule: str | None) -> Exit:
    """Find what AWS would take and still is wrong.

    Looks at guardrails and, with the extra lint, at the templates of baselines. Each finding has a rule, a place and
    a way out. Errors are surely wrong; a warning that is meant is suppressed in the guardrail's file, with the reason.
    Ends with 65 where any finding is left. Needs no credentials and no network, unless --online asks AWS.
    """
    if rule is not None:
        return _explain(options, rule)
    from factory.cli.terminal import Terminal
    from factory.cli.work import read_files
    from factory.core.errors import FactoryError, InvalidFiles, Problem, UsageError
    from factory.engine import Lint
    from factory.views.lint import clean_text, findings_text

    if online and options.sandbox:
        raise UsageError("the sandbox has no Access Analyzer", "leave --online out, or ask AWS: leave the sandbox out")
    found = Lint()
    terminal = Terminal(options)
    errors: tuple[Problem, ...] = ()
    try:
        read_files(options, [found])
    except InvalidFiles as invalid:
        errors = invalid.problems
    for package, what in found.missing.items():
        terminal.say(f"{package} is not installed, so nobody looked at {what}; way out: {found.extra}\n")
    unasked: FactoryError | None = None
    if online:
        try:
            _ask(options, found)
        except FactoryError as error:  # what was found without AWS is told all the same
            unasked = error
    errors += tuple(found.errors)
    if errors or found.warnings:
        terminal.product(findings_text(errors, found.warnings, terminal.style(terminal.out)))
    if unasked is not None:
        raise unasked
    if errors or found.warnings:
        return Exit.FILES
    terminal.product(clean_text(found.looked_at, found.suppressed, found.validated if online else None))
    return Exit.DONE


def _ask(options: Options, found: Lint) -> None:
    """Let AWS look at what was read; nothing where the files could not be."""
    from factory.cli.connect import connected

    if found.files is not None:
        organization, limits = found.files
        with connected(options, limits, organization) as aws:
            found.ask(aws)


def _explain(options: Options, rule: str) -> Exit:
    from factory.cli.terminal import Terminal
    from factory.core.errors import UsageError
    from factory.guardrails.lint.rules import RULES
    from factory.kinds.guardrail_files import BY_AWS
    from factory.views.lint import rule_text

    terminal = Terminal(options)
    style = terminal.style(terminal.out)
    if rule.lower() == ALL:
        terminal.product("\n".join(rule_text(each, style) for each in RULES.values()))
    elif rule.upper() in RULES:
        terminal.product(rule_text(RULES[rule.upper()], style))
    elif rule.upper().startswith(BY_AWS):
        raise UsageError(f"{rule} is AWS's own rule", "follow the link behind what it finds")
    else:
        raise UsageError(f"there is no rule {rule!r}", f"name one of {', '.join(RULES)}, or {ALL}")
    return Exit.DONE
