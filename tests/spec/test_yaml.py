"""The strict reader: what stays text, what does not, and where everything stands."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.core.errors import Problem
from factory.core.resource import Source
from factory.spec import yaml as reader
from factory.spec.node import Node
from factory.spec.yaml import MAX_ALIASES, MAX_DEPTH, MAX_PROBLEMS, parse

PARSERS = [pyyaml.SafeLoader, *([pyyaml.CSafeLoader] if pyyaml.__with_libyaml__ else [])]


def node(text: str | bytes) -> Node:
    found, problems = attempt(text)
    assert problems == []
    assert found is not None
    return found


def attempt(text: str | bytes) -> tuple[Node | None, list[str]]:
    problems: list[Problem] = []
    found = parse(text if isinstance(text, bytes) else text.encode(), "f.yaml", problems)
    return found, [str(problem) for problem in problems]


TYPED: list[tuple[str, Any]] = [
    ("012345670123", "012345670123"),
    ("012345678901", "012345678901"),
    ("123456789012", "123456789012"),
    ("1234_5678_9012", "1234_5678_9012"),
    ("NO", "NO"),
    ("no", "no"),
    ("on", "on"),
    ("off", "off"),
    ("yes", "yes"),
    ("y", "y"),
    ("True", "True"),
    ("2012-10-17", "2012-10-17"),
    ("2012-10-17T00:00:00Z", "2012-10-17T00:00:00Z"),
    ("22:30:00", "22:30:00"),
    ("1.10", "1.10"),
    ("1e3", "1e3"),
    (".5", ".5"),
    (".inf", ".inf"),
    (".nan", ".nan"),
    ("0x1F", "0x1F"),
    ("0o17", "0o17"),
    ("017", "017"),
    ("0b11", "0b11"),
    ("-0", "-0"),
    ("+1", "+1"),
    ("1_000", "1_000"),
    ("1234567890", "1234567890"),
    ("=", "="),
    ("Null", "Null"),
    ("NULL", "NULL"),
    ("'42'", "42"),
    ('"true"', "true"),
    ("'~'", "~"),
    ('""', ""),
    ('"a\\tb"', "a\tb"),
    ("a#b", "a#b"),
    ("a:b", "a:b"),
    ("true", True),
    ("false", False),
    ("null", None),
    ("~", None),
    ("", None),
    ("0", 0),
    ("7", 7),
    ("-12", -12),
    ("999999999", 999999999),
]


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(("text", "value"), TYPED)
def test_scalars_are_what_was_typed(text: str, value: Any, parser: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "PARSER", parser)
    found = node(f"key: {text}\n").plain()["key"]
    assert found == value
    assert type(found) is type(value)


def test_keys_are_text_whatever_they_look_like() -> None:
    assert node("1: a\ntrue: b\n~: c\nno: d\n2012-10-17: e\n").plain() == {
        "1": "a",
        "true": "b",
        "~": "c",
        "no": "d",
        "2012-10-17": "e",
    }


@pytest.mark.parametrize("parser", PARSERS)
def test_every_value_knows_where_its_key_or_item_starts(parser: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "PARSER", parser)
    found = node("# first\na:\n  - x\n  - {b: y,  é: z}\nlong: |\n  text\nlast: v\n")

    def place(*path: str | int) -> tuple[int, int]:
        source = found.where(*path)
        assert source.file == "f.yaml"
        return source.line, source.column

    assert place() == (2, 1)
    assert place("a") == (2, 1)
    assert place("a", 0) == (3, 5)
    assert place("a", 1) == (4, 5)
    assert place("a", 1, "b") == (4, 6)
    assert place("a", 1, "é") == (4, 13)
    assert place("long") == (5, 1)
    assert place("last") == (7, 1)


def test_the_place_of_what_is_not_there_is_that_of_the_nearest_thing_around_it() -> None:
    found = node("a: {b: [x]}\n")
    assert found.where("a", "c", "d") == Source("f.yaml", 1, 1)
    assert found.where("a", "b", 7) == Source("f.yaml", 1, 5)
    assert found.where("a", "b", "x") == Source("f.yaml", 1, 5)
    assert found.where(3) == Source("f.yaml", 1, 1)


def test_a_few_aliases_work_and_stand_where_they_are_used() -> None:
    found = node("a: &x {k: v}\nb: *x\nc: [*x]\nd: &x 1\ne: *x\n")
    assert found.plain() == {"a": {"k": "v"}, "b": {"k": "v"}, "c": [{"k": "v"}], "d": 1, "e": 1}
    assert found.where("b") == Source("f.yaml", 2, 1)
    assert found.where("c", 0) == Source("f.yaml", 3, 5)


def test_plain_values_share_nothing() -> None:
    plain = node("a: &x {k: v}\nb: *x\n").plain()
    plain["a"]["k"] = "changed"
    assert plain["b"] == {"k": "v"}


def test_as_many_aliases_and_levels_as_allowed_are_read() -> None:
    node("a: &a x\nb: [" + ", ".join(["*a"] * MAX_ALIASES) + "]\n")
    node("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert "nested more than 32 levels deep" in attempt("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))[1][0]


def test_aliases_cannot_nest_deeper_than_text_can() -> None:
    text = "a: &a " + "[" * 20 + "]" * 20 + "\nb: " + "[" * 20 + "*a" + "]" * 20 + "\n"
    assert attempt(text)[1] == ["f.yaml:2:24: aliases stand for too much; write the values out"]


def test_all_duplicate_keys_are_reported_and_the_first_value_stays() -> None:
    found, problems = attempt("a: 1\na: 2\nb: {c: 1, c: 2}\na: 3\n")
    assert found is not None
    assert found.plain() == {"a": 1, "b": {"c": 1}}
    assert [line.split(";")[0] for line in problems] == [
        'f.yaml:2:1: duplicate key "a" (first on line 1)',
        'f.yaml:3:11: duplicate key "c" (first on line 3)',
        'f.yaml:4:1: duplicate key "a" (first on line 1)',
    ]


def test_a_file_full_of_problems_stops_early() -> None:
    found, problems = attempt("k: v\n" * 50_000)
    assert found is None
    assert len(problems) == MAX_PROBLEMS + 1
    assert problems[-1].endswith("too many problems, reading stops here; mend those above first")


def test_line_ends_of_other_systems_count_as_lines() -> None:
    assert node("a: b\r\nc: d\r\n").where("c") == Source("f.yaml", 2, 1)
    assert attempt("a: b\r\nc: \t\r\n")[1][0].startswith("f.yaml:2:4: a tab")
    assert attempt("a: b\rc: \x07")[1][0].startswith("f.yaml:2:4: the character U+0007")


def test_comments_may_hold_tabs() -> None:
    assert node("# a\tb\n  # c\td\nkey: v\n").plain() == {"key": "v"}


def test_messages_stay_short_and_on_one_line() -> None:
    _, problems = attempt('"' + "k" * 500 + '\\n": a\n"' + "k" * 500 + '\\n": b\n')
    assert "\n" not in problems[0]
    assert len(problems[0]) < 200


@pytest.mark.skipif(not pyyaml.__with_libyaml__, reason="PyYAML words this place otherwise")
def test_a_colon_without_space_in_braces() -> None:
    expected = "f.yaml:1:9: no space after this colon; write a space after it, or quote the text"
    assert attempt('tags: {a:["b"]}\n')[1] == [expected]


HOSTILE = [
    "[" * 100_000,
    "{a: " * 60_000,
    "[{" * 80_000,
    "- " * 120_000,
    "? " * 120_000,
    "&a " * 80_000,
    "*a " * 80_000,
    "!" * 200_000,
    "'" * 200_000,
    "%A\n" * 80_000,
    "---\n" * 60_000,
    "a:\n" * 80_000,
    "a: |\n" + " \n" * 100_000,
    "x: " + "y" * 250_000,
    "- a\n" * 60_000,
    '"' + "\\x41" * 60_000 + '"',
    "a: &a\n  - b\n" * 20_000,
    "a: &a [" + "x, " * 80_000 + "]\nb: [*a, *a]\n",
]


@pytest.mark.parametrize("text", HOSTILE, ids=[repr(text[:8]) for text in HOSTILE])
def test_hostile_texts_are_read_or_refused_in_no_time(text: str) -> None:
    started = time.process_time()
    attempt(text)
    assert time.process_time() - started < 1


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    found, problems = attempt(data)
    assert found is not None or problems


SEED = "ou: workloads/prod\ntags: {a: 'b', c: [1, *x]}\nlist:\n  - &x a: |\n      text\n  - \"q\\n\"\n# end\n"


def mutated(choice: random.Random) -> str:
    text = SEED
    for _ in range(choice.randint(1, 6)):
        at = choice.randrange(len(text) + 1)
        more = choice.choice(
            ["", " ", "\n", ":", "- ", "[", "]", "{", "}", "&x ", "*x", "!", "'", '"', "|", "\t", "é", "\\"]
        )
        text = text[:at] + more + text[at + choice.choice([0, 0, 1, 3]) :]
    return text


@given(st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused(choice: random.Random) -> None:
    found, problems = attempt(mutated(choice))
    assert found is not None or problems


@given(
    st.recursive(
        st.text() | st.booleans() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
@settings(max_examples=100, deadline=None)
def test_what_yaml_writes_quoted_is_read_back_unchanged(value: Any) -> None:
    text = pyyaml.safe_dump(value, default_style='"', allow_unicode=False).replace("!!bool ", "").replace("!!null ", "")
    found, problems = attempt(text)
    if not problems:
        assert found is not None
        assert found.plain() == _as_text(value)


def _as_text(value: Any) -> Any:
    """In double quotes all is text, also what was none."""
    if isinstance(value, dict):
        return {key: _as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    return value if isinstance(value, str) else str(value).lower().replace("none", "null")


def test_the_shipped_examples_read_alike_with_both_parsers(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {*Path("accounts").rglob("*.yaml"), *Path("baselines").rglob("*.yaml")}
    files -= set(Path("baselines").rglob("template.yaml"))  # CloudFormation's format, read by factory.templates
    for file in files:
        found = []
        for parser in PARSERS:
            monkeypatch.setattr(reader, "PARSER", parser)
            found.append(node(file.read_bytes()))
        assert all(one == found[0] for one in found)
