"""How one stack of the management account's own comes to be as wanted, or goes: one step at each look at it.

What to do next is told by CloudFormation's answer and not by what was done before, so a run that was cut off is taken
up by the next one wherever it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from factory.core.change import Action
from factory.core.errors import FactoryError
from factory.core.resource import OWNER_TAG
from factory.kinds.base import Done, Outcome, Pending, Site
from factory.kinds.roll_out import BY_HAND, WAITS, made_by_hand, may_begin

if TYPE_CHECKING:
    from factory.aws.records import OwnStackRecord
    from factory.aws.stacks import StackDefinition, Stacks

COMPLETE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
ROLLED_BACK = frozenset({"UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"})
"""As it was before an update that failed; it can be updated again."""

EMPTY = frozenset({"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"})
"""What an attempt to create a stack has left that came to nothing: there is a stack of that name, and nothing in it."""

BROKEN = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"})
"""Cannot be updated any more, only deleted (CloudFormation User Guide, "Stack status codes")."""

_NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
"""How the change set of a stack fails that is as wanted (User Guide, "Troubleshooting change sets")."""

_DEAD, _SPENT = frozenset({"FAILED", "DELETE_FAILED"}), frozenset({"EXECUTE_FAILED", "OBSOLETE"})
_AGAIN = "mend what CloudFormation names, then run apply again"


@dataclass(frozen=True, slots=True)
class Building(Pending):
    """A change to a stack that CloudFormation is at work on; ``token`` names the change set, or the deletion.

    ``step`` is what was asked for in this run last, empty at first: ``prepare`` a change set, ``execute`` it, or
    ``remove`` the stack with the id ``stack_id``. ``updated``: when it had been updated last before that, empty where
    it is created.
    """

    step: str = ""
    stack_id: str = ""
    updated: str = ""


def advanced(item: Building, stacks: Stacks, name: str, site: Site, define: Callable[[], StackDefinition]) -> Outcome:
    """Look at the stack, and ask for what comes next. Raises ``FactoryError`` where it failed, or AWS refuses."""
    found = stacks.stack(item.stack_id or name)
    stack = None if found is None or found.status == "DELETE_COMPLETE" else found
    if stack is not None and stack.busy:
        return _waiting(item, stack.status)
    if item.step == "remove" and stack is not None:
        if stack.status == "DELETE_FAILED":
            raise _failed(item, stack, stacks)
        return _waiting(item, stack.status)  # AWS shows a little later that it is at work
    if item.change.action is Action.DELETE:
        return Done() if stack is None else _removal(item, stack, stacks, site)
    if item.step == "execute":
        return _executed(item, stack, stacks)
    if item.step == "prepare" and stack is not None:
        return _prepared(item, stack, stacks, site)
    if stack is not None and stack.status in BROKEN:
        return _removal(item, stack, stacks, site)
    return _change_set(replace(item, step="", token="", stack_id=""), stack, stacks, site, define())


def _waiting(item: Building, what: str) -> Building:
    return replace(item, waiting_for=f"{WAITS}: {what}")


def _removal(item: Building, stack: OwnStackRecord, stacks: Stacks, site: Site) -> Building:
    _require_ours(item, stack)
    may_begin(item.change, site)
    token = _unlike("delete", site)
    stacks.delete(stack.id, token)
    return replace(_waiting(item, "DELETE_IN_PROGRESS"), step="remove", token=token, stack_id=stack.id)


def _change_set(
    item: Building, stack: OwnStackRecord | None, stacks: Stacks, site: Site, definition: StackDefinition
) -> Building:
    """Have a change set made, and follow the one that an earlier run had made already."""
    if stack is not None and stack.begun:
        _require_ours(item, stack)
    if stack is not None and stack.status == "UPDATE_ROLLBACK_FAILED":
        fix = "let CloudFormation continue the rollback (ContinueUpdateRollback), then run apply again"
        raise FactoryError(f"{_place(stack)} is {stack.status}: {stack.reason or 'no reason given'}", fix)
    may_begin(item.change, site)
    since = stack.updated if stack is not None and stack.begun else ""
    name = definition.change_set(since)
    earlier = stacks.change_set(stack.id, name) if stack is not None else None
    if stack is not None and earlier is not None and (earlier.status in _DEAD or earlier.execution in _SPENT):
        stacks.discard(stack.id, name)
        earlier = None
    if earlier is None:
        stacks.prepare(definition, name, _unlike(name, site), creating=not since)
    return replace(_waiting(item, "a change set"), step="prepare", token=name, updated=since)


def _prepared(item: Building, stack: OwnStackRecord, stacks: Stacks, site: Site) -> Outcome:
    """Carry out the change set once it is made; one without changes says that the stack is as wanted."""
    made = stacks.change_set(stack.id, item.token)
    if made is None or made.status.startswith("DELETE") or made.execution == "OBSOLETE":
        return replace(_waiting(item, "a change set"), step="", token="")
    if made.status == "FAILED" or made.execution == "EXECUTE_FAILED":
        stacks.discard(stack.id, item.token)
        if stack.begun and any(words in made.reason for words in _NO_CHANGES):
            return Done(stack.id)
        if not stack.begun:
            stacks.delete(stack.id, item.token)
        raise FactoryError(f"{_place(stack)}: the change set {made.status}: {made.reason or made.execution}", _AGAIN)
    if made.status != "CREATE_COMPLETE" or made.execution == "UNAVAILABLE":
        return _waiting(item, "a change set")
    if made.execution == "AVAILABLE":
        may_begin(item.change, site)
        stacks.execute(stack.id, item.token)
    return replace(_waiting(item, "the change set to be carried out"), step="execute", stack_id=stack.id)


def _executed(item: Building, stack: OwnStackRecord | None, stacks: Stacks) -> Outcome:
    if stack is None:
        raise FactoryError("the stack was deleted while CloudFormation was at work on it", "run plan again")
    if not stack.begun or stack.updated == item.updated:
        return _waiting(item, stack.status)  # AWS shows a little later that it is at work
    if stack.status in COMPLETE:
        return Done(stack.id)
    raise _failed(item, stack, stacks)


def _failed(item: Building, stack: OwnStackRecord, stacks: Stacks) -> FactoryError:
    """What failed in the stack, and why: the resources, for the stack itself says little."""
    failures = stacks.failures(stack.id, item.token)
    rows = [f"{each.logical_id} ({each.type}): {each.reason}" for each in failures] or [stack.reason or "no reason"]
    what = f"{_place(stack)} ended as {stack.status}: {'; '.join(rows)}"
    return FactoryError(what, BY_HAND if any(map(made_by_hand, rows)) else _AGAIN)


def _require_ours(item: Building, stack: OwnStackRecord) -> None:
    """What carried our tag when the plan was made may be somebody else's by now."""
    if stack.tags.get(OWNER_TAG) != item.change.resource.attrs.get(f"tags.{OWNER_TAG}"):
        raise FactoryError(f"{_place(stack)} does not carry our tag any more", "run plan again")


def _unlike(name: str, site: Site) -> str:
    """A token unlike that of any earlier request; botocore repeats a request with the same one."""
    return f"{name}-{int(site.aws.clock.now() * 1000)}"


def _place(stack: OwnStackRecord) -> str:
    return f"the stack {stack.name} in {stack.region}"
