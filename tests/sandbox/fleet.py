"""An organization with stack sets to try things on, with short words for what tests ask of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from factory.sandbox import Sandbox, Timing
from factory.sandbox.seeding import add_account, add_unit

REGION, OTHER = "us-east-1", "eu-west-1"
MINUTE = Timing(creation=(30, 30), closure=(30, 30), stack=(60, 60), change_set=(3, 3))
TOPIC = """
Parameters:
  Name: {Type: String, Default: alerts}
  Color: {Type: String, Default: red}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {TopicName: !Ref Name, DisplayName: !Ref Color}
"""
ALL_AT_ONCE = {
    "RegionConcurrencyType": "PARALLEL",
    "MaxConcurrentPercentage": 100,
    "ConcurrencyMode": "SOFT_FAILURE_TOLERANCE",
}
TOLERANT = {**ALL_AT_ONCE, "FailureTolerancePercentage": 100}


class Fleet:
    """A sandbox in which a stack takes a minute, and clients for it."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.cf: Any = box.session(region=REGION).client("cloudformation")
        self.org: Any = box.session().client("organizations")
        self.cf.activate_organizations_access()
        organization = box.state.organization
        assert organization is not None
        self.root = organization.root_id

    def unit(self, name: str, parent: str | None = None) -> str:
        return add_unit(self.box.state, name, parent)

    def accounts(self, count: int, unit: str, name: str = "a") -> list[str]:
        return sorted(add_account(self.box.state, f"{name}{n}", f"{name}{n}@example.com", unit) for n in range(count))

    def make(self, name: str = "base", template: str = TOPIC, *, managed: bool = False, **more: Any) -> str:
        asked: dict[str, Any] = {
            "PermissionModel": "SERVICE_MANAGED",
            "AutoDeployment": {"Enabled": True, "RetainStacksOnAccountRemoval": False},
            "ManagedExecution": {"Active": managed},
            **more,
        }
        return str(self.cf.create_stack_set(StackSetName=name, TemplateBody=template, **asked)["StackSetId"])

    def arn(self, name: str) -> str:
        return str(self.cf.describe_stack_set(StackSetName=name)["StackSet"]["StackSetARN"])

    def deploy(self, *units: str, name: str = "base", regions: Sequence[str] = (REGION,), **more: Any) -> str:
        asked = {"OperationPreferences": ALL_AT_ONCE, **more}
        only = asked.pop("only", {})
        started = self.cf.create_stack_instances(
            StackSetName=name,
            DeploymentTargets={"OrganizationalUnitIds": list(units), **only},
            Regions=list(regions),
            **asked,
        )
        return str(started["OperationId"])

    def deployed(self, *units: str, name: str = "base", **more: Any) -> None:
        operation = self.deploy(*units, name=name, **more)
        self.wait(300)
        assert self.status(operation, name) == "SUCCEEDED"

    def delete(self, *units: str, name: str = "base", retain: bool = False, **more: Any) -> str:
        asked = {"OperationPreferences": ALL_AT_ONCE, "Regions": [REGION], **more}
        only = asked.pop("only", {})
        started = self.cf.delete_stack_instances(
            StackSetName=name,
            DeploymentTargets={"OrganizationalUnitIds": list(units), **only},
            RetainStacks=retain,
            **asked,
        )
        return str(started["OperationId"])

    def update(self, name: str = "base", **more: Any) -> str:
        asked = {"UsePreviousTemplate": True, "OperationPreferences": ALL_AT_ONCE, **more}
        return str(self.cf.update_stack_set(StackSetName=name, **asked)["OperationId"])

    def wait(self, seconds: float) -> None:
        self.box.clock.sleep(seconds)

    def operation(self, operation: str, name: str = "base") -> dict[str, Any]:
        found = self.cf.describe_stack_set_operation(StackSetName=name, OperationId=operation)
        return dict(found["StackSetOperation"])

    def status(self, operation: str, name: str = "base") -> str:
        return str(self.operation(operation, name)["Status"])

    def took(self, operation: str, name: str = "base") -> float:
        """Seconds from beginning to end."""
        found = self.operation(operation, name)
        return float((found["EndTimestamp"] - found["CreationTimestamp"]).total_seconds())

    def operations(self, name: str = "base") -> list[tuple[str, str]]:
        """Action and status of each, the oldest first."""
        pages = self.cf.get_paginator("list_stack_set_operations").paginate(StackSetName=name)
        found = [(row["Action"], row["Status"]) for page in pages for row in page["Summaries"]]
        return found[::-1]

    def rows(self, name: str = "base", **filters: Any) -> dict[tuple[str, str], dict[str, Any]]:
        pages = self.cf.get_paginator("list_stack_instances").paginate(StackSetName=name, **filters)
        return {(row["Account"], row["Region"]): row for page in pages for row in page["Summaries"]}

    def details(self, name: str = "base") -> dict[tuple[str, str], tuple[str, str]]:
        """Status and detailed status of every instance."""
        rows = self.rows(name).items()
        return {key: (row["Status"], row["StackInstanceStatus"]["DetailedStatus"]) for key, row in rows}

    def reason(self, account: str, region: str = REGION, name: str = "base") -> str:
        return str(self.rows(name)[account, region].get("StatusReason", ""))

    def results(self, operation: str, name: str = "base") -> dict[tuple[str, str], str]:
        pages = self.cf.get_paginator("list_stack_set_operation_results").paginate(
            StackSetName=name, OperationId=operation
        )
        return {(row["Account"], row["Region"]): row["Status"] for page in pages for row in page["Summaries"]}

    def move(self, account: str, destination: str) -> None:
        source = self.box.state.accounts[account].parent_id
        self.org.move_account(AccountId=account, SourceParentId=source, DestinationParentId=destination)

    def names(self, account: str, region: str = REGION) -> list[str]:
        """What an account's resources in a Region are called."""
        return sorted(one.physical_id.rpartition(":")[2] for one in self.box.resources(account, region))


@contextmanager
def fleet(**settings: Any) -> Iterator[Fleet]:
    """A fleet without throttles and empty pages."""
    with Sandbox(rates=False, **{"empty_page_every": 0, "timing": MINUTE, **settings}) as box:
        yield Fleet(box)


def code(act: Callable[[], object], match: str = ".") -> str:
    """The error code with which this is refused; its message must match."""
    with pytest.raises(ClientError, match=match) as caught:
        act()
    return str(caught.value.response["Error"]["Code"])


def value(name: str, text: str | None) -> dict[str, Any]:
    """A parameter of a request; ``None``: the previous value."""
    rest = {"UsePreviousValue": True} if text is None else {"ParameterValue": text}
    return {"ParameterKey": name, **rest}
