"""A run that is cut off or loses a request anywhere: the next run ends where an untroubled one would have ended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from factory.core.change import Status
from factory.sandbox import Call
from tests.engine.ground import READS, SMALL, Ground, Killed, changes, ground, mutations, notices, told

MUTATIONS = 16
"""Calls that change something while `SMALL` is built."""

OPERATIONS = (
    "EnablePolicyType",
    "CreateOrganizationalUnit",
    "CreatePolicy",
    "CreateAccount",
    "AttachPolicy",
    "MoveAccount",
)


def picture(here: Ground) -> dict[str, Any]:
    """The organization without its ids and times."""
    state = here.box.state
    names = {
        **{unit.id: here.where(unit.id) for unit in state.units.values()},
        **{account.id: f"@{account.email}" for account in state.accounts.values()},
        **{policy.id: f"policy {policy.name}" for policy in state.policies.values()},
    }
    return {
        "units": sorted(here.where(unit.id) for unit in state.units.values()),
        "accounts": sorted((a.email, a.name, a.state, here.where(a.parent_id)) for a in state.accounts.values()),
        "policies": sorted((p.name, json.dumps(json.loads(p.content))) for p in state.policies.values()),
        "attached": here.attached(),
        "tags": {names.get(thing, "root"): tags for thing, tags in state.tags.items() if tags},
    }


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What an untroubled run makes of `SMALL`."""
    with ground(tmp_path_factory.mktemp("untroubled"), SMALL) as here:
        with here.calls() as calls:
            here.built()
        assert sum(mutations(calls).values()) == MUTATIONS
        assert set(mutations(calls)) == set(OPERATIONS)
        return picture(here)


@pytest.mark.parametrize("number", range(1, MUTATIONS + 1))
def test_cut_off_after_any_call_that_changes_something(tmp_path: Path, wanted: dict[str, Any], number: int) -> None:
    with ground(tmp_path, SMALL) as here:
        seen: list[Call] = []

        def stop(call: Call) -> None:
            if not call.operation.startswith(READS):
                seen.append(call)
                if len(seen) == number:
                    raise Killed

        here.box.watchers.append(stop)
        with pytest.raises(Killed):
            here.apply()
        here.box.watchers.remove(stop)
        with here.calls() as calls:
            here.built()
        assert sum(mutations(calls).values()) == MUTATIONS - number, "nothing is done twice"
        assert picture(here) == wanted


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("fault", ["unheard", "heard", "refused", "throttled", "in conflict"])
def test_any_call_that_goes_wrong_once(tmp_path: Path, wanted: dict[str, Any], operation: str, fault: str) -> None:
    with ground(tmp_path, SMALL) as here:
        {
            "unheard": lambda: here.line.lose_unheard(operation),
            "heard": lambda: here.line.lose_heard(operation),
            "refused": lambda: here.line.refuse(operation, "AccessDeniedException"),
            "throttled": lambda: here.line.refuse(operation, "TooManyRequestsException"),
            "in conflict": lambda: here.line.refuse(operation, "ConcurrentModificationException"),
        }[fault]()
        report = here.apply()
        assert any(found.status is Status.DONE for found in report.results) or operation == "EnablePolicyType"
        if fault in ("unheard", "in conflict"):
            assert report.complete, told(report)
        here.built()
        assert picture(here) == wanted
        emails = [account.email for account in here.box.state.accounts.values()]
        assert len(emails) == len(set(emails))


def test_tags_that_the_tagging_service_does_not_show_yet_make_no_change(small: Ground) -> None:
    """It may lag behind: what a plan would write because of its answer is confirmed with the thing itself."""
    untold = {"ResourceTagMappingList": [], "PaginationToken": ""}
    client = small.aws.tagging._client
    stale = client.get_resources(ResourceTypeFilters=["organizations:account"])["ResourceTagMappingList"]
    assert len(stale) == 3
    rows = [{**row, "Tags": []} for row in stale]
    client.get_resources = lambda **_: {**untold, "ResourceTagMappingList": rows}
    plan = small.plan()
    assert changes(plan) == []
    assert "foreign" not in notices(plan)
