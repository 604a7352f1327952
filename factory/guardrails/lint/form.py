"""Lint rules on texts that mean nothing, though AWS may take them: ARNs, values, variables, actions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from factory.guardrails.conditions import OPERATORS
from factory.guardrails.lint.clauses import Asked, Clause, Hit
from factory.guardrails.lint.keys import GLOBAL, is_known, may_lack, meant
from factory.guardrails.matching import ARN_PARTS, EVERY_RESOURCE, split
from factory.guardrails.patterns import Parts, Variable, Wildcard, glob, parse
from factory.guardrails.values import truth

_OPENING = re.compile(r"\$\s*\{[^}]*\}?")
_KEY = re.compile(r"[A-Za-z0-9-]+:\S(.*\S)?")
_ACTION = "write SERVICE:ACTION, such as ec2:RunInstances"
_SIX = 'write six parts, such as arn:*:iam::*:role/NAME, or "*"'


def malformed(clause: Clause) -> Iterator[Hit]:
    """L05: actions without a service, resources and values that are no ARNs, values that an operator cannot read."""
    for path, text in clause.actions:
        if text.strip("*") and ":" not in text:
            yield Hit(path, f'"{text}" names no service', _ACTION)
        elif ":" in text and not all(text.split(":", 1)):
            lacks = "service" if text.startswith(":") else "action"
            yield Hit(path, f'"{text}" names no {lacks}', _ACTION)
    for key in ("Resource", "NotResource"):
        for path, text in clause.texts(key):
            if not _is_arn(text, stretches=True):
                yield Hit(path, f'"{text}" is no ARN and matches no resource', _SIX)
    for asked in clause.conditions:
        yield from _unreadable(asked)


def _is_arn(text: str, *, stretches: bool) -> bool:
    """Whether a pattern can match an ARN; ``stretches``: a ``*`` at its end stands for further parts, too."""
    components = split(parse(text))
    first, last = components[0], components[-1][-1:]
    if all(isinstance(part, str) for part in first[:1]) and not glob(first)("arn"):
        return False
    if len(components) < ARN_PARTS and _lacks_a_part(components):
        return False
    open_end = any(isinstance(part, Variable) or (stretches and part is Wildcard.ANY) for part in last)
    return len(components) >= ARN_PARTS or open_end


def _lacks_a_part(components: list[Parts]) -> bool:
    """Whether what looks like a resource (``instance/*``) comes too early, and no ``*`` makes up for it."""
    for component in components:
        if component and isinstance(component[0], str) and "/" in component[0]:
            return True
        if component and component[-1] is Wildcard.ANY:
            return False
    return False


def _unreadable(asked: Asked) -> Iterator[Hit]:
    """Values that the operator of a condition cannot read."""
    row = OPERATORS[asked.base]
    becomes = "it is always met" if row.negated else "it never is"
    for number, text in enumerate(asked.values):
        path = (*asked.path, number) if len(asked.values) > 1 else asked.path
        if row.reads is not None and "${" not in text and row.reads(text) is None:
            yield Hit(path, f'{asked.operator} cannot read "{text}", so {becomes}', f"write {_VALUES[asked.base[:4]]}")
        elif asked.base in ("bool", "null") and "${" not in text and truth(text) is None:
            yield Hit(path, f'{asked.operator} cannot read "{text}", so it never is met', "write true or false")
        elif asked.base.startswith("arn") and not _is_arn(text, stretches=False) and text != EVERY_RESOURCE:
            yield Hit(path, f'"{text}" is no ARN, so {becomes}', "write six parts, such as arn:*:iam::*:role/NAME")


_VALUES = {
    "nume": "a number",
    "date": "a date such as 2026-12-01T00:00:00Z",
    "ipad": "addresses as 192.0.2.0/24",
    "noti": "addresses as 192.0.2.0/24",
    "bina": "base64",
}


def variables(clause: Clause) -> Iterator[Hit]:
    """L07: what looks like a variable and is none, and variables that may have no value."""
    places = [*clause.texts("Resource"), *clause.texts("NotResource")]
    for asked in clause.conditions:
        takes_variables = OPERATORS[asked.base].build is not None
        for number, text in enumerate(asked.values):
            path = (*asked.path, number) if len(asked.values) > 1 else asked.path
            if takes_variables:
                places.append((path, text))
            elif "${" in text:
                yield Hit(path, f"{asked.operator} takes no variables, so this is plain text", "write the value itself")
    for path, text in places:
        found = [part for part in parse(text) if isinstance(part, Variable)]
        rest = "".join("." if not isinstance(part, str) else part for part in parse(text.replace("${$}", "")))
        for plain in _OPENING.findall(rest):
            yield Hit(
                path, f'"{plain}" is no policy variable, so it is plain text', "write ${KEY} or ${KEY, 'default'}"
            )
        for variable in found:
            yield from (Hit(path, what, fix) for what, fix in _doubts(variable, clause))


def _doubts(variable: Variable, clause: Clause) -> Iterator[tuple[str, str]]:
    shown = f"${{{variable.name}}}"
    if not _KEY.fullmatch(variable.name):
        yield f"{shown} names no condition key", "write a key with its prefix, such as ${aws:PrincipalAccount}"
    elif variable.key.startswith(GLOBAL) and not is_known(variable.key):
        near = meant(variable.name)
        hint = f" (did you mean ${{{near}}}?)" if near else ""
        yield f"{shown}: there is no such condition key{hint}", "correct it"
    elif variable.default is None and may_lack(variable.key, clause.policy_type) and not clause.asks_for(variable.key):
        then = "denies" if clause.denies else "allows"
        yield (
            f"{shown} has no value in requests without that key, and then the statement {then} nothing",
            f"write a default, such as ${{{variable.name}, 'none'}}, or ask for it: Null: {{{variable.name}: false}}",
        )


def spaced(clause: Clause) -> Iterator[Hit]:
    """L08: white space inside an action."""
    for path, text in clause.actions:
        if (tight := "".join(text.split())) != text:
            yield Hit(path, f'"{text}" has white space in it, so it is no action', f"write {tight}")
