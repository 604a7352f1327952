"""Clients that answer from memory, one item a page and an empty page before each, and remember what was asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from random import Random
from typing import Any

from botocore.exceptions import ClientError

from factory.aws.accounts import Accounts
from factory.aws.call import Calls
from factory.aws.clock import Clock
from factory.aws.identity import Identity
from factory.aws.organizations import Organizations
from factory.aws.pacing import Pacing
from factory.aws.session import Aws
from factory.aws.tagging import Tagging
from factory.core.limits import Limits

ORGANIZATION, ROOT, MANAGEMENT = "o-example1234", "r-root", "111111111111"


def client_error(code: str, message: str = "", status: int = 400, reason: str | None = None) -> ClientError:
    response: dict[str, Any] = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "request-1", "RetryAttempts": 2},
    }
    if reason:
        response["Reason"] = reason
    return ClientError(response, "Operation")


class Open:
    """A gate that lets everything pass and notes what came of it."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, str]] = []

    def request(self, *, changing: bool) -> None:
        pass

    def intend(self, operation: str, parameters: Mapping[str, Any]) -> Any:
        gate = self

        class Attempt:
            def answered(self, answer: Mapping[str, Any]) -> None:
                gate.noted.append((operation, "done"))

            def failed(self, error: Exception) -> None:
                gate.noted.append((operation, type(error).__name__))

        return Attempt()


def opened(aws: Aws) -> Aws:
    """The same AWS with changes let through."""
    aws.calls.gate = Open()
    return aws


def calls_on(limits: Limits, clock: Clock) -> Calls:
    return Calls(limits, clock, Pacing(limits, clock), Random(7), Open())


def pages(items: Iterable[Any], key: str, token: str = "NextToken", **asked: Any) -> Mapping[str, Any]:
    """Page ``n`` holds nothing when ``n`` is even, else one item; the last one has no token."""
    rows = list(items)
    page = int(asked.get(token, "0"))
    here = rows[page // 2 : page // 2 + 1] if page % 2 else []
    more = page < 2 * len(rows) - 1
    return {key: here, **({token: str(page + 1)} if more else {})}


class FakeClient:
    """All four services in one: a small organization, and errors to raise instead of answers."""

    def __init__(self, *, paths: bool = True, bulk: bool = True) -> None:
        self.paths, self.bulk = paths, bulk
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.errors: dict[str, Exception | Callable[[dict[str, Any]], Exception | None]] = {}
        self.hidden: set[str] = set()
        self.units = {ROOT: ["ou-root-a", "ou-root-b"], "ou-root-a": ["ou-root-c"]}
        self.accounts = {MANAGEMENT: ROOT, "222222222222": "ou-root-c", "333333333333": "ou-root-b"}
        self.types = {"SERVICE_CONTROL_POLICY": "ENABLED", "RESOURCE_CONTROL_POLICY": "ENABLED"}
        self.policies = {
            "SERVICE_CONTROL_POLICY": [("p-FullAWSAccess", "FullAWSAccess", True), ("p-one11111", "one", False)],
            "RESOURCE_CONTROL_POLICY": [("p-RCPFullAWSAccess", "RCPFullAWSAccess", True)],
        }
        self.tags = {"222222222222": {"a": "1"}, "ou-root-a": {"b": "2"}, "p-one11111": {"c": "3"}, ROOT: {"d": "4"}}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def method(**asked: Any) -> Any:
            self.asked.append((name, asked))
            failing = self.errors.get(name)
            problem = failing(asked) if callable(failing) else failing
            if problem:
                raise problem
            return getattr(self, f"on_{name}")(**asked)

        if name.startswith("on_"):
            raise AttributeError(name)
        return method

    def count(self, name: str) -> int:
        return Counter(asked for asked, _ in self.asked)[name]

    def on_get_caller_identity(self) -> Any:
        return {"Arn": f"arn:aws:iam::{MANAGEMENT}:role/factory", "Account": MANAGEMENT}

    def on_describe_organization(self) -> Any:
        return {"Organization": {"Id": ORGANIZATION, "Arn": "", "FeatureSet": "ALL", "MasterAccountId": MANAGEMENT}}

    def on_list_roots(self, **asked: Any) -> Any:
        types = [{"Type": name, "Status": status} for name, status in self.types.items()]
        return pages([{"Id": ROOT, "Arn": "", "PolicyTypes": types}], "Roots", **asked)

    def _path(self, place: str) -> str:
        above = next((parent for parent, units in self.units.items() if place in units), None)
        return f"{self._path(above)}{place}/" if above else f"{ORGANIZATION}/{place}/"

    def _account(self, account_id: str) -> dict[str, Any]:
        row = {"Id": account_id, "Arn": "", "Name": "n", "Email": f"{account_id}@example.com", "State": "ACTIVE"}
        where = {"Paths": [f"{self._path(self.accounts[account_id])}{account_id}/"]} if self.paths else {}
        return {**row, "Status": "SUSPENDED", **where}

    def on_list_accounts(self, **asked: Any) -> Any:
        return pages([self._account(each) for each in self.accounts], "Accounts", **asked)

    def on_list_accounts_for_parent(self, **asked: Any) -> Any:
        inside = [self._account(each) for each, parent in self.accounts.items() if parent == asked["ParentId"]]
        return pages(inside, "Accounts", **asked)

    def on_list_organizational_units_for_parent(self, **asked: Any) -> Any:
        inside = [{"Id": each, "Arn": "", "Name": each} for each in self.units.get(asked["ParentId"], [])]
        return pages(inside, "OrganizationalUnits", **asked)

    def on_list_policies(self, **asked: Any) -> Any:
        rows = [
            {"Id": pid, "Arn": "", "Name": name, "Type": asked["Filter"], "AwsManaged": managed, "Description": ""}
            for pid, name, managed in self.policies[asked["Filter"]]
        ]
        return pages(rows, "Policies", **asked)

    def on_describe_policy(self, **asked: Any) -> Any:
        return {"Policy": {"Content": f"text of {asked['PolicyId']}"}}

    def on_list_targets_for_policy(self, **asked: Any) -> Any:
        """FullAWSAccess is on every node, everything else on the root; ``hidden`` units are not shown."""
        rows = [{"TargetId": ROOT, "Type": "ROOT", "Name": "Root", "Arn": ""}]
        if asked["PolicyId"] == "p-FullAWSAccess":
            units = [unit for below in self.units.values() for unit in below if unit not in self.hidden]
            rows += [{"TargetId": u, "Type": "ORGANIZATIONAL_UNIT", "Name": u, "Arn": ""} for u in units]
            rows += [{"TargetId": a, "Type": "ACCOUNT", "Name": "n", "Arn": ""} for a in self.accounts]
        return pages(rows, "Targets", **asked)

    def on_list_parents(self, **asked: Any) -> Any:
        above = next(parent for parent, units in self.units.items() if asked["ChildId"] in units)
        return pages([{"Id": above, "Type": "ROOT" if above == ROOT else "ORGANIZATIONAL_UNIT"}], "Parents", **asked)

    def on_list_tags_for_resource(self, **asked: Any) -> Any:
        tags = self.tags.get(asked["ResourceId"], {})
        return pages([{"Key": key, "Value": value} for key, value in tags.items()], "Tags", **asked)

    def on_get_resources(self, **asked: Any) -> Any:
        kinds = {"r": "root", "o": "ou", "p": "policy"}
        start = f"arn:aws:organizations::{MANAGEMENT}"
        rows = [
            {
                "ResourceARN": f"{start}:{kinds.get(rid[0], 'account')}/{ORGANIZATION}/{rid}",
                "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
            }
            for rid, tags in self.tags.items()
        ]
        wanted = {kind.partition(":")[2] for kind in asked.pop("ResourceTypeFilters")}
        rows = [row for row in rows if str(row["ResourceARN"]).split(":")[5].split("/")[0] in wanted]
        return pages(rows if self.bulk else [], "ResourceTagMappingList", token="PaginationToken", **asked)


def aws_on(client: FakeClient, limits: Limits, clock: Clock, workers: int = 1) -> Aws:
    calls = calls_on(limits, clock)
    return Aws(
        calls=calls,
        organizations=Organizations(calls, client, client),
        accounts=Accounts(calls, client),
        tagging=Tagging(calls, client),
        sts=Identity(calls, client),
        limits=limits,
        clock=clock,
        pacing=Pacing(limits, clock),
        workers=workers,
    )
