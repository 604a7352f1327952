"""Scenes for tests of plans: the same words say what AWS holds and what the files declare.

``plan(now, files)`` compares the two without AWS. A thing that is in both is as we built it, so
``plan(THINGS, THINGS)`` has nothing to do.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from factory.aws.records import (
    AccountRecord,
    AttachmentRecord,
    OrganizationRecord,
    PolicyRecord,
    Reading,
    RootRecord,
    UnitRecord,
)
from factory.core import address
from factory.core.address import Address
from factory.core.change import Change, Notice, Plan, Refusal
from factory.core.documents import canonical
from factory.core.guard import Consent, Thresholds
from factory.core.limits import Limit, Limits
from factory.core.policy_types import FULL_ACCESS, RCP, SCP
from factory.core.resource import Gap, Snapshot
from factory.engine.planning import compare
from factory.kinds.guardrail import GuardrailFile
from factory.spec import Account, FileEntry, Organization, Place, Unit

MANAGEMENT = "111111111111"
MINE = "main"
FOREIGN = None
"""``tagged=FOREIGN``: the thing does not carry our tag."""


def allow(*actions: str) -> dict[str, Any]:
    return document("Allow", actions)


def deny(*actions: str) -> dict[str, Any]:
    return document("Deny", actions)


def document(effect: str, actions: tuple[str, ...]) -> dict[str, Any]:
    found = [{"Effect": effect, "Action": action, "Resource": "*"} for action in actions]
    return {"Version": "2012-10-17", "Statement": found}


@dataclass(frozen=True, kw_only=True)
class Thing:
    """A node or a policy. ``tagged`` is the instance whose tag it carries in AWS; files do not look at it."""

    tagged: str | None = MINE
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Node(Thing):
    """What policies are attached to; ``full_access=False``: without FullAWSAccess; ``None``: the file is silent."""

    on: tuple[str, ...] = ()
    full_access: bool | None = True

    @property
    def sections(self) -> dict[str, Any]:
        return {"guardrails": self.on, "full_access": self.full_access}


@dataclass(frozen=True)
class Root(Node):
    """The root, where it carries something besides FullAWSAccess."""


@dataclass(frozen=True)
class Ou(Node):
    """An organizational unit; ``was`` is for the files."""

    path: str
    was: str | None = None


@dataclass(frozen=True)
class Acc(Node):
    """An account. ``id`` pins it in the files; ``address`` is the stem in its tag in AWS, where it is another."""

    stem: str
    ou: str = "root"
    id: str | None = None
    email: str = ""
    name: str = ""
    was: str | None = None
    new: bool = False
    state: str = "active"
    address: str = ""

    @property
    def live_id(self) -> str:
        return self.id or account_id(self.stem)


@dataclass(frozen=True)
class Policy(Thing):
    """A guardrail; ``content=None`` is a policy in AWS whose document could not be read."""

    name: str
    content: dict[str, Any] | None
    type: str = SCP
    description: str = "what it is for"
    id: str = ""

    @property
    def live_id(self) -> str:
        return self.id or f"p-{self.name}"


NO_BREAK_GLASS = Thresholds(always_allowed=("stacksets-exec-*",))
"""What plans are measured by where guardrails that exempt nobody stand for any other."""


def account_id(stem: str) -> str:
    """The made-up id of the live account that belongs to a stem."""
    return str(200000000000 + zlib.crc32(stem.encode()))


def files(*things: Thing, **settings: Any) -> Organization:
    """The organization that files with these things declare; unless they say otherwise, it has no break-glass role."""
    settings.setdefault("safety", NO_BREAK_GLASS)
    accounts = [thing for thing in things if isinstance(thing, Acc)]
    units = [thing for thing in things if isinstance(thing, Ou)]
    root = next((thing for thing in things if isinstance(thing, Root)), Root())
    return Organization(
        root=Place(address=address.ROOT, sections=root.sections),
        units={
            u.path: Unit(address=address.unit(u.path), path=u.path, was=u.was, ou_tags=u.tags, sections=u.sections)
            for u in sorted(units, key=lambda u: u.path)
        },
        accounts={
            a.stem: Account(
                address=address.account(a.stem),
                name=a.stem,
                ou=a.ou,
                id=a.id,
                email=a.email or f"{a.stem}@example.com",
                display_name=a.name or a.stem,
                tags=a.tags,
                was=a.was,
                new=a.new,
                state="closed" if a.state == "closed" else "active",
                sections=a.sections,
            )
            for a in sorted(accounts, key=lambda a: a.stem)
        },
        files={
            "guardrail": {
                p.name: FileEntry(
                    name=p.name, model=GuardrailFile(type=p.type, description=p.description, content=p.content or {})
                )
                for p in things
                if isinstance(p, Policy)
            }
        },
        **settings,
    )


def live(
    *things: Thing,
    enabled: tuple[str, ...] = (SCP, RCP),
    gaps: tuple[Gap, ...] = (),
    confirmed: bool = True,
    features: str = "ALL",
    statuses: Mapping[str, str] | None = None,
    management_in: str = "root",
) -> Reading:
    """What a sweep through an AWS that holds these things brings back."""
    units = [thing for thing in things if isinstance(thing, Ou)]
    accounts = [thing for thing in things if isinstance(thing, Acc)]
    policies = [thing for thing in things if isinstance(thing, Policy)]
    unit_ids = {"root": "r-root", **{u.path: f"ou-{u.path}" for u in units}}
    policy_ids = {p.name: p.live_id for p in policies} | {FULL_ACCESS: f"p-{FULL_ACCESS}"}
    ids = {p.live_id: p for p in policies} | {f"ou-{u.path}": u for u in units}
    tags: dict[str, dict[str, str]] = {
        i: dict(t.tags) | ({"factory:managed": t.tagged} if t.tagged else {}) for i, t in ids.items()
    }
    for a in accounts:
        ours = {"factory:managed": a.tagged, "factory:address": a.address or a.stem} if a.tagged else {}
        tags[a.live_id] = dict(a.tags) | ours
    nodes: list[tuple[str, Node]] = [(unit_ids[u.path], u) for u in units]
    nodes += [(a.live_id, a) for a in accounts]
    nodes.append(("r-root", next((thing for thing in things if isinstance(thing, Root)), Root())))
    nodes.append((MANAGEMENT, Acc("management")))
    attachments = [AttachmentRecord(policy_ids[name], i, "") for i, node in nodes for name in node.on]
    if SCP in enabled:
        attachments += [AttachmentRecord(policy_ids[FULL_ACCESS], i, "") for i, node in nodes if node.full_access]
    records = [
        PolicyRecord(
            p.live_id,
            "",
            p.name,
            p.type,
            False,
            p.description,
            None if p.content is None else canonical(p.content),
        )
        for p in policies
    ]
    if SCP in enabled:
        records.append(PolicyRecord(policy_ids[FULL_ACCESS], "", FULL_ACCESS, SCP, True, "", None))
    return Reading(
        "arn:aws:iam::111111111111:role/plan",
        MANAGEMENT,
        OrganizationRecord("o-exampleorgid", "", features, MANAGEMENT),
        RootRecord("r-root", "", dict.fromkeys(enabled, "ENABLED") if statuses is None else statuses),
        tuple(
            UnitRecord(unit_ids[u.path], "", u.path.rpartition("/")[2], unit_ids[u.path.rpartition("/")[0] or "root"])
            for u in units
        ),
        (
            AccountRecord(MANAGEMENT, "", "management", "root@example.com", "ACTIVE", unit_ids[management_in]),
            *(
                AccountRecord(
                    a.live_id,
                    "",
                    a.name or a.stem,
                    a.email or f"{a.stem}@example.com",
                    a.state.upper(),
                    unit_ids[a.ou],
                )
                for a in accounts
            ),
        ),
        tuple(records),
        tuple(attachments),
        tags,
        confirmed,
        gaps,
    )


def limits(slots: int | None = 5) -> Limits:
    """Limits that say how many policies of the two authorizing types and of tag policies a node takes."""
    keys = [f"organizations.attachments.{name}" for name in (SCP, RCP, "TAG_POLICY")]
    return Limits({key: Limit(key, value=slots) for key in keys})


def compared(
    now: Reading | list[Thing],
    wanted: Organization | list[Thing],
    *,
    slots: int | None = 5,
    close: tuple[str, ...] = (),
    gap: tuple[str, ...] = (),
    allow: tuple[str, ...] = (),
    no_weaken: bool = False,
) -> tuple[Plan, Snapshot]:
    """The plan, and the snapshot that it was made from."""
    reading = now if isinstance(now, Reading) else live(*now)
    declared = wanted if isinstance(wanted, Organization) else files(*wanted)
    consent = Consent(frozenset(close), frozenset(gap), frozenset(allow), no_weaken)
    return compare(declared, reading, limits(slots), consent)


def plan(now: Reading | list[Thing], wanted: Organization | list[Thing], **more: Any) -> Plan:
    """What the factory would do to make AWS as the files say."""
    return compared(now, wanted, **more)[0]


def steps(made: Plan) -> list[str]:
    """The changes in the order in which they would be carried out: ``move account:one``."""
    return [f"{change.verb} {change.address}" for change in made.changes]


def change(made: Plan, name: str) -> Change:
    """The change to this address."""
    (found,) = [c for c in made.changes if str(c.address) == name]
    return found


def fields(made: Plan, name: str) -> list[str]:
    """The names of the attributes that the change to this address alters."""
    return [f.name for f in change(made, name).fields()]


def waits(made: Plan, later: str, earlier: str) -> bool:
    """Whether the first change waits for the second, directly or through others."""
    ahead, seen = {Address.parse(later)}, set[Address]()
    while ahead:
        one = ahead.pop()
        seen.add(one)
        ahead |= made.waits.get(one, frozenset()) - seen
    return Address.parse(earlier) in seen - {Address.parse(later)}


def refused(made: Plan) -> list[str]:
    """The ids of the rules that refuse the plan."""
    return [refusal.rule for refusal in made.refusals]


def refusal(made: Plan, rule: str) -> Refusal:
    """The one refusal by this rule."""
    (found,) = [r for r in made.refusals if r.rule == rule]
    return found


def told(made: Plan, code: str) -> list[str]:
    """The messages of the notices with this code."""
    return [notice.message for notice in made.notices if notice.code == code]


def notice(made: Plan, code: str) -> Notice:
    """The one notice with this code."""
    (found,) = [n for n in made.notices if n.code == code]
    return found
