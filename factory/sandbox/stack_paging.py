"""Pages of CloudFormation's listings: a hundred rows at most."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from factory.sandbox.paging import page
from factory.sandbox.refused import Refused
from factory.sandbox.stack_templates import invalid
from factory.sandbox.world import Request, Response, World

MOST = 100
"""``MaxResults`` at most (API reference, ``ListStackInstances`` and its kin)."""

_IN_PROPORTION = 5
"""Where a sandbox is told to have pages other than Organizations' twenty, these grow and shrink with them."""


def rows(
    world: World,
    request: Request,
    operation: str,
    member: str,
    listing: Callable[[], Iterable[str]],
    render: Callable[[str], object],
) -> Response:
    """One page of what ``listing`` names, in the order of the names; a token is good for this ``operation`` alone."""
    try:
        size = min(MOST, world.paging.size * _IN_PROPORTION)
        return page(world, request, member, listing, render, size=size, of=operation)
    except Refused as refused:
        raise invalid("The NextToken is not valid") from refused
