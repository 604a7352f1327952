"""Losses and gains as sentences: which accounts, what, and where it holds."""

from __future__ import annotations

import re
from collections.abc import Sequence

from factory.core.policy_types import SCP
from factory.core.rights import Bound, Direction
from factory.guardrails.callers import ROOT_USER
from factory.guardrails.cells import ABSENT, OTHER, PRINCIPAL, REGION, RESOURCE, SEVERAL
from factory.guardrails.witnesses import EVERY_ACTION

SHOWN = 8
"""So many names are written out in a sentence; a plan in JSON has all."""
_ARN = re.compile(r"arn:[^:]*:(?:iam|sts):[^:]*:([^:]*):(role|user|assumed-role)/(.+)")


def sentence(
    who: str,
    many: bool,
    direction: Direction,
    policy_type: str,
    actions: Sequence[str],
    but: Sequence[str],
    bounds: Sequence[Bound],
    keys: Sequence[str],
) -> str:
    """``14 accounts under workloads lose ec2:RunInstances outside eu-central-1, but for role factory-*``."""
    what = _actions(actions, but)
    if policy_type == SCP:
        verb = {Direction.LOSS: ("loses", "lose"), Direction.GAIN: ("gains", "gain")}[direction][many]
        words = [who, verb, what]
    else:
        can = "can no longer use" if direction is Direction.LOSS else "can newly use"
        callers = next((b for b in bounds if b.of == PRINCIPAL), None)
        bounds = [b for b in bounds if b is not callers]
        words = [_listed(callers.values) if callers else "whoever calls", can, what, f"on resources of {who}"]
        words[0] = f"everyone but {words[0]}" if callers and callers.outside else words[0]
    words += [_place(bound) for bound in bounds if bound.of in (RESOURCE, PRINCIPAL) and not _exempts(bound)]
    words += [_place(bound) for bound in bounds if bound.of.lower() == REGION]
    text = " ".join(
        [*words, *_conditions([b for b in bounds if b.of not in (RESOURCE, PRINCIPAL) and b.of.lower() != REGION])]
    )
    text += "".join(f", but for {_people(bound)}" for bound in bounds if _exempts(bound))
    if keys:
        text += f" (also conditional on {', '.join(keys)})"
    return text


def _actions(actions: Sequence[str], but: Sequence[str]) -> str:
    if list(actions) == [EVERY_ACTION]:
        return f"every action but {_listed(but)}" if but else "every action"
    services = sorted({action.partition(":")[0] for action in actions})
    plain = all(":" in action and "*" not in action.partition(":")[0] for action in actions)
    many = len(actions) > SHOWN + 1 and plain
    what = f"{len(actions)} actions of {_listed(services)}" if many else _listed(actions)
    return f"{what} (all but {_listed(but)})" if but else what


def _listed(names: Sequence[str], last: str = ", ") -> str:
    """The names, or the first of many and how many more there are."""
    if len(names) <= SHOWN + 1:
        return last.join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
    return f"{', '.join(names[:SHOWN])} and {len(names) - SHOWN} more"


def _exempts(bound: Bound) -> bool:
    return bound.of == PRINCIPAL and bound.outside


def _place(bound: Bound) -> str:
    if bound.of == PRINCIPAL:
        return f"as {_people(bound)}"
    if bound.of == RESOURCE:
        return f"on {'all but ' if bound.outside else ''}{_listed(bound.values)}"
    return f"{'outside' if bound.outside else 'in'} {_listed(bound.values)}"


def _people(bound: Bound) -> str:
    """``roles admin, factory-* and the root user``."""
    groups: dict[str, list[str]] = {}
    for value in bound.values:
        found = _ARN.fullmatch(value)
        if value == ROOT_USER:
            groups.setdefault("the", []).append(value)
        elif found:
            groups.setdefault(found[2], []).append(found[3] + (f" in {found[1]}" if found[1].isdigit() else ""))
        else:
            groups.setdefault("" if value == OTHER else "principals", []).append(value or "all others")
    parts = []
    for kind, names in sorted(groups.items(), reverse=True):
        plural = "s" if len(names) > 1 and kind in ("role", "user") else ""
        parts.append(" ".join(filter(None, [kind + plural, _listed(sorted(names))])))
    return " and ".join(sorted(parts, key=lambda part: part.startswith("the ")))


def _conditions(bounds: Sequence[Bound]) -> list[str]:
    """``where aws:RequestTag/team is absent and aws:SecureTransport is false``; one alone: ``unless ...``."""
    if len(bounds) == 1 and bounds[0].outside and set(bounds[0].values) != {ABSENT}:
        named, absent = _named(bounds[0])
        return [f"unless {bounds[0].of} is {_listed(named, ' or ')}{' or absent' if absent else ''}"]
    return [f"where {' and '.join(_condition(bound) for bound in bounds)}"] if bounds else []


def _condition(bound: Bound) -> str:
    named, absent = _named(bound)
    if bound.outside and not named:
        return f"{bound.of} is given"
    if bound.outside:
        return f"{bound.of} is {'given and ' if absent else ''}not {_listed(named, ' or ')}"
    return f"{bound.of} is {' or '.join(filter(None, [_listed(named, ' or '), 'absent' if absent else '']))}"


def _named(bound: Bound) -> tuple[list[str], bool]:
    named = [value for value in bound.values if value not in (ABSENT, SEVERAL)]
    return [*named, *(["several at once"] if SEVERAL in bound.values else [])], ABSENT in bound.values
