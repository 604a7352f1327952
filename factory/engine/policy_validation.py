"""What Access Analyzer says of the SCPs and RCPs of the files, told as the findings of our own rules are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from factory.core.documents import canonical
from factory.core.policy_types import POLICY_TYPES
from factory.engine.guardrail_linting import Told, sound, suppressing, unused
from factory.guardrails.lint import Finding
from factory.kinds.guardrail_files import BY_AWS

if TYPE_CHECKING:
    from factory.aws.access_analyzer import AccessAnalyzer
    from factory.aws.records import PolicyFinding
    from factory.guardrails.trials import Subject
    from factory.spec import Organization

LONGEST = 400
"""Characters of AWS's text that are told; behind them stands the link to all of it."""

_PLAIN = ("ERROR", "WARNING")
"""Types of findings that a line says by itself; all others are named in it."""


def ask(organization: Organization, analyzer: AccessAnalyzer, told: Told) -> None:
    """One request for each guardrail that our own grammar takes; what is found is added to ``told`` as it comes.

    ``ERROR`` is an error, every other type a warning. Raises `AwsError`.
    """
    for name, subject in sound(organization).items():
        if not POLICY_TYPES[subject.type].authorizes:
            continue
        used: set[tuple[str, int]] = set()
        for found in analyzer.validate_policy(subject.type, canonical(subject.document)):
            finding = _finding(found, subject)
            positions = suppressing(organization, finding)
            used.update((name, position) for position in positions)
            if found.type == "ERROR":
                told.errors.append(finding.problem)
            elif positions:
                told.suppressed += 1
            else:
                told.warnings.append(finding.problem)
        told.warnings += unused(organization, [name], used, lambda rule: rule.startswith(BY_AWS))
        told.guardrails += 1


def _finding(found: PolicyFinding, subject: Subject) -> Finding:
    path = _within(subject.document, found.path)
    details = " ".join(found.details.split())
    if len(details) > LONGEST:
        details = f"{details[: LONGEST - 1]}\u2026"
    what = details if found.type in _PLAIN else f"{found.type}: {details}"
    sid = _sid(subject.document, path)
    return Finding(f"{BY_AWS}{found.code}", subject.where(*path), what.removesuffix("."), found.link, subject.name, sid)


def _within(document: Any, path: Iterable[str | int]) -> tuple[str | int, ...]:
    """A path as far as the document has it. What stands without a list may be called the first of one."""
    steps: list[str | int] = []
    for step in path:
        known = range(len(document)) if isinstance(document, list) else document if isinstance(document, dict) else ()
        if step in known:
            document = document[step]
            steps.append(step)
        elif step != 0:
            break
    return tuple(steps)


def _sid(document: Any, path: tuple[str | int, ...]) -> str | None:
    """The Sid of the statement that a path leads into."""
    for step in path[:2]:
        document = document[step]
        if isinstance(document, dict) and path[0] == "Statement":
            sid: str | None = document.get("Sid")
            return sid
    return None
