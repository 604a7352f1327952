"""Who makes a call in a test of guardrails, from where, and on what: from names to a request for the judge."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from factory.core.address import ancestry, node
from factory.core.errors import Problem
from factory.core.resource import Source
from factory.guardrails.context import GLOBAL_SERVICES, Request
from factory.guardrails.tree import MADE_UP, Member, Tree
from factory.kinds.guardrail_test_files import GuardrailTest, Who
from factory.spec import suggest

if TYPE_CHECKING:
    from factory.spec import FileEntry

ORDINARY = "developer"
"""The role that calls where a test names nobody."""

REGION_KEY = "aws:RequestedRegion"
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PLAIN = ("account", "account.name", "caller", "organization", "region")
_REGIONAL_TOO = frozenset({"sts"})
"""Global services with endpoints in Regions: whoever names a Region calls that one."""


@dataclass(frozen=True)
class Place:
    """Where a test is written, and where its problems go."""

    entry: FileEntry
    path: tuple[str | int, ...]
    problems: list[Problem]

    def where(self, *path: str | int) -> Source:
        """Where a key of the test stands."""
        return self.entry.where(*self.path, *path)

    def has(self, key: str) -> bool:
        """Whether the test has this key, be its value as wrong as it may."""
        found = self.entry.node.nearest(self.path)
        return found.child(key) is not None

    def wrong(self, what: str, fix: str, *path: str | int) -> None:
        """Note a problem, once."""
        problem = Problem(self.where(*path), what, fix)
        if problem not in self.problems:
            self.problems.append(problem)

    def keys(self, given: Mapping[str, Any], absent: Iterable[str]) -> None:
        """Context keys that are none, that are given twice, or both given and absent."""
        small: dict[str, str] = {}
        for key in given:
            if ":" not in key:
                self.wrong(f"{key!r} is no context key", "write it with its service, aws:SourceIp say", "with", key)
            if small.setdefault(key.lower(), key) != key:
                self.wrong(f"this is the same key as {small[key.lower()]}", "keep one of them", "with", key)
        for position, key in enumerate(absent):
            if ":" not in key:
                what, fix = f"{key!r} is no context key", "write it with its service, aws:SourceIp say"
                self.wrong(what, fix, "absent", position)
            if key.lower() in small:
                self.wrong(f"{key} is both given and absent", "keep one of them", "absent", position)


@dataclass(frozen=True)
class Reader:
    """A test that is being read. ``alone``: it judges one guardrail, not the tree."""

    place: Place
    test: GuardrailTest
    tree: Tree
    alone: bool

    def members(self) -> tuple[Member, ...] | None:
        """The accounts that ``as:`` names; ``None`` where it names none. What is unknown is a problem."""
        who = self.test.who or Who()
        ways = [key for key in ("account", "every_account", "under") if getattr(who, key)]
        if len(ways) > 1:
            self.place.wrong(f"{' and '.join(ways)} exclude each other", "keep one of them", "as", ways[1])
        if not ways:
            return None
        found: list[Member] = []
        if who.account:
            found = list(self.named(who.account, "as", "account"))
        elif who.every_account:
            found = list(self.tree.members.values())
        else:
            for path, position in _listed(who.under):
                unit = node(path)
                if unit not in self.tree.held:
                    units = [each.name for each in self.tree.held if each.kind == "ou"]
                    what = f"unknown unit {path!r}{suggest(path, units)}"
                    self.place.wrong(what, "write the full path of a unit, or root", "as", "under", *position)
                    return ()
                found += [each for each in self.tree.members.values() if unit in ancestry(each.parent)]
        found = list(dict.fromkeys(found))
        if not found and ways[0] != "account":
            self.place.wrong("there is no account there, so nothing is tested", "name another place", "as", ways[0])
        return tuple(found)

    def named(self, names: Any, *path: str | int) -> Iterator[Member]:
        """The accounts of these names."""
        for name, position in _listed(names):
            if name in self.tree.members:
                yield self.tree.members[name]
            else:
                what = f"unknown account {name!r}{suggest(name, self.tree.members)}"
                fix = "name the file of an account that is not to be closed, without its ending"
                self.place.wrong(what, fix, *path, *position)


@dataclass(frozen=True)
class Caller:
    """Who calls: the principal as the judge takes it, in words, and the member account that it is of, if any.

    ``near`` is the account that the resource is taken to be in, if nothing else says so. ``outside``: of none of ours.
    """

    principal: str
    words: str
    member: Member | None = None
    near: Member | None = None
    outside: bool = False


@dataclass(frozen=True)
class Call:
    """One call, who owns what it is about, and the same in words."""

    request: Request
    owner: Member | None
    words: str


def callers(reader: Reader) -> list[Caller]:
    """Everyone that ``as:`` means."""
    who = reader.test.who or Who()
    ways = [key for key in ("role", "session", "user", "root", "service", "anonymous") if getattr(who, key)]
    if who.external and ways and ways[0] in ("service", "anonymous"):
        ways.append("external")
    if len(ways) > 1:
        reader.place.wrong(f"{' and '.join(ways)} exclude each other", "keep one of them", "as", ways[1])
        return []
    members = reader.members()
    if who.external and reader.tree.of_id(who.external):
        name = reader.tree.members[str(getattr(reader.tree.of_id(who.external), "name", ""))].name
        reader.place.wrong(f"{who.external} is the account {name}", f"write account: {name}", "as", "external")
    near: tuple[Member | None, ...] = members if members is not None else (MADE_UP if reader.alone else None,)
    if who.service:
        return [Caller(who.service, who.service, near=each) for each in near]
    if who.anonymous:
        return [Caller("*", "anyone, without credentials,", near=each, outside=True) for each in near]
    if who.external:
        principal, words = principal_of(who, who.external)
        return [Caller(principal, f"{words} of account {who.external}", near=each, outside=True) for each in near]
    found = []
    for each in near:
        if each is None:
            reader.place.wrong("no account is named", "write account:, every_account: or under:", "as")
            continue
        principal, words = principal_of(who, each.id)
        found.append(Caller(principal, words if each is MADE_UP else f"{words} of {each.name}", each, each))
    return found


def principal_of(who: Who, number: str) -> tuple[str, str]:
    """The principal of an account as an ARN, and in words."""
    if who.root:
        return f"arn:aws:iam::{number}:root", "the root user"
    if who.user:
        return f"arn:aws:iam::{number}:user/{who.user}", f"user {who.user}"
    if who.session:
        return f"arn:aws:sts::{number}:assumed-role/{who.session}/session", f"a session of role {who.session}"
    return f"arn:aws:iam::{number}:role/{who.role or ORDINARY}", f"role {who.role or ORDINARY}"


def owners(reader: Reader) -> list[Member | None]:
    """The accounts that ``of:`` names; ``None`` stands for what follows from the resource and the caller."""
    return list(reader.named(reader.test.of, "of")) if reader.test.of else [None]


def call(reader: Reader, caller: Caller, action: str, region: str | None, owner: Member | None) -> Call | None:
    """One call as a request; ``None`` where it cannot be made sense of, which is told."""
    test, place, tree = reader.test, reader.place, reader.tree
    inner = owner or caller.near
    filler = _Filler(place, tree, inner, caller, region)
    resources = tuple(filler.fill(text, "on", *position) for text, position in _listed(test.on)) or ("*",)
    for text, (_, position) in zip(resources, _listed(test.on), strict=False):
        if text != "*" and (not text.startswith("arn:") or text.count(":") < 5):
            place.wrong(f"{text!r} is no ARN", 'write an ARN with its six parts, or "*"', "on", *position)
            return None
    named = {account for text in resources if (account := _account_in(text))}
    if owner is None and named:
        if len(named) > 1:
            place.wrong("the resources are in several accounts", "write a test for each account", "on")
            return None
        number = next(iter(named))
        inner = MADE_UP if reader.alone and number == MADE_UP.id else tree.of_id(number)
    elif inner is None:
        place.wrong("nothing says whose resource it is", "write of: with the name of an account", "on")
        return None
    number = inner.id if inner else next(iter(named))
    given = {key: _filled(filler, value, "with", key) for key, value in test.given.items()}
    service = action.partition(":")[0].lower()
    if region and (service not in GLOBAL_SERVICES or service in _REGIONAL_TOO):
        given = {REGION_KEY: region, **given} if REGION_KEY.lower() not in map(str.lower, given) else given
    request = Request(
        principal=caller.principal,
        action=action,
        resources=resources,
        principal_account=caller.member.id if caller.member else None,
        resource_account=number,
        context=given,
        absent=frozenset(test.absent),
        organization_id=tree.organization_id,
        principal_org_paths=(tree.path(caller.member),) if caller.member else (),
        resource_org_paths=(tree.path(inner),) if inner else (),
        outside=caller.outside,
    )
    return Call(request, inner, _words(test, caller, action, region, resources, owner))


def _words(
    test: GuardrailTest,
    caller: Caller,
    action: str,
    region: str | None,
    resources: tuple[str, ...],
    owner: Member | None,
) -> str:
    on = f" on {' and '.join(resources)}" if test.on and resources != ("*",) else ""
    of = f" of {owner.name}" if owner else ""
    where = f" in {region}" if region else ""
    return f"{action}{on}{of}{where} as {caller.words}"


@dataclass(frozen=True)
class _Filler:
    """Puts values in place of ``{account}``, ``{region}`` and the like."""

    place: Place
    tree: Tree
    owner: Member | None
    caller: Caller
    region: str | None

    def fill(self, text: str, *path: str | int) -> str:
        return _PLACEHOLDER.sub(lambda found: self._value(found[1], path), text)

    def _value(self, name: str, path: tuple[str | int, ...]) -> str:
        values = {
            "account": self.owner.id if self.owner else None,
            "account.name": self.owner.name if self.owner else None,
            "caller": self.caller.member.id if self.caller.member else None,
            "organization": self.tree.organization_id,
            "region": self.region,
        }
        known = [*_PLAIN, *(f"accounts.{each}.id" for each in self.tree.members)]
        if name.startswith("accounts.") and name.endswith(".id"):
            member = self.tree.members.get(name[len("accounts.") : -len(".id")])
            values[name] = member.id if member else None
        value = values.get(name)
        if value is not None:
            return value
        if name == "region":
            self.place.wrong("{region} stands for the Region, and none is given", "write in: with Regions", *path)
        elif name in _PLAIN:
            self.place.wrong(f"{{{name}}} stands for an account, and none is given", "name one with as:", *path)
        else:
            fix = f"there are {', '.join(f'{{{each}}}' for each in _PLAIN)} and {{accounts.NAME.id}}"
            self.place.wrong(f"unknown placeholder {{{name}}}{suggest(name, known)}", fix, *path)
        return "*"


def _filled(filler: _Filler, value: Any, *path: str | int) -> Any:
    if isinstance(value, tuple | list):
        return [_filled(filler, each, *path, position) for position, each in enumerate(value)]
    return filler.fill(value, *path) if isinstance(value, str) else value


def _account_in(resource: str) -> str | None:
    pieces = resource.split(":", 5)
    return pieces[4] if len(pieces) == 6 and re.fullmatch(r"[0-9]{12}", pieces[4]) else None


def texts(value: Any) -> tuple[str, ...]:
    """One text or several as several."""
    return (value,) if isinstance(value, str) else tuple(value or ())


def _listed(value: Any) -> list[tuple[str, tuple[int, ...]]]:
    """The texts with the rest of their path: a single one has none."""
    if isinstance(value, str):
        return [(value, ())]
    return [(text, (position,)) for position, text in enumerate(value or ())]
