"""What is looked at while stacks are followed: no more than what is new, in as few calls as CloudFormation allows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from factory.aws.errors import AwsError
from factory.aws.stack_sets import PAGE
from factory.core.address import Address, baseline, stack_parts
from factory.core.change import Action, Change
from factory.kinds.base import Site
from factory.kinds.baseline_files import SINGLE, family
from factory.kinds.roll_out import Operating
from factory.kinds.stack_values import ABSENT
from factory.kinds.target_effects import IN

if TYPE_CHECKING:
    from factory.aws.records import StackRecord, StackSetOperation
    from factory.aws.stack_sets import StackSets


def wanted_in(change: Change) -> dict[str, str]:
    """Region -> what the stack's status should be."""
    attrs = (change.after or change.resource).attrs
    gone = change.action is Action.DELETE
    return {key.removeprefix(IN): ABSENT if gone else str(value) for key, value in attrs.items() if key.startswith(IN)}


def latest_operations(stack_sets: StackSets, name: str, items: Sequence[Operating]) -> dict[str, StackSetOperation]:
    """The latest operations on a stack set by their ids, and all of our own that are known by now."""
    operations = {each.id: each for each in stack_sets.latest_operations(name)}
    for token in sorted({item.token for item in items} - operations.keys() - {""}):
        if (known := stack_sets.known_operation(name, token)) is not None:
            operations[token] = known
    return operations


def rests(item: Operating, operations: Mapping[str, StackSetOperation]) -> bool:
    """Whether there is nothing new to see: our own operation, or one that was at its stacks, is still under way."""
    if item.token and item.token not in operations:
        return True
    return any(not operations[each].over for each in (item.token, *item.at_work) if each in operations)


def stacks_of(
    stack_sets: StackSets, name: str, items: Sequence[Operating], site: Site
) -> dict[str, dict[str, StackRecord]]:
    """The stacks in these accounts by Region: asked for account by account, or all where that takes fewer pages."""
    wanted = sorted({site.id(stack_parts(item.change.address)[1]) for item in items})
    everyone = sum(address.kind == "account" for address in site.book)
    regions = max((len(wanted_in(item.change)) for item in items), default=0)
    found: dict[str, dict[str, StackRecord]] = {}
    for account_id in wanted if len(wanted) <= math.ceil(everyone * regions / PAGE) else [""]:
        for each in stack_sets.stacks(name, account_id):
            found.setdefault(each.account_id, {})[each.region] = each
    return found


def beside_units(of: Address, items: Sequence[Operating], site: Site) -> set[str]:
    """The accounts that still hold the stack of a unit that they have left, where this is the set for single accounts.

    What can be had once would be in the way, and it comes from another stack set: AWS orders nothing between these.
    """
    unit_set = site.book.get(baseline(family(of.name))) if of.name.endswith(SINGLE) else None
    if unit_set is None:
        return set()
    try:
        return set(stacks_of(site.aws.stack_sets, unit_set, items, site))
    except AwsError as error:
        if error.code != "StackSetNotFoundException":
            raise
        return set()  # it went in this run
