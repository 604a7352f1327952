"""Did you mean."""

from __future__ import annotations

import time

import pytest

from factory.spec import suggest


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("tagz", "tags"),
        ("tag", "tags"),
        ("tgas", "tags"),
        ("TAGS", "tags"),
        ("workloads/prdo", "workloads/prod"),
        ("workload/prod", "workloads/prod"),
        ("onwer", "owner"),
    ],
)
def test_near_words_are_suggested(word: str, expected: str) -> None:
    assert suggest(word, ["ou", "owner", "tags", "workloads/prod"]) == f' (did you mean "{expected}"?)'


@pytest.mark.parametrize("word", ["budget", "x", "", "o", "workloads"])
def test_far_words_are_not(word: str) -> None:
    assert suggest(word, ["owner", "tags", "workloads/prod"]) == ""


def test_the_nearest_wins() -> None:
    assert suggest("prod", ["prop", "prods", "PROD"]) == ' (did you mean "PROD"?)'
    assert suggest("word", []) == ""


def test_a_word_may_be_short_for_a_known_one() -> None:
    words = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "BACKUP_POLICY", "BEDROCK_POLICY"]
    assert suggest("SCP", words) == ' (did you mean "SERVICE_CONTROL_POLICY"?)'
    assert suggest("rcp", words) == ' (did you mean "RESOURCE_CONTROL_POLICY"?)'
    assert suggest("BP", words) == ""


def test_many_words_take_no_time() -> None:
    words = [f"workloads/unit-{number}" for number in range(2000)]
    started = time.process_time()
    for _ in range(1000):
        suggest("workloads/unit-x", words)
    assert time.process_time() - started < 1
