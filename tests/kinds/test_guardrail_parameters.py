"""Parameters in the files: their values, what they may refer to, and every problem at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from factory.core.address import guardrail
from factory.core.errors import InvalidFiles
from factory.engine import load
from factory.kinds import registry
from factory.kinds.guardrail_files import guardrails

HEAD = """\
organization: {home_region: eu-central-1, regions: [eu-central-1, eu-west-1]}
root: {guardrails: [g]}
"""
GUARDRAIL = """\
description: Nothing outside of the Regions in use.
type: SERVICE_CONTROL_POLICY
parameters:
  Exempt:
    description: Roles that it does not bind.
    type: roles
    default: [stacksets-exec-*]
content:
  Version: "2012-10-17"
  Statement:
    - Effect: Deny
      Action: svc:a
      Resource: "*"
      Condition:
        StringNotEquals: {aws:RequestedRegion: "{organization.regions}"}
        ArnNotLike: {aws:PrincipalArn: "arn:*:iam::*:role/{Exempt}"}
"""


def repository(root: Path, text: str = GUARDRAIL, head: str = HEAD) -> Path:
    (root / "accounts").mkdir()
    (root / "baselines" / "guardrails").mkdir(parents=True)
    (root / "accounts" / "one.yaml").write_text("ou: root\nemail: aws+one@example.com\n", "utf-8")
    (root / "accounts" / "organization.yaml").write_text(head, "utf-8")
    (root / "baselines" / "guardrails" / "g.yaml").write_text(text, "utf-8")
    return root


def problems(root: Path) -> list[str]:
    with pytest.raises(InvalidFiles) as found:
        load(root, None)
    return [str(problem).replace(f"{root}/", "") for problem in found.value.problems]


def test_defaults_and_facts_are_filled_in(tmp_path: Path) -> None:
    organization = load(repository(tmp_path), None)[0]
    _, model = guardrails(organization)["g"]
    assert model.content["Statement"][0]["Condition"] == {
        "StringNotEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]},
        "ArnNotLike": {"aws:PrincipalArn": ["arn:*:iam::*:role/stacksets-exec-*"]},
    }
    (wanted,) = [each for each in registry()["guardrail"].desired(organization) if each.address == guardrail("g")]
    assert '"aws:RequestedRegion":["eu-central-1","eu-west-1"]' in str(wanted.attrs["content"])


def test_they_are_filled_in_once(tmp_path: Path) -> None:
    organization = load(repository(tmp_path), None)[0]
    assert guardrails(organization)["g"][1] is guardrails(organization)["g"][1]


def test_a_shared_value_replaces_every_default(tmp_path: Path) -> None:
    organization = load(repository(tmp_path, head=f"{HEAD}guardrail_parameters: {{Exempt: [break-glass]}}\n"), None)[0]
    _, model = guardrails(organization)["g"]
    assert model.content["Statement"][0]["Condition"]["ArnNotLike"] == {
        "aws:PrincipalArn": ["arn:*:iam::*:role/break-glass"]
    }


G = "baselines/guardrails/g.yaml"
ORGANIZATION = "accounts/organization.yaml"
WRONG = [
    (
        GUARDRAIL.replace("role/{Exempt}", "role/{Exemt}"),
        HEAD,
        [
            f"{G}:4:3: the content has no {{Exempt}}; "
            "write {Exempt} where the content should have it, or remove the parameter",
            f'{G}:16:22: {{Exemt}} is not known here (did you mean "Exempt"?); '
            "declare it under parameters:, or write {{Exemt}} for plain text in braces",
        ],
    ),
    (
        GUARDRAIL.replace("    default: [stacksets-exec-*]\n", ""),
        HEAD,
        [
            f"{G}:4:3: the parameter Exempt has no value; "
            "give it a default:, or a value under guardrail_parameters: in accounts/organization.yaml"
        ],
    ),
    (
        GUARDRAIL.replace("[stacksets-exec-*]", "[stacksets-exec-*, '*']"),
        HEAD,
        [
            f'{G}:7:33: Exempt: "*" stands for nearly every role; write at least 4 letters or digits of the names',
        ],
    ),
    (
        GUARDRAIL,
        f"{HEAD}guardrail_parameters:\n  Exempt: [a:b]\n  Exmept: [break-glass]\n",
        [
            f'{ORGANIZATION}:4:12: Exempt: "a:b" is not of type roles; '
            "write names of roles or patterns of them, such as stacksets-exec-*",
            f"{ORGANIZATION}:5:3: no guardrail has a parameter 'Exmept' (did you mean \"Exempt\"?); "
            "correct it, or remove it",
        ],
    ),
    (
        GUARDRAIL.replace("{organization.regions}", "{organization.id}"),
        HEAD,
        [
            f"{G}:15:27: {{organization.id}}: no file says it; "
            "write id: under organization: in accounts/organization.yaml: the id AWS gave it"
        ],
    ),
    (
        GUARDRAIL.replace("{organization.regions}", "{account.owner}"),
        HEAD,
        [
            f"{G}:15:27: {{account.owner}} is not known to the files, and a guardrail is the same for all accounts; "
            "refer to what organization.yaml says, or take a parameter"
        ],
    ),
    (
        GUARDRAIL.replace("Exempt", "exempt"),
        HEAD,
        [
            f'{G}:4:3: "exempt" cannot be the name of a parameter; '
            "write a capital letter, then letters and digits, such as ExemptRoles"
        ],
    ),
    (
        GUARDRAIL.replace("Action: svc:a", "Action: ['{organization.regions}', 7]"),
        HEAD,
        [
            f'{G}:12:42: L05 "Action" must be text or a list of texts, not a number, true or false; '
            "write text, quoted if need be"
        ],
    ),
]


@pytest.mark.parametrize(("text", "head", "expected"), WRONG)
def test_what_is_wrong_is_told_where_it_stands(tmp_path: Path, text: str, head: str, expected: list[str]) -> None:
    assert problems(repository(tmp_path, text, head)) == expected
