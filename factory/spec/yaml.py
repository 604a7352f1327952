"""Strict YAML: nothing is guessed, nothing expands, nothing crashes, and every value keeps its place."""

from __future__ import annotations

import re
from typing import Final

import yaml
from yaml import events as ev

from factory.core.errors import Problem
from factory.core.resource import Source
from factory.core.syntax import explain
from factory.spec.node import Node, Scalar
from factory.spec.text import UNWANTED, Unreadable, decode, refuse, shown

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 32
MAX_ALIASES: Final = 50
MAX_EXPANDED: Final = 10_000
"""Values that all aliases of a file may stand for together."""
MAX_PROBLEMS: Final = 100
"""Problems of one file after which reading it stops."""

Parser = type[yaml.SafeLoader] | type[yaml.CSafeLoader]
# libyaml's scanner is some ten times faster; both give the same events and marks.
PARSER: Parser = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader

_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,8}")
_CONSTANTS: Final[dict[str, Scalar]] = {"": None, "~": None, "null": None, "true": True, "false": False}
_TOO_DEEP = "exceeded maximum nesting depth"
"""What libyaml says since it has a limit of its own (PyYAML 6.0.4), far above ours."""

_TAB = re.compile(r"^(?! *#)[^\t\n]*(\t)", re.MULTILINE)
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)


def parse(data: bytes, file: str, problems: list[Problem]) -> Node | None:
    """Read one document of strict YAML; ``None`` where it cannot be read. What is wrong goes to ``problems``.

    Only ``null``, ``true``, ``false`` and plain integers of up to nine digits are more than text; all else
    stays the text that was typed: ids, dates, versions, ``no`` and ``on``.
    """
    try:
        text = decode(data, file)
        refuse(_DIRECTIVE, text, file, "a %-directive is not read here", "remove the line")
        refuse(_TAB, text, file, "a tab character", 'use spaces; inside a value write "\\t" in double quotes')
        # Both parsers place the end of a text alike only where its last line is ended.
        return _document(text if text.endswith("\n") else text + "\n", file, problems, PARSER)
    except Unreadable as stop:
        problems.append(stop.problem)
    return None


def _document(text: str, file: str, problems: list[Problem], kind: Parser) -> Node | None:
    parser, before = kind(text), len(problems)
    try:
        return _Builder(parser, file, problems).document()
    except yaml.MarkedYAMLError as error:
        if _TOO_DEEP not in (error.problem or "") or kind is yaml.SafeLoader:
            problems.append(explain(error, text, file))
            return None
    finally:
        parser.dispose()
    # libyaml's scanner runs ahead of its events and gives up first; PyYAML's own comes to the place where we do.
    del problems[before:]
    return _document(text, file, problems, yaml.SafeLoader)


class _Builder:
    """Turns the parser's events into nodes, without recursion."""

    def __init__(self, parser: yaml.SafeLoader | yaml.CSafeLoader, file: str, problems: list[Problem]) -> None:
        self._parser = parser
        self._file = file
        self._problems = problems
        self._before = len(problems)
        self._open: list[Node] = []
        self._keys: list[tuple[str | None, Source] | None] = []
        self._anchors: dict[str, Node] = {}
        self._aliases = 0
        self._expanded = 0

    def document(self) -> Node:
        """The root of the only document; an empty file is an empty value."""
        root: Node | None = None
        seen = False
        while (event := self._parser.get_event()) is not None:
            if isinstance(event, ev.DocumentStartEvent):
                if seen:
                    raise self._stop(event, "a second document starts here", "keep one document a file")
                seen = True
            elif isinstance(event, ev.NodeEvent):
                node = self._node(event)
                root = root or node
            elif isinstance(event, ev.CollectionEndEvent):
                self._open.pop()
                self._keys.pop()
        return root or Node(Source(self._file), None)

    def _node(self, event: ev.NodeEvent) -> Node | None:
        """The node of this event in its place; ``None`` where it was a key."""
        holder = self._open[-1].value if self._open else None
        if not isinstance(holder, dict):
            node = self._value(event, self._source(event))
            if isinstance(holder, list):
                holder.append(node)
            return node
        key = self._keys[-1]
        if key is None:
            self._keys[-1] = self._key(event)
            return None
        self._keys[-1] = None
        name, source = key
        node = self._value(event, source)
        if name is not None and (first := holder.setdefault(name, node)) is not node:
            what = f'duplicate key "{shown(name)}" (first on line {first.source.line})'
            self._note(source, what, "keep one of them")
        return node

    def _key(self, event: ev.NodeEvent) -> tuple[str | None, Source]:
        """The name and place of a key; no name where it is one that cannot be used."""
        source = self._source(event)
        if not isinstance(event, ev.ScalarEvent):
            raise self._stop(event, "a key must be plain text", "write the key as text")
        self._admit(event)
        name: str | None = str(event.value)
        if name == "<<" and not event.style:
            self._note(source, "merge keys (<<) are not read", "write the keys out")
            name = None
        elif not name:
            self._note(source, "a key is empty", "write the key before the colon")
            name = None
        return name, source

    def _value(self, event: ev.NodeEvent, source: Source) -> Node:
        if isinstance(event, ev.AliasEvent):
            return self._alias(event, source)
        if isinstance(event, ev.ScalarEvent):
            self._admit(event)
            text = str(event.value)
            node = Node(source, text if event.style else _typed(text), text)
        else:
            if isinstance(event, ev.CollectionStartEvent) and event.tag is not None:
                self._tag(event, event.tag)
            if len(self._open) == MAX_DEPTH:
                what = f"nested more than {MAX_DEPTH} levels deep"
                raise self._stop(event, what, "no file of ours needs that; flatten it")
            node = Node(source, {} if isinstance(event, ev.MappingStartEvent) else [])
            self._open.append(node)
            self._keys.append(None)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: ev.AliasEvent, source: Source) -> Node:
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            raise self._stop(event, f"more than {MAX_ALIASES} aliases in a file", "write the values out")
        name = shown(event.anchor or "")
        target = self._anchors.get(event.anchor or "")
        if target is None:
            what = f'"*{name}" points to no anchor above'
            raise self._stop(event, what, f'quote it if it is text: "*{name}"')
        if any(node is target for node in self._open):
            raise self._stop(event, f'"*{name}" stands inside itself', "write the value out")
        size, height = _measure(target, MAX_EXPANDED - self._expanded)
        self._expanded += size
        if self._expanded > MAX_EXPANDED or len(self._open) + height > MAX_DEPTH:
            raise self._stop(event, "aliases stand for too much", "write the values out")
        return Node(source, target.value, target.text)

    def _admit(self, event: ev.ScalarEvent) -> None:
        """Refuse an explicit tag, and what escapes in double quotes may bring in."""
        if event.tag is not None:
            self._tag(event, event.tag)
        found = UNWANTED.search(event.value) if event.style == '"' else None
        if found and "\ud800" <= found[0] <= "\udfff":
            what, fix = "a backslash escape that is not known", "double the backslash or use single quotes"
            raise self._stop(event, what, fix)
        if found:
            what = f"the character U+{ord(found[0]):04X} is not read here"
            self._note(self._source(event), what, "remove it")

    def _tag(self, event: ev.NodeEvent, tag: str) -> None:
        what = f'explicit tags ("{shown(tag.replace("tag:yaml.org,2002:", "!!"))}") are not read'
        self._note(self._source(event), what, "remove the tag; quote what must be text")

    def _note(self, source: Source, what: str, fix: str) -> None:
        self._problems.append(Problem(source, what, fix))
        if len(self._problems) - self._before >= MAX_PROBLEMS:
            raise Unreadable(Problem(source, "too many problems, reading stops here", "mend those above first"))

    def _source(self, event: ev.Event) -> Source:
        mark = event.start_mark
        return Source(self._file, mark.line + 1, mark.column + 1) if mark else Source(self._file)

    def _stop(self, event: ev.Event, what: str, fix: str) -> Unreadable:
        return Unreadable(Problem(self._source(event), what, fix))


def _typed(text: str) -> Scalar:
    """What a plain scalar stands for."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    return int(text) if _INTEGER.fullmatch(text) else text


def _measure(node: Node, budget: int) -> tuple[int, int]:
    """Number of values under a node, and its levels; stops counting beyond the budget."""
    size, height, row = 0, 0, [node]
    while row and size <= budget:
        size += len(row)
        height += any(isinstance(n.value, dict | list) for n in row)
        row = [inner for n in row for inner in _inner(n)]
    return size, height


def _inner(node: Node) -> list[Node]:
    if isinstance(node.value, dict):
        return list(node.value.values())
    return node.value if isinstance(node.value, list) else []
