"""The options that every command takes, in front of its name or behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click


@dataclass(frozen=True, slots=True)
class Options:
    """The global options, as typed or from the environment."""

    root: Path = Path()
    profile: str | None = None
    region: str | None = None
    sandbox: bool = False
    limits: Path | None = None
    show_emails: bool = False
    no_color: bool = False
    no_input: bool = False
    quiet: int = 0
    verbose: int = 0
    log_format: str = "console"

    @property
    def verbosity(self) -> int:
        """Below zero: errors only. Zero: warnings. One: each step. Two: each call."""
        return self.verbose - self.quiet

    def overlaid(self, given: Mapping[str, Any]) -> Options:
        """With what was given on one more level: values replace, flags stay set, counts add up."""
        counts = {name: getattr(self, name) + (given.get(name) or 0) for name in ("quiet", "verbose")}
        values = {name: value for name, value in given.items() if value and name not in counts}
        return replace(self, **values, **counts)


def global_options(*, outermost: bool) -> list[click.Parameter]:
    """Fresh click options; only the outermost command reads ``FACTORY_...`` from the environment."""
    folder = click.Path(path_type=Path, file_okay=False)
    file = click.Path(path_type=Path, dir_okay=False)
    described: list[tuple[tuple[str, ...], dict[str, Any]]] = [
        (
            ("--root",),
            {"type": folder, "metavar": "DIR", "help": "Folder with accounts/ and baselines/. Default: this one."},
        ),
        (("--profile",), {"metavar": "NAME", "help": "AWS profile. Default: as the AWS CLI finds it."}),
        (
            ("--region",),
            {"metavar": "NAME", "help": "AWS Region. Default: as the AWS CLI finds it, else the home Region."},
        ),
        (("--sandbox",), {"is_flag": True, "help": "Work on the AWS in a box under ROOT/.factory/sandbox."}),
        (("--limits",), {"type": file, "metavar": "FILE", "help": "YAML file that overrides AWS limits."}),
        (("--show-emails",), {"is_flag": True, "help": "Show root e-mails in full instead of a***@d***."}),
        (("--no-color",), {"is_flag": True, "help": "No colour; NO_COLOR does the same."}),
        (("--no-input",), {"is_flag": True, "help": "Never ask; what would need an answer is refused."}),
        (("-q", "--quiet"), {"count": True, "help": "No progress, errors only."}),
        (("-v", "--verbose"), {"count": True, "help": "Log each step; -vv each call; shows tracebacks."}),
        (("--log-format",), {"type": click.Choice(["console", "json"]), "help": "Log lines on stderr."}),
    ]
    return [click.Option(names, **settings, allow_from_autoenv=outermost) for names, settings in described]


GLOBAL_NAMES = frozenset(Options.__dataclass_fields__)
