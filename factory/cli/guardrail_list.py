"""``factory guardrails list``: which guardrails there are, and how much room they take."""

from __future__ import annotations

import click

from factory.cli.commands import Verb
from factory.cli.exits import Exit
from factory.cli.options import Options


@click.command("list", cls=Verb, examples=("factory guardrails list",), exits=(Exit.DONE, Exit.USAGE, Exit.FILES))
@click.pass_obj
def list_(options: Options) -> Exit:
    """List the guardrails and the room that is left.

    Names where each is attached; nodes without a guardrail are left out.
    Sizes are characters of the document as it is uploaded, without white space. Slots are attachments of a type to
    one node; AWS's own policies take one each. The limits are those of the limits table (--limits FILE).
    """
    from factory.cli.terminal import Terminal
    from factory.cli.work import read_files
    from factory.kinds.guardrail_room import listed, rooms
    from factory.views.guardrail_list import list_text

    organization, limits = read_files(options)
    terminal = Terminal(options)
    terminal.product(list_text(listed(organization, limits), rooms(organization, limits), terminal.style(terminal.out)))
    return Exit.DONE
