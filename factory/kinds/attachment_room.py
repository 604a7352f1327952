"""The room that a plan leaves on the nodes where it changes which policies are attached, or what they say."""

from __future__ import annotations

from collections.abc import Iterator

from factory.core.address import Address, policy_type
from factory.core.guard import Case
from factory.core.limits import Limits
from factory.core.policy_types import FULL_ACCESS, POLICY_TYPES, RCP
from factory.core.room import Room
from factory.guardrails.reach import Side

_NODES = ("root", "ou", "account")
_TYPES = tuple(POLICY_TYPES)


def used(side: Side, node: Address, kind: str) -> int:
    """The slots in use, also by what others attached.

    RCPFullAWSAccess sits on every node and cannot be detached, so it is not read, but it counts.
    """
    return len(side.attached(node, kind)) + (kind == RCP)


def room_after(case: Case) -> tuple[Room, ...]:
    """The nodes that the changes touch, from the root down, as AWS has them once all is done."""
    after = case.outcome()
    side = Side.of(after)
    changed = {(node, kind) for node, kind in _changed(case, side) if node in after and policy_type(kind) in after}
    ordered = sorted(changed, key=lambda each: (_NODES.index(each[0].kind), each[0], _TYPES.index(each[1])))
    return tuple(_room(side, node, kind, case.limits) for node, kind in ordered)


def _changed(case: Case, side: Side) -> Iterator[tuple[Address, str]]:
    for change in case.changes:
        kind = str(change.resource.attrs.get("type"))
        if change.address.kind == "attachment":
            yield Address.parse(str(change.resource.attrs["target"])), kind
        elif change.address.kind == "guardrail" and any(field.name == "content" for field in change.fields()):
            yield from ((node, kind) for node, policies in side.on.items() if change.address in policies)


def _room(side: Side, node: Address, kind: str, limits: Limits) -> Room:
    texts = {each.name: side.policies[each].attrs["content"] for each in side.attached(node, kind)}
    sizes = {name: len(str(text)) for name, text in texts.items() if text is not None and name != FULL_ACCESS}
    return Room(
        node,
        kind,
        used(side, node, kind),
        limits.quota(f"organizations.attachments.{kind}"),
        sum(sizes.values()),
        max(sorted(sizes.items()), key=lambda each: each[1], default=None),
        limits.quota(f"organizations.policy_size.{kind}"),
    )
