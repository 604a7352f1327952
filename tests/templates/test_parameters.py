"""Values for parameters: which fit, which do not, and where that is said."""

# ruff: noqa: E501 (a row of a table is a line, as long as its message)

from __future__ import annotations

import pytest

from factory.core.limits import Limit, Limits
from factory.core.resource import Source
from factory.templates import check_values, read, value_text
from tests.templates.samples import TRAIL

HERE = Source("baseline.yaml", 7, 3)


def said(row: str, value: object) -> list[str]:
    template = read(f"Parameters:\n  P: {row}\n", "t.yaml")
    return [str(problem) for problem in check_values(template, {"P": value}, {"P": HERE})]


VALUES = [
    ("{Type: String}", "a", ""),
    ("{Type: String}", "", ""),
    ("{Type: String}", 5, ""),
    ("{Type: String}", True, ""),
    ("{Type: String}", None, "cannot be nothing; write text, a number, true or false"),
    ("{Type: String}", {"a": 1}, "cannot be a mapping; write text, a number, true or false"),
    ("{Type: String}", ["a"], "is a list, its type is String; write one value"),
    ("{Type: String}", "é" * 2048, ""),
    ("{Type: String}", "é" * 2049, "has 4,098 bytes, CloudFormation takes 4,096; split it into several parameters"),
    ("{Type: Number}", "1.5", ""),
    ("{Type: Number}", 5, ""),
    ("{Type: Number}", "five", 'must be a number, not "five"; write a number'),
    ("{Type: Number}", True, 'must be a number, not "true"; write a number'),
    ("{Type: Number}", "nan", 'must be a number, not "nan"; write a number'),
    ("{Type: Number, MinValue: 2, MaxValue: 3}", 2, ""),
    ("{Type: Number, MinValue: 2, MaxValue: 3}", "1.5", 'is "1.5", too small; write at least 2'),
    ("{Type: Number, MinValue: 2, MaxValue: 3}", 3.5, 'is "3.5", too large; write at most 3'),
    ("{Type: Number, AllowedValues: [1, 2]}", "1.0", ""),
    ("{Type: Number, AllowedValues: [1, 2]}", 3, 'cannot be "3"; allowed: 1, 2'),
    ("{Type: String, AllowedValues: [true, 2]}", True, ""),
    ("{Type: String, AllowedValues: [a, b]}", "A", 'cannot be "A"; allowed: a, b'),
    ("{Type: String, AllowedPattern: '[a-z]+'}", "abc", ""),
    ("{Type: String, AllowedPattern: '[a-z]+'}", "abc1", 'cannot be "abc1"; it must match [a-z]+'),
    ("{Type: String, AllowedPattern: '[a-z]+', NoEcho: true}", "S3cret", "cannot be the value it was given; it must match [a-z]+"),
    ("{Type: String, AllowedPattern: '\\p{Alnum}+'}", "!", ""),
    ("{Type: String, MinLength: 2, MaxLength: 3}", "é", "has 1 characters, too few; write at least 2"),
    ("{Type: String, MinLength: 2, MaxLength: 3}", "abcd", "has 4 characters, too many; write at most 3"),
    ("{Type: CommaDelimitedList}", ["a", 5, True], ""),
    ("{Type: CommaDelimitedList}", [["a"]], "holds more than texts; write a flat list of texts"),
    ("{Type: CommaDelimitedList, AllowedValues: [a, b]}", "a, b", ""),
    ("{Type: CommaDelimitedList, AllowedValues: [a, b]}", ["a", "c"], 'cannot be "c"; allowed: a, b'),
    ("{Type: List<Number>}", "1, 2", ""),
    ("{Type: List<Number>}", "1,x", 'must be a number, not "x"; write a number'),
    ("{Type: List<AWS::EC2::Subnet::Id>}", ["subnet-1", "subnet-2"], ""),
]  # fmt: skip


@pytest.mark.parametrize(("row", "value", "problem"), VALUES)
def test_values_fit_or_it_is_said_why_not(row: str, value: object, problem: str) -> None:
    assert said(row, value) == ([f'baseline.yaml:7:3: the parameter "P" {problem}'] if problem else [])


def test_unknown_and_missing_parameters_are_found_in_one_run() -> None:
    template = read(TRAIL, "t.yaml")
    found = check_values(template, {"Buckets": "x", "Other": "y", "Days": 0}, {"Days": HERE, "Buckets": HERE})
    assert [str(problem) for problem in found] == [
        'baseline.yaml:7:3: the parameter "Days" is "0", too small; write at least 1',
        'baseline.yaml:7:3: the template t.yaml declares no parameter "Buckets"; did you mean Bucket?',
        't.yaml:3:1: the template t.yaml declares no parameter "Other"; it declares: Bucket, Days, Encrypt, Watched',
        't.yaml:4:3: the parameter "Bucket" has no value and no default; give it a value, or declare a Default',
    ]
    assert check_values(template, {"Bucket": "a-bucket"}, {}) == ()


def test_a_template_without_parameters_says_so() -> None:
    assert str(check_values(read("Resources: {}\n", "t.yaml"), {"A": 1}, {"A": HERE})[0]).endswith("it declares: none")


def test_the_longest_value_is_a_quota() -> None:
    limits = Limits({"cloudformation.parameter_value_bytes": Limit("cloudformation.parameter_value_bytes", value=3)})
    template = read("Parameters: {P: {Type: String}}\n")
    assert [p.what for p in check_values(template, {"P": "abcd"}, {}, limits)] == [
        'the parameter "P" has 4 bytes, CloudFormation takes 3'
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "a"), (5, "5"), (1.5, "1.5"), (True, "true"), (False, "false"), (None, ""), ([1, "b", True], "1,b,true")],
)
def test_values_have_a_text_for_requests(value: object, text: str) -> None:
    assert value_text(value) == text
