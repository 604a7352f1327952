"""Making, changing and deleting stack sets: what is taken, what is refused, what is remembered."""

from __future__ import annotations

from typing import Any

import pytest

from factory.sandbox.seeding import add_bucket
from factory.templates import INLINE_BYTES, LARGEST_BYTES
from tests.sandbox.fleet import OTHER, REGION, TOPIC, Fleet, code, value

SECRET = """
Parameters: {Secret: {Type: String, NoEcho: true}}
Resources: {Topic: {Type: 'AWS::SNS::Topic', Properties: {DisplayName: !Ref Secret}}}
"""
ROLE = "Resources: {Role: {Type: 'AWS::IAM::Role', Properties: {AssumeRolePolicyDocument: {}}}}"
NAMED = ROLE.replace("{Assume", "{RoleName: x, Assume")


def _set(ships: Fleet, name: str = "base") -> dict[str, Any]:
    return dict(ships.cf.describe_stack_set(StackSetName=name)["StackSet"])


@pytest.mark.parametrize(
    ("more", "expected", "match"),
    [
        ({"PermissionModel": "SELF_MANAGED"}, "NotSimulated", "SELF_MANAGED"),
        ({"CallAs": "DELEGATED_ADMIN"}, "NotSimulated", "DELEGATED_ADMIN"),
        ({"ExecutionRoleName": "mine"}, "NotSimulated", "ExecutionRoleName"),
        ({"AutoDeployment": {"RetainStacksOnAccountRemoval": True}}, "ValidationError", "Enabled"),
        ({"AutoDeployment": {"Enabled": False, "RetainStacksOnAccountRemoval": False}}, "ValidationError", "only be"),
        ({"Parameters": [value("Wings", "2")]}, "ValidationError", "do not exist"),
        ({"Parameters": [value("Name", "a"), value("Name", "b")]}, "ValidationError", "Duplicate"),
        ({"Parameters": [{"ParameterKey": "Name"}]}, "ValidationError", "Name"),
        ({"Parameters": [{"ParameterValue": "Name"}]}, "ValidationError", "ParameterKey"),
        ({"Parameters": [value("Name", "x" * 4097)]}, "ValidationError", "4,096"),
        ({"Tags": [{"Key": "aws:x", "Value": "y"}]}, "ValidationError", "aws:"),
        ({"Tags": [{"Key": "a", "Value": "y"}, {"Key": "a", "Value": "z"}]}, "ValidationError", "unique"),
        ({"Description": "d" * 1025}, "ValidationError", "longer"),
        ({"TemplateURL": "https://b.s3.amazonaws.com/k"}, "ValidationError", "exactly one"),
        ({"template": ROLE}, "InsufficientCapabilitiesException", "CAPABILITY_IAM"),
        ({"template": NAMED, "Capabilities": ["CAPABILITY_IAM"]}, "InsufficientCapabilitiesException", "NAMED"),
        ({"template": SECRET}, "ValidationError", "must have values"),
        ({"template": "Resources: {A: {Type: 'AWS::SNS::Topik'}}"}, "ValidationError", "Unrecognized resource types"),
        ({"template": "Resources: {A: {Type: 'Custom::Foo'}}"}, "NotSimulated", "Custom::Foo"),
        ({"template": "Resources: {A: {Type: 'AWS::CloudFormation::CustomResource'}}"}, "NotSimulated", "CustomRes"),
        ({"template": "Resources: {A: {Type: 'Company::Service::Thing'}}"}, "NotSimulated", "Company::Service::Thing"),
        ({"template": "Resources: {A: {Type: 'AWS::EC2::VPC'}}"}, "ValidationError", "AWS may know this one"),
        ({"template": TOPIC + "#" * INLINE_BYTES}, "ValidationError", str(INLINE_BYTES)),
        ({"template": "a: [b"}, "ValidationError", "Template format error"),
        ({"template": TOPIC + "Outputs: {A: {Value: !Ref Nobody}}"}, "ValidationError", "Nobody"),
        ({"name": "1base"}, "ValidationError", "stackSetName"),
        ({"name": "b" * 129}, "ValidationError", "stackSetName"),
        ({"name": "under_score"}, "ValidationError", "stackSetName"),
    ],
)
def test_what_is_refused(ships: Fleet, more: dict[str, Any], expected: str, match: str) -> None:
    assert code(lambda: ships.make(**more), match) == expected
    assert ships.box.state.stack_sets == {}


def test_automatic_deployment_has_to_be_decided(ships: Fleet) -> None:
    asked = {"StackSetName": "base", "TemplateBody": TOPIC, "PermissionModel": "SERVICE_MANAGED"}
    assert code(lambda: ships.cf.create_stack_set(**asked), "AutoDeployment") == "ValidationError"


def test_either_capability_will_do_for_roles_without_names(ships: Fleet) -> None:
    for number, capability in enumerate(("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM")):
        ships.make(f"s{number}", ROLE, Capabilities=[capability])


def test_a_token_makes_one_stack_set(ships: Fleet) -> None:
    made = ships.make(ClientRequestToken="t")
    assert ships.make(ClientRequestToken="t") == made
    assert code(lambda: ships.make(ClientRequestToken="u")) == "NameAlreadyExistsException"
    assert code(lambda: ships.make(ClientRequestToken="t", Description="d")) == "CreatedButModifiedException"
    ships.update()
    assert code(lambda: ships.make(ClientRequestToken="t")) == "CreatedButModifiedException"


def test_a_name_is_free_again_after_deletion_and_elsewhere(ships: Fleet) -> None:
    first = ships.make()
    ships.cf.delete_stack_set(StackSetName="base")
    assert ships.make() != first
    away = ships.box.session(region=OTHER).client("cloudformation")
    assert away.list_stack_sets()["Summaries"] == []
    assert code(lambda: away.describe_stack_set(StackSetName="base")) == "StackSetNotFoundException"
    assert code(lambda: ships.cf.describe_stack_set(StackSetName=first)) == "StackSetNotFoundException"


def test_ids_are_as_good_as_names(ships: Fleet) -> None:
    made = ships.make()
    assert _set(ships, made)["StackSetName"] == "base"
    assert _set(ships)["StackSetARN"] == f"arn:aws:cloudformation:{REGION}:111111111111:stackset/{made}"


def test_templates_from_a_bucket(ships: Fleet) -> None:
    add_bucket(ships.box.state, "templates")
    s3 = ships.box.session().client("s3")
    text = TOPIC + "#" * INLINE_BYTES
    s3.put_object(Bucket="templates", Key="a/b c.yaml", Body=text.encode())
    stranger = ships.box.session(ships.accounts(1, ships.root)[0]).client("s3")
    stranger.create_bucket(Bucket="theirs")
    stranger.put_object(Bucket="theirs", Key="k", Body=text.encode())
    asked = {"PermissionModel": "SERVICE_MANAGED", "AutoDeployment": {"Enabled": False}}
    for number, url in enumerate(
        (
            "https://templates.s3.amazonaws.com/a/b%20c.yaml",
            "https://templates.s3.us-east-1.amazonaws.com/a/b%20c.yaml",
            "https://s3.us-east-1.amazonaws.com/templates/a/b%20c.yaml",
        )
    ):
        ships.cf.create_stack_set(StackSetName=f"s{number}", TemplateURL=url, **asked)
        assert _set(ships, f"s{number}")["TemplateBody"] == text
    for url, match in (
        ("https://templates.s3.amazonaws.com/none", "S3 error"),
        ("https://other.s3.amazonaws.com/none", "S3 error"),
        ("https://theirs.s3.amazonaws.com/k", "S3 error"),
        ("s3://templates/a", "supported URL"),
    ):
        assert code(lambda url=url: ships.cf.create_stack_set(StackSetName="x", TemplateURL=url, **asked), match) == (
            "ValidationError"
        )
    s3.put_object(Bucket="templates", Key="large", Body=b"#" * (LARGEST_BYTES + 1))
    url = "https://templates.s3.amazonaws.com/large"
    large = lambda: ships.cf.create_stack_set(StackSetName="x", TemplateURL=url, **asked)  # noqa: E731
    assert code(large, str(LARGEST_BYTES)) == "ValidationError"


def test_secrets_are_not_shown(ships: Fleet) -> None:
    ships.make(template=SECRET, Parameters=[value("Secret", "s3cret")])
    assert _set(ships)["Parameters"] == [{"ParameterKey": "Secret", "ParameterValue": "****"}]


def test_only_the_management_account(ships: Fleet) -> None:
    account = ships.accounts(1, ships.root)[0]
    member = ships.box.session(account, REGION).client("cloudformation")
    assert code(lambda: member.list_stack_sets()) == "AccessDenied"
    assert member.describe_stacks()["Stacks"] == []


def test_access_needs_all_features() -> None:
    from factory.sandbox import Sandbox

    with Sandbox() as box:
        organization = box.state.organization
        assert organization is not None
        organization.feature_set = "CONSOLIDATED_BILLING"
        cf = box.session().client("cloudformation")
        assert code(lambda: cf.activate_organizations_access()) == "InvalidOperationException"


def test_an_update_leaves_what_it_does_not_mention(ships: Fleet) -> None:
    ships.make(Description="d", Tags=[{"Key": "a", "Value": "b"}], Parameters=[value("Name", "n")], managed=True)
    ships.update(Parameters=[value("Name", None)])
    found = _set(ships)
    assert (found["Description"], found["Tags"], found["ManagedExecution"]) == (
        "d",
        [{"Key": "a", "Value": "b"}],
        {"Active": True},
    )
    assert found["AutoDeployment"] == {"Enabled": True, "RetainStacksOnAccountRemoval": False}
    assert {"ParameterKey": "Name", "ParameterValue": "n"} in found["Parameters"]


def test_parameters_that_an_update_leaves_out_have_their_defaults(ships: Fleet) -> None:
    ships.make(Parameters=[value("Name", "n")])
    ships.update()
    assert {"ParameterKey": "Name", "ParameterValue": "alerts"} in _set(ships)["Parameters"]


def test_tags_are_replaced_or_removed_as_a_whole(ships: Fleet) -> None:
    ships.make(Tags=[{"Key": "a", "Value": "b"}])
    ships.update(Tags=[{"Key": "c", "Value": "d"}])
    assert _set(ships)["Tags"] == [{"Key": "c", "Value": "d"}]
    ships.update(Tags=[])
    assert _set(ships)["Tags"] == []


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ({"UsePreviousTemplate": False}, "exactly one"),
        ({"TemplateBody": TOPIC}, "exactly one"),
        ({"AutoDeployment": {"Enabled": True}, "Regions": [REGION]}, "AutoDeployment"),
        ({"Regions": [REGION]}, "OrganizationalUnitIds"),
        ({"PermissionModel": "SELF_MANAGED"}, "PermissionModel"),
        ({"Parameters": [value("Wings", "2")]}, "do not exist"),
    ],
)
def test_updates_that_are_refused_change_nothing(ships: Fleet, more: dict[str, Any], match: str) -> None:
    ships.make()
    before = _set(ships)
    assert code(lambda: ships.update(Description="new", **more), match) == "ValidationError"
    assert _set(ships) == before


def test_capabilities_are_wanted_by_updates_too(ships: Fleet) -> None:
    ships.make(template=ROLE, Capabilities=["CAPABILITY_IAM"])
    assert code(ships.update) == "InsufficientCapabilitiesException"


def test_an_update_of_tags_alone_marks_nothing_outdated(ships: Fleet) -> None:
    unit, other = ships.unit("unit"), ships.unit("other")
    (one,), (two,) = ships.accounts(1, unit), ships.accounts(1, other, "b")
    ships.make()
    ships.deployed(unit, other)
    targets = {"DeploymentTargets": {"OrganizationalUnitIds": [unit]}, "Regions": [REGION]}
    ships.update(Tags=[{"Key": "a", "Value": "b"}], **targets)
    assert ships.details()[two, REGION] == ("CURRENT", "SUCCEEDED")
    assert ships.details()[one, REGION] == ("OUTDATED", "RUNNING")
    ships.wait(60)
    ships.update(Parameters=[value("Color", "blue")], **targets)
    assert ships.details()[two, REGION] == ("OUTDATED", "PENDING")


def test_deployed_regions_and_targets_are_shown(ships: Fleet) -> None:
    unit = ships.unit("unit")
    ships.accounts(1, unit)
    ships.make()
    assert (_set(ships)["Regions"], _set(ships)["OrganizationalUnitIds"]) == ([], [])
    ships.deployed(unit, regions=[REGION, OTHER])
    assert (_set(ships)["Regions"], _set(ships)["OrganizationalUnitIds"]) == ([OTHER, REGION], [unit])
    ships.delete(unit, Regions=[OTHER])
    ships.wait(60)
    assert _set(ships)["Regions"] == [REGION]
