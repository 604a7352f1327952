"""What other values of single accounts do to the resources in their stacks, told beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from factory import templates
from factory.core.address import Address, stack_parts
from factory.core.change import Action, Change, Risk
from factory.core.guard import Case
from factory.core.resource import Value
from factory.kinds.baseline_checks import words
from factory.kinds.baseline_template import PARAMETER
from factory.kinds.stack_values import ABSENT, CURRENT, OWN, OWN_VALUES, own_in
from factory.kinds.target_effects import IN
from factory.templates import Kind, Template

_WHERE = "these stacks"


def valued(case: Case) -> Iterator[Change]:
    """The changes to stacks whose own values differ, with what that does; at high risk where something surely moved."""
    read: dict[Address, Template] = {}
    known: dict[tuple[Address, frozenset[str], frozenset[str]], tuple[tuple[str, ...], bool]] = {}
    for change in case.changes:
        if not _differs(change):
            continue
        of = stack_parts(change.address)[0]
        have, want = case.snapshot.resources.get(of), case.desired.get(of)
        if have is None or want is None:
            continue
        if of not in read:
            read[of] = templates.read(str(want.attrs["template"]))
        shared = {key.removeprefix(PARAMETER): v for key, v in have.attrs.items() if key.startswith(PARAMETER)}
        moved, unsure = _moved(change, shared)
        if (of, moved, unsure) not in known:
            known[of, moved, unsure] = _told(read[of], moved, unsure)
        effects, replaces = known[of, moved, unsure]
        risk = Risk.HIGH if replaces else change.risk
        yield replace(change, effects=(*change.effects, *effects), risk=risk)


def _told(template: Template, moved: frozenset[str], unsure: frozenset[str]) -> tuple[tuple[str, ...], bool]:
    """What becomes of the resources, in words, and whether one of them is replaced."""
    rows = templates.differences(template, template, moved=moved)
    named = {row.logical_id for row in rows if row.kind is Kind.REPLACED}
    more = [
        row
        for row in templates.differences(template, template, moved=moved | unsure)
        if row.kind is Kind.REPLACED and row.logical_id not in named
    ]
    maybe = (
        f"CloudFormation replaces {row.logical_id} ({row.type}) in {_WHERE} if it had another value before, which is "
        f"not known: {', '.join(row.properties)}"
        for row in more
    )
    return (*(words(row, _WHERE, template, template, moved) for row in rows), *maybe), bool(named)


def _differs(change: Change) -> bool:
    """Whether stacks that are there, and stay, are to have other values of their own."""
    before, after = change.before, change.after
    if change.address.kind != "stack" or change.action is Action.DELETE or before is None or after is None:
        return False
    stay = any(
        key.startswith(IN) and value == CURRENT and before.attrs.get(key, ABSENT) != ABSENT
        for key, value in after.attrs.items()
    )
    return stay and own_in(before) != own_in(after)


def _moved(change: Change, shared: Mapping[str, Value]) -> tuple[frozenset[str], frozenset[str]]:
    """The parameters that get another value, and those that may: of what was set before, only a digest is noted."""
    before, after = change.before, change.after
    assert before, "nothing moves where nothing is"
    assert after, "nor in what goes"
    own = {key.removeprefix(OWN): value for key, value in after.attrs.items() if key.startswith(OWN)}
    if before.attrs.get(OWN_VALUES):
        # Of several it is not known which one differs, and most of them are as they were.
        surely = frozenset(own) if len(own) == 1 else frozenset()
        return surely, frozenset(shared.keys() | own.keys()) - surely
    return frozenset(name for name, value in own.items() if shared.get(name) != value), frozenset()
