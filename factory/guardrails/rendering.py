"""Policies with parameters filled in: ``{NAME}`` in keys and texts, lists spliced, statements repeated.

* A text that is ``{NAME}`` and nothing else becomes the value: a text, a number, or the list. In a list, the values of
  a list take its place.
* In a longer text, the value stands where the name was; of a list, one text for each value.
* A mapping in a list with ``for_each: NAME`` is repeated for each value of that list; ``{NAME}`` in it is one value.
* In a ``Sid``, which takes letters and digits only, ``cost-center`` is written ``CostCenter``.
* An empty list under a negated operator leaves its condition key out: nothing is left to be compared with.
* Policy variables (``${aws:username}``) and other braces stay as they are; ``{{NAME}}`` stands for a plain ``{NAME}``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from factory.guardrails.grammar import Fault, Path
from factory.guardrails.parameters import Value

FOR_EACH = "for_each"
NAME = r"[A-Za-z][A-Za-z0-9_.-]*"
_REFERENCE = re.compile(rf"\$\{{[^{{}}]*\}}|\{{\{{(?P<plain>{NAME})\}}\}}|\{{(?P<name>{NAME})\}}")
_NEGATED = re.compile(r"(String|Arn|Numeric|Date)Not[A-Za-z]+|NotIpAddress(IfExists)?")
_WORDS = re.compile(r"[A-Za-z0-9]+")

Explain = Callable[[str], tuple[str, str]]
"""What is wrong with a name that stands for nothing, and the way out."""


@dataclass
class Rendered:
    """A document with its parameters filled in.

    ``used``: the names that it refers to. ``faults``: what could not be filled in, by paths as they are written;
    such a text stays as it is.
    """

    document: Any = None
    used: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    lists: dict[Path, tuple[int, ...]] = field(default_factory=dict, repr=False)
    keys: dict[Path, str] = field(default_factory=dict, repr=False)

    def written(self, path: Path) -> Path:
        """Where what is at this path of the document is written: positions and keys as they were before."""
        found: Path = ()
        for length, step in enumerate(path):
            if isinstance(step, int):
                steps = self.lists.get(path[:length], ())
                step = steps[step] if step < len(steps) else step
            else:
                step = self.keys.get(path[: length + 1], step)
            found = (*found, step)
        return found


def render(content: Any, known: Mapping[str, Value], explain: Explain) -> Rendered:
    """The document with every reference to what is ``known`` filled in."""
    result = Rendered()
    result.document = _Renderer(result, explain).node(content, known, (), ())
    return result


@dataclass(frozen=True)
class _Renderer:
    result: Rendered
    explain: Explain

    def fault(self, path: Path, what: str, fix: str) -> None:
        found = Fault(path, what, fix)
        if found not in self.result.faults:
            self.result.faults.append(found)

    def node(self, node: Any, known: Mapping[str, Value], path: Path, at: Path) -> Any:
        """``path``: where it is written; ``at``: where it will be."""
        if isinstance(node, dict):
            return self.mapping(node, known, path, at)
        if isinstance(node, list):
            return self.items(node, known, path, at)
        if isinstance(node, str):
            found = self.text(node, known, path)
            return list(found) if isinstance(found, tuple) else found
        return node

    def mapping(self, node: Mapping[str, Any], known: Mapping[str, Value], path: Path, at: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.items():
            if len(node) == 1 and value is None and key in known:
                self.result.used.add(key)
                self.fault((*path, key), f"{{{key}}} without quotes is a mapping", f'write "{{{key}}}"')
            name = self.text(key, known, (*path, key))
            if isinstance(name, tuple):
                what = f'"{key}" is a key, and a list cannot stand in one'
                self.fault((*path, key), what, f"repeat the whole statement with {FOR_EACH}:, or make it single values")
                name = key
            name = str(name)
            if name != key:
                self.result.keys[(*at, name)] = key
            if key == "Sid" and isinstance(value, str):
                sid = self.text(value, known, (*path, key), camel=True)
                found[name] = list(sid) if isinstance(sid, tuple) else sid
            else:
                found[name] = self.node(value, known, (*path, key), (*at, name))
            negated = len(at) >= 2 and at[-2] == "Condition" and _NEGATED.fullmatch(str(at[-1]))
            if (found[name] == [] and negated and value != []) or (found[name] == {} and value != {}):
                del found[name]
        return found

    def items(self, node: list[Any], known: Mapping[str, Value], path: Path, at: Path) -> list[Any]:
        found: list[Any] = []
        steps: list[int] = []
        for position, item in enumerate(node):
            here = (*path, position)
            if isinstance(item, str):
                value = self.text(item, known, here)
                values = list(value) if isinstance(value, tuple) else [value]
                found += values
                steps += [position] * len(values)
                continue
            for each, inner in self.repeated(item, known, here):
                found.append(self.node(each, inner, here, (*at, len(found))))
                steps.append(position)
        if steps != list(range(len(node))):
            self.result.lists[at] = tuple(steps)
        return found

    def repeated(self, item: Any, known: Mapping[str, Value], path: Path) -> Iterator[tuple[Any, Mapping[str, Value]]]:
        """An item of a list as often as it stands for something, each time with what is known then."""
        if not isinstance(item, dict) or FOR_EACH not in item:
            yield item, known
            return
        name, rest = item[FOR_EACH], {key: value for key, value in item.items() if key != FOR_EACH}
        values = known.get(name) if isinstance(name, str) else None
        if values is None:
            what, fix = self.explain(name) if isinstance(name, str) else (f"{FOR_EACH}: must name a parameter", "")
            self.fault((*path, FOR_EACH), what, fix or "write the name of one whose type is a list")
            return
        self.result.used.add(str(name))
        if not isinstance(values, tuple):
            what = f"{FOR_EACH}: {name} is a single value"
            self.fault((*path, FOR_EACH), what, f"name a parameter whose type is a list, or leave {FOR_EACH} out")
            return
        for value in values:
            yield rest, {**known, str(name): value}

    def text(self, text: str, known: Mapping[str, Value], path: Path, *, camel: bool = False) -> Value:
        if "{" not in text:
            return text
        choices: list[tuple[str, ...]] = []
        lists, last = False, 0
        for match in _REFERENCE.finditer(text):
            choices.append((text[last : match.start()],))
            last = match.end()
            name, plain = match["name"], match["plain"]
            value: Value = match[0] if plain is None else f"{{{plain}}}"
            if name is not None:
                self.result.used.add(name)
                if name in known:
                    value = _camel(known[name]) if camel else known[name]
                else:
                    self.fault(path, *self.explain(name))
            if match[0] == text:
                return value
            lists = lists or isinstance(value, tuple)
            choices.append(value if isinstance(value, tuple) else (str(value),))
        choices.append((text[last:],))
        texts = tuple("".join(pieces) for pieces in product(*choices))
        return texts if lists else texts[0]


def _camel(value: Value) -> Value:
    """A value as it can stand in a Sid; a list cannot."""
    if isinstance(value, tuple):
        return value
    return "".join(word[:1].upper() + word[1:] for word in _WORDS.findall(str(value)))
