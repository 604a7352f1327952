"""What an account loses and gains when its guard changes: verdicts before and after, cell by cell.

Only the statements that differ are enumerated (`cells`), so what is unknown in a cell is the same before and after. A
cell is a loss if it may have been allowed and no longer is, whatever the unknown keys are; a gain the other way round.
Where the statements that differ hang on something that no cell can tell, the judge says ``depends``, and the flip is
conditional on it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from factory.core.policy_types import SCP
from factory.guardrails.callers import ABOUT_CALLERS, OF_SERVICES, Caller, callers
from factory.guardrails.cells import PRINCIPAL, PRINCIPAL_ARN, Cell, Dimension, Option, cells, dimensions
from factory.guardrails.chains import FULL, Guard, Pair
from factory.guardrails.context import Request
from factory.guardrails.exemptions import RCP_SERVICES, stand_in
from factory.guardrails.judge import judge
from factory.guardrails.levels import Level
from factory.guardrails.pieces import Piece
from factory.guardrails.principals import Kind, principal
from factory.guardrails.verdicts import Blocker, Finding, Outcome
from factory.guardrails.witnesses import Candidate, candidates

ANY_ACCOUNT = "000000000000"
"""Stands for an account whose id no policy names."""
_LET_THROUGH = frozenset({Outcome.ALLOW, Outcome.NOT_APPLICABLE})


@dataclass(frozen=True, slots=True)
class Row:
    """One cell: its labels, whether it is lost or gained, and what it is where it is neither.

    ``before`` and ``after``: it may be allowed. ``keys``: on which its being lost or gained depends besides.
    """

    labels: tuple[tuple[str, str], ...]
    loss: bool = False
    gain: bool = False
    before: bool = True
    after: bool = True
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Grid:
    """The rows of a table without its action: most actions have them in common, and equal ones are one object."""

    rows: tuple[Row, ...]

    @cached_property
    def flips(self) -> bool:
        """Whether anything is lost or gained."""
        return any(row.loss or row.gain for row in self.rows)


@dataclass(frozen=True, slots=True)
class Table:
    """All cells of one action. ``requests``: what was judged for each row, before and after, of any such action."""

    candidate: Candidate
    grid: Grid
    requests: tuple[tuple[Request, Request], ...] = field(compare=False, repr=False)


def differing(pair: Pair) -> frozenset[Piece]:
    """The statements that make the difference: denials of one side only, and the levels that allow something else."""
    before, after = pair.before, pair.after
    found = before.denies ^ after.denies
    for level in before.allows ^ after.allows:
        found |= level
    if before.path != after.path:
        found |= {piece for piece in before.pieces | after.pieces if piece.by_org_paths}
    return found


def tables(pair: Pair, organization: str) -> tuple[Table, ...]:
    """The cells of every action that the difference may be about, and of those inside it that it is not about."""
    different, silent = differing(pair), _silent(pair.before) != _silent(pair.after)
    every = pair.before.pieces | pair.after.pieces
    if not different and not silent:
        return ()
    services = () if pair.policy_type == SCP else tuple(sorted(RCP_SERVICES))
    whole = silent or bool(pair.before.allows ^ pair.after.allows)
    found = _candidates(different, every - different, services, whole)
    return tuple(
        Table(
            each,
            *_judgements(
                stand_in(each.action),
                pair.policy_type,
                _about(pair.before, each),
                _about(pair.after, each),
                _those(different, each),
                pair.account or ANY_ACCOUNT,
                organization,
            ),
        )
        for each in found
    )


@lru_cache(maxsize=256)
def _candidates(
    different: frozenset[Piece], others: frozenset[Piece], services: tuple[str, ...], whole: bool
) -> tuple[Candidate, ...]:
    return candidates(different, others, services, whole=whole)


def _silent(guard: Guard) -> bool:
    """Whether some level allows nothing at all."""
    return frozenset() in guard.allows


@dataclass(slots=True)
class _Matched:
    """The statements that were looked at for an action so far, and those among them that are about it."""

    action: str
    seen: set[Piece] = field(default_factory=set)
    about: set[Piece] = field(default_factory=set)


@lru_cache(maxsize=4096)
def _matched(action: str) -> _Matched:
    return _Matched(action.lower())


def _those(pieces: frozenset[Piece], each: Candidate) -> frozenset[Piece]:
    """What these statements say to the action. Each is looked at once, in however many guards it is."""
    matched = _matched(each.action)
    fresh = pieces - matched.seen
    matched.about.update(piece for piece in fresh if piece.statement.actions.match(matched.action))
    matched.seen |= fresh
    return frozenset([piece.about_everything for piece in pieces & matched.about])


def _about(guard: Guard, each: Candidate) -> Guard:
    """What the guard says to this action: the verdict is the same."""
    allows = frozenset(_those(level, each) for level in guard.allows)
    return Guard(_those(guard.denies, each), allows, path=guard.path)


@lru_cache(maxsize=32768)
def _judgements(
    action: str,
    policy_type: str,
    before: Guard,
    after: Guard,
    different: frozenset[Piece],
    account: str,
    organization: str,
) -> tuple[Grid, tuple[tuple[Request, Request], ...]]:
    related = before.pieces | after.pieces
    people = {caller.label: caller for caller in callers(policy_type, different, related, account)}
    without = ABOUT_CALLERS | ({PRINCIPAL_ARN} if policy_type == SCP else OF_SERVICES if not people else frozenset())
    service = action.partition(":")[0]
    respects = dimensions(different, related, service, account, without) if different or before != after else []
    if people:
        respects.append(Dimension(PRINCIPAL, tuple(Option(label, (label,)) for label in people)))
    sides = {guard: levels(guard, policy_type) for guard in (before, after)}
    rows, requests = [], []
    for cell in cells(respects):
        caller = people.get(cell.principal)
        asked = {
            path: _request(action, cell, caller, path, policy_type, account, organization)
            for path in {before.path, after.path}
        }
        findings = {guard: _judged(asked[guard.path], chain, policy_type) for guard, chain in sides.items()}
        rows.append(_row(cell, findings[before], findings[after]))
        requests.append((asked[before.path], asked[after.path]))
    return _grid(tuple(rows)), tuple(requests)


@lru_cache(maxsize=32768)
def _grid(rows: tuple[Row, ...]) -> Grid:
    return Grid(rows)


@lru_cache(maxsize=8192)
def levels(guard: Guard, policy_type: str) -> tuple[Level, ...]:
    """The guard as levels for the judge: order and names of levels mean nothing, and neither does who denies where."""
    denies = tuple(piece.policy for piece in sorted(guard.denies, key=lambda p: p.text))
    if policy_type != SCP:
        return (Level("denies", denies),)
    allows = [Level("allows", tuple(p.policy for p in sorted(level, key=lambda p: p.text))) for level in guard.allows]
    return (Level("denies", (FULL, *denies)), *allows)


def _judged(request: Request, chain: tuple[Level, ...], policy_type: str) -> Finding:
    return judge(request, scp_levels=chain).scp if policy_type == SCP else judge(request, rcp_levels=chain).rcp


def _request(
    action: str,
    cell: Cell,
    caller: Caller | None,
    path: str,
    policy_type: str,
    account: str,
    organization: str,
) -> Request:
    context = dict(cell.context)
    outside = caller is not None and caller.outside
    who = caller.principal if caller else "somebody"
    kind = principal(who).kind
    if kind is not Kind.SERVICE:
        context = {key: value for key, value in context.items() if key.lower() not in OF_SERVICES}
    if policy_type == SCP:
        # Whom SCPs bind is of an account, and never a service.
        context.setdefault("aws:PrincipalIsAWSService", "false")
    if caller is not None and kind is Kind.OTHER:
        context["aws:PrincipalArn"] = who
    if caller is not None and caller.organization:
        context["aws:PrincipalOrgID"] = caller.organization
    own = policy_type == SCP if caller is None else not (outside or caller.neighbour)
    own = own and kind not in (Kind.SERVICE, Kind.ANONYMOUS)
    paths = (path,) if path else ()
    return Request(
        who,
        action,
        (cell.resource,),
        principal_account=account if own else None,
        resource_account=account if policy_type != SCP or cell.resource == "*" else None,
        context=context,
        organization_id=organization,
        principal_org_paths=paths if own else (f"{organization}/zq0/",) if caller and caller.neighbour else (),
        resource_org_paths=paths,
        outside=outside,
    )


def _row(cell: Cell, before: Finding, after: Finding) -> Row:
    """Compare two verdicts on one request."""
    may = not _LET_THROUGH.isdisjoint(before.possible), not _LET_THROUGH.isdisjoint(after.possible)
    if may[0] != may[1]:
        keys = after.depends_on if may[1] else ()
        return Row(cell.labels, loss=may[0], gain=may[1], before=may[0], after=may[1], keys=keys)
    if not may[0]:
        return Row(cell.labels, before=False, after=False)
    (denied, allowed), (denies, allows) = _undecided(before), _undecided(after)
    loss = bool(denies.keys() - denied.keys()) or (allowed.keys() != allows.keys() and bool(allows))
    gain = bool(denied.keys() - denies.keys()) or (allowed.keys() != allows.keys() and bool(allowed))
    if not loss and not gain:
        return Row(cell.labels)
    odd = (denies | denied | allows | allowed).items()
    both = denies.keys() & denied.keys()
    keys = tuple(sorted({key for text, blocker in odd if text not in both for key in blocker.unknown}))
    return Row(cell.labels, loss=loss, gain=gain, keys=keys)


def _undecided(finding: Finding) -> tuple[dict[str, Blocker], dict[str, Blocker]]:
    """What may deny, and what may or may not allow, by the text of the piece."""
    found: tuple[dict[str, Blocker], dict[str, Blocker]] = ({}, {})
    for blocker in finding.undecided:
        found[blocker.effect != "Deny"][str(blocker.policy)] = blocker
    return found
