"""``factory sandbox chaos``: what the factory survives, shown on the files of this repository."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from factory.cli.commands import Verb
from factory.cli.exits import Exit
from factory.cli.options import Options

if TYPE_CHECKING:
    from factory.cli.storm import Calm, Outcome, Run, Weather
    from factory.views.style import Style

MOST_SHOWN = 5
"""Of what went wrong in the end, this much is named."""

_PERCENT = click.FloatRange(0, 90)


@click.command(
    cls=Verb,
    examples=(
        "factory sandbox chaos",
        "factory sandbox chaos --seed 4711",
        "factory sandbox chaos --throttled 50 --conflicts 0 --crashes 10 --runs 50",
    ),
    exits=(Exit.DONE, Exit.ERROR, Exit.REFUSED, Exit.USAGE, Exit.FILES, Exit.INTERRUPTED),
)
@click.option("--seed", type=click.IntRange(min=0), metavar="N", help="Repeat this one. Default: drawn, and shown.")
@click.option("--throttled", type=_PERCENT, metavar="PERCENT", default=30, show_default=True, help="Calls throttled.")
@click.option(
    "--conflicts",
    type=_PERCENT,
    metavar="PERCENT",
    default=10,
    show_default=True,
    help="Writes refused because of another one.",
)
@click.option(
    "--lost",
    type=_PERCENT,
    metavar="PERCENT",
    default=5,
    show_default=True,
    help="Calls lost: half never arrive, half are done without an answer.",
)
@click.option(
    "--stale",
    type=click.FloatRange(0, 60),
    metavar="SECONDS",
    default=5,
    show_default=True,
    help="Reads may show the past, up to this long ago.",
)
@click.option(
    "--crashes",
    type=click.IntRange(0, 100),
    metavar="N",
    default=3,
    show_default=True,
    help="Runs that are cut off, before or after a call.",
)
@click.option("--runs", type=click.IntRange(1, 200), metavar="N", default=20, show_default=True, help="Runs at most.")
@click.pass_obj
def chaos(
    options: Options,
    seed: int | None,
    throttled: float,
    conflicts: float,
    lost: float,
    stale: float,
    crashes: int,
    runs: int,
) -> Exit:
    """Show what the factory survives: faults and crashes.

    The files of this repository are applied to an empty sandbox that forgets everything afterwards: once
    undisturbed, then while AWS misbehaves and runs are cut off, run after run, until nothing is left to do.
    Neither AWS nor the sandbox of --sandbox is touched, and nothing waits for real.

    It has converged when the last plan is empty, no account was asked for twice, and the organization is the
    same as the undisturbed one.
    """
    from dataclasses import replace
    from secrets import randbelow

    from factory.cli import log
    from factory.cli.connect import require_sandbox
    from factory.cli.terminal import Terminal
    from factory.cli.work import read_files
    from factory.core.errors import UsageError

    require_sandbox()
    if throttled + conflicts + lost > 100:
        raise UsageError("--throttled, --conflicts and --lost are more than 100 together", "leave some calls whole")
    organization, limits = read_files(options)
    from factory.cli.storm import Weather, calm, storm

    # That calls fail is the point here, and no news, unless someone asks for the log.
    log.configure(options if options.verbosity else replace(options, quiet=options.quiet + 1))
    terminal = Terminal(options)
    style = terminal.style(terminal.out)
    drawn = randbelow(1_000_000) if seed is None else seed
    weather = Weather(drawn, throttled / 100, conflicts / 100, lost / 100, stale, crashes, runs)
    terminal.product(_forecast(weather, style))
    undisturbed = calm(organization, limits)
    terminal.product(_undisturbed(undisturbed))
    outcome = storm(organization, limits, weather, undisturbed, lambda run: terminal.product(_told(run, style)))
    terminal.product("\n".join(_verdict(outcome, undisturbed, weather, style)) + "\n")
    return Exit.DONE if outcome.converged else Exit.ERROR


def _forecast(weather: Weather, style: Style) -> str:
    text = (
        f"Chaos with seed {weather.seed}: {weather.throttled:.0%} of calls throttled, {weather.conflicts:.0%} of "
        f"writes in conflict, {weather.lost:.0%} of calls lost, reads up to {weather.stale:g} s old, "
        f"{weather.crashes} runs cut off."
    )
    return "\n".join(style.wrap(text, "", "")) + "\n\n"


def _undisturbed(undisturbed: Calm) -> str:
    from factory.views.style import duration

    return f"undisturbed  {undisturbed.calls} calls in {duration(undisturbed.seconds)} of simulated time\n\n"


def _told(run: Run, style: Style) -> str:
    struck = ", ".join(f"{what} {count}" for what, count in sorted(run.struck.items()) if "crash" not in what)
    first = f"run {run.number:<3} {run.calls:>5} calls  "
    text = style.clean(run.end) + (f" (struck: {struck})" if struck else "")
    return "\n".join(style.wrap(text, first, " " * len(first))) + "\n"


def _verdict(outcome: Outcome, undisturbed: Calm, weather: Weather, style: Style) -> Iterator[str]:
    from factory.views.style import Tone, plural

    times = outcome.calls / undisturbed.calls
    yield ""
    yield f"calls         {outcome.calls} in {plural(len(outcome.runs), 'run')}, {times:.1f} times the undisturbed"
    twice = f"asked for twice: {_some(outcome.twice, style)}" if outcome.twice else "none asked for twice"
    yield f"accounts      {outcome.accounts} made, {twice}"
    yield f"last plan     {_left(outcome, style)}"
    different = f"not the undisturbed one: {_some(outcome.different, style)}" if outcome.different else "as undisturbed"
    yield f"organization  {different}"
    yield ""
    if outcome.converged:
        yield style.paint("Converged.", Tone.STRONG)
        return
    yield style.paint("Not converged.", Tone.ALARM) + " To see it again:"
    yield (
        f"  factory sandbox chaos --seed {weather.seed} --throttled {weather.throttled * 100:g} "
        f"--conflicts {weather.conflicts * 100:g} --lost {weather.lost * 100:g} --stale {weather.stale:g} "
        f"--crashes {weather.crashes} --runs {weather.runs}"
    )


def _left(outcome: Outcome, style: Style) -> str:
    if outcome.left is None:
        return "could not be made"
    changes = [f"{change.verb} {change.address}" for change in outcome.left.changes]
    return f"not empty: {_some(changes, style)}" if changes else "empty"


def _some(words: tuple[str, ...] | list[str], style: Style) -> str:
    shown = ", ".join(style.clean(word) for word in words[:MOST_SHOWN])
    return shown + (f" and {len(words) - MOST_SHOWN} more" if len(words) > MOST_SHOWN else "")
