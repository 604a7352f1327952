"""The organization itself: all features must be on before policies can be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from factory.core.address import ORGANIZATION, ROOT, Address
from factory.core.change import Action, Change, Risk
from factory.core.diff import Traits
from factory.core.resource import Resource
from factory.kinds.base import Done, Kind, Outcome, Pending, Site, View

if TYPE_CHECKING:
    from factory.spec import Organization


class OrganizationKind(Kind):
    """All features on; the factory neither makes nor deletes an organization."""

    name = "organization"
    plural = "organization settings"
    traits = Traits(verbs={Action.UPDATE: "enable"})
    limit = "organizations.EnableAllFeatures"
    reads = frozenset({"organizations:DescribeOrganization", "organizations:ListRoots"})
    writes = frozenset({"organizations:EnableAllFeatures", "organizations:AcceptHandshake"})

    def desired(self, organization: Organization) -> Iterable[Resource]:
        """One resource: the feature set."""
        source = organization.where("organization")
        yield Resource(ORGANIZATION, {"feature_set": "ALL"}, source=source)

    def observe(self, view: View) -> None:
        """The feature set, and the root, which every other kind refers to."""
        found = view.reading.organization
        view.add(Resource(ORGANIZATION, {"feature_set": found.feature_set}, id=found.id))
        view.add(Resource(ROOT, {}, id=view.reading.root.id))

    def risk(self, change: Change) -> Risk:
        """There is no way back to consolidated billing."""
        return Risk.IRREVERSIBLE

    def effects(self, change: Change) -> tuple[str, ...]:
        """Who has to agree."""
        return ("AWS asks every invited account to agree before all features are on",)

    def start(self, change: Change, site: Site) -> Outcome:
        """Ask for all features and agree as the management account (EnableAllFeatures, AcceptHandshake)."""
        handshake = site.aws.organizations.enable_all_features()
        if handshake:
            site.aws.organizations.accept_handshake(handshake)
        return Pending(change, handshake or "", site.aws.clock.now(), "invited accounts to agree to all features")

    def poll(self, pending: Sequence[Pending], site: Site) -> Mapping[Address, Outcome | Exception]:
        """Look at the feature set again."""
        done = site.aws.organizations.describe_organization().feature_set == "ALL"
        return {item.change.address: Done() if done else item for item in pending}


KIND = OrganizationKind()
