"""Coverage: the statements of guardrails that no test makes fire.

A statement that denies is covered if it denies a call that a test expects to be denied; one that allows, if a test
fails without it. A value of a management policy is covered if a test says what it comes to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from factory.guardrails.management import OPERATORS
from factory.guardrails.mutants import Path, involved, mutants, noticed
from factory.guardrails.trials import DENYING, EffectiveTrial, Result, Subject, Suite


@dataclass(frozen=True)
class Uncovered:
    """A part of a guardrail that no test makes fire: where it stands, and what to do."""

    subject: Subject
    path: Path
    what: str
    advice: str


def uncovered(
    suite: Suite, results: Sequence[Result], names: Iterable[str] | None = None
) -> tuple[list[Uncovered], int]:
    """What no test makes fire in these guardrails, or all; and how many parts there are."""
    fired = {
        (blocker.policy, blocker.statement)
        for trial, result in zip(suite.trials, results, strict=False)
        if trial.expected in DENYING and result.passed and result.verdict
        for blocker in (*result.verdict.scp.blocked_by, *result.verdict.rcp.blocked_by)
    }
    found, count = [], 0
    for name in suite.subjects if names is None else names:
        subject = suite.subjects[name]
        if "Statement" in subject.document:
            for statement in subject.policy.statements:
                count += 1
                covered = (
                    (name, statement.index) in fired if statement.denies else _needed(suite, subject, statement.index)
                )
                if not covered:
                    what = f"statement {statement.sid or statement.index} {_IDLE[statement.denies]}"
                    found.append(Uncovered(subject, subject.path(statement.index), what, _ADVICE[statement.denies]))
        else:
            effects = involved(suite, name)[1]
            for path, operator in _settings(subject.document, ()):
                count += 1
                if not _looked_at(".".join(path), effects):
                    what = f"no test says what {'.'.join(path)} comes to"
                    found.append(Uncovered(subject, (*path, operator), what, "write a test with effective:"))
    return found, count


_IDLE = {True: "denies no call that a test expects to be denied", False: "is needed by no test"}
_ADVICE = {
    True: "write a test with expect: denied that it makes come true",
    False: "write a test that fails without it",
}


def _needed(suite: Suite, subject: Subject, index: int) -> bool:
    trials, _ = involved(suite, subject.name)
    without = (each for each in mutants(subject) if each.dropped and each.statement == index)
    return any(noticed(each, trials) for each in without)


def _settings(node: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    for key, value in node.items() if isinstance(node, Mapping) else ():
        if key in OPERATORS:
            yield path, key
        elif not str(key).startswith("@@"):
            yield from _settings(value, (*path, str(key)))


def _looked_at(path: str, effects: Iterable[EffectiveTrial]) -> bool:
    asked = {trial.path for trial in effects}
    return any(path == each or path.startswith(f"{each}.") for each in asked)
