"""The gateway to CloudFormation StackSets in one Region: service-managed stack sets, their stacks and operations."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from factory.aws import stack_set_answers
from factory.aws.errors import AwsError
from factory.aws.records import StackRecord, StackSetOperation, StackSetRecord

if TYPE_CHECKING:
    from factory.aws.call import Calls

SERVICE_MANAGED = "SERVICE_MANAGED"
_SERVICE = "cloudformation"
PAGE = 100
"""How many stacks, or operations, one request lists at most (botocore service model, ``MaxResults``)."""

_LATEST = 10
"""How many operations one request lists where the latest are enough: those under way are few, and among them."""

_OURS = "factory-"
"""Begins the ids of the operations that are ours."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """How an operation rolls out: shares in percent, and whether all Regions are worked on at once."""

    concurrent: int = 100
    tolerance: int = 10
    parallel: bool = True

    def parameters(self) -> dict[str, Any]:
        """As CloudFormation takes it. The soft mode keeps the concurrency where the tolerance is small."""
        return {
            "RegionConcurrencyType": "PARALLEL" if self.parallel else "SEQUENTIAL",
            "MaxConcurrentPercentage": self.concurrent,
            "FailureTolerancePercentage": self.tolerance,
            "ConcurrencyMode": "SOFT_FAILURE_TOLERANCE",
        }


@dataclass(frozen=True, slots=True)
class Definition:
    """What a stack set is to be. ``template_url`` is where CloudFormation reads a template that is too large to send.

    How the template gets there is no part of what is done: tokens and ids of operations do not depend on it.
    """

    name: str
    description: str
    template: str
    parameters: Mapping[str, str]
    capabilities: tuple[str, ...]
    tags: Mapping[str, str]
    auto_deployment: bool
    retains: bool
    depends_on: tuple[str, ...] = ()
    template_url: str = ""

    def request(self) -> dict[str, Any]:
        """The parameters that CreateStackSet and UpdateStackSet share, with the template itself."""
        automatic: dict[str, Any] = {"Enabled": self.auto_deployment}
        if self.auto_deployment:
            automatic["RetainStacksOnAccountRemoval"] = self.retains
            if self.depends_on:
                automatic["DependsOn"] = sorted(self.depends_on)
        return {
            "StackSetName": self.name,
            "Description": self.description,
            "TemplateBody": self.template,
            "Parameters": _parameters(self.parameters),
            "Capabilities": list(self.capabilities),
            "Tags": [{"Key": key, "Value": value} for key, value in sorted(self.tags.items())],
            "PermissionModel": SERVICE_MANAGED,
            "AutoDeployment": automatic,
            "ManagedExecution": {"Active": True},
        }

    def sent(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """`request` as it is sent: CloudFormation takes either the template or its URL."""
        kept = {key: value for key, value in request.items() if key != "TemplateBody"}
        return {**kept, "TemplateURL": self.template_url} if self.template_url else dict(request)


class StackSets:
    """Service-managed stack sets, seen from the management account. Every method may raise `AwsError`."""

    def __init__(self, calls: Calls, client: Any, region: str) -> None:
        self._calls = calls
        self._client = client
        self.region = region

    def access(self) -> str:
        """``ENABLED`` where stack sets may reach the organization's accounts, else ``DISABLED`` or a like word."""
        answer = self._calls(f"{_SERVICE}.DescribeOrganizationsAccess", self._client.describe_organizations_access)
        return str(answer["Status"])

    def activate_access(self) -> None:
        """Let stack sets reach the organization's accounts."""
        operation = f"{_SERVICE}.ActivateOrganizationsAccess"
        self._calls.change(operation, self._client.activate_organizations_access)

    def names(self, prefix: str) -> list[str]:
        """The names of the stack sets that begin like this."""
        found = self._pages("ListStackSets", self._client.list_stack_sets, Status="ACTIVE")
        return [str(row["StackSetName"]) for row in found if str(row["StackSetName"]).startswith(prefix)]

    def stack_set(self, name: str) -> StackSetRecord:
        """A stack set's definition, without its targets and stacks. Raises ``StackSetNotFoundException``."""
        answer = self._calls(f"{_SERVICE}.DescribeStackSet", self._client.describe_stack_set, StackSetName=name)
        return stack_set_answers.stack_set(answer["StackSet"])

    def targets(self, name: str) -> dict[str, tuple[str, ...]]:
        """Where accounts that enter get stacks: id of a unit or the root -> Regions."""
        method = self._client.list_stack_set_auto_deployment_targets
        found = self._pages("ListStackSetAutoDeploymentTargets", method, StackSetName=name)
        return {str(row["OrganizationalUnitId"]): tuple(sorted(row.get("Regions") or ())) for row in found}

    def stacks(self, name: str, account_id: str = "") -> tuple[StackRecord, ...]:
        """Every stack instance of a stack set, a page for a hundred; or those in one account."""
        chosen: dict[str, Any] = {"StackInstanceAccount": account_id} if account_id else {}
        found = self._pages("ListStackInstances", self._client.list_stack_instances, StackSetName=name, **chosen)
        return tuple(
            sorted((stack_set_answers.stack(row) for row in found), key=lambda each: (each.account_id, each.region))
        )

    def operations(self, name: str) -> list[StackSetOperation]:
        """The operations of a stack set that AWS remembers, the latest first: those of ninety days."""
        found = self._pages("ListStackSetOperations", self._client.list_stack_set_operations, StackSetName=name)
        return [stack_set_answers.operation(row) for row in found]

    def latest_operations(self, name: str) -> list[StackSetOperation]:
        """The latest ones, up to a page of which the oldest is over; what is under way for longer may be missing."""

        def enough(page: Sequence[Mapping[str, Any]]) -> bool:
            return stack_set_answers.operation(page[-1]).over

        method = self._client.list_stack_set_operations
        found = self._pages("ListStackSetOperations", method, _LATEST, StackSetName=name, enough=enough)
        return [stack_set_answers.operation(row) for row in found]

    def operation(self, name: str, operation_id: str) -> StackSetOperation:
        """How far an operation has come. Raises ``OperationNotFoundException``."""
        answer = self._calls(
            f"{_SERVICE}.DescribeStackSetOperation",
            self._client.describe_stack_set_operation,
            StackSetName=name,
            OperationId=operation_id,
        )
        return stack_set_answers.operation(answer["StackSetOperation"])

    def known_operation(self, name: str, operation_id: str) -> StackSetOperation | None:
        """The same; ``None`` where CloudFormation knows of none with this id."""
        try:
            return self.operation(name, operation_id)
        except AwsError as error:
            if error.code != "OperationNotFoundException":
                raise
            return None

    def create(self, definition: Definition) -> str:
        """Create a stack set, without stacks; returns its id. Raises ``NameAlreadyExistsException``."""
        request = definition.request()
        operation, method = f"{_SERVICE}.CreateStackSet", self._client.create_stack_set
        try:
            sent = definition.sent(request)
            return str(self._calls.change(operation, method, ClientRequestToken=_digest(request), **sent)["StackSetId"])
        except AwsError as error:
            if error.code != "NameAlreadyExistsException":
                raise
            # Our own first try, which botocore repeated after its answer was lost, is as we want it.
            found = self.stack_set(definition.name)
            if (found.tags, found.template) != (dict(definition.tags), definition.template):
                raise
            return found.id

    def update(self, definition: Definition, preferences: Preferences) -> str:
        """Redefine a stack set, which updates all its stacks; returns the operation's id."""
        request = definition.request()
        method, sent = self._client.update_stack_set, definition.sent(request)
        return self._operate("UpdateStackSet", method, request, preferences, sent)

    def deploy(
        self,
        name: str,
        units: Sequence[str],
        regions: Sequence[str],
        preferences: Preferences,
        accounts: Sequence[str] = (),
        without: Sequence[str] = (),
        values: Mapping[str, str] = MappingProxyType({}),
    ) -> str:
        """Create, or try again, the stacks in all accounts below these units; returns the operation's id.

        Of those in ``accounts`` only, or of all but those in ``without``; with these values of their own.
        """
        request: dict[str, Any] = {
            "StackSetName": name,
            "DeploymentTargets": _targets(units, accounts, without),
            "Regions": sorted(regions),
        }
        if values:
            request["ParameterOverrides"] = _parameters(values)
        return self._operate("CreateStackInstances", self._client.create_stack_instances, request, preferences)

    def set_values(
        self,
        name: str,
        units: Sequence[str],
        regions: Sequence[str],
        preferences: Preferences,
        accounts: Sequence[str],
        values: Mapping[str, str],
    ) -> str:
        """Give the stacks of these accounts exactly these values of their own; returns the operation's id.

        Parameters that are not named go back to the stack set's values (API reference, ``UpdateStackInstances``).
        """
        request = {
            "StackSetName": name,
            "DeploymentTargets": _targets(units, accounts),
            "Regions": sorted(regions),
            "ParameterOverrides": _parameters(values),
        }
        return self._operate("UpdateStackInstances", self._client.update_stack_instances, request, preferences)

    def withdraw(
        self,
        name: str,
        units: Sequence[str],
        regions: Sequence[str],
        preferences: Preferences,
        accounts: Sequence[str] = (),
        *,
        retain: bool,
    ) -> str:
        """Delete stacks, or with ``retain`` only let go of them; returns the operation's id."""
        request = {
            "StackSetName": name,
            "DeploymentTargets": _targets(units, accounts),
            "Regions": sorted(regions),
            "RetainStacks": retain,
        }
        return self._operate("DeleteStackInstances", self._client.delete_stack_instances, request, preferences)

    def delete(self, name: str) -> str:
        """Delete a stack set that has no stacks any more, and return its name; one that is gone is as asked.

        CloudFormation refuses with ``OperationInProgressException`` while it is at work on it by itself.
        """
        try:
            self._calls.change(f"{_SERVICE}.DeleteStackSet", self._client.delete_stack_set, StackSetName=name)
        except AwsError as error:
            if error.code != "StackSetNotFoundException":
                raise
        return name

    def _operate(
        self,
        operation: str,
        method: Callable[..., Any],
        request: Mapping[str, Any],
        preferences: Preferences,
        sent: Mapping[str, Any] | None = None,
    ) -> str:
        """Begin an operation, or find the one that an earlier request of ours began and whose answer was lost.

        Its id is a hash of what is done and the number of the attempt: one that is under way is followed, and one
        that is over is not taken for a new one. ``sent`` is the request as it is sent, where that differs. Raises
        ``OperationInProgressException`` while another one of ours is under way, unless this one names single accounts:
        with managed execution AWS would begin it beside the other, or queue it, and not say so.
        """
        name, what = str(request["StackSetName"]), _digest({"operation": operation, **request})
        chosen, attempt = f"{what}-1", 1
        while (before := self.known_operation(name, chosen)) is not None:
            if not before.over:
                return before.id
            attempt += 1
            chosen = f"{what}-{attempt}"
        if request.get("DeploymentTargets", {}).get("AccountFilterType") != "INTERSECTION":
            # What AWS is about to bring to an account that has just come would not be there yet to be taken away.
            alone = operation == "DeleteStackInstances"
            under_way = (each.id for each in self.operations(name) if not each.over)
            if other := next((each for each in under_way if alone or each.startswith(_OURS)), None):
                raise AwsError("OperationInProgressException", f"{_SERVICE}.{operation}", f"{other} is under way")
        try:
            self._calls.change(
                f"{_SERVICE}.{operation}",
                method,
                OperationId=chosen,
                OperationPreferences=preferences.parameters(),
                **(sent or request),
            )
        except AwsError as error:
            # Our own first try, which botocore repeated after its answer was lost.
            if error.code != "OperationIdAlreadyExistsException":
                raise
        return chosen

    def _pages(self, operation: str, method: Callable[..., Any], size: int = PAGE, **parameters: Any) -> list[Any]:
        return self._calls.pages(f"{_SERVICE}.{operation}", method, "Summaries", MaxResults=size, **parameters)


def _targets(units: Sequence[str], accounts: Sequence[str], without: Sequence[str] = ()) -> dict[str, Any]:
    targets: dict[str, Any] = {"OrganizationalUnitIds": sorted(units)}
    if accounts or without:
        targets["Accounts"] = sorted(accounts or without)
        targets["AccountFilterType"] = "INTERSECTION" if accounts else "DIFFERENCE"
    return targets


def _parameters(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in sorted(values.items())]


def _digest(request: Mapping[str, Any]) -> str:
    text = json.dumps(request, sort_keys=True, separators=(",", ":"))
    return _OURS + hashlib.sha256(text.encode()).hexdigest()[:32]
