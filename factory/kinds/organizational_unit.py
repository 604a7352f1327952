"""Organizational units, addressed by their full path."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from factory.aws.errors import AwsError
from factory.core.address import ROOT, Address, parent, unit
from factory.core.change import Action, Change, Notice, Risk
from factory.core.diff import Traits
from factory.core.guard import Case
from factory.core.resource import OWNER_TAG, TAGS, Resource, Value
from factory.kinds.base import Done, Kind, Outcome, Settled, Site, View
from factory.kinds.ownership import owner_of, tag_attrs, undeclared_tags, write_tags

if TYPE_CHECKING:
    from factory.aws.records import UnitRecord
    from factory.spec import Organization


def _needs(address: Address) -> frozenset[Address]:
    above = parent(address)
    return frozenset() if above == ROOT else frozenset({above})


class UnitKind(Kind):
    """An organizational unit, ``ou:workloads/prod``: created, renamed in place, deleted when ours and empty."""

    name = "ou"
    plural = "organizational units"
    traits = Traits(tagged=True, removable=True, usable_as_is=True, verbs={Action.DELETE: "remove"})
    reads = frozenset(
        {
            "organizations:ListOrganizationalUnitsForParent",
            "organizations:ListParents",
            "organizations:ListTagsForResource",
        }
    )
    writes = frozenset(
        {
            "organizations:CreateOrganizationalUnit",
            "organizations:UpdateOrganizationalUnit",
            "organizations:DeleteOrganizationalUnit",
            "organizations:TagResource",
        }
    )

    def desired(self, organization: Organization) -> Iterable[Resource]:
        """Every declared unit; a unit's parent is part of its address."""
        for path, declared in organization.units.items():
            attrs: dict[str, Value] = {"name": path.rpartition("/")[2]}
            attrs |= tag_attrs({**declared.ou_tags, OWNER_TAG: organization.instance})
            yield Resource(unit(path), attrs, _needs(unit(path)), source=declared.where())

    def observe(self, view: View) -> None:
        """Walk the tree from the top, so that what is below a renamed unit follows it."""
        below: dict[str, list[UnitRecord]] = {}
        for record in view.reading.units:
            below.setdefault(record.parent_id, []).append(record)
        former = {u.was: unit(path) for path, u in view.organization.units.items() if u.was}
        level = [(view.reading.root.id, ROOT, "")]
        while level:
            parent_id, above, live_above = level.pop()
            siblings = below.get(parent_id, [])
            taken = {record.name for record in siblings}
            for record in siblings:
                # AWS takes any character in a name, but to us a slash goes down a level.
                name = record.name.replace("/", "%2F")
                live = f"{live_above}/{name}".lstrip("/")
                address = unit(f"{above.name}/{name}".lstrip("/"))
                renamed = former.get(live)
                if renamed and parent(renamed) == above and renamed.name.rpartition("/")[2] not in taken:
                    address = renamed
                self._add(record, address, view)
                level.append((record.id, address, live))

    def _add(self, record: UnitRecord, address: Address, view: View) -> None:
        tags = view.reading.tags.get(record.id, {})
        owned, owner = owner_of(tags, view.organization.instance)
        attrs: dict[str, Value] = {"name": record.name, **tag_attrs(tags)}
        view.add(Resource(address, attrs, _needs(address), id=record.id, owned=owned, owner=owner, label=record.name))

    def settle(self, case: Case) -> Settled:
        """Say which units nobody declared, and which tags nobody declares any more."""
        foreign, extra = [], []
        for address, have in case.snapshot.resources.items():
            if address.kind != self.name:
                continue
            want = case.desired.get(address)
            if want is None and not have.owned:
                foreign.append(str(address))
            elif want is not None and have.owned and (keys := undeclared_tags(want, have)):
                extra.append(f"{address} ({', '.join(keys)})")
        notices = []
        if foreign:
            what = f"organizational units that no file declares, left alone: {', '.join(sorted(foreign))}"
            notices.append(Notice("foreign", what))
        if extra:
            notices.append(Notice("extra-tags", f"tags that no file declares, left alone: {'; '.join(sorted(extra))}"))
        return Settled(case.desired, case.snapshot, tuple(notices))

    def risk(self, change: Change) -> Risk:
        """Taking over a unit that looks different from the file deserves a look; so does removing one."""
        differs = any(not f.name.startswith(TAGS) for f in change.fields())
        return Risk.HIGH if change.action is Action.DELETE or (change.action is Action.ADOPT and differs) else Risk.LOW

    def start(self, change: Change, site: Site) -> Outcome:
        """Create, rename and tag, or delete; each is one or two plain calls."""
        organizations = site.aws.organizations
        if change.action is Action.CREATE:
            want = change.resource
            tags = {k.removeprefix(TAGS): str(v) for k, v in want.attrs.items() if k.startswith(TAGS)}
            above, name = site.id(parent(want.address)), str(want.attrs["name"])
            try:
                return Done(organizations.create_unit(above, name, tags).id)
            except AwsError as error:
                if error.code != "DuplicateOrganizationalUnitException":
                    raise
                # Our own first try, whose answer was lost and which botocore repeated, carries our tags.
                for unit in organizations.units(above):
                    if unit.name == name and organizations.tags(unit.id) == tags:
                        return Done(unit.id)
                raise
        unit_id = site.id(change.address)
        if change.action is Action.DELETE:
            organizations.delete_unit(unit_id)
            return Done()
        write_tags(organizations, change, unit_id)
        for field in change.fields():
            if field.name == "name":
                organizations.rename_unit(unit_id, str(field.after))
        return Done(unit_id)


KIND = UnitKind()
