"""The difference between what is wanted and what exists, by dictionary comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from factory.core.address import Address
from factory.core.change import Action, Change, Notice
from factory.core.listing import some
from factory.core.resource import Resource, Snapshot, Value

Desired = Mapping[Address, Resource]


@dataclass(frozen=True)
class Traits:
    """What the diff must know of a kind.

    ``tagged``: it carries our tag once it is ours, so what exists without it is adopted first.
    ``removable``: what is ours and gone from the files is deleted. ``fixed``: attributes that AWS lets be set
    at creation only. ``placed_by``: the attribute whose change makes an update a move. ``begins_as``: values that
    AWS shows while a creation is not finished. ``ends_as``: the attribute and value that mean the end of the
    thing. ``usable_as_is``: once it exists, others need not wait for changes to it. ``counted``: a share of it is what
    a mass change is measured by. ``verbs``: the words people read for the actions.
    """

    removable: bool = False
    fixed: frozenset[str] = frozenset()
    placed_by: str | None = None
    begins_as: Mapping[str, Value] = field(default_factory=dict)
    ends_as: tuple[str, Value] | None = None
    tagged: bool = False
    usable_as_is: bool = False
    counted: bool = True
    verbs: Mapping[Action, str] = field(default_factory=dict)

    def verb(self, action: Action) -> str:
        """The word for this action."""
        return self.verbs.get(action, str(action))


def diff(
    desired: Desired, snapshot: Snapshot, traits: Mapping[str, Traits]
) -> tuple[tuple[Change, ...], tuple[Notice, ...]]:
    """Compare; the changes come sorted by address, with a notice for each deletion that has to wait."""
    changes = [
        change
        for address in sorted(desired)
        if (change := _compare(desired[address], snapshot.resources.get(address), traits[address.kind]))
    ]
    deletions, notices = _deletions(desired, snapshot, traits)
    return (*changes, *deletions), notices


def _compare(want: Resource, have: Resource | None, traits: Traits) -> Change | None:
    if have is None:
        reason = "declared, does not exist yet"
        return Change(Action.CREATE, traits.verb(Action.CREATE), None, want, reason)
    merged = replace(
        want,
        attrs={**have.attrs, **{k: v for k, v in want.attrs.items() if k not in traits.fixed}},
        id=have.id,
        label=want.label or have.label,
    )
    differing = sorted(k for k, v in merged.attrs.items() if have.attrs.get(k) != v)
    if traits.ends_as and traits.ends_as in want.attrs.items() and differing:
        action, reason = Action.CLOSE, "the file says so"
    elif traits.tagged and not have.owned:
        whose = f"carries the tag of the instance {have.owner}" if have.owner else "does not carry our tag yet"
        action, reason = Action.ADOPT, f"exists and is declared, but {whose}"
    elif not differing:
        return None
    elif traits.placed_by in differing:
        action, reason = Action.MOVE, f"in {have.attrs.get(traits.placed_by or '')} in AWS, the file puts it elsewhere"
    else:
        action, reason = Action.UPDATE, "differs from the file: " + ", ".join(differing)
    return Change(action, traits.verb(action), have, merged, reason)


def _deletions(
    desired: Desired, snapshot: Snapshot, traits: Mapping[str, Traits]
) -> tuple[tuple[Change, ...], tuple[Notice, ...]]:
    """Deletions of what is ours, gone from the files, and needed by nothing that stays."""
    existing = snapshot.resources

    def declared(resource: Resource) -> bool:
        """A part goes only where its whole is declared: nothing is stripped from what is unmanaged."""
        whole = resource.part_of
        return whole is None or whole in desired or whole.kind == "root"

    candidates = {
        address
        for address, have in existing.items()
        if address not in desired and have.owned and traits[address.kind].removable and declared(have)
    }
    holders: dict[Address, set[Address]] = {}
    while True:
        staying = [
            resource
            for resource in (desired.get(a) or have for a, have in existing.items() if a not in candidates)
            if resource.address in desired or resource.part_of not in candidates
        ]
        held: dict[Address, set[Address]] = {}
        for resource in (*staying, *(want for a, want in desired.items() if a not in existing)):
            for need in resource.needs & candidates:
                # A part does not hold its own whole: AWS deletes attachments together with their unit.
                if need != resource.part_of:
                    held.setdefault(need, set()).add(resource.address)
        if not held:
            break
        candidates -= held.keys()
        holders.update(held)
    parts: dict[Address, list[Resource]] = {}
    for address, have in sorted(existing.items()) if candidates else ():
        if have.part_of in candidates and address not in desired:
            parts.setdefault(have.part_of, []).append(have)
    changes = tuple(_deletion(existing[a], parts.get(a, []), traits[a.kind]) for a in sorted(candidates))
    notices = tuple(
        Notice("kept", _kept(address, sorted(by), snapshot), address) for address, by in sorted(holders.items())
    )
    return changes, notices


def _deletion(have: Resource, parts: list[Resource], traits: Traits) -> Change:
    return Change(
        Action.DELETE,
        traits.verb(Action.DELETE),
        have,
        None,
        "ours, gone from the files",
        effects=tuple(f"AWS removes {part.address} with it" for part in parts),
        releases=frozenset().union(*(part.needs for part in parts)) - {have.address},
    )


def _kept(address: Address, by: list[Address], snapshot: Snapshot) -> str:
    def name(holder: Address) -> str:
        state = snapshot.health.get(holder)
        label = snapshot.resources[holder].label if holder in snapshot.resources else ""
        words = [w for w in (label, state and f"{state}, AWS drops it up to 90 days after closing") if w]
        return f"{holder} ({'; '.join(words)})" if words else str(holder)

    shown = some([name(holder) for holder in by], most=5)
    return f"{address} is gone from the files but must wait: {shown} still needs it"
