from __future__ import annotations

import json
from typing import Any

import pytest

from factory.views.documents import Line, Part, compare
from tests.views.samples import LEAVING, MORE_REGIONS, REGIONS, ROOT_USER, policy


def flat(parts: tuple[Part, ...] | None) -> list[str]:
    assert parts is not None
    return [f"{p.sign} {p.name} | {line.sign} {line.path}: {line.text}" for p in parts for line in p.lines]


def test_statements_are_compared_by_sid_whatever_their_order() -> None:
    assert compare(policy(LEAVING, REGIONS), policy(REGIONS, LEAVING)) == ()
    found = flat(compare(policy(LEAVING, REGIONS), policy(MORE_REGIONS, ROOT_USER)))
    assert found == [
        "~ OnlyOurRegions | + NotAction: support:*",
        "~ OnlyOurRegions | - NotAction: sts:*",
        "~ OnlyOurRegions | + Condition.StringNotEquals.aws:RequestedRegion: eu-west-1",
        "+ DenyRootUser | + Effect: Deny",
        "+ DenyRootUser | + Action: *",
        "+ DenyRootUser | + Resource: *",
        "+ DenyRootUser | + Condition.ArnLike.aws:PrincipalArn: arn:aws:iam::*:root",
        "- DenyLeaving | - Effect: Deny",
        "- DenyLeaving | - Action: organizations:LeaveOrganization",
        "- DenyLeaving | - Resource: *",
    ]


def test_statements_without_sid_are_compared_by_number() -> None:
    bare = {key: value for key, value in LEAVING.items() if key != "Sid"}
    found = flat(compare(policy(bare, bare), policy(bare, {**bare, "Resource": "arn:x"})))
    assert found == ["~ statement 2 | ~ Resource: * -> arn:x"]


def test_a_repeated_sid_loses_nothing() -> None:
    found = flat(compare(policy(LEAVING), policy(LEAVING, {**LEAVING, "Action": "a:b"})))
    assert "+ DenyLeaving (statement 2) | + Action: a:b" in found


def test_a_single_statement_may_stand_without_a_list() -> None:
    assert compare(json.dumps({"Statement": LEAVING}), json.dumps({"Statement": [LEAVING]})) == ()


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ({"a": 1}, {"a": True}, [Line("~", "a", "1 -> true")]),
        ({"a": "x"}, {"a": ["x", "y"]}, [Line("+", "a", "y")]),
        ({"a": ["x", "y"]}, {"a": ["y", "x"]}, [Line("~", "a", "the same values, written differently")]),
        ({"a": {"b": {"c": 1}}}, {"a": {"d": {}}}, [Line("-", "a.b.c", "1"), Line("+", "a.d", "{}")]),
        ({}, {"tags": {"CostCenter": {"@@assign": ["a"]}}}, [Line("+", "tags.CostCenter.@@assign", "a")]),
        ({"a": [{"x": 1}]}, {"a": []}, [Line("~", "a", '[{"x": 1}] -> []')]),
        ({"a": ""}, {"a": None}, [Line("~", "a", '"" -> null')]),
    ],
)
def test_other_documents_are_compared_by_path(old: Any, new: Any, lines: list[Line]) -> None:
    parts = compare(json.dumps(old), json.dumps(new))
    assert parts == (Part("~", "", tuple(lines)),)


@pytest.mark.parametrize("text", ["not json", "[]", '"text"', "[" * 100_000])
def test_what_is_no_json_object_cannot_be_compared(text: str) -> None:
    assert compare(text, "{}") is None
    assert compare(None, text) is None


def test_creation_and_deletion_show_everything() -> None:
    assert len(flat(compare(None, policy(LEAVING, REGIONS)))) == 1 + 3 + 4
    assert len(flat(compare(policy(LEAVING, REGIONS), None))) == 1 + 3 + 4
