"""``factory guardrails``: what policies let through, without AWS."""

from __future__ import annotations

from typing import Any

import click

from factory.cli.commands import Room, Verb
from factory.cli.exits import Exit
from factory.cli.options import Options

STDIN = "-"


@click.group(
    cls=Room,
    verbs={
        "list": "factory.cli.guardrail_list:list_",
        "test": "factory.cli.guardrail_test:test",
        "why": "factory.cli.guardrail_why:why",
        "evaluate": "factory.cli.guardrails:evaluate",
    },
    examples=(
        "factory guardrails test",
        "factory guardrails why payments-prod ec2:RunInstances --in us-east-1",
        "factory guardrails evaluate request.json",
    ),
)
def guardrails() -> None:
    """Ask what guardrails let through. Needs no AWS, no credentials and no network."""


@click.command(
    cls=Verb,
    examples=("factory guardrails evaluate request.json", "factory guardrails evaluate - < requests.json"),
    exits=(Exit.DONE, Exit.ERROR, Exit.USAGE, Exit.FILES),
)
@click.argument("file", metavar="FILE|-", help="JSON as docs/schema/evaluation.json has it; - reads it from stdin.")
@click.pass_obj
def evaluate(options: Options, file: str) -> Exit:
    """Judge requests by SCPs and RCPs that come with them.

    FILE holds one object, or a list of them: scp_levels and rcp_levels, each the chain from the root down to the
    account with the policies attached on the way, and the request. Prints JSON: allow, explicit-deny, implicit-deny,
    not-applicable or depends, for SCPs, for RCPs and for both, with what blocks and which context keys were missing.
    "allow" says that no guardrail forbids it, not that IAM grants it. Ends with 0 whatever the verdicts are.
    """
    from factory.cli.terminal import Terminal
    from factory.core.errors import InvalidInput
    from factory.guardrails.cases import read
    from factory.views.verdicts import verdicts_json

    value = _json(_bytes(file), "stdin" if file == STDIN else file)
    cases, problems = read(value)
    if problems:
        raise InvalidInput(problems)
    verdicts = [case.verdict() for case in cases]
    Terminal(options).product(verdicts_json(verdicts, listed=isinstance(value, list)))
    return Exit.DONE


def _bytes(file: str) -> bytes:
    import sys
    from pathlib import Path

    from factory.core.errors import FactoryError, UsageError

    try:
        return sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {file}", "name an existing file, or - for stdin") from error
    except OSError as error:
        raise FactoryError(f"{file} cannot be read: {error.strerror}", "see that it is a file you may read") from error


def _json(data: bytes, name: str) -> Any:
    """The document. Raises ``InvalidInput`` with line and column where it is none."""
    import json

    from factory.core.errors import InvalidInput

    twice: list[str] = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(found)
        if len(made) < len(found):
            keys = [key for key, _ in found]
            twice.extend(sorted({key for key in keys if keys.count(key) > 1}))
        return made

    def constant(word: str) -> Any:
        raise ValueError(f"{word} is no JSON")

    try:
        value = json.loads(data.decode("utf-8-sig"), object_pairs_hook=pairs, parse_constant=constant)
    except UnicodeDecodeError as error:
        lines = data[: error.start].split(b"\n")
        place = f"{name}:{len(lines)}:{len(lines[-1]) + 1}"
        raise InvalidInput([f"{place}: bytes that are not UTF-8; save it as UTF-8"]) from error
    except json.JSONDecodeError as error:
        place = f"{name}:{error.lineno}:{error.colno}"
        raise InvalidInput([f"{place}: this is not JSON: {error.msg}; correct it here or just before"]) from error
    except (ValueError, RecursionError) as error:
        what = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InvalidInput([f"{name}:1:1: this cannot be read: {what}; write plain JSON"]) from error
    if twice:
        raise InvalidInput([f'{name}: the key "{key}" stands twice in one object; keep one' for key in twice])
    return value
