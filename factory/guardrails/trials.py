"""Trials: what a test of guardrails comes to, one call at a time, and whether it came out as expected.

A test in a file may name several accounts, actions and Regions; each combination is a trial. "Allowed" says that no
guardrail forbids the call, never that IAM grants it, so calls that guardrails do not bind are allowed, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from factory.core.documents import canonical
from factory.core.resource import Source
from factory.guardrails.conditions import texts
from factory.guardrails.context import Context, Request, context_of, of_resource
from factory.guardrails.exemptions import inside
from factory.guardrails.judge import judge
from factory.guardrails.levels import Level, Policy
from factory.guardrails.management import Effective, fold
from factory.guardrails.reasons import Reading, readings
from factory.guardrails.verdicts import DENIALS, Blocker, Outcome, Verdict


class Expected(StrEnum):
    """What a test may expect."""

    ALLOWED = "allowed"
    DENIED = "denied"
    EXPLICIT = "explicit-deny"
    IMPLICIT = "implicit-deny"
    DEPENDS = "depends"

    def fits(self, outcome: Outcome) -> bool:
        """Whether a verdict is what was expected."""
        return outcome in _FITTING[self]


_FITTING: Mapping[Expected, frozenset[Outcome]] = {
    Expected.ALLOWED: frozenset({Outcome.ALLOW, Outcome.NOT_APPLICABLE}),
    Expected.DENIED: DENIALS,
    Expected.EXPLICIT: frozenset({Outcome.EXPLICIT}),
    Expected.IMPLICIT: frozenset({Outcome.IMPLICIT}),
    Expected.DEPENDS: frozenset({Outcome.DEPENDS}),
}
DENYING = frozenset({Expected.DENIED, Expected.EXPLICIT, Expected.IMPLICIT})


@dataclass(frozen=True, slots=True)
class By:
    """Who is expected to deny; what is left out may be anything."""

    guardrail: str | None = None
    sid: str | None = None
    level: str | None = None

    def fits(self, blocker: Blocker) -> bool:
        """Whether this is what blocks."""
        wanted = ((self.guardrail, blocker.policy), (self.sid, blocker.sid), (self.level, blocker.level))
        return all(want is None or want == have for want, have in wanted)

    def __str__(self) -> str:
        parts = [f"statement {self.sid}"] if self.sid else []
        parts += [f"guardrail {self.guardrail}"] if self.guardrail else []
        at = f"{'what is ' if not parts else ''}at {self.level}" if self.level else ""
        return " ".join(filter(None, (" of ".join(parts), at)))


@dataclass(frozen=True)
class Written:
    """A test as it is written: its name, where it stands, and the guardrail in whose own file that is."""

    name: str
    source: Source
    guardrail: str | None = None


@dataclass(frozen=True)
class Trial:
    """One call, the levels that bind it, and what is expected. ``words`` say who does what where.

    ``on_nothing`` is true where the test names no resource: then a statement about certain resources leaves the verdict
    open, for nobody knows whether the call has such a resource.
    """

    test: Written
    words: str
    request: Request
    scp_levels: tuple[Level, ...]
    rcp_levels: tuple[Level, ...]
    expected: Expected
    by: tuple[By, ...] = ()
    on_nothing: bool = False

    @cached_property
    def action(self) -> str:
        """The action as statements compare it, in small letters."""
        return self.request.action.lower()

    @cached_property
    def contexts(self) -> tuple[tuple[str, Context], ...]:
        """Each resource with what the request has under each key."""
        context = context_of(self.request, *inside(self.request, self.scp_levels, self.rcp_levels))
        return tuple((resource, of_resource(context, resource)) for resource in self.request.resources)

    def verdict(self) -> Verdict:
        """What the judge says."""
        return judge(self.request, self.scp_levels, self.rcp_levels)

    def readings(self) -> list[Reading]:
        """How every statement about the action reads on this call."""
        return readings(self.request, self.scp_levels, self.rcp_levels)

    def passes(self, verdict: Verdict) -> bool:
        """Whether it came out as expected."""
        if not self.expected.fits(verdict.verdict):
            return False
        if self.by:
            blockers = (*verdict.scp.blocked_by, *verdict.rcp.blocked_by)
            return all(any(by.fits(each) for each in blockers) for by in self.by)
        return not (self.on_nothing and self.expected is Expected.ALLOWED and self.untold())

    def untold(self) -> list[Reading]:
        """Statements that would deny the call on a certain resource, where none is named."""
        denying = [each for level in (*self.scp_levels, *self.rcp_levels) for _, each in level.about(self.action)[0]]
        if not self.on_nothing or all(each.resources.everything for each in denying):
            return []
        return [each for each in self.readings() if each.denies and each.only_resource]


@dataclass(frozen=True)
class EffectiveTrial:
    """What an effective management policy shall hold: at ``path`` the ``value``, or nothing if that is ``None``.

    ``levels`` are nodes with their policies, names and documents, from the root down.
    """

    test: Written
    words: str
    policy_type: str
    levels: tuple[tuple[str, tuple[tuple[str, Mapping[str, Any]], ...]], ...] = field(hash=False)
    path: str = ""
    value: Any = field(default=None, hash=False)

    def effective(self) -> Effective:
        """The policies folded."""
        return fold(self.levels, self.policy_type)

    def passes(self, effective: Effective) -> bool:
        """Whether the value is the expected one, and certain."""
        return not effective.conflicts and not effective.faults and same(at(effective.document, self.path), self.value)


@dataclass(frozen=True)
class Subject:
    """A guardrail that is tested: its name, type, document, and where each part of that is written."""

    name: str
    type: str
    document: Mapping[str, Any] = field(hash=False)
    where: Callable[..., Source] = field(repr=False, compare=False)

    @cached_property
    def policy(self) -> Policy:
        """The guardrail as the judge takes it."""
        return Policy(self.name, self.document)

    def path(self, index: int) -> tuple[str | int, ...]:
        """Where in the document a statement stands; a single one may stand without a list."""
        return ("Statement", index) if isinstance(self.document.get("Statement"), list) else ("Statement",)

    def statement(self, index: int) -> Source:
        """Where a statement is written."""
        return self.where(*self.path(index))


@dataclass(frozen=True)
class Suite:
    """Everything to be tried: the guardrails by name, and the trials of all tests."""

    subjects: Mapping[str, Subject] = field(default_factory=dict)
    trials: tuple[Trial, ...] = ()
    effects: tuple[EffectiveTrial, ...] = ()

    @property
    def size(self) -> int:
        """How many trials there are."""
        return len(self.trials) + len(self.effects)

    def place(self, policy: str, index: int) -> Source | None:
        """Where a statement is written; ``None`` for what is AWS's own."""
        found = self.subjects.get(policy)
        return found.statement(index) if found else None


@dataclass(frozen=True)
class Result:
    """What became of a trial: it ``passed``, or ``lines`` say why not."""

    test: Written
    words: str
    passed: bool
    verdict: Verdict | None = None
    lines: tuple[str, ...] = ()


def same(have: Any, want: Any) -> bool:
    """Whether a value is the wanted one: numbers and truths as their texts, lists in any order."""
    return bool(_plain(have) == _plain(want))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return sorted((_plain(each) for each in value), key=canonical)
    return None if value is None else texts(value)[0]


def at(document: Any, path: str) -> Any:
    """The value at a path such as ``services.default.opt_out_policy``, whose keys may hold dots; ``None``: nothing."""
    if not path:
        return document
    if not isinstance(document, Mapping):
        return None
    parts: Sequence[str] = path.split(".")
    for length in range(len(parts), 0, -1):
        key = ".".join(parts[:length])
        if key in document and (found := at(document[key], ".".join(parts[length:]))) is not None:
            return found
    return None
