"""How the statements of policies read on one request, in words: which hold, which do not, and on what it hangs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from factory.guardrails.compiled import Statement
from factory.guardrails.conditions import Condition, texts
from factory.guardrails.context import Context, Request, context_of, of_resource
from factory.guardrails.exemptions import RCP_SERVICES, beyond_rcps, beyond_scps, inside
from factory.guardrails.levels import Level, Policy
from factory.guardrails.matching import EVERY_RESOURCE, Truth

_SHOWN = 6
"""So many values of a list are spelt out."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One statement about the action, and whether it holds for one resource of the request.

    ``why`` says what it hangs on: of a statement that does not hold, the first thing that is not met. ``unknown`` are
    the context keys that nobody gave. ``only_resource``: nothing but the resource keeps it from holding.
    """

    kind: str
    level: str
    policy: str
    statement: int
    sid: str | None
    denies: bool
    resource: str
    holds: Truth
    why: str
    unknown: tuple[str, ...] = ()
    only_resource: bool = False

    @property
    def title(self) -> str:
        """The statement by name and place."""
        return f"statement {self.sid or self.statement} of {self.policy} at {self.level}"


def readings(request: Request, scp_levels: Sequence[Level], rcp_levels: Sequence[Level]) -> list[Reading]:
    """Every statement that is about the action, of the policies that bind the request, level by level."""
    context = context_of(request, *inside(request, scp_levels, rcp_levels))
    found: list[Reading] = []
    for resource in request.resources:
        here = of_resource(context, resource)
        if not beyond_scps(request, scp_levels):
            found += _readings("scp", request, scp_levels, resource, here)
        if not beyond_rcps(request, rcp_levels, RCP_SERVICES, resource):
            found += _readings("rcp", request, rcp_levels, resource, here)
    return found


def _readings(
    kind: str, request: Request, levels: Iterable[Level], resource: str, context: Context
) -> Iterator[Reading]:
    for level in levels:
        for places in level.about(request.action.lower()):
            for policy, statement in places:
                yield _reading(kind, level, policy, statement, resource, context)


def _reading(kind: str, level: Level, policy: Policy, statement: Statement, resource: str, context: Context) -> Reading:
    resources, lookup = statement.resources, context.get
    about = True if resources.everything else resources.match(resource, lookup)
    met = statement.met(True, lookup)
    if about is False:
        holds: Truth = False
        why = f"it is about {written_resources(policy, statement)}, not {resource}"
    else:
        holds = statement.met(about, lookup)
        failing = next((each for each in statement.conditions if each.holds(lookup) is False), None)
        if failing is not None:
            why = _unmet(failing, context)
        else:
            why = "; ".join(_met(each, context) for each in statement.conditions) or "it has no conditions"
    return Reading(
        kind=kind,
        level=level.name,
        policy=policy.name,
        statement=statement.index,
        sid=statement.sid,
        denies=statement.denies,
        resource=resource,
        holds=holds,
        why=why,
        unknown=tuple(sorted(statement.unknown(lookup), key=str.lower)) if holds is None else (),
        only_resource=about is False and met is not False and resource == EVERY_RESOURCE,
    )


def _met(condition: Condition, context: Context) -> str:
    return f"{shown_condition(condition)}, and the request has {shown_value(condition, context)}"


def _unmet(condition: Condition, context: Context) -> str:
    return f"{shown_condition(condition)} is not met: the request has {shown_value(condition, context)}"


def shown_condition(condition: Condition) -> str:
    """A condition on one line: ``StringNotEquals aws:RequestedRegion [eu-central-1, eu-west-1]``."""
    return f"{condition.operator} {condition.name} {shown_list(condition.values)}"


def shown_value(condition: Condition, context: Context) -> str:
    """What the request has under the condition's key."""
    given = context.get(condition.key)
    if given is None:
        return "nobody knows what"
    return shown_list(given) if given else "no such key"


def shown_list(values: Sequence[str]) -> str:
    """Values on one line: a single one as it is, more in brackets, many cut short."""
    if len(values) == 1:
        return values[0] or '""'
    more = f", and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    return f"[{', '.join(values[:_SHOWN])}{more}]"


def written_resources(policy: Policy, statement: Statement) -> str:
    """What a statement says under ``Resource`` or ``NotResource``."""
    written = written_statement(policy.document, statement.index)
    if "NotResource" in written:
        return f"everything but {shown_list(texts(written['NotResource']))}"
    return shown_list(texts(written.get("Resource")))


def written_statement(document: Mapping[str, Any], index: int) -> Mapping[str, Any]:
    """A statement as the document has it; a single one may stand without a list."""
    found = document.get("Statement")
    listed = found if isinstance(found, list) else [found]
    statement = listed[index] if index < len(listed) else None
    return statement if isinstance(statement, Mapping) else {}
