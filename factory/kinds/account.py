"""AWS accounts: created, adopted, renamed, moved, tagged, and closed only when a person says so by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from factory.core.address import ROOT, Address, account, node
from factory.core.change import Action, Change, Notice, Refusal, Risk
from factory.core.diff import Traits
from factory.core.errors import Problem
from factory.core.guard import Case
from factory.core.limits import Limits
from factory.core.resource import ADDRESS_TAG, OWNER_TAG, TAGS, Resource, Value
from factory.kinds import account_closing, account_creation, account_rules
from factory.kinds.account_identity import match
from factory.kinds.base import Done, Kind, Outcome, Pending, Settled, Site, View
from factory.kinds.ownership import owner_of, tag_attrs, write_tags

if TYPE_CHECKING:
    from factory.aws.records import AccountRecord
    from factory.spec import Organization


class AccountKind(Kind):
    """An account, ``account:payments-prod``; its address is its file's stem."""

    name = "account"
    plural = "accounts"
    traits = Traits(
        tagged=True,
        fixed=frozenset({"email"}),
        placed_by="parent",
        begins_as={"parent": "root"},
        ends_as=("state", "CLOSED"),
        usable_as_is=True,
    )
    limit = "organizations.CreateAccount"
    reads = frozenset(
        {
            "organizations:ListAccounts",
            "organizations:ListAccountsForParent",
            "organizations:ListTagsForResource",
            "organizations:ListCreateAccountStatus",
            "organizations:DescribeCreateAccountStatus",
            "organizations:DescribeAccount",
            "tag:GetResources",
        }
    )
    writes = frozenset(
        {
            "organizations:CreateAccount",
            "organizations:MoveAccount",
            "organizations:TagResource",
            "organizations:CloseAccount",
            "account:PutAccountName",
        }
    )

    def check(self, organization: Organization, limits: Limits) -> Iterable[Problem]:
        """A file named like an account id would speak of two accounts at once."""
        for stem, declared in organization.accounts.items():
            if stem.isdecimal() and len(stem) == 12:
                yield Problem(
                    declared.where(),
                    f"the file name {stem} looks like an account id",
                    "choose a name, and pin it with id:",
                )

    def desired(self, organization: Organization) -> Iterable[Resource]:
        """One account a file. Of an account that shall be closed only that is compared."""
        for stem, declared in organization.accounts.items():
            source = declared.where()
            attrs: dict[str, Value]
            if declared.state == "closed":
                attrs = {"state": "CLOSED", "email": declared.email}
                yield Resource(account(stem), attrs, id=declared.id, source=source)
                continue
            parent = node(declared.ou)
            tags = {**declared.tags, OWNER_TAG: organization.instance, ADDRESS_TAG: stem}
            attrs = {
                "name": declared.display_name,
                "email": declared.email,
                "parent": str(parent),
                **tag_attrs(tags),
            }
            yield Resource(
                account(stem),
                attrs,
                frozenset({parent} - {ROOT}),
                id=declared.id,
                source=source,
                label=declared.display_name,
                confirmed=declared.new,
            )

    def observe(self, view: View) -> None:
        """Every live account: under the address of the file it belongs to, else under its id."""
        reading, instance = view.reading, view.organization.instance
        found = match(view.organization.accounts, reading.accounts, reading.tags, instance)
        stems = {record.id: stem for stem, record in found.items()}
        for record in reading.accounts:
            self._add(record, account(stems.get(record.id, record.id)), view)

    def _add(self, record: AccountRecord, address: Address, view: View) -> None:
        tags = view.reading.tags.get(record.id, {})
        owned, owner = owner_of(tags, view.organization.instance)
        parent = view.addresses[record.parent_id]
        attrs: dict[str, Value] = {
            "name": record.name,
            "email": record.email,
            "parent": str(parent),
            "state": record.state,
            **tag_attrs(tags),
        }
        needs = frozenset({parent} - {ROOT})
        view.add(Resource(address, attrs, needs, id=record.id, owned=owned, owner=owner, label=record.name))
        if record.state != "ACTIVE":
            view.health[address] = record.state

    def settle(self, case: Case) -> Settled:
        """Leave out what is not active, or closed already, and say what people should know."""
        desired = dict(case.desired)
        notices: list[Notice] = []
        for address in [a for a in desired if a.kind == self.name]:
            if not account_rules.actionable(address, case, notices):
                del desired[address]
            elif "parent" not in desired[address].attrs:
                # An account that is to be closed stays in its unit, for another 90 days.
                desired[address] = replace(desired[address], needs=case.snapshot.resources[address].needs)
        notices += account_rules.notices(replace(case, desired=desired))
        return Settled(desired, case.snapshot, tuple(notices))

    def refuse(self, case: Case) -> Iterable[Refusal]:
        """Creations that may be renames, taken e-mails, closing, protected accounts."""
        for rule in account_rules.RULES:
            yield from rule(case)

    def risk(self, change: Change) -> Risk:
        """Closing cannot be undone; a move changes every policy at once."""
        if change.action is Action.CLOSE:
            return Risk.IRREVERSIBLE
        differs = any(not f.name.startswith(TAGS) for f in change.fields())
        return Risk.HIGH if change.action is Action.MOVE or (change.action is Action.ADOPT and differs) else Risk.LOW

    def effects(self, change: Change) -> tuple[str, ...]:
        """Where a new account first appears, and what closing means."""
        if change.action is Action.CREATE:
            return ("AWS puts the new account into the root for some seconds, then it is moved into its unit",)
        if change.action is Action.CLOSE:
            return ("AWS closes the account for good after 90 days; until then only AWS Support can reopen it",)
        return ()

    def start(self, change: Change, site: Site) -> Outcome:
        """Create (asynchronous), close (asynchronous), or tag, move and rename, in that order."""
        if change.action is Action.CREATE:
            return account_creation.start(change, site)
        account_id = site.id(change.address)
        organizations = site.aws.organizations
        if change.action is Action.CLOSE:
            return account_closing.start(change, site)
        write_tags(organizations, change, account_id)
        for field in sorted(change.fields(), key=lambda field: field.name != "parent"):
            if field.name == "name":
                managing = account_id == site.identity.management_account
                # PutAccountName must not name the caller's own account (Account Management API reference).
                site.aws.accounts.put_name(None if managing else account_id, str(field.after))
            elif field.name == "parent":
                source, target = Address.parse(str(field.before)), Address.parse(str(field.after))
                organizations.move_account(account_id, site.id(source), site.id(target))
        return Done(account_id)

    def poll(self, pending: Sequence[Pending], site: Site) -> Mapping[Address, Outcome | Exception]:
        """Creations in progress, all in one listing; closures that had to wait for others."""
        closing = [item for item in pending if item.change.action is Action.CLOSE]
        creating = [item for item in pending if item.change.action is not Action.CLOSE]
        outcomes = dict(account_creation.poll(creating, site)) if creating else {}
        return outcomes | account_closing.poll(closing, site)


KIND = AccountKind()
