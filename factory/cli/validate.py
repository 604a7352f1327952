"""``factory validate``: read and check the files, without AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from factory.cli.commands import Verb
from factory.cli.exits import Exit
from factory.cli.options import Options

if TYPE_CHECKING:
    from factory.engine import Trials
    from factory.spec import Organization


@click.command(
    cls=Verb,
    examples=("factory validate", "factory validate --lint", "factory validate --root infra/organization"),
    exits=(Exit.DONE, Exit.USAGE, Exit.FILES),
)
@click.option("--lint", is_flag=True, help="Show what factory lint says, too; its warnings fail nothing. Extra: lint.")
@click.pass_obj
def validate(options: Options, lint: bool) -> Exit:
    """Check the files: everything that can be known without AWS.

    All problems are listed in one run, each with file, line and column. Needs no credentials and no network.
    The tests of guardrails are run, too; one that fails is a problem.
    """
    from factory.cli.terminal import Terminal
    from factory.cli.work import read_files
    from factory.engine import Trials
    from factory.kinds.guardrail_test_files import TESTS_OF_THE_TREE
    from factory.views.style import plural

    trials = Trials()
    organization = _linted(options, trials) if lint else read_files(options, [trials])[0]
    counts = [plural(len(organization.accounts), "account"), plural(len(organization.units), "OU")]
    counts += [plural(len(files), name) for name, files in organization.files.items() if name != TESTS_OF_THE_TREE]
    counts += [plural(trials.count, "guardrail test")] if trials.count else []
    Terminal(options).product(f"Valid: {', '.join(counts)}.\n")
    return Exit.DONE


def _linted(options: Options, trials: Trials) -> Organization:
    """The files, with the errors of lint among their problems; warnings are told before those, in the same form."""
    from factory.cli.terminal import Terminal
    from factory.cli.work import read_files
    from factory.core.errors import UsageError
    from factory.engine import Lint
    from factory.views.style import Tone, plural

    found = Lint()
    if found.missing:
        raise UsageError(f"--lint needs {' and '.join(found.missing)}, the extra lint", found.extra)
    try:
        return read_files(options, [trials, found])[0]
    finally:
        if found.warnings and options.verbosity >= 0:
            terminal = Terminal(options)
            style = terminal.style(terminal.err)
            lines = [style.clean(warning) for warning in sorted(set(found.warnings))]
            lines.append(style.paint(f"{plural(len(lines), 'warning')}.", Tone.SHIFT))
            terminal.say("\n".join(lines) + "\n")
