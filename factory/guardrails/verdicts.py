"""What the judge says of a request, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What the judge says."""

    ALLOW = "allow"
    EXPLICIT = "explicit-deny"
    IMPLICIT = "implicit-deny"
    NOT_APPLICABLE = "not-applicable"
    DEPENDS = "depends"


DENIALS = frozenset({Outcome.EXPLICIT, Outcome.IMPLICIT})


@dataclass(frozen=True, slots=True)
class Met:
    """A condition that matched: how it is written, and what the request has (``None``: nobody knows)."""

    operator: str
    key: str
    values: tuple[str, ...]
    given: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Blocker:
    """What blocks a request, or may: a statement; or a level at which none allows, and then it has no policy.

    ``unknown``: the keys on which it depends; empty for what surely blocks.
    """

    kind: str
    level: str
    resource: str
    policy: str | None = None
    sid: str | None = None
    statement: int | None = None
    effect: str | None = None
    conditions: tuple[Met, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict of the policies of one type.

    ``possible``: the verdicts that the unknown keys leave open, more than one where it ``depends``, on the keys
    ``depends_on``. ``missing``: keys that statements about this action and resource ask for, and nobody gave.
    """

    verdict: Outcome
    reason: str = ""
    blocked_by: tuple[Blocker, ...] = ()
    undecided: tuple[Blocker, ...] = ()
    possible: tuple[Outcome, ...] = ()
    depends_on: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdicts of SCPs and RCPs, and of both together."""

    verdict: Outcome
    scp: Finding
    rcp: Finding

    @property
    def missing(self) -> tuple[str, ...]:
        """Keys that were asked for and that nobody gave."""
        return tuple(sorted({*self.scp.missing, *self.rcp.missing}, key=str.lower))

    @property
    def depends_on(self) -> tuple[str, ...]:
        """The keys on which the whole verdict depends; none unless it does."""
        if self.verdict is not Outcome.DEPENDS:
            return ()
        return tuple(sorted({*self.scp.depends_on, *self.rcp.depends_on}, key=str.lower))

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth knowing of both, each once."""
        return tuple(dict.fromkeys((*self.scp.notes, *self.rcp.notes)))
