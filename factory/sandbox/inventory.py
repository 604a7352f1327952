"""What there is in an account and Region: the resources of its stacks, and those that someone made by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from factory.sandbox.known_types import KNOWN
from factory.sandbox.stack_state import Stack
from factory.sandbox.stack_templates import accepted, placed
from factory.sandbox.state import State


@dataclass(frozen=True)
class Resource:
    """A resource with its properties as they were resolved.

    ``physical_id`` is what ``Ref`` gives. ``logical_id`` and ``stack`` (its name) are empty for what no stack has;
    ``stack_set`` is the name of the stack set that the stack belongs to.
    """

    type: str
    properties: Mapping[str, Any]
    physical_id: str
    logical_id: str = ""
    stack: str = ""
    stack_set: str = ""


def resources(state: State, account_id: str, region: str, type_: str | None = None) -> list[Resource]:
    """Every resource of an account in a Region, perhaps of one type only; those of IAM are in each Region's stacks.

    What a stack is still making is not there yet; what it is still removing is.
    """
    here = [row for row in state.stacks.values() if (row.account_id, row.region) == (account_id, region)]
    found = [*(one for stack in here for one in _of(state, stack)), *_by_hand(state, account_id, region)]
    return [one for one in found if type_ in (None, one.type)]


def _of(state: State, stack: Stack) -> Iterator[Resource]:
    if not stack.template or stack.status == "DELETE_COMPLETE":
        return
    template = accepted(state.templates[stack.template])
    rows, _, context = placed(template, stack.parameters, stack.account_id, stack.region, stack.name, stack.id)
    owner = state.stack_sets.get(stack.stack_set_id)
    for name, row in rows.items():
        physical_id = context.reference(name, row.type, None, row.properties)
        yield Resource(row.type, row.properties, physical_id, name, stack.name, owner.name if owner else "")


def _by_hand(state: State, account_id: str, region: str) -> Iterator[Resource]:
    for row in state.belongings.values():
        if (row.account_id, row.region) == (account_id, region):
            properties = json.loads(row.properties)
            name = properties.get(KNOWN[row.type].name) if KNOWN[row.type].name else None
            yield Resource(row.type, properties, name if isinstance(name, str) else row.id)
