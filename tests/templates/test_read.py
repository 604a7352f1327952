"""Reading: short forms, scalars, places, and what is refused instead of guessed."""

from __future__ import annotations

import importlib
import json
from contextlib import suppress
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.core.errors import InvalidFiles
from factory.core.resource import Source
from factory.templates import canonical, read
from factory.templates.read import MAX_DEPTH, MAX_PROBLEMS, SHORT_FORMS
from tests.templates.samples import TRAIL, problems

module = importlib.import_module("factory.templates.read")
PARSERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])]


def value(text: str) -> Any:
    return read(f"key: {text}\n").body["key"]


def refused(text: str | bytes) -> list[str]:
    with pytest.raises(InvalidFiles) as error:
        read(text, "t.yaml")
    return [str(problem) for problem in error.value.problems]


SHORT = [
    ("!Ref A", {"Ref": "A"}),
    ("!Ref 5", {"Ref": "5"}),
    ("!Condition A", {"Condition": "A"}),
    ("!GetAtt A.B", {"Fn::GetAtt": ["A", "B"]}),
    ("!GetAtt A.B.C", {"Fn::GetAtt": ["A", "B.C"]}),
    ("!GetAtt [A, B]", {"Fn::GetAtt": ["A", "B"]}),
    ("{Fn::GetAtt: A.B.C}", {"Fn::GetAtt": ["A", "B.C"]}),
    ("!GetAtt A", {"Fn::GetAtt": "A"}),
    ('!Sub "${A}"', {"Fn::Sub": "${A}"}),
    ('!Sub ["${A}", {A: !Ref B}]', {"Fn::Sub": ["${A}", {"A": {"Ref": "B"}}]}),
    ("!If [C, 1, !Ref AWS::NoValue]", {"Fn::If": ["C", 1, {"Ref": "AWS::NoValue"}]}),
    ("!Join ['', [a, !Ref B]]", {"Fn::Join": ["", ["a", {"Ref": "B"}]]}),
    ("!Select [0, !GetAZs '']", {"Fn::Select": [0, {"Fn::GetAZs": ""}]}),
    ("!Split [',', !ImportValue a]", {"Fn::Split": [",", {"Fn::ImportValue": "a"}]}),
    ("!FindInMap [A, b, c]", {"Fn::FindInMap": ["A", "b", "c"]}),
    ("!Not [!Equals [a, b]]", {"Fn::Not": [{"Fn::Equals": ["a", "b"]}]}),
    ("!And [!Condition A, !Or [!Condition B]]", {"Fn::And": [{"Condition": "A"}, {"Fn::Or": [{"Condition": "B"}]}]}),
    ("!Base64 text", {"Fn::Base64": "text"}),
    ("!Cidr [10.0.0.0/16, 2, 8]", {"Fn::Cidr": ["10.0.0.0/16", 2, 8]}),
    ("!ToJsonString {a: !Ref B}", {"Fn::ToJsonString": {"a": {"Ref": "B"}}}),
    ("!Length [a]", {"Fn::Length": ["a"]}),
    ("!Transform {Name: x}", {"Fn::Transform": {"Name": "x"}}),
    ("!Base64 {Fn::Sub: x}", {"Fn::Base64": {"Fn::Sub": "x"}}),
]


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(("text", "expected"), SHORT)
def test_short_forms_are_read_as_their_long_forms(
    text: str, expected: Any, parser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PARSER", parser)
    assert value(text) == expected


def test_every_short_form_has_the_name_of_its_function() -> None:
    assert all(long in (short[1:], f"Fn::{short[1:]}") for short, long in SHORT_FORMS.items())


TYPED: list[tuple[str, Any]] = [
    ("2012-10-17", "2012-10-17"),
    ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
    ("", None),
    ("~", None),
    ("Null", None),
    ("true", True),
    ("Yes", True),
    ("ON", True),
    ("no", False),
    ("Off", False),
    ("y", "y"),
    ("tRue", "tRue"),
    ("0", 0),
    ("-12", -12),
    ("+7", 7),
    ("123456789012", 123456789012),
    ("012345678901", "012345678901"),
    ("1.10", 1.1),
    ("-.5", -0.5),
    ("1.5e+3", 1500.0),
    ("1e3", "1e3"),
    ("1.5e3", "1.5e3"),
    ("=", "="),
    ("0:30", "0:30"),
    ("10.0.0.0/8", "10.0.0.0/8"),
    ("1.2.3", "1.2.3"),
    ("'42'", "42"),
    ('"true"', "true"),
    ("! 42", "42"),
    ("!!str 42", "42"),
    ("!!int '42'", 42),
    ("9" * 41, "9" * 41),
    ("9" * 40, int("9" * 40)),
    ("1.0e+999", "1.0e+999"),
    ('"a\\tb"', "a\tb"),
]


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(("text", "expected"), TYPED)
def test_scalars_are_what_cloudformation_makes_of_them(
    text: str, expected: Any, parser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PARSER", parser)
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("012345670123", "an octal number"),
        ("0x1F", "a hexadecimal number"),
        ("0b11", "a binary number"),
        ("22:30", "a number to base 60"),
        ("1:30.5", "a number to base 60"),
        ("1_000", "a number without its underscores"),
        (".inf", "infinity or not a number"),
        (".NaN", "infinity or not a number"),
    ],
)
def test_a_number_that_does_not_look_like_one_is_refused(text: str, kind: str) -> None:
    fix = "quote it if it is text, or write the number in decimal"
    assert refused(f"key: {text}\n") == [f"t.yaml:1:6: CloudFormation takes {text} for {kind}; {fix}"]
    assert value(f"'{text}'") == text


def test_keys_are_text_whatever_they_look_like() -> None:
    assert read("1: a\ntrue: b\n2012-10-17: c\n012: d\n").body == {"1": "a", "true": "b", "2012-10-17": "c", "012": "d"}


@pytest.mark.parametrize("parser", PARSERS)
def test_everything_knows_its_place(parser: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PARSER", parser)
    found = read("# first\na:\n  - x\n  - {b: y,  c: !Ref Z}\nd: !Sub\n  - ${E}\n  - {E: !GetAtt F.G}\n", "f.yaml")

    def place(*path: str | int) -> tuple[int, int]:
        source = found.source(*path)
        assert source.file == "f.yaml"
        return source.line, source.column

    assert found.positions["a",] == (2, 1)
    assert place("a", 1) == (4, 5)
    assert place("a", 1, "c") == (4, 13)
    assert place("a", 1, "c", "Ref") == (4, 16)
    assert place("d", "Fn::Sub") == (5, 4)
    assert place("d", "Fn::Sub", 0) == (6, 5)
    assert place("d", "Fn::Sub", 1, "E", "Fn::GetAtt", 1) == (7, 9)
    assert place("d", "Fn::Sub", 7, "x") == (5, 4)
    assert place("nowhere") == (2, 1)


def test_a_template_in_json_is_read_with_its_places() -> None:
    values = '"Type": "x", "n": 1e3, "Fn::GetAtt": "B.C", "s": "\\/ \\ud83d\\ude00 \\\\ud83d"'
    text = f'{{\n\t"Resources": {{\n\t\t"A": {{{values}}}\n\t}}\n}}\n'
    found = read(text, "t.json")
    assert found.body == {
        "Resources": {"A": {"Type": "x", "n": 1000.0, "Fn::GetAtt": ["B", "C"], "s": "/ \U0001f600 \\ud83d"}}
    }
    assert found.source("Resources", "A") == Source("t.json", 3, 3)
    assert found.text == text


def test_words_of_yaml_are_no_words_of_json() -> None:
    assert read('{"a": true, "b": null, "c": "yes", "d": 012}\n'.replace("012", "12")).body == {
        "a": True,
        "b": None,
        "c": "yes",
        "d": 12,
    }
    assert refused('{"a": 1e999}') == ["t.yaml:1:7: 1e999 is too large for a number; quote it if it is text"]
    assert refused(f'{{"a": {"9" * 41}}}')[0].endswith("quote it if it is text")


REFUSED = [
    ("", "1:1: the template is empty; write at least Resources:"),
    ("# nothing\n", "1:1: the template is empty; write at least Resources:"),
    ("- a\n", "1:1: the template is not a mapping; write Resources: and the like at the top"),
    ("text\n", "1:1: the template is not a mapping; write Resources: and the like at the top"),
    ("a: 1\n---\nb: 2\n", "2:1: a second document starts here; keep one template a file"),
    ("%YAML 1.2\n---\na: 1\n", "1:1: a %-directive is not read here; remove the line"),
    ("a: 1\nb: 2\na: 3\n", '3:1: duplicate key "a" (first on line 1); keep one of them'),
    ("[a]: 1\n", "1:1: a key must be plain text; write the key as text"),
    ("? \n: 1\n", "1:2: a key is empty; write the key before the colon"),
    ("!Ref a: 1\n", '1:1: a tag ("!Ref") on a key; remove the tag'),
    (
        "a: &x 1\nb: *x\n",
        '2:4: aliases ("*x") are not taken by CloudFormation; write the value out, or quote it if it is text',
    ),
    ("<<: {a: 1}\n", "1:1: merge keys (<<) are not taken by CloudFormation; write the keys out"),
    ("a: !ref B\n", '1:4: CloudFormation has no tag "!ref" for this; did you mean !Ref?'),
    ("a: !Fn::Sub B\n", '1:4: CloudFormation has no tag "!Fn::Sub" for this; did you mean !Sub?'),
    (
        "a: !!binary aGk=\n",
        '1:4: CloudFormation has no tag "!!binary" for this; remove it, or quote the text if it starts with an '
        "exclamation mark",
    ),
    (
        "a: !!str [b]\n",
        '1:4: CloudFormation has no tag "!!str" for this; remove it, or quote the text if it starts with an '
        "exclamation mark",
    ),
    ("a: [1\n", '1:4: the list opened here with "[" is not closed; add the missing "," or "]"'),
    ("a: 'b\n", "1:4: the quote opened here is never closed; close it"),
    ("a: \x07\n", "1:4: the character U+0007 is not read here; remove it, or save the file as plain UTF-8"),
    ("a: \ud800\n", "1:4: the character U+D800 is not read here; remove it, or save the file as plain UTF-8"),
    ("\ufeffa: 1\n", "1:1: the character U+FEFF is not read here; remove it, or save the file as plain UTF-8"),
    ('a: "\\x07"\n', "1:4: the character U+0007 is not read here; remove it"),
    (b"a: b\nc: \xff\n", "2:4: bytes that are not UTF-8; save the file as plain UTF-8"),
]


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(("text", "problem"), REFUSED)
def test_what_cannot_be_read_is_said_with_its_place_and_the_way_out(
    text: str | bytes, problem: str, parser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PARSER", parser)
    assert refused(text) == [f"t.yaml:{problem}"]


def test_all_problems_come_in_one_run() -> None:
    assert [line.split(": ")[0] for line in refused("a: 1\na: 012\nb: !x y\nc: *d\n")] == [
        "t.yaml:2:1",
        "t.yaml:2:4",
        "t.yaml:3:4",
        "t.yaml:4:4",
    ]


def test_after_many_problems_reading_stops() -> None:
    found = refused("a: 1\n" * (MAX_PROBLEMS + 50))
    assert len(found) == MAX_PROBLEMS + 1
    assert "too many problems" in found[-1]


def test_levels_have_a_limit_and_no_depth_crashes() -> None:
    def nested(levels: int) -> str:
        return "a: " + "[" * levels + "]" * levels

    read(nested(MAX_DEPTH - 1))
    assert "nested more than 64 levels deep" in refused(nested(MAX_DEPTH))[0]
    for text in ("[" * 100_000, '{"a":' * 100_000, "- " * 5_000, "!Ref " * 5_000, "? " * 5_000):
        assert len(refused(text)) == 1


def test_a_bomb_of_aliases_does_not_go_off() -> None:
    rows = ["a0: &a0 [x, x]", *(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 30))]
    assert all("aliases" in line for line in refused("\n".join(rows)))


@given(st.one_of(st.binary(max_size=80), st.text(max_size=80)))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    with suppress(InvalidFiles):
        read(text)


PIECES = [
    *" \n:-[]{}&*?|>!%@`'\"~,#\t\\",
    "!Ref ",
    "!GetAtt ",
    "!Sub\n",
    "- ",
    ": ",
    "? ",
    "<<: ",
    "*a ",
    "&a ",
    "\x00",
    "0x1",
    "---\n",
]


@given(st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_any_change_of_a_template_is_read_or_refused(choice: Any) -> None:
    text = TRAIL
    for _ in range(choice.randint(1, 5)):
        at = choice.randrange(len(text) + 1)
        text = text[:at] + choice.choice(PIECES) + text[at + choice.choice([0, 0, 1, 8]) :]
    assert all(line.isprintable() for line in problems(text))


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126)),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.from_regex(r"[A-Za-z]{1,8}", fullmatch=True), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.from_regex(r"[A-Za-z]{1,8}", fullmatch=True), VALUES, min_size=1, max_size=4))
@settings(max_examples=120, deadline=None)
def test_json_and_yaml_of_the_same_value_are_the_same_template(body: dict[str, Any]) -> None:
    block, flow = yaml.safe_dump(body), yaml.safe_dump(body, default_flow_style=True)
    texts = [json.dumps(body), json.dumps(body, indent="\t"), block, flow]
    assert {canonical(read(text)) for text in texts} == {json.dumps(body, sort_keys=True, separators=(",", ":"))}
