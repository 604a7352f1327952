"""The streams of a sweep: what is asked first, what follows from each answer, and what may be missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from factory.aws import tree
from factory.aws.errors import AwsError, CredentialsError
from factory.aws.events import Event, emit
from factory.aws.identity import Caller
from factory.aws.pool import Task, run
from factory.aws.records import (
    AccountRecord,
    AttachmentRecord,
    OrganizationRecord,
    PolicyRecord,
    Reading,
    RootRecord,
    UnitRecord,
)
from factory.core.policy_types import RCP_FULL_ACCESS
from factory.core.resource import Gap

if TYPE_CHECKING:
    from factory.aws.session import Aws

_GONE = {
    "PolicyNotFoundException",
    "ParentNotFoundException",
    "TargetNotFoundException",
    "ChildNotFoundException",
}
"""What was listed a moment ago was deleted since: not an error, just no longer there."""

_UNKNOWN_TYPE = {
    "InvalidInputException",
    "UnsupportedAPIEndpointException",
    "PolicyTypeNotAvailableForOrganizationException",
}
"""How an endpoint or partition says that it does not know a policy type: then it has no such policies."""


class Sweep:
    """What one sweep has found so far. Its tasks run side by side, each adding what it alone found."""

    def __init__(self, aws: Aws, types: Iterable[str]) -> None:
        self._aws = aws
        self._types = set(types)
        self._caller: list[Caller] = []
        self._organization: list[OrganizationRecord] = []
        self._root: list[RootRecord] = []
        self._units: list[UnitRecord] = []
        self._accounts: dict[str, AccountRecord] = {}
        self._policies: dict[str, PolicyRecord] = {}
        self._attachments: list[AttachmentRecord] = []
        self._bulk_tags: dict[str, dict[str, dict[str, str]]] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self._gaps: set[Gap] = set()

    def first(self) -> list[Task]:
        """Everything that can be asked at once; the rest follows from the answers."""
        return [
            Task("ListRoots", self._read_root),
            Task("ListAccounts", self._read_accounts),
            Task("GetResources", self._read_bulk_tags),
            Task("DescribeOrganization", self._read_organization),
            Task("GetCallerIdentity", self._ask),
        ]

    def units(self) -> list[Task]:
        """The tree, where it has not been walked: from the attachments and paths, which cost nothing any more."""
        root = self._root[0]
        if not tree.told(root):
            return []
        tagged = self._bulk_tags.get("ou", {})
        found = tree.units(root, self._accounts.values(), self._attachments, tagged)
        if found is None or any(gap.kind == "attachment" for gap in self._gaps):
            emit(Event.ONE_BY_ONE, what="units, level by level", why="attachments and paths do not tell of all of them")
            return [self._walk(root.id, 0)]
        above = tree.parents(self._accounts.values())
        self._units += [_unit(found[unit_id], parent) for unit_id, parent in above.items()]
        without = sorted(found.keys() - above.keys())
        return [Task("ListParents", partial(self._read_place, found[unit_id])) for unit_id in without]

    def second(self) -> list[Task]:
        """What is left once all resources are known: parents and tags that the bulk answers did not hold."""
        places = [self._root[0].id, *(unit.id for unit in self._units)]
        missing = any(not account.parent_id for account in self._accounts.values())
        if missing:
            emit(Event.ONE_BY_ONE, what="parents of accounts, unit by unit", why="the endpoint gives no Paths")
        look_inside = places if missing else []
        untold = [rid for kind, ids in self._resources().items() if not self._bulk_tags.get(kind) for rid in ids]
        return [
            *(Task("ListAccountsForParent", partial(self._read_accounts_in, place)) for place in look_inside),
            *(Task("ListTagsForResource", partial(self._read_tags_of, rid)) for rid in untold),
        ]

    def reading(self) -> Reading:
        """What was found, in a fixed order. Raises `AwsError` where it cannot be the whole organization."""
        places = {self._root[0].id, *(unit.id for unit in self._units)}
        placed: list[AccountRecord | UnitRecord] = [*self._accounts.values(), *self._units]
        lost = sorted(each.id for each in placed if each.parent_id not in places)
        if lost:
            raise AwsError(
                "MovedMeanwhile",
                "organizations.ListAccountsForParent",
                f"places changed while they were read: {', '.join(lost)}",
                hint="run again",
            )
        if self._organization[0].management_account_id not in self._accounts:
            raise AwsError(
                "IncompleteAnswer",
                "organizations.ListAccounts",
                "the list of accounts does not hold the management account",
                hint="run again; if it stays, check AWS_ENDPOINT_URL",
            )
        ids = [rid for found in self._resources().values() for rid in found]
        bulk = {rid: tags for rows in self._bulk_tags.values() for rid, tags in rows.items()}
        return Reading(
            caller_arn=self._caller[0].arn,
            caller_account=self._caller[0].account,
            organization=self._organization[0],
            root=self._root[0],
            units=tuple(sorted(self._units, key=lambda unit: unit.id)),
            accounts=tuple(self._accounts[key] for key in sorted(self._accounts)),
            policies=tuple(self._policies[key] for key in sorted(self._policies)),
            attachments=tuple(sorted(self._attachments, key=lambda a: (a.policy_id, a.target_id))),
            tags={rid: self._tags.get(rid, bulk.get(rid, {})) for rid in ids},
            tags_confirmed=self._tags.keys() >= set(ids),
            gaps=tuple(sorted(self._gaps, key=lambda gap: (gap.kind, gap.reason))),
        )

    def _resources(self) -> dict[str, list[str]]:
        """The ids of everything whose tags are compared, by the tagging API's types. The root's are nobody's."""
        return {
            "ou": sorted(unit.id for unit in self._units),
            "account": sorted(self._accounts),
            "policy": sorted(policy.id for policy in self._policies.values() if not policy.aws_managed),
        }

    def _ask(self) -> Iterable[Task]:
        self._caller.append(self._aws.sts.caller())
        return ()

    def _read_organization(self) -> Iterable[Task]:
        self._organization.append(self._aws.organizations.describe_organization())
        return ()

    def _read_root(self) -> Iterable[Task]:
        root = self._aws.organizations.root()
        self._root.append(root)
        types = sorted(self._types | root.policy_types.keys())
        policies = [Task("ListPolicies", partial(self._read_policies, name)) for name in types]
        return policies if tree.told(root) else [*policies, self._walk(root.id, 0)]

    def _read_accounts(self) -> Iterable[Task]:
        self._accounts.update({account.id: account for account in self._aws.organizations.accounts()})
        return ()

    def _read_accounts_in(self, parent_id: str) -> Iterable[Task]:
        for account in self._aws.organizations.accounts_in(parent_id):
            self._accounts[account.id] = account
        return ()

    def _read_units(self, parent_id: str, depth: int) -> Iterable[Task]:
        """The units in a place ``depth`` levels below the root; nothing fits below the deepest level."""
        deepest = self._aws.limits.quota("organizations.organizational_unit_depth")
        if deepest is not None and depth >= deepest:
            return ()
        try:
            found = self._aws.organizations.units(parent_id)
        except AwsError as error:
            if error.code in _GONE:
                return ()
            raise
        self._units.extend(found)
        return [self._walk(unit.id, depth + 1) for unit in found]

    def _walk(self, parent_id: str, depth: int) -> Task:
        return Task("ListOrganizationalUnitsForParent", partial(self._read_units, parent_id, depth))

    def _read_place(self, attached: AttachmentRecord) -> Iterable[Task]:
        """The place of a unit that no account's path goes through."""
        try:
            self._units.append(_unit(attached, self._aws.organizations.parent(attached.target_id)))
        except AwsError as error:
            if error.code not in _GONE:
                raise
        return ()

    def _read_policies(self, name: str) -> Iterable[Task]:
        try:
            found = self._aws.organizations.policies(name)
        except AwsError as error:
            if error.code in _UNKNOWN_TYPE:
                return ()
            self._gap(error, "guardrail", "attachment")
            return ()
        self._policies.update({policy.id: policy for policy in found})
        ours = [policy for policy in found if not policy.aws_managed]
        # AWS keeps RCPFullAWSAccess on everything and lets no one detach it: its pages would tell nothing.
        attachable = [p for p in found if not (p.aws_managed and p.name == RCP_FULL_ACCESS)]
        # FullAWSAccess sits on nearly everything, so its pages, one after the other, take longest: they begin first.
        attachable.sort(key=lambda policy: not policy.aws_managed)
        return [
            *(Task("DescribePolicy", partial(self._read_content, policy.id)) for policy in ours),
            *(Task("ListTargetsForPolicy", partial(self._read_targets, policy.id)) for policy in attachable),
        ]

    def _read_content(self, policy_id: str) -> Iterable[Task]:
        try:
            content = self._aws.organizations.policy_content(policy_id)
        except AwsError as error:
            if error.code in _GONE:
                self._policies.pop(policy_id, None)
            else:
                self._gap(error, "guardrail")
            return ()
        self._policies[policy_id] = replace(self._policies[policy_id], content=content)
        return ()

    def _read_targets(self, policy_id: str) -> Iterable[Task]:
        try:
            self._attachments.extend(self._aws.organizations.targets(policy_id))
        except AwsError as error:
            if error.code not in _GONE:
                self._gap(error, "attachment")
        return ()

    def _read_bulk_tags(self) -> Iterable[Task]:
        try:
            self._bulk_tags = self._aws.tagging.organization_tags()
        except CredentialsError:
            raise
        except AwsError as error:
            emit(Event.ONE_BY_ONE, what="tags", why=f"{error.operation}: {error.code}")
        return ()

    def _read_tags_of(self, resource_id: str) -> Iterable[Task]:
        self._tags[resource_id] = _tags_of(self._aws, resource_id)
        return ()

    def _gap(self, error: AwsError, *kinds: str) -> None:
        """Note what a missing permission hides; any other error ends the sweep."""
        if not error.denied:
            raise error
        for kind in kinds:
            gap = Gap(kind, f"{error.action} is not allowed to these credentials")
            if gap not in self._gaps:
                self._gaps.add(gap)
                emit(Event.GAP, kind=gap.kind, reason=gap.reason)


def _unit(attached: AttachmentRecord, parent_id: str) -> UnitRecord:
    return UnitRecord(attached.target_id, attached.target_arn, attached.target_name, parent_id)


def read_tags(aws: Aws, resource_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """These resources' tags, asked for one by one."""
    found: dict[str, dict[str, str]] = {}

    def read(resource_id: str) -> Iterable[Task]:
        found[resource_id] = _tags_of(aws, resource_id)
        return ()

    run([Task("ListTagsForResource", partial(read, rid)) for rid in resource_ids], aws.workers, aws.clock)
    return found


def _tags_of(aws: Aws, resource_id: str) -> dict[str, str]:
    try:
        return aws.organizations.tags(resource_id)
    except AwsError as error:
        if error.code in _GONE:
            return {}
        raise
