"""Narrow before widen: the order in which attachments, policies and moves change so that no guard is down.

The invariant: at every step, what a principal of an existing account may do was allowed before the plan or
will be allowed after it. Statements are compared as opaque wholes, so the order errs on the safe side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from factory.core.address import Address, ancestry
from factory.core.change import Action, Change
from factory.core.order import tangles
from factory.guardrails.reach import Effect, Resources, Side, Step, steps, together

Pairs = set[tuple[Address, Address]]
"""(later, earlier): the first waits for the second."""


@dataclass(frozen=True)
class Conflict:
    """No order keeps the invariant: on which node, and why."""

    node: Address
    reason: str


@dataclass(frozen=True)
class _Route:
    """How an account's chain of nodes changes: ``move`` is the change that moves it, if one does."""

    before: frozenset[Address]
    after: frozenset[Address]
    move: Address | None = None


def sequence(
    changes: Sequence[Change],
    before: Resources,
    after: Resources,
    structural: Mapping[Address, frozenset[Address]],
    *,
    slots: Mapping[str, int],
    exempt: frozenset[Address] = frozenset(),
) -> tuple[dict[Address, set[Address]], tuple[Conflict, ...]]:
    """What each change must wait for beyond ``structural``, and the conflicts that no order solves.

    ``slots``: attachments a node takes, by policy type. ``exempt``: accounts that policies do not bind (the
    management account). The result never holds a circle: where there is a conflict the rule gives way, and
    the caller refuses the plan or accepts the gap.
    """
    old, new = Side.of(before), Side.of(after)
    all_steps = steps(changes, old, new)
    swaps, conflicts = _swaps(all_steps, old, slots)
    guards: Pairs = set()
    effective = [step for step in all_steps if step.effects]
    touched = frozenset(node for step in effective for node in step.effects)
    for route in _routes(changes, before, after, exempt, touched):
        guards |= _along(route, effective, old, new)
    for change in changes:
        if change.action is Action.CREATE and change.address.kind == "account":
            chain = frozenset(ancestry(Address.parse(str(change.resource.attrs["parent"]))))
            # Whatever a policy turns out to say: an account is not made before all that shall guard it is attached.
            guards |= {(change.address, s.address) for s in all_steps if _arming(s, chain) or s.attaches_to(chain)}
    rewrites = {step.address for step in all_steps if step.rewrites}
    swaps |= {(step.address, step.policy) for step in all_steps if step.attaches and step.policy in rewrites}
    guards -= {(earlier, later) for later, earlier in swaps}
    nodes_of = {s.address: frozenset(s.effects) for s in all_steps}
    guards, tangled = _untangle(structural, swaps, guards, nodes_of)
    waits: dict[Address, set[Address]] = {}
    for later, earlier in swaps | guards:
        waits.setdefault(later, set()).add(earlier)
    return waits, (*conflicts, *tangled)


def _swaps(all_steps: list[Step], old: Side, slots: Mapping[str, int]) -> tuple[Pairs, list[Conflict]]:
    """On one node and policy type, attach before detach; on a full node as many detach first as must."""
    groups: dict[tuple[Address, str], tuple[list[Step], list[Step]]] = {}
    for step in all_steps:
        if step.attaches or step.detaches:
            node = Address.parse(str(step.change.resource.attrs["target"]))
            policy_type = str(step.change.resource.attrs["type"])
            groups.setdefault((node, policy_type), ([], []))[step.detaches].append(step)
    pairs: Pairs = set()
    conflicts: list[Conflict] = []
    for (node, policy_type), (attaching, detaching) in sorted(groups.items()):
        if not attaching or not detaching:
            continue
        taken, size = len(old.attached(node, policy_type)), slots.get(policy_type)
        if size is None or taken + len(attaching) <= size:
            pairs |= {(d.address, a.address) for d in detaching for a in attaching}
            continue
        reason = (
            f"{node} has {taken} of {size} slots for {policy_type} taken, so something must be detached "
            f"before all {len(attaching)} new ones are attached"
        )
        conflicts.append(Conflict(node, reason))
        line: list[Step] = []
        coming, going = list(attaching), list(detaching)
        while coming:
            line.append(coming.pop(0) if taken < size or not going else going.pop(0))
            taken += 1 if line[-1].attaches else -1
        line += going
        pairs |= {(later.address, earlier.address) for earlier, later in pairwise(line)}
    return pairs, conflicts


def _routes(
    changes: Iterable[Change],
    before: Resources,
    after: Resources,
    exempt: frozenset[Address],
    touched: frozenset[Address],
) -> set[_Route]:
    """The routes of all existing accounts; accounts that stay under the same touched nodes share one."""
    moving = {c.address for c in changes if c.address.kind == "account" and c.before and c.after}
    found = set()
    for address, have in before.items():
        if address.kind != "account" or address in exempt:
            continue
        source = Address.parse(str(have.attrs["parent"]))
        target = Address.parse(str(after[address].attrs["parent"])) if address in moving else source
        route = [frozenset((*ancestry(place), address)) for place in (source, target)]
        if source == target:
            found.add(_Route(route[0] & touched, route[0] & touched))
        else:
            found.add(_Route(route[0], route[1], address))
    return found


def _arming(step: Step, nodes: Iterable[Address]) -> bool:
    """Whether the step must be done before an account comes under these nodes: all but lifting a denial."""
    touched = [step.effects[n] for n in nodes if n in step.effects]
    return any(e.narrow or (e.widen and not step.detaches) for e in touched)


def _along(route: _Route, all_steps: list[Step], old: Side, new: Side) -> Pairs:
    """The waits that keep the invariant for one account, or for all that share its unmoving chain."""
    left, entered = route.before - route.after, route.after - route.before
    kept = route.before & route.after
    common: list[tuple[Step, Effect]] = []
    rewritten: set[Address] = set()
    pairs: Pairs = set()
    for step in all_steps:
        on_both = step.rewrites and _held(old, left, step.policy) and _held(old, entered, step.policy)
        on_both = on_both and _held(new, entered, step.policy)
        if on_both:
            rewritten.add(step.policy)
        effect = step.at(kept | left | entered if on_both else kept)
        if effect != Effect():
            common.append((step, effect))
        if route.move and not on_both:
            if _arming(step, entered):
                pairs.add((route.move, step.address))
            if step.at(left).widen:
                pairs.add((step.address, route.move))
    if route.move:
        moved = _move_effect(left, entered, old, new, rewritten)
        pairs |= {(s.address, route.move) for s, e in common if moved.narrow and e.widen}
        pairs |= {(route.move, s.address) for s, e in common if moved.widen and e.narrow}
    for earlier, taking in common:
        if taking.narrow:
            pairs |= {(s.address, earlier.address) for s, e in common if e.widen and s is not earlier}
    return pairs


def _held(side: Side, nodes: Iterable[Address], policy: Address) -> bool:
    return any(policy in side.on.get(node, ()) for node in nodes)


def _move_effect(
    left: frozenset[Address], entered: frozenset[Address], old: Side, new: Side, rewritten: set[Address]
) -> Effect:
    """What an account loses and gains by moving, from the nodes it leaves and enters.

    A policy that sits on both sides is met in the same version, so both versions are looked at.
    """
    total = Effect()
    for shared in (old, new) if rewritten else (new,):

        def levels(
            nodes: frozenset[Address], side: Side, shared: Side = shared
        ) -> tuple[frozenset[str], set[frozenset[str]]]:
            denied: set[str] = set()
            lists: set[frozenset[str]] = set()
            for node in nodes:
                policies = side.on.get(node, set())
                denies, allows = together((shared if p in rewritten else side).says(p) for p in policies)
                denied |= denies
                if allows is not None:
                    lists.add(allows)
            return frozenset(denied), lists

        old_denies, old_lists = levels(left, old)
        new_denies, new_lists = levels(entered, new)
        total |= Effect(
            narrow=not new_denies <= old_denies or not new_lists <= old_lists,
            widen=not old_denies <= new_denies or not old_lists <= new_lists,
        )
    return total


def _untangle(
    structural: Mapping[Address, frozenset[Address]],
    swaps: Pairs,
    guards: Pairs,
    nodes_of: Mapping[Address, frozenset[Address]],
) -> tuple[Pairs, list[Conflict]]:
    """Drop the waits that run in circles; each is a conflict on every node where a dropped wait kept guard."""
    conflicts: list[Conflict] = []
    while True:
        waits: dict[Address, set[Address]] = {a: set(others) for a, others in structural.items()}
        for later, earlier in swaps | guards:
            waits.setdefault(later, set()).add(earlier)
        circles = tangles({a: frozenset(others) for a, others in waits.items()})
        if not circles:
            return guards, conflicts
        for circle in circles:
            inside = {pair for pair in guards if pair[0] in circle and pair[1] in circle}
            if not inside:
                raise ValueError(f"these changes need each other: {', '.join(map(str, sorted(circle)))}")
            touched = sorted({n for a in circle for n in nodes_of.get(a, ())}, key=lambda n: (-len(str(n)), n))
            node = touched[0]
            dropped = {
                (later, earlier)
                for later, earlier in inside
                if node in nodes_of.get(later, frozenset()) | nodes_of.get(earlier, frozenset())
            } or inside
            guards -= dropped
            names = ", ".join(map(str, sorted(circle)[:6])) + (" ..." if len(circle) > 6 else "")
            reason = f"no order of {names} keeps every account within what it had or will have"
            given_up = {n for pair in dropped for n in _exposed(*(nodes_of.get(a, frozenset()) for a in pair))}
            conflicts += [Conflict(n, reason) for n in sorted(given_up)]


def _exposed(later: frozenset[Address], earlier: frozenset[Address]) -> frozenset[Address]:
    """The nodes below which two steps meet: there the guard may be down if their order is given up."""
    below = {
        max(one, other, key=lambda n: len(ancestry(n)) if n.kind != "account" else 99)
        for one in later
        for other in earlier
        if one == other or _above(one, other) or _above(other, one)
    }
    return frozenset(below) or later | earlier


def _above(one: Address, other: Address) -> bool:
    return one.kind == "root" or (one.kind == "ou" and other.kind == "ou" and one in ancestry(other))
