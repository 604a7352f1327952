"""A template as a value: its parameters, its resources, what must be acknowledged."""

from __future__ import annotations

import pytest

from factory.templates import INLINE_BYTES, LARGEST_BYTES, Parameter, canonical, read
from tests.templates.samples import MINIMAL, TRAIL, one


def test_parameters_are_values() -> None:
    found = read(TRAIL).parameters
    assert list(found) == ["Bucket", "Days", "Encrypt", "Watched"]
    assert found["Bucket"] == Parameter(
        "Bucket", "String", None, True, pattern="[a-z0-9-]+", min_length=3, max_length=63
    )
    assert found["Days"] == Parameter("Days", "Number", 90, False, min_value=1.0, max_value=3650.0)
    assert found["Encrypt"] == Parameter("Encrypt", "String", "yes", False, allowed_values=("yes", "no"))


@pytest.mark.parametrize(("text", "hidden"), [("true", True), ("'True'", True), ("false", False), ("5", False)])
def test_a_secret_parameter_says_so(text: str, hidden: bool) -> None:
    assert read(f"Parameters: {{A: {{Type: String, NoEcho: {text}}}}}\n").parameters["A"].no_echo is hidden


def test_numbers_in_quotes_count_and_nonsense_does_not() -> None:
    row = "{Type: String, MinLength: '3', MaxLength: x, MinValue: true, MaxValue: [1], AllowedValues: a, NoEcho: 5}"
    assert read(f"Parameters: {{A: {row}}}\n").parameters["A"] == Parameter("A", "String", min_length=3)


def test_an_empty_default_is_a_default() -> None:
    assert not read("Parameters: {A: {Type: String, Default: ''}}\n").parameters["A"].required


def test_malformed_sections_hold_nothing() -> None:
    found = read("Parameters: 5\nResources: {A: 1, B: {Type: x}}\n")
    assert found.parameters == {}
    assert list(found.resources) == ["B"]


@pytest.mark.parametrize(
    ("kind", "properties", "capabilities"),
    [
        ("AWS::SNS::Topic", "{TopicName: a}", ()),
        ("AWS::IAM::Role", "{}", ("CAPABILITY_IAM",)),
        ("AWS::IAM::Role", "{RoleName: a}", ("CAPABILITY_NAMED_IAM",)),
        ("AWS::IAM::User", "{UserName: a}", ("CAPABILITY_NAMED_IAM",)),
        ("AWS::IAM::Group", "{GroupName: a}", ("CAPABILITY_NAMED_IAM",)),
        ("AWS::IAM::ManagedPolicy", "{ManagedPolicyName: a}", ("CAPABILITY_NAMED_IAM",)),
        ("AWS::IAM::InstanceProfile", "{InstanceProfileName: a}", ("CAPABILITY_NAMED_IAM",)),
        ("AWS::IAM::Policy", "{PolicyName: a}", ("CAPABILITY_IAM",)),
        ("AWS::IAM::AccessKey", "{UserName: a}", ("CAPABILITY_IAM",)),
        ("AWS::IAM::UserToGroupAddition", "{GroupName: a}", ("CAPABILITY_IAM",)),
        ("AWS::IAM::OIDCProvider", "{Url: a}", ()),
    ],
)
def test_iam_resources_must_be_acknowledged(kind: str, properties: str, capabilities: tuple[str, ...]) -> None:
    assert read(one(properties, kind=kind)).capabilities == capabilities


def test_one_named_role_among_others_is_enough() -> None:
    text = "Resources:\n  A: {Type: AWS::IAM::Role}\n  B: {Type: AWS::IAM::Role, Properties: {RoleName: b}}\n"
    assert read(text).capabilities == ("CAPABILITY_NAMED_IAM",)


def test_size_is_in_bytes() -> None:
    assert read(MINIMAL + "# é\n").size == len(MINIMAL) + 5
    assert (INLINE_BYTES, LARGEST_BYTES) == (51_200, 1_000_000)


def test_the_canonical_form_has_sorted_keys_and_no_spaces() -> None:
    assert canonical(read("Resources: {B: !Ref X, A: [1, é]}\n")) == '{"Resources":{"A":[1,"é"],"B":{"Ref":"X"}}}'
