"""Safety rules: each looks at a plan and says no, with what it saw and the way out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from factory.core.address import Address
from factory.core.change import Action, Change, Refusal
from factory.core.diff import Desired, Traits
from factory.core.limits import Limits
from factory.core.listing import some
from factory.core.resource import Resource, Snapshot
from factory.core.rights import Direction, Rights


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person has agreed to on the command line, by name.

    ``close``: accounts that may be closed. ``gap``: nodes that may be without guard for a moment, ``root`` or
    an OU path or ``account:NAME``. ``allow``: ids of rules that are switched off for this run. ``no_weaken`` is no
    agreement but a demand: nobody gains any right.
    """

    close: frozenset[str] = frozenset()
    gap: frozenset[str] = frozenset()
    allow: frozenset[str] = frozenset()
    no_weaken: bool = False

    def accepts_gap(self, node: Address) -> bool:
        """Whether a gap on this node was agreed to, by its address or, for a unit, by its bare path."""
        names = {str(node), node.name} if node.kind == "ou" else {str(node)}
        return bool(names & self.gap)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How much one run may change; the one place of the defaults, overridable under ``safety:``."""

    max_moves: int = 10
    max_changed_percent: int = 30
    min_count: int = 10
    protected: tuple[str, ...] = ()
    always_allowed: tuple[str, ...] = ("stacksets-exec-*", "break-glass")

    def exceeded(self, changed: int, existing: int) -> bool:
        """Whether so many are too large a share of what there is; of a few, all may change."""
        return existing >= self.min_count and changed * 100 > existing * self.max_changed_percent


@dataclass(frozen=True)
class Case:
    """What the rules judge: what is wanted, what exists, the changes between, and what was agreed to."""

    desired: Desired
    snapshot: Snapshot
    changes: Sequence[Change]
    instance: str
    limits: Limits
    traits: Mapping[str, Traits]
    thresholds: Thresholds = field(default_factory=Thresholds)
    consent: Consent = field(default_factory=Consent)

    def outcome(self) -> dict[Address, Resource]:
        """What exists once all changes are done: what is deleted takes its parts along."""
        gone = {change.address for change in self.changes if change.after is None}
        staying = {a: r for a, r in self.snapshot.resources.items() if not {a, r.part_of} & gone}
        return staying | {change.address: change.after for change in self.changes if change.after}


"""So many accounts are named in a message."""

Rule = Callable[[Case], Iterable[Refusal]]
SMALLER_STEPS = "apply in smaller steps, raise the limit under safety: in organization.yaml, or --allow mass-change"
"""The way out where too much would change at once."""

SWITCHABLE = ("mass-change", "management-account", "protected-account")
"""Rules that ``--allow`` can switch off; the others have their way out in the files or a flag of their own."""


def refusals(case: Case, rules: Iterable[Rule]) -> tuple[Refusal, ...]:
    """All refusals of all rules but those switched off, sorted; only ``SWITCHABLE`` ones can be."""
    off = case.consent.allow.intersection(SWITCHABLE)
    found = {refusal for rule in rules for refusal in rule(case) if refusal.rule not in off}
    return tuple(sorted(found, key=lambda r: (r.rule, str(r.address), r.message)))


def deletion_in_gap(case: Case) -> Iterable[Refusal]:
    """Nothing is deleted in a kind that could not be read whole: what is missing may still be wanted."""
    for change in case.changes:
        gap = case.snapshot.gap(change.address.kind)
        if change.address.kind == "guardrail":
            gap = gap or case.snapshot.gap("attachment")
        if change.action is Action.DELETE and gap:
            yield Refusal(
                "deletion-in-gap",
                f"{change.address} would be removed, but {gap.kind} could not be read whole: {gap.reason}",
                "give the caller the missing right, or run again when AWS answers",
                change.address,
            )


def blind_change(case: Case) -> Iterable[Refusal]:
    """Without knowing what is attached where, no order can be trusted to keep the guard of moved or new accounts."""
    gap = case.snapshot.gap("attachment") or case.snapshot.gap("guardrail")
    for change in case.changes:
        rewrites = change.address.kind == "guardrail" and change.action in (Action.UPDATE, Action.ADOPT)
        makes = change.address.kind == "account" and change.action is Action.CREATE
        if gap and (
            makes or _moves(change, case.traits) or (rewrites and any(f.name == "content" for f in change.fields()))
        ):
            yield Refusal(
                "blind-change",
                f"{change.verb} {change.address}: {gap.kind} could not be read whole, so what it does to the guard is "
                f"unknown: {gap.reason}",
                "give the caller the missing right, or run again when AWS answers",
                change.address,
                change.source,
            )


def mass_change(case: Case) -> Iterable[Refusal]:
    """Not too much at once: a share of a kind, or a number of account moves. Creation and adoption are free."""
    limit = case.thresholds
    for kind in sorted({change.address.kind for change in case.changes}):
        existing = sum(1 for a, r in case.snapshot.resources.items() if a.kind == kind and r.owned and r.counted)
        changed = [
            c
            for c in case.changes
            if c.address.kind == kind and c.before and c.before.counted and c.action is not Action.ADOPT
        ]
        if case.traits[kind].counted and limit.exceeded(len(changed), existing):
            yield Refusal(
                "mass-change",
                f"{len(changed)} of {existing} resources of kind {kind} would be changed or removed, more than "
                f"{limit.max_changed_percent} %",
                SMALLER_STEPS,
            )
    moves = sum(1 for change in case.changes if _moves(change, case.traits))
    if moves > limit.max_moves:
        yield Refusal("mass-change", f"{moves} accounts would move, more than {limit.max_moves}", SMALLER_STEPS)


def _moves(change: Change, traits: Mapping[str, Traits]) -> bool:
    placed_by = traits[change.address.kind].placed_by
    if placed_by is None or not change.before or not change.after:
        return False
    return change.before.attrs.get(placed_by) != change.after.attrs.get(placed_by)


def management_account(case: Case) -> Iterable[Refusal]:
    """The management account is not moved, renamed, closed or tagged, and nothing is attached to it, by chance."""
    for change in case.changes:
        target = change.resource.part_of or change.address
        resource = case.snapshot.resources.get(target)
        if resource is not None and resource.id == case.snapshot.identity.management_account:
            yield Refusal(
                "management-account",
                f"{change.verb} {change.address} would touch the management account {resource.label}".rstrip(),
                "take it out of the files, or --allow management-account if it is meant",
                change.address,
                change.source,
            )


def foreign_owner(case: Case) -> Iterable[Refusal]:
    """What another instance of the factory manages is not taken over."""
    for change in case.changes:
        if change.before and change.before.owner not in (None, case.instance):
            yield Refusal(
                "foreign-owner",
                f"{change.address} is managed by the instance {change.before.owner!r}, not {case.instance!r}",
                "take it out of these files, or remove the tag factory:managed from it first",
                change.address,
                change.source,
            )


def no_weaken(consent: Consent, rights: Rights) -> Iterable[Refusal]:
    """Where that is demanded, no account gains any right, be it under a condition."""
    for shift in rights.of(Direction.GAIN) if consent.no_weaken else ():
        names = [address.name for address in shift.accounts]
        listed = f" ({some(names)})" if any(name not in shift.sentence for name in names) else ""
        yield Refusal(
            "no-weaken",
            f"{shift.sentence}{listed}",
            "keep what denies it now, or leave --no-weaken out if the gain is meant",
            shift.accounts[0] if len(names) == 1 else None,
        )


RULES: tuple[Rule, ...] = (deletion_in_gap, blind_change, mass_change, management_account, foreign_owner)
