"""Management policies folded into an account's effective policy: AI opt-out, backup, tag, declarative policies.

Source: Organizations User Guide, "Inheritance operators" and "Inheritance examples". From the root down, each level's
policies change what came from above: ``@@assign`` replaces, ``@@append`` and ``@@remove`` work on lists.
``@@operators_allowed_for_child_policies`` says what the levels below may do at its place in the document: set what is
there, and add new sections under it, but not change sections that are there already. The page "AI services opt-out
policy syntax and examples" says so of each of its three locks: the one under ``services`` "prevents any child policy
from adding any new sections ... other than the ``default`` section that is already there"; "Backup policy syntax and
examples" locks "every node", and opens one with ``@@append`` for other plans to be added there. It can only become
tighter on the way down, and where two policies of one level set it, both count. A forbidden operator is ignored by
AWS, which is a notice here. Two policies of one level that disagree about a value are evaluated
"based on the order in which they were attached", which no file can know: that is a conflict, and what came from above
stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from factory.core.documents import canonical

Path = tuple[str, ...]

ASSIGN, APPEND, REMOVE = "@@assign", "@@append", "@@remove"
OPERATORS = (ASSIGN, APPEND, REMOVE)
_ADDING = frozenset({ASSIGN, APPEND})
"""Either lets child policies add sections: AI opt-out policies, which add services, know no ``@@append``."""
ALLOWED = "@@operators_allowed_for_child_policies"
_ALL, _NONE = "@@all", "@@none"
_CASELESS = {"TAG_POLICY": ("tags",)}
"""Below these keys, names are the same in any case of letters: "the policy key ... except for the case treatment"."""


@dataclass(frozen=True, slots=True)
class Source:
    """A management policy, and the node it is attached to."""

    level: str
    policy: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """An operator without effect: what stands where, and which policy above forbids it."""

    path: Path
    operator: str
    source: Source
    locked_by: Source


@dataclass(frozen=True, slots=True)
class Conflict:
    """Policies of one level that disagree about one value."""

    path: Path
    sources: tuple[Source, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is no management policy: where, and why."""

    path: Path
    source: Source
    reason: str


@dataclass(frozen=True, slots=True)
class Effective:
    """The effective policy of an account, without operators, and what there is to say of how it came about."""

    document: Mapping[str, Any]
    notices: tuple[Ignored, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class _Setting:
    path: Path
    operator: str
    value: Any
    source: Source


@dataclass
class _Fold:
    """What has come down to one level; paths as they are compared, with how they were first written.

    ``there``: the sections that policies above have.
    """

    caseless: tuple[str, ...]
    values: dict[Path, Any] = field(default_factory=dict)
    written: dict[Path, Path] = field(default_factory=dict)
    locks: dict[Path, list[tuple[frozenset[str], Source]]] = field(default_factory=dict)
    there: frozenset[Path] = frozenset({()})
    notices: list[Ignored] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def key(self, path: Path) -> Path:
        """A path as it is compared."""
        if len(path) > 1 and path[0] in self.caseless:
            path = (path[0], path[1].casefold(), *path[2:])
        return path


def fold(levels: Sequence[tuple[str, Sequence[tuple[str, Mapping[str, Any]]]]], policy_type: str = "") -> Effective:
    """The effective policy below these levels, from the root down to the account.

    Each level is the name of a node and its policies of ``policy_type``: names and documents.
    """
    state = _Fold(_CASELESS.get(policy_type, ()))
    for level, policies in levels:
        settings: dict[Path, list[_Setting]] = {}
        locks: list[tuple[Path, frozenset[str], Source]] = []
        for name, document in policies:
            source = Source(level, name)
            for each in _read(document, (), source, state.faults):
                if isinstance(each, _Setting):
                    settings.setdefault(state.key(each.path), []).append(each)
                else:
                    locks.append((state.key(each[0]), each[1], source))
        for key, found in settings.items():
            _apply(state, key, found)
        added = [each for each in locks if each[0] in state.there or _lock(state, each[0], APPEND) is None]
        for key, allowed, source in added:
            state.locks.setdefault(key, []).append((allowed, source))
        state.there |= {key[:n] for key in (*state.written, *state.locks) for n in range(len(key) + 1)}
    return Effective(_tree(state), tuple(state.notices), tuple(state.conflicts), tuple(state.faults))


def _read(
    node: Any, path: Path, source: Source, faults: list[Fault]
) -> Iterator[_Setting | tuple[Path, frozenset[str]]]:
    """Every operator of a document with its place; what is none of AWS's goes to ``faults``."""
    if not isinstance(node, Mapping):
        faults.append(Fault(path, source, f"a value without an operator: write {ASSIGN} above it"))
        return
    for key, value in node.items():
        if key in OPERATORS:
            yield _Setting(path, key, value, source)
        elif key == ALLOWED:
            listed = value if isinstance(value, list) else [value]
            unknown = [each for each in listed if each not in (*OPERATORS, _ALL, _NONE)]
            if unknown:
                faults.append(Fault((*path, key), source, f"no operator: {', '.join(map(str, unknown))}"))
            everything = _ALL in listed and _NONE not in listed
            yield path, frozenset(OPERATORS) if everything else frozenset(listed) & frozenset(OPERATORS)
        elif str(key).startswith("@@"):
            faults.append(Fault((*path, key), source, f"no operator: {key}; their case matters"))
        else:
            yield from _read(value, (*path, str(key)), source, faults)


def _apply(state: _Fold, key: Path, settings: list[_Setting]) -> None:
    """Carry out what the policies of one level say about one value."""
    allowed = []
    for each in settings:
        locked_by = _lock(state, key, each.operator)
        if locked_by is None:
            allowed.append(each)
        else:
            state.notices.append(Ignored(each.path, each.operator, each.source, locked_by))
    reason = _disagreement(allowed)
    if reason:
        sources = tuple(dict.fromkeys(each.source for each in allowed))
        state.conflicts.append(Conflict(allowed[0].path, sources, reason))
        return
    for each in sorted(allowed, key=lambda each: OPERATORS.index(each.operator)):
        _set(state, key, each)


def _lock(state: _Fold, key: Path, operator: str) -> Source | None:
    """The policy above that forbids this operator here, or to add the section that it is in."""
    inner = max(length for length in range(len(key) + 1) if key[:length] in state.there)
    for allowed, source in state.locks.get(key[:inner], ()):
        if allowed.isdisjoint(_ADDING if inner < len(key) else {operator}):
            return source
    return None


def _disagreement(settings: list[_Setting]) -> str:
    """Why the outcome would hang on the order in which policies were attached; empty if it does not."""
    if len({each.source for each in settings}) < 2:
        return ""
    assigned = {canonical(each.value) for each in settings if each.operator == ASSIGN}
    if len(assigned) > 1:
        return "they assign different values"
    others = [each for each in settings if each.operator != ASSIGN]
    if assigned and others:
        return f"one assigns what another changes with {others[0].operator}"
    texts = {
        operator: {canonical(item) for each in others if each.operator == operator for item in _listed(each.value)}
        for operator in (APPEND, REMOVE)
    }
    return "one appends what another removes" if texts[APPEND] & texts[REMOVE] else ""


def _set(state: _Fold, key: Path, setting: _Setting) -> None:
    have = state.values.get(key)
    state.written.setdefault(key, setting.path)
    if setting.operator == ASSIGN:
        state.values[key] = setting.value
    elif have is not None and not isinstance(have, list):
        state.faults.append(
            Fault(setting.path, setting.source, f"{setting.operator} works on lists, and this is a single value")
        )
    elif setting.operator == APPEND:
        had = list(have or ())
        state.values[key] = had + [item for item in _listed(setting.value) if item not in had]
    else:
        left = [item for item in have or () if item not in _listed(setting.value)]
        state.values[key] = left
        if not left:
            del state.values[key]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _tree(state: _Fold) -> dict[str, Any]:
    """The values as a document; keys that mean the same are written as the highest policy writes them."""
    root: dict[str, Any] = {}
    names: dict[Path, str] = {}
    for key, value in state.values.items():
        node = root
        for depth, name in enumerate(state.written[key][:-1], 1):
            shown = names.setdefault(key[:depth], name)
            inner = node.setdefault(shown, {})
            if not isinstance(inner, dict):
                inner = node[shown] = {}
            node = inner
        if key:
            node[names.setdefault(key, state.written[key][-1])] = value
    return root
