"""Parameters of guardrails: their types, and documents with them filled in."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factory.guardrails.parameters import TYPES, Value, faults_in, typed
from factory.guardrails.rendering import Rendered, render

KNOWN: dict[str, Value] = {
    "One": "eu-central-1",
    "Number": 7,
    "Roles": ("ops-*", "stacksets-exec-*"),
    "Tags": ("cost-center", "owner"),
    "None": (),
    "organization.regions": ("eu-central-1", "eu-west-1"),
}
OTHERS = ["a"]


def rendered(content: Any) -> Rendered:
    return render(content, KNOWN, lambda name: (f"{name}?", "mend it"))


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ("{One}", "eu-central-1"),
        ("{Number}", 7),
        ("in {One}, {Number} times", "in eu-central-1, 7 times"),
        ("{Roles}", ["ops-*", "stacksets-exec-*"]),
        ("{organization.regions}", ["eu-central-1", "eu-west-1"]),
        ("role/{Roles}", ["role/ops-*", "role/stacksets-exec-*"]),
        ("{One}/{Roles}", ["eu-central-1/ops-*", "eu-central-1/stacksets-exec-*"]),
        (["a", "{Roles}", "b"], ["a", "ops-*", "stacksets-exec-*", "b"]),
        (["a", "role/{Roles}"], ["a", "role/ops-*", "role/stacksets-exec-*"]),
        (["{None}", "a"], OTHERS),
        ({"{One}": "a", "aws:RequestTag/{One}": 1}, {"eu-central-1": "a", "aws:RequestTag/eu-central-1": 1}),
        (7, 7),
        ({"a": {}, "b": [], "c": None}, {"a": {}, "b": [], "c": None}),
    ],
)
def test_what_becomes_of_a_reference(written: Any, becomes: Any) -> None:
    found = rendered(written)
    assert found.document == becomes
    assert found.faults == []


@pytest.mark.parametrize(
    "plain",
    [
        "${aws:username}",
        "${aws:PrincipalTag/One}",
        "${aws:PrincipalTag/team, 'none'}",
        "${One}",
        "${*}",
        "${$}{?}",
        "{}",
        "{ One }",
        '{"One": 1}',
        "a}b{c",
        "{1}",
    ],
)
def test_variables_and_other_braces_stay(plain: str) -> None:
    assert rendered(plain).document == plain
    assert rendered({plain: [plain]}).document == {plain: [plain]}


def test_braces_can_be_had_plain() -> None:
    assert rendered("{{One}} and {One}").document == "{One} and eu-central-1"
    assert rendered("{{One}}").used == set()


def test_a_statement_for_each_value() -> None:
    written = [
        {"Sid": "First"},
        {"for_each": "Tags", "Sid": "Require{Tags}", "Null": {"aws:RequestTag/{Tags}": "true"}},
        "{One}",
    ]
    found = rendered(written)
    assert found.document == [
        {"Sid": "First"},
        {"Sid": "RequireCostCenter", "Null": {"aws:RequestTag/cost-center": "true"}},
        {"Sid": "RequireOwner", "Null": {"aws:RequestTag/owner": "true"}},
        "eu-central-1",
    ]
    assert found.used == {"Tags", "One"}


def test_an_empty_list_excludes_nothing() -> None:
    condition = {"ArnNotLike": {"aws:PrincipalArn": "{None}"}, "StringNotLikeIfExists": {"a": "x", "b": "{None}"}}
    assert rendered({"Condition": condition}).document == {"Condition": {"StringNotLikeIfExists": {"a": "x"}}}
    assert rendered({"Effect": "Deny", "Condition": {"ArnNotLike": {"a": "{None}"}}}).document == {"Effect": "Deny"}


@pytest.mark.parametrize("operator", ["ArnLike", "StringEquals", "ForAnyValue:StringNotEquals", "Null"])
def test_an_empty_list_that_would_mean_something_else_stays_for_the_grammar_to_refuse(operator: str) -> None:
    assert rendered({"Condition": {operator: {"a": "{None}"}}}).document == {"Condition": {operator: {"a": []}}}


@pytest.mark.parametrize(
    ("written", "path", "what"),
    [
        ({"Action": ["x", "{Oen}"]}, ("Action", 1), "Oen?"),
        ({"Null": {"aws:RequestTag/{Oen}": 1}}, ("Null", "aws:RequestTag/{Oen}"), "Oen?"),
        ({"Null": {"k{Tags}": 1}}, ("Null", "k{Tags}"), '"k{Tags}" is a key, and a list cannot stand in one'),
        ({"Action": {"Roles": None}}, ("Action", "Roles"), "{Roles} without quotes is a mapping"),
        ([{"for_each": "Oen"}], (0, "for_each"), "Oen?"),
        ([{"for_each": 7}], (0, "for_each"), "for_each: must name a parameter"),
        ([{"for_each": "One"}], (0, "for_each"), "for_each: One is a single value"),
    ],
)
def test_what_cannot_be_filled_in_is_told_where_it_stands(written: Any, path: tuple[Any, ...], what: str) -> None:
    (fault,) = rendered(written).faults
    assert (fault.path, fault.what) == (path, what)
    assert fault.fix


def test_places_are_those_of_the_file() -> None:
    found = rendered(
        {
            "Statement": [
                {"for_each": "Tags", "Action": ["a", "{Roles}", "b"]},
                {"Action": "{Roles}", "{One}": "x"},
            ]
        }
    )
    assert found.written(("Statement", 1, "Action", 3)) == ("Statement", 0, "Action", 2)
    assert found.written(("Statement", 2, "Action", 1)) == ("Statement", 1, "Action", 1)
    assert found.written(("Statement", 2, "eu-central-1")) == ("Statement", 1, "{One}")
    assert found.written(("Statement", 9)) == ("Statement", 9)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab{}$", max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab$ ", max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(JSON)
def test_nothing_else_changes_and_nothing_is_changed_in_place(content: Any) -> None:
    before = copy.deepcopy(content)
    found = render(content, KNOWN, lambda name: (name, ""))
    assert content == before
    if not found.used and "{{" not in str(content):
        assert found.document == before


GOOD: dict[str, Any] = {
    "text": "o-a1b2c3d4e5",
    "number": 7,
    "list": ["a", "b"],
    "regions": ["eu-central-1", "us-gov-west-1"],
    "instance-types": ["t3.micro", "p*.*", "u-*.*"],
    "tags": ["cost-center", "a b", "team:name"],
    "roles": ["stacksets-exec-*", "aws-reserved/sso.amazonaws.com/AWSReservedSSO_x_*"],
    "actions": ["ec2:Run*", "s3:PutObject"],
    "services": ["acm-pca", "ec2"],
    "accounts": ["012345678901"],
}
BAD: list[tuple[str, Any, str]] = [
    ("text", ["a"], "a value of type text must be a single value"),
    ("text", True, "a value of type text must be text"),
    ("number", "seven", '"seven" is not of type number'),
    ("list", "a", "a value of type list must be a list"),
    ("list", ["a", "a"], '"a" is named twice'),
    ("list", [["a"]], "a value of type list must be texts"),
    ("regions", ["Frankfurt"], '"Frankfurt" is not of type regions'),
    ("instance-types", ["t3"], '"t3" is not of type instance-types'),
    ("tags", ["aws:x"], '"aws:x" is not of type tags'),
    ("roles", ["*"], '"*" stands for nearly every role'),
    ("roles", ["arn:aws:iam::1:role/x"], '"arn:aws:iam::1:role/x" is not of type roles'),
    ("actions", ["RunInstances"], '"RunInstances" is not of type actions'),
    ("services", ["ec2:*"], '"ec2:*" is not of type services'),
    ("accounts", ["1234"], '"1234" is not of type accounts'),
]


def test_every_type_has_its_values() -> None:
    assert GOOD.keys() == TYPES.keys()
    for name, value in GOOD.items():
        assert list(faults_in(name, value)) == []
        assert typed(name, value) == (tuple(value) if isinstance(value, list) else value)


@pytest.mark.parametrize(("name", "value", "what"), BAD)
def test_what_is_not_of_its_type(name: str, value: Any, what: str) -> None:
    (fault,) = faults_in(name, value)
    assert fault.what == what
    assert fault.fix
    assert typed(name, value) is None
