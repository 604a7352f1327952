"""CloudFormation among the sandbox's services: how it is reached, refused, thrown into disorder and compared."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from botocore.config import Config

from factory.sandbox import Faults, Sandbox
from factory.sandbox.picture import picture
from tests.sandbox.fleet import MINUTE, REGION, TOPIC, Fleet, code, fleet, value

ONCE = Config(retries={"total_max_attempts": 1})
LEAN = """
import sys
from factory.sandbox import Sandbox
with Sandbox() as box:
    assert box.session().client("cloudformation").list_stack_sets()["Summaries"] == []
print([name for name in sys.modules if name.startswith(("moto.cloudformation", "moto.ec2"))])
"""


def test_motos_own_is_never_loaded() -> None:
    done = subprocess.run([sys.executable, "-c", LEAN], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_the_codes_of_its_errors_and_their_status(ships: Fleet) -> None:
    with pytest.raises(ships.cf.exceptions.StackSetNotFoundException) as caught:
        ships.cf.describe_stack_set(StackSetName="none")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    ships.make()
    with pytest.raises(ships.cf.exceptions.NameAlreadyExistsException) as conflict:
        ships.make()
    assert conflict.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    asked = {"StackName": "own", "ChangeSetName": "c", "ChangeSetType": "CREATE", "TemplateBody": TOPIC}
    ships.cf.create_change_set(**asked)
    with pytest.raises(ships.cf.exceptions.ChangeSetNotFoundException) as missing:
        ships.cf.describe_change_set(StackName="own", ChangeSetName="d")
    assert missing.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_throttles_and_expired_credentials(ships: Fleet) -> None:
    cf = ships.box.session(region=REGION).client("cloudformation", config=ONCE)
    ships.box.faults = Faults(throttled=1.0)
    assert code(lambda: cf.list_stack_sets()) == "Throttling"
    ships.box.faults = Faults(expires_after_calls=0)
    assert code(lambda: cf.list_stack_sets()) == "ExpiredToken"


def test_some_reads_lag_and_some_do_not(ships: Fleet) -> None:
    unit = ships.unit("unit")
    ships.accounts(1, unit)
    ships.make()
    ships.box.faults = Faults(stale_seconds=1e6)
    operation = ships.deploy(unit)
    ships.wait(100)
    assert {ships.status(operation) for _ in range(20)} == {"SUCCEEDED"}
    listed = [ships.operations() for _ in range(20)]
    assert any(rows != [("CREATE", "SUCCEEDED")] for rows in listed)


def test_it_is_remembered_between_runs(tmp_path: Path) -> None:
    with fleet(path=tmp_path) as ships:
        unit = ships.unit("unit")
        account = ships.accounts(1, unit)[0]
        ships.make()
        operation = ships.deploy(unit)
        ships.wait(30)
    with Sandbox(tmp_path, rates=False, empty_page_every=0, timing=MINUTE) as box:
        cf = box.session(region=REGION).client("cloudformation")
        found = cf.describe_stack_set_operation(StackSetName="base", OperationId=operation)["StackSetOperation"]
        assert found["Status"] == "RUNNING"
        box.clock.sleep(30)
        assert [one.type for one in box.resources(account, REGION)] == ["AWS::SNS::Topic"]


def test_pictures_of_what_was_built_alike_are_alike() -> None:
    def built(seed: int, color: str) -> dict[str, str]:
        with fleet(seed=seed) as ships:
            unit = ships.unit("unit")
            ships.accounts(1, unit)
            ships.make(Parameters=[value("Color", color)])
            ships.deployed(unit)
            return picture(ships.box.state)

    assert built(1, "red") == built(2, "red")
    differing = {name for name, how in built(1, "red").items() if built(1, "blue")[name] != how}
    assert differing == {f"stack set {REGION} base", f"stack a0@example.com {REGION} base"}


def test_what_is_refused_has_no_effect_on_ids(ships: Fleet) -> None:
    issued = ships.box.state.issued
    assert code(lambda: ships.make(Parameters=[value("Wings", "2")])) == "ValidationError"
    assert ships.box.state.issued == issued


def test_two_listings_that_look_alike_do_not_share_their_pages() -> None:
    with fleet(empty_page_every=1) as ships:
        unit = ships.unit("unit")
        account = ships.accounts(1, unit)[0]
        ships.make()
        ships.deploy(unit)
        instances = ships.cf.get_paginator("list_stack_instances").paginate(StackSetName="base")
        assert [row["Account"] for page in instances for row in page["Summaries"]] == [account]
        token = ships.cf.list_stack_set_auto_deployment_targets(StackSetName="base")["NextToken"]
        again = ships.cf.list_stack_set_auto_deployment_targets(StackSetName="base", NextToken=token)["Summaries"]
        assert [row["OrganizationalUnitId"] for row in again] == [unit]
        other = lambda: ships.cf.list_stack_instances(StackSetName="base", NextToken=token)  # noqa: E731
        assert code(other) == "ValidationError"
