"""``factory schema``: the JSON Schemas of the files people write and of the JSON that commands write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from factory.cli.commands import Verb
from factory.cli.exits import Exit
from factory.cli.options import Options

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command(
    cls=Verb,
    examples=(
        "factory schema account",
        "factory schema --write docs/schema",
        "factory schema --check docs/schema",
    ),
    exits=(Exit.DONE, Exit.ERROR, Exit.USAGE),
)
@click.argument(
    "name",
    required=False,
    help="Of the files: organization, account, guardrail, guardrail-tests, baseline. Of the output: plan, report, "
    "lock, saved-plan, audit. Of guardrails evaluate: evaluation (in), verdicts (out); of guardrails why: why.",
)
@click.option("--write", type=FOLDER, metavar="DIR", help="Write NAME.json, or all of them, to this folder.")
@click.option("--check", type=FOLDER, metavar="DIR", help="Exit with 1 where the files there are stale.")
@click.pass_obj
def schema(options: Options, name: str | None, write: Path | None, check: Path | None) -> Exit:
    """Print, write or check JSON Schemas; without NAME, all of them.

    Editors complete and check the files with them; programs can rely on them for --format json.
    """
    from factory.cli.terminal import Terminal
    from factory.core.errors import UsageError

    terminal = Terminal(options)
    texts = _texts()
    if write and check:
        raise UsageError("--write and --check exclude each other", "type one of them")
    if name is not None and name not in texts:
        raise UsageError(f"there is no schema {name!r}", f"choose one of {', '.join(texts)}")
    chosen = {name: texts[name]} if name else texts
    if write:
        _write(write, chosen)
        terminal.say(f"Wrote {', '.join(f'{written}.json' for written in chosen)} to {write}.\n")
    elif check:
        return _check(check, chosen, terminal.product)
    elif name:
        terminal.product(texts[name])
    else:
        terminal.product(_text({each: json.loads(text) for each, text in texts.items()}))
    return Exit.DONE


def _texts() -> dict[str, str]:
    from factory import engine
    from factory.views.schemas import audit_schema, lock_schema, plan_schema, report_schema, saved_plan_schema
    from factory.views.verdict_schemas import evaluation_schema, verdicts_schema, why_schema

    found = {**engine.schemas(), "plan": plan_schema(), "report": report_schema(), "lock": lock_schema()}
    found |= {"saved-plan": saved_plan_schema(), "audit": audit_schema()}
    found |= {"evaluation": evaluation_schema(), "verdicts": verdicts_schema(), "why": why_schema()}
    return {name: _text(document) for name, document in found.items()}


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _write(folder: Path, texts: dict[str, str]) -> None:
    from factory.core.errors import FactoryError

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / f"{name}.json").write_text(text, encoding="utf-8")
    except OSError as error:
        raise FactoryError(f"cannot write {error.filename}: {error.strerror}", "name another folder") from error


def _check(folder: Path, texts: dict[str, str], product: Any) -> Exit:
    stale = [name for name, text in texts.items() if _content(folder / f"{name}.json") != text]
    for name in stale:
        product(f"{folder / name}.json is not what this version of factory writes\n")
    product(f"way out: factory schema --write {folder}\n" if stale else f"{folder} is up to date.\n")
    return Exit.ERROR if stale else Exit.DONE


def _content(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
