"""``factory audit``: what runs have changed, and whether the journal is as it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from factory.cli.commands import Room, Verb
from factory.cli.exits import Exit
from factory.cli.options import Options
from factory.cli.work import JSON, format_option

if TYPE_CHECKING:
    from factory.core.journal import Chain


@click.group(
    cls=Room,
    verbs={"show": "factory.cli.audit:show", "verify": "factory.cli.audit:verify"},
    examples=("factory audit show", "factory audit show --address account:payments-prod", "factory audit verify"),
)
def audit() -> None:
    """Look into the journal of what apply has changed, or check it.

    Every request that changes something is noted in ROOT/.factory/journal, with --sandbox in
    ROOT/.factory/sandbox/journal, before it goes out, and its outcome after it: who, from which commit and plan,
    AWS's request id. Each line is bound to the one before it by its hash.
    """


@click.command(
    cls=Verb,
    examples=("factory audit show", "factory audit show --run 1f2e3d4c --format json"),
    exits=(Exit.DONE, Exit.ERROR, Exit.USAGE),
)
@click.option("--run", metavar="ID", help="Only this run.")
@click.option("--address", metavar="ADDRESS", help="Only requests for this address, such as ou:workloads/prod.")
@format_option
@click.pass_obj
def show(options: Options, run: str | None, address: str | None, form: str) -> Exit:
    """Show what each run asked AWS to change and how it went, the oldest run first."""
    from dataclasses import replace

    from factory.cli.terminal import Terminal
    from factory.core.errors import UsageError
    from factory.core.journal import runs
    from factory.views.journal import runs_json, runs_text

    terminal = Terminal(options)
    found = runs(_chain(options).records)
    if run is not None:
        found = tuple(each for each in found if each.id == run)
        if not found:
            raise UsageError(f"the journal knows no run {run!r}", "factory audit show lists them")
    if address is not None:
        address = _address(address)
        steps = [tuple(step for step in each.steps if step.intent.get("address") == address) for each in found]
        found = tuple(replace(each, steps=some) for each, some in zip(found, steps, strict=True) if some)
    if form == JSON:
        terminal.product(runs_json(found, show_emails=options.show_emails, sandbox=options.sandbox))
    else:
        nothing = "The journal holds no runs." if address is None else f"The journal holds no request for {address}."
        terminal.product(runs_text(found, terminal.style(terminal.out), nothing))
    return Exit.DONE


@click.command(cls=Verb, examples=("factory audit verify",), exits=(Exit.DONE, Exit.ERROR, Exit.USAGE))
@click.pass_obj
def verify(options: Options) -> Exit:
    """Check that no line of the journal was edited, put in or taken out.

    Ends with 1 where one was. Lines missing at the end leave no trace in the file itself: compare the head that is
    printed with one that was kept elsewhere.
    """
    from factory.cli.connect import journal_file
    from factory.cli.terminal import Terminal
    from factory.core.journal import unfinished
    from factory.views.journal import chain_text

    terminal = Terminal(options)
    chain, path = _chain(options), journal_file(options)
    terminal.product(chain_text(chain, str(path), len(unfinished(chain.records)), terminal.style(terminal.out)))
    return Exit.DONE if chain.sound else Exit.ERROR


def _address(typed: str) -> str:
    from factory.core.address import Address
    from factory.core.errors import UsageError

    try:
        return str(Address.parse(typed))
    except ValueError as error:
        raise UsageError(
            f"--address {typed!r} is no address", "type KIND:NAME as plan shows it, such as account:payments-prod"
        ) from error


def _chain(options: Options) -> Chain:
    from factory.cli.connect import journal_file
    from factory.core.errors import FactoryError
    from factory.core.journal import read
    from factory.engine.journal import contents

    path = journal_file(options)
    try:
        return read(contents(path))
    except FileNotFoundError as error:
        elsewhere = "" if options.sandbox else ", or with --sandbox the sandbox's"
        raise FactoryError(
            f"there is no journal {path}", f"apply writes it; name the repository with --root{elsewhere}"
        ) from error
    except OSError as error:
        raise FactoryError(
            f"the journal {path} cannot be read: {error.strerror}", "see that you may read it"
        ) from error
