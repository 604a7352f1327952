"""What is written is what is read, and nothing else is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factory.sandbox.seeding import add_account, add_policy, add_unit, attach, new_state
from factory.sandbox.stack_state import (
    Belonging,
    Breakage,
    ChangeSet,
    SetOperation,
    Stack,
    StackInstance,
    StackSet,
)
from factory.sandbox.state import (
    SCHEMA,
    Bucket,
    Creation,
    Handshake,
    State,
    StoredObject,
    UnusableState,
    from_json,
    move,
    to_json,
)


def _full() -> State:
    state = new_state(3)
    unit = add_unit(state, "workloads", tags={"a": "b"})
    account = add_account(state, "one", "one@example.com", unit, account_state="CLOSED")
    attach(state, add_policy(state, "p", "TAG_POLICY", '{"tags": {}}'), account)
    state.creations["car-1"] = Creation(
        "car-1", "two", "two@example.com", 1.5, 2.5, {"k": "v"}, fails_with="INTERNAL_FAILURE"
    )
    state.handshakes["h-1"] = Handshake("h-1", "ENABLE_ALL_FEATURES", 1.0, 2.0)
    state.buckets["b"] = Bucket("b", "111111111111", "us-east-1")
    state.objects["b/k"] = StoredObject("b/k", "", '"0"', "text/plain", 3.0)
    state.stack_sets["s:1"] = StackSet("s:1", "s", "us-east-1", "d", targets={unit: ["us-east-1"]}, regions={"r": 1})
    state.stack_instances["s:1/1/r"] = StackInstance("s:1/1/r", "s:1", "1", "r", unit, drift_checked_at=4.0)
    state.stack_operations["s:1/o"] = SetOperation(
        "s:1/o", "s:1", "o", "CREATE", 1, 1.0, overrides={"a": None, "b": "c"}, running={"1/r": 5.0}, busy={"r": 1}
    )
    state.stacks["arn"] = Stack("arn", "n", "1", "r", "CREATE_COMPLETE", 1.0, ends_at=6.0)
    state.change_sets["arn2"] = ChangeSet("arn2", "c", "arn", "CREATE", "d", 1.0, 7.0, tags={"a": "b"})
    state.breakages["b"] = Breakage("b", "s", "", "", "no", times=2)
    state.belongings["h"] = Belonging("h", "1", "r", "AWS::SNS::Topic")
    state.templates["d"] = "Resources: {}"
    state.claims["1|t|n"] = "arn"
    state.running.append("s:1/o")
    state.building.append("arn")
    state.queued["s:1"] = ["s:1/p"]
    state.closures.append(1.0)
    state.taken_emails.append("gone@example.com")
    return state


def test_a_state_survives_json() -> None:
    assert from_json(json.loads(json.dumps(to_json(_full())))) == _full()
    empty = State()
    assert from_json(json.loads(json.dumps(to_json(empty)))) == empty


@given(st.dictionaries(st.text(), st.text()), st.text())
def test_any_text_survives_json(tags: dict[str, str], name: str) -> None:
    state = new_state(0)
    add_unit(state, name, tags=tags)
    assert from_json(json.loads(json.dumps(to_json(state)))) == state


BUCKETS = ("buckets", "objects")
STACKS = (
    *("stack_sets_access", "stack_sets", "stack_instances", "stack_operations", "stacks", "change_sets", "breakages"),
    *("belongings", "templates", "claims", "running", "building", "queued"),
)


@pytest.mark.parametrize(("version", "lacks"), [(1, (*BUCKETS, *STACKS)), (2, STACKS)])
def test_older_versions_are_read_too(version: int, lacks: tuple[str, ...]) -> None:
    without = {key: value for key, value in to_json(new_state(3)).items() if key not in lacks}
    read = from_json({**without, "schema": version})
    assert read == new_state(3)
    read.templates["d"] = "Resources: {}"
    assert from_json({**without, "schema": version}) == new_state(3)


def test_everything_moves_in_time() -> None:
    state = _full()
    move(state, 10.0)
    operation, stack = state.stack_operations["s:1/o"], state.stacks["arn"]
    assert (operation.created_at, operation.running, operation.ended_at) == (11.0, {"1/r": 15.0}, None)
    assert (stack.ends_at, state.change_sets["arn2"].ready_at) == (16.0, 17.0)
    assert state.stack_instances["s:1/1/r"].drift_checked_at == 14.0
    assert state.accounts.keys() == _full().accounts.keys()


@pytest.mark.parametrize("version", [SCHEMA + 1, 0, "1", None])
def test_another_version_is_refused_with_the_way_out(version: object) -> None:
    with pytest.raises(UnusableState, match="another version") as caught:
        from_json({**to_json(_full()), "schema": version})
    assert "factory sandbox reset" in caught.value.fix


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: [],
        lambda data: {},
        lambda data: {**data, "surprise": 1},
        lambda data: {**data, "units": None},
        lambda data: {**data, "buckets": [{**data["buckets"][0], "owner": 1}]},
        lambda data: {**data, "objects": [{**data["objects"][0], "body": None}]},
        lambda data: {key: value for key, value in data.items() if key != "objects"},
        lambda data: {**data, "units": [{"id": "x"}]},
        lambda data: {key: value for key, value in data.items() if key != "accounts"},
        lambda data: {**data, "organization": {"wings": 2}},
        lambda data: {**data, "organization": {**data["organization"], "policy_types": []}},
        lambda data: {**data, "now": "abc"},
        lambda data: {**data, "now": None},
        lambda data: {**data, "now": True},
        lambda data: {**data, "now": float("nan")},
        lambda data: {**data, "now": 1e300},
        lambda data: {**data, "now": 10**400},
        lambda data: {**data, "now": -1},
        lambda data: {**data, "seed": "0"},
        lambda data: {**data, "issued": 1.5},
        lambda data: {**data, "attachments": {"r-1": "p-1"}},
        lambda data: {**data, "attachments": []},
        lambda data: {**data, "tags": {"r-1": {"a": 1}}},
        lambda data: {**data, "closures": ["soon"]},
        lambda data: {**data, "taken_emails": [None]},
        lambda data: {**data, "units": 5},
        lambda data: {**data, "units": "abc"},
        lambda data: {**data, "units": [5]},
        lambda data: {**data, "units": {"a": "b"}},
        lambda data: {**data, "units": [{**data["units"][0], "id": []}]},
        lambda data: {**data, "units": [{**data["units"][0], "parent_id": None}]},
        lambda data: {**data, "accounts": [{**data["accounts"][0], "joined_at": "2026"}]},
        lambda data: {**data, "accounts": [{**data["accounts"][0], "closed_at": "2026"}]},
        lambda data: {**data, "policies": [{**data["policies"][0], "aws_managed": "yes"}]},
        lambda data: {**data, "policies": [{**data["policies"][0], "content": {}}]},
        lambda data: {**data, "creations": [{**data["creations"][0], "tags": None}]},
        lambda data: {**data, "stack_operations": [{**data["stack_operations"][0], "running": {"1/r": "soon"}}]},
        lambda data: {**data, "stack_operations": [{**data["stack_operations"][0], "overrides": {"a": 1}}]},
        lambda data: {**data, "stack_sets": [{**data["stack_sets"][0], "targets": {"ou": "us-east-1"}}]},
        lambda data: {**data, "queued": {"s": "o"}},
        lambda data: {**data, "handshakes": [{**data["handshakes"][0], "expires_at": []}]},
    ],
)
def test_a_damaged_state_is_refused_with_the_way_out(damage: Any) -> None:
    with pytest.raises(UnusableState) as caught:
        from_json(damage(to_json(_full())))
    assert "factory sandbox reset" in caught.value.fix
