"""Safety rules on attachments: every node keeps an allow, and no node takes more than AWS lets it."""

from __future__ import annotations

from collections.abc import Iterable

from factory.core.address import policy_type
from factory.core.change import Action, Refusal
from factory.core.guard import Case, Rule
from factory.core.policy_types import FULL_ACCESS, POLICY_TYPES, SCP
from factory.guardrails.reach import Side
from factory.kinds.attachment_room import used


def no_effective_allow(case: Case) -> Iterable[Refusal]:
    """A node on which no policy allows anything locks out every account below it."""
    after = case.outcome()
    if policy_type(SCP) not in after:
        return
    side = Side.of(after)
    touched = {c.resource.part_of for c in case.changes if c.address.kind == "attachment"}
    rewritten = {c.address for c in case.changes if c.address.kind == "guardrail"}
    for node in sorted({a for a in after if a.kind in ("root", "ou", "account")}):
        policies = side.on.get(node, set())
        if node not in touched and not policies & rewritten:
            continue
        if side.allows(node) == frozenset():
            yield Refusal(
                "no-effective-allow",
                f"no service control policy on {node} would allow anything: every account there is locked out",
                "leave full_access out and keep SERVICE_CONTROL_POLICY under policy_types, or attach a guardrail with "
                "Allow statements there",
                node,
            )


def attachment_slots(case: Case) -> Iterable[Refusal]:
    """Policies attached by others count as well; AWS refuses one more than a node takes."""
    side = Side.of(case.outcome())
    attached = {
        c.resource.part_of for c in case.changes if c.address.kind == "attachment" and c.action is Action.CREATE
    }
    for node in sorted(a for a in attached if a is not None):
        for name in POLICY_TYPES:
            limit = case.limits.quota(f"organizations.attachments.{name}")
            count = used(side, node, name)
            if limit is not None and count > limit:
                names = ", ".join(sorted(p.name for p in side.attached(node, name)))
                yield Refusal(
                    "attachment-slots",
                    f"{node} would carry {count} policies of type {name}, AWS takes {limit}: {names}",
                    "merge guardrails, attach some further up, or detach what others have attached",
                    node,
                )


def unwritten_full_access(case: Case) -> Iterable[Refusal]:
    """Where someone took FullAWSAccess off a node, it is given back only if the file says so in so many words."""
    for change in case.changes:
        full = change.address.kind == "attachment" and change.resource.attrs["policy"] == FULL_ACCESS
        if full and change.action is Action.CREATE and not change.resource.confirmed:
            yield Refusal(
                "unwritten-full-access",
                f"{change.resource.part_of} does without FullAWSAccess today, and the files do not say if it should",
                "write full_access: false there and attach what it may do, or full_access: true to give all back",
                change.address,
                change.source,
            )


RULES: tuple[Rule, ...] = (no_effective_allow, attachment_slots, unwritten_full_access)
