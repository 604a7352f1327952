"""The two shapes of command: a verb that does something, and a room that holds verbs."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

import click

from factory.cli.exits import MEANINGS, Exit
from factory.cli.options import GLOBAL_NAMES, Options, global_options
from factory.views.style import Style

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100, "auto_envvar_prefix": "FACTORY"}


class Verb(click.Command):
    """A command that does something: global options, examples and exit codes are part of it.

    Its callback gets the ``Options`` first and returns an exit code; errors become messages here.
    """

    def __init__(self, *, examples: Sequence[str], exits: Sequence[Exit], **settings: Any) -> None:
        super().__init__(**{**settings, "context_settings": CONTEXT})
        self.examples, self.exits = tuple(examples), tuple(exits)
        self.params += global_options(outermost=False)

    def invoke(self, ctx: click.Context) -> Exit:
        """Run the command; returns its exit code."""
        options = absorb(ctx)
        try:
            return Exit(super().invoke(ctx))
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            from factory.cli.failures import explain

            return explain(error, options)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The command's own options, then the global ones."""
        write_options(self, ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples and exit codes."""
        write_examples(self.examples, formatter)
        write_exits(self.exits, formatter)


class Room(click.Group):
    """A group of verbs, loaded only when one of them is called or listed.

    ``verbs`` maps a verb's name to ``module:attribute``.
    """

    def __init__(
        self, *, verbs: Mapping[str, str], examples: Sequence[str], outermost: bool = False, **settings: Any
    ) -> None:
        super().__init__(**{**settings, "context_settings": CONTEXT})
        self.verbs, self.examples, self.outermost = dict(verbs), tuple(examples), outermost
        self.params += global_options(outermost=outermost)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs in the order people meet them."""
        return list(self.verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb of this name."""
        if cmd_name not in self.verbs:
            return None
        module, _, attribute = self.verbs[cmd_name].partition(":")
        found: click.Command = vars(importlib.import_module(module))[attribute]
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb; a word that is none is answered with the one it resembles."""
        if args[0] not in self.verbs and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], self.verbs, 1)
            hint = f" Did you mean {near[0]!r}?" if near else f" There are {', '.join(self.verbs)}."
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Take in the global options, then run the verb."""
        absorb(ctx)
        return super().invoke(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs first, then the options."""
        self.format_commands(ctx, formatter)
        write_options(self, ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples, and for the outermost room all exit codes."""
        write_examples(self.examples, formatter)
        if self.outermost:
            write_exits(tuple(MEANINGS), formatter)


def absorb(ctx: click.Context) -> Options:
    """Move the global options of this level into the context's ``Options``, over those of outer levels."""
    given = {name: ctx.params.pop(name) for name in list(ctx.params) if name in GLOBAL_NAMES}
    outer = ctx.obj if isinstance(ctx.obj, Options) else Options()
    options = outer.overlaid(given)
    ctx.obj = options
    return options


def write_options(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """The command's own options, and those that every command takes: in full only on the outermost one."""
    own: list[tuple[str, str]] = []
    shared: list[tuple[str, str]] = []
    for param in command.get_params(ctx):
        record = param.get_help_record(ctx)
        if record and isinstance(param, click.Option):
            (shared if param.name in GLOBAL_NAMES else own).append(record)
    with formatter.section("Options"):
        formatter.write_dl(own)
    with formatter.section("Global options"):
        if ctx.parent is None:
            formatter.write_dl(shared)
        else:
            width = Style(width=formatter.width)
            indent = " " * formatter.current_indent
            for line in width.wrap("; ".join(names for names, _ in shared), indent, indent):
                formatter.write(line + "\n")
            formatter.write_text("factory --help says what they do.")


def write_examples(examples: Sequence[str], formatter: click.HelpFormatter) -> None:
    """Lines to copy."""
    if examples:
        with formatter.section("Examples"):
            for example in examples:
                formatter.write(f"{'':>{formatter.current_indent}}{example}\n")


def write_exits(exits: Sequence[Exit], formatter: click.HelpFormatter) -> None:
    """The exit codes that the command can end with."""
    if exits:
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(int(code)), MEANINGS[code]) for code in exits])
