"""The request and its context: what is given, and what follows from it for certain.

Source of the keys and of when a request has them: IAM User Guide, "AWS global condition context keys", and the table
of principal key values in "IAM policy elements: Variables and tags".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from factory.guardrails.conditions import texts
from factory.guardrails.patterns import Values
from factory.guardrails.principals import Kind, Principal, principal

GLOBAL_SERVICES: Mapping[str, str] = {
    "account": "us-east-1",
    "budgets": "us-east-1",
    "ce": "us-east-1",
    "cloudfront": "us-east-1",
    "cur": "us-east-1",
    "globalaccelerator": "us-west-2",
    "health": "us-east-1",
    "iam": "us-east-1",
    "networkmanager": "us-west-2",
    "organizations": "us-east-1",
    "route53": "us-east-1",
    "route53domains": "us-east-1",
    "shield": "us-east-1",
    "sts": "us-east-1",
    "support": "us-east-1",
    "trustedadvisor": "us-east-1",
    "waf": "us-east-1",
}
"""The Region that requests to global services name, in the partition ``aws``, by the service's prefix in actions.

As of 2026-11-23; source: AWS General Reference, "Service endpoints and quotas", and IAM's on ``aws:RequestedRegion``.
STS is global where its global endpoint is called: name the Region of a call to a regional one.
"""

_RESOURCE_ACCOUNT = "aws:resourceaccount"
_PATHS = "aws:principalorgpaths"
_ONLY_OF_SERVICES = (
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
)
_NOT_OF_SERVICES = ("aws:principalorgid", "aws:principalorgpaths", "aws:username")
_NOT_OF_ANYONE = (*_NOT_OF_SERVICES, *_ONLY_OF_SERVICES, "aws:principalarn", "aws:principalisawsservice")


@dataclass(frozen=True)
class Request:
    """One call: who does what, on what, from where.

    ``resources``: what the call is about; ``*`` for actions without resource-level permissions. ``context``: values
    by context key. ``absent``: keys that the request surely does not have; ``aws:RequestTag/*`` stands for all that
    begin so. ``unknown_is_absent``: so is every key that is not given. ``organization_id``, ``principal_org_paths``
    and ``resource_org_paths`` come from the tree. ``outside``: the principal belongs to no account of the
    organization, or to another one.

    From these follow ``service``, ``ec2`` of ``ec2:RunInstances``; ``caller``, what the principal's name says; and
    ``account``, the principal's: as given, else from its ARN.
    """

    principal: str
    action: str
    resources: tuple[str, ...] = ("*",)
    principal_account: str | None = None
    management_account: str | None = None
    resource_account: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    unknown_is_absent: bool = False
    organization_id: str | None = None
    principal_org_paths: tuple[str, ...] = ()
    resource_org_paths: tuple[str, ...] = ()
    outside: bool = False
    service: str = field(init=False, repr=False, compare=False)
    caller: Principal = field(init=False, repr=False, compare=False)
    account: str | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        caller = principal(self.principal)
        object.__setattr__(self, "service", self.action.partition(":")[0].lower())
        object.__setattr__(self, "caller", caller)
        object.__setattr__(self, "account", self.principal_account or caller.account)

    def account_of(self, resource: str) -> str | None:
        """The resource's account: as given, else from its ARN."""
        return self.resource_account or _account_in(resource)


class Context:
    """The values of a request by context key, with what nobody knows kept apart from what is absent."""

    __slots__ = ("_closed", "_prefixes", "several", "values")

    def __init__(
        self, values: dict[str, Values], prefixes: tuple[str, ...], several: frozenset[str], *, closed: bool
    ) -> None:
        """``several``: the keys with more than one value. ``closed``: what is not here is absent."""
        self.values, self._prefixes, self.several, self._closed = values, prefixes, several, closed

    def get(self, key: str) -> Values | None:
        """The values under a key in small letters; ``()`` if it is absent, ``None`` if that is unknown."""
        found = self.values.get(key)
        if found is not None:
            return found
        return () if self._closed or (self._prefixes and key.startswith(self._prefixes)) else None

    def not_given(self, keys: Mapping[str, str]) -> Iterable[str]:
        """Which of these keys (as they are written, by their small letters) were neither given nor follow."""
        missing = keys.keys() - self.values.keys()
        return [keys[key] for key in missing if not (self._prefixes and key.startswith(self._prefixes))]

    def with_value(self, key: str, value: str) -> Context:
        """The same with one more key."""
        return Context({**self.values, key: (value,)}, self._prefixes, self.several, closed=self._closed)


def context_of(request: Request, inside: bool, resource_inside: bool) -> Context:
    """What the request has under each context key: what is given, else what follows.

    ``inside``: the principal's account is known to be in the organization; ``resource_inside``: the resource's is.
    What follows from the resource itself is added for each (`of_resource`).
    """
    caller = request.caller
    values = dict(_of_principal(caller, request.account))
    values["aws:viaawsservice"] = ("false",)
    region = GLOBAL_SERVICES.get(request.service)
    if region is not None and caller.partition == "aws":
        values["aws:requestedregion"] = (region,)
    if inside:
        if request.organization_id:
            values["aws:principalorgid"] = (request.organization_id,)
        if request.principal_org_paths:
            values["aws:principalorgpaths"] = request.principal_org_paths
    if resource_inside:
        if request.organization_id:
            values["aws:resourceorgid"] = (request.organization_id,)
        if request.resource_org_paths:
            values["aws:resourceorgpaths"] = request.resource_org_paths
    if request.resource_account:
        values[_RESOURCE_ACCOUNT] = (request.resource_account,)
    prefixes: tuple[str, ...] = ()
    for key in request.absent:
        if key.endswith("*"):
            prefixes += (key[:-1].lower(),)
        else:
            values[key.lower()] = ()
    if prefixes:
        values = {key: () if key.startswith(prefixes) else given for key, given in values.items()}
    several = []
    for written, value in request.context.items():
        key, given = written.lower(), texts(value)
        values[key] = given
        if len(given) > 1:
            several.append(key)
    if len(values.get(_PATHS, ())) > 1:
        several.append(_PATHS)
    return Context(values, prefixes, frozenset(several), closed=request.unknown_is_absent)


def of_resource(context: Context, resource: str) -> Context:
    """The context for one of the call's resources, whose ARN may name its account."""
    account = None if _RESOURCE_ACCOUNT in context.values else _account_in(resource)
    return context if account is None else context.with_value(_RESOURCE_ACCOUNT, account)


def _account_in(resource: str) -> str | None:
    pieces = resource.split(":", 5)
    return pieces[4] if len(pieces) == 6 and len(pieces[4]) == 12 and pieces[4].isdigit() else None


@lru_cache(maxsize=16384)
def _of_principal(caller: Principal, account: str | None) -> Mapping[str, Values]:
    """What follows from who calls; an empty value is an absent key.

    Only what is certain: whether MFA was used, tags and unique ids follow from nothing.
    """
    found: dict[str, Values] = {}
    match caller.kind:
        case Kind.ANONYMOUS:
            found = dict.fromkeys(_NOT_OF_ANYONE, ())
            found["aws:principaltype"] = ("Anonymous",)
            found["aws:principalaccount"] = found["aws:userid"] = ("anonymous",)
        case Kind.SERVICE:
            found = dict.fromkeys(_NOT_OF_SERVICES, ())
            found["aws:principalisawsservice"] = ("true",)
            found["aws:principalservicename"] = (str(caller.name),)
        case Kind.OTHER:
            pass
        case _:
            found = dict.fromkeys(_ONLY_OF_SERVICES, ())
            found["aws:principalisawsservice"] = ("false",)
            found["aws:principaltype"] = (caller.kind.value,)
            found["aws:principalarn"] = (str(caller.arn),)
            found["aws:username"] = (str(caller.name),) if caller.kind is Kind.USER else ()
    if account and caller.kind is not Kind.SERVICE:
        found["aws:principalaccount"] = (account,)
    return found
