"""One stack in one account and Region: what it lays claim to, what is in its way, what it leaves behind."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from factory.sandbox.known_types import claim, taken
from factory.sandbox.stack_state import Belonging, Stack
from factory.sandbox.stack_templates import accepted, placed
from factory.sandbox.state import State
from factory.templates import Placed, Refused, Unresolvable, can_be_refused, refusal_in_stack

_KEPT = ("Retain", "RetainExceptOnCreate")


@dataclass(frozen=True, slots=True)
class Claim:
    """What one resource of a stack needs for itself, and what its service says (``taken``) to a second one."""

    logical_id: str
    type: str
    what: str
    taken: str


def occupy(state: State, stack: Stack, template: str, parameters: Mapping[str, str]) -> str:
    """Claim what a stack needs for this template, all or nothing; the reason why it cannot, else nothing."""
    try:
        wanted = _claims(state, stack, template, parameters)
        refused = _refused(state, stack, template, parameters)
        held = _held(state, stack, template)
    except Unresolvable as error:
        return f"Template error: {error.what}"
    if refused is not None:
        return _reason(refused.logical_id, refused.type, refused.what)
    claims: dict[str, str] = {}
    for one in wanted:
        if (
            one.what in claims
            or state.claims.get(one.what, stack.id) != stack.id
            or held.get(one.what, one.logical_id) != one.logical_id
        ):
            return _reason(one.logical_id, one.type, one.taken)
        claims[one.what] = stack.id
    state.claims.update(claims)
    return ""


def _held(state: State, stack: Stack, template: str) -> dict[str, str]:
    """What a stack's resources hold, by logical id, where there are others in the new template.

    A resource under a new logical id is made before the old one goes (User Guide, "Update behaviors of stack
    resources": what is no longer needed is cleaned up at the end).
    """
    if not stack.template or stack.template == template:
        return {}
    old, new = (accepted(state.templates[each]).resources.keys() for each in (stack.template, template))
    if not new - old:
        return {}
    return {one.what: one.logical_id for one in _claims(state, stack, stack.template, stack.parameters)}


def _reason(logical_id: str, type_: str, what: str) -> str:
    return f"ResourceLogicalId:{logical_id}, ResourceType:{type_}, ResourceStatusReason:{what}"


def _refused(state: State, stack: Stack, template: str, parameters: Mapping[str, str]) -> Refused | None:
    """The first resource that the stack has and that cannot become what it is to be. Raises ``Unresolvable``."""
    if not stack.template or (stack.template, stack.parameters) == (template, parameters):
        return None
    old, new = state.templates[stack.template], state.templates[template]
    if not (names := _suspects(old, new)):
        return None
    before, after = _resources(old, stack.parameters, stack), _resources(new, parameters, stack)
    for name in names:
        if name in before and name in after:
            was, becomes = before[name], after[name]
            found = refusal_in_stack(name, was.type, was.properties, becomes.type, becomes.properties)
            if found is not None:
                return found
    return None


@lru_cache(maxsize=256)
def _suspects(old: str, new: str) -> tuple[str, ...]:
    """The resources of two templates for which an update can be refused: resolving the others can be spared."""
    before, after = accepted(old).resources, accepted(new).resources
    both = before.keys() & after.keys()
    return tuple(
        sorted(
            name for name in both if before[name].get("Type") != after[name].get("Type") or can_be_refused(after[name])
        )
    )


def settle(state: State, stack: Stack, *, done: bool) -> None:
    """End an update: what it brings is there from now on or, where it failed, is gone again."""
    old, new = (stack.template, stack.parameters), (stack.next_template, stack.next_parameters)
    left, right = (old, new) if done else (new, old)
    if left[0]:
        kept = _claimed(state, stack, *right)
        for what in _claimed(state, stack, *left) - kept:
            _release(state, stack, what)
    if done:
        stack.template, stack.parameters = new
    stack.next_template, stack.next_parameters = "", {}


def dissolve(state: State, stack: Stack) -> None:
    """Remove a stack's resources; those that are to be retained stay, and belong to nobody."""
    if not stack.template:
        return
    rows = accepted(state.templates[stack.template]).resources.values()
    if any(str(row.get("DeletionPolicy")) in _KEPT for row in rows):
        _leave_behind(state, stack)
    for what in _claimed(state, stack, stack.template, stack.parameters):
        _release(state, stack, what)


def breakage(state: State, name: str, account_id: str, region: str, action: str) -> str:
    """Why this is to fail on demand, once less from now on; nothing where it is not to."""
    for row in state.breakages.values():
        wanted = (row.name, row.account_id, row.region, row.action)
        if row.times == 0 or any(a and a != b for a, b in zip(wanted, (name, account_id, region, action), strict=True)):
            continue
        if row.times is not None:
            row.times -= 1
        return row.reason
    return ""


def _release(state: State, stack: Stack, what: str) -> None:
    if state.claims.get(what) == stack.id:
        del state.claims[what]


def _leave_behind(state: State, stack: Stack) -> None:
    try:
        rows = _resources(state.templates[stack.template], stack.parameters, stack)
    except Unresolvable:
        return
    for name, row in rows.items():
        if row.deletion_policy in _KEPT:
            kept = Belonging(f"{stack.id}/{name}", stack.account_id, stack.region, row.type, json.dumps(row.properties))
            state.belongings[kept.id] = kept
            what = claim(row.type, stack.account_id, stack.region, row.properties)
            if what is not None and state.claims.get(what) == stack.id:
                state.claims[what] = kept.id


def _claimed(state: State, stack: Stack, template: str, parameters: Mapping[str, str]) -> set[str]:
    try:
        return {one.what for one in _claims(state, stack, template, parameters)} if template else set()
    except Unresolvable:
        return set()


def _claims(state: State, stack: Stack, template: str, parameters: Mapping[str, str]) -> Iterable[Claim]:
    """What a stack claims for a template. Raises ``Unresolvable``."""
    text = state.templates[template]
    instance = state.stack_instances.get(f"{stack.stack_set_id}/{stack.account_id}/{stack.region}")
    if instance is not None and not instance.overrides:
        # A thousand accounts differ in nothing but their numbers, and resolving is most of the work.
        form = _form(text, tuple(sorted(parameters.items())), stack.region)
        if form is not None:
            account = stack.account_id
            return [
                Claim(one.logical_id, one.type, one.what.replace(_FIRST, account), one.taken.replace(_FIRST, account))
                for one in form
            ]
    return _claims_of(_resources(text, parameters, stack), stack)


def _claims_of(rows: Mapping[str, Placed], stack: Stack) -> tuple[Claim, ...]:
    found = ((name, row, claim(row.type, stack.account_id, stack.region, row.properties)) for name, row in rows.items())
    return tuple(
        Claim(name, row.type, what, taken(row.type, row.properties)) for name, row, what in found if what is not None
    )


def _resources(text: str, parameters: Mapping[str, str], stack: Stack) -> Mapping[str, Placed]:
    return placed(accepted(text), parameters, stack.account_id, stack.region, stack.name, stack.id)[0]


_FIRST, _SECOND = "900000000001", "900000000002"
"""Numbers of no account, to find out what a template makes of an account's number."""

_NUMBER = re.compile(r"[0-9]{12}")


@lru_cache(maxsize=4096)
def _form(text: str, parameters: tuple[tuple[str, str], ...], region: str) -> tuple[Claim, ...] | None:
    """The claims of a stack with these parameters in any account, for the account ``_FIRST``.

    ``None`` where they are not the same but for the account's number: where a template or a parameter names an
    account, so that a condition may single it out, or where a name is made of the stack's.
    """
    values = dict(parameters)
    if _NUMBER.search(text) or any(_NUMBER.search(value) for value in values.values()):
        return None
    found = []
    for account in (_FIRST, _SECOND):
        stack = Stack(f"arn:{account}", f"stack-{account}", account, region, "", 0.0)
        try:
            found.append(_claims_of(_resources(text, values, stack), stack))
        except Unresolvable:
            return None
    first, second = found
    same = [(one.what.replace(_FIRST, _SECOND), one.taken.replace(_FIRST, _SECOND)) for one in first]
    named_after_stack = any(f"stack-{_FIRST}" in one.what for one in first)
    return first if same == [(one.what, one.taken) for one in second] and not named_after_stack else None
