"""``factory sandbox serve``: the AWS in a box over HTTP, for several processes at once."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any

import click

from factory.cli.commands import Verb
from factory.cli.exits import Exit
from factory.cli.options import Options

if TYPE_CHECKING:
    from factory.sandbox.server import Server

PORT = 4580


@click.command(
    cls=Verb,
    examples=(
        "factory sandbox serve",
        "factory sandbox serve --port 0 --speed 60",
    ),
    exits=(Exit.DONE, Exit.ERROR, Exit.USAGE),
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    default=PORT,
    show_default=True,
    help="Port on this computer; 0 takes a free one.",
)
@click.option(
    "--speed",
    type=click.FloatRange(0.01, 10000),
    metavar="X",
    default=1.0,
    show_default=True,
    help="Let time pass this many times as fast: an account takes up to a minute.",
)
@click.pass_obj
def serve(options: Options, port: int, speed: float) -> Exit:
    """Serve the sandbox over HTTP until Ctrl-C.

    boto3, the AWS CLI and the factory itself (without --sandbox) work in it as in AWS, also several at once,
    when the environment is as this command prints it. Credentials may be any. Nothing but this computer can
    reach it. Time is real there, unlike with --sandbox. With -v each call is shown.
    """
    from factory.cli.connect import sandbox_of
    from factory.cli.terminal import Terminal
    from factory.spec import load_limits

    terminal = Terminal(options)
    stop = threading.Event()

    def told(number: int, call: Any) -> None:
        if options.verbosity > 0:
            terminal.say(f"{number:>6}  {call.service}:{call.operation}\n")

    with sandbox_of(options, load_limits(options.limits), speed) as box, box.served(port, after=told) as server:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        terminal.product(_introduction(server))
        stop.wait()
    terminal.say("\nThe sandbox is served no more; what is in it stays.\n")
    return Exit.DONE


def _introduction(server: Server) -> str:
    exports = "\n".join(f"export {name}={value}" for name, value in server.environment.items())
    return (
        f"The sandbox answers on {server.url} until Ctrl-C. In another terminal:\n\n{exports}\n\n"
        "factory plan\naws organizations list-accounts\n"
    )
