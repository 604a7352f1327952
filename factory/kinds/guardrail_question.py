"""A question about one call in an account of the files, as it is typed, made a request for the judge."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from factory.core.errors import UsageError
from factory.core.policy_types import RCP, SCP
from factory.core.resource import Source
from factory.guardrails.tree import Member, Tree
from factory.guardrails.trials import Expected, Suite, Trial, Written
from factory.kinds.guardrail_callers import Place, Reader, call, callers
from factory.kinds.guardrail_test_files import GuardrailTest, Who
from factory.kinds.guardrail_tree import tree_of
from factory.kinds.guardrail_trials import subjects_of
from factory.spec import FileEntry, suggest

if TYPE_CHECKING:
    from factory.core.errors import Problem
    from factory.spec import Organization

_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9_-]+")
_REGION = re.compile(r"[a-z]{2,5}(-[a-z]+)+-[0-9]{1,2}")
_SERVICE = re.compile(r"[a-z0-9][a-z0-9.-]*\.amazonaws\.com(\.cn)?")
_NUMBER = re.compile(r"[0-9]{12}")
CALLERS = ("role", "session", "user", "root", "service", "external", "anonymous")
_ALONE = ("root", "anonymous")


@dataclass(frozen=True)
class Question:
    """What was asked: the call, its place in the tree, and the guardrails with the places of their statements."""

    member: Member
    trial: Trial
    suite: Suite


def ask(
    organization: Organization,
    account: str,
    action: str,
    resource: str | None = None,
    who: str | None = None,
    region: str | None = None,
    given: Sequence[str] = (),
    absent: Sequence[str] = (),
) -> Question:
    """Make a request of what was typed. Raises ``UsageError`` with the way out for what cannot be understood."""
    tree = tree_of(organization)
    member = _member(account, tree, organization)
    test = GuardrailTest.model_validate(
        {
            "name": "question",
            "as": _who(who, member),
            "do": _action(action),
            "on": resource,
            "in": _region(region, organization),
            "with": _given(given),
            "absent": tuple(absent),
            "expect": "allowed",
        }
    )
    problems: list[Problem] = []
    place = Place(FileEntry(name="", model=test), (), problems)
    place.keys(test.given, test.absent)
    reader = Reader(place, test, tree, alone=False)
    found = callers(reader)
    made = call(reader, found[0], action, region, None) if found and not problems else None
    if made is None or problems:
        raise UsageError(problems[0].what, problems[0].fix.replace("in: with Regions", "--in with a Region"))
    trial = Trial(
        Written("question", Source("")),
        made.words,
        made.request,
        tree.levels(found[0].member, SCP) if found[0].member else (),
        tree.levels(made.owner, RCP) if made.owner else (),
        Expected.ALLOWED,
        on_nothing=resource is None,
    )
    return Question(member, trial, Suite(subjects_of(organization)))


def _member(account: str, tree: Tree, organization: Organization) -> Member:
    name = account.removeprefix("account:")
    found = tree.members.get(name) or tree.of_id(name)
    if found is not None:
        return found
    if name in organization.accounts:
        raise UsageError(f"{name} is to be closed, so no guardrails are planned for it", "name another account")
    raise UsageError(f"there is no account {name!r}{suggest(name, tree.members)}", "name an account's file, or its id")


def _action(action: str) -> str:
    if _ACTION.fullmatch(action):
        return action
    parts = re.fullmatch(r"([A-Za-z0-9-]+)[.:/ ]+([A-Za-z0-9_-]+)", action)
    hint = f' (did you mean "{parts[1].lower()}:{parts[2]}"?)' if parts else ""
    fix = "write one action without wildcards, such as ec2:RunInstances"
    raise UsageError(f"{action!r} is no action{hint}", fix)


def _region(region: str | None, organization: Organization) -> str | None:
    if region is None or _REGION.fullmatch(region):
        return region
    hint = suggest(region, organization.regions)
    raise UsageError(f"--in {region!r} is no Region{hint}", "write its name, such as eu-central-1")


def _who(text: str | None, member: Member) -> Who:
    """``role:NAME`` and the like; without, the ordinary role."""
    kind, _, name = (text or "").partition(":")
    if text is None:
        return Who(account=member.name)
    if kind not in CALLERS:
        forms = ", ".join(each if each in _ALONE else f"{each}:NAME" for each in CALLERS)
        raise UsageError(f"--as {text!r} names nobody{suggest(kind, CALLERS)}", f"write one of {forms}")
    if (kind in _ALONE) is bool(name):
        wanted = kind if kind in _ALONE else f"{kind}:NAME"
        raise UsageError(f"--as {text!r} is not whole", f"write {wanted}")
    if kind == "service" and not _SERVICE.fullmatch(name):
        raise UsageError(f"--as {text!r}: no service has this name", "write one such as service:s3.amazonaws.com")
    if kind == "external" and not _NUMBER.fullmatch(name):
        raise UsageError(f"--as {text!r}: this is no account id", "write external: and its twelve digits")
    return Who.model_validate({"account": member.name, kind: True if kind in _ALONE else name})


def _given(given: Sequence[str]) -> Mapping[str, Any]:
    """``KEY=VALUE`` pairs; a key that comes again has several values."""
    found: dict[str, Any] = {}
    for text in given:
        key, sign, value = text.partition("=")
        if not sign or not key:
            raise UsageError(f"--with {text!r} has no value", "write KEY=VALUE, such as aws:SecureTransport=true")
        found[key] = value if key not in found else (*_several(found[key]), value)
    return found


def _several(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)
