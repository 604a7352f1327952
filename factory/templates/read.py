"""Reading a template: YAML or JSON, short forms too, with the place of every value; nothing ever crashes."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import yaml
from yaml import events as ev

from factory.core.errors import InvalidFiles, Problem
from factory.core.resource import Source
from factory.core.syntax import explain
from factory.templates.scalars import disguise, typed, typed_json
from factory.templates.template import Path, Template
from factory.templates.wording import shown

MAX_DEPTH: Final = 64
"""Levels of mappings and lists; CloudFormation names no number, and no template of ours comes near."""
MAX_PROBLEMS: Final = 100
"""Problems of one template after which reading it stops."""

Parser = type[yaml.SafeLoader] | type[yaml.CSafeLoader]
# libyaml's scanner is some ten times faster; both give the same events and marks.
PARSER: Parser = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader

# CloudFormation User Guide, "Intrinsic function reference" and "Rule functions".
SHORT_FORMS: Final = {
    "!Ref": "Ref",
    "!Condition": "Condition",
    **{
        f"!{name}": f"Fn::{name}"
        for name in (
            *("And", "Base64", "Cidr", "Contains", "EachMemberEquals", "EachMemberIn", "Equals", "FindInMap"),
            *("GetAZs", "GetAtt", "GetStackOutput", "If", "ImportValue", "Join", "Length", "Not", "Or", "RefAll"),
            *("Select", "Split", "Sub", "ToJsonString", "Transform", "ValueOf", "ValueOfAll"),
        )
    },
}
_YAML = "tag:yaml.org,2002:"
_TYPED_TAGS: Final = {_YAML + name for name in ("int", "float", "bool", "null")}
_PLAIN_TAGS: Final = {
    ev.ScalarEvent: {None, "!", _YAML + "str", *_TYPED_TAGS},
    ev.SequenceStartEvent: {None, "!", _YAML + "seq"},
    ev.MappingStartEvent: {None, "!", _YAML + "map"},
}
# Control characters, the line breaks that only YAML 1.1 knows, byte order marks, and Unicode's bidirectional controls.
_UNWANTED = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u2028-\u202e\u2066-\u2069\ufeff]"
)
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)
_PAIR = re.compile(r"\\(?:u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|.)", re.IGNORECASE | re.DOTALL)
_TOO_DEEP = "exceeded maximum nesting depth"
"""What libyaml says since it has a limit of its own (PyYAML 6.0.4), far above ours."""


class _Stop(Exception):
    """Reading cannot go on; the problem says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def read(text: str | bytes, file: str = "template.yaml") -> Template:
    """The template in a text of YAML or JSON, in long form.

    Scalars are read as YAML 1.1, as CloudFormation does, but for dates, which stay text; numbers that are not what
    they look like (an account id such as 012345670123, which is octal) are refused. So are aliases and merge keys,
    which CloudFormation does not take. Raises ``InvalidFiles`` with every problem found; nothing else, whatever
    the text holds.
    """
    problems: list[Problem] = []
    try:
        plain = _decoded(text, file)
        as_json = _is_json(plain)
        body, positions = _document(_prepared(plain) if as_json else plain, file, problems, as_json)
    except _Stop as stop:
        problems.append(stop.problem)
    if problems:
        raise InvalidFiles(problems)
    return Template(file, plain, body, positions)


def _decoded(data: str | bytes, file: str) -> str:
    if isinstance(data, str):
        text = data
    else:
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            before = data[: error.start].decode()
            place = _place(before, len(before), file)
            raise _Stop(Problem(place, "bytes that are not UTF-8", "save the file as plain UTF-8")) from None
    if found := _UNWANTED.search(text):
        what = f"the character U+{ord(found[0]):04X} is not read here"
        raise _Stop(Problem(_place(text, found.start(), file), what, "remove it, or save the file as plain UTF-8"))
    return text


def _is_json(text: str) -> bool:
    if not text.lstrip().startswith("{"):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _prepared(text: str) -> str:
    """JSON as YAML reads it: no tabs (they can only stand between values), no pairs of surrogate escapes."""
    return _PAIR.sub(lambda found: json.loads(f'"{found[0]}"') if found[1] else found[0], text.replace("\t", " "))


def _place(text: str, offset: int, file: str) -> Source:
    lines = re.split(r"\r\n|\r|\n", text[:offset])
    return Source(file, len(lines), len(lines[-1]) + 1)


def _document(
    text: str, file: str, problems: list[Problem], as_json: bool, kind: Parser | None = None
) -> tuple[dict[str, Any], dict[Path, tuple[int, int]]]:
    if found := _DIRECTIVE.search(text):
        place = _place(text, found.start(), file)
        raise _Stop(Problem(place, "a %-directive is not read here", "remove the line"))
    kind = kind or PARSER
    # Both parsers place the end of a text alike only where its last line is ended.
    parser, before = kind(text if text.endswith("\n") else text + "\n"), len(problems)
    try:
        return _Builder(parser, file, problems, as_json).document()
    except yaml.MarkedYAMLError as error:
        if _TOO_DEEP not in (error.problem or "") or kind is yaml.SafeLoader:
            raise _Stop(explain(error, text, file)) from None
    except yaml.YAMLError:
        raise _Stop(Problem(Source(file), "this is not YAML", "check indentation, quotes and brackets")) from None
    finally:
        parser.dispose()
    # libyaml's scanner runs ahead of its events and gives up first; PyYAML's own comes to the place where we do.
    del problems[before:]
    return _document(text, file, problems, as_json, yaml.SafeLoader)


class _Builder:
    """Turns the parser's events into plain values, without recursion."""

    def __init__(
        self, parser: yaml.SafeLoader | yaml.CSafeLoader, file: str, problems: list[Problem], as_json: bool
    ) -> None:
        self._parser = parser
        self._file = file
        self._problems = problems
        self._typed = typed_json if as_json else typed
        self._disguise = (lambda _: "") if as_json else disguise
        self._open: list[tuple[dict[str, Any] | list[Any], Path]] = []
        self._keys: list[tuple[str | None, ev.Event] | None] = []
        self._positions: dict[Path, tuple[int, int]] = {}
        self._first: dict[Path, int] = {}

    def document(self) -> tuple[dict[str, Any], dict[Path, tuple[int, int]]]:
        """The mapping that is the whole text, and the place of everything in it."""
        root: Any = None
        documents = 0
        while (event := self._parser.get_event()) is not None:
            if isinstance(event, ev.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._stop(event, "a second document starts here", "keep one template a file")
            elif isinstance(event, ev.NodeEvent):
                value = self._node(event)
                root = value if root is None else root
            elif isinstance(event, ev.CollectionEndEvent):
                self._open.pop()
                self._keys.pop()
        if root is None:
            raise _Stop(Problem(Source(self._file), "the template is empty", "write at least Resources:"))
        if not isinstance(root, dict):
            place = Source(self._file, *self._positions.get((), (1, 1)))
            raise _Stop(Problem(place, "the template is not a mapping", "write Resources: and the like at the top"))
        return root, self._positions

    def _node(self, event: ev.NodeEvent) -> Any:
        """The value of this event in its place; ``None`` where it was a key."""
        if not self._open:
            return self._value(event, (), event)
        holder, path = self._open[-1]
        if isinstance(holder, list):
            holder.append(None)
            holder[-1] = self._value(event, (*path, len(holder) - 1), event)
            return None
        if self._keys[-1] is None:
            self._keys[-1] = (self._key(event, holder, path), event)
            return None
        (name, key), self._keys[-1] = self._keys[-1], None
        if name is None:  # read for its own problems, kept nowhere
            self._value(event, (*path, ""), key)
            return None
        place = (*path, name)
        holder[name] = None
        value = self._value(event, place, key)
        holder[name] = _attribute(value) if name == "Fn::GetAtt" else value
        return None

    def _key(self, event: ev.NodeEvent, holder: dict[str, Any], path: Path) -> str | None:
        """The name of a key; none where it is one that cannot be used."""
        if not isinstance(event, ev.ScalarEvent):
            raise self._stop(event, "a key must be plain text", "write the key as text")
        name = str(event.value)
        if event.tag not in (None, "!", _YAML + "str"):
            self._note(event, f'a tag ("{shown(str(event.tag))}") on a key', "remove the tag")
        elif name == "<<" and not event.style:
            self._note(event, "merge keys (<<) are not taken by CloudFormation", "write the keys out")
        elif not name and not event.style:
            self._note(event, "a key is empty", "write the key before the colon")
        elif name in holder:
            first = self._positions[(*path, name)][0]
            self._note(event, f'duplicate key "{shown(name)}" (first on line {first})', "keep one of them")
        else:
            return name
        return None

    def _value(self, event: ev.NodeEvent, path: Path, place: ev.Event) -> Any:
        """The value in long form; ``place`` is where it counts as written: its key, or itself."""
        self._positions[path] = self._line_and_column(place)
        if not isinstance(event, ev.ScalarEvent | ev.CollectionStartEvent):
            what = f'aliases ("*{shown(event.anchor or "")}") are not taken by CloudFormation'
            self._note(event, what, "write the value out, or quote it if it is text")
            return None
        function = SHORT_FORMS.get(event.tag or "")
        if function:
            path = (*path, function)
            self._positions[path] = self._line_and_column(event)
        elif event.tag not in _PLAIN_TAGS.get(type(event), ()):
            self._tag(event)
        value = self._scalar(event, function) if isinstance(event, ev.ScalarEvent) else self._collection(event, path)
        if function == "Fn::GetAtt":
            value = _attribute(value)
        return {function: value} if function else value

    def _collection(self, event: ev.NodeEvent, path: Path) -> dict[str, Any] | list[Any]:
        if len(self._open) == MAX_DEPTH:
            raise self._stop(event, f"nested more than {MAX_DEPTH} levels deep", "no template needs that; flatten it")
        value: dict[str, Any] | list[Any] = {} if isinstance(event, ev.MappingStartEvent) else []
        self._open.append((value, path))
        self._keys.append(None)
        return value

    def _scalar(self, event: ev.ScalarEvent, function: str | None) -> Any:
        text = str(event.value)
        found = _UNWANTED.search(text) if event.style == '"' else None
        if found:
            self._note(event, f"the character U+{ord(found[0]):04X} is not read here", "remove it")
            return None
        is_text = function or event.tag in ("!", _YAML + "str") or (event.style and event.tag not in _TYPED_TAGS)
        if is_text:
            return text
        if kind := self._disguise(text):
            fix = "quote it if it is text, or write the number in decimal"
            self._note(event, f"CloudFormation takes {shown(text)} for {kind}", fix)
            return text
        try:
            return self._typed(text)
        except ValueError:
            self._note(event, f"{shown(text)} is too large for a number", "quote it if it is text")
            return text

    def _tag(self, event: ev.ScalarEvent | ev.CollectionStartEvent) -> None:
        tag = (event.tag or "").replace(_YAML, "!!")
        known = {name.casefold(): name for name in SHORT_FORMS}
        near = known.get(tag.casefold()) or known.get(tag.casefold().replace("!fn::", "!"))
        fix = f"did you mean {near}?" if near else "remove it, or quote the text if it starts with an exclamation mark"
        self._note(event, f'CloudFormation has no tag "{shown(tag)}" for this', fix)

    def _note(self, event: ev.Event, what: str, fix: str) -> None:
        self._problems.append(Problem(Source(self._file, *self._line_and_column(event)), what, fix))
        if len(self._problems) >= MAX_PROBLEMS:
            raise self._stop(event, "too many problems, reading stops here", "mend those above first")

    def _line_and_column(self, event: ev.Event) -> tuple[int, int]:
        mark = event.start_mark
        return (mark.line + 1, mark.column + 1) if mark else (1, 1)

    def _stop(self, event: ev.Event, what: str, fix: str) -> _Stop:
        return _Stop(Problem(Source(self._file, *self._line_and_column(event)), what, fix))


def _attribute(value: Any) -> Any:
    """``Resource.Attribute`` as the pair it stands for; what is no such text is left to ``check``."""
    return list(value.partition(".")[::2]) if isinstance(value, str) and "." in value else value
