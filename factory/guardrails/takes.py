"""What a plan takes away and gives: verdicts before and after, for all accounts, compressed to a few sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from factory.core.address import ROOT, Address, ancestry
from factory.core.rights import Bound, Direction, Rights, Shift
from factory.guardrails.boxes import Box, boxes, clashes, flipped
from factory.guardrails.chains import Chains, Pair
from factory.guardrails.gains_losses import Table, tables
from factory.guardrails.witnesses import EVERY_ACTION, holds
from factory.guardrails.wording import sentence

_NAMED = 3
"""So many accounts are named in a sentence; more are counted."""


@dataclass(frozen=True, order=True)
class Change:
    """A loss or gain, whoever's: what sentences with several accounts have in common."""

    direction: Direction
    policy_type: str
    actions: tuple[str, ...]
    but: tuple[str, ...] = ()
    bounds: tuple[Bound, ...] = ()
    keys: tuple[str, ...] = ()


def taken(chains: Chains) -> Rights:
    """All losses and gains; accounts with the same ones are told together."""
    pairs, count = chains.pairs()
    organization = chains.before.case.snapshot.identity.organization
    found: dict[Change, set[Address]] = {}
    for pair, accounts in pairs.items():
        for change in changes(pair, organization):
            found.setdefault(change, set()).update(accounts)
    crowd = _Crowd.of(chains)
    ordered = sorted(found.items(), key=lambda each: (each[0], sorted(each[1])))
    return Rights(count, tuple(_shift(change, tuple(sorted(accounts)), crowd) for change, accounts in ordered))


@lru_cache(maxsize=1024)
def changes(pair: Pair, organization: str) -> tuple[Change, ...]:
    """The losses and gains of one account, or of all with the same guards."""
    found = tables(pair, organization)
    made = [change for direction in Direction for change in _in_one_direction(direction, pair.policy_type, found)]
    for direction, names in (
        (Direction.LOSS, pair.after.unread - pair.before.unread),
        (Direction.GAIN, pair.before.unread - pair.after.unread),
    ):
        unread = tuple(f"the document of guardrail:{name}, which could not be read" for name in sorted(names))
        made += [Change(direction, pair.policy_type, (EVERY_ACTION,), keys=unread)] if unread else []
    return tuple(made)


def _in_one_direction(direction: Direction, policy_type: str, found: Sequence[Table]) -> Iterator[Change]:
    groups: dict[Box, list[Table]] = {}
    for table in found:
        if table.grid.flips:
            for box in boxes(table.grid, direction):
                groups.setdefault(box, []).append(table)
    told: list[tuple[Box, list[str], list[str]]] = []
    for box, members in groups.items():
        actions = _widest([table.candidate.pattern for table in members])
        but = _widest(
            table.candidate.pattern
            for table in found
            if clashes(table.grid, box, direction) and any(holds(each, table.candidate.pattern) for each in actions)
        )
        told.append((box, actions, but))
    by_pattern = {table.candidate.pattern: table for table in found}
    for box, actions, but in told:
        news = [
            each
            for each in actions
            if not any(_said(by_pattern[each], direction, *other) for other in told if other[0] != box)
        ]
        if news:
            inside = [each for each in but if any(holds(wide, each) for wide in news)]
            yield Change(direction, policy_type, tuple(news), tuple(inside), box.bounds, box.keys)


def _said(table: Table, direction: Direction, box: Box, actions: Sequence[str], but: Sequence[str]) -> bool:
    """Whether a sentence about wider actions says all that is to be said of this one."""
    pattern = table.candidate.pattern
    if box.keys or pattern in actions or not any(holds(each, pattern) for each in actions):
        return False
    if any(holds(each, pattern) for each in but):
        return False
    values = dict(box.values)
    return all(
        all(dict(row.labels).get(bound.of) in values[bound.of] for bound in box.bounds)
        for row in table.grid.rows
        if flipped(row, direction)
    )


def _widest(patterns: Iterable[str]) -> list[str]:
    """The patterns that lie inside no other."""
    found = sorted(set(patterns))
    return [
        each
        for each in found
        if not any(
            other != each and holds(other, each) and not (holds(each, other) and each < other) for other in found
        )
    ]


@dataclass(frozen=True)
class _Crowd:
    """Where all the accounts are that policies bind: to say how many of those under a unit are meant."""

    homes: Mapping[Address, tuple[Address, ...]]
    under: Mapping[Address, int]

    @classmethod
    def of(cls, chains: Chains) -> _Crowd:
        homes = {will.address: ancestry(Address.parse(str(will.attrs["parent"]))) for _, will in chains.kept()}
        under: dict[Address, int] = {}
        for chain in homes.values():
            for node in chain:
                under[node] = under.get(node, 0) + 1
        return cls(homes, under)

    def words(self, accounts: Sequence[Address]) -> str:
        """``account web``; ``14 accounts under workloads``, or ``14 of 20 accounts ...`` where others are there too."""
        if len(accounts) <= _NAMED:
            return f"account{'s' * (len(accounts) > 1)} {', '.join(each.name for each in accounts)}"
        common = set(self.homes[accounts[0]]).intersection(*(self.homes[each] for each in accounts))
        node = max(common, key=lambda each: len(ancestry(each)))
        share = f"{len(accounts)}" if len(accounts) == self.under[node] else f"{len(accounts)} of {self.under[node]}"
        if node == ROOT:
            return f"all {share} accounts" if " " not in share else f"{share} accounts"
        return f"{share} accounts under {node.name}"


def _shift(change: Change, accounts: tuple[Address, ...], crowd: _Crowd) -> Shift:
    words = sentence(
        crowd.words(accounts),
        len(accounts) > 1,
        change.direction,
        change.policy_type,
        change.actions,
        change.but,
        change.bounds,
        change.keys,
    )
    return Shift(
        change.direction,
        change.policy_type,
        accounts,
        words,
        change.actions,
        change.but,
        change.bounds,
        change.keys,
    )
