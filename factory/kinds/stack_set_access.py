"""Stack sets' access to the organization: switched on once, before the first stack set, never off by us."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from factory.core.address import ORGANIZATION, STACK_SET_ACCESS, Address
from factory.core.change import Action, Change, Risk
from factory.core.diff import Traits
from factory.core.resource import Resource
from factory.kinds.base import Done, Kind, Outcome, Pending, Site, View
from factory.kinds.baseline_files import uses

if TYPE_CHECKING:
    from factory.spec import Organization

_ON = "ENABLED"


class StackSetAccessKind(Kind):
    """Whether CloudFormation StackSets may reach the organization's accounts, ``stack-set-access:organization``."""

    name = "stack-set-access"
    plural = "stack set access"
    traits = Traits(verbs={Action.CREATE: "enable", Action.UPDATE: "enable"})
    limit = "cloudformation.operations"
    reads = frozenset({"cloudformation:DescribeOrganizationsAccess"})
    # CloudFormation switches the trust on and makes its service-linked role (CloudFormation User Guide, "Activate
    # trusted access for StackSets with Organizations").
    writes = frozenset(
        {
            "cloudformation:ActivateOrganizationsAccess",
            "organizations:EnableAWSServiceAccess",
            "iam:CreateServiceLinkedRole",
        }
    )

    def desired(self, organization: Organization) -> Iterable[Resource]:
        """Needed as soon as one baseline is deployed."""
        first = next(iter(uses(organization)), None)
        if first is not None:
            yield Resource(STACK_SET_ACCESS, {"status": _ON}, frozenset({ORGANIZATION}), source=first.source)

    def observe(self, view: View) -> None:
        """What CloudFormation says; where nobody asked, nothing."""
        if view.reading.stack_set_access not in ("", "DISABLED"):
            attrs = {"status": view.reading.stack_set_access}
            view.add(Resource(STACK_SET_ACCESS, attrs, frozenset({ORGANIZATION})))

    def risk(self, change: Change) -> Risk:
        """CloudFormation may then make stacks in every account."""
        return Risk.HIGH

    def effects(self, change: Change) -> tuple[str, ...]:
        """What that means in the accounts."""
        return ("CloudFormation makes a service-linked role for itself in every account, the management account too",)

    def start(self, change: Change, site: Site) -> Outcome:
        """Ask; the first poll looks whether it is on."""
        site.aws.stack_sets.activate_access()
        return Pending(change, "", site.aws.clock.now(), "CloudFormation to reach the organization")

    def poll(self, pending: Sequence[Pending], site: Site) -> Mapping[Address, Outcome]:
        """One look for all."""
        on = site.aws.stack_sets.access() == _ON
        return {item.change.address: Done() if on else item for item in pending}


KIND = StackSetAccessKind()
