"""Policy types: enabled at the root once, never disabled by us."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from factory.core.address import ORGANIZATION, Address, policy_type
from factory.core.change import Action, Change, Risk
from factory.core.diff import Traits
from factory.core.errors import Problem
from factory.core.limits import Limits
from factory.core.policy_types import SCP
from factory.core.resource import Resource
from factory.kinds.base import Done, Kind, Outcome, Pending, Site, View
from factory.kinds.guardrail_files import guardrails, wanted_types

if TYPE_CHECKING:
    from factory.spec import Organization


class PolicyTypeKind(Kind):
    """A policy type at the root, ``policy-type:SERVICE_CONTROL_POLICY``."""

    name = "policy-type"
    plural = "policy types"
    traits = Traits(begins_as={"status": "PENDING_ENABLE"}, verbs={Action.CREATE: "enable", Action.UPDATE: "enable"})
    limit = "organizations.EnablePolicyType"
    reads = frozenset({"organizations:ListRoots"})
    writes = frozenset({"organizations:EnablePolicyType"})

    def check(self, organization: Organization, limits: Limits) -> Iterable[Problem]:
        """A guardrail of a type that ``policy_types`` leaves out could never be attached."""
        if organization.policy_types is None:
            return
        for entry, model in guardrails(organization).values():
            if model.type not in organization.policy_types:
                yield Problem(
                    entry.where("type"),
                    f"type {model.type} is not among policy_types in accounts/organization.yaml",
                    "add it there, or leave policy_types out: then the types in use are enabled",
                )

    def desired(self, organization: Organization) -> Iterable[Resource]:
        """The types in use, each with the first guardrail that calls for it, or the ones named."""
        for name, source in sorted(wanted_types(organization).items()):
            yield Resource(policy_type(name), {"status": "ENABLED"}, frozenset({ORGANIZATION}), source=source)

    def observe(self, view: View) -> None:
        """Types with any status; one that is not listed is off."""
        for name, status in view.reading.root.policy_types.items():
            view.add(Resource(policy_type(name), {"status": status}, frozenset({ORGANIZATION})))

    def risk(self, change: Change) -> Risk:
        """Switching service control policies on changes how every account is authorized."""
        return Risk.HIGH if change.address.name == SCP else Risk.LOW

    def effects(self, change: Change) -> tuple[str, ...]:
        """FullAWSAccess comes by itself, so nothing is denied until a guardrail is attached."""
        if change.address.name == SCP:
            return ("AWS attaches FullAWSAccess to the root and to every organizational unit and account",)
        return ()

    def start(self, change: Change, site: Site) -> Outcome:
        """EnablePolicyType is asynchronous: the first poll looks whether it is on."""
        if not change.before or change.before.attrs["status"] != "PENDING_ENABLE":
            root = site.identity.root
            site.aws.organizations.enable_policy_type(root, change.address.name)
        return Pending(change, change.address.name, site.aws.clock.now(), "AWS to enable the policy type")

    def poll(self, pending: Sequence[Pending], site: Site) -> Mapping[Address, Outcome]:
        """One ListRoots answers for all of them."""
        enabled = site.aws.organizations.root().policy_types
        return {item.change.address: Done() if enabled.get(item.token) == "ENABLED" else item for item in pending}


KIND = PolicyTypeKind()
