"""Mutants: guardrails with one thing changed, and those of them that no test notices.

A test that passes whether or not a statement, a condition, an exemption or an action is there does not protect it. So
each is taken away, and each condition turned around, one at a time; what survives is listed, with what to test.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from factory.guardrails.compiled import VARIABLES_SINCE, Statement
from factory.guardrails.conditions import parts_of, texts
from factory.guardrails.context import Context
from factory.guardrails.levels import Level, Policy
from factory.guardrails.management import ALLOWED, OPERATORS
from factory.guardrails.matching import Truth
from factory.guardrails.reasons import written_statement
from factory.guardrails.trials import EffectiveTrial, Subject, Suite, Trial

Path = tuple[str | int, ...]

_PAIRS = (
    ("StringEquals", "StringNotEquals"),
    ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
    ("StringLike", "StringNotLike"),
    ("ArnEquals", "ArnNotEquals"),
    ("ArnLike", "ArnNotLike"),
    ("NumericEquals", "NumericNotEquals"),
    ("NumericLessThan", "NumericGreaterThanEquals"),
    ("NumericLessThanEquals", "NumericGreaterThan"),
    ("DateEquals", "DateNotEquals"),
    ("DateLessThan", "DateGreaterThanEquals"),
    ("DateLessThanEquals", "DateGreaterThan"),
    ("IpAddress", "NotIpAddress"),
)
_INVERSE = {a.lower(): b for one, other in _PAIRS for a, b in ((one, other), (other, one))}
_BY_VALUE = ("bool", "null")
_PREFIXES = {"forallvalues:": "ForAllValues:", "foranyvalue:": "ForAnyValue:"}


@dataclass(frozen=True)
class Mutant:
    """A guardrail with one thing changed: what that is, where it stands, and what a test for it would show."""

    subject: Subject
    path: Path
    what: str
    advice: str
    document: Mapping[str, Any] = field(hash=False, repr=False)
    statement: int | None = None
    dropped: bool = False


def mutants(subject: Subject) -> Iterator[Mutant]:
    """Every mutant of a guardrail."""
    written = subject.document.get("Statement")
    if written is None:
        yield from _of_management(subject, subject.document, ())
        return
    for index, statement in enumerate(written if isinstance(written, list) else [written]):
        if isinstance(statement, Mapping):
            yield from _of_statement(subject, index, statement)


def _of_statement(subject: Subject, index: int, statement: Mapping[str, Any]) -> Iterator[Mutant]:
    title = f"statement {statement.get('Sid') or index}"
    base = subject.path(index)
    denies = statement.get("Effect") == "Deny"
    narrower, wider = ("allowed", "denied") if denies else ("denied", "allowed")
    others = [each for each in _listed(subject.document["Statement"]) if each is not statement]
    whole = {**subject.document, "Statement": others}
    advice = f"test a call that it makes {wider}"
    yield Mutant(subject, base, f"{title} dropped", advice, whole, index, dropped=True)

    def changed(path: Path, what: str, advice: str, new: Mapping[str, Any]) -> Mutant:
        listed = [new if each is statement else each for each in _listed(subject.document["Statement"])]
        return Mutant(
            subject, base + path, f"{what} in {title}", advice, {**subject.document, "Statement": listed}, index
        )

    for key in ("Action", "NotAction", "Resource", "NotResource"):
        values = statement.get(key)
        if not isinstance(values, list) or len(values) < 2:
            continue
        word = "resource" if "Resource" in key else "action"
        for position, value in enumerate(values):
            outcome = narrower if key.startswith("Not") else wider
            advice = (
                f"test that {_like(value)} is {outcome}" if word == "action" else f"test a call on {value}: {outcome}"
            )
            new = {**statement, key: _without(values, position)}
            yield changed((key, position), f"{word} {value} dropped", advice, new)
    for operator, keys in _items(statement.get("Condition")):
        for key, values in _items(keys):
            yield from (
                changed(("Condition", operator, key, *path), what, advice, {**statement, "Condition": block})
                if block
                else changed(
                    ("Condition", operator, key, *path),
                    what,
                    advice,
                    {name: value for name, value in statement.items() if name != "Condition"},
                )
                for path, what, advice, block in _of_condition(
                    statement["Condition"], operator, key, values, (narrower, wider)
                )
            )


def _of_condition(
    block: Mapping[str, Any], operator: str, key: str, values: Any, outcomes: tuple[str, str]
) -> Iterator[tuple[Path, str, str, Mapping[str, Any]]]:
    """Changes of one condition: path within it, what, what to test, and the ``Condition`` that is left."""
    narrower, wider = outcomes
    name = f"condition {operator} {key}"
    rest = _block_without(block, operator, key)
    yield (), f"{name} dropped", f"test a call that is {narrower} only because it does not meet it", rest
    turned = _turned(rest, operator, key, values)
    if turned is not None:
        advice = f"test a call that meets it ({wider}) and one that does not ({narrower})"
        yield (), f"{name} inverted", advice, turned
    if isinstance(values, list) and len(values) > 1:
        negated = "not" in parts_of(operator)[1]
        for position, value in enumerate(values):
            less = {**block, operator: {**block[operator], key: _without(values, position)}}
            outcome = narrower if negated else wider
            advice = f"test that a call with {key} {value} is {outcome}"
            yield (position,), f"value {value} dropped from {name}", advice, less


def _turned(rest: Mapping[str, Any], operator: str, key: str, values: Any) -> Mapping[str, Any] | None:
    """The block with one condition turned around; ``None`` where nothing turns it, or it stands there already."""
    prefix, base, if_exists = parts_of(operator)
    new = values
    if base in _BY_VALUE:
        new = ["false" if text.lower() == "true" else "true" for text in texts(values)]
        inverse = operator
    elif base in _INVERSE:
        inverse = _PREFIXES.get(prefix, "") + _INVERSE[base] + ("IfExists" if if_exists else "")
    else:
        return None
    if key in rest.get(inverse, {}):
        return None
    return {**rest, inverse: {**rest.get(inverse, {}), key: new}}


def _block_without(block: Mapping[str, Any], operator: str, key: str) -> dict[str, Any]:
    keys = {name: value for name, value in block[operator].items() if name != key}
    return {name: (keys if name == operator else value) for name, value in block.items() if name != operator or keys}


def _of_management(subject: Subject, node: Any, path: Path) -> Iterator[Mutant]:
    """A management policy without one of its operators."""
    for key, value in _items(node):
        if key in (*OPERATORS, ALLOWED):
            where = ".".join(map(str, path)) or "the top"
            advice = (
                "test with child_policy: that one below can neither change it nor add to it"
                if key == ALLOWED
                else f"test with effective: what {where} is"
            )
            document = _dropped(subject.document, (*path, key))
            yield Mutant(subject, (*path, key), f"{key} dropped at {where}", advice, document)
        elif isinstance(value, Mapping):
            yield from _of_management(subject, value, (*path, key))


def _dropped(node: Mapping[str, Any], path: Path) -> dict[str, Any]:
    head, *rest = path
    if not rest:
        return {key: value for key, value in node.items() if key != head}
    return {key: _dropped(value, tuple(rest)) if key == head else value for key, value in node.items()}


def survivors(suite: Suite, names: Iterable[str] | None = None) -> tuple[list[Mutant], int]:
    """The mutants of these guardrails, or all, that no trial notices; and how many there were.

    All trials must pass as they are.
    """
    chosen = [suite.subjects[name] for name in (suite.subjects if names is None else names)]
    found, count = [], 0
    for subject in chosen:
        trials, effects = involved(suite, subject.name)
        for mutant in mutants(subject):
            count += 1
            if not (noticed(mutant, trials) or _noticed_effect(mutant, effects)):
                found.append(mutant)
    return found, count


def involved(suite: Suite, name: str) -> tuple[list[Trial], list[EffectiveTrial]]:
    """The trials that a guardrail takes part in, those of its own file first."""
    trials = [
        trial
        for trial in suite.trials
        if any(policy.name == name for level in (*trial.scp_levels, *trial.rcp_levels) for policy in level.policies)
    ]
    effects = [
        trial for trial in suite.effects if any(each == name for _, policies in trial.levels for each, _ in policies)
    ]
    trials.sort(key=lambda trial: trial.test.guardrail != name)
    return trials, effects


def noticed(mutant: Mutant, trials: Sequence[Trial]) -> bool:
    """Whether a trial about calls comes out otherwise.

    A verdict hangs on nothing of a statement but whether it holds, so only trials where that differs are judged anew.
    """
    if mutant.statement is None:
        return False
    before = _statement(mutant.subject.policy, mutant.statement)
    after = None
    if not mutant.dropped:
        written = written_statement(mutant.document, mutant.statement)
        after = Statement(written, mutant.statement, variables=mutant.document.get("Version") == VARIABLES_SINCE)
    listed = (after if each is before else each for each in mutant.subject.policy.statements)
    statements = tuple(each for each in listed if each is not None)
    policy = Policy.made_of(mutant.subject.name, mutant.document, statements)
    levels: dict[int, Level] = {}
    about: dict[str, tuple[Statement | None, Statement | None]] = {}
    for trial in trials:
        pair = about.get(trial.action)
        if pair is None:
            pair = about[trial.action] = (_about(before, trial.action), _about(after, trial.action))
        if pair != _NEITHER and _differs(*pair, trial) and _fails(trial, policy, levels):
            return True
    return False


_NEITHER = (None, None)


def _about(statement: Statement | None, action: str) -> Statement | None:
    return statement if statement and statement.actions.match(action) else None


def _differs(before: Statement | None, after: Statement | None, trial: Trial) -> bool:
    if trial.on_nothing:
        return True  # What a statement says of resources counts there, too.
    return any(_holds(before, *each) is not _holds(after, *each) for each in trial.contexts)


def _holds(statement: Statement | None, resource: str, context: Context) -> Truth:
    if statement is None:
        return False
    about = statement.resources.everything or statement.resources.match(resource, context.get)
    return statement.met(about, context.get) if about is not False else False


def _fails(trial: Trial, policy: Policy, levels: dict[int, Level]) -> bool:
    changed = replace(
        trial,
        scp_levels=tuple(_with(level, policy, levels) for level in trial.scp_levels),
        rcp_levels=tuple(_with(level, policy, levels) for level in trial.rcp_levels),
    )
    return not changed.passes(changed.verdict())


def _with(level: Level, policy: Policy, levels: dict[int, Level]) -> Level:
    """The level with the mutant in place of the guardrail; each is made once, for it remembers what it was asked."""
    found = levels.get(id(level))
    if found is None:
        policies = tuple(policy if each.name == policy.name else each for each in level.policies)
        found = levels[id(level)] = Level(level.name, policies) if any(each is policy for each in policies) else level
    return found


def _statement(policy: Policy, index: int) -> Statement | None:
    return next((each for each in policy.statements if each.index == index), None)


def _noticed_effect(mutant: Mutant, effects: Sequence[EffectiveTrial]) -> bool:
    name = mutant.subject.name
    for trial in effects:
        levels = tuple(
            (level, tuple((each, mutant.document if each == name else document) for each, document in policies))
            for level, policies in trial.levels
        )
        changed = replace(trial, levels=levels)
        if not changed.passes(changed.effective()):
            return True
    return False


def _like(action: Any) -> str:
    return f"an action such as {action}" if "*" in str(action) or "?" in str(action) else str(action)


def _without(values: Sequence[Any], position: int) -> list[Any]:
    return [*values[:position], *values[position + 1 :]]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _items(value: Any) -> list[tuple[str, Any]]:
    return [(str(key), each) for key, each in value.items()] if isinstance(value, Mapping) else []
