"""Safety rules on attachments: every node keeps an allow, and no node takes more than AWS lets it."""

from __future__ import annotations

from collections.abc import Iterable

from factory.core.address import Address, policy_type
from factory.core.change import Action, Refusal
from factory.core.guard import Case, Rule
from factory.core.policy_types import POLICY_TYPES, RCP, SCP
from factory.core.resource import Resource
from factory.guardrails.reach import Side


def outcome(case: Case) -> dict[Address, Resource]:
    """What exists once all changes are done."""
    after = dict(case.snapshot.resources)
    for change in case.changes:
        if change.after is None:
            after.pop(change.address, None)
            for part in [a for a, r in after.items() if r.part_of == change.address]:
                del after[part]
        else:
            after[change.address] = change.after
    return after


def no_effective_allow(case: Case) -> Iterable[Refusal]:
    """A node on which no policy allows anything locks out every account below it."""
    after = outcome(case)
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
                "leave full_access out, or attach a guardrail with Allow statements there",
                node,
            )


def attachment_slots(case: Case) -> Iterable[Refusal]:
    """Policies attached by others count as well; AWS refuses one more than a node takes."""
    side = Side.of(outcome(case))
    attached = {
        c.resource.part_of for c in case.changes if c.address.kind == "attachment" and c.action is Action.CREATE
    }
    for node in sorted(a for a in attached if a is not None):
        for name in POLICY_TYPES:
            limit = case.limits.quota(f"organizations.attachments.{name}")
            # RCPFullAWSAccess sits on every node and cannot be detached, so it is not read, but it counts.
            count = len(side.attached(node, name)) + (name == RCP)
            if limit is not None and count > limit:
                names = ", ".join(sorted(p.name for p in side.attached(node, name)))
                yield Refusal(
                    "attachment-slots",
                    f"{node} would carry {count} policies of type {name}, AWS takes {limit}: {names}",
                    "merge guardrails, attach some further up, or detach what others have attached",
                    node,
                )


RULES: tuple[Rule, ...] = (no_effective_allow, attachment_slots)
