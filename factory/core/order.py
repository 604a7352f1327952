"""The order of changes: build before use, let go before removal, and whatever a judge adds to that."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence

from factory.core.address import Address
from factory.core.change import Action, Change
from factory.core.diff import Traits

Waits = Mapping[Address, frozenset[Address]]


def build_before_use(changes: Sequence[Change], traits: Mapping[str, Traits]) -> dict[Address, set[Address]]:
    """A change waits for the changes of everything its ``after`` needs.

    A node that exists can be used while it is renamed or moved, so only its creation is waited for.
    """
    building = {
        change.address
        for change in changes
        if change.after and (change.before is None or not traits[change.address.kind].usable_as_is)
    }
    return {
        change.address: set((change.after.needs & building) - {change.address}) for change in changes if change.after
    }


def let_go_before_removal(changes: Sequence[Change]) -> dict[Address, set[Address]]:
    """A deletion waits for every change whose ``before`` needs the thing deleted."""
    waits: dict[Address, set[Address]] = {c.address: set() for c in changes if c.action is Action.DELETE}
    for change in changes:
        held = (change.before.needs if change.before else frozenset()) | change.releases
        for need in held:
            if need in waits and need != change.address:
                waits[need].add(change.address)
    return waits


def foreseen(changes: Sequence[Change]) -> dict[Address, frozenset[Address]]:
    """A change waits for those that a kind has put before it."""
    present = {change.address for change in changes}
    return {change.address: change.waits & present for change in changes if change.waits}


def combine(*parts: Mapping[Address, Iterable[Address]]) -> dict[Address, frozenset[Address]]:
    """The union of several wait relations."""
    waits: dict[Address, set[Address]] = {}
    for part in parts:
        for address, others in part.items():
            waits.setdefault(address, set()).update(others)
    return {address: frozenset(others - {address}) for address, others in waits.items()}


def arrange(changes: Sequence[Change], waits: Waits, kinds: Sequence[str]) -> tuple[Change, ...]:
    """Sort changes so that each comes after all it waits for; otherwise by kind, then address.

    Raises ``ValueError`` naming the addresses of a cycle; `tangles` finds cycles beforehand.
    """
    rank = {kind: position for position, kind in enumerate(kinds)}
    by_address = {change.address: change for change in changes}
    missing = {a: set(waits.get(a, ())) & by_address.keys() for a in by_address}
    dependents: dict[Address, list[Address]] = {}
    for address, others in missing.items():
        for other in others:
            dependents.setdefault(other, []).append(address)

    def key(address: Address) -> tuple[bool, int, Address]:
        change = by_address[address]
        removing = change.action is Action.DELETE
        position = rank.get(address.kind, len(rank))
        return removing, -position if removing else position, address

    ready = [key(a) for a, others in missing.items() if not others]
    heapq.heapify(ready)
    ordered: list[Change] = []
    while ready:
        address = heapq.heappop(ready)[2]
        ordered.append(by_address[address])
        for dependent in dependents.get(address, ()):
            missing[dependent].discard(address)
            if not missing[dependent]:
                heapq.heappush(ready, key(dependent))
    if len(ordered) < len(changes):
        stuck = sorted(str(a) for a in by_address if a not in {c.address for c in ordered})
        raise ValueError(f"these changes wait for each other: {', '.join(stuck)}")
    return tuple(ordered)


def tangles(waits: Waits) -> list[frozenset[Address]]:
    """Groups of addresses that wait for each other in a circle (strongly connected components, Tarjan)."""
    index: dict[Address, int] = {}
    low: dict[Address, int] = {}
    stack: list[Address] = []
    on_stack: set[Address] = set()
    found: list[frozenset[Address]] = []
    for start in sorted(waits):
        if start in index:
            continue
        work = [(start, iter(sorted(waits.get(start, ()))))]
        index[start] = low[start] = len(index)
        stack.append(start)
        on_stack.add(start)
        while work:
            address, successors = work[-1]
            for successor in successors:
                if successor not in index:
                    index[successor] = low[successor] = len(index)
                    stack.append(successor)
                    on_stack.add(successor)
                    work.append((successor, iter(sorted(waits.get(successor, ())))))
                    break
                if successor in on_stack:
                    low[address] = min(low[address], index[successor])
            else:
                work.pop()
                if work:
                    above = work[-1][0]
                    low[above] = min(low[above], low[address])
                if low[address] == index[address]:
                    group = set()
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        group.add(member)
                        if member == address:
                            break
                    if len(group) > 1:
                        found.append(frozenset(group))
    return found
