"""Tags of roots, units, accounts and policies, and the refusals that keep them in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from factory.sandbox.paging import page
from factory.sandbox.refused import Refused, constraint, invalid_input
from factory.sandbox.state import State
from factory.sandbox.world import Request, Response, World


def checked(world: World, given: Iterable[Mapping[str, str]] | None, has: Mapping[str, str]) -> dict[str, str]:
    """The tags that a resource has after these are added to what it has. Refuses as AWS does."""
    pairs = [(tag["Key"], tag["Value"]) for tag in given or ()]
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise invalid_input("DUPLICATE_TAG_KEY", "Tag keys must be unique within the request.")
    _refuse_system_tags(keys)
    merged = {**has, **dict(pairs)}
    most = world.limits.quota("organizations.tags")
    if most is not None and len(merged) > most:
        raise constraint("MAX_TAG_LIMIT_EXCEEDED", "You have exceeded the number of tags allowed on this resource.")
    return merged


def put(state: State, resource_id: str, tags: dict[str, str]) -> None:
    """Remember the tags; what never had one keeps no entry."""
    if tags or resource_id in state.tags:
        state.tags[resource_id] = tags


def forget(state: State, resource_id: str) -> None:
    """The resource is gone."""
    state.tags.pop(resource_id, None)


def tag_resource(world: World, request: Request) -> Response:
    """Organizations ``TagResource``."""
    resource_id = _existing(world, request["ResourceId"])
    has = world.state.tags.get(resource_id, {})
    put(world.state, resource_id, checked(world, request["Tags"], has))
    return {}


def untag_resource(world: World, request: Request) -> Response:
    """Organizations ``UntagResource``: keys that are not there are no error."""
    resource_id = _existing(world, request["ResourceId"])
    _refuse_system_tags(request["TagKeys"])
    has = world.state.tags.get(resource_id, {})
    put(world.state, resource_id, {key: value for key, value in has.items() if key not in request["TagKeys"]})
    return {}


def list_tags(world: World, request: Request) -> Response:
    """Organizations ``ListTagsForResource``."""
    tags = world.state.tags.get(_existing(world, request["ResourceId"]), {})
    return page(world, request, "Tags", lambda: tags, lambda key: {"Key": key, "Value": tags[key]})


def _existing(world: World, resource_id: str) -> str:
    policy = world.state.policies.get(resource_id)
    if policy is not None and policy.aws_managed:
        raise invalid_input("TARGET_NOT_SUPPORTED", "AWS managed policies cannot be tagged.")
    if policy is None and world.node_type(resource_id) is None:
        raise Refused("TargetNotFoundException", "We can't find a root, OU, account or policy with that id.")
    return resource_id


def _refuse_system_tags(keys: Iterable[str]) -> None:
    if any(key.lower().startswith("aws:") for key in keys):
        raise invalid_input("INVALID_SYSTEM_TAGS_PARAMETER", "Tag keys that begin with aws: are reserved for AWS.")
