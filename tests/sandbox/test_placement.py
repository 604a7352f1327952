"""What stacks claim: the same for all accounts where it can be, and right where it cannot."""

from __future__ import annotations

from typing import Any

import pytest

from factory.sandbox import placement
from factory.sandbox.seeding import add_resource
from factory.sandbox.state import State
from tests.sandbox.fleet import ALL_AT_ONCE, OTHER, REGION, TOLERANT, TOPIC, Fleet, value

BUCKET = "Resources: {B: {Type: 'AWS::S3::Bucket', Properties: {BucketName: NAME}}}"
ONE_ONLY = """
Parameters: {Account: {Type: String}}
Conditions: {Here: !Equals [!Ref 'AWS::AccountId', WHICH]}
Resources:
  Topic: {Type: 'AWS::SNS::Topic', Properties: {}}
  Bucket: {Type: 'AWS::S3::Bucket', Condition: Here, Properties: {BucketName: only}}
"""


def test_a_template_is_resolved_for_all_accounts_at_once(ships: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    unit = ships.unit("unit")
    accounts = ships.accounts(30, unit)
    times: list[int] = []
    resolved = placement.placed

    def counted(*arguments: Any) -> Any:
        times.append(1)
        return resolved(*arguments)

    monkeypatch.setattr(placement, "placed", counted)
    name = "!Sub 'logs-${AWS::AccountId}-${AWS::Region}'"
    ships.make(template=BUCKET.replace("NAME", f"{{'Fn::Sub': {name.removeprefix('!Sub ')}}}"))
    ships.deployed(unit, regions=[REGION, OTHER])
    ships.delete(unit)
    ships.wait(60)
    # Two accounts that do not exist, in each of two Regions.
    assert len(times) == 4
    monkeypatch.undo()
    assert ships.names(accounts[7], OTHER) == [f"logs-{accounts[7]}-{OTHER}"]
    assert set(ships.box.state.claims) == {f"|AWS::S3::Bucket|logs-{account}-{OTHER}" for account in accounts}


@pytest.mark.parametrize("place", ["template", "parameter"])
def test_an_account_that_is_singled_out(ships: Fleet, place: str) -> None:
    unit = ships.unit("unit")
    one = ships.accounts(2, unit)[0]
    template = ONE_ONLY.replace("WHICH", f"'{one}'" if place == "template" else "!Ref Account")
    ships.make(template=template, Parameters=[value("Account", one)])
    ships.deployed(unit)
    assert ships.box.state.claims == {"|AWS::S3::Bucket|only": ships.rows()[one, REGION]["StackId"]}


def test_names_that_are_made_of_the_stacks(ships: Fleet) -> None:
    unit = ships.unit("unit")
    accounts = ships.accounts(3, unit)
    ships.make(template=BUCKET.replace("NAME", "!Sub '${AWS::StackName}'"))
    ships.deployed(unit)
    stacks = {stack.name for stack in ships.box.state.stacks.values()}
    assert set(ships.box.state.claims) == {f"|AWS::S3::Bucket|{name}" for name in stacks}
    assert len(stacks) == len(accounts)


def test_overrides_claim_for_themselves(ships: Fleet) -> None:
    unit = ships.unit("unit")
    one, two = ships.accounts(2, unit)
    ships.make()
    add_resource(ships.box.state, two, REGION, "AWS::SNS::Topic", {"TopicName": "mine"})
    only = {"AccountFilterType": "INTERSECTION"}
    mine = [value("Name", "mine")]
    ships.deployed(unit, only={**only, "Accounts": [one]}, ParameterOverrides=mine)
    ships.deploy(unit, only={**only, "Accounts": [two]}, ParameterOverrides=mine, OperationPreferences=TOLERANT)
    ships.wait(60)
    assert ships.details()[two, REGION] == ("OUTDATED", "FAILED")
    assert f"{one}/{REGION}|AWS::SNS::Topic|mine" in ships.box.state.claims
    assert f"{one}/{REGION}|AWS::SNS::Topic|alerts" not in ships.box.state.claims


def test_one_template_that_makes_the_same_thing_twice(ships: Fleet) -> None:
    unit = ships.unit("unit")
    account = ships.accounts(1, unit)[0]
    twice = "Resources:\n  Again: {Type: 'AWS::SNS::Topic', Properties: {TopicName: alerts}}"
    again = TOPIC.replace("Resources:", twice)
    ships.make(template=again)
    ships.deploy(unit, OperationPreferences=ALL_AT_ONCE)
    ships.wait(60)
    assert ships.details()[account, REGION] == ("OUTDATED", "FAILED")
    assert ships.box.state.claims == {}


def test_a_large_fleet_leaves_nothing_behind(ships: Fleet) -> None:
    """Two hundred stacks come, change and go, and nothing of them is left."""
    unit = ships.unit("unit")
    ships.accounts(100, unit)
    ships.make()
    ships.deployed(unit, regions=[REGION, OTHER])
    ships.update(Parameters=[value("Name", "other")])
    ships.wait(60)
    assert len(ships.box.state.claims) == 200
    ships.delete(unit, Regions=[REGION, OTHER])
    ships.wait(60)
    left: State = ships.box.state
    assert (left.stack_instances, left.stacks, left.claims, left.running, left.queued) == ({}, {}, {}, [], {})
