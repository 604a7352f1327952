"""Stack sets and stacks in numbers, for a look into the sandbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from factory.sandbox.state import State


@dataclass(frozen=True, slots=True)
class Deployed:
    """A stack set, or the stacks of one name that an account has of its own; ``statuses`` counts its stacks."""

    name: str
    own: bool
    accounts: int
    regions: int
    statuses: Mapping[str, int]


def deployed(state: State) -> tuple[Deployed, ...]:
    """Every stack set, and after them the stacks that belong to none; what was deleted is not there."""
    held: dict[str, list[tuple[str, str, str]]] = {}
    for each in state.stack_instances.values():
        held.setdefault(each.stack_set_id, []).append((each.account_id, each.region, each.status))
    active = (row for row in state.stack_sets.values() if row.status == "ACTIVE")
    sets = (_counted(row.name, held.get(row.id, ()), own=False) for row in active)
    alone: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for stack in state.stacks.values():
        if not stack.stack_set_id and stack.template and stack.status != "DELETE_COMPLETE":
            rows = alone.setdefault((stack.name, stack.account_id), [])
            rows.append((stack.account_id, stack.region, stack.status))
    own = (_counted(name, rows, own=True) for (name, _), rows in alone.items())
    return (*sorted(sets, key=lambda each: each.name), *sorted(own, key=lambda each: each.name))


def _counted(name: str, rows: Iterable[tuple[str, str, str]], *, own: bool) -> Deployed:
    found = list(rows)
    accounts, regions = {account for account, _, _ in found}, {region for _, region, _ in found}
    return Deployed(name, own, len(accounts), len(regions), dict(Counter(status for _, _, status in found)))
