"""Files and AWS in, a plan out. Planning only reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from factory.core.address import Address, guardrail
from factory.core.change import Change, Notice, Plan, Refusal
from factory.core.diff import Traits, diff
from factory.core.errors import WrongOrganization
from factory.core.guard import RULES, Case, Consent, no_weaken, refusals
from factory.core.limits import Limits
from factory.core.order import arrange, build_before_use, combine, foreseen, let_go_before_removal
from factory.core.policy_types import FULL_ACCESS, POLICY_TYPES
from factory.core.resource import Resource, Snapshot
from factory.core.rights import Rights
from factory.engine.events import LogEvent, emit
from factory.guardrails.chains import Chains
from factory.guardrails.lock_out import lock_out
from factory.guardrails.sequence import Conflict, sequence
from factory.guardrails.takes import taken
from factory.kinds import registry
from factory.kinds.account_identity import GONE
from factory.kinds.attachment_room import room_after
from factory.kinds.base import View
from factory.kinds.baseline_files import ours
from factory.kinds.guardrail_files import wanted_types

if TYPE_CHECKING:
    from factory.aws.records import Ours, Reading
    from factory.aws.session import Aws
    from factory.spec import Organization


_NO_CONSENT = Consent()
_UNTAGGED = ("o-", f"p-{FULL_ACCESS}")
_TAGS_IN_BULK = ("ou", "account", "guardrail")
"""The kinds whose tags are read in bulk."""


def plan(
    organization: Organization, aws: Aws, consent: Consent = _NO_CONSENT, only: frozenset[Address] | None = None
) -> Plan:
    """Read AWS and compare. Raises ``WrongOrganization`` before anything else is looked at.

    ``only`` confines the plan to these addresses, as `decide` says.
    """
    made = decide(*survey(organization, aws, consent), only)
    emit(LogEvent.PLANNED, changes=len(made.changes), refusals=len(made.refusals), digest=made.digest)
    return made


def wanted(organization: Organization) -> tuple[Iterable[str], Ours | None]:
    """What has to be read of AWS for these files, beside the organization itself: see `Aws.reading`."""
    return wanted_types(organization), ours(organization)


def survey(organization: Organization, aws: Aws, consent: Consent) -> tuple[Case, tuple[Notice, ...]]:
    """Read AWS and find all that differs from the files. Raises ``WrongOrganization`` before that."""
    reading = aws.reading(*wanted(organization))
    _same_organization(organization, reading)
    case, notices = differing(organization, reading, aws.limits, consent)
    confirmed: set[str] = set()
    # Tags read in bulk may lag behind; what they led to is believed once each thing has been asked about by itself.
    while not reading.tags_confirmed and (unsure := _written_to(case.changes, case.snapshot.book()) - confirmed):
        confirmed |= unsure
        reading = aws.confirm_tags(tuple(sorted(unsure)))
        case, notices = differing(organization, reading, aws.limits, consent)
    return case, notices


def compare(organization: Organization, reading: Reading, limits: Limits, consent: Consent) -> tuple[Plan, Snapshot]:
    """The pure part: what is wanted, what was read, the difference, its order, and what the rules say to it."""
    case, notices = differing(organization, reading, limits, consent)
    return decide(case, notices), case.snapshot


def differing(
    organization: Organization, reading: Reading, limits: Limits, consent: Consent
) -> tuple[Case, tuple[Notice, ...]]:
    """What is wanted, what was read, and all the changes between the two."""
    kinds = registry()
    traits = {"root": Traits(), **{name: kind.traits for name, kind in kinds.items()}}
    desired = {r.address: r for kind in kinds.values() for r in kind.desired(organization)}
    view = View(reading, organization, desired)
    for kind in kinds.values():
        kind.observe(view)
    snapshot = Snapshot(view.identity, view.resources, reading.gaps, view.health)
    case = Case(desired, snapshot, (), organization.instance, limits, traits, organization.safety, consent)
    notices: list[Notice] = [Notice("gap", f"{gap.kind}: {gap.reason}") for gap in reading.gaps]
    for kind in kinds.values():
        settled = kind.settle(case)
        case = replace(case, desired=settled.desired, snapshot=settled.snapshot)
        notices += settled.notices
    changes, kept = diff(case.desired, case.snapshot, traits)
    case = replace(case, changes=tuple(_described(change) for change in changes))
    for kind in kinds.values():
        told = {change.address: change for change in kind.foresee(case)}
        case = replace(case, changes=tuple(told.get(change.address, change) for change in case.changes))
    return case, (*notices, *kept)


def decide(case: Case, notices: Iterable[Notice], only: frozenset[Address] | None = None) -> Plan:
    """Put the changes in order and let the rules judge them.

    With ``only``, changes elsewhere are left out before order and rules: both judge what will be done, and
    a mass change is counted in what will be done. A notice says how many are left out.
    """
    kinds = registry()
    told = list(notices)
    chosen = [change for change in case.changes if only is None or change.address in only]
    if count := len(case.changes) - len(chosen):
        words = f"{count} change{'s' * (count != 1)} that the saved plan does not hold"
        told.append(Notice("left-out", f"{words}, left alone; factory plan shows {'them' if count != 1 else 'it'}"))
    case = replace(case, changes=tuple(chosen))
    rights, locked_out = _rights(case)
    waits, conflicts = order(case)
    found = (
        *refusals(case, (*RULES, *(kind.refuse for kind in kinds.values()))),
        *no_weaken(case.consent, rights),
        *locked_out,
        *(_gap(conflict) for conflict in conflicts if not case.consent.accepts_gap(conflict.node)),
    )
    ordered = arrange(case.changes, waits, list(kinds))
    told.sort(key=_notice_key)
    snapshot = case.snapshot
    touched, room = _touched(case), room_after(case)
    return Plan(snapshot.identity, ordered, waits, tuple(told), found, touched, snapshot.book(), only, rights, room)


_GUARDING = frozenset({"account", "attachment", "guardrail", "policy-type"})
"""The kinds whose changes decide what guards an account."""


def _rights(case: Case) -> tuple[Rights, tuple[Refusal, ...]]:
    """What the changes do to what principals may do, and who would be locked out."""
    if not any(change.address.kind in _GUARDING for change in case.changes):
        return Rights(), ()
    chains = Chains.of(case)
    return taken(chains), tuple(lock_out(chains))


def _notice_key(notice: Notice) -> tuple[str, str, str]:
    return notice.code, str(notice.address), notice.message


def _described(change: Change) -> Change:
    kind = registry()[change.address.kind]
    effects = (*change.effects, *kind.effects(change))
    return replace(change, reason=kind.reason(change), risk=kind.risk(change), effects=effects)


def order(case: Case) -> tuple[dict[Address, frozenset[Address]], tuple[Conflict, ...]]:
    """Build before use, let go before removal, narrow before widen: what waits for what, and where that fails."""
    structural = combine(
        build_before_use(case.changes, case.traits), let_go_before_removal(case.changes), foreseen(case.changes)
    )
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


def _written_to(changes: Sequence[Change], book: Mapping[Address, str]) -> frozenset[str]:
    """Ids of all that exists and that the changes would write to: whether it is ours, and which it is, tags decide."""
    policies = {guardrail(str(c.resource.attrs["policy"])) for c in changes if c.address.kind == "attachment"}
    ids = {c.before.id for c in changes if c.before and c.address.kind in _TAGS_IN_BULK} | {
        book.get(policy) for policy in policies
    }
    return frozenset(i for i in ids if i is not None and not i.startswith(_UNTAGGED))


def _same_organization(organization: Organization, reading: Reading) -> None:
    found, wanted = reading.organization.id, organization.id
    if wanted is not None and wanted != found:
        raise WrongOrganization(
            f"the credentials lead to the organization {found}, the files are for {wanted} "
            f"({organization.where('organization', 'id')})",
            "use other credentials (--profile), or correct organization: id",
        )
