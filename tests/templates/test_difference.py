"""Differences by meaning: what a new template does to the resources of a stack."""

from __future__ import annotations

import pytest

from factory.templates import Difference, Nature, differences, read

BEFORE = """\
Parameters: {P: {Type: String}}
Resources:
  Trail: {Type: AWS::CloudTrail::Trail, Properties: {S3BucketName: !Ref P, IsLogging: true, TrailName: a}}
  Budget: {Type: AWS::Budgets::Budget, Properties: {Budget: {BudgetName: x, BudgetType: COST}}}
  Other: {Type: AWS::Some::Thing, Properties: {A: 1}}
"""
TRAIL, BUDGET, OTHER = "AWS::CloudTrail::Trail", "AWS::Budgets::Budget", "AWS::Some::Thing"
CHANGED, REPLACED, REMOVED = Nature.CHANGED, Nature.REPLACED, Nature.REMOVED


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("IsLogging: true", "IsLogging: false", Difference("Trail", TRAIL, CHANGED, ("IsLogging",))),
        ("TrailName: a", "TrailName: b", Difference("Trail", TRAIL, REPLACED, ("TrailName",))),
        (TRAIL, "AWS::S3::Bucket", Difference("Trail", "AWS::S3::Bucket", REPLACED, ("Type",))),
        ("BudgetName: x", "BudgetName: y", Difference("Budget", BUDGET, REPLACED, ("Budget",))),
        ("BudgetType: COST", "BudgetType: USAGE", Difference("Budget", BUDGET, CHANGED, ("Budget",))),
        ("{A: 1}", "{A: 2}", Difference("Other", OTHER, CHANGED, ("A",), uncertain=True)),
        ("Type: String", "Type: Number", Difference("P", "Parameters", CHANGED)),
        ("  Other: {Type: AWS::Some::Thing, Properties: {A: 1}}\n", "", Difference("Other", OTHER, REMOVED)),
    ],
)
def test_what_it_means(old: str, new: str, expected: Difference) -> None:
    assert old in BEFORE
    assert differences(read(BEFORE), read(BEFORE.replace(old, new))) == (expected,)


def test_what_is_new() -> None:
    after = BEFORE + "  New: {Type: AWS::SNS::Topic}\nOutputs: {O: {Value: x}}\n"
    assert differences(read(BEFORE), read(after)) == (
        Difference("New", "AWS::SNS::Topic", Nature.ADDED),
        Difference("O", "Outputs", Nature.ADDED),
    )


def test_layout_is_none() -> None:
    after = "# words\n" + BEFORE.replace("!Ref P", "{Ref: P}")
    after = after.replace("IsLogging: true, TrailName: a", "TrailName: a, IsLogging: true")
    assert differences(read(BEFORE), read(after)) == ()


def test_a_value_that_stands_for_the_whole_is_a_replacement_when_it_differs() -> None:
    after = BEFORE.replace("{BudgetName: x, BudgetType: COST}", "!Ref P")
    assert [each.kind for each in differences(read(BEFORE), read(after))] == [Nature.REPLACED]
