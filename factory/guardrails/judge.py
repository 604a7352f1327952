"""The judge: whether the SCPs and RCPs of a tree let a request through.

Sources: Organizations User Guide, "SCP evaluation", "RCP evaluation", "Service control policies (SCPs)" and "Resource
control policies (RCPs)"; IAM User Guide, "Policy evaluation logic".

* SCPs come from the chain root, units, account of the *principal*: a denial at any level decides, and every level must
  allow. RCPs come from the chain of the *resource*; only what they deny counts, for RCPFullAWSAccess allows everything,
  cannot be detached, and customers' RCPs deny only.
* A call about several resources is let through if it is for each of them.
* "Allow" says that no guardrail stands in the way. Whether IAM grants anything is another matter.

What nobody knows is judged in three-valued logic (Kleene): a verdict other than ``depends`` holds whatever the unknown
keys turn out to be. The other direction is not perfect. Each condition is looked at by itself, so a key that is tested
twice (``Null`` in one statement, ``StringEquals`` in another) can give ``depends`` where every value leads to the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from factory.guardrails.compiled import Statement
from factory.guardrails.context import Context, Request, context_of, of_resource
from factory.guardrails.exemptions import RCP_SERVICES, beyond_rcps, beyond_scps, inside
from factory.guardrails.levels import Level, Place, Policy
from factory.guardrails.matching import Truth
from factory.guardrails.verdicts import Blocker, Finding, Met, Outcome, Verdict

_CLEAR = Finding(Outcome.ALLOW, possible=(Outcome.ALLOW,))


def judge(
    request: Request,
    scp_levels: Sequence[Level] = (),
    rcp_levels: Sequence[Level] = (),
    *,
    rcp_services: Collection[str] = RCP_SERVICES,
) -> Verdict:
    """Judge a request by levels, from the root down to the account: the principal's for SCPs, the resource's for RCPs.

    A denial of either decides, an explicit one before an implicit one. Where SCPs surely deny implicitly, that is the
    verdict, also if an RCP may turn out to deny explicitly.
    """
    context = context_of(request, *inside(request, scp_levels, rcp_levels))
    reason = beyond_scps(request, scp_levels)
    scp = _not_applicable(reason) if reason else _weigh("scp", request, scp_levels, context, request.resources)
    reasons = [beyond_rcps(request, rcp_levels, rcp_services, resource) for resource in request.resources]
    bound = [resource for resource, reason in zip(request.resources, reasons, strict=True) if not reason]
    rcp = _weigh("rcp", request, rcp_levels, context, bound) if bound else _not_applicable(reasons[0])
    return Verdict(_together(scp.verdict, rcp.verdict), scp, rcp)


def _together(scp: Outcome, rcp: Outcome) -> Outcome:
    both = (scp, rcp)
    for outcome in (Outcome.EXPLICIT, Outcome.IMPLICIT, Outcome.DEPENDS, Outcome.ALLOW):
        if outcome in both:
            return outcome
    return Outcome.NOT_APPLICABLE


@lru_cache(maxsize=256)
def _not_applicable(reason: str) -> Finding:
    return Finding(Outcome.NOT_APPLICABLE, reason, possible=(Outcome.NOT_APPLICABLE,))


@dataclass(slots=True)
class _Scales:
    """What stands against the request for one resource, for certain and perhaps."""

    resource: str
    context: Context
    denials: list[tuple[Level, Policy, Statement]] = field(default_factory=list)
    perhaps: list[tuple[Level, Policy, Statement]] = field(default_factory=list)
    silent: list[Level] = field(default_factory=list)
    wavering: list[tuple[Level, list[Place]]] = field(default_factory=list)

    @property
    def clear(self) -> bool:
        """Whether nothing stands against it."""
        return not (self.denials or self.perhaps or self.silent or self.wavering)

    @property
    def possible(self) -> set[Outcome]:
        """The verdicts that are left open where nothing surely denies explicitly."""
        found = {Outcome.EXPLICIT} if self.perhaps else set()
        if self.silent:
            return found | {Outcome.IMPLICIT}
        return found | ({Outcome.IMPLICIT, Outcome.ALLOW} if self.wavering else {Outcome.ALLOW})


def _weigh(kind: str, request: Request, levels: Sequence[Level], context: Context, resources: Sequence[str]) -> Finding:
    """Judge a request by the policies of one type that bind it."""
    action, binding = request.action.lower(), kind == "scp"
    asked: dict[str, str] = {}
    several: set[str] = set()
    weighed = []
    for resource in resources:
        scales = _Scales(resource, of_resource(context, resource))
        weighed.append(scales)
        for level in levels:
            denying, allowing = level.about(action)
            if denying:
                _deny(level, denying, scales, asked, several)
            if binding and not level.allows_everything:
                _allow(level, allowing, scales, asked, several)
    missing = tuple(sorted(context.not_given(asked), key=str.lower)) if asked else ()
    notes = tuple(map(_several, sorted(several))) if several else ()
    return _finding(kind, weighed, missing, notes)


def _deny(level: Level, statements: Iterable[Place], scales: _Scales, asked: dict[str, str], several: set[str]) -> None:
    """Weigh what a level denies; the keys that its statements ask for go to ``asked``."""
    for policy, statement in statements:
        truth = _applies(statement, scales, asked, several)
        if truth is not False:
            (scales.denials if truth else scales.perhaps).append((level, policy, statement))


def _allow(
    level: Level, statements: Sequence[Place], scales: _Scales, asked: dict[str, str], several: set[str]
) -> None:
    """Weigh what a level allows: one statement is enough, and without one the level denies implicitly.

    All are asked, also after one that allows, so that which keys are missing does not hang on their order.
    """
    truths = [_applies(statement, scales, asked, several) for _, statement in statements]
    if True in truths:
        return
    perhaps = [place for place, truth in zip(statements, truths, strict=True) if truth is None]
    if perhaps:
        scales.wavering.append((level, perhaps))
    else:
        scales.silent.append(level)


def _applies(statement: Statement, scales: _Scales, asked: dict[str, str], several: set[str]) -> Truth:
    """Whether a statement applies; its keys go to ``asked``, those with too many values to ``several``."""
    context = scales.context
    resources = statement.resources
    about = resources.everything or resources.match(scales.resource, context.get)
    if about is False:
        return False
    if not statement.keys.keys() <= context.values.keys():
        asked.update(statement.keys)
    if context.several:
        several.update(c.name for c in statement.conditions if c.one_value_only and c.key in context.several)
    return statement.met(about, context.get)


def _finding(kind: str, weighed: Sequence[_Scales], missing: tuple[str, ...], notes: tuple[str, ...]) -> Finding:
    """One verdict for all resources: the call is let through if it is for each of them."""
    if all(scales.clear for scales in weighed):
        if not missing and not notes:
            return _CLEAR
        return Finding(Outcome.ALLOW, possible=(Outcome.ALLOW,), missing=missing, notes=notes)
    possible = _possible(weighed)
    blocked: list[Blocker] = []
    undecided: list[Blocker] = []
    for scales in weighed:
        blocked += [_statement(kind, scales, *each, sure=True) for each in scales.denials]
        blocked += [Blocker(kind, level.name, scales.resource) for level in scales.silent]
    if len(possible) > 1:
        sure = Outcome.ALLOW not in possible and any(scales.silent for scales in weighed)
        for scales in weighed:
            undecided += [_statement(kind, scales, *each) for each in scales.perhaps]
            if not sure:
                for level, places in scales.wavering:
                    undecided += [_statement(kind, scales, level, *each) for each in places]
    keys = {key for each in undecided for key in each.unknown}
    return Finding(
        verdict=next(iter(possible)) if len(possible) == 1 else Outcome.DEPENDS,
        blocked_by=tuple(blocked),
        undecided=tuple(undecided),
        possible=tuple(sorted(possible)),
        depends_on=tuple(sorted(keys, key=str.lower)),
        missing=missing,
        notes=notes,
    )


def _possible(weighed: Sequence[_Scales]) -> set[Outcome]:
    """The verdicts that are left open for a call about all these resources."""
    if any(scales.denials for scales in weighed):
        return {Outcome.EXPLICIT}
    outcomes = [scales.possible for scales in weighed]
    found = set[Outcome]().union(*outcomes)
    return found if all(Outcome.ALLOW in each for each in outcomes) else found - {Outcome.ALLOW}


def _statement(
    kind: str, scales: _Scales, level: Level, policy: Policy, statement: Statement, *, sure: bool = False
) -> Blocker:
    lookup = scales.context.get
    unknown = () if sure else tuple(sorted(statement.unknown(lookup), key=str.lower))
    return Blocker(
        kind=kind,
        level=level.name,
        resource=scales.resource,
        policy=policy.name,
        sid=statement.sid,
        statement=statement.index,
        effect="Deny" if statement.denies else "Allow",
        conditions=tuple([Met(c.operator, c.name, c.values, lookup(c.key)) for c in statement.conditions]),
        unknown=unknown,
    )


def _several(key: str) -> str:
    return f"{key} has several values, and an operator without ForAllValues: or ForAnyValue: matches none of them"
