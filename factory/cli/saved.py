"""Saved plans on the command line: written by ``plan --out``, opened by ``apply FILE``, looked at again after a yes."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from factory.cli.options import Options
from factory.cli.work import Work, read_files
from factory.core.errors import StalePlan, UsageError
from factory.core.guard import Consent

if TYPE_CHECKING:
    from factory.cli.terminal import Terminal
    from factory.core.change import Plan
    from factory.core.saved import SavedPlan

_TAKEN = ("accounts", "baselines", ".factory/journal", ".factory/sandbox")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def make_room(out: Path, root: Path) -> None:
    """Remove the plan that was saved here before. Raises ``UsageError`` where something else is in the way."""
    from factory import engine

    if str(out) in ("-", "."):
        raise UsageError("a plan is saved in a file of its own", "name one: --out plan.json")
    place = out.parent.resolve()
    for taken in _TAKEN:
        if place.is_relative_to((root / taken).resolve()):
            raise UsageError(f"nothing is saved in {taken}/: what stands there means something", "name another place")
    engine.make_room(out)


def save(out: Path, work: Work, agreed: Consent, terminal: Terminal) -> None:
    """Write the plan to the file, unless a rule refuses it, and say which of the two."""
    from factory import engine

    if work.plan.refusals:
        terminal.say(f"Not saved: a plan that is refused cannot be applied, so there is no {out}.\n")
        return
    engine.save(
        out,
        work.plan,
        agreed,
        instance=work.organization.instance,
        sandbox=terminal.options.sandbox,
        made=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    if terminal.options.verbosity >= 0:
        terminal.say(f"Saved to {out}: factory apply {out} does exactly this.\n")


def digest_of(expect: str | None) -> str | None:
    """The digest that was typed. Raises ``UsageError`` where it is none."""
    if expect is None or _DIGEST.fullmatch(expect):
        return expect
    raise UsageError(f"--expect {expect!r} is no digest", "copy it from the plan: sha256: and 64 hexadecimal digits")


def opened(file: Path, expected: str | None, agreed: Consent, options: Options) -> SavedPlan:
    """Read a saved plan that may be applied here; ``no_weaken`` is the one demand that may come later.

    Raises ``StalePlan`` where it was made for the other of sandbox and real AWS, or is not the expected one.
    """
    from factory import engine

    if replace(agreed, no_weaken=False) != Consent():
        raise UsageError(
            "a saved plan holds what was agreed to when it was made, nothing is added later",
            "give --close, --allow and --allow-gap to factory plan --out, and look at that plan",
        )
    saved = engine.read_plan(file)
    if saved.sandbox != options.sandbox:
        made, here = ("the sandbox", "a real AWS") if saved.sandbox else ("a real AWS", "the sandbox")
        way_out = "with --sandbox" if saved.sandbox else "without --sandbox"
        raise StalePlan(f"{file} was saved for {made}, and this is {here}", f"apply it {way_out}, or plan again")
    if expected and saved.digest != expected:
        raise StalePlan(f"{file} holds the plan {saved.digest}, expected was {expected}", "take the file of that plan")
    return replace(saved, consent=replace(saved.consent, no_weaken=True)) if agreed.no_weaken else saved


def as_expected(plan: Plan, expected: str | None, saved: SavedPlan | None) -> None:
    """Raise ``StalePlan`` where a fresh plan is not the expected one; a saved one was compared when it was opened."""
    from factory import engine

    if expected and saved is None:
        engine.expect(plan, expected)


def confirmed(work: Work, agreed: Consent, saved: SavedPlan | None, options: Options) -> Work:
    """The same with files and AWS read anew after the answer. Raises ``StalePlan`` where that makes another plan."""
    from factory import engine

    organization, _ = read_files(options)
    if organization.lock != work.organization.lock:
        raise StalePlan(
            "the files name another lock than the one that this run holds",
            "run the command again, and look at the plan",
        )
    return replace(
        work, organization=organization, plan=engine.confirm(work.plan, organization, work.aws, agreed, saved)
    )
