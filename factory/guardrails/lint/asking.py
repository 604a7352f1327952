"""Lint rules on conditions: what they do with requests that lack the key, or have it several times."""

from __future__ import annotations

from collections.abc import Iterator

from factory.core.policy_types import RCP
from factory.guardrails.lint.clauses import Asked, Clause, Hit, of_role
from factory.guardrails.lint.keys import SEVERAL, may_lack
from factory.guardrails.tree import MADE_UP

_MFA = "aws:multifactorauthpresent"
_PRINCIPAL = "aws:principalarn"
_REQUEST_TAG = "aws:requesttag/"
_RUN = "ec2:runinstances"
_OF_LAUNCHES = {"ec2:instancetype": "instance/", "ec2:owner": "image/"}
"""Keys that ec2:RunInstances always has for its resources of one kind."""
_USED = {
    "an image": "arn:aws:ec2:eu-central-1::image/ami-0a1b2c3d4e5f67890",
    "a subnet": f"arn:aws:ec2:eu-central-1:{MADE_UP.id}:subnet/subnet-0a1b2c3d4e5f67890",
    "a security group": f"arn:aws:ec2:eu-central-1:{MADE_UP.id}:security-group/sg-0a1b2c3d4e5f67890",
}
"""What a launch uses, and does not make."""
_SESSION = ":assumed-role/"
_ABOUT_PRINCIPALS = "aws:principal"
_ORGANIZATION = "aws:principalorgid"
_NAMES = (
    _PRINCIPAL,
    "aws:principalaccount",
    "aws:principalorgpaths",
    "aws:principaltag/",
    "aws:userid",
    "aws:username",
)
"""Keys whose values tell one principal, or account, from another."""
_BREAK_GLASS = of_role("break-glass")


def lacking(clause: Clause) -> Iterator[Hit]:
    """L23: a denial that also meets requests without the key, and does not say so."""
    for asked in clause.conditions if clause.denies else ():
        met = asked.prefix == "forallvalues:" or (asked.negated and not asked.prefix)
        if not met or asked.if_exists or not may_lack(asked.key, clause.policy_type):
            continue
        if not clause.asks_for(asked.key) and not _comes_with(asked.key, clause):
            yield Hit(
                asked.path,
                f"{asked.operator} is met where {asked.name} is absent, so requests without it are denied",
                f"write {asked.operator}IfExists if that is meant, else add Null: {{{asked.name}: false}}",
            )


def _comes_with(key: str, clause: Clause) -> bool:
    """Whether a statement is about resources of a launch only that always have the key."""
    kind = _OF_LAUNCHES.get(key)
    actions = [text.lower() for _, text in clause.texts("Action")]
    resources = [text.split(":", 5)[-1] for _, text in clause.texts("Resource")]
    launches = bool(actions and resources) and set(actions) == {_RUN}
    return kind is not None and launches and all(each.startswith(kind) for each in resources)


def untagged(clause: Clause) -> Iterator[Hit]:
    """L24: tags demanded of a launch, for all that it touches."""
    if not (clause.denies and clause.statement.actions.match(_RUN)):
        return
    resources = clause.statement.resources
    used = [what for what, arn in _USED.items() if resources.match(arn, _nobody_knows) is True]
    for asked in clause.conditions if used else ():
        absent = asked.base == "null" and "true" in (each.lower() for each in asked.values)
        if asked.key.startswith(_REQUEST_TAG) and (absent or (asked.negated and not clause.asks_for(asked.key))):
            yield Hit(
                asked.path,
                f"{asked.name} is asked of {' and '.join(used)}, which ec2:RunInstances uses and does not tag: "
                "no launch passes",
                "name the resources that get tags, such as arn:*:ec2:*:*:instance/* and arn:*:ec2:*:*:volume/*",
            )


def _nobody_knows(_: str) -> None:
    """Of every key: whether a request has it is unknown."""


def without_mfa(clause: Clause) -> Iterator[Hit]:
    """L25: a denial without MFA that long-term access keys pass."""
    for asked in clause.conditions if clause.denies else ():
        values = [each.lower() for each in asked.values]
        if asked.key == _MFA and asked.base == "bool" and not asked.if_exists and "false" in values:
            yield Hit(
                asked.path,
                f"{asked.operator} is not met by access keys of IAM users, which have no {asked.name}: they pass",
                "write BoolIfExists, and leave roles out by aws:PrincipalArn",
            )


def vacuous(clause: Clause) -> Iterator[Hit]:
    """L26: an allowance by ForAllValues that requests without the key pass."""
    for asked in clause.conditions if not clause.denies else ():
        if asked.prefix == "forallvalues:" and not clause.asks_for(asked.key):
            yield Hit(
                asked.path,
                f"{asked.operator} is met where {asked.name} is absent, so requests without it are allowed",
                f"add Null: {{{asked.name}: false}}",
            )


def sessions(clause: Clause) -> Iterator[Hit]:
    """L28: aws:PrincipalArn compared with the ARN of a session."""
    for asked in clause.conditions:
        for number, text in enumerate(asked.values):
            if asked.key == _PRINCIPAL and _SESSION in text:
                path = (*asked.path, number) if len(asked.values) > 1 else asked.path
                role = text.split(_SESSION)[1].split("/")[0]
                yield Hit(
                    path,
                    f'{asked.name} is never the ARN of a session, such as "{text}"',
                    f"write the role's: arn:*:iam::*:role/{role}",
                )


def several(clause: Clause) -> Iterator[Hit]:
    """L36: a key of several values as if it had one."""
    for asked in clause.conditions:
        if asked.key in SEVERAL and not asked.prefix and asked.base != "null":
            yield Hit(
                asked.path,
                f"{asked.name} may have several values, and then {asked.operator} is not met",
                f"write ForAnyValue:{asked.operator} or ForAllValues:{asked.operator}",
            )


def exempts_nobody(clause: Clause) -> Iterator[Hit]:
    """L27: a denial for everyone, also for the roles that would repair what it breaks."""
    if clause.denies and clause.policy_type != RCP and not any(map(_exempts, clause.conditions)):
        yield Hit(clause.path, f"{titled(clause)} denies to everyone, break-glass too")


def _exempts(asked: Asked) -> bool:
    """Whether a condition on who calls names those that it leaves out, or leaves a role such as break-glass out."""
    if asked.negated and asked.key.startswith(_NAMES):
        return True
    about = asked.key.startswith((_ABOUT_PRINCIPALS, *_NAMES)) and not asked.key.startswith(_ORGANIZATION)
    return about and asked.holds(_BREAK_GLASS.get) is not True


def titled(clause: Clause) -> str:
    """A statement in words."""
    return f"the statement {clause.sid}" if clause.sid else f"statement {clause.statement.index + 1}"
