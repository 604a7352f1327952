"""What the sandbox answers, and how it says what it does not."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from factory.sandbox import Sandbox
from factory.sandbox.operations import OPERATIONS

UNCHECKED = Config(parameter_validation=False)


@pytest.mark.parametrize("service", sorted(OPERATIONS.keys() - {"s3"}))
def test_every_other_operation_says_its_name(box: Sandbox, service: str) -> None:
    client: Any = box.session().client(service, config=UNCHECKED)
    others = set(client.meta.service_model.operation_names) - set(OPERATIONS[service])
    assert others
    for name in sorted(others):
        with pytest.raises(ClientError) as caught:
            client._make_api_call(name, {})
        error, metadata = caught.value.response["Error"], caught.value.response["ResponseMetadata"]
        assert (error["Code"], error["Message"]) == (
            "NotSimulated",
            f"{service}:{name} is not simulated by the factory sandbox",
        )
        assert (metadata["HTTPStatusCode"], metadata["RetryAttempts"]) == (400, 0)


def test_no_other_operation_of_s3_is_taken_for_a_simulated_one(box: Sandbox) -> None:
    """On the wire, S3 names no operation: some are told from each other by a query parameter or a header only."""
    client: Any = box.session().client("s3", config=UNCHECKED)
    client.create_bucket(Bucket="one")
    model = client.meta.service_model
    given = {"Bucket": "one", **dict.fromkeys(("Key", "UploadId", "PartNumber", "CopySource", "Id"), "x")}
    given |= dict.fromkeys(("RenameSource", "RequestRoute", "RequestToken", "AnnotationName"), "x")
    for name in sorted(set(model.operation_names) - set(OPERATIONS["s3"])):
        shape = model.operation_model(name).input_shape
        members = shape.members if shape else {}
        with pytest.raises(ClientError, match="is not simulated by the factory sandbox"):
            client._make_api_call(name, {key: value for key, value in given.items() if key in members})


def test_every_simulated_operation_exists_in_aws(box: Sandbox) -> None:
    for service, operations in OPERATIONS.items():
        assert set(operations) <= set(box.session().client(service).meta.service_model.operation_names)


@pytest.mark.parametrize(
    ("service", "ask"),
    [
        ("sqs", lambda client: client.list_queues()),
        ("ec2", lambda client: client.describe_regions()),
        ("cloudformation", lambda client: client.list_stacks()),
        ("iam", lambda client: client.list_roles()),
        ("dynamodb", lambda client: client.list_tables()),
    ],
)
def test_other_services_say_their_names(box: Sandbox, service: str, ask: Any) -> None:
    with pytest.raises(ClientError, match=f"{service}:.* is not simulated by the factory sandbox") as caught:
        ask(box.session(region="eu-west-1").client(service))
    assert caught.value.response["Error"]["Code"] == "NotSimulated"


def test_calls_are_recorded_with_what_became_of_them(box: Sandbox, org: Any) -> None:
    org.list_roots()
    with pytest.raises(ClientError):
        org.describe_account(AccountId="999999999999")
    assert [(call.service, call.operation, call.request) for call in box.calls] == [
        ("organizations", "ListRoots", {}),
        ("organizations", "DescribeAccount", {"AccountId": "999999999999"}),
    ]
    assert box.refusals == [(box.calls[1], "AccountNotFoundException")]


def test_watchers_see_the_state_after_every_call_that_succeeded(box: Sandbox, org: Any) -> None:
    seen: list[tuple[str, int]] = []
    box.watchers.append(lambda call: seen.append((call.operation, len(box.state.units))))
    root = org.list_roots()["Roots"][0]["Id"]
    org.create_organizational_unit(ParentId=root, Name="a")
    with pytest.raises(ClientError):
        org.create_organizational_unit(ParentId=root, Name="a")
    assert seen == [("ListRoots", 0), ("CreateOrganizationalUnit", 1)]


def test_a_watcher_that_objects_stops_the_caller(box: Sandbox, org: Any) -> None:
    def object_to(call: object) -> None:
        raise AssertionError("an invariant is broken")

    box.watchers.append(object_to)
    with pytest.raises(AssertionError, match="invariant"):
        org.list_roots()
    assert len(box.calls) == 1, "nobody retried it"


def test_required_parameters_are_required_of_clients_that_do_not_check(box: Sandbox) -> None:
    client: Any = box.session().client("organizations", config=UNCHECKED)
    with pytest.raises(ClientError) as caught:
        client.create_account(AccountName="a")
    assert (caught.value.response["Error"]["Code"], caught.value.response["Reason"]) == (
        "InvalidInputException",
        "INPUT_REQUIRED",
    )
