"""Whatever the page size and wherever pages are empty: every item exactly once."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.core.limits import Limits
from factory.sandbox import Paging, Sandbox
from factory.sandbox.paging import page
from factory.sandbox.refused import Refused
from factory.sandbox.seeding import add_unit, new_state
from factory.sandbox.world import Request, World


def _world(seed: int, size: int, empty_every: int) -> World:
    state = new_state(seed)
    return World(state, state.now, "", "", Limits({}), paging=Paging(size, empty_every))


def _sweep(world: World, names: set[str], ask: int | None) -> list[list[str]]:
    request: dict[str, Any] = {"ParentId": "r-1", **({"MaxResults": ask} if ask else {})}
    pages, token = [], None
    while True:
        answer = page(world, {**request, **({"NextToken": token} if token else {})}, "Things", lambda: names, str)
        pages.append(answer["Things"])
        token = answer.get("NextToken")
        if token is None:
            return pages


@given(
    names=st.sets(st.text(min_size=1, max_size=8), max_size=60),
    size=st.integers(1, 20),
    ask=st.none() | st.integers(1, 20),
    empty_every=st.integers(0, 4),
    seed=st.integers(0, 50),
)
def test_every_item_exactly_once(names: set[str], size: int, ask: int | None, empty_every: int, seed: int) -> None:
    pages = _sweep(_world(seed, size, empty_every), names, ask)
    served = [name for served in pages for name in served]
    assert served == sorted(names)
    assert max(map(len, pages)) <= min(size, ask or size)
    if not empty_every:
        assert len(pages) == max(1, -(-len(names) // min(size, ask or size)))


def test_empty_pages_with_more_to_come_do_happen() -> None:
    names = {f"n{number:03}" for number in range(100)}
    pages = _sweep(_world(0, 3, 4), names, None)
    assert any(not served for served in pages[:-1])
    assert pages == _sweep(_world(0, 3, 4), names, None), "the same seed pages in the same way"


def test_what_changes_between_pages_hides_and_doubles_nothing() -> None:
    world = _world(0, 2, 0)
    names = {"b", "c", "d", "e", "f"}

    def ask(token: str | None) -> Any:
        world.cache.clear()
        request: Request = {"NextToken": token} if token else {}
        return page(world, request, "Things", lambda: names, str)

    first = ask(None)
    names -= {"b", "d"}
    names |= {"a", "g"}
    second = ask(first["NextToken"])
    third = ask(second["NextToken"])
    assert first["Things"] + second["Things"] + third["Things"] == ["b", "c", "e", "f", "g"]


@pytest.mark.parametrize("token", ["x", "====", "Zm9vYmFy", "é"])
def test_strange_tokens_are_refused(token: str) -> None:
    with pytest.raises(Refused, match="token"):
        page(_world(0, 2, 0), {"NextToken": token}, "Things", lambda: ["a"], str)


def test_a_token_is_good_for_its_own_filters_only() -> None:
    world = _world(0, 1, 0)
    token = page(world, {"Filter": "a"}, "Things", lambda: ["a", "b"], str)["NextToken"]
    with pytest.raises(Refused):
        page(world, {"Filter": "b", "NextToken": token}, "Things", lambda: ["a", "b"], str)


@settings(max_examples=10, deadline=None)
@given(size=st.integers(1, 20), empty_every=st.integers(0, 3), count=st.integers(0, 30))
def test_botocores_paginators_see_everything(size: int, empty_every: int, count: int) -> None:
    with Sandbox(page_size=size, empty_page_every=empty_every, rates=False) as box:
        units = sorted(add_unit(box.state, f"u{number}") for number in range(count))
        org = box.session().client("organizations")
        assert box.state.organization
        pages = org.get_paginator("list_children").paginate(
            ParentId=box.state.organization.root_id, ChildType="ORGANIZATIONAL_UNIT"
        )
        assert [child["Id"] for served in pages for child in served["Children"]] == units


def test_the_tagging_service_ends_with_an_empty_token(box: Sandbox) -> None:
    for number in range(3):
        add_unit(box.state, f"u{number}", tags={"team": "a"})
    client = box.session().client("resourcegroupstaggingapi")
    first = client.get_resources(ResourcesPerPage=2)
    second = client.get_resources(ResourcesPerPage=2, PaginationToken=first["PaginationToken"])
    assert (len(first["ResourceTagMappingList"]), len(second["ResourceTagMappingList"])) == (2, 1)
    assert second["PaginationToken"] == ""
    with pytest.raises(ClientError, match="PaginationTokenExpired"):
        client.get_resources(PaginationToken="made up")
