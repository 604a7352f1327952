"""The grammar of authorization policies: what AWS refuses in the document of an SCP or an RCP."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from factory.core.policy_types import RCP
from factory.guardrails.conditions import OPERATOR_NAMES, is_operator, parts_of

Path = tuple[str | int, ...]

VERSION = "2012-10-17"
MALFORMED, FOREIGN, SID_TWICE = "L05", "L04", "L29"
"""Lint rules: what is no policy at all, what is none of this type, and a Sid that is given twice."""

_DOCUMENT = ("Version", "Id", "Statement")
_STATEMENT = ("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition")
_PRINCIPALS = ("Principal", "NotPrincipal")
_SID = re.compile(r"[A-Za-z0-9]*")
_LONGEST = 60
_EITHER = (("Action", "NotAction"), ("Resource", "NotResource"))


class Fault(NamedTuple):
    """One thing in a document that AWS would refuse: the path to it, what it is, the way out, and the lint rule."""

    path: Path
    what: str
    fix: str
    rule: str = MALFORMED


def faults(policy_type: str, document: Any) -> Iterator[Fault]:
    """Everything in the document of an SCP or RCP that is not in the language of its type.

    It is about form: whether actions, resources and condition keys exist is another matter. Source: Organizations
    User Guide, "SCP syntax" and "RCP syntax", with the full policy language that SCPs have had since 2025.
    """
    if not isinstance(document, Mapping):
        yield Fault((), "the document must be a mapping", "write Version: and Statement:")
        return
    yield from _unknown((), document, _DOCUMENT, "document")
    if "Version" not in document:
        yield Fault((), '"Version" is missing', f'add Version: "{VERSION}"')
    elif document["Version"] != VERSION:
        what = f'"Version" is not "{VERSION}"'
        yield Fault(("Version",), what, f'write "{VERSION}", the only one that AWS takes here')
    if "Id" in document and not isinstance(document["Id"], str):
        yield Fault(("Id",), '"Id" must be text', "quote it, or remove it")
    sids: dict[str, Path] = {}
    for path, statement in _statements(document):
        if not isinstance(statement, Mapping):
            yield Fault(path, "a statement must be a mapping", "write Effect:, Action: and Resource:")
            continue
        yield from _statement(policy_type, path, statement)
        sid = statement.get("Sid")
        if isinstance(sid, str) and sids.setdefault(sid, path) != path:
            what = f'the Sid "{_short(sid)}" is given twice in this document'
            yield Fault((*path, "Sid"), what, "give each its own", SID_TWICE)
    if not document.get("Statement"):
        where: Path = ("Statement",) if "Statement" in document else ()
        what = '"Statement" is empty' if where else '"Statement" is missing'
        yield Fault(where, what, "write at least one statement, with Effect:, Action: and Resource:")


def _statements(document: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """The statements with their paths; a single one may stand without a list."""
    written = document.get("Statement")
    if isinstance(written, list):
        yield from ((("Statement", position), statement) for position, statement in enumerate(written))
    elif written:
        yield ("Statement",), written


def _statement(policy_type: str, path: Path, statement: Mapping[str, Any]) -> Iterator[Fault]:
    if policy_type == RCP:
        yield from _of_resources(path, statement)
    else:
        yield from _of_principals(path, statement)
    known = (*_STATEMENT, "Principal") if policy_type == RCP else _STATEMENT
    rest = {key: value for key, value in statement.items() if key not in _PRINCIPALS}
    yield from _unknown(path, rest, known, "statement")
    yield from _effect(policy_type, path, statement)
    for pair in _EITHER:
        yield from _one_of(policy_type, path, statement, pair)
    if "Sid" in statement:
        sid = statement["Sid"]
        if not isinstance(sid, str):
            yield Fault((*path, "Sid"), '"Sid" must be text', "quote it, or remove it")
        elif not _SID.fullmatch(sid):
            yield Fault(
                (*path, "Sid"), f'the Sid "{_short(sid)}" has more than letters and digits', "take the rest out"
            )
    if "Condition" in statement:
        yield from _condition((*path, "Condition"), statement["Condition"])


def _of_principals(path: Path, statement: Mapping[str, Any]) -> Iterator[Fault]:
    """An SCP is about the principals of the accounts it is attached to, and about no others."""
    for key in _PRINCIPALS:
        if key in statement:
            fix = "remove it; to leave principals out, use Condition: with aws:PrincipalArn"
            yield Fault((*path, key), f'"{key}" cannot stand in a service control policy', fix, FOREIGN)


def _of_resources(path: Path, statement: Mapping[str, Any]) -> Iterator[Fault]:
    """An RCP is about everyone who reaches for the resources, so its principal is ``"*"``."""
    fix = "use Condition: to leave principals out"
    if "NotPrincipal" in statement:
        what = '"NotPrincipal" cannot stand in a resource control policy'
        yield Fault((*path, "NotPrincipal"), what, f'write Principal: "*" and {fix}', FOREIGN)
    elif "Principal" not in statement:
        add = 'add Principal: "*", as AWS wants it in a resource control policy'
        yield Fault(path, '"Principal" is missing', add, FOREIGN)
    if "Principal" in statement and statement["Principal"] != "*":
        what = '"Principal" must be "*" in a resource control policy'
        yield Fault((*path, "Principal"), what, f'write "*" and {fix}', FOREIGN)
    if "NotAction" in statement:
        what = '"NotAction" cannot stand in a resource control policy'
        yield Fault((*path, "NotAction"), what, "name the actions under Action:, such as s3:*", FOREIGN)
    actions = statement.get("Action")
    for position, action in enumerate(actions if isinstance(actions, list) else [actions]):
        if action == "*":
            place = (*path, "Action", position) if isinstance(actions, list) else (*path, "Action")
            what = 'an "Action" of "*" cannot stand in a resource control policy'
            yield Fault(place, what, "name the services, such as s3:* and sts:*", FOREIGN)


def _effect(policy_type: str, path: Path, statement: Mapping[str, Any]) -> Iterator[Fault]:
    place = (*path, "Effect")
    allowed = ("Deny",) if policy_type == RCP else ("Allow", "Deny")
    effect = statement.get("Effect")
    if "Effect" not in statement:
        yield Fault(path, '"Effect" is missing', f"add Effect: {' or '.join(allowed)}")
    elif effect == "Allow" and policy_type == RCP:
        what = '"Effect" must be Deny in a resource control policy'
        fix = "AWS attaches RCPFullAWSAccess, which allows, by itself; say what to deny"
        yield Fault(place, what, fix, FOREIGN)
    elif effect not in ("Allow", "Deny"):
        meant = effect.strip().capitalize() if isinstance(effect, str) else ""
        fix = f"write {meant}, in this case of letters" if meant in allowed else f"write {' or '.join(allowed)}"
        yield Fault(place, f'"Effect" must be {" or ".join(allowed)}{_not(effect)}', fix)


def _one_of(policy_type: str, path: Path, statement: Mapping[str, Any], pair: tuple[str, str]) -> Iterator[Fault]:
    plain, negated = pair
    if plain in statement and negated in statement:
        yield Fault((*path, negated), f'"{plain}" and "{negated}" exclude each other', "keep one of them")
    elif plain not in statement and negated not in statement:
        either = "" if policy_type == RCP and plain == "Action" else f", or {negated}:"
        yield Fault(path, f'"{plain}" is missing', f"add {plain}:{either}")
    for key in pair:
        if key in statement:
            yield from _texts((*path, key), key, statement[key])


def _texts(path: Path, key: str, value: Any) -> Iterator[Fault]:
    """One text or a list of texts, none of them empty."""
    if value in ("", []):
        yield Fault(path, f'"{key}" is empty', 'name at least one, or write "*" for all of them')
        return
    for position, item in enumerate(value if isinstance(value, list) else [value]):
        place = (*path, position) if isinstance(value, list) else path
        if item == "":
            yield Fault(place, f'an empty text under "{key}"', "fill it in, or remove it")
        elif not isinstance(item, str):
            yield Fault(place, f'"{key}" must be text or a list of texts{_not(item)}', "write text, quoted if need be")


def _condition(path: Path, value: Any) -> Iterator[Fault]:
    """Operators, under each of them condition keys, under each of those a value or a list of values."""
    if not isinstance(value, Mapping):
        what = f'"Condition" must be a mapping{_not(value)}'
        yield Fault(path, what, 'write "OPERATOR: {KEY: VALUE}", or remove it')
        return
    for operator, keys in value.items():
        if not is_operator(operator):
            what = f'there is no operator "{_short(operator)}"{_meant(parts_of(operator)[1], OPERATOR_NAMES)}'
            yield Fault((*path, operator), what, "correct it, such as StringEquals")
        if not isinstance(keys, Mapping):
            what = f'the operator "{_short(operator)}" must hold a mapping{_not(keys)}'
            yield Fault((*path, operator), what, 'write "KEY: VALUE" under it')
            continue
        for key, values in keys.items():
            yield from _values((*path, operator, key), key, values)


def _values(path: Path, key: str, value: Any) -> Iterator[Fault]:
    if value == []:
        yield Fault(path, f'the condition key "{_short(key)}" has no value', "write at least one")
    for position, item in enumerate(value if isinstance(value, list) else [value]):
        place = (*path, position) if isinstance(value, list) else path
        if not isinstance(item, str | int | float):
            what = f'the condition key "{_short(key)}" must have a value or a list of values{_not(item)}'
            yield Fault(place, what, "write text, a number, true or false")


def _unknown(path: Path, written: Mapping[str, Any], known: Collection[str], holder: str) -> Iterator[Fault]:
    for key in written:
        if key not in known:
            hint = _meant(str(key), known)
            fix = "correct it, or remove it" if hint else f"known here: {', '.join(known)}"
            yield Fault((*path, key), f'a policy {holder} has no "{_short(key)}"{hint}', fix)


def _meant(text: str, known: Collection[str]) -> str:
    """The known name that a text resembles, as a question."""
    near = {name.casefold(): name for name in known}
    found = get_close_matches(text.casefold(), near, n=1, cutoff=0.75)
    return f' (did you mean "{near[found[0]]}"?)' if found else ""


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "\u2026"


def _not(value: Any) -> str:
    """What stands there instead, at the end of a message."""
    if isinstance(value, Mapping):
        return ", not a mapping"
    if isinstance(value, list):
        return ", not a list"
    if value is None or value == "":
        return ", not empty"
    return f', not "{_short(value)}"' if isinstance(value, str) else ", not a number, true or false"
