"""StackSets' gateway: operations that are found again, never begun twice, and asked for as AWS takes them."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from botocore.exceptions import ClientError

from factory.aws.call import Calls
from factory.aws.errors import AwsError
from factory.aws.pacing import Pacing
from factory.aws.stack_sets import Definition, Preferences, StackSets
from tests.aws.fakes import Open

DEFINITION = Definition(
    name="factory-main-trail",
    description="A trail.",
    template="{}",
    parameters={"Bucket": "logs"},
    capabilities=(),
    tags={"factory:managed": "main"},
    auto_deployment=True,
    retains=False,
    depends_on=("arn:b", "arn:a"),
)


class CloudFormation:
    """Remembers what was asked; ``operations`` are what it lists, the latest first."""

    def __init__(self, *operations: tuple[str, str]) -> None:
        self.operations = [{"OperationId": id, "Status": status} for id, status in operations]
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.refusal = ""
        self.pages = 0

    def list_stack_set_operations(self, **request: Any) -> dict[str, Any]:
        self.pages += 1
        begin = int(request.get("NextToken", 0))
        end = begin + request["MaxResults"]
        more = {"NextToken": str(end)} if end < len(self.operations) else {}
        return {"Summaries": self.operations[begin:end], **more}

    def describe_stack_set_operation(self, **request: Any) -> dict[str, Any]:
        for each in self.operations:
            if each["OperationId"] == request["OperationId"]:
                return {"StackSetOperation": each}
        raise ClientError({"Error": {"Code": "OperationNotFoundException", "Message": "no"}}, "Describe")

    def _operate(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((name, request))
        if self.refusal:
            raise ClientError({"Error": {"Code": self.refusal, "Message": "no"}}, name)
        self.operations.insert(0, {"OperationId": request["OperationId"], "Status": "RUNNING"})
        return {"OperationId": request["OperationId"]}

    def update_stack_set(self, **request: Any) -> dict[str, Any]:
        return self._operate("UpdateStackSet", request)

    def create_stack_instances(self, **request: Any) -> dict[str, Any]:
        return self._operate("CreateStackInstances", request)

    def delete_stack_instances(self, **request: Any) -> dict[str, Any]:
        return self._operate("DeleteStackInstances", request)

    def create_stack_set(self, **request: Any) -> dict[str, Any]:
        self.asked.append(("CreateStackSet", request))
        return {"StackSetId": "factory-main-trail:1"}


@pytest.fixture
def cloud() -> CloudFormation:
    return CloudFormation()


@pytest.fixture
def stack_sets(limits, clock, cloud: CloudFormation) -> StackSets:
    return StackSets(Calls(limits, clock, Pacing(limits, clock), Random(0), Open()), cloud, "eu-central-1")


def test_an_operation_under_way_is_followed_and_not_begun_again(stack_sets: StackSets, cloud: CloudFormation) -> None:
    first = stack_sets.deploy("set", ["ou-1"], ["eu-west-1"], Preferences())
    again = stack_sets.deploy("set", ["ou-1"], ["eu-west-1"], Preferences())
    assert again == first
    assert len(cloud.asked) == 1


def test_there_and_back_and_there_again_are_three_operations(stack_sets: StackSets, cloud: CloudFormation) -> None:
    ids = []
    for regions in (["eu-west-1"], ["eu-central-1"], ["eu-west-1"]):
        ids.append(stack_sets.deploy("set", ["ou-1"], regions, Preferences()))
        cloud.operations[0]["Status"] = "SUCCEEDED"
    assert len(set(ids)) == 3
    assert ids[0].removesuffix("-1") == ids[2].removesuffix("-2")


def test_the_same_asked_in_another_order_is_the_same(stack_sets: StackSets, cloud: CloudFormation) -> None:
    first = stack_sets.deploy("set", ["ou-1", "ou-2"], ["eu-west-1", "eu-central-1"], Preferences(), ["2", "1"])
    assert stack_sets.deploy("set", ["ou-2", "ou-1"], ["eu-central-1", "eu-west-1"], Preferences(), ["1", "2"]) == first


@pytest.mark.parametrize("different", ["deploy", "withdraw", "retain"])
def test_what_differs_has_another_id(stack_sets: StackSets, cloud: CloudFormation, different: str) -> None:
    units, regions, chosen = ["ou-1"], ["eu-west-1"], Preferences()
    found = {
        "deploy": lambda: stack_sets.deploy("set", units, regions, chosen, ["1"]),
        "withdraw": lambda: stack_sets.withdraw("set", units, regions, chosen, retain=False),
        "retain": lambda: stack_sets.withdraw("set", units, regions, chosen, retain=True),
    }
    other = found[different]()
    cloud.operations[0]["Status"] = "SUCCEEDED"
    assert other != stack_sets.deploy("set", units, regions, chosen)


@pytest.mark.parametrize("whose", ["factory-0-1", "its-own"])
def test_one_operation_of_ours_at_a_time_and_none_takes_away_beside_another(
    stack_sets: StackSets, cloud: CloudFormation, whose: str
) -> None:
    cloud.operations = [{"OperationId": whose, "Status": "RUNNING"}]
    with pytest.raises(AwsError) as refused:
        stack_sets.withdraw("set", ["ou-1"], ["eu-west-1"], Preferences(), retain=False)
    assert refused.value.code == "OperationInProgressException"
    if whose == "its-own":
        assert stack_sets.deploy("set", ["ou-1"], ["eu-west-1"], Preferences())
        return
    with pytest.raises(AwsError):
        stack_sets.deploy("set", ["ou-1"], ["eu-west-1"], Preferences())
    assert not cloud.asked
    cloud.operations[0]["Status"] = "FAILED"
    assert stack_sets.deploy("set", ["ou-1"], ["eu-west-1"], Preferences())


def test_a_first_try_that_botocore_repeated_counts_as_begun(stack_sets: StackSets, cloud: CloudFormation) -> None:
    cloud.refusal = "OperationIdAlreadyExistsException"
    assert stack_sets.deploy("set", ["ou-1"], ["eu-west-1"], Preferences()).endswith("-1")


@pytest.mark.parametrize(("under_way", "pages"), [(0, 1), (3, 1), (10, 2), (25, 3)])
def test_of_the_operations_only_the_latest_are_listed_and_all_that_are_under_way(
    stack_sets: StackSets, cloud: CloudFormation, under_way: int, pages: int
) -> None:
    statuses = ["RUNNING"] * under_way + ["SUCCEEDED"] * 500
    cloud.operations = [{"OperationId": f"o{n}", "Status": status} for n, status in enumerate(statuses)]
    found = stack_sets.latest_operations("set")
    assert sum(not each.over for each in found) == under_way
    assert cloud.pages == pages


def test_one_that_was_begun_before_is_found_among_any_number_of_later_ones(
    stack_sets: StackSets, cloud: CloudFormation
) -> None:
    first = stack_sets.deploy("set", ["ou-1"], ["eu-west-1"], Preferences())
    cloud.operations = [{"OperationId": f"o{n}", "Status": "SUCCEEDED"} for n in range(500)] + cloud.operations
    assert stack_sets.deploy("set", ["ou-1"], ["eu-west-1"], Preferences()) == first


def test_beside_another_operation_of_ours_only_single_accounts_are_worked_on(
    stack_sets: StackSets, cloud: CloudFormation
) -> None:
    stack_sets.deploy("set", ["ou-1"], ["eu-west-1"], Preferences())
    for without in ((), ("1",)):
        with pytest.raises(AwsError, match="OperationInProgress"):
            stack_sets.deploy("set", ["ou-2"], ["eu-west-1"], Preferences(), without=without)
    stack_sets.deploy("set", ["ou-2"], ["eu-west-1"], Preferences(), ["1"])
    assert len(cloud.asked) == 2


def test_any_other_refusal_is_raised(stack_sets: StackSets, cloud: CloudFormation) -> None:
    cloud.refusal = "OperationInProgressException"
    with pytest.raises(AwsError, match="OperationInProgress"):
        stack_sets.update(DEFINITION, Preferences())


def test_single_accounts_are_an_intersection_with_their_units(stack_sets: StackSets, cloud: CloudFormation) -> None:
    stack_sets.deploy("set", ["ou-1"], ["eu-west-1"], Preferences(50, 5, parallel=False), ["2", "1"])
    ((_, request),) = cloud.asked
    assert request["DeploymentTargets"] == {
        "OrganizationalUnitIds": ["ou-1"],
        "Accounts": ["1", "2"],
        "AccountFilterType": "INTERSECTION",
    }
    assert request["OperationPreferences"] == {
        "RegionConcurrencyType": "SEQUENTIAL",
        "MaxConcurrentPercentage": 50,
        "FailureTolerancePercentage": 5,
        "ConcurrencyMode": "SOFT_FAILURE_TOLERANCE",
    }


def test_a_stack_set_is_service_managed_and_deploys_by_itself(stack_sets: StackSets, cloud: CloudFormation) -> None:
    assert stack_sets.create(DEFINITION) == "factory-main-trail:1"
    ((_, request),) = cloud.asked
    assert request["PermissionModel"] == "SERVICE_MANAGED"
    assert request["ManagedExecution"] == {"Active": True}
    assert request["AutoDeployment"] == {
        "Enabled": True,
        "RetainStacksOnAccountRemoval": False,
        "DependsOn": ["arn:a", "arn:b"],
    }
    assert len(request["ClientRequestToken"]) <= 128


@pytest.mark.parametrize(
    ("details", "counts"),
    [
        ({}, (0, 0, None)),
        ({"FailedStackInstancesCount": 3}, (0, 0, None)),
        ({"Stages": {"StackInstancesDeployment": {"Status": "NOT_APPLICABLE"}}}, (0, 0, None)),
        (
            {
                "Stages": {
                    "StackInstancesDeployment": {
                        "Status": "IN_PROGRESS",
                        "SucceededStackInstancesCount": 5,
                        "CompletedStackInstancesCount": 9,
                        "PendingStackInstancesCount": 0,
                    }
                }
            },
            (5, 4, 0),
        ),
    ],
)
def test_how_far_an_operation_has_come_where_cloudformation_tells(
    stack_sets: StackSets, cloud: CloudFormation, details: dict[str, Any], counts: tuple[int, int, int | None]
) -> None:
    cloud.operations = [{"OperationId": "1", "Status": "RUNNING", "StatusDetails": details}]  # type: ignore[dict-item]
    (found,) = stack_sets.operations("set")
    assert (found.done, found.lost, found.to_go) == counts
