"""``factory sandbox``: look into the AWS in a box, empty it, serve it, let it go wrong."""

from __future__ import annotations

from dataclasses import replace

import click

from factory.cli.commands import Room, Verb
from factory.cli.exits import Exit
from factory.cli.options import Options


@click.group(
    cls=Room,
    verbs={
        "show": "factory.cli.sandbox:show",
        "reset": "factory.cli.sandbox:reset",
        "serve": "factory.cli.serve:serve",
        "chaos": "factory.cli.chaos:chaos",
    },
    examples=(
        "factory apply --sandbox --yes",
        "factory sandbox show",
        "factory sandbox reset --yes",
        "factory sandbox serve",
        "factory sandbox chaos",
    ),
)
def sandbox() -> None:
    """Look into the sandbox, empty it, serve it, let it go wrong.

    It is an AWS Organizations in a box, kept in ROOT/.factory/sandbox, that refuses what AWS refuses. plan
    and apply work on it with --sandbox.
    """


@click.command(cls=Verb, examples=("factory sandbox show",), exits=(Exit.DONE, Exit.ERROR, Exit.USAGE))
@click.pass_obj
def show(options: Options) -> Exit:
    """Show the organization in the sandbox as a tree, and its stacks in numbers."""
    from factory.cli.connect import connected, sandbox_of
    from factory.cli.terminal import Terminal
    from factory.core.policy_types import POLICY_TYPES
    from factory.spec import load_limits
    from factory.views.tree import stack_counts, tree

    terminal, limits = Terminal(options), load_limits(options.limits)
    with connected(replace(options, sandbox=True), limits) as aws:
        reading = aws.reading(POLICY_TYPES)
    with sandbox_of(options, limits) as box:
        from factory.sandbox.overview import deployed

        stacks = deployed(box.state)
    style = terminal.style(terminal.out)
    terminal.product(tree(reading, style) + stack_counts(stacks, style))
    return Exit.DONE


@click.command(
    cls=Verb,
    examples=("factory sandbox reset --yes",),
    exits=(Exit.DONE, Exit.ERROR, Exit.USAGE),
)
@click.option("--yes", is_flag=True, allow_from_autoenv=False, help="Do not ask. Needed without a terminal.")
@click.pass_obj
def reset(options: Options, yes: bool) -> Exit:
    """Empty the sandbox: a new organization with nothing in it, and no journal of what was done to the old one."""
    from factory.cli.connect import journal_file, sandbox_folder, sandbox_of
    from factory.cli.terminal import Terminal
    from factory.core.errors import UsageError
    from factory.spec import load_limits

    terminal = Terminal(options)
    if not yes and not terminal.can_ask:
        raise UsageError("there is no terminal to ask on", "type factory sandbox reset --yes")
    question = f"Empty the sandbox in {sandbox_folder(options)}? Only 'yes' is accepted: "
    if not yes and terminal.ask(question) != "yes":
        terminal.say("Nothing was changed.\n")
        return Exit.ERROR
    sandbox_of(options, load_limits(options.limits)).reset()
    # Its time begins anew, and the new organization has the old one's ids: what was noted would be taken for its own.
    journal_file(replace(options, sandbox=True)).unlink(missing_ok=True)
    terminal.product("The sandbox is empty.\n")
    return Exit.DONE
