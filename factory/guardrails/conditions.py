"""The conditions of a statement: operators, ``IfExists``, ``ForAllValues``, ``ForAnyValue`` and ``Null``.

Sources: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Single-valued vs. multivalued context
keys". In short:

* Conditions are a conjunction, the values of one a disjunction. A negated operator is true where its positive twin is
  false: NOR of the values. So an absent key, and a value that the operator cannot read (``NumericEquals`` of ``abc``),
  match no positive operator and every negated one.
* ``...IfExists`` is true for an absent key, whatever stands in front; ``ForAllValues`` is true for an absent key,
  ``ForAnyValue`` false, negated or not. A key whose only value is the empty text counts as absent for these two
  ("resolves to a null dataset, such as an empty string").
* Several values in the request under an operator without ``ForAllValues`` or ``ForAnyValue`` match nothing, negated
  or not. AWS only says that such keys "require a condition set operator".
* A policy variable without a value makes a negated condition false too: "any attempt to match it fails and causes the
  statement to be invalid" ("Variables and tags"). Variables stand in values of ``String...``, ``Arn...`` and ``Bool``.
* Operators and context keys are compared without regard to case; a tag's key in ``aws:RequestTag/KEY`` is part of the
  context key.
"""

from __future__ import annotations

import operator as compare
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from factory.guardrails.matching import Truth, arn_matcher
from factory.guardrails.patterns import Glob, Lookup, Match, Matcher, Parts, Pattern, Wildcard, glob, parse
from factory.guardrails.values import address, binary, moment, network, number, truth

_EACH, _ANY = "forallvalues:", "foranyvalue:"
_IF_EXISTS = "ifexists"
_NULL = "null"
_ORDERED: tuple[tuple[str, Callable[[str], Any]], ...] = (("Numeric", number), ("Date", moment))


@dataclass(frozen=True, slots=True)
class Operator:
    """One row of the table of operators: how a value of a policy becomes a test of a value of a request.

    ``reads`` gives ``None`` for a value that is not of the operator's type: it matches nothing. ``build`` is for values
    that can hold variables, and wildcards where ``wildcards`` says so.
    """

    reads: Callable[[str], Matcher | None] | None = None
    build: Callable[[Parts], Matcher] | None = None
    wildcards: bool = False
    negated: bool = False


def _comparing(read: Callable[[str], Any], holds: Callable[[Any, Any], bool]) -> Callable[[str], Matcher | None]:
    """A test that reads both sides; ``holds`` gets the value of the request first."""

    def prepared(text: str) -> Matcher | None:
        wanted = read(text)
        if wanted is None:
            return None

        def matches(value: str) -> bool:
            given = read(value)
            return given is not None and holds(given, wanted)

        return matches

    return prepared


def _within(text: str) -> Matcher | None:
    """Addresses of one version lie in no range of the other."""
    wanted = network(text)
    if wanted is None:
        return None

    def matches(value: str) -> bool:
        given = address(value)
        return given is not None and given in wanted

    return matches


def _same(parts: Parts) -> Matcher:
    return glob(parts) if _open(parts) else _text(parts).__eq__


def _same_ignoring_case(parts: Parts) -> Matcher:
    wanted = Glob(tuple(part.casefold() if isinstance(part, str) else part for part in parts))
    return lambda value: wanted(value.casefold())


def _same_truth(parts: Parts) -> Matcher:
    wanted, unsure = truth(_text(parts)), _open(parts)
    return lambda value: unsure or (wanted is not None and truth(value) is wanted)


def _text(parts: Parts) -> str:
    return "".join(part for part in parts if isinstance(part, str))


def _open(parts: Parts) -> bool:
    """Whether a wildcard stands in it, here for a variable whose value nobody knows."""
    return any(isinstance(part, Wildcard) for part in parts)


def _table() -> dict[str, Operator]:
    """The operators by their names."""
    found: dict[str, Operator] = {
        "Bool": Operator(build=_same_truth),
        "BinaryEquals": Operator(reads=_comparing(binary, compare.eq)),
        "IpAddress": Operator(reads=_within),
        "NotIpAddress": Operator(reads=_within, negated=True),
        "Null": Operator(),
    }
    for word, negated in (("", False), ("Not", True)):
        found[f"String{word}Equals"] = Operator(build=_same, negated=negated)
        found[f"String{word}EqualsIgnoreCase"] = Operator(build=_same_ignoring_case, negated=negated)
        found[f"String{word}Like"] = Operator(build=glob, wildcards=True, negated=negated)
        found[f"Arn{word}Equals"] = Operator(build=arn_matcher, wildcards=True, negated=negated)
        found[f"Arn{word}Like"] = found[f"Arn{word}Equals"]
    for kind, read in _ORDERED:
        found[f"{kind}Equals"] = Operator(reads=_comparing(read, compare.eq))
        found[f"{kind}NotEquals"] = Operator(reads=_comparing(read, compare.eq), negated=True)
        found[f"{kind}LessThan"] = Operator(reads=_comparing(read, compare.lt))
        found[f"{kind}LessThanEquals"] = Operator(reads=_comparing(read, compare.le))
        found[f"{kind}GreaterThan"] = Operator(reads=_comparing(read, compare.gt))
        found[f"{kind}GreaterThanEquals"] = Operator(reads=_comparing(read, compare.ge))
    return found


_BY_NAME = _table()
OPERATOR_NAMES = tuple(_BY_NAME)
OPERATORS = {name.lower(): row for name, row in _BY_NAME.items()}
"""The operators by their names in small letters."""

_REMEMBERED = 1024
"""Of so many values a condition remembers whether they fit: principals and Regions come again and again."""


def parts_of(operator: str) -> tuple[str, str, bool]:
    """Prefix (or nothing), name and whether ``IfExists`` stands behind it, all in small letters."""
    name = operator.lower()
    prefix = next((each for each in (_EACH, _ANY) if name.startswith(each)), "")
    name = name.removeprefix(prefix)
    if_exists = name.endswith(_IF_EXISTS) and name.removesuffix(_IF_EXISTS) != _NULL
    return prefix, name.removesuffix(_IF_EXISTS) if if_exists else name, if_exists


def is_operator(text: str) -> bool:
    """Whether AWS knows an operator of this name."""
    return parts_of(text)[1] in OPERATORS


def texts(value: Any) -> tuple[str, ...]:
    """A value or list of values of a policy or a request as texts; JSON's ``true`` is ``"true"``, ``null`` none."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list | tuple):
        return tuple(text for item in value for text in texts(item))
    if value is None:
        return ()
    return (("true" if value else "false") if isinstance(value, bool) else str(value),)


class Condition:
    """One operator on one context key, compiled."""

    __slots__ = (
        "_constants",
        "_if_exists",
        "_matchers",
        "_negated",
        "_null",
        "_patterns",
        "_prefix",
        "_seen",
        "_unknown_operator",
        "holds",
        "key",
        "name",
        "operator",
        "values",
    )

    def __init__(self, operator: str, key: str, value: Any, *, variables: bool = True) -> None:
        self.operator, self.name, self.key = operator, key, key.lower()
        self.values = texts(value)
        self._prefix, base, self._if_exists = parts_of(operator)
        row = OPERATORS.get(base, Operator())
        self._unknown_operator = base not in OPERATORS
        self._negated = row.negated
        self._null = frozenset(map(truth, self.values)) if base == _NULL else None
        matchers = [row.reads(text) for text in self.values] if row.reads else []
        patterns: list[Pattern] = []
        if row.build:
            parsed = (parse(text, variables=variables, wildcards=row.wildcards) for text in self.values)
            patterns = [Pattern(parts, row.build) for parts in parsed]
            matchers += [pattern.matcher for pattern in patterns]
        plain = row.build is _same
        constants = {_text(parse(t, variables=variables, wildcards=False)) for t in self.values} if plain else set()
        with_variables = [pattern for pattern in patterns if pattern.variables]
        self._constants = frozenset(constants if plain and not with_variables else ())
        self._matchers = () if self._constants else tuple(each for each in matchers if each is not None)
        self._patterns = tuple(with_variables)
        self._seen: dict[str, bool] = {}
        simple = not (self._prefix or self._patterns or self._unknown_operator) and self._null is None
        self.holds: Callable[[Lookup], Truth] = self._shortcut() if simple else self._weigh
        """Whether the request meets it."""

    @property
    def one_value_only(self) -> bool:
        """Whether several values in the request match nothing."""
        return not self._prefix and self._null is None

    def variables(self) -> dict[str, str]:
        """The context keys that stand in its values as variables: as they are compared, and as they are written."""
        return {variable.key: variable.name for pattern in self._patterns for variable in pattern.variables}

    def unknown(self, lookup: Lookup) -> list[str]:
        """The context keys in it that nobody knows."""
        own = [self.key] if lookup(self.key) is None else []
        return own + [key for pattern in self._patterns for key in pattern.unknown(lookup)]

    def _shortcut(self) -> Callable[[Lookup], Truth]:
        """What `_weigh` does, for the plainest conditions: one value that was seen before is most of the work."""
        key, seen, negated, weigh = self.key, self._seen, self._negated, self._weigh

        def holds(lookup: Lookup) -> Truth:
            given = lookup(key)
            if given is not None and len(given) == 1:
                met = seen.get(given[0])
                if met is not None:
                    return met is not negated
            return weigh(lookup)

        return holds

    def _weigh(self, lookup: Lookup) -> Truth:
        given = lookup(self.key)
        if self._unknown_operator:
            return False
        if given is None:
            return None
        if self._null is not None:
            return (not given) in self._null
        if not given:
            return True if self._if_exists or self._prefix == _EACH else self._negated and not self._prefix
        if not self._prefix:
            return self._one(given[0], lookup) if len(given) == 1 else False
        if given == ("",):
            return self._prefix == _EACH
        found = [self._one(value, lookup) for value in given]
        decisive = self._prefix == _ANY
        if decisive in found:
            return decisive
        return None if None in found else not decisive

    def _one(self, value: str, lookup: Lookup) -> Truth:
        """Whether this one value of the request is met: OR of the values of the policy, NOR if negated."""
        met = self._seen.get(value)
        if met is None:
            met = value in self._constants or any(matcher(value) for matcher in self._matchers)
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            self._seen[value] = met
        if met or not self._patterns:
            return met is not self._negated
        found = [pattern.match(value, lookup) for pattern in self._patterns]
        if Match.YES in found:
            return not self._negated
        if not self._negated:
            return None if Match.MAYBE in found else False
        if Match.UNRESOLVED in found:
            return False
        return None if Match.MAYBE in found or Match.HARDLY in found else True


def conditions(block: Any, *, variables: bool = True) -> tuple[Condition, ...]:
    """All conditions of a ``Condition`` element."""
    found: list[Condition] = []
    for operator, keys in _items(block):
        found += [Condition(operator, key, value, variables=variables) for key, value in _items(keys)]
    return tuple(found)


def _items(value: Any) -> Iterable[tuple[str, Any]]:
    return [(str(key), each) for key, each in value.items()] if isinstance(value, Mapping) else ()
