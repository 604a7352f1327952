"""The gateway to the calling account's own CloudFormation stacks in one Region, which change by change sets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from factory.aws.answers import tag_rows, tags
from factory.aws.errors import AwsError
from factory.aws.records import ChangeSetRecord, OwnStackRecord, StackFailure

if TYPE_CHECKING:
    from factory.aws.call import Calls

_SERVICE = "cloudformation"
_EXECUTED = ("EXECUTE_IN_PROGRESS", "EXECUTE_COMPLETE")
_CANCELLED = "cancelled"
"""How CloudFormation words the end of a resource that was stopped because another one failed."""


@dataclass(frozen=True, slots=True)
class StackDefinition:
    """What a stack is to be. ``template_url`` is where CloudFormation reads a template that is too large to send.

    How the template gets there is no part of what is done: the names of change sets do not depend on it.
    """

    name: str
    template: str
    parameters: Mapping[str, str]
    capabilities: tuple[str, ...]
    tags: Mapping[str, str]
    template_url: str = ""

    def request(self) -> dict[str, Any]:
        """As CreateChangeSet takes it, with the template itself."""
        return {
            "StackName": self.name,
            "TemplateBody": self.template,
            "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in sorted(self.parameters.items())],
            "Capabilities": list(self.capabilities),
            "Tags": tag_rows(self.tags),
        }

    def sent(self) -> dict[str, Any]:
        """The request as it is sent: CloudFormation takes either the template or its URL."""
        kept = {key: value for key, value in self.request().items() if key != "TemplateBody"}
        return {**kept, "TemplateURL": self.template_url} if self.template_url else self.request()

    def change_set(self, since: str) -> str:
        """The name of the change set that brings this about, in a stack that was last updated then; empty: a new one.

        Whoever asks for the same again finds his own, and the same thing done twice has two names.
        """
        text = json.dumps([self.request(), since], sort_keys=True, separators=(",", ":"))
        return "factory-" + hashlib.sha256(text.encode()).hexdigest()[:32]


class Stacks:
    """Stacks of the calling account. Every method may raise `AwsError`."""

    def __init__(self, calls: Calls, client: Any, region: str) -> None:
        self._calls = calls
        self._client = client
        self.region = region

    def named(self, prefix: str) -> list[OwnStackRecord]:
        """The stacks whose names begin like this, without their templates."""
        found = self._calls.pages(f"{_SERVICE}.DescribeStacks", self._client.describe_stacks, "Stacks")
        return [self._stack(row) for row in found if str(row["StackName"]).startswith(prefix)]

    def stack(self, name: str) -> OwnStackRecord | None:
        """The stack with this name or id, without its template; one that was deleted only by its id."""
        try:
            answer = self._calls(f"{_SERVICE}.DescribeStacks", self._client.describe_stacks, StackName=name)
        except AwsError as error:
            if missing(error):
                return None
            raise
        return self._stack(answer["Stacks"][0])

    def template(self, name: str) -> str:
        """The text of a stack's template, as it was passed."""
        answer = self._calls(f"{_SERVICE}.GetTemplate", self._client.get_template, StackName=name)
        body = answer["TemplateBody"]
        # botocore turns a template that is JSON into values.
        return body if isinstance(body, str) else json.dumps(body)

    def prepare(self, definition: StackDefinition, name: str, token: str, *, creating: bool) -> None:
        """Have a change set made; one of this name is as asked. ``token`` is another one for each request."""
        try:
            self._calls.change(
                f"{_SERVICE}.CreateChangeSet",
                self._client.create_change_set,
                ChangeSetName=name,
                ChangeSetType="CREATE" if creating else "UPDATE",
                ClientToken=token,
                **definition.sent(),
            )
        except AwsError as error:
            if error.code != "AlreadyExistsException":
                raise

    def change_set(self, stack: str, name: str) -> ChangeSetRecord | None:
        """How far a change set has come; ``None`` where there is none of this name."""
        operation, method = f"{_SERVICE}.DescribeChangeSet", self._client.describe_change_set
        try:
            answer = self._calls(operation, method, StackName=stack, ChangeSetName=name)
        except AwsError as error:
            if error.code in ("ChangeSetNotFound", "ChangeSetNotFoundException") or missing(error):
                return None
            raise
        return ChangeSetRecord(
            str(answer["Status"]), str(answer.get("ExecutionStatus", "")), str(answer.get("StatusReason", ""))
        )

    def execute(self, stack: str, name: str) -> None:
        """Carry a change set out; one that is being carried out already is as asked."""
        operation, method = f"{_SERVICE}.ExecuteChangeSet", self._client.execute_change_set
        try:
            self._calls.change(operation, method, StackName=stack, ChangeSetName=name, ClientRequestToken=name)
        except AwsError as error:
            # Our own first try, which botocore repeated after its answer was lost.
            again = error.code in ("InvalidChangeSetStatus", "InvalidChangeSetStatusException")
            found = self.change_set(stack, name) if again else None
            if found is None or found.execution not in _EXECUTED:
                raise

    def discard(self, stack: str, name: str) -> None:
        """Delete a change set that was not carried out; one that is gone is as asked."""
        operation, method = f"{_SERVICE}.DeleteChangeSet", self._client.delete_change_set
        self._calls.change(operation, method, StackName=stack, ChangeSetName=name)

    def delete(self, stack: str, token: str) -> None:
        """Have a stack deleted, with all that is in it; one that is gone is as asked."""
        operation, method = f"{_SERVICE}.DeleteStack", self._client.delete_stack
        self._calls.change(operation, method, StackName=stack, ClientRequestToken=token)

    def failures(self, stack: str, token: str) -> tuple[StackFailure, ...]:
        """What failed in the operation that was asked for with this token, the first one first.

        What CloudFormation cancelled because of another failure is left out, and so is the stack itself.
        """
        operation, method = f"{_SERVICE}.DescribeStackEvents", self._client.describe_stack_events
        rows = self._calls.pages(operation, method, "StackEvents", StackName=stack)
        return tuple(
            StackFailure(
                str(row.get("LogicalResourceId", "")),
                str(row.get("ResourceType", "")),
                str(row.get("ResourceStatusReason", "")),
            )
            for row in reversed(rows)
            if str(row.get("ResourceStatus", "")).endswith("_FAILED")
            and row.get("ClientRequestToken") == token
            and row.get("PhysicalResourceId") != row.get("StackId")
            and _CANCELLED not in str(row.get("ResourceStatusReason", "")).lower()
        )

    def _stack(self, row: Mapping[str, Any]) -> OwnStackRecord:
        return OwnStackRecord(
            id=str(row["StackId"]),
            name=str(row["StackName"]),
            region=self.region,
            status=str(row["StackStatus"]),
            reason=str(row.get("StackStatusReason", "")),
            parameters={p["ParameterKey"]: p.get("ParameterValue", "") for p in row.get("Parameters") or ()},
            capabilities=tuple(sorted(row.get("Capabilities") or ())),
            tags=tags(row.get("Tags") or []),
            updated=str(row.get("LastUpdatedTime") or row["CreationTime"]),
        )


def missing(error: AwsError) -> bool:
    """Whether CloudFormation says that there is no such stack: it has no code of its own for that."""
    return error.code == "ValidationError" and "does not exist" in error.message
