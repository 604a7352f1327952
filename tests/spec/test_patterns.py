"""Regular expressions that people write: those that would never come to an end are refused."""

from __future__ import annotations

import re
import time

import pytest

from factory.spec.patterns import expression

ENDLESS = [
    "(a+)+",
    "(a*)*",
    "(a+)+?",
    "(a+){2,}",
    "(a+){2,40}",
    "(a{1,2})*",
    "((((a+))))*",
    "(?P<x>a+)+",
    "(?x) ( a+ ) +",
    "(a+|b)+",
    "((a|b)+)*",
    "(?=(a+)+)b",
    "(?>(a+)+)",
    "(x)?(?(1)(a+)+|b)",
    "([a-z]+)*-",
    "(-?[a-z]+)*",
    "(-a+a+)*",
    "(.*-)*",
    r"(_\w+)*",
    r"(-[^a]+)*",
    r"(-\D+)*",
    "(a[a-z]+)*",
]
FINE = [
    "[a-z][a-z0-9-]{2,39}",
    r"aws\+.+@example\.com",
    "[a-z]+(-[a-z]+)*",
    "([a-z0-9]+-)*[a-z]+",
    r"(\.[a-z0-9-]+)+",
    r"(-\w+)*",
    r"([-.]\d+)*",
    "([^-]+-)*",
    "([a-z]-?)*",
    "([a-z]{3})*",
    "(a{1,2}){1,2}",
    "(?i)(-[A-Z]+)*",
    "(?:)*",
    "a*",
    "",
]


@pytest.mark.parametrize("text", ENDLESS)
def test_a_repetition_of_a_repetition_is_refused(text: str) -> None:
    re.compile(text)
    found, what, fix = expression(text)
    assert found is None
    assert what == "repeats a repetition, and may never come to an end"
    assert fix


@pytest.mark.parametrize("text", FINE)
def test_what_ends_is_taken_and_ends(text: str) -> None:
    found = expression(text)[0]
    assert found is not None
    started = time.process_time()
    for part in ("a", "-a", "ab-", "1.", "-"):
        found.fullmatch(part * 60 + "!")
    assert time.process_time() - started < 1


@pytest.mark.parametrize("text", ["(", "[a", "*", "(" * 5000, "a{99999999999}"])
def test_what_is_no_expression_is_told(text: str) -> None:
    found, what, _ = expression(text)
    assert found is None
    assert what.startswith("is no regular expression: ")
