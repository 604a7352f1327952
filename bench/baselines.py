"""An organization of any size with baselines, as files and as it stands in a sandbox, and accounts to add to it."""

from __future__ import annotations

import uuid
from pathlib import Path

from bench import made_up
from factory.aws.records import StackRecord
from factory.aws.stack_sets import Definition
from factory.core.address import Address, stack_parts
from factory.core.limits import Limits
from factory.core.resource import Resource
from factory.kinds import registry
from factory.kinds.baseline_files import baselines, prefix
from factory.kinds.stack_values import IN, OWN, digest, tag_of
from factory.sandbox import MANAGEMENT_ACCOUNT, State
from factory.sandbox.ids import draw
from factory.sandbox.stack_sets import activate_access, create_stack_set
from factory.sandbox.stack_state import SetOperation, Stack, StackInstance, StackSet
from factory.sandbox.world import World
from factory.spec import Organization

REGIONS = 2
ON_ROOT, ON_UNITS, OWN_VALUES = ("trail", "recorder", "detector"), ("roles", "alarms"), "budget"
"""Baselines that AWS deploys by itself, by where they are named, and one that has values of each account's own."""

UNITS, GUARDRAILS = 60, 40
AMOUNTS = ("{monthly_usd: 100}", "{monthly_usd: 500}", "{monthly_usd: 2000}")
"""Each unit has one of these; with forty owners there are up to 120 budgets that differ."""

_BASELINE = "description: A made-up baseline.\nregions: governed\nparameters: {Level: high}\n"
_TEMPLATE = """\
Parameters: {Level: {Type: String}}
Resources: {Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Level}}}
"""
_BUDGET = """\
description: What an account may cost.
regions: governed
auto_deploy: false
parameters: {Usd: "{account.budget.monthly_usd}", Who: "{account.budget.notify}"}
"""
_BUDGET_TEMPLATE = """\
Parameters: {Usd: {Type: Number}, Who: {Type: String}}
Resources: {Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Sub "${Usd} ${Who}"}}}
"""


def write(root: Path, accounts: int, *, automatic: bool = True) -> None:
    """Write an organization of this many accounts with six baselines in two Regions.

    The management account is one of them. Without ``automatic``, AWS deploys none of the baselines by itself.
    """
    made_up.write(root, accounts, UNITS, GUARDRAILS)
    file = root / "accounts" / "organization.yaml"
    text = file.read_text().replace("regions: [eu-central-1]", "regions: [eu-central-1, eu-west-1]")
    text = text.replace("defaults: {", 'defaults: {budget: {alert_at: [100], notify: ["{owner}@example.com"]}, ')
    text = text.replace("root: {", f"root: {{baselines: [{', '.join((*ON_ROOT, OWN_VALUES))}], ")
    for number in range(UNITS // 2):
        unit = f"  unit-{number:03}: {{"
        more = f"budget: {AMOUNTS[number % len(AMOUNTS)]}, baselines: [{', '.join(ON_UNITS)}], "
        text = text.replace(unit, unit + more)
    file.write_text(text)
    for name in (*ON_ROOT, *ON_UNITS, OWN_VALUES):
        folder = root / "baselines" / "stack-sets" / name
        folder.mkdir(parents=True)
        mine = name == OWN_VALUES
        main = _BUDGET if mine else _BASELINE + f"auto_deploy: {str(automatic).lower()}\n"
        (folder / "baseline.yaml").write_text(main)
        (folder / "template.yaml").write_text(_BUDGET_TEMPLATE if mine else _TEMPLATE)


def add(root: Path, accounts: int) -> None:
    """Write the files of this many accounts more, each in another unit than the one before."""
    for number, name in enumerate(added(accounts)):
        unit = f"unit-{number % (UNITS // 2):03}" + "/inner" * (number % 2)
        (root / "accounts" / f"{name}.yaml").write_text(f"ou: {unit}\nowner: team-{number % 40}\n")


def added(accounts: int) -> list[str]:
    """The names of the accounts that `add` adds."""
    return [f"new-{number:03}" for number in range(accounts)]


def fill(state: State, organization: Organization) -> None:
    """Put into the state of a new sandbox what these files want, as an apply would leave it, stacks included.

    Every account has come by itself, and CloudFormation remembers the operation that brought it its stacks.
    """
    assert organization.home_region is not None, "baselines have one"
    ids = made_up.fill(state, organization)
    world = World(state, state.now, MANAGEMENT_ACCOUNT, organization.home_region, Limits({}))
    activate_access(world, {})
    wanted = [r for name in ("baseline", "deployment", "stack") for r in registry()[name].desired(organization)]
    sets = {r.address: _stack_set(world, r, organization) for r in wanted if r.address.kind == "baseline"}
    for each in wanted:
        if each.address.kind == "deployment":
            of = sets[Address("baseline", str(each.attrs["baseline"]))]
            of.targets[ids[str(each.attrs["target"])]] = str(each.attrs["regions"]).split(", ")
        elif each.address.kind == "stack":
            of, holder = stack_parts(each.address)
            through = [need.name.partition("@")[2] for need in each.needs if need.kind == "deployment"]
            _stacks(state, sets[of], ids[str(holder)], ids[through[0] if through else "root"], each)


def _stack_set(world: World, want: Resource, organization: Organization) -> StackSet:
    found = baselines(organization)[want.address.name]
    definition = Definition(
        name=prefix(organization.instance) + found.name,
        description=found.keys.description,
        template=str(want.attrs["template"]),
        parameters=_below("parameters.", want),
        capabilities=(),
        tags=_below("tags.", want),
        auto_deployment=bool(want.attrs["auto_deployment"]),
        retains=bool(want.attrs["retains"]),
    )
    return world.state.stack_sets[str(create_stack_set(world, definition.request())["StackSetId"])]


def _below(beginning: str, want: Resource) -> dict[str, str]:
    """The attributes whose names begin like this, without that beginning."""
    return {k.removeprefix(beginning): str(v) for k, v in want.attrs.items() if k.startswith(beginning)}


def _stacks(state: State, of: StackSet, account_id: str, unit_id: str, want: Resource) -> None:
    values = _below(OWN, want)
    state.issued += 1
    past = SetOperation(
        id=f"{of.id}/past-{state.issued}",
        stack_set_id=of.id,
        operation_id=f"past-{state.issued}",
        action="CREATE",
        number=state.issued,
        created_at=state.now - 86400,
        ended_at=state.now - 86400 + 60,
        status="SUCCEEDED",
        automatic=of.automatic,
    )
    state.stack_operations[past.id] = past
    records = []
    for region in sorted(key.removeprefix(IN) for key in want.attrs if key.startswith(IN)):
        key = f"{account_id}/{region}"
        code = uuid.UUID(int=draw(state.seed, "stack", of.id, key) % 2**128)
        made = Stack(
            id=f"arn:aws:cloudformation:{region}:{account_id}:stack/StackSet-{of.name}-{code}/{code}",
            name=f"StackSet-{of.name}-{code}",
            account_id=account_id,
            region=region,
            status="CREATE_COMPLETE",
            created_at=past.created_at,
            stack_set_id=of.id,
            template=of.template,
            parameters={**of.parameters, **values},
        )
        row = StackInstance(f"{of.id}/{key}", of.id, account_id, region, unit_id, values, "CURRENT", "SUCCEEDED")
        row.operation_id, row.stack_id = past.operation_id, made.id
        state.stacks[made.id], state.stack_instances[row.id] = made, row
        of.regions[region] = of.regions.get(region, 0) + 1
        past.results[key] = "SUCCEEDED"
        records.append(StackRecord(account_id, region, "CURRENT", stack_id=made.id))
    if values:
        state.tags.setdefault(account_id, {})[tag_of(of.name)] = digest(values, records)
