"""How many stacks a plan may take away at once: a share of each baseline's, like any other kind of thing."""

from __future__ import annotations

from collections.abc import Iterable

from factory.core.address import Address, baseline, stack_parts
from factory.core.change import Refusal
from factory.core.guard import SMALLER_STEPS, Case
from factory.kinds.baseline_files import family
from factory.kinds.stack_values import RETAINS, gone_in
from factory.kinds.target_effects import IN, losses

_Stack = tuple[Address, str]
"""The stacks of a baseline in one account, and a Region."""


def mass_loss(case: Case) -> Iterable[Refusal]:
    """Too large a share of a baseline's stacks deleted, by their targets or one by one, be it to make them anew.

    What is let go of stays; what moving accounts lose is bounded by the moves.
    """
    limit = case.thresholds
    changed = {change.address: change for change in case.changes}
    lost: set[_Stack] = set()
    for loss in losses(case):
        cause = changed.get(loss.by)
        if cause is not None and cause.address.kind == "deployment" and not cause.resource.attrs[RETAINS]:
            lost.add((loss.stack, loss.region))
    for change in case.changes:
        if change.address.kind == "stack" and not change.resource.attrs[RETAINS]:
            lost.update((change.address, region) for region in gone_in(change))
    there = lost | {
        (address, name.removeprefix(IN))
        for address, have in case.snapshot.resources.items()
        if address.kind == "stack" and have.owned
        for name in have.attrs
        if name.startswith(IN)
    }
    for name in sorted({_baseline(of) for of, _ in lost}):
        gone, all_of_it = (sum(_baseline(of) == name for of, _ in each) for each in (lost, there))
        if limit.exceeded(gone, all_of_it):
            yield Refusal(
                "mass-change",
                f"{gone} of {all_of_it} stacks of the baseline {name} would be deleted, more than "
                f"{limit.max_changed_percent} %",
                SMALLER_STEPS,
                baseline(name),
            )


def _baseline(of: Address) -> str:
    return family(stack_parts(of)[0].name)
