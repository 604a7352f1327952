"""Lint rules on names: services, actions and condition keys that AWS does not know, or that do not go together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches
from typing import Protocol

from factory.guardrails.lint.clauses import Clause, Hit
from factory.guardrails.lint.keys import CROSS_SERVICE, GLOBAL, is_known, meant
from factory.guardrails.matching import Actions

_BY_TAG = ("aws:requesttag/", "aws:resourcetag/")
_OF_TAGS = "aws:tagkeys"
_ALIKE = 0.6
"""Names of services are short, so that one letter is a large part of them."""


class Names(Protocol):
    """What AWS's services know, as a list of names has it; all texts as AWS writes them."""

    def services(self) -> Collection[str]:
        """Prefixes of services in actions, in small letters."""

    def actions(self, service: str) -> Collection[str]:
        """The names of a service's actions."""

    def keys(self, service: str) -> Collection[str]:
        """The condition keys of a service: ``ec2:InstanceType``, ``aws:RequestTag/${TagKey}``."""

    def keys_of(self, service: str, action: str) -> Collection[str]:
        """The condition keys that requests for an action may have, those of its resources among them."""


def unknown_keys(clause: Clause) -> Iterator[Hit]:
    """L20, without a list of names: global condition keys that there are not."""
    for asked in clause.conditions:
        if asked.key.startswith(GLOBAL) and not is_known(asked.key):
            near = meant(asked.name)
            hint = f" (did you mean {near}?)" if near else ""
            yield Hit(asked.path, f"there is no condition key {asked.name}{hint}", "correct it")
        elif ":" not in asked.key:
            yield Hit(asked.path, f"{asked.name} is no condition key", "write its prefix, such as aws: or ec2:")


def unknown(clause: Clause, names: Names) -> Iterator[Hit]:
    """L20: services, actions and their condition keys that there are not."""
    for path, text in clause.actions:
        service, _, name = text.lower().partition(":")
        if not name or "*" in service or "?" in service or text.split() != [text]:
            continue
        if service not in names.services():
            yield Hit(path, f"there is no service {service}{_hint(service, names.services())}", "correct it")
            continue
        known = names.actions(service)
        matcher = Actions([name])
        if not any(matcher.match(each.lower()) for each in known):
            what = "matches no action" if "*" in name or "?" in name else "is no action"
            yield Hit(path, f'"{text}" {what} of {service}{_hint(name, known, service)}', "correct it")
    acting = {text.lower().partition(":")[0] for _, text in clause.actions} & set(names.services())
    for asked in clause.conditions:
        service = asked.key.partition(":")[0]
        if _is_everywhere(asked.key) or asked.key.startswith(GLOBAL) or ":" not in asked.key:
            continue
        # Some keys have another prefix than their service: saml:sub is one of STS.
        if any(_same(key, asked.key) for each in sorted(acting - {service}) for key in names.keys(each)):
            continue
        if service not in names.services():
            yield Hit(asked.path, f"there is no service {service}{_hint(service, names.services())}", "correct it")
        elif not any(_same(each, asked.key) for each in names.keys(service)):
            hint = _hint(asked.key, names.keys(service))
            yield Hit(asked.path, f"{asked.name} is no condition key of {service}{hint}", "correct it")


def _is_everywhere(key: str) -> bool:
    """Whether no service's list has a key: those that all services know, and those of identity providers.

    The latter begin with the provider's address: ``token.actions.githubusercontent.com:sub``.
    """
    return key in CROSS_SERVICE or "." in key.partition(":")[0]


def not_offered(clause: Clause, names: Names) -> Iterator[Hit]:
    """L21: a condition key that none of the statement's actions has."""
    if "Action" not in clause.written:
        return
    covered = _covered((text for _, text in clause.texts("Action")), names)
    for asked in clause.conditions if covered else ():
        of_tags = asked.key.startswith(_BY_TAG) or asked.key == _OF_TAGS
        if (asked.key.startswith(GLOBAL) and not of_tags) or _is_everywhere(asked.key):
            continue
        if not any(_same(key, asked.key) for service, action in covered for key in names.keys_of(service, action)):
            becomes = "is always met" if asked.negated or asked.if_exists or asked.base == "null" else "is never met"
            yield Hit(asked.path, f"none of the actions has {asked.name}, so {asked.operator} {becomes}")


def _covered(patterns: Iterable[str], names: Names) -> list[tuple[str, str]]:
    """The known actions that patterns stand for; none where one of them is not known, or stands for many services."""
    found = []
    for text in patterns:
        service, _, name = text.lower().partition(":")
        if not name or "*" in service or "?" in service or service not in names.services():
            return []
        matcher = Actions([name])
        found += [(service, each) for each in names.actions(service) if matcher.match(each.lower())]
    return found


def _same(known: str, key: str) -> bool:
    """Whether a key as AWS lists it, perhaps with a variable part at its end, is this one."""
    head, variable, _ = known.lower().partition("${")
    return key.startswith(head) and len(key) > len(head) if variable else key == head


def _hint(text: str, known: Collection[str], service: str = "") -> str:
    by_small = {each.lower(): each for each in known}
    near = get_close_matches(text.lower(), by_small, n=1, cutoff=_ALIKE)
    return f" (did you mean {f'{service}:' if service else ''}{by_small[near[0]]}?)" if near else ""
