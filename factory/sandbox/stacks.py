"""Stacks on their own, of the caller's account and Region: describing and deleting them, and checking templates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from factory.sandbox.building import start
from factory.sandbox.refused import Refused
from factory.sandbox.stack_paging import rows
from factory.sandbox.stack_state import Stack
from factory.sandbox.stack_templates import accepted, given, invalid, placed, shown
from factory.sandbox.world import Request, Response, World
from factory.templates import Placed, value_text
from factory.templates.stack import Context

_LATEST = 10**9 - 1
"""From this the numbers of events count down, as their names are sorted and the latest is to come first."""


def describe_stacks(world: World, request: Request) -> Response:
    """CloudFormation ``DescribeStacks``: deleted ones only by their ids."""
    name = request.get("StackName")
    if name is not None:
        return {"Stacks": [_describe(world, find(world, name))]}
    return rows(
        world,
        request,
        "DescribeStacks",
        "Stacks",
        lambda: [row.id for row in own(world) if row.status != "DELETE_COMPLETE"],
        lambda found: _describe(world, world.state.stacks[found]),
    )


def list_stack_resources(world: World, request: Request) -> Response:
    """CloudFormation ``ListStackResources``: with the physical ids that references to them give."""
    stack = find(world, request["StackName"])
    found, _, context = contents(world, stack)
    status = "DELETE_COMPLETE" if stack.status == "DELETE_COMPLETE" else "CREATE_COMPLETE"
    return rows(
        world,
        request,
        "ListStackResources",
        "StackResourceSummaries",
        lambda: found,
        lambda name: {
            "LogicalResourceId": name,
            "PhysicalResourceId": context.reference(name, found[name].type, None, found[name].properties),
            "ResourceType": found[name].type,
            "LastUpdatedTimestamp": stack.updated_at or stack.created_at,
            "ResourceStatus": status,
            "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
        },
    )


def describe_stack_events(world: World, request: Request) -> Response:
    """CloudFormation ``DescribeStackEvents``: the latest first; of a deleted stack only by its id."""
    if "StackName" not in request:
        raise invalid("1 validation error detected: Value at 'stackName' failed to satisfy constraint: not null")
    stack = find(world, request["StackName"])
    return rows(
        world,
        request,
        "DescribeStackEvents",
        "StackEvents",
        lambda: [f"{_LATEST - number:09}" for number in range(len(stack.events))],
        lambda place: _event(stack, _LATEST - int(place)),
    )


def delete_stack(world: World, request: Request) -> Response:
    """CloudFormation ``DeleteStack``: of what is not there it makes nothing."""
    for name in ("RetainResources", "RoleARN", "DeletionMode"):
        if request.get(name):
            raise Refused("NotSimulated", f"cloudformation: {name} is not simulated by the factory sandbox")
    try:
        stack = find(world, request["StackName"])
    except Refused:
        return {}
    if stack.status in ("DELETE_COMPLETE", "DELETE_IN_PROGRESS"):
        return {}
    require_idle(stack)
    if stack.stack_set_id:
        raise invalid(f"Stack {stack.name} belongs to a stack set")
    start(world, stack, "DELETE", request.get("ClientRequestToken") or "")
    return {}


def get_template(world: World, request: Request) -> Response:
    """CloudFormation ``GetTemplate``."""
    if "StackName" not in request or "ChangeSetName" in request:
        raise Refused("NotSimulated", "cloudformation: GetTemplate of a change set is not simulated by the sandbox")
    stack = find(world, request["StackName"])
    text = world.state.templates.get(stack.template, "")
    return {"TemplateBody": text, "StagesAvailable": ["Original", "Processed"]}


def validate_template(world: World, request: Request) -> Response:
    """CloudFormation ``ValidateTemplate``."""
    template = accepted(given(world, request))
    rows_: list[dict[str, Any]] = [
        {
            "ParameterKey": name,
            "NoEcho": row.no_echo,
            **({} if row.required else {"DefaultValue": value_text(row.default)}),
        }
        for name, row in template.parameters.items()
    ]
    response: Response = {"Parameters": rows_, "DeclaredTransforms": []}
    if description := template.body.get("Description"):
        response["Description"] = str(description)
    if template.capabilities:
        response["Capabilities"] = list(template.capabilities)
        response["CapabilitiesReason"] = "The following resource(s) require capabilities: IAM resources"
    return response


def own(world: World) -> list[Stack]:
    """The stacks of the caller's account and Region."""
    return [row for row in world.state.stacks.values() if (row.account_id, row.region) == (world.caller, world.region)]


def find(world: World, name: str) -> Stack:
    """The stack with this id, or the one with this name that is not deleted. Refuses where there is none."""
    for row in own(world):
        if name == row.id or (name == row.name and row.status != "DELETE_COMPLETE"):
            return row
    raise invalid(f"Stack with id {name} does not exist")


def require_idle(stack: Stack) -> None:
    """Refuse a stack on which something is under way."""
    if stack.status.endswith("_IN_PROGRESS") and stack.status != "REVIEW_IN_PROGRESS":
        raise invalid(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")


def contents(world: World, stack: Stack) -> tuple[Mapping[str, Placed], Mapping[str, Any], Context]:
    """What a stack holds as it stands: resources, outputs, and who knows their physical ids."""
    if not stack.template:
        return {}, {}, Context(stack.account_id, stack.region)
    template = accepted(world.state.templates[stack.template])
    return placed(template, stack.parameters, stack.account_id, stack.region, stack.name, stack.id)


def _event(stack: Stack, number: int) -> Response:
    """An event as it is shown; the stack itself is one of its resources."""
    event = json.loads(stack.events[number])
    shown_: Response = {
        "StackId": stack.id,
        "StackName": stack.name,
        "EventId": f"{stack.id.rpartition('/')[2]}-{number}",
        "LogicalResourceId": event["name"],
        "PhysicalResourceId": stack.id if event["name"] == stack.name else "",
        "ResourceType": event["type"],
        "ResourceStatus": event["status"],
        "Timestamp": event["at"],
    }
    optional = {"ResourceStatusReason": event["reason"], "ClientRequestToken": event["token"]}
    return shown_ | {name: value for name, value in optional.items() if value}


def _describe(world: World, stack: Stack) -> Response:
    described: Response = {
        "StackId": stack.id,
        "StackName": stack.name,
        "CreationTime": stack.created_at,
        "StackStatus": stack.status,
        "DisableRollback": False,
        "NotificationARNs": [],
        "RollbackConfiguration": {},
        "Capabilities": stack.capabilities,
        "Tags": [{"Key": key, "Value": value} for key, value in sorted(stack.tags.items())],
        "EnableTerminationProtection": False,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }
    if stack.template:
        template = accepted(world.state.templates[stack.template])
        described["Parameters"] = shown(template, stack.parameters)
        if stack.status != "DELETE_COMPLETE":
            outputs = contents(world, stack)[1]
            described["Outputs"] = [
                {"OutputKey": name, "OutputValue": value_text(value)} for name, value in outputs.items()
            ]
    optional = {
        "Description": stack.description,
        "StackStatusReason": stack.reason,
        "LastUpdatedTime": stack.updated_at,
        "DeletionTime": stack.deleted_at,
    }
    return described | {name: value for name, value in optional.items() if value}
