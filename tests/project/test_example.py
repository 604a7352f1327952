"""The example organization: it loads, and its guardrails follow AWS's rules and our own."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from factory.core.documents import canonical
from factory.core.policy_types import POLICY_TYPES, RCP, SCP
from factory.engine import load
from factory.guardrails.exemptions import RCP_SERVICES
from factory.kinds.guardrail_files import guardrails
from tests.project.modules import ROOT

TEMPLATES = set((ROOT / "baselines" / "stack-sets").rglob("template.yaml"))  # CloudFormation's format, not ours
FILES = sorted({*(ROOT / "accounts").rglob("*.yaml"), *(ROOT / "baselines").rglob("*.yaml")} - TEMPLATES)
TRUSTED = [
    "arn:*:iam::*:role/AWSControlTowerExecution",
    "arn:*:iam::*:role/OrganizationAccountAccessRole",
    "arn:*:iam::*:role/break-glass",
    "arn:*:iam::*:role/stacksets-exec-*",
]


@cache
def _example() -> Any:
    return load(ROOT, None)[0]


def _guardrails() -> dict[str, Any]:
    return {name: model for name, (_, model) in guardrails(_example()).items()}


def _statements(policy_type: str) -> list[tuple[str, dict[str, Any]]]:
    return [
        (name, statement)
        for name, model in _guardrails().items()
        if model.type == policy_type
        for statement in model.content["Statement"]
    ]


def test_a_mid_size_company() -> None:
    example = _example()
    assert len(example.accounts) >= 14
    assert {"security", "infrastructure", "sandbox", "suspended", "policy-staging"} <= set(example.units)
    assert {f"workloads/{stage}" for stage in ("prod", "staging", "dev")} <= set(example.units)


def test_every_unit_has_an_account_below_it() -> None:
    homes = {account.ou for account in _example().accounts.values()}
    assert not [path for path in _example().units if not any(f"{home}/".startswith(f"{path}/") for home in homes)]


def test_at_least_eight_guardrails_of_at_least_four_types() -> None:
    types = Counter(model.type for model in _guardrails().values())
    assert sum(types.values()) >= 8
    assert len(types) >= 4


def test_every_guardrail_is_attached_somewhere() -> None:
    example = _example()
    places = [example.root, *example.units.values(), *example.accounts.values()]
    attached = {name for place in places for name in place.sections.get("guardrails", ())}
    assert attached == set(_guardrails())


def test_every_guardrail_says_why_in_few_words() -> None:
    for name, model in _guardrails().items():
        assert 40 <= len(model.description) <= 512, name


def test_example_addresses_only() -> None:
    for account in _example().accounts.values():
        assert account.email.endswith("@example.com")
        assert account.id is None


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_first_line_names_a_schema_that_exists(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert found
    assert (path.parent / found.group(1)).resolve() == ROOT / "docs" / "schema" / f"{_kind(path)}.json"
    assert (path.parent / found.group(1)).is_file()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_files_satisfy_their_schema(path: Path) -> None:
    import json

    import jsonschema

    from factory.spec import yaml

    written = yaml.parse(path.read_bytes(), path.name, [])  # `on` is a key in YAML 1.2, and true in PyYAML
    assert written is not None
    schema = json.loads((ROOT / "docs" / "schema" / f"{_kind(path)}.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(written.plain())


def test_policies_are_known_to_aws_and_neutral_to_the_partition() -> None:
    for name, model in _guardrails().items():
        text = canonical(model.content)
        assert model.type in POLICY_TYPES
        assert "arn:aws" not in text, f"{name} would not work in every partition"
        assert not re.search(r"\d{12}|o-[a-z0-9]{10,}", text), f"{name} holds an id"


def test_service_control_policies_only_deny_and_name_no_principal() -> None:
    statements = _statements(SCP)
    assert statements
    for name, statement in statements:
        assert statement["Effect"] == "Deny", name
        assert not {"Principal", "NotPrincipal"} & statement.keys(), name
        assert re.fullmatch(r"[A-Za-z0-9]+", statement["Sid"]), name


def test_resource_control_policies_keep_to_what_aws_takes() -> None:
    statements = _statements(RCP)
    assert statements
    for name, statement in statements:
        assert statement["Effect"] == "Deny", name
        assert statement["Principal"] == "*", name
        assert not {"NotPrincipal", "NotAction"} & statement.keys(), name
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert {action.partition(":")[0] for action in actions} <= RCP_SERVICES, name
        condition = statement["Condition"]
        # Each binds either services or all others, never both: they carry different keys.
        ours = condition.get("Bool", {}).get("aws:PrincipalIsAWSService") == "true"
        assert ours or condition["BoolIfExists"]["aws:PrincipalIsAWSService"] == "false", name
        # In another organization anyone can give a role a name that ours exempt.
        assert "aws:PrincipalArn" not in canonical(condition), name


BINDING_ALL = {"deny-leaving-the-organization", "deny-root-user"}
"""Nobody is exempt from these: the management account needs no role to remove an account, and root is no role."""


def test_who_must_be_exempt_is_exempt_by_the_same_names_everywhere() -> None:
    for name, statement in _statements(SCP):
        exempt = statement.get("Condition", {}).get("ArnNotLike", {}).get("aws:PrincipalArn")
        if name in BINDING_ALL:
            assert exempt is None, name
        elif name == "require-mfa":
            bound = statement["Condition"]["ArnLike"]["aws:PrincipalArn"]
            assert not [each for each in bound if ":role/" in each]
        else:
            assert exempt[: len(TRUSTED)] == TRUSTED, name
            assert len(exempt) == len(TRUSTED) or name == "quarantine"


def test_who_is_exempt_is_one_parameter_with_one_default() -> None:
    entries = _example().files["guardrail"].values()
    found = [entry.model.parameters["ExemptRoles"] for entry in entries if "ExemptRoles" in entry.model.parameters]
    assert len(found) >= 14
    assert all(each == found[0] for each in found)
    assert found[0].default == _example().guardrail_parameters["ExemptRoles"]
    assert [f"arn:*:iam::*:role/{each}" for each in found[0].default] == TRUSTED


def test_exempt_roles_cannot_be_made_from_inside() -> None:
    example = _example()
    assert "protect-trusted-roles" in example.root.sections["guardrails"]
    (statement,) = _guardrails()["protect-trusted-roles"].content["Statement"]
    others = ["arn:*:iam::*:role/factory-*", "arn:*:iam::*:role/factory/*"]
    assert statement["Resource"] == [*TRUSTED, *others]
    assert {"iam:CreateRole", "iam:UpdateAssumeRolePolicy", "iam:AttachRolePolicy"} <= set(statement["Action"])


def test_quarantine_exempts_besides_only_what_cannot_be_made_from_inside() -> None:
    (statement,) = _guardrails()["quarantine"].content["Statement"]
    more = statement["Condition"]["ArnNotLike"]["aws:PrincipalArn"][len(TRUSTED) :]
    assert more
    assert all(each.startswith("arn:*:iam::*:role/factory-") for each in more)


def test_the_names_that_protect_baselines_guards_are_those_of_the_baselines() -> None:
    templates = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES)
    for named in (
        "TopicName: factory-",
        "ManagedPolicyName: developer-boundary",
        "AliasName: alias/factory-log-archive",
    ):
        assert named in templates
    for what in ("trails", "config", "access"):
        assert f"BucketName: !Sub ${{OrganizationId}}-{what}-${{AWS::AccountId}}" in templates


def test_regions_are_the_governed_ones_and_global_services_stay() -> None:
    (statement,) = _guardrails()["deny-regions"].content["Statement"]
    assert statement["Condition"]["StringNotEquals"]["aws:RequestedRegion"] == list(_example().regions)
    everywhere = {"iam:*", "organizations:*", "sts:*", "route53:*", "cloudfront:*", "budgets:*", "support:*"}
    assert everywhere <= set(statement["NotAction"])


def test_inheritance_operators_are_text() -> None:
    content = _guardrails()["ec2-safe-defaults"].content["ec2_attributes"]
    assert content["instance_metadata_defaults"]["http_put_response_hop_limit"] == {"@@assign": "2"}


def _kind(path: Path) -> str:
    if path.name in ("organization.yaml", "baseline.yaml", "guardrail-tests.yaml"):
        return path.stem
    return "account" if path.is_relative_to(ROOT / "accounts") else "guardrail"
