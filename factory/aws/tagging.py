"""The gateway to the Resource Groups Tagging API: many resources' tags in few pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from factory.aws import answers

if TYPE_CHECKING:
    from factory.aws.call import Calls

RESOURCE_TYPES = ("ou", "account", "policy")
"""The kinds of Organizations resources whose tags we use, as they are called in ARNs and in the API's type filter."""

PAGE = 100
"""Resources a page: the most that AWS gives (Resource Groups Tagging API reference, ``GetResources``)."""


class Tagging:
    """Tags in bulk. AWS promises neither that every type is covered nor that a change shows at once."""

    def __init__(self, calls: Calls, client: Any) -> None:
        self._calls = calls
        self._client = client

    def organization_tags(self) -> dict[str, dict[str, dict[str, str]]]:
        """Resource type -> resource id -> tags, of all units, accounts and policies that were ever tagged.

        A type without any row may be untagged or not covered; the answer does not tell which.
        """
        found = self._calls.pages(
            "tagging.GetResources",
            self._client.get_resources,
            "ResourceTagMappingList",
            token="PaginationToken",
            ResourceTypeFilters=[f"organizations:{name}" for name in RESOURCE_TYPES],
            ResourcesPerPage=PAGE,
        )
        tags: dict[str, dict[str, dict[str, str]]] = {name: {} for name in RESOURCE_TYPES}
        for row in found:
            kind, _, rest = row["ResourceARN"].partition(":organizations::")[2].partition(":")[2].partition("/")
            if kind in tags:
                tags[kind][rest.rpartition("/")[2]] = answers.tags(row.get("Tags", []))
        return tags
