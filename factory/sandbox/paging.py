"""Pages as AWS serves them: short, sometimes empty with more to come, and only for tokens it gave out."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from bisect import bisect_right
from collections.abc import Callable, Iterable

from factory.sandbox import ids
from factory.sandbox.refused import invalid_input
from factory.sandbox.world import Request, Response, World


def page(
    world: World,
    request: Request,
    member: str,
    listing: Callable[[], Iterable[str]],
    render: Callable[[str], object],
    *,
    size: int | None = None,
    ask: str = "MaxResults",
    token_name: str = "NextToken",
    of: str = "",
) -> Response:
    """One page of the things that ``listing`` names, in the order of their ids, under ``member``.

    A token continues after the last id served, so things that come and go between two pages are neither
    doubled nor do they hide others. ``of`` tells listings apart that have ``member`` and parameters in common.
    """
    scope = _scope(of + member, request, ask, token_name)
    given = request.get(token_name)
    after, rested = _read(given, scope) if given else ("", False)
    names = world.cache.get(scope) if given else None
    if names is None:
        names = world.cache[scope] = sorted(listing())
    most = size if size is not None else world.paging.size
    count = min(request.get(ask) or most, most)
    start = bisect_right(names, after) if after else 0
    every = world.paging.empty_every
    if every and not rested and ids.draw(world.state.seed, scope, after, world.state.issued) % every == 0:
        return {member: [], token_name: _write(after, scope, rested=True)}
    chosen = names[start : start + count]
    response: Response = {member: [render(name) for name in chosen]}
    if start + count < len(names):
        response[token_name] = _write(chosen[-1], scope, rested=False)
    return response


def _scope(member: str, request: Request, ask: str, token_name: str) -> str:
    """What a token is good for: this listing with these filters."""
    filters = {key: value for key, value in request.items() if key not in (ask, token_name)}
    return member + json.dumps(filters, sort_keys=True, default=str)


def _sign(body: str, scope: str) -> str:
    return hashlib.sha256(f"{scope}|{body}".encode()).hexdigest()[:12]


def _write(after: str, scope: str, *, rested: bool) -> str:
    body = json.dumps([after, rested])
    return base64.urlsafe_b64encode(f"{_sign(body, scope)}{body}".encode()).decode()


def _read(token: str, scope: str) -> tuple[str, bool]:
    try:
        text = base64.urlsafe_b64decode(token.encode()).decode()
        signature, body = text[:12], text[12:]
        if signature == _sign(body, scope):
            after, rested = json.loads(body)
            return str(after), bool(rested)
    except (binascii.Error, ValueError):
        pass
    raise invalid_input("INVALID_NEXT_TOKEN", "The provided pagination token is not valid for this operation.")
