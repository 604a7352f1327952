"""Baselines: service-managed stack sets, each from a folder in ``baselines/stack-sets/``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from factory.aws.errors import AwsError
from factory.aws.stack_set_sweep import ELSEWHERE
from factory.aws.stack_sets import SERVICE_MANAGED, Definition
from factory.core.address import STACK_SET_ACCESS, Address, baseline
from factory.core.change import Action, Change, Notice, Refusal, Risk
from factory.core.diff import Traits
from factory.core.errors import FactoryError, Problem
from factory.core.guard import Case
from factory.core.limits import Limits
from factory.core.resource import OWNER_TAG, TAGS, Resource, Value
from factory.kinds import baseline_checks
from factory.kinds.account_values import BUDGET
from factory.kinds.base import Done, Kind, Outcome, Pending, Settled, Site, View
from factory.kinds.baseline_files import (
    BASELINES,
    FOLDER,
    KIND_OF_FILE,
    MAIN,
    RETAINS_TAG,
    SINGLE,
    TEMPLATE,
    Baseline,
    BaselineFile,
    address_of,
    baselines,
    family,
    needs_of,
    stack_set_name,
    uses,
)
from factory.kinds.baseline_template import (
    canonical,
    found_parameters,
    given_parameters,
    template_effects,
    template_refusals,
    template_url,
    wanted_template,
)
from factory.kinds.own_value_effects import valued
from factory.kinds.ownership import owner_of, tag_attrs, tags_of
from factory.kinds.roll_out import (
    LEFT_BEHIND,
    OPERATION,
    ROW,
    WAITS,
    Operating,
    begun,
    names_in,
    preferences,
    told,
    under_way,
    written,
)
from factory.kinds.successors import succeeding, takeovers
from factory.spec import FileKind

if TYPE_CHECKING:
    from factory.aws.records import StackSetRecord
    from factory.spec import Organization

_READ_TOGETHER = frozenset({"stack-set-access", "baseline", "deployment", "stack"})
"""The kinds of which nothing is changed where a baseline could not be read: one gap speaks for all of them."""

_NOT_EMPTY = "StackSetNotEmptyException"
_WAY_OUT = "see what CloudFormation says there; run apply again: only what is not current is tried again"


class BaselineKind(Kind):
    """A stack set, ``baseline:cloudtrail``; ``baseline:cloudtrail/accounts`` is for single accounts."""

    name = "baseline"
    plural = "baselines"
    traits = Traits(tagged=True, removable=True, fixed=frozenset({"permission_model"}))
    files = (FileKind(KIND_OF_FILE, FOLDER, BaselineFile, main=MAIN, companions=(TEMPLATE,)),)
    sections = (BASELINES, BUDGET)
    limit = ROW
    reads = frozenset(
        {
            "cloudformation:ListStackSets",
            "cloudformation:DescribeStackSet",
            "cloudformation:ListStackSetOperations",
            "cloudformation:DescribeStackSetOperation",
        }
    )
    writes = frozenset(
        {
            "cloudformation:CreateStackSet",
            "cloudformation:UpdateStackSet",
            "cloudformation:DeleteStackSet",
            "cloudformation:TagResource",
            "cloudformation:UntagResource",
            # For templates that go through a bucket; CloudFormation reads there with the caller's rights.
            *("s3:ListBucket", "s3:GetObject", "s3:PutObject"),
        }
    )

    def check(self, organization: Organization, limits: Limits) -> Iterable[Problem]:
        """Templates that CloudFormation would refuse, values that do not fit them, names and Regions unknown."""
        return baseline_checks.check(organization)

    def desired(self, organization: Organization) -> Iterable[Resource]:
        """A stack set for every baseline that is named on the root or a unit, and one where accounts name it."""
        known = baselines(organization)
        for address in sorted({use.address for use in uses(organization) if use.name in known}):
            yield _wanted(address, known[family(address.name)], known, organization)

    def observe(self, view: View) -> None:
        """The stack sets whose names begin as ours do; their tag tells whether they are."""
        arns = {record.arn: address_of(record.name, view.organization.instance) for record in view.reading.stack_sets}
        for record in view.reading.stack_sets:
            view.add(_found(record, view, arns))

    def settle(self, case: Case) -> Settled:
        """Say what has a name like ours and is nobody's: it is left alone."""
        notices = [
            Notice("foreign", f"a stack set {have.id} exists and does not carry our tag, so it is left alone", address)
            for address, have in case.snapshot.resources.items()
            if address.kind == self.name and address not in case.desired and not have.owned and have.owner is None
        ]
        return Settled(case.desired, case.snapshot, tuple(notices))

    def refuse(self, case: Case) -> Iterable[Refusal]:
        """What could not be read is not changed, what is not ours never touched, and the kind of permissions stays."""
        elsewhere = case.snapshot.gap(ELSEWHERE)
        if elsewhere:
            yield Refusal(
                "immutable",
                f"this instance keeps its stack sets in {elsewhere.reason}, and home_region says otherwise: they "
                "cannot be moved to another Region",
                "put home_region back; to change it, take the baselines off every node and apply before that",
            )
        gap = case.snapshot.gap(self.name)
        if gap and any(change.address.kind in _READ_TOGETHER for change in case.changes):
            yield Refusal(
                "blind-change",
                f"stack sets could not be read, so what is there is unknown: {gap.reason}",
                "give the caller the missing right, or run again when AWS answers",
            )
        yield from takeovers(case)
        for change in case.changes:
            have = change.before
            if change.address.kind != self.name or have is None or change.after is None:
                continue
            if have.owned:
                yield from template_refusals(change, "every stack")
            if not have.owned and have.owner is None:
                yield Refusal(
                    "foreign-stack-set",
                    f"a stack set {have.id} exists, and it does not carry our tag",
                    "give the baseline another name, or delete that stack set first",
                    change.address,
                    change.source,
                )
            if have.attrs["permission_model"] != SERVICE_MANAGED:
                yield Refusal(
                    "immutable",
                    f"the stack set {have.id} is {have.attrs['permission_model']} and cannot become {SERVICE_MANAGED}",
                    "delete it by hand, or give the baseline another name",
                    change.address,
                    change.source,
                )

    def foresee(self, case: Case) -> Iterable[Change]:
        """Of stack sets: one under a new name comes once that of the old name is gone. Of stacks: what values do."""
        yield from succeeding(case)
        yield from valued(case)

    def risk(self, change: Change) -> Risk:
        """An update reaches every account that has the baseline."""
        return Risk.LOW if change.action is Action.CREATE else Risk.HIGH

    def effects(self, change: Change) -> tuple[str, ...]:
        """What a new template, or new values for it, do to the resources in every account."""
        return template_effects(change, "every stack")

    def start(self, change: Change, site: Site) -> Outcome:
        """Create at once; an update is an operation on every stack, and a removal waits for what is under way."""
        if change.action is Action.CREATE:
            definition = _definition(change.resource, site)
            site.aws.stack_sets.create(definition)
            return Done(definition.name)
        return _begin(Operating(change, "", site.aws.clock.now(), WAITS), site)

    def poll(self, pending: Sequence[Pending], site: Site) -> Mapping[Address, Outcome | Exception]:
        """Follow each update to its end: success is that every stack is current."""
        outcomes: dict[Address, Outcome | Exception] = {}
        for item in pending:
            assert isinstance(item, Operating), "only updates and removals are pending here"
            try:
                outcomes[item.change.address] = _followed(item, site) if item.token else _begin(item, site)
            except FactoryError as error:
                outcomes[item.change.address] = error
        return outcomes


def _begin(item: Operating, site: Site) -> Outcome:
    """Remove, or begin to update; wait where CloudFormation is at work on the stack set."""
    stack_sets, change = site.aws.stack_sets, item.change
    if change.action is Action.DELETE:
        try:
            removed = begun(item, site, lambda: stack_sets.delete(site.id(change.address)))
        except AwsError as error:
            if error.code != _NOT_EMPTY:
                raise
            left = stack_sets.stacks(site.id(change.address))
            if not left:
                raise
            what = f"{len(left)} of its stacks could not be deleted: {told(left, names_in(site))}"
            raise FactoryError(what, LEFT_BEHIND) from None
        return Done() if removed.token else removed
    return begun(
        item, site, lambda: stack_sets.update(_definition(change.resource, site), preferences(change.resource))
    )


def _followed(item: Operating, site: Site) -> Outcome | Exception:
    stack_sets, name = site.aws.stack_sets, site.id(item.change.address)
    operation = stack_sets.operation(name, item.token)
    if not operation.over:
        return under_way(item, item.change.address, operation)
    stacks = stack_sets.stacks(name)
    behind = [stack for stack in stacks if stack.status != "CURRENT" and not stack.skipped]
    if not behind and operation.status != "STOPPED":
        return Done(name)
    where = told(behind, names_in(site))
    what = f"the update {item.token} is {operation.status}, {len(behind)} of {len(stacks)} stacks are not current"
    return FactoryError(f"{what}: {where}" if where else what, _WAY_OUT)


def _wanted(address: Address, found: Baseline, known: Mapping[str, Baseline], organization: Organization) -> Resource:
    single = address.name.endswith(SINGLE)
    automatic = found.keys.auto_deploy and not single
    units = {use.name for use in uses(organization) if use.address == baseline(use.name)}
    others = needs_of(found.name, known, organization) & units
    needed = {baseline(name) for name in others if known[name].keys.auto_deploy} if automatic else set()
    carried, accounts = wanted_template(found, organization)
    attrs: dict[str, Value] = {
        **carried,
        "description": found.keys.description,
        "permission_model": SERVICE_MANAGED,
        "auto_deployment": automatic,
        "retains": found.keys.retain_on_removal and automatic,
        "depends_on": ", ".join(sorted(each.name for each in needed)),
        "managed_execution": True,
        OPERATION: written(found.keys.operation),
        **tag_attrs({OWNER_TAG: organization.instance}),
    }
    if not automatic:
        # AWS keeps it for auto-deployment only, and once the files are gone it has to be known all the same.
        attrs[TAGS + RETAINS_TAG] = str(found.keys.retain_on_removal).lower()
    needs = frozenset({STACK_SET_ACCESS} | needed | accounts)
    return Resource(address, attrs, needs, source=found.entry.where())


def _found(record: StackSetRecord, view: View, arns: Mapping[str, Address]) -> Resource:
    address = address_of(record.name, view.organization.instance)
    owned, owner = owner_of(record.tags, view.organization.instance)
    want = view.desired.get(address)
    others = [arns[arn] for arn in record.depends_on if arn in arns]
    attrs: dict[str, Value] = {
        "description": record.description,
        "template": canonical(record.template),
        "capabilities": ", ".join(record.capabilities),
        "permission_model": record.permission_model,
        "auto_deployment": record.auto_deployment,
        "retains": record.retains,
        "depends_on": ", ".join(sorted(each.name for each in others)),
        "managed_execution": record.managed_execution,
        # Says how a change is made: AWS keeps nothing of it that could differ.
        OPERATION: want.attrs[OPERATION] if want else "",
        **tag_attrs(record.tags),
        **found_parameters(record.parameters, want, view),
    }
    return Resource(address, attrs, frozenset({STACK_SET_ACCESS, *others}), id=record.name, owned=owned, owner=owner)


def _definition(want: Resource, site: Site) -> Definition:
    template, automatic = str(want.attrs["template"]), bool(want.attrs["auto_deployment"])
    depends_on = [name for name in str(want.attrs["depends_on"]).split(", ") if name]
    return Definition(
        name=want.id or stack_set_name(want.address, str(want.attrs[f"tags.{OWNER_TAG}"])),
        description=str(want.attrs["description"]),
        template=template,
        parameters=given_parameters(want, site),
        capabilities=tuple(name for name in str(want.attrs["capabilities"]).split(", ") if name),
        tags=tags_of(want),
        auto_deployment=automatic,
        retains=bool(want.attrs["retains"]),
        depends_on=tuple(site.aws.stack_sets.stack_set(site.id(baseline(name))).arn for name in depends_on),
        template_url=template_url(template, site),
    )


KIND = BaselineKind()
