"""Baselines that go and come again under another name: the old one has to be gone before the new one can be there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from factory.core.address import Address, management_stack_parts, stack_parts
from factory.core.change import Action, Change, Refusal
from factory.core.guard import Case
from factory.core.resource import Resource
from factory.kinds.baseline_files import family

_CARRIERS = frozenset({"deployment", "stack", "management-stack"})
"""The kinds that bring a baseline's resources to accounts."""


def succeeding(case: Case) -> Iterator[Change]:
    """The changes to what succeeds another baseline: what is made only once what it would collide with is gone.

    Two stacks cannot have resources of the same name, and of some things (detectors, recorders) an account has one.
    """
    heirs = _heirs(case)
    if not heirs:
        return
    going: dict[str, set[Address]] = {}
    for change in case.changes:
        if change.address.kind in _CARRIERS and change.action is Action.DELETE:
            going.setdefault(_baseline_of(change.address), set()).add(change.address)
    for change in case.changes:
        old = heirs.get(_baseline_of(change.address))
        if old is None or change.action is not Action.CREATE:
            continue
        if change.address.kind == "baseline":
            words = f"CloudFormation makes anew all that is in the stacks of baseline:{old}, which goes: same template"
            yield replace(change, effects=(*change.effects, words))
        else:
            yield replace(change, waits=change.waits | going.get(old, set()))


def takeovers(case: Case) -> Iterator[Refusal]:
    """A baseline that becomes what another one was until now, such as when two folders swap their names.

    Each would be updated to what the other still holds, and no order of updates keeps them apart.
    """
    changing = {
        change.address: change
        for change in case.changes
        if change.address.kind == "baseline"
        and change.before is not None
        and _template(change.before) != _template(change.after)
    }
    for change in changing.values():
        for other in changing.values():
            if (
                change.after is not None
                and other.address != change.address
                and _template(change.after) == _template(other.before)
            ):
                yield Refusal(
                    "immutable",
                    f"it would become what {other.address} was, while that one still holds it",
                    "rename in steps: apply with one of the two under a new name, then again",
                    change.address,
                    change.source,
                )


def _template(held: Resource | None) -> str:
    return str(held.attrs["template"]) if held is not None else ""


def _heirs(case: Case) -> dict[str, str]:
    """Baselines that come, each with the one that goes and has the same template."""
    gone = {
        str(change.resource.attrs["template"]): family(change.address.name)
        for change in case.changes
        if change.address.kind == "baseline" and change.action is Action.DELETE
    }
    came = {
        family(change.address.name): str(change.resource.attrs["template"])
        for change in case.changes
        if change.address.kind == "baseline" and change.action is Action.CREATE
    }
    return {name: gone[text] for name, text in came.items() if text in gone and gone[text] != name}


def _baseline_of(address: Address) -> str:
    """The baseline that a stack set, a deployment or a stack is of; empty for any other kind."""
    match address.kind:
        case "baseline":
            return family(address.name)
        case "management-stack":
            return management_stack_parts(address)[0]
        case "stack":
            return family(stack_parts(address)[0].name)
        case "deployment":
            return family(address.name.rpartition("@")[0])
    return ""
