"""How operations on stack sets go on: side by side or not, how fast, and what failures do to them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from factory.sandbox import Timing
from factory.sandbox.seeding import break_stack
from factory.sandbox.state import to_json
from tests.sandbox.fleet import ALL_AT_ONCE, OTHER, REGION, TOLERANT, Fleet, code, fleet, value

BOTH = (REGION, OTHER)
VARIED = Timing(stack=(20, 90), creation=(5, 60), closure=(5, 60))


@pytest.mark.parametrize(
    ("preferences", "minutes"),
    [
        ({}, 20),
        ({"MaxConcurrentCount": 4}, 20),
        ({"MaxConcurrentCount": 4, "FailureToleranceCount": 3}, 6),
        ({"MaxConcurrentCount": 4, "ConcurrencyMode": "SOFT_FAILURE_TOLERANCE"}, 6),
        ({"MaxConcurrentPercentage": 35, "ConcurrencyMode": "SOFT_FAILURE_TOLERANCE"}, 8),
        ({"MaxConcurrentPercentage": 1, "ConcurrencyMode": "SOFT_FAILURE_TOLERANCE"}, 20),
        ({"MaxConcurrentPercentage": 100, "FailureTolerancePercentage": 50}, 4),
        ({"RegionConcurrencyType": "PARALLEL"}, 10),
        (ALL_AT_ONCE, 1),
    ],
)
def test_how_long_ten_accounts_in_two_regions_take(ships: Fleet, preferences: dict[str, Any], minutes: int) -> None:
    unit = ships.unit("unit")
    ships.accounts(10, unit)
    ships.make()
    operation = ships.deploy(unit, regions=BOTH, OperationPreferences=preferences)
    ships.wait(minutes * 60 - 1)
    assert ships.status(operation) == "RUNNING"
    ships.wait(1)
    assert ships.status(operation) == "SUCCEEDED"
    assert ships.took(operation) == minutes * 60


def test_regions_one_after_the_other_in_the_order_asked_for(ships: Fleet) -> None:
    unit = ships.unit("unit")
    account = ships.accounts(1, unit)[0]
    ships.make()
    ships.deploy(unit, regions=BOTH, OperationPreferences={"RegionOrder": [OTHER, REGION]})
    ships.wait(1)
    details = ships.details()
    assert (details[account, OTHER][1], details[account, REGION][1]) == ("RUNNING", "PENDING")


def test_more_failures_than_tolerated_end_it_in_every_region(ships: Fleet) -> None:
    unit = ships.unit("unit")
    accounts = ships.accounts(4, unit)
    ships.make()
    for account in accounts[:2]:
        break_stack(ships.box.state, "base", account, REGION, reason="no")
    operation = ships.deploy(
        unit, regions=BOTH, OperationPreferences={"FailureToleranceCount": 1, "MaxConcurrentCount": 2}
    )
    ships.wait(60)
    assert ships.status(operation) == "FAILED"
    results = ships.results(operation)
    assert sorted(results.values()) == ["CANCELLED"] * 6 + ["FAILED"] * 2
    assert ships.details()[accounts[0], REGION] == ("OUTDATED", "FAILED")
    assert ships.details()[accounts[3], OTHER] == ("OUTDATED", "CANCELLED")
    assert "failure tolerance" in ships.reason(accounts[3], OTHER)
    assert ships.operation(operation)["StatusDetails"]["FailedStackInstancesCount"] == 2


def test_strictly_fewer_at_once_the_more_have_failed(ships: Fleet) -> None:
    unit = ships.unit("unit")
    accounts = ships.accounts(6, unit)
    ships.make()
    break_stack(ships.box.state, "base", accounts[0])
    ships.deploy(unit, OperationPreferences={"FailureToleranceCount": 2, "MaxConcurrentCount": 3})
    assert [how for _, how in ships.details().values()].count("RUNNING") == 3
    ships.wait(60)
    assert [how for _, how in ships.details().values()].count("RUNNING") == 2


def test_what_has_begun_when_the_tolerance_is_exceeded_goes_on(ships: Fleet) -> None:
    unit = ships.unit("unit")
    accounts = ships.accounts(3, unit)
    ships.make()
    break_stack(ships.box.state, "base", accounts[0])
    operation = ships.deploy(unit)
    ships.wait(60)
    assert ships.status(operation) == "FAILED"
    assert sorted(ships.results(operation).values()) == ["FAILED", "SUCCEEDED", "SUCCEEDED"]


def test_failures_within_the_tolerance_hide_in_a_success(ships: Fleet) -> None:
    unit = ships.unit("unit")
    accounts = ships.accounts(3, unit)
    ships.make()
    break_stack(ships.box.state, "base", accounts[1], reason="because")
    operation = ships.deploy(unit, OperationPreferences=TOLERANT)
    ships.wait(60)
    assert ships.status(operation) == "SUCCEEDED"
    assert ships.operation(operation)["StatusDetails"]["FailedStackInstancesCount"] == 1
    assert ships.reason(accounts[1]) == "because"


def test_again_with_another_id_retries_what_is_not_current(ships: Fleet) -> None:
    unit = ships.unit("unit")
    accounts = ships.accounts(3, unit)
    ships.make()
    break_stack(ships.box.state, "base", accounts[1], times=1)
    ships.deploy(unit, OperationPreferences=TOLERANT)
    ships.wait(60)
    operation = ships.deploy(unit)
    assert [how for _, how in ships.details().values()] == ["SUCCEEDED", "RUNNING", "SUCCEEDED"]
    ships.wait(60)
    assert ships.status(operation) == "SUCCEEDED"
    assert {status for status, _ in ships.details().values()} == {"CURRENT"}


def test_a_stopped_operation_finishes_what_it_began(ships: Fleet) -> None:
    unit = ships.unit("unit")
    ships.accounts(3, unit)
    ships.make()
    operation = ships.deploy(unit, OperationPreferences={})
    ships.wait(30)
    ships.cf.stop_stack_set_operation(StackSetName="base", OperationId=operation)
    assert ships.status(operation) == "STOPPING"
    assert code(lambda: ships.deploy(unit)) == "OperationInProgressException"
    ships.wait(30)
    assert ships.status(operation) == "STOPPED"
    assert sorted(how for _, how in ships.details().values()) == ["CANCELLED", "CANCELLED", "SUCCEEDED"]
    stop = ships.cf.stop_stack_set_operation
    assert code(lambda: stop(StackSetName="base", OperationId=operation)) == "InvalidOperationException"


def test_a_queued_operation_is_stopped_before_it_begins(ships: Fleet) -> None:
    unit = ships.unit("unit")
    ships.accounts(1, unit)
    ships.make(managed=True)
    first, second = ships.deploy(unit), ships.deploy(unit)
    ships.cf.stop_stack_set_operation(StackSetName="base", OperationId=second)
    assert (ships.status(first), ships.status(second)) == ("RUNNING", "STOPPED")
    ships.wait(60)
    assert ships.status(first) == "SUCCEEDED"


def test_managed_operations_run_side_by_side_or_queue_in_order(ships: Fleet) -> None:
    units = [ships.unit(name) for name in "abc"]
    for unit, name in zip(units, "abc", strict=True):
        ships.accounts(1, unit, name)
    ships.make(managed=True)
    one, two = ships.deploy(units[0]), ships.deploy(units[1])
    conflicting = ships.deploy(units[0], units[1])
    behind = ships.deploy(units[2])
    assert [ships.status(name) for name in (one, two, conflicting, behind)] == [
        "RUNNING",
        "RUNNING",
        "QUEUED",
        "QUEUED",
    ]
    ships.wait(60)
    # What is current already takes no time, so both that waited have begun.
    assert [ships.status(name) for name in (conflicting, behind)] == ["SUCCEEDED", "RUNNING"]
    whole = ships.update(Parameters=[value("Color", "blue")])
    assert ships.status(whole) == "QUEUED"
    busy = lambda: ships.update(ManagedExecution={"Active": False})  # noqa: E731
    assert code(busy) == "InvalidOperationException"
    ships.wait(120)
    assert ships.status(whole) == "SUCCEEDED"
    assert {status for status, _ in ships.details().values()} == {"CURRENT"}


def test_a_stack_begun_before_an_update_is_not_current_after_it(ships: Fleet) -> None:
    unit = ships.unit("unit")
    one, two = ships.accounts(2, unit)
    ships.make(managed=True)
    ships.deploy(unit, OperationPreferences={})
    ships.wait(30)
    later = ships.update(Parameters=[value("Color", "blue")])
    ships.wait(30)
    assert ships.details()[one, REGION] == ("OUTDATED", "SUCCEEDED")
    ships.wait(60)
    # The second one was begun with the new definition.
    assert ships.status(later) == "RUNNING"
    ships.wait(60)
    for account in (one, two):
        assert ships.details()[account, REGION] == ("CURRENT", "SUCCEEDED")
        assert ships.box.resources(account, REGION)[0].properties["DisplayName"] == "blue"


def test_without_managed_execution_one_at_a_time(ships: Fleet) -> None:
    unit = ships.unit("unit")
    ships.accounts(1, unit)
    ships.make()
    ships.deploy(unit)
    before = ships.box.state.issued, dict(ships.box.state.stack_sets)
    for act in (
        lambda: ships.deploy(unit),
        lambda: ships.update(),
        lambda: ships.delete(unit),
        lambda: ships.cf.update_stack_instances(
            StackSetName="base", DeploymentTargets={"OrganizationalUnitIds": [unit]}, Regions=[REGION]
        ),
        lambda: ships.cf.detect_stack_set_drift(StackSetName="base"),
        lambda: ships.cf.delete_stack_set(StackSetName="base"),
    ):
        assert code(act) == "OperationInProgressException"
    assert dict(ships.box.state.stack_sets) == before[1]
    assert len(ships.operations()) == 1


@pytest.mark.parametrize("act", ["deploy", "update", "delete"])
def test_an_operation_id_is_good_once(ships: Fleet, act: str) -> None:
    unit = ships.unit("unit")
    ships.accounts(1, unit)
    ships.make()
    ships.deployed(unit, OperationId="one")
    arguments = [] if act == "update" else [unit]
    assert code(lambda: getattr(ships, act)(*arguments, OperationId="one")) == "OperationIdAlreadyExistsException"
    assert ships.details() == dict.fromkeys(ships.details(), ("CURRENT", "SUCCEEDED"))


def test_an_operation_without_anything_to_do_is_done(ships: Fleet) -> None:
    ships.make()
    operation = ships.deploy(ships.unit("empty"))
    assert ships.status(operation) == "SUCCEEDED"
    assert ships.results(operation) == {}


def test_hundreds_of_operations_that_wait_do_not_nest(ships: Fleet) -> None:
    unit = ships.unit("unit")
    ships.accounts(1, unit)
    ships.make(managed=True)
    for _ in range(400):
        ships.deploy(unit)
    ships.wait(60)
    assert set(ships.operations()) == {("CREATE", "SUCCEEDED")}


def test_pages_of_operations_and_results(ships: Fleet) -> None:
    unit = ships.unit("unit")
    accounts = ships.accounts(101, unit)
    ships.make()
    operation = ships.deploy(unit)
    page = ships.cf.list_stack_set_operation_results(StackSetName="base", OperationId=operation)
    assert (len(page["Summaries"]), "NextToken" in page) == (100, True)
    assert {account for account, _ in ships.results(operation)} == set(accounts)
    failed = ships.cf.list_stack_set_operation_results(
        StackSetName="base",
        OperationId=operation,
        Filters=[{"Name": "OPERATION_RESULT_STATUS", "Values": "FAILED"}],
    )
    assert failed["Summaries"] == []
    listed = ships.cf.list_stack_set_operation_results
    wrong = {"StackSetName": "base", "OperationId": operation, "NextToken": "mine"}
    assert code(lambda: listed(**wrong)) == "ValidationError"
    assert code(lambda: listed(StackSetName="base", OperationId="none")) == "OperationNotFoundException"


def test_empty_pages_and_small_ones() -> None:
    with fleet(page_size=1, empty_page_every=2) as ships:
        unit = ships.unit("unit")
        accounts = ships.accounts(40, unit)
        ships.make()
        ships.deploy(unit)
        pages = list(ships.cf.get_paginator("list_stack_instances").paginate(StackSetName="base"))
        assert sorted(row["Account"] for page in pages for row in page["Summaries"]) == accounts
        sizes = [len(page["Summaries"]) for page in pages]
        assert 0 in sizes
        assert max(sizes) == 5


@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(steps=st.lists(st.integers(1, 90), min_size=1, max_size=12), seed=st.integers(0, 99))
def test_many_small_steps_are_one_leap(steps: list[int], seed: int) -> None:
    def lived(leaps: list[int]) -> Any:
        with fleet(seed=seed, timing=VARIED) as ships:
            unit, other = ships.unit("unit"), ships.unit("other")
            accounts = ships.accounts(3, unit)
            ships.make(managed=True, ClientRequestToken="a")
            ships.make(
                "second", ClientRequestToken="b", AutoDeployment={"Enabled": True, "DependsOn": [ships.arn("base")]}
            )
            break_stack(ships.box.state, "base", accounts[0], times=1)
            ships.deploy(unit, regions=BOTH, OperationPreferences=TOLERANT, OperationId="a")
            ships.deploy(ships.root, name="second", OperationPreferences={}, OperationId="b")
            ships.move(accounts[1], other)
            ships.org.close_account(AccountId=accounts[2])
            ships.org.create_account(AccountName="new", Email="new@example.com")
            for leap in leaps:
                ships.wait(leap)
                _ = ships.box.state
            state = to_json(ships.box.state)
            return {**state, "now": 0.0}

    assert lived(steps) == lived([sum(steps)])
