"""What stack sets do by themselves as accounts come, move, close and go."""

from __future__ import annotations

import pytest

from factory.sandbox.seeding import break_stack
from tests.sandbox.fleet import OTHER, REGION, TOPIC, Fleet, code, value

DAY = 86400


def _new(ships: Fleet, name: str) -> str:
    """An account that has just been created."""
    asked = ships.org.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]["Id"]
    ships.wait(30)
    done = ships.org.describe_create_account_status(CreateAccountRequestId=asked)["CreateAccountStatus"]
    return str(done["AccountId"])


def test_an_account_created_where_the_root_is_a_target(ships: Fleet) -> None:
    ships.make()
    ships.deployed(ships.root, regions=[REGION, OTHER])
    account = _new(ships, "new")
    assert ships.operations()[-1] == ("CREATE", "RUNNING")
    # Both Regions at once, from the moment on at which the account was there.
    ships.wait(60)
    assert ships.details() == {(account, region): ("CURRENT", "SUCCEEDED") for region in (REGION, OTHER)}
    assert ships.rows()[account, REGION]["OrganizationalUnitId"] == ships.root


def test_it_begins_when_the_account_is_there_however_late_anyone_looks(ships: Fleet) -> None:
    ships.make()
    ships.deployed(ships.root)
    ships.org.create_account(AccountName="new", Email="new@example.com")
    ships.wait(30 + 59)
    assert [how for _, how in ships.details().values()] == ["RUNNING"]
    ships.wait(1)
    assert [how for _, how in ships.details().values()] == ["SUCCEEDED"]


def test_the_management_account_stays_out(ships: Fleet) -> None:
    ships.make()
    operation = ships.deploy(ships.root)
    assert ships.results(operation) == {}


@pytest.mark.parametrize("automatic", [True, False])
def test_a_move_into_a_target_at_any_depth(ships: Fleet, automatic: bool) -> None:
    unit = ships.unit("unit")
    deep = ships.unit("deep", ships.unit("middle", unit))
    account = ships.accounts(1, ships.root)[0]
    ships.make(AutoDeployment={"Enabled": automatic})
    ships.deployed(unit)
    ships.move(account, deep)
    ships.wait(60)
    assert ships.details() == ({(account, REGION): ("CURRENT", "SUCCEEDED")} if automatic else {})


def test_without_automatic_deployment_nothing_is_removed(ships: Fleet) -> None:
    unit = ships.unit("unit")
    account = ships.accounts(1, unit)[0]
    ships.make(AutoDeployment={"Enabled": False})
    ships.deployed(unit)
    ships.move(account, ships.root)
    ships.wait(300)
    assert ships.details() == {(account, REGION): ("CURRENT", "SUCCEEDED")}


def test_filters_and_preferences_count_for_nothing(ships: Fleet) -> None:
    unit = ships.unit("unit")
    one, two = ships.accounts(2, unit)
    ships.make()
    ships.deployed(unit, only={"Accounts": [one], "AccountFilterType": "INTERSECTION"})
    assert {account for account, _ in ships.rows()} == {one}
    ships.move(two, ships.root)
    ships.wait(60)
    ships.move(two, unit)
    ships.wait(60)
    assert {account for account, _ in ships.rows()} == {one, two}
    targets = ships.cf.list_stack_set_auto_deployment_targets(StackSetName="base")["Summaries"]
    assert targets == [{"OrganizationalUnitId": unit, "Regions": [REGION]}]


def test_between_two_targets_one_goes_and_another_comes(ships: Fleet) -> None:
    here, there = ships.unit("here"), ships.unit("there")
    account = ships.accounts(1, here)[0]
    ships.make(managed=True)
    ships.deployed(here)
    ships.deployed(there, regions=[REGION, OTHER])
    before = ships.rows()[account, REGION]["StackId"]
    ships.move(account, there)
    assert ships.operations()[-2:] == [("DELETE", "RUNNING"), ("CREATE", "QUEUED")]
    ships.wait(120)
    assert ships.operations()[-2:] == [("DELETE", "SUCCEEDED"), ("CREATE", "SUCCEEDED")]
    rows = ships.rows()
    assert set(rows) == {(account, REGION), (account, OTHER)}
    assert rows[account, REGION]["StackId"] != before
    assert rows[account, REGION]["OrganizationalUnitId"] == there


def test_between_units_of_one_target_nothing_happens(ships: Fleet) -> None:
    here, there = ships.unit("here"), ships.unit("there")
    account = ships.accounts(1, here)[0]
    ships.make()
    ships.deployed(ships.root)
    ships.move(account, there)
    assert ships.operations() == [("CREATE", "SUCCEEDED")]


def test_two_sets_are_in_each_others_way_when_an_account_moves(ships: Fleet) -> None:
    here, there = ships.unit("here"), ships.unit("there")
    account = ships.accounts(1, here)[0]
    for name, unit in (("base", here), ("second", there)):
        ships.make(name)
        ships.deployed(unit, name=name)
    ships.move(account, there)
    ships.wait(120)
    assert ships.details("second") == {(account, REGION): ("OUTDATED", "FAILED")}
    assert "already exists" in ships.reason(account, name="second")
    assert ships.details() == {}


def test_a_stack_that_is_kept_is_in_the_way_of_the_next(ships: Fleet) -> None:
    unit = ships.unit("unit")
    account = ships.accounts(1, unit)[0]
    ships.make(AutoDeployment={"Enabled": True, "RetainStacksOnAccountRemoval": True})
    ships.deployed(unit)
    ships.move(account, ships.root)
    ships.wait(60)
    assert ships.details() == {}
    assert ships.names(account) == ["alerts"]
    ships.move(account, unit)
    ships.wait(60)
    assert ships.details() == {(account, REGION): ("OUTDATED", "FAILED")}
    assert ships.operations()[-1] == ("CREATE", "FAILED")


def test_one_after_the_other_without_managed_execution(ships: Fleet) -> None:
    unit = ships.unit("unit")
    accounts = ships.accounts(3, ships.root)
    ships.make()
    ships.deployed(unit)
    for account in accounts:
        ships.move(account, unit)
    assert ships.operations()[1:] == [("CREATE", "RUNNING"), ("CREATE", "QUEUED"), ("CREATE", "QUEUED")]
    assert code(lambda: ships.deploy(unit)) == "OperationInProgressException"
    ships.wait(179)
    assert ships.operations()[-1] == ("CREATE", "RUNNING")
    ships.wait(1)
    assert len(ships.details()) == 3
    assert set(ships.operations()) == {("CREATE", "SUCCEEDED")}


def test_side_by_side_with_it(ships: Fleet) -> None:
    unit = ships.unit("unit")
    accounts = ships.accounts(3, ships.root)
    ships.make(managed=True)
    ships.deployed(unit)
    for account in accounts:
        ships.move(account, unit)
    ships.wait(60)
    assert set(ships.operations()) == {("CREATE", "SUCCEEDED")}


def _chain(ships: Fleet, unit: str) -> None:
    """Two stack sets, the second of which depends on the first."""
    ships.make()
    second = TOPIC.replace("alerts", "others")
    needs = {"Enabled": True, "RetainStacksOnAccountRemoval": False, "DependsOn": [ships.arn("base")]}
    ships.make("after", second, AutoDeployment=needs)
    # Made in the wrong order on purpose.
    for name in ("after", "base"):
        ships.deployed(unit, name=name)


def test_what_depends_comes_after_and_goes_before(ships: Fleet) -> None:
    unit = ships.unit("unit")
    account = ships.accounts(1, ships.root)[0]
    _chain(ships, unit)
    ships.move(account, unit)
    ships.wait(59)
    assert (ships.operations()[-1], ships.operations("after")[-1]) == (("CREATE", "RUNNING"), ("CREATE", "QUEUED"))
    ships.wait(1)
    assert (ships.operations()[-1], ships.operations("after")[-1]) == (("CREATE", "SUCCEEDED"), ("CREATE", "RUNNING"))
    ships.wait(60)
    ships.move(account, ships.root)
    assert (ships.operations()[-1], ships.operations("after")[-1]) == (("DELETE", "QUEUED"), ("DELETE", "RUNNING"))
    ships.wait(120)
    assert (ships.details(), ships.details("after")) == ({}, {})


def test_what_depends_waits_for_what_another_move_has_begun(ships: Fleet) -> None:
    unit = ships.unit("unit")
    ships.make(managed=True)
    needs = {"Enabled": True, "DependsOn": [ships.arn("base")]}
    ships.make("after", TOPIC.replace("alerts", "others"), AutoDeployment=needs)
    ships.deployed(ships.root)
    ships.deployed(unit, name="after")
    account = _new(ships, "new")
    ships.move(account, unit)
    assert (ships.operations()[-1], ships.operations("after")[-1]) == (("CREATE", "RUNNING"), ("CREATE", "QUEUED"))
    ships.wait(60)
    assert ships.operations("after")[-1] == ("CREATE", "RUNNING")


def test_what_depends_on_a_failure_does_not_come(ships: Fleet) -> None:
    unit = ships.unit("unit")
    account = ships.accounts(1, ships.root)[0]
    _chain(ships, unit)
    break_stack(ships.box.state, "base", account)
    ships.move(account, unit)
    ships.wait(60)
    assert ships.details("after") == {(account, REGION): ("OUTDATED", "CANCELLED")}
    assert "depends on" in ships.reason(account, name="after")
    assert ships.operations("after")[-1] == ("CREATE", "FAILED")


def test_dependencies_must_exist_and_not_go_in_circles(ships: Fleet) -> None:
    ships.make()
    ships.make("after", AutoDeployment={"Enabled": True, "DependsOn": [ships.arn("base")]})
    circle = {"Enabled": True, "DependsOn": [ships.arn("after")]}
    assert code(lambda: ships.update(AutoDeployment=circle), "itself") == "ValidationError"
    unknown = {"Enabled": True, "DependsOn": [ships.arn("base") + "0"]}
    assert code(lambda: ships.make("third", AutoDeployment=unknown), "not found") == "ValidationError"
    shown = ships.cf.describe_stack_set(StackSetName="base")["StackSet"]["AutoDeployment"]
    assert "DependsOn" not in shown


def test_a_closed_account_keeps_its_stacks_until_it_is_gone(ships: Fleet) -> None:
    unit = ships.unit("unit")
    account = ships.accounts(1, unit)[0]
    ships.make()
    ships.deployed(unit)
    ships.org.close_account(AccountId=account)
    ships.wait(30)
    assert ships.operations()[-1] == ("DELETE", "SUCCEEDED")
    assert ships.details() == {(account, REGION): ("OUTDATED", "SKIPPED_SUSPENDED_ACCOUNT")}
    again = ships.update(Parameters=[value("Color", "blue")])
    ships.wait(60)
    assert ships.status(again) == "SUCCEEDED"
    assert ships.results(again) == {(account, REGION): "CANCELLED"}
    ships.wait(90 * DAY)
    assert ships.details() == {}
    assert (ships.box.state.stacks, ships.box.state.claims) == ({}, {})
    ships.cf.delete_stack_set(StackSetName="base")


def test_a_closed_account_is_let_go_with_its_stacks_retained(ships: Fleet) -> None:
    unit = ships.unit("unit")
    account = ships.accounts(1, unit)[0]
    ships.make()
    ships.deployed(unit)
    ships.org.close_account(AccountId=account)
    ships.wait(30)
    ships.delete(unit)
    assert list(ships.details()) == [(account, REGION)]
    ships.delete(unit, retain=True)
    ships.wait(60)
    assert ships.details() == {}


def test_nothing_by_itself_once_access_is_gone(ships: Fleet) -> None:
    unit = ships.unit("unit")
    account = ships.accounts(1, ships.root)[0]
    ships.make()
    ships.deployed(unit)
    ships.cf.deactivate_organizations_access()
    ships.move(account, unit)
    assert ships.operations() == [("CREATE", "SUCCEEDED")]
    assert code(lambda: ships.deploy(unit), "organizations access") == "ValidationError"


def test_a_deleted_unit_is_no_target(ships: Fleet) -> None:
    unit = ships.unit("unit")
    ships.make()
    ships.deployed(unit)
    ships.org.delete_organizational_unit(OrganizationalUnitId=unit)
    assert ships.cf.list_stack_set_auto_deployment_targets(StackSetName="base")["Summaries"] == []


def test_targets_go_region_by_region_and_with_their_parents(ships: Fleet) -> None:
    unit = ships.unit("unit")
    inner, other = ships.unit("inner", unit), ships.unit("other")
    ships.make()
    ships.deployed(inner, other, regions=[REGION, OTHER])

    def targets() -> dict[str, list[str]]:
        found = ships.cf.list_stack_set_auto_deployment_targets(StackSetName="base")["Summaries"]
        return {row["OrganizationalUnitId"]: row["Regions"] for row in found}

    ships.delete(other, Regions=[OTHER])
    assert targets() == {inner: [OTHER, REGION], other: [REGION]}
    ships.delete(unit, Regions=[REGION, OTHER])
    assert targets() == {other: [REGION]}
    account = ships.accounts(1, ships.root)[0]
    ships.delete(other, only={"Accounts": [account], "AccountFilterType": "INTERSECTION"})
    assert targets() == {other: [REGION]}
