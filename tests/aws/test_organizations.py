"""The gateways: what is asked of AWS, and what is already so counts as done."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from factory.aws import answers
from factory.aws.accounts import Accounts
from factory.aws.errors import AwsError
from factory.aws.organizations import Organizations
from tests.aws.fakes import calls_on, client_error


class Scripted:
    """A client that gives these answers, or raises them, and remembers what was asked."""

    def __init__(self, **script):
        self.script = {name: list(steps) if isinstance(steps, list) else [steps] for name, steps in script.items()}
        self.asked = []

    def __getattr__(self, name):
        def method(**asked):
            self.asked.append((name, asked))
            step = self.script[name].pop(0)
            if isinstance(step, Exception):
                raise step
            return step

        return method


@pytest.fixture
def gateway(limits, clock):
    def make(**script):
        client = Scripted(**script)
        return Organizations(calls_on(limits, clock), client, client), client

    return make


ALREADY_SO = [
    ("MoveAccount", "move_account", ("1", "r-a", "ou-b"), "move_account", "DuplicateAccountException"),
    ("CloseAccount", "close_account", ("1",), "close_account", "AccountAlreadyClosedException"),
    ("Attach", "attach", ("p-1", "r-a"), "attach_policy", "DuplicatePolicyAttachmentException"),
    ("Detach", "detach", ("p-1", "r-a"), "detach_policy", "PolicyNotAttachedException"),
    ("Enable", "enable_policy_type", ("r-a", "X"), "enable_policy_type", "PolicyTypeAlreadyEnabledException"),
    ("DeleteUnit", "delete_unit", ("ou-1",), "delete_organizational_unit", "OrganizationalUnitNotFoundException"),
    ("DeletePolicy", "delete_policy", ("p-1",), "delete_policy", "PolicyNotFoundException"),
    ("Accept", "accept_handshake", ("h-1",), "accept_handshake", "HandshakeAlreadyInStateException"),
]


@pytest.mark.parametrize(("name", "method", "asked", "operation", "code"), ALREADY_SO, ids=lambda value: str(value))
def test_what_is_already_so_is_done(gateway, name, method, asked, operation, code):
    organizations, client = gateway(**{operation: client_error(code)})
    assert getattr(organizations, method)(*asked) is None
    assert [name for name, _ in client.asked] == [operation]


@pytest.mark.parametrize(("name", "method", "asked", "operation", "code"), ALREADY_SO, ids=lambda value: str(value))
def test_other_refusals_are_errors(gateway, name, method, asked, operation, code):
    organizations, _ = gateway(**{operation: client_error("ConstraintViolationException")})
    with pytest.raises(AwsError, match="ConstraintViolationException"):
        getattr(organizations, method)(*asked)


def test_a_move_whose_first_reply_was_lost_is_done(gateway):
    organizations, client = gateway(
        move_account=client_error("SourceParentNotFoundException"), list_parents={"Parents": [{"Id": "ou-b"}]}
    )
    organizations.move_account("1", "r-a", "ou-b")
    assert client.asked[1] == ("list_parents", {"ChildId": "1"})


def test_a_move_from_the_wrong_place_is_an_error(gateway):
    organizations, _ = gateway(
        move_account=client_error("SourceParentNotFoundException"), list_parents={"Parents": [{"Id": "ou-c"}]}
    )
    with pytest.raises(AwsError, match="SourceParentNotFoundException"):
        organizations.move_account("1", "r-a", "ou-b")


def test_policies_are_written_as_given(gateway):
    made = {"Policy": {"PolicySummary": {"Id": "p-1"}}}
    organizations, client = gateway(create_policy=made, update_policy=[{}, {}])
    assert organizations.create_policy("n", "TAG_POLICY", "d", "{}", {"k": "v"}) == "p-1"
    organizations.update_policy("p-1", content="{}")
    organizations.update_policy("p-1", name="m", description="")
    assert client.asked == [
        (
            "create_policy",
            {
                "Name": "n",
                "Type": "TAG_POLICY",
                "Description": "d",
                "Content": "{}",
                "Tags": [{"Key": "k", "Value": "v"}],
            },
        ),
        ("update_policy", {"PolicyId": "p-1", "Content": "{}"}),
        ("update_policy", {"PolicyId": "p-1", "Name": "m", "Description": ""}),
    ]


def test_units_are_made_renamed_and_tagged(gateway):
    made = {"OrganizationalUnit": {"Id": "ou-1", "Arn": "arn", "Name": "a"}}
    organizations, client = gateway(
        create_organizational_unit=made, update_organizational_unit={}, tag_resource={}, describe_policy={"Policy": {}}
    )
    assert organizations.create_unit("r-a", "a", {}).parent_id == "r-a"
    organizations.rename_unit("ou-1", "b")
    organizations.tag("ou-1", {"b": "2", "a": "1"})
    assert client.asked == [
        ("create_organizational_unit", {"ParentId": "r-a", "Name": "a"}),
        ("update_organizational_unit", {"OrganizationalUnitId": "ou-1", "Name": "b"}),
        ("tag_resource", {"ResourceId": "ou-1", "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]}),
    ]


def test_all_features_begin_with_a_handshake(gateway):
    assert gateway(enable_all_features={"Handshake": {"Id": "h-1"}})[0].enable_all_features() == "h-1"


def test_all_features_that_are_on_need_nothing(gateway):
    done = client_error("HandshakeConstraintViolationException", reason="ORGANIZATION_ALREADY_HAS_ALL_FEATURES")
    assert gateway(enable_all_features=done)[0].enable_all_features() is None


def test_all_features_that_were_begun_go_on(gateway):
    begun = client_error(
        "HandshakeConstraintViolationException", reason="ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION"
    )
    waiting = {"Handshakes": [{"Id": "h-old", "State": "EXPIRED"}, {"Id": "h-1", "State": "OPEN"}]}
    organizations, client = gateway(enable_all_features=begun, list_handshakes_for_organization=waiting)
    assert organizations.enable_all_features() == "h-1"
    assert client.asked[1][1] == {"Filter": {"ActionType": "ENABLE_ALL_FEATURES"}}


def test_creations_are_listed_by_state(gateway):
    row = {"Id": "car-1", "AccountName": "n", "State": "FAILED", "FailureReason": "BRAND_NEW_REASON"}
    when = datetime(2026, 1, 1, tzinfo=UTC)
    organizations, client = gateway(
        list_create_account_status=[{"CreateAccountStatuses": [row]}, {"CreateAccountStatuses": []}],
        describe_create_account_status={"CreateAccountStatus": {**row, "RequestedTimestamp": when}},
    )
    assert organizations.creations(iter(["FAILED"]))[0].failure_reason == "BRAND_NEW_REASON"
    assert organizations.creations() == []
    assert organizations.creation("car-1").requested_at == when.timestamp()
    assert [asked for _, asked in client.asked] == [{"States": ["FAILED"]}, {}, {"CreateAccountRequestId": "car-1"}]


@pytest.mark.parametrize(
    ("row", "state"),
    [
        ({"State": "CLOSED", "Status": "SUSPENDED"}, "CLOSED"),
        ({"State": "SOMETHING_NEW"}, "SOMETHING_NEW"),
        ({"Status": "SUSPENDED"}, "SUSPENDED"),
        ({"Status": "ACTIVE"}, "ACTIVE"),
        ({}, ""),
    ],
)
def test_state_counts_and_status_only_without_it(row, state):
    assert answers.account({"Id": "1", **row}).state == state


@pytest.mark.parametrize(
    ("paths", "parent"),
    [
        (["o-a1b2c3d4e5/r-ab12/123456789012/"], "r-ab12"),
        (["o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/ou-ab12-22222222/123456789012/"], "ou-ab12-22222222"),
        (["o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/123456789012"], "ou-ab12-11111111"),
        ([], ""),
        (None, ""),
    ],
)
def test_the_parent_is_the_last_place_of_the_path(paths, parent):
    assert answers.account({"Id": "1", "Paths": paths}).parent_id == parent


def test_the_management_account_is_renamed_without_its_id(limits, clock):
    client = Scripted(put_account_name=[{}, {}])
    accounts = Accounts(calls_on(limits, clock), client)
    accounts.put_name(None, "Main")
    accounts.put_name("123456789012", "Other")
    assert [asked for _, asked in client.asked] == [
        {"AccountName": "Main"},
        {"AccountName": "Other", "AccountId": "123456789012"},
    ]


def test_no_root_is_an_error(gateway):
    with pytest.raises(AwsError, match="no root"):
        gateway(list_roots={"Roots": []})[0].root()
