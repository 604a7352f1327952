"""The real command against an AWS endpoint that is not ours: plain moto, over HTTP, no sandbox."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.forked import process
from tests.engine.ground import ACCOUNT, denying
from tests.integration.conftest import Endpoint

ORGANIZATION = """\
organization: {home_region: us-east-1, regions: [us-east-1]}
defaults: {email: "aws+{name}@example.com", tags: {company: example}}
root: {guardrails: [no-leaving, only-us]}
organizational_units:
  security: {}
  workloads: {guardrails: [no-users]}
  workloads/prod: {tags: {stage: prod}, ou_tags: {tier: one}}
"""
ONLY_US = """\
description: Only principals of the organization.
type: RESOURCE_CONTROL_POLICY
content:
  Version: "2012-10-17"
  Statement:
    - {Effect: Deny, Principal: "*", Action: "s3:*", Resource: "*", Condition: {Bool: {"aws:SecureTransport": "false"}}}
"""
FILES = {
    "accounts/organization.yaml": ORGANIZATION,
    "accounts/audit.yaml": "ou: security\nname: Audit Log\n",
    "accounts/web/shop.yaml": ACCOUNT + "tags: {team: web}\nguardrails: [no-buckets]\n",
    "accounts/web/blog.yaml": ACCOUNT,
    "baselines/guardrails/no-leaving.yaml": denying("organizations:LeaveOrganization"),
    "baselines/guardrails/no-users.yaml": denying("iam:CreateUser"),
    "baselines/guardrails/no-buckets.yaml": denying("s3:CreateBucket"),
    "baselines/guardrails/only-us.yaml": ONLY_US,
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    for name, content in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def units(client: Any, parent: str, above: str = "") -> dict[str, str]:
    """Unit paths -> ids, below this parent."""
    found = {}
    for unit in client.list_organizational_units_for_parent(ParentId=parent)["OrganizationalUnits"]:
        path = f"{above}/{unit['Name']}".lstrip("/")
        found |= {path: unit["Id"], **units(client, unit["Id"], path)}
    return found


def tags(client: Any, resource_id: str) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in client.list_tags_for_resource(ResourceId=resource_id)["Tags"]}


def names_on(client: Any, target: str, kind: str = "SERVICE_CONTROL_POLICY") -> set[str]:
    return {policy["Name"] for policy in client.list_policies_for_target(TargetId=target, Filter=kind)["Policies"]}


def test_from_files_to_an_organization_and_an_empty_plan(
    endpoint: Endpoint, repository: Path, no_pacing: Path, tmp_path: Path
) -> None:
    client = endpoint.client("organizations")
    client.create_organization(FeatureSet="ALL")
    options = ("--root", str(repository), "--limits", str(no_pacing))

    planned = process(tmp_path, *options, "plan", "--detailed-exitcode", **endpoint.environment)
    assert planned.returncode == 2, planned.stderr.decode()

    applied = process(tmp_path, *options, "apply", "--yes", "--format", "json", **endpoint.environment)
    assert applied.returncode == 0, applied.stderr.decode()
    assert json.loads(applied.stdout)["complete"] is True

    again = process(tmp_path, *options, "plan", "--detailed-exitcode", **endpoint.environment)
    assert again.returncode == 0, again.stdout.decode()
    assert again.stdout.splitlines()[-1] == b"No changes. The organization matches the files."

    root = client.list_roots()["Roots"][0]
    assert {row["Type"] for row in root["PolicyTypes"]} == {"SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"}
    paths = units(client, root["Id"])
    assert set(paths) == {"security", "workloads", "workloads/prod"}
    assert tags(client, paths["workloads/prod"]) == {"factory:managed": "main", "tier": "one"}

    accounts = {
        a["Email"]: a for path in paths for a in client.list_accounts_for_parent(ParentId=paths[path])["Accounts"]
    }
    assert {email: account["Name"] for email, account in accounts.items()} == {
        "aws+audit@example.com": "Audit Log",
        "aws+shop@example.com": "shop",
        "aws+blog@example.com": "blog",
    }
    assert len(client.list_accounts()["Accounts"]) == 4
    shop = accounts["aws+shop@example.com"]["Id"]
    assert tags(client, shop) == {
        "company": "example",
        "stage": "prod",
        "team": "web",
        "factory:managed": "main",
        "factory:address": "shop",
    }
    assert client.list_parents(ChildId=shop)["Parents"][0]["Id"] == paths["workloads/prod"]
    assert names_on(client, root["Id"]) == {"FullAWSAccess", "no-leaving"}
    assert "only-us" in names_on(client, root["Id"], "RESOURCE_CONTROL_POLICY")
    assert names_on(client, paths["workloads"]) == {"FullAWSAccess", "no-users"}
    assert names_on(client, shop) == {"FullAWSAccess", "no-buckets"}


def test_without_an_organization_it_says_so(
    endpoint: Endpoint, repository: Path, no_pacing: Path, tmp_path: Path
) -> None:
    options = ("--root", str(repository), "--limits", str(no_pacing))
    done = process(tmp_path, *options, "plan", **endpoint.environment)
    assert done.returncode == 7, done.stderr.decode()
    assert "aws organizations create-organization --feature-set ALL" in " ".join(done.stderr.decode().split())


def test_what_changes_in_the_files_changes_there(
    endpoint: Endpoint, repository: Path, no_pacing: Path, tmp_path: Path
) -> None:
    client = endpoint.client("organizations")
    client.create_organization(FeatureSet="ALL")
    options = ("--root", str(repository), "--limits", str(no_pacing))
    assert process(tmp_path, *options, "apply", "--yes", **endpoint.environment).returncode == 0

    (repository / "accounts/web/blog.yaml").write_text("ou: security\ntags: {stage: prod}\n")
    (repository / "accounts/web/news.yaml").write_text(ACCOUNT)
    (repository / "accounts/audit.yaml").unlink()
    organization = repository / "accounts/organization.yaml"
    organization.write_text(ORGANIZATION.replace("{guardrails: [no-users]}", "{}"))
    (repository / "baselines/guardrails/no-users.yaml").unlink()
    applied = process(tmp_path, *options, "apply", "--yes", **endpoint.environment)
    assert applied.returncode == 6, "an account lost its file while another one is new"

    (repository / "accounts/web/news.yaml").write_text(ACCOUNT + "new: true\n")
    applied = process(tmp_path, *options, "apply", "--yes", **endpoint.environment)
    assert applied.returncode == 0, (applied.stdout + applied.stderr).decode()
    assert b"has no file any more" in applied.stdout

    paths = units(client, client.list_roots()["Roots"][0]["Id"])
    homes = {
        path: {account["Name"] for account in client.list_accounts_for_parent(ParentId=unit)["Accounts"]}
        for path, unit in paths.items()
    }
    assert homes == {"security": {"Audit Log", "blog"}, "workloads": set(), "workloads/prod": {"shop", "news"}}
    assert names_on(client, paths["workloads"]) == {"FullAWSAccess"}
    policies = client.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]
    assert {policy["Name"] for policy in policies} == {"FullAWSAccess", "no-leaving", "no-buckets"}
