"""Stacks that are not as they should be: every one is named, however many there are."""

from __future__ import annotations

from factory.aws.records import StackRecord
from factory.kinds.roll_out import told


def record(account: str, region: str = "eu-west-1", reason: str = "It broke", status: str = "OUTDATED") -> StackRecord:
    return StackRecord(account, region, status, reason=reason)


def test_one_stack_is_a_sentence() -> None:
    assert told([record("shop")], str) == "shop in eu-west-1 is OUTDATED (It broke)"
    both = [record("shop", reason=""), record("shop", "us-east-1", "")]
    assert told(both, str) == "shop in eu-west-1, us-east-1 is OUTDATED"


def test_those_with_the_same_reason_are_told_together() -> None:
    stacks = [record("a"), record("b", reason="Full"), record("c", "us-east-1"), record("a", "us-east-1")]
    assert told(stacks, str.upper) == (
        "A (eu-west-1, us-east-1), C (us-east-1) are OUTDATED (It broke); B in eu-west-1 is OUTDATED (Full)"
    )


def test_all_are_named() -> None:
    names = [f"n{number}" for number in range(40)]
    same = told([record(name) for name in names], str)
    each = told([record(name, reason=name) for name in names], str)
    assert same == ", ".join(f"{name} (eu-west-1)" for name in names) + " are OUTDATED (It broke)"
    assert each.count(" is OUTDATED (") == 40


def test_nothing_is_nothing() -> None:
    assert told([], str) == ""
