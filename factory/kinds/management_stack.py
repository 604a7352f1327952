"""Management stacks: what a baseline is in the management account, which stack sets never reach: a stack a Region.

Source: CloudFormation API Reference, ``DeploymentTargets``: stack sets do not deploy to the management account.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from factory.aws.stacks import StackDefinition
from factory.core.address import Address, management_stack, management_stack_parts
from factory.core.change import Action, Change, Refusal, Risk
from factory.core.diff import Traits
from factory.core.errors import FactoryError
from factory.core.guard import Case
from factory.core.resource import OWNER_TAG, Resource, Value
from factory.kinds.account_values import own_values, shared_values
from factory.kinds.base import Kind, Outcome, Pending, Settled, Site, View
from factory.kinds.baseline_files import RETAINS_TAG, baselines, needs_of, opted_out, prefix, providing, regions, uses
from factory.kinds.baseline_template import (
    found_parameters,
    given_parameters,
    template_effects,
    template_refusals,
    template_url,
    wanted_template,
)
from factory.kinds.management_reach import NAMED_ON, VALUES, WITHOUT, reached
from factory.kinds.ownership import owner_of, tag_attrs, tags_of
from factory.kinds.request_mark import marked, unmarked
from factory.kinds.roll_out import WAITS
from factory.kinds.stack_work import BROKEN, COMPLETE, EMPTY, ROLLED_BACK, Building, advanced

if TYPE_CHECKING:
    from factory.aws.records import OwnStackRecord
    from factory.kinds.baseline_files import Baseline, Use
    from factory.spec import Organization

_STATUS = "status"
_AS_WANTED = "COMPLETE"


class ManagementStackKind(Kind):
    """A stack of the management account's own, ``management-stack:cloudtrail@eu-central-1``."""

    name = "management-stack"
    plural = "management stacks"
    traits = Traits(tagged=True, removable=True)
    limit = "cloudformation.stacks"
    reads = frozenset(
        {
            "cloudformation:DescribeStacks",
            "cloudformation:GetTemplate",
            "cloudformation:DescribeChangeSet",
            "cloudformation:DescribeStackEvents",
        }
    )
    writes = frozenset(
        {
            "cloudformation:CreateChangeSet",
            "cloudformation:ExecuteChangeSet",
            "cloudformation:DeleteChangeSet",
            "cloudformation:DeleteStack",
            "cloudformation:TagResource",
            "cloudformation:UntagResource",
        }
    )

    def desired(self, organization: Organization) -> Iterable[Resource]:
        """One for each Region of a baseline that is for the management account, wherever it is named.

        Which account that is, only AWS says: what does not reach it, `settle` takes out.
        """
        known = baselines(organization)
        chosen = [found for found in known.values() if found.keys.management_account]
        everywhere = tuple(uses(organization)) if chosen else ()
        named = {use.name for use in everywhere}
        for found in chosen:
            if found.name in named:
                yield from _wanted(found, known, everywhere, organization)

    def observe(self, view: View) -> None:
        """The caller's stacks whose names begin as ours do, where the caller is the management account."""
        if view.reading.caller_account != view.reading.organization.management_account_id:
            return
        declared = baselines(view.organization) if view.reading.own_stacks else {}
        for record in view.reading.own_stacks:
            found = _found(record, declared, view)
            # An attempt that came to nothing has left nothing: the stack is still to be created.
            if not (record.status in EMPTY and found.address in view.desired and _touchable(record, found)):
                view.add(found)

    def settle(self, case: Case) -> Settled:
        """Leave what reaches the management account, and what is to stay; say what does not reach it."""
        return reached(case)

    def refuse(self, case: Case) -> Iterable[Refusal]:
        """What could not be read is not changed, and what is not ours never touched."""
        changes = [change for change in case.changes if change.address.kind == self.name]
        identity, gap = case.snapshot.identity, case.snapshot.gap(self.name)
        unseen = gap.reason if gap else ""
        if f"::{identity.management_account}:" not in identity.caller:
            unseen = f"{identity.caller} is not of the management account {identity.management_account}"
        if changes and unseen:
            yield Refusal(
                "blind-change",
                f"the management account's stacks could not be read, so what is there is unknown: {unseen}",
                "give the caller the missing right, enable the Region, or run again when AWS answers",
            )
        for change in changes:
            have = change.before
            if have is not None and have.owned and have.attrs[_STATUS] not in BROKEN:
                yield from template_refusals(change, "the management account")
            if have is not None and change.after is not None and not have.owned and have.owner is None:
                yield Refusal(
                    "foreign-stack",
                    f"a stack {have.id} exists, and it does not carry our tag",
                    "give the baseline another name, or delete that stack first",
                    change.address,
                    change.source,
                )

    def risk(self, change: Change) -> Risk:
        """The management account is where the organization can be lost."""
        return Risk.LOW if change.action is Action.CREATE else Risk.HIGH

    def effects(self, change: Change) -> tuple[str, ...]:
        """What happens to the resources."""
        if change.action is Action.DELETE:
            return ("CloudFormation deletes the stack in the management account, and what is in it",)
        if change.before is not None and change.before.attrs[_STATUS] in BROKEN:
            return ("CloudFormation deletes what is left of the stack, and creates it anew",)
        return template_effects(change, "the management account")

    def start(self, change: Change, site: Site) -> Outcome:
        """Ask for the first step: mostly a change set."""
        return _advanced(Building(change, "", site.aws.clock.now(), WAITS), site)

    def poll(self, pending: Sequence[Pending], site: Site) -> Mapping[Address, Outcome | Exception]:
        """A look at each stack, and the next step."""
        outcomes: dict[Address, Outcome | Exception] = {}
        for item in pending:
            assert isinstance(item, Building), "only stacks are pending here"
            try:
                outcomes[item.change.address] = _advanced(item, site)
            except FactoryError as error:
                outcomes[item.change.address] = error
        return outcomes


def _wanted(
    found: Baseline, known: Mapping[str, Baseline], everywhere: Iterable[Use], organization: Organization
) -> Iterable[Resource]:
    attrs, accounts = wanted_template(found, organization)
    attrs |= {
        "retains": found.keys.retain_on_removal,
        _STATUS: _AS_WANTED,
        **tag_attrs({OWNER_TAG: organization.instance}),
    }
    before = needs_of(found.name, known, organization)
    needs = set(accounts)
    for use in everywhere:
        if use.name in before:
            needs |= set(providing(use, known, organization))
    attrs[NAMED_ON] = ", ".join(sorted(str(use.target) for use in everywhere if use.name == found.name))
    out = (account.name for account in organization.accounts.values() if found.name in opted_out(account))
    attrs[WITHOUT] = ", ".join(sorted(out))
    attrs[VALUES] = json.dumps(_values(found, organization))
    source = found.entry.where("management_account")
    for region in regions(found.keys, organization):
        yield Resource(management_stack(found.name, region), attrs, frozenset(needs), source=source)


def _values(found: Baseline, organization: Organization) -> dict[str, dict[str, str]]:
    """The values that differ from the shared ones, by account: one of them is the management account."""
    shared = shared_values(found, organization)
    accounts = (account for account in organization.accounts.values() if account.state != "closed")
    own = {account.name: own_values(account, found, shared, organization) for account in accounts}
    return {name: values for name, values in own.items() if values}


def _found(record: OwnStackRecord, declared: Mapping[str, Baseline], view: View) -> Resource:
    instance = view.organization.instance
    name = record.name.removeprefix(prefix(instance))
    address = management_stack(name, record.region)
    owned, owner = owner_of(record.tags, instance)
    want = view.desired.get(address)
    retains = record.tags.get(RETAINS_TAG) == "true"
    if want is None and name in declared:
        retains = declared[name].keys.retain_on_removal
    attrs: dict[str, Value] = {
        "template": unmarked(record.template),
        "capabilities": ", ".join(record.capabilities),
        "retains": retains,
        _STATUS: _AS_WANTED if _sound(record.status) else record.status,
        **tag_attrs({key: value for key, value in record.tags.items() if key != RETAINS_TAG}),
        **found_parameters(record.parameters, want, view),
    }
    return Resource(address, attrs, id=record.id, owned=owned, owner=owner)


def _sound(status: str) -> bool:
    """Whether the stack is what its template says, be it that old parts of it are still being cleaned up."""
    return status.removesuffix("_CLEANUP_IN_PROGRESS") in COMPLETE | ROLLED_BACK


def _touchable(record: OwnStackRecord, found: Resource) -> bool:
    """A stack has tags once it is begun; before, there are only change sets of this name, and nobody's stack."""
    return found.owned or not record.begun


def _advanced(item: Building, site: Site) -> Outcome:
    name, region = management_stack_parts(item.change.address)
    resource = item.change.resource
    stack_name = prefix(str(resource.attrs[f"tags.{OWNER_TAG}"])) + name
    return advanced(item, site.aws.stacks(region), stack_name, site, lambda: _definition(resource, stack_name, site))


def _definition(want: Resource, name: str, site: Site) -> StackDefinition:
    tags = tags_of(want) | ({RETAINS_TAG: "true"} if want.attrs["retains"] else {})
    definition = StackDefinition(
        name=name,
        template=str(want.attrs["template"]),
        parameters=given_parameters(want, site),
        capabilities=tuple(each for each in str(want.attrs["capabilities"]).split(", ") if each),
        tags=tags,
    )
    template = marked(definition.template, definition.change_set(""))
    return replace(definition, template=template, template_url=template_url(template, site))


KIND = ManagementStackKind()
