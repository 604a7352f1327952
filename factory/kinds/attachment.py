"""Attachments: which policy sits on which node, AWS's own FullAWSAccess included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from factory.core.address import ROOT, Address, attachment, guardrail, policy_type
from factory.core.change import Action, Change, Notice, Refusal, Risk
from factory.core.diff import Desired, Traits
from factory.core.documents import canonical
from factory.core.errors import Problem
from factory.core.guard import Case
from factory.core.limits import Limits
from factory.core.policy_types import FULL_ACCESS, POLICY_TYPES, RCP, RCP_FULL_ACCESS, SCP
from factory.core.resource import Resource, Snapshot
from factory.guardrails.statements import FULL_ACCESS_CONTENT, statements
from factory.kinds.attachment_rules import RULES
from factory.kinds.attachment_sections import FULL_ACCESS_SECTION, GUARDRAILS
from factory.kinds.base import Done, Kind, Outcome, Settled, Site, View
from factory.kinds.guardrail_files import KIND_OF_FILE, guardrails, wanted_types
from factory.kinds.management_policies import contradictions
from factory.spec import suggest

if TYPE_CHECKING:
    from factory.spec import Account, Organization, Place


def _resource(policy: Address, policy_kind: str, target: Address) -> Resource:
    needs = {policy, policy_type(policy_kind), target} - {ROOT}
    attrs = {"policy": policy.name, "target": str(target), "type": policy_kind}
    return Resource(
        attachment(policy, target), attrs, frozenset(needs), part_of=target, counted=policy.name != FULL_ACCESS
    )


def _known(wanted: Resource, case: Case) -> bool:
    """A policy that exists but could not be read, and is not known to be ours, is not attached anywhere."""
    policy = guardrail(str(wanted.attrs["policy"]))
    return policy in case.desired or policy.name == FULL_ACCESS


class AttachmentKind(Kind):
    """An attachment, ``attachment:deny-root-user@ou:workloads``; it is ours if its policy is."""

    name = "attachment"
    plural = "attachments"
    traits = Traits(removable=True, fixed=frozenset({"type"}), verbs={Action.CREATE: "attach", Action.DELETE: "detach"})
    sections = (GUARDRAILS, FULL_ACCESS_SECTION)
    reads = frozenset({"organizations:ListTargetsForPolicy"})
    writes = frozenset({"organizations:AttachPolicy", "organizations:DetachPolicy"})

    def check(self, organization: Organization, limits: Limits) -> Iterable[Problem]:
        """Unknown names, names given twice, more attachments than a node takes, and nodes that allow nothing."""
        files, scp = guardrails(organization), SCP in wanted_types(organization)
        # What is wrong with these is told where they are written; what they say is not known.
        broken = organization.file_names.get(KIND_OF_FILE, frozenset()) - files.keys()
        unlisted = KIND_OF_FILE in organization.unlisted
        for place in _places(organization):
            seen: set[str] = set()
            used: dict[str, int] = {}
            allows = FULL_ACCESS_SECTION.of(place) is not False
            full_access_counts = allows and scp
            for position, name in enumerate(GUARDRAILS.of(place)):
                where = place.where("guardrails", position)
                if name in seen:
                    yield Problem(where, f"guardrail {name!r} is named twice here", "leave one of them out")
                    continue
                seen.add(name)
                if name not in files and (unlisted or name in broken):
                    allows = True
                    continue
                if name in (FULL_ACCESS, RCP_FULL_ACCESS) and name not in files:
                    off = "; full_access: false takes it off" if name == FULL_ACCESS else ""
                    yield Problem(where, f"{name} is AWS's own policy", f"leave it out: AWS attaches it by itself{off}")
                    continue
                if name not in files:
                    yield Problem(
                        where,
                        f"unknown guardrail {name!r}{suggest(name, files)}",
                        f"write baselines/guardrails/{name}.yaml, or correct the name",
                    )
                    continue
                _, model = files[name]
                allows = allows or (model.type == SCP and bool(statements(canonical(model.content)).allows))
                used[model.type] = used.get(model.type, 0) + 1
                limit = limits.quota(f"organizations.attachments.{model.type}")
                reserved = bool(POLICY_TYPES[model.type].default_policy)
                reserved = reserved and (model.type != SCP or full_access_counts)
                if limit is not None and used[model.type] + reserved == limit + 1:
                    own = f", {POLICY_TYPES[model.type].default_policy} among them" if reserved else ""
                    yield Problem(
                        where,
                        f"{place.address} takes {limit} policies of type {model.type}{own}; this is one more",
                        "merge guardrails, or attach some of them further up",
                        "L02",
                    )
            if not allows:
                yield Problem(
                    place.where("full_access"),
                    f"full_access: false on {place.address}, and no guardrail there allows anything",
                    "attach a service control policy with Allow statements, or leave full_access out",
                    "L03",
                )
        yield from contradictions(organization)

    def desired(self, organization: Organization) -> Iterable[Resource]:
        """What each declared node names, and FullAWSAccess where it is not taken off."""
        files, scp = guardrails(organization), SCP in wanted_types(organization)
        for place in _places(organization):
            full_access = FULL_ACCESS_SECTION.of(place)
            if scp and full_access is not False:
                found = _resource(guardrail(FULL_ACCESS), SCP, place.address)
                yield replace(found, source=place.where("full_access"), confirmed=full_access is True)
            for position, name in enumerate(GUARDRAILS.of(place)):
                _, model = files[name]
                found = _resource(guardrail(name), model.type, place.address)
                yield replace(found, source=place.where("guardrails", position))

    def observe(self, view: View) -> None:
        """Every attachment of every policy that was read."""
        full_access_is_ours = SCP in wanted_types(view.organization)
        for record in view.reading.attachments:
            policy, target = view.addresses.get(record.policy_id), view.addresses.get(record.target_id)
            if policy is None or target is None:
                continue  # A target that vanished between two reads; the next run sees it whole.
            held = view.resources[policy]
            # A declared policy that is not ours yet is adopted by this plan, its attachments with it.
            adopted = policy in view.desired and held.attrs["content"] is not None
            ours = held.owned or adopted or (policy.name == FULL_ACCESS and full_access_is_ours)
            view.add(replace(_resource(policy, str(held.attrs["type"]), target), owned=ours, owner=held.owner))

    def settle(self, case: Case) -> Settled:
        """Leave skipped accounts alone, keep those that end as they are, count what AWS attaches by itself as there."""
        desired = {
            a: r
            for a, r in case.desired.items()
            if a.kind != self.name or ((r.part_of == ROOT or r.part_of in case.desired) and _known(r, case))
        }
        snapshot = _with_full_access(replace(case, desired=desired))
        ending = {a for a, r in desired.items() if a.kind == "account" and r.attrs.get("state") == "CLOSED"}
        desired |= {a: r for a, r in snapshot.resources.items() if a.kind == self.name and r.part_of in ending}
        stray = [
            str(a)
            for a, r in snapshot.resources.items()
            if a.kind == self.name and r.owned and r.part_of not in desired and r.part_of != ROOT
            if r.part_of not in case.snapshot.health and not a.name.startswith(f"{FULL_ACCESS}@")
            # A unit of ours goes with all that is attached to it, or a notice says why it stays.
            if r.part_of is None or r.part_of.kind != "ou" or not snapshot.resources[r.part_of].owned
        ]
        what = f"attachments of ours on nodes that no file declares, left alone: {', '.join(sorted(stray))}"
        notices = [Notice("unmanaged", what)] if stray else []
        return Settled(desired, snapshot, (*notices, *_idle(desired, snapshot)))

    def refuse(self, case: Case) -> Iterable[Refusal]:
        """Nodes without an effective allow, and more attachments than AWS takes."""
        for rule in RULES:
            yield from rule(case)

    def reason(self, change: Change) -> str:
        """FullAWSAccess is AWS's own; it goes because the file says so, not because a file is gone."""
        if change.action is Action.DELETE:
            full = change.resource.attrs["policy"] == FULL_ACCESS
            return "full_access: false" if full else "no longer named here"
        return change.reason

    def risk(self, change: Change) -> Risk:
        """What acts on the whole organization at once, or gives rights back, deserves a look."""
        wide = change.resource.part_of == ROOT
        gives = change.action is Action.DELETE or change.resource.attrs["policy"] == FULL_ACCESS
        return Risk.HIGH if (wide or gives) and change.resource.attrs["type"] == SCP else Risk.LOW

    def start(self, change: Change, site: Site) -> Outcome:
        """Attach or detach: one call each."""
        policy = guardrail(str(change.resource.attrs["policy"]))
        target = Address.parse(str(change.resource.attrs["target"]))
        if change.action is Action.DELETE:
            site.aws.organizations.detach(site.id(policy), site.id(target))
        else:
            site.aws.organizations.attach(site.id(policy), site.id(target))
        return Done()


def _places(organization: Organization) -> Iterator[Place]:
    """Every declared node that can carry a policy; accounts that are to be closed are left as they are."""
    yield organization.root
    yield from organization.units.values()
    accounts: Iterable[Account] = organization.accounts.values()
    yield from (account for account in accounts if account.state != "closed")


def _idle(desired: Desired, snapshot: Snapshot) -> Iterable[Notice]:
    """L31: SCPs and RCPs on the management account bind nobody and nothing there (Organizations User Guide)."""
    managers = {a for a, r in snapshot.resources.items() if r.id == snapshot.identity.management_account}
    for address, want in desired.items():
        binds = want.attrs.get("type") in (SCP, RCP)
        if address.kind == "attachment" and want.part_of in managers and binds and want.counted:
            what = (
                f"L31 {want.attrs['policy']} is attached to the management account, whose principals and resources no "
                f"{POLICY_TYPES[str(want.attrs['type'])].title} binds; take it out of that account's file"
            )
            yield Notice("no-effect", what, address, want.source)


def _with_full_access(case: Case) -> Snapshot:
    """The snapshot with the FullAWSAccess that AWS attaches when a node is made, or the type is enabled."""
    resources = dict(case.snapshot.resources)
    enabled, wanted = resources.get(policy_type(SCP)), policy_type(SCP) in case.desired
    if not wanted and enabled is None:
        return case.snapshot
    full = guardrail(FULL_ACCESS)
    if full not in resources:
        attrs = {"type": SCP, "description": "", "content": FULL_ACCESS_CONTENT}
        resources[full] = Resource(full, attrs, id=f"p-{FULL_ACCESS}", owned=False)
    nodes = {a for a in case.desired if a.kind in ("ou", "account") and a not in resources}
    if enabled is None:
        nodes |= {a for a in resources if a.kind in ("root", "ou", "account")}
    for target in nodes:
        implied = replace(_resource(full, SCP, target), owned=wanted)
        resources.setdefault(implied.address, implied)
    return replace(case.snapshot, resources=resources)


KIND = AttachmentKind()
