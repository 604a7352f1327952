"""What CloudFormation shows late, or in another order than one would think: one look at a stack, one step."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from factory.aws.records import ChangeSetRecord, OwnStackRecord, StackFailure
from factory.aws.stacks import StackDefinition
from factory.core.address import management_stack
from factory.core.change import Action, Change
from factory.core.errors import FactoryError
from factory.core.resource import Resource
from factory.kinds.base import Done
from factory.kinds.stack_work import Building, advanced

TAGS = {"factory:managed": "main"}
DEFINITION = StackDefinition("own", "{}", {}, (), TAGS)
SITE: Any = SimpleNamespace(halted={}, aws=SimpleNamespace(clock=SimpleNamespace(now=lambda: 1.5)))


class Stacks:
    """CloudFormation as it shows itself at one look, and what is asked of it."""

    def __init__(self, status: str = "", change_set: ChangeSetRecord | None = None, updated: str = "then") -> None:
        shown = OwnStackRecord("arn:own", "own", "eu-west-1", status, "", {}, (), TAGS, updated)
        self._stack = shown if status else None
        self._change_set = change_set
        self.asked: list[str] = []

    def stack(self, name: str) -> OwnStackRecord | None:
        return self._stack

    def change_set(self, stack: str, name: str) -> ChangeSetRecord | None:
        return self._change_set

    def failures(self, stack: str, token: str) -> tuple[StackFailure, ...]:
        return ()

    def prepare(self, definition: StackDefinition, name: str, token: str, *, creating: bool) -> None:
        self.asked.append("create" if creating else "update")

    def execute(self, stack: str, name: str) -> None:
        self.asked.append("execute")

    def discard(self, stack: str, name: str) -> None:
        self.asked.append("discard")

    def delete(self, stack: str, token: str) -> None:
        self.asked.append("delete")


def look(stacks: Any, action: Action = Action.UPDATE, **item: Any) -> Any:
    resource = Resource(management_stack("trail", "eu-west-1"), {"tags.factory:managed": "main"})
    before, after = (None if action is Action.CREATE else resource), (None if action is Action.DELETE else resource)
    building = Building(Change(action, str(action), before, after), item.pop("token", ""), 0.0, **item)
    return advanced(building, stacks, "own", SITE, lambda: DEFINITION)


def test_an_update_that_does_not_show_yet_is_not_taken_for_done() -> None:
    begun = {"step": "execute", "updated": "then", "stack_id": "arn:own"}
    assert look(Stacks("UPDATE_COMPLETE"), **begun).step == "execute"
    assert isinstance(look(Stacks("UPDATE_COMPLETE", updated="now"), **begun), Done)


def test_a_creation_that_does_not_show_yet_is_not_taken_for_failed() -> None:
    begun = {"step": "execute", "stack_id": "arn:own"}
    assert look(Stacks("REVIEW_IN_PROGRESS"), Action.CREATE, **begun).step == "execute"
    assert isinstance(look(Stacks("CREATE_COMPLETE"), Action.CREATE, **begun), Done)


@pytest.mark.parametrize("action", [Action.UPDATE, Action.DELETE])
def test_a_deletion_that_does_not_show_yet_is_waited_for(action: Action) -> None:
    stacks = Stacks("ROLLBACK_COMPLETE")
    assert look(stacks, action, step="remove", stack_id="arn:own").step == "remove"
    assert stacks.asked == []


def test_what_is_deleted_by_now_is_done_or_created() -> None:
    assert isinstance(look(Stacks("DELETE_COMPLETE"), Action.DELETE, step="remove", stack_id="arn:own"), Done)
    stacks = Stacks("DELETE_COMPLETE")
    assert look(stacks, step="remove", stack_id="arn:own").step == "prepare"
    assert stacks.asked == ["create"]


@pytest.mark.parametrize(
    "status",
    ["CREATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "DELETE_IN_PROGRESS"],
)
@pytest.mark.parametrize("step", ["", "prepare", "execute", "remove"])
def test_nothing_is_asked_while_cloudformation_is_at_work(status: str, step: str) -> None:
    stacks = Stacks(status)
    assert look(stacks, step=step).waiting_for == f"CloudFormation: {status}"
    assert stacks.asked == []


def test_a_stack_that_was_deleted_meanwhile_is_told() -> None:
    with pytest.raises(FactoryError, match="was deleted while"):
        look(Stacks(), step="execute", stack_id="arn:own")


@pytest.mark.parametrize(
    ("status", "execution", "asked"),
    [
        ("CREATE_PENDING", "UNAVAILABLE", []),
        ("CREATE_IN_PROGRESS", "UNAVAILABLE", []),
        ("CREATE_COMPLETE", "UNAVAILABLE", []),
        ("CREATE_COMPLETE", "AVAILABLE", ["execute"]),
        ("CREATE_COMPLETE", "EXECUTE_IN_PROGRESS", []),
    ],
)
def test_a_change_set_is_carried_out_once_it_can_be(status: str, execution: str, asked: list[str]) -> None:
    stacks = Stacks("CREATE_COMPLETE", ChangeSetRecord(status, execution))
    look(stacks, step="prepare", token="name")
    assert stacks.asked == asked


@pytest.mark.parametrize(
    "found", [None, ChangeSetRecord("DELETE_COMPLETE", ""), ChangeSetRecord("CREATE_COMPLETE", "OBSOLETE")]
)
def test_a_change_set_that_is_gone_is_made_again(found: ChangeSetRecord | None) -> None:
    assert look(Stacks("CREATE_COMPLETE", found), step="prepare", token="name").step == ""


@pytest.mark.parametrize(
    "reason", ["The submitted information didn't contain changes.", "No updates are to be performed."]
)
def test_no_changes_means_done(reason: str) -> None:
    stacks = Stacks("UPDATE_COMPLETE", ChangeSetRecord("FAILED", "UNAVAILABLE", reason))
    assert isinstance(look(stacks, step="prepare", token="name"), Done)
    assert stacks.asked == ["discard"]


@pytest.mark.parametrize(
    "dead", [ChangeSetRecord("FAILED", "UNAVAILABLE", "long ago"), ChangeSetRecord("CREATE_COMPLETE", "EXECUTE_FAILED")]
)
def test_what_failed_in_an_earlier_run_is_asked_for_anew(dead: ChangeSetRecord) -> None:
    stacks = Stacks("UPDATE_COMPLETE", dead)
    assert look(stacks).step == "prepare"
    assert stacks.asked == ["discard", "update"]


def test_what_an_earlier_run_had_made_is_followed() -> None:
    stacks = Stacks("UPDATE_COMPLETE", ChangeSetRecord("CREATE_COMPLETE", "AVAILABLE"))
    item = look(stacks)
    assert (item.step, stacks.asked) == ("prepare", [])
