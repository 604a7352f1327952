"""CloudFormation stack sets: defining them, and what they show of their stacks and operations."""

from __future__ import annotations

from factory import templates
from factory.core.errors import InvalidFiles
from factory.core.resource import Source
from factory.sandbox import ids
from factory.sandbox.paging import page
from factory.sandbox.refused import Refused
from factory.sandbox.roll_out import begin, instances_of, running
from factory.sandbox.state import StackInstance, StackSet, StackSetOperation
from factory.sandbox.world import Request, Response, World

PAGE = 100
_INLINE_BYTES = 51_200
_NAMED, _PLAIN = "CAPABILITY_NAMED_IAM", "CAPABILITY_IAM"


def describe_access(world: World, _: Request) -> Response:
    """CloudFormation ``DescribeOrganizationsAccess``."""
    return {"Status": "ENABLED" if world.organization.stack_sets_enabled else "DISABLED"}


def activate_access(world: World, _: Request) -> Response:
    """CloudFormation ``ActivateOrganizationsAccess``: only the management account, with all features."""
    _require_management(world)
    if world.organization.feature_set != "ALL":
        raise _invalid("The organization must have all features enabled.")
    world.organization.stack_sets_enabled = True
    return {}


def create_stack_set(world: World, request: Request) -> Response:
    """CloudFormation ``CreateStackSet``; only with permissions that AWS manages, as the factory wants them."""
    _require_management(world)
    if request.get("PermissionModel") != "SERVICE_MANAGED":
        raise Refused("NotSimulated", "only service-managed stack sets are simulated by the factory sandbox")
    if not world.organization.stack_sets_enabled:
        raise _validation("You must enable organizations access to operate a service managed stack set")
    if "AutoDeployment" not in request:
        raise _validation("AutoDeployment is required for service managed stack sets")
    name = request["StackSetName"]
    if _named(world, name) is not None:
        raise Refused("NameAlreadyExistsException", f"The Name already exists: {name}")
    made = StackSet(
        id=f"{world.region}/{name}:{world.new_id('', 8)}",
        name=name,
        region=world.region,
        description="",
        template="",
    )
    _define(world, made, request)
    world.state.stack_sets[made.id] = made
    return {"StackSetId": made.id.partition("/")[2]}


def update_stack_set(world: World, request: Request) -> Response:
    """CloudFormation ``UpdateStackSet``: the new definition holds at once, every stack is outdated until it has it."""
    found = existing(world, request)
    require_free(world, found, request)
    _define(world, found, request)
    held = instances_of(world.state, found)
    for instance in held:
        instance.status, instance.detail = "OUTDATED", "PENDING"
    return {"OperationId": begin(world, found, "UPDATE", request, [each.id for each in held])}


def delete_stack_set(world: World, request: Request) -> Response:
    """CloudFormation ``DeleteStackSet``: only an empty one; one that is not there is no error."""
    found = _named(world, request["StackSetName"])
    if found is None:
        return {}
    if instances_of(world.state, found):
        raise Refused("StackSetNotEmptyException", "StackSet is not empty")
    if running(world.state, found):
        raise Refused("OperationInProgressException", "Another Operation on StackSet is in progress")
    del world.state.stack_sets[found.id]
    return {}


def describe_stack_set(world: World, request: Request) -> Response:
    """CloudFormation ``DescribeStackSet``."""
    found = existing(world, request)
    held = instances_of(world.state, found)
    automatic: Response = {"Enabled": found.automatic}
    if found.automatic:
        automatic |= {"RetainStacksOnAccountRemoval": found.retains, "DependsOn": list(found.depends_on)}
    shown = {
        **_summary(found),
        "StackSetARN": _arn(world, found),
        "TemplateBody": found.template,
        "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in sorted(found.parameters.items())],
        "Capabilities": list(found.capabilities),
        "Tags": [{"Key": key, "Value": value} for key, value in sorted(found.tags.items())],
        "AutoDeployment": automatic,
        "OrganizationalUnitIds": sorted({each.unit_id for each in held} | set(found.targets)),
    }
    return {"StackSet": shown}


def list_stack_sets(world: World, request: Request) -> Response:
    """CloudFormation ``ListStackSets``: those of the Region."""
    sets = {each.name: each for each in world.state.stack_sets.values() if each.region == world.region}
    wanted = request.get("Status", "ACTIVE") == "ACTIVE"
    return page(
        world, request, "Summaries", lambda: list(sets) if wanted else [], lambda name: _summary(sets[name]), size=PAGE
    )


def list_targets(world: World, request: Request) -> Response:
    """CloudFormation ``ListStackSetAutoDeploymentTargets``."""
    found = existing(world, request)

    def show(unit_id: str) -> Response:
        return {"OrganizationalUnitId": unit_id, "Regions": list(found.targets[unit_id])}

    return page(world, request, "Summaries", lambda: list(found.targets) if found.automatic else [], show, size=PAGE)


def list_instances(world: World, request: Request) -> Response:
    """CloudFormation ``ListStackInstances``, also of one account or Region."""
    found = existing(world, request)
    held = {
        each.id: each
        for each in instances_of(world.state, found)
        if request.get("StackInstanceAccount", each.account_id) == each.account_id
        and request.get("StackInstanceRegion", each.region) == each.region
    }
    return page(world, request, "Summaries", lambda: list(held), lambda name: _instance(found, held[name]), size=PAGE)


def list_operations(world: World, request: Request) -> Response:
    """CloudFormation ``ListStackSetOperations``."""
    found = existing(world, request)
    held = {each.id: each for each in world.state.stack_operations.values() if each.stack_set_id == found.id}
    return page(world, request, "Summaries", lambda: list(held), lambda name: _operation(held[name]), size=PAGE)


def describe_operation(world: World, request: Request) -> Response:
    """CloudFormation ``DescribeStackSetOperation``."""
    found = existing(world, request)
    operation = world.state.stack_operations.get(f"{found.id}/{request['OperationId']}")
    if operation is None:
        raise Refused("OperationNotFoundException", f"Operation {request['OperationId']} not found")
    return {"StackSetOperation": {**_operation(operation), "StackSetId": found.id.partition("/")[2]}}


def existing(world: World, request: Request) -> StackSet:
    """The stack set that a request names, by its name or id. Refuses where there is none."""
    _require_management(world)
    found = _named(world, request["StackSetName"])
    if found is None:
        raise Refused("StackSetNotFoundException", f"StackSet {request['StackSetName']} not found")
    return found


def require_free(world: World, found: StackSet, request: Request) -> None:
    """Refuse an id that was used, and without managed execution a second operation at a time."""
    if f"{found.id}/{request.get('OperationId', '')}" in world.state.stack_operations:
        raise Refused("OperationIdAlreadyExistsException", "The specified operation ID already exists")
    if not found.managed and running(world.state, found):
        raise Refused("OperationInProgressException", "Another Operation on StackSet is in progress")


def _named(world: World, name: str) -> StackSet | None:
    for each in world.state.stack_sets.values():
        if each.region == world.region and name in (each.name, each.id.partition("/")[2]):
            return each
    return None


def _define(world: World, found: StackSet, request: Request) -> None:
    text = request.get("TemplateBody", "")
    if len(text.encode()) > _INLINE_BYTES:
        raise _validation(f"templateBody must have length less than or equal to {_INLINE_BYTES}")
    try:
        template = templates.read(text)
    except InvalidFiles as error:
        raise _validation(f"Template format error: {error.problems[0].what}") from error
    values = {row["ParameterKey"]: row.get("ParameterValue", "") for row in request.get("Parameters") or ()}
    problems = (
        *templates.check(template),
        *templates.check_values(template, values, dict.fromkeys(values, Source("Parameters"))),
    )
    if problems:
        raise _validation(f"Template validation error: {problems[0].what}")
    lacking = set(template.capabilities) - set(request.get("Capabilities") or ())
    if _NAMED in (request.get("Capabilities") or ()):
        lacking -= {_PLAIN}
    if lacking:
        raise Refused("InsufficientCapabilitiesException", f"Requires capabilities : {sorted(lacking)}")
    automatic = request.get("AutoDeployment") or {}
    if automatic.get("DependsOn") and not automatic.get("Enabled"):
        raise _validation("DependsOn needs AutoDeployment to be enabled")
    arns = {_arn(world, each) for each in world.state.stack_sets.values()}
    if unknown := set(automatic.get("DependsOn") or ()) - arns:
        raise _validation(f"StackSet {min(unknown)} not found")
    found.template, found.parameters = text, values
    found.description = request.get("Description", "")
    found.capabilities = sorted(request.get("Capabilities") or ())
    found.tags = {row["Key"]: row["Value"] for row in request.get("Tags") or ()}
    found.automatic = bool(automatic.get("Enabled"))
    found.retains = bool(automatic.get("RetainStacksOnAccountRemoval"))
    found.depends_on = sorted(automatic.get("DependsOn") or ())
    found.managed = bool((request.get("ManagedExecution") or {}).get("Active"))


def _arn(world: World, found: StackSet) -> str:
    owner = world.organization.management_account_id
    return f"arn:{ids.PARTITION}:cloudformation:{found.region}:{owner}:stackset/{found.id.partition('/')[2]}"


def _summary(found: StackSet) -> Response:
    return {
        "StackSetName": found.name,
        "StackSetId": found.id.partition("/")[2],
        "Description": found.description,
        "Status": "ACTIVE",
        "PermissionModel": "SERVICE_MANAGED",
        "AutoDeployment": {"Enabled": found.automatic},
        "ManagedExecution": {"Active": found.managed},
    }


def _instance(found: StackSet, each: StackInstance) -> Response:
    shown = {
        "StackSetId": found.id.partition("/")[2],
        "Account": each.account_id,
        "Region": each.region,
        "Status": each.status,
        "StackInstanceStatus": {"DetailedStatus": each.detail},
        "OrganizationalUnitId": each.unit_id,
        "DriftStatus": "NOT_CHECKED",
        "LastOperationId": each.operation_id,
    }
    return {**shown, **({"StatusReason": each.reason} if each.reason else {})}


def _operation(each: StackSetOperation) -> Response:
    shown = {
        "OperationId": each.operation_id,
        "Action": each.action,
        "Status": each.status,
        "CreationTimestamp": each.requested_at,
        "StatusDetails": {"FailedStackInstancesCount": each.failed},
    }
    ended = each.status not in ("RUNNING", "QUEUED")
    return {**shown, **({"EndTimestamp": each.ends_at} if ended and each.ends_at is not None else {})}


def _require_management(world: World) -> None:
    if world.caller != world.organization.management_account_id:
        raise Refused("AccessDenied", "Only the management account is simulated here.", status=403)


def _validation(message: str) -> Refused:
    return Refused("ValidationError", message, status=400)


def _invalid(message: str) -> Refused:
    return Refused("InvalidOperationException", message)
