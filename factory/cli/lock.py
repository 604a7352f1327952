"""``factory lock``: who applies just now, and what to do about a run that died."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from factory.cli.commands import Room, Verb
from factory.cli.exits import Exit
from factory.cli.options import Options
from factory.cli.work import JSON, format_option

if TYPE_CHECKING:
    from factory.cli.terminal import Terminal
    from factory.core.lock import Sighting

EXITS = (
    Exit.DONE,
    Exit.ERROR,
    Exit.LOCKED,
    Exit.ORGANIZATION,
    Exit.USAGE,
    Exit.FILES,
    Exit.INTERRUPTED,
    Exit.TERMINATED,
)


@click.group(
    cls=Room,
    verbs={"show": "factory.cli.lock:show", "break": "factory.cli.lock:break_"},
    examples=("factory lock show", "factory lock break --run 1f0c9a2e"),
)
def lock() -> None:
    """See who applies, or take the lock from a run that died.

    One run at a time applies: in one checkout always, on several computers where organization.yaml names a
    bucket under lock. The lock in the bucket is a lease that ends by itself some minutes after its run did.
    """


@click.command(cls=Verb, examples=("factory lock show", "factory lock show --format json"), exits=EXITS)
@format_option
@click.pass_obj
def show(options: Options, form: str) -> Exit:
    """Show the lock of this checkout, and the one in S3 if there is one.

    Exits with 0 where a run could begin, with 5 where it would be refused. Only reads.
    """
    from factory.cli.connect import connected
    from factory.cli.terminal import Terminal
    from factory.cli.work import read_files
    from factory.engine.locking import look, look_here
    from factory.views.locks import locks_json, locks_text

    terminal = Terminal(options)
    organization, limits = read_files(options)
    seen = [look_here(options.root)]
    if organization.lock is not None:
        with connected(options, limits, organization) as aws:
            seen.append(look(organization.lock, aws))
    if form == JSON:
        terminal.product(locks_json(seen, show_emails=options.show_emails, sandbox=options.sandbox))
    else:
        terminal.product(locks_text(seen, terminal.style(terminal.out)))
    return Exit.DONE if all(sighting.available for sighting in seen) else Exit.LOCKED


@click.command("break", cls=Verb, examples=("factory lock break", "factory lock break --run 1f0c9a2e"), exits=EXITS)
@click.option(
    "--run", metavar="ID", allow_from_autoenv=False, help="The run to take it from. Needed without a terminal."
)
@click.pass_obj
def break_(options: Options, run: str | None) -> Exit:
    """Take the lock in S3 from a run that died, and free it.

    Only from the run that is named: factory lock show says which holds it. A run that lives after all makes no
    further change, and this command waits long enough for it to notice, unless it cannot reach S3. The lock of
    a checkout needs no breaking: it goes with its process.
    """
    from factory.cli.circumstances import circumstances
    from factory.cli.connect import connected
    from factory.cli.terminal import Terminal
    from factory.cli.work import read_files
    from factory.engine.locking import break_lock, look, look_here

    terminal = Terminal(options)
    organization, limits = read_files(options)
    here, place = look_here(options.root), organization.lock
    if place is not None:
        with connected(options, limits, organization) as aws:
            seen = look(place, aws)
            name = _name(seen, run, terminal) if seen.held else None
            if seen.held and name is None:
                terminal.say("Nothing was changed.\n")
                return Exit.ERROR
            if name is not None:
                terminal.say("Taking it, and waiting until that run, should it live, has noticed.\n")
                broken = break_lock(place, aws, name, circumstances(options.root))
                terminal.product(f"{place} is free.\n" if broken else f"{place} was free already.\n")
                return Exit.DONE
        terminal.product(f"{place} is free: there is nothing to break.\n")
    return _of_the_checkout(here, terminal)


def _name(seen: Sighting, run: str | None, terminal: Terminal) -> str | None:
    """The run to break: the one named on the command line, or the holder's id typed by a person who has seen it."""
    from factory.core.errors import UsageError
    from factory.views.locks import locks_text

    if run is not None:
        return run
    if not terminal.can_ask:
        raise UsageError(
            "there is no terminal to ask on, and no lock is broken unasked",
            "look at factory lock show first, then type factory lock break --run ID",
        )
    terminal.say(locks_text([seen], terminal.style(terminal.err)))
    typed = terminal.ask("\nIs that run dead? Type its id to take the lock from it: ")
    return typed if seen.record and typed == seen.record.holder.run else None


def _of_the_checkout(here: Sighting, terminal: Terminal) -> Exit:
    from factory.core.errors import LockedOut

    if not here.held:
        terminal.product(f"{here.place} is free: there is nothing to break.\n")
        return Exit.DONE
    refusal = here.refusal()
    process = f"process {here.record.holder.process}" if here.record else "the process that has the file open"
    raise LockedOut(refusal.what, f"wait until it has finished, or end {process}: the lock goes with it")
