"""``factory validate``: read and check the files, without AWS."""

from __future__ import annotations

import click

from factory.cli.commands import Verb
from factory.cli.exits import Exit
from factory.cli.options import Options


@click.command(
    cls=Verb,
    examples=("factory validate", "factory validate --root infra/organization"),
    exits=(Exit.DONE, Exit.USAGE, Exit.FILES),
)
@click.pass_obj
def validate(options: Options) -> Exit:
    """Check the files: everything that can be known without AWS.

    All problems are listed in one run, each with file, line and column. Needs no credentials and no network.
    """
    from factory.cli.terminal import Terminal
    from factory.cli.work import read_files
    from factory.views.style import plural

    organization, _ = read_files(options)
    counts = [plural(len(organization.accounts), "account"), plural(len(organization.units), "OU")]
    counts += [plural(len(files), name) for name, files in organization.files.items()]
    Terminal(options).product(f"Valid: {', '.join(counts)}.\n")
    return Exit.DONE
