"""Stack sets: making, changing, deleting and describing them, and StackSets' access to the organization."""

from __future__ import annotations

import hashlib
import json
import uuid

from factory.sandbox import ids
from factory.sandbox.deployment import is_busy, submit
from factory.sandbox.deployment_targets import (
    accounts,
    find,
    operation,
    regions,
    require_access,
    require_new,
    require_self,
)
from factory.sandbox.refused import Refused
from factory.sandbox.stack_set_listing import arn, instances_of
from factory.sandbox.stack_state import StackInstance, StackSet
from factory.sandbox.stack_templates import (
    accepted,
    given,
    invalid,
    keep,
    parameters,
    require_capabilities,
    tags,
)
from factory.sandbox.world import Request, Response, World

_UNSIMULATED = (
    *("AdministrationRoleARN", "ExecutionRoleName", "StackId", "ExecutionRoleTemplateBody"),
    *("ExecutionRoleTemplateUrl", "StackSetOutputBucket", "UseAdminExecutionRole"),
)
_LONGEST_NAME = 128
_MOST_SETS = 1000
"""Stack sets of one administrator account and Region (CloudFormation User Guide, quotas)."""


def activate_access(world: World, _: Request) -> Response:
    """CloudFormation ``ActivateOrganizationsAccess``: for the management account, with all features enabled."""
    if world.organization.feature_set != "ALL":
        raise Refused("InvalidOperationException", "Your organization must have all features enabled")
    world.state.stack_sets_access = "ENABLED"
    return {}


def deactivate_access(world: World, _: Request) -> Response:
    """CloudFormation ``DeactivateOrganizationsAccess``."""
    world.state.stack_sets_access = "DISABLED"
    return {}


def describe_access(world: World, request: Request) -> Response:
    """CloudFormation ``DescribeOrganizationsAccess``."""
    require_self(request)
    return {"Status": world.state.stack_sets_access}


def create_stack_set(world: World, request: Request) -> Response:
    """CloudFormation ``CreateStackSet``: names are unique in a Region; the same request again finds the same set."""
    state, name = world.state, request["StackSetName"]
    _require_simulated(request)
    if request.get("PermissionModel") != "SERVICE_MANAGED":
        raise Refused(
            "NotSimulated", "cloudformation: SELF_MANAGED stack sets are not simulated by the factory sandbox"
        )
    if len(name) > _LONGEST_NAME or not (name[0].isalpha() and name.replace("-", "").isalnum() and name.isascii()):
        raise invalid(
            "1 validation error detected: Value at 'stackSetName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )
    digest = hashlib.sha256(json.dumps(dict(request), sort_keys=True, default=str).encode()).hexdigest()
    same = [row for row in state.stack_sets.values() if row.name == name and row.region == world.region]
    for row in same:
        if row.status == "ACTIVE":
            return _made_before(row, request.get("ClientRequestToken"), digest)
    require_access(world)
    text = given(world, request)
    template = accepted(text)
    require_capabilities(template, request.get("Capabilities") or ())
    values = parameters(template, request.get("Parameters") or ())
    if sum(row.status == "ACTIVE" and row.region == world.region for row in state.stack_sets.values()) >= _MOST_SETS:
        raise Refused("LimitExceededException", f"The quota of {_MOST_SETS} stack sets has been reached")
    state.issued += 1
    code = uuid.UUID(int=ids.draw(state.seed, "stack set", name, state.issued) % 2**128)
    made = StackSet(
        id=f"{name}:{code}",
        name=name,
        region=world.region,
        template="",
        description=request.get("Description") or "",
        parameters=values,
        capabilities=list(request.get("Capabilities") or ()),
        tags=tags(request) or {},
        managed=bool((request.get("ManagedExecution") or {}).get("Active")),
        token=request.get("ClientRequestToken") or "",
        request=digest,
    )
    if "AutoDeployment" not in request:
        raise invalid("AutoDeployment is required for stack sets with service-managed permissions")
    _set_auto_deployment(world, made, request["AutoDeployment"])
    made.template = keep(state, text)
    state.stack_sets[made.id] = made
    return {"StackSetId": made.id}


def update_stack_set(world: World, request: Request) -> Response:
    """CloudFormation ``UpdateStackSet``: the definition changes at once, whatever becomes of the deployment."""
    _require_simulated(request)
    stack_set, state = find(world, request["StackSetName"]), world.state
    require_new(world, request, stack_set)
    if request.get("PermissionModel", "SERVICE_MANAGED") != "SERVICE_MANAGED":
        raise invalid("The PermissionModel cannot be changed here")
    require_access(world)
    text = given(world, request, state.templates[stack_set.template])
    template = accepted(text)
    require_capabilities(template, request.get("Capabilities") or ())
    values = parameters(template, request.get("Parameters") or (), stack_set.parameters)
    new_tags, execution = tags(request), request.get("ManagedExecution")
    targeted = "DeploymentTargets" in request or "Regions" in request
    if targeted and "AutoDeployment" in request:
        raise invalid("If you specify AutoDeployment, don't specify DeploymentTargets or Regions")
    chosen = _chosen(world, request, stack_set) if targeted else _all(world, stack_set)
    busy = is_busy(state, stack_set)
    if busy and not stack_set.managed:
        raise Refused("OperationInProgressException", f"Another Operation on StackSet {stack_set.id} is in progress")
    if execution is not None and busy and bool(execution.get("Active")) != stack_set.managed:
        raise Refused("InvalidOperationException", "ManagedExecution cannot change while operations run or wait")
    change = operation(world, request, stack_set, "UPDATE", _keys(chosen), whole=True, units=_units(chosen))
    if "AutoDeployment" in request:
        _set_auto_deployment(world, stack_set, request["AutoDeployment"])
    # What counts as a change is that a template or parameters are passed at all, and differ.
    outdated = (keep(state, text), values) != (stack_set.template, stack_set.parameters)
    stack_set.template, stack_set.parameters, stack_set.modified = keep(state, text), values, True
    stack_set.capabilities = list(request.get("Capabilities") or ())
    stack_set.description = request.get("Description", stack_set.description)
    stack_set.tags = stack_set.tags if new_tags is None else new_tags
    stack_set.managed = bool(execution.get("Active")) if execution is not None else stack_set.managed
    if outdated:
        for row in _all(world, stack_set):
            row.status, row.detail = "OUTDATED", "PENDING"
    submit(world, stack_set, change)
    return {"OperationId": change.operation_id}


def delete_stack_set(world: World, request: Request) -> Response:
    """CloudFormation ``DeleteStackSet``: only without instances; of what is not there it makes nothing."""
    require_self(request)
    try:
        stack_set = find(world, request["StackSetName"])
    except Refused:
        return {}
    if is_busy(world.state, stack_set):
        raise Refused("OperationInProgressException", f"Another Operation on StackSet {stack_set.id} is in progress")
    if stack_set.regions:
        raise Refused("StackSetNotEmptyException", "StackSet is not empty")
    stack_set.status = "DELETED"
    return {}


def _made_before(row: StackSet, token: str | None, digest: str) -> Response:
    if not token or token != row.token:
        raise Refused("NameAlreadyExistsException", f"StackSet {row.name} already exists")
    if row.modified or digest != row.request:
        raise Refused("CreatedButModifiedException", f"StackSet {row.name} exists, but has been changed")
    return {"StackSetId": row.id}


def _require_simulated(request: Request) -> None:
    require_self(request)
    for name in _UNSIMULATED:
        if name in request:
            raise Refused("NotSimulated", f"cloudformation: {name} is not simulated by the factory sandbox")


def _set_auto_deployment(world: World, row: StackSet, wish: Request) -> None:
    if "Enabled" not in wish:
        raise invalid("AutoDeployment must say whether it is Enabled")
    enabled, needs = bool(wish["Enabled"]), list(wish.get("DependsOn") or ())
    if wish.get("RetainStacksOnAccountRemoval") is not None and not enabled:
        raise invalid("RetainStacksOnAccountRemoval can only be specified if AutoDeployment is enabled")
    by_arn = {arn(world, other): other for other in world.state.stack_sets.values() if other.status == "ACTIVE"}
    for name in needs:
        if name not in by_arn or by_arn[name].region != world.region:
            raise invalid(f"DependsOn: StackSet {name} was not found")
    reached, todo = set(), list(needs)
    while todo:
        name = todo.pop()
        if name == arn(world, row):
            raise invalid("DependsOn must not lead back to the stack set itself")
        if name not in reached and name in by_arn:
            reached.add(name)
            todo += by_arn[name].depends_on
    row.automatic, row.depends_on = enabled, needs
    row.retains = bool(wish.get("RetainStacksOnAccountRemoval")) and enabled


def _all(world: World, stack_set: StackSet) -> list[StackInstance]:
    """What an update reaches: an inoperable instance is left out (API reference, ``StackInstance``)."""
    found = (row for row in instances_of(world.state, stack_set) if row.status != "INOPERABLE")
    return sorted(found, key=lambda row: row.id)


def _chosen(world: World, request: Request, stack_set: StackSet) -> list[StackInstance]:
    named, wanted = set(regions(request)), accounts(world, request, creates=False)
    return [row for row in _all(world, stack_set) if row.region in named and row.account_id in wanted]


def _keys(rows_: list[StackInstance]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows_:
        found.setdefault(row.region, []).append(row.account_id)
    return dict(sorted(found.items()))


def _units(rows_: list[StackInstance]) -> dict[str, str]:
    return {row.account_id: row.unit_id for row in rows_}
