"""The Resource Groups Tagging API, as far as it shows an organization's own resources."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from factory.sandbox.ids import policy_arn
from factory.sandbox.paging import page
from factory.sandbox.refused import Refused
from factory.sandbox.world import Request, Response, World

HOME_REGION = "us-east-1"
"""Organizations is global; its resources show up in this one Region."""

_MOST = 100
"""``ResourcesPerPage`` at most (Resource Groups Tagging API reference, ``GetResources``)."""


def get_resources(world: World, request: Request) -> Response:
    """Tagging ``GetResources``: what has a tag or ever had one; never what never had."""
    if "ResourceARNList" in request and {"ResourceTypeFilters", "TagFilters", "ResourcesPerPage"} & set(request):
        raise Refused("InvalidParameterException", "ResourceARNList excludes filters and pagination.")
    if not 1 <= request.get("ResourcesPerPage", 1) <= _MOST:
        raise Refused("InvalidParameterException", f"ResourcesPerPage must be from 1 to {_MOST}.")
    try:
        response = page(
            world,
            request,
            "ResourceTagMappingList",
            lambda: [name for name in world.state.tags if _wanted(world, request, name)],
            lambda name: _mapping(world, name),
            size=_MOST,
            ask="ResourcesPerPage",
            token_name="PaginationToken",
        )
    except Refused as refused:
        raise Refused("PaginationTokenExpiredException", "The specified token is not valid.") from refused
    # Unlike Organizations, this service ends with an empty token rather than none.
    return {"PaginationToken": "", **response}


def _wanted(world: World, request: Request, resource_id: str) -> bool:
    if world.region != HOME_REGION or world.state.organization is None:
        return False
    if world.caller != world.state.organization.management_account_id:
        return False
    arn = _arn(world, resource_id)
    arns = request.get("ResourceARNList")
    return (
        (not arns or arn in arns)
        and _of_type(arn, request.get("ResourceTypeFilters") or ())
        and _matches(world.state.tags[resource_id], request.get("TagFilters") or ())
    )


def _of_type(arn: str, filters: Sequence[str]) -> bool:
    """A filter is ``service`` or ``service:type``, the type as in the ARN: account, ou, policy, root."""
    service, kind = arn.split(":")[2], arn.split(":")[5].split("/")[0]
    return not filters or service in filters or f"{service}:{kind}" in filters


def _matches(tags: Mapping[str, str], filters: Sequence[Mapping[str, Sequence[str]]]) -> bool:
    fits: Callable[[Mapping[str, Sequence[str]]], bool] = lambda wanted: (  # noqa: E731
        str(wanted["Key"]) in tags and (not wanted.get("Values") or tags[str(wanted["Key"])] in wanted["Values"])
    )
    return all(map(fits, filters))


def _mapping(world: World, resource_id: str) -> Response:
    tags = world.state.tags[resource_id]
    return {
        "ResourceARN": _arn(world, resource_id),
        "Tags": [{"Key": key, "Value": tags[key]} for key in sorted(tags)],
    }


def _arn(world: World, resource_id: str) -> str:
    policy = world.state.policies.get(resource_id)
    if policy is None:
        return world.node_arn(resource_id)
    organization = world.organization
    return policy_arn(
        organization.management_account_id, organization.id, policy.type, policy.id, aws_managed=policy.aws_managed
    )
