"""What has moved since a plan was saved or shown, in AWS and in the files, and what is left of the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from factory.core.address import Address
from factory.core.change import Action, Change, Notice, Plan
from factory.core.diff import Traits
from factory.core.guard import Case
from factory.core.order import Waits
from factory.core.resource import Resource, Value
from factory.core.saved import SEALED, SavedChange, SavedPlan, Seal, State

_LONGEST = 60
_EXPLAINING = frozenset({"closed", "kept", "not-active", "unread"})
"""Codes of the notices that say why nothing is done about a thing."""


@dataclass(frozen=True)
class Standing:
    """How a saved plan stands against files and AWS as they are now.

    ``moved`` says in words all that keeps it from being carried out; ``only`` are the addresses it is about, as
    they are today; ``done`` counts its changes that are carried out already; ``begun`` says whether anything is.
    """

    moved: tuple[str, ...]
    only: frozenset[Address]
    done: int
    begun: bool


def standing(saved: SavedPlan, case: Case, waits: Waits, notices: Sequence[Notice], ended: frozenset[str]) -> Standing:
    """Compare a saved plan with all that would be done now (the case's changes, and what each ``waits`` for).

    Each thing that the plan changes is still as it was, or already as it shall be, or each of its attributes is
    the one or the other; each thing that it needs is as it was; the files want the same; and nothing that is to
    be done waits for a change that the plan does not hold. ``ended`` are the states of accounts that are closed.
    """
    look = _Look(saved, case, {n.address: n.message for n in notices if n.address and n.code in _EXPLAINING}, ended)
    moved: list[str] = []
    left: list[Address] = []
    begun = False
    for change in saved.changes:
        address, state = look.real(change.address), look.state(change)
        in_aws = list(look.moved_in_aws(change))
        done = not in_aws and look.done(change)
        moved += in_aws or look.moved_in_files(change, done)
        begun |= state != change.before
        if not done:
            left.append(address)
    for need, before in saved.needs.items():
        moved += look.moved_need(need, before)
    changing = {change.address: change for change in case.changes}
    only = frozenset(look.real(change.address) for change in saved.changes)
    for address in left:
        for other in sorted((waits.get(address, frozenset()) & changing.keys()) - only):
            moved.append(
                f"{address}: has to wait now for {changing[other].verb} {other}{_at(changing[other])}, which the plan "
                f"does not hold"
            )
    return Standing(tuple(moved), only, len(saved.changes) - len(left), begun)


@dataclass
class _Look:
    """One saved plan beside what is there and what is wanted now; the saved side is sealed, so the other is, too."""

    saved: SavedPlan
    case: Case
    told: Mapping[Address, str]
    ended: frozenset[str]

    def __post_init__(self) -> None:
        self.seal = Seal(self.saved.salt)
        self.changes = {change.address: change for change in self.case.changes}
        known = {*self.case.snapshot.resources, *self.case.desired}
        self.names = {sealed: a for a in known if (sealed := self.seal.address(a)) != a}
        self.by_id = {r.id: a for a, r in self.case.snapshot.resources.items() if r.id is not None}

    def real(self, address: Address) -> Address:
        return self.names.get(address, address)

    def have(self, address: Address) -> Resource | None:
        return self.case.snapshot.resources.get(self.real(address))

    def state(self, change: SavedChange) -> State | None:
        """What the thing is now. What is on its way to its end counts as there, where the plan puts it there."""
        have = self.have(change.address)
        if have is None:
            return None
        state = self.seal.state(have)
        name, value = self.traits(change).ends_as or ("", None)
        ends = change.after is not None and name in state.attrs and change.after.attrs.get(name) == value
        if ends and state.attrs[name] in self.ended:
            return replace(state, attrs={**state.attrs, name: value})
        return state

    def traits(self, change: SavedChange) -> Traits:
        return self.case.traits.get(change.address.kind, Traits())

    def done(self, change: SavedChange) -> bool:
        """Whether the thing is as the plan leaves it."""
        state, after = self.state(change), change.after
        if state is None or after is None:
            return state is None and after is None
        return state.owned == after.owned and all(state.attrs.get(k) == v for k, v in after.attrs.items())

    def moved_in_aws(self, change: SavedChange) -> Iterator[str]:
        """Where the thing is neither what it was nor what the plan makes of it."""
        have, state, before, after = self.have(change.address), self.state(change), change.before, change.after
        address = self.real(change.address)
        if have is None or state is None:
            # A deletion is not done because the thing cannot be seen, or goes by another name.
            if before is not None and (why := self._missing(address, before, after is None)):
                yield f"{address}: {why}"
            return
        if before is None and after is not None:
            yield from self._moved_creation(address, have, state, after, self.traits(change))
        elif before is not None:
            if state.id != before.id:
                yield f"{address}: is another one now: {state.id} instead of {before.id}"
                return
            ends = after or before
            for name in sorted(before.attrs.keys() | ends.attrs.keys() | state.attrs.keys()):
                if state.attrs.get(name) not in (before.attrs.get(name), ends.attrs.get(name)):
                    yield _in_aws(address, name, before.attrs.get(name), self._live(have, name))
            if state.owned not in (before.owned, ends.owned):
                yield _ownership(address, before.owned)

    def _moved_creation(
        self, address: Address, have: Resource, state: State, after: State, traits: Traits
    ) -> Iterator[str]:
        if not state.owned:
            named = f" ({state.id})" if state.id else ""
            yield f"{address}: did not exist, AWS has it now{named}, and it does not carry our tag"
            return
        for name in sorted(after.attrs):
            value = state.attrs.get(name)
            if value != after.attrs[name] and value != traits.begins_as.get(name, after.attrs[name]):
                yield _in_aws(address, name, after.attrs[name], self._live(have, name), "was to be created with")
        if address in self.case.snapshot.health:
            yield f"{address}: has been created ({state.id}), and is {self.case.snapshot.health[address]} in AWS"

    def moved_in_files(self, change: SavedChange, done: bool) -> Iterator[str]:
        """Where the files ask for something else than the plan makes of the thing."""
        address = self.real(change.address)
        fresh, have, after = self.changes.get(address), self.have(address), change.after
        if done and fresh is None:
            return
        want = fresh.after if fresh else self.case.desired.get(address)
        if want is None and after is None and fresh is not None:
            if frozenset(map(self.seal.address, fresh.releases)) != change.releases:
                yield f"{address}: other things are attached to it now than the plan takes away with it"
            return
        if want is None or after is None or (fresh is None and address in self.told):
            kept = "it is left alone" if after is None else "no file asks for it any more"
            why = "the files declare it" if want else kept
            yield f"{address}: the plan was to {change.verb} it; now {self.told.get(address, why)}{_at(fresh, want)}"
            return
        merged = {**(have.attrs if have and fresh is None else {}), **want.attrs}
        wanted = {self.seal.text(name): (self.seal.value(name, v), v) for name, v in merged.items()}
        names = after.attrs.keys() | {self.seal.text(f.name) for f in (fresh.fields() if fresh else ())}
        found = False
        for name in sorted(names):
            value, shown = wanted.get(name, (None, None))
            if value != after.attrs.get(name):
                found = True
                saw, now = _both(after.attrs.get(name), shown)
                yield f"{address}: {name} is {saw} in the plan, the files ask for {now}{_at(fresh, want)}"
        if not found and (done or fresh is None):
            yield f"{address}: the plan was to {change.verb} it; the files ask for something else now{_at(fresh, want)}"

    def moved_need(self, need: Address, before: State | None) -> Iterator[str]:
        """Where a thing that the plan needs and leaves alone is not what it was."""
        address, have = self.real(need), self.have(need)
        if have is None or before is None:
            if before is not None:
                yield f"{address}: {self._missing(address, before)}, and the plan needs it"
            elif have is not None:
                yield f"{address}: the plan did without it, and it exists now"
            return
        state = self.seal.state(have)
        if state.id != before.id:
            yield f"{address}: is another one now: {state.id} instead of {before.id}"
        for name in sorted(before.attrs.keys() | state.attrs.keys()):
            if state.attrs.get(name) != before.attrs.get(name):
                yield _in_aws(address, name, before.attrs.get(name), self._live(have, name))
        if state.owned != before.owned:
            yield _ownership(address, before.owned)

    def _missing(self, address: Address, before: State, may_be_gone: bool = False) -> str:
        """Why nothing is found at an address where something was; nothing where it is gone and may be."""
        gap = self.case.snapshot.gap(address.kind)
        if gap:
            return f"cannot be seen: {gap.kind} could not be read whole: {gap.reason}"
        other = self.by_id.get(before.id or "")
        if other is not None:
            unnamed = "" if address in self.case.desired else ", for no file speaks of it by this name"
            return f"is {other} now{unnamed}"
        return "" if may_be_gone else "is gone from AWS"

    def _live(self, have: Resource, name: str) -> Value:
        """The attribute as AWS shows it, by its sealed name."""
        return next((value for key, value in have.attrs.items() if self.seal.text(key) == name), None)


def differences(shown: Plan, now: Plan) -> tuple[str, ...]:
    """What makes two plans have two digests: what moved in AWS, and which changes came, went or are others."""
    lines: list[str] = []
    for address in sorted(shown.touched.keys() & now.touched.keys()):
        was, have = shown.touched[address], now.touched[address]
        if was is None or have is None:
            if was is not have:
                lines.append(f"{address}: " + ("is gone from AWS" if have is None else "did not exist, AWS has it now"))
            continue
        if was.id != have.id:
            lines.append(f"{address}: is another one now: {have.id} instead of {was.id}")
        for name in sorted(was.attrs.keys() | have.attrs.keys()):
            if was.attrs.get(name) != have.attrs.get(name):
                lines.append(_in_aws(address, name, was.attrs.get(name), have.attrs.get(name)))
        if was.owned != have.owned:
            lines.append(_ownership(address, was.owned))
    old, new = ({change.address: change for change in plan.changes} for plan in (shown, now))
    for address in sorted(old.keys() | new.keys()):
        one, other = old.get(address), new.get(address)
        if one is None and other is not None:
            lines.append(f"{address}: {other.verb} has come into the plan{_at(other)}")
        elif other is None and one is not None:
            lines.append(f"{address}: {one.verb} is in the plan no longer")
        elif one and other and (one.action, one.fields()) != (other.action, other.fields()):
            lines.append(f"{address}: {_fields(other)} instead of {_fields(one)}")
    return tuple(lines)


def _fields(change: Change) -> str:
    names = ", ".join(field.name for field in change.fields()) if change.action is not Action.CREATE else ""
    return f"{change.verb} ({names})" if names else change.verb


def _in_aws(address: Address, name: str, saw: Value, now: Value, was: str = "was") -> str:
    before, after = _both(saw, now)
    return f"{address}: {name} {was} {before}, AWS says {after}"


def _ownership(address: Address, was_ours: bool) -> str:
    return f"{address}: was {'' if was_ours else 'not '}ours, {'is not' if was_ours else 'is now'}"


def _at(change: Change | None, want: Resource | None = None) -> str:
    source = (change.source if change else None) or (want.source if want else None)
    return f" ({source})" if source else ""


def _both(saw: Value, now: Value) -> tuple[str, str]:
    """Two values for people; of long ones the part where they begin to differ."""
    one, other = _word(saw), _word(now)
    if max(len(one), len(other)) <= _LONGEST:
        return one, other
    same = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    start = max(same - _LONGEST // 3, 0) if not one.startswith("(") else 0
    return _cut(one, start), _cut(other, start)


def _cut(text: str, start: int) -> str:
    piece = text[start : start + _LONGEST]
    return f"{'...' if start else ''}{piece}{'...' if start + _LONGEST < len(text) else ''}"


def _word(value: Value) -> str:
    if isinstance(value, str):
        return "(sealed, it holds an e-mail address)" if value.startswith(SEALED) else f"'{value}'"
    return "nothing" if value is None else str(value).lower()
