"""Strict JSON with places."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.core.errors import Problem
from factory.core.resource import Source
from factory.spec.json import parse
from factory.spec.node import Node


def attempt(data: bytes) -> tuple[Node | None, list[str]]:
    problems: list[Problem] = []
    found = parse(data, "f.json", problems)
    return found, [str(problem) for problem in problems]


def test_values_know_their_places() -> None:
    found, problems = attempt(b'{\n\t"a": [1,\n   {"b": "x\\u00e9", "c": null}],\r\n "d": 2.50\n}\n')
    assert problems == []
    assert found is not None
    assert found.plain() == {"a": [1, {"b": "xé", "c": None}], "d": 2.5}
    assert found.where() == Source("f.json", 1, 1)
    assert found.where("a") == Source("f.json", 2, 2)
    assert found.where("a", 1) == Source("f.json", 3, 4)
    assert found.where("a", 1, "c") == Source("f.json", 3, 21)
    assert found.where("d") == Source("f.json", 4, 2)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "1:1: this is not JSON"),
        ("{", '1:1: this is not JSON; expected "key": value here'),
        ("[1,]", "1:4: this is not JSON"),
        ("[1 2]", '1:4: this is not JSON; expected "," or "]" here'),
        ('{"a": 1,}', '1:9: this is not JSON; expected "key": value here'),
        ('{"a": 1 "b": 2}', '1:9: this is not JSON; expected "," or "}" here'),
        ('{"a" 1}', '1:2: this is not JSON; expected "key": value here'),
        ("{a: 1}", '1:2: this is not JSON; expected "key": value here'),
        ("{1: 2}", '1:2: this is not JSON; expected "key": value here'),
        ("['a']", "1:2: this is not JSON"),
        ("[012]", "1:2: this is not JSON"),
        ("[.5]", "1:2: this is not JSON"),
        ("[Infinity]", "1:2: this is not JSON"),
        ("[1e400]", "1:2: this is not JSON"),
        ("[True]", "1:2: this is not JSON"),
        ("// comment\n{}", "1:1: this is not JSON"),
        ('["a\n"]', "1:2: the quote opened here is never closed"),
        ('["a\tb"]', "1:2: this text is not JSON"),
        ('["\\q"]', "1:2: this text is not JSON"),
        ('["\\ud800"]', "1:2: the character U+D800 is not read here"),
        ('["\\u202e"]', "1:2: the character U+202E is not read here"),
        ("{} {}", "1:4: text after the end of the document"),
        ("1" * 5000, "1:1: this is not JSON"),
        ("{}\f", "1:3: the character U+000C is not read here"),
        ("{}\u00a0", "1:3: this is not JSON; remove this character"),
    ],
)
def test_what_is_not_json_is_refused_with_its_place(text: str, line: str) -> None:
    found, problems = attempt(text.encode())
    assert found is None
    assert len(problems) == 1
    assert problems[0].startswith(f"f.json:{line}")


def test_every_key_that_is_there_twice_is_named() -> None:
    found, problems = attempt(b'{"a": 1,\n"a": 2, "b": {"c": 1, "c": 1}}')
    assert found is not None
    assert [line.split(";")[0] for line in problems] == [
        'f.json:2:1: duplicate key "a" (first on line 1)',
        'f.json:2:23: duplicate key "c" (first on line 2)',
    ]


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 50_000, '"' + "x" * 250_000, "[" + "1," * 100_000, "[]" * 100_000]
)
def test_hostile_documents_take_no_time(text: str) -> None:
    started = time.process_time()
    assert attempt(text.encode())[1]
    assert time.process_time() - started < 1


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(min_codepoint=32, max_codepoint=0xD7FF, exclude_categories=["Cc", "Cf", "Zl", "Zp"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc é", max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.sampled_from([None, 2]))
@settings(max_examples=200, deadline=None)
def test_what_json_writes_is_read_back_unchanged(value: Any, indent: int | None) -> None:
    found, problems = attempt(json.dumps(value, indent=indent).encode())
    assert problems == []
    assert found is not None
    assert found.plain() == value


@given(st.text('{}[]:,"\\ntrue 01.-e\n', max_size=40))
@settings(max_examples=300, deadline=None)
def test_nothing_is_read_that_the_standard_library_reads_otherwise(text: str) -> None:
    found, problems = attempt(text.encode())
    try:
        expected = json.loads(text)
    except ValueError:
        assert problems
    else:
        assert problems or (found is not None and found.plain() == expected)
