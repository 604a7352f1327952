"""Change sets of stacks on their own: what a template would change, and its carrying out."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from factory.sandbox import ids
from factory.sandbox.building import start
from factory.sandbox.refused import Refused
from factory.sandbox.stack_paging import rows
from factory.sandbox.stack_state import ChangeSet, Stack
from factory.sandbox.stack_templates import (
    accepted,
    given,
    invalid,
    keep,
    parameters,
    placed,
    require_capabilities,
    shown,
    tags,
)
from factory.sandbox.stacks import contents, find, require_idle
from factory.sandbox.world import Request, Response, World
from factory.templates import Placed, Unresolvable
from factory.templates.replacement import REPLACED_BY

_UNSIMULATED = (
    *("ResourceTypes", "RoleARN", "RollbackConfiguration", "NotificationARNs", "ResourcesToImport"),
    *("IncludeNestedStacks", "ImportExistingResources", "DeploymentMode", "DeploymentConfig"),
)
_NO_CHANGE = "The submitted information didn't contain changes. Submit different information to create a change set."


@dataclass(frozen=True)
class Difference:
    """What a change set does to one resource: ``Add``, ``Modify`` or ``Remove``.

    ``properties`` are those that change, each with ``Never``, ``Conditionally`` or ``Always``: whether that replaces
    the resource; ``replacement`` sums them up.
    """

    logical_id: str
    type: str
    action: str
    properties: tuple[tuple[str, str], ...] = ()
    replacement: str = ""


def create_change_set(world: World, request: Request) -> Response:
    """CloudFormation ``CreateChangeSet``, of type CREATE or UPDATE; it takes a while to be made."""
    for name in _UNSIMULATED:
        if request.get(name):
            raise Refused("NotSimulated", f"cloudformation: {name} is not simulated by the factory sandbox")
    kind, state = request.get("ChangeSetType") or "UPDATE", world.state
    if kind == "IMPORT":
        raise Refused("NotSimulated", "cloudformation: importing resources is not simulated by the factory sandbox")
    stack = _target(world, request["StackName"], kind)
    text = given(world, request, state.templates.get(stack.template) if stack else None)
    template = accepted(text)
    require_capabilities(template, request.get("Capabilities") or ())
    values = parameters(template, request.get("Parameters") or (), stack.parameters if stack else None)
    new_tags = tags(request)
    name = request["ChangeSetName"]
    if stack is not None and any(row.name == name for row in _of(world, stack)):
        raise Refused("AlreadyExistsException", f"ChangeSet {name} already exists")
    state.issued += 1
    code = uuid.UUID(int=ids.draw(state.seed, "change set", name, state.issued) % 2**128)
    place = f"arn:{ids.PARTITION}:cloudformation:{world.region}:{world.caller}"
    if stack is None:
        stack = Stack(
            id=f"{place}:stack/{request['StackName']}/{code}",
            name=request["StackName"],
            account_id=world.caller,
            region=world.region,
            status="REVIEW_IN_PROGRESS",
            created_at=world.now,
        )
        state.stacks[stack.id] = stack
    made = ChangeSet(
        id=f"{place}:changeSet/{name}/{code}",
        name=name,
        stack_id=stack.id,
        type=kind,
        template=keep(state, text),
        created_at=world.now,
        ready_at=world.now + world.duration(world.timing.change_set, "change set", str(code)),
        description=request.get("Description") or "",
        parameters=values,
        capabilities=list(request.get("Capabilities") or ()),
        tags=new_tags,
    )
    state.change_sets[made.id] = made
    return {"Id": made.id, "StackId": stack.id}


def describe_change_set(world: World, request: Request) -> Response:
    """CloudFormation ``DescribeChangeSet``: while it is being made it shows no changes."""
    row = _existing(world, request)
    stack = world.state.stacks[row.stack_id]
    status, execution, reason, found = _condition(world, row, stack)
    by_name = {one.logical_id: one for one in found}
    template = accepted(world.state.templates[row.template])
    page = rows(
        world,
        request,
        "DescribeChangeSet",
        "Changes",
        lambda: by_name,
        lambda name: _change(world, stack, by_name[name]),
    )
    described: Response = {
        **page,
        "ChangeSetName": row.name,
        "ChangeSetId": row.id,
        "StackId": stack.id,
        "StackName": stack.name,
        "CreationTime": row.created_at,
        "ExecutionStatus": execution,
        "Status": status,
        "Parameters": shown(template, row.parameters),
        "Capabilities": row.capabilities,
        "Tags": [{"Key": key, "Value": value} for key, value in sorted((row.tags or {}).items())],
        "NotificationARNs": [],
        "IncludeNestedStacks": False,
    }
    optional = {"Description": row.description, "StatusReason": reason}
    return described | {name: value for name, value in optional.items() if value}


def execute_change_set(world: World, request: Request) -> Response:
    """CloudFormation ``ExecuteChangeSet``: the stack's other change sets are gone then."""
    row = _existing(world, request)
    stack = world.state.stacks[row.stack_id]
    status, execution, _, _ = _condition(world, row, stack)
    if execution != "AVAILABLE":
        raise Refused(
            "InvalidChangeSetStatus",
            f"ChangeSet [{row.id}] cannot be executed in its current status of [{status}]",
        )
    require_idle(stack)
    for other in _of(world, stack):
        if other.id != row.id:
            del world.state.change_sets[other.id]
    row.execution = "EXECUTE_COMPLETE"
    stack.next_template, stack.next_parameters = row.template, dict(row.parameters)
    stack.capabilities = list(row.capabilities)
    stack.tags = stack.tags if row.tags is None else dict(row.tags)
    stack.description = str(accepted(world.state.templates[row.template]).body.get("Description") or "")
    action = "CREATE" if stack.status == "REVIEW_IN_PROGRESS" else "UPDATE"
    start(world, stack, action, request.get("ClientRequestToken") or "")
    return {}


def delete_change_set(world: World, request: Request) -> Response:
    """CloudFormation ``DeleteChangeSet``: of what is not there it makes nothing."""
    try:
        row = _existing(world, request)
    except Refused:
        return {}
    if row.execution == "EXECUTE_COMPLETE" and world.state.stacks[row.stack_id].status.endswith("_IN_PROGRESS"):
        raise Refused("InvalidChangeSetStatus", f"ChangeSet [{row.id}] is being executed")
    del world.state.change_sets[row.id]
    return {}


def _target(world: World, name: str, kind: str) -> Stack | None:
    """The stack that a change set is for; none where it is yet to be made."""
    try:
        stack = find(world, name)
    except Refused:
        if kind == "UPDATE":
            raise invalid(f"Stack [{name}] does not exist") from None
        return None
    if kind == "CREATE" and stack.status != "REVIEW_IN_PROGRESS":
        raise invalid(f"Stack [{name}] already exists and cannot be created again with a change set")
    if kind == "UPDATE" and stack.status in ("REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_FAILED"):
        raise invalid(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
    require_idle(stack)
    if stack.stack_set_id:
        raise invalid(f"Stack {stack.name} belongs to a stack set")
    return stack


def _of(world: World, stack: Stack) -> list[ChangeSet]:
    return [row for row in world.state.change_sets.values() if row.stack_id == stack.id]


def _existing(world: World, request: Request) -> ChangeSet:
    name, state = request["ChangeSetName"], world.state
    if name in state.change_sets:
        return state.change_sets[name]
    if "StackName" not in request and not name.startswith("arn:"):
        raise invalid("StackName must be specified if ChangeSetName is not specified as an ARN.")
    found = find(world, request["StackName"]) if "StackName" in request else None
    for row in _of(world, found) if found else ():
        if row.name == name:
            return row
    raise Refused("ChangeSetNotFound", f"ChangeSet [{name}] does not exist")


def _condition(world: World, row: ChangeSet, stack: Stack) -> tuple[str, str, str, tuple[Difference, ...]]:
    """Status, execution status, reason and changes of a change set at this time."""
    if world.now < row.ready_at:
        return "CREATE_IN_PROGRESS", "UNAVAILABLE", "", ()
    if row.execution != "AVAILABLE":
        return "CREATE_COMPLETE", row.execution, "", ()
    try:
        template = accepted(world.state.templates[row.template])
        after = placed(template, row.parameters, stack.account_id, stack.region, stack.name, stack.id)[0]
    except Unresolvable as error:
        return "FAILED", "UNAVAILABLE", error.what, ()
    found = tuple(_differences(contents(world, stack)[0], after))
    retagged = row.tags is not None and row.tags != stack.tags
    same_template = (row.template, row.parameters) == (stack.template, stack.parameters)
    if (
        row.type == "UPDATE"
        and not found
        and (same_template or not _outputs_differ(world, row, stack))
        and not retagged
    ):
        return "FAILED", "UNAVAILABLE", _NO_CHANGE, ()
    return "CREATE_COMPLETE", "AVAILABLE", "", found


def _outputs_differ(world: World, row: ChangeSet, stack: Stack) -> bool:
    template = accepted(world.state.templates[row.template])
    after = placed(template, row.parameters, stack.account_id, stack.region, stack.name, stack.id)[1]
    return dict(after) != dict(contents(world, stack)[1])


def _differences(before: Mapping[str, Placed], after: Mapping[str, Placed]) -> list[Difference]:
    found = [Difference(name, row.type, "Remove") for name, row in before.items() if name not in after]
    for name, row in after.items():
        was = before.get(name)
        if was is None:
            found.append(Difference(name, row.type, "Add"))
        elif (was.type, was.properties) != (row.type, row.properties):
            keys = sorted({*was.properties, *row.properties})
            touched = tuple(
                (key, _recreation(row.type, key)) for key in keys if was.properties.get(key) != row.properties.get(key)
            )
            worst = {how for _, how in touched}
            replacement = "True" if "Always" in worst else "Conditional" if "Conditionally" in worst else "False"
            found.append(Difference(name, row.type, "Modify", touched, replacement))
    return found


def _recreation(type_: str, name: str) -> str:
    fixed = REPLACED_BY.get(type_)
    if fixed is None:
        return "Never"
    if any(key.partition(".")[0] == name for key in fixed.always):
        return "Always" if name in fixed.always else "Conditionally"
    return "Conditionally" if any(key.partition(".")[0] == name for key in fixed.perhaps) else "Never"


def _change(world: World, stack: Stack, row: Difference) -> Response:
    shown_: Response = {
        "Action": row.action,
        "LogicalResourceId": row.logical_id,
        "ResourceType": row.type,
        "Scope": ["Properties"] if row.action == "Modify" else [],
        "Details": [
            {
                "Target": {"Attribute": "Properties", "Name": name, "RequiresRecreation": how},
                "Evaluation": "Static",
                "ChangeSource": "DirectModification",
            }
            for name, how in row.properties
        ],
    }
    if row.action != "Add":
        found, _, context = contents(world, stack)
        there = found[row.logical_id]
        shown_["PhysicalResourceId"] = context.reference(row.logical_id, there.type, None, there.properties)
    if row.replacement:
        shown_["Replacement"] = row.replacement
    return {"Type": "Resource", "ResourceChange": shown_}
