"""Files and AWS in, a plan out. Planning only reads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from factory.core.address import Address, guardrail
from factory.core.change import Change, Notice, Plan, Refusal
from factory.core.diff import Traits, diff
from factory.core.errors import WrongOrganization
from factory.core.guard import RULES, Case, Consent, refusals
from factory.core.limits import Limits
from factory.core.order import arrange, build_before_use, combine, let_go_before_removal
from factory.core.policy_types import FULL_ACCESS, POLICY_TYPES
from factory.core.resource import Identity, Resource, Snapshot
from factory.engine.events import LogEvent, emit
from factory.guardrails.sequence import Conflict, sequence
from factory.kinds import registry
from factory.kinds.account_identity import GONE
from factory.kinds.base import View
from factory.kinds.guardrail_files import wanted_types

if TYPE_CHECKING:
    from factory.aws.records import Reading
    from factory.aws.session import Aws
    from factory.spec import Organization


_NO_CONSENT = Consent()
_UNTAGGED = ("o-", f"p-{FULL_ACCESS}")


def plan(organization: Organization, aws: Aws, consent: Consent = _NO_CONSENT) -> Plan:
    """Read AWS and compare. Raises ``WrongOrganization`` before anything else is looked at."""
    reading = aws.reading(wanted_types(organization))
    _same_organization(organization, reading)
    made, _ = compare(organization, reading, aws.limits, consent)
    confirmed: set[str] = set()
    # Tags read in bulk may lag behind; what they led to is believed once each thing has been asked about by itself.
    while not reading.tags_confirmed and (unsure := _written_to(made) - confirmed):
        confirmed |= unsure
        reading = aws.confirm_tags(tuple(sorted(unsure)))
        made, _ = compare(organization, reading, aws.limits, consent)
    emit(LogEvent.PLANNED, changes=len(made.changes), refusals=len(made.refusals), digest=made.digest)
    return made


def compare(organization: Organization, reading: Reading, limits: Limits, consent: Consent) -> tuple[Plan, Snapshot]:
    """The pure part: what is wanted, what was read, the difference, its order, and what the rules say to it."""
    kinds = registry()
    traits = {"root": Traits(), **{name: kind.traits for name, kind in kinds.items()}}
    desired = {r.address: r for kind in kinds.values() for r in kind.desired(organization)}
    view = View(reading, organization, desired)
    for kind in kinds.values():
        kind.observe(view)
    identity = Identity(
        reading.organization.id,
        reading.organization.management_account_id,
        reading.root.id,
        reading.caller_arn,
    )
    snapshot = Snapshot(identity, view.resources, reading.gaps, view.health)
    case = Case(desired, snapshot, (), organization.instance, limits, traits, organization.safety, consent)
    notices: list[Notice] = [Notice("gap", f"{gap.kind}: {gap.reason}") for gap in reading.gaps]
    for kind in kinds.values():
        settled = kind.settle(case)
        case = replace(case, desired=settled.desired, snapshot=settled.snapshot)
        notices += settled.notices
    changes, kept = diff(case.desired, case.snapshot, traits)
    changes = tuple(_described(change) for change in changes)
    case = replace(case, changes=changes)
    waits, conflicts = _order(case)
    found = (
        *refusals(case, (*RULES, *(kind.refuse for kind in kinds.values()))),
        *(_gap(conflict) for conflict in conflicts if not consent.accepts_gap(conflict.node)),
    )
    ordered = arrange(changes, waits, list(kinds))
    told = tuple(sorted((*notices, *kept), key=_notice_key))
    return Plan(identity, ordered, waits, told, found, _touched(case), case.snapshot.book()), case.snapshot


def _notice_key(notice: Notice) -> tuple[str, str, str]:
    return notice.code, str(notice.address), notice.message


def _described(change: Change) -> Change:
    kind = registry()[change.address.kind]
    effects = (*change.effects, *kind.effects(change))
    return replace(change, reason=kind.reason(change), risk=kind.risk(change), effects=effects)


def _order(case: Case) -> tuple[dict[Address, frozenset[Address]], tuple[Conflict, ...]]:
    """Build before use, let go before removal, narrow before widen."""
    structural = combine(build_before_use(case.changes, case.traits), let_go_before_removal(case.changes))
    slots = {
        name: limit - (row.default_policy == "RCPFullAWSAccess")
        for name, row in POLICY_TYPES.items()
        if (limit := case.limits.quota(f"organizations.attachments.{name}")) is not None
    }
    resources = case.snapshot.resources
    exempt = frozenset(
        a
        for a, r in resources.items()
        if a.kind == "account"
        and (r.id == case.snapshot.identity.management_account or case.snapshot.health.get(a) in GONE)
    )
    guarded, conflicts = sequence(case.changes, resources, case.outcome(), structural, slots=slots, exempt=exempt)
    return combine(structural, guarded), conflicts


def _gap(conflict: Conflict) -> Refusal:
    name = conflict.node.name if conflict.node.kind == "ou" else str(conflict.node)
    return Refusal(
        "gap",
        conflict.reason,
        f"apply it in two steps, or accept a moment without full guard with --allow-gap {name}",
        conflict.node,
    )


def _touched(case: Case) -> dict[Address, Resource | None]:
    addresses = {a for c in case.changes for a in (c.address, *c.resource.needs, *c.releases)}
    return {a: case.snapshot.resources.get(a) for a in sorted(addresses)}


def _written_to(made: Plan) -> frozenset[str]:
    """Ids of all that exists and that the plan would write to: whether it is ours, and which it is, tags decide."""
    policies = {guardrail(str(c.resource.attrs["policy"])) for c in made.changes if c.address.kind == "attachment"}
    ids = {c.before.id for c in made.changes if c.before} | {made.book.get(policy) for policy in policies}
    return frozenset(i for i in ids if i is not None and not i.startswith(_UNTAGGED))


def _same_organization(organization: Organization, reading: Reading) -> None:
    found, wanted = reading.organization.id, organization.id
    if wanted is not None and wanted != found:
        raise WrongOrganization(
            f"the credentials lead to the organization {found}, the files are for {wanted} "
            f"({organization.where('organization', 'id')})",
            "use other credentials (--profile), or correct organization: id",
        )
