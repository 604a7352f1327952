"""Tags by which we know what is ours, shared by the kinds that carry them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from factory.core.change import Change
from factory.core.resource import OWNER_TAG, TAGS, Resource, Value

if TYPE_CHECKING:
    from factory.aws.organizations import Organizations


def tag_attrs(tags: Mapping[str, str]) -> dict[str, Value]:
    """Tags as flat attributes, without those that AWS itself sets."""
    return {TAGS + key: value for key, value in tags.items() if not key.startswith("aws:")}


def tags_of(resource: Resource) -> dict[str, str]:
    """The tags among a resource's attributes."""
    return {key.removeprefix(TAGS): str(v) for key, v in resource.attrs.items() if key.startswith(TAGS)}


def owner_of(tags: Mapping[str, str], instance: str) -> tuple[bool, str | None]:
    """Whether the thing is ours, and the instance that its tag names, if any."""
    owner = tags.get(OWNER_TAG)
    return owner == instance, owner


def undeclared_tags(want: Resource, have: Resource) -> list[str]:
    """Tag keys on something of ours that no file declares (any more); they stay."""
    extra = tags_of(have).keys() - tags_of(want).keys()
    return sorted(key for key in extra if not key.startswith("factory:"))


def write_tags(organizations: Organizations, change: Change, resource_id: str) -> None:
    """Set the tags that the change adds or alters, if any, in one call."""
    wanted = {f.name.removeprefix(TAGS): str(f.after) for f in change.fields() if f.name.startswith(TAGS)}
    if wanted:
        organizations.tag(resource_id, wanted)
