"""The baselines that ship, and what their stacks hold in one account and Region of a made-up organization."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from factory import templates
from factory.core.errors import Problem
from tests.project.modules import ROOT

FOLDER = ROOT / "baselines" / "stack-sets"
NAMES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())

HOME, AWAY = "eu-central-1", "eu-west-1"
ORGANIZATION, ARCHIVE, MEMBER, STRANGER = "o-a1b2c3d4e5", "111111111111", "222222222222", "999999999999"
FACTS = {
    "organization.id": ORGANIZATION,
    "organization.management_account_id": "333333333333",
    "organization.home_region": HOME,
    "organization.regions": f"{HOME},{AWAY}",
    "organization.instance": "main",
    "account.id": MEMBER,
    "account.name": "payments-prod",
    "account.owner": "team-payments",
    "account.ou": "workloads/prod",
    "account.budget.monthly_usd": "2500",
    "account.budget.alert_at": "80,100",
    "account.budget.notify": "team-payments@example.com",
}
"""What references stand for; besides these there is ``accounts.STEM.id``."""

REFERENCE = re.compile(r"\{([^{}]*)\}")


@cache
def written(name: str) -> dict[str, Any]:
    """What stands in ``baseline.yaml``."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / name / "baseline.yaml").read_text(encoding="utf-8"))
    return found


@cache
def template(name: str) -> templates.Template:
    file = FOLDER / name / "template.yaml"
    return templates.read(file.read_text(encoding="utf-8"), file.relative_to(ROOT).as_posix())


def filled(value: str) -> str:
    """The value with its references filled in."""
    return REFERENCE.sub(lambda match: ARCHIVE if match[1] == "accounts.log-archive.id" else FACTS[match[1]], value)


def refusals(name: str, **values: str) -> tuple[Problem, ...]:
    """What CloudFormation would not take, where these are all values that are given."""
    return templates.check_values(template(name), values, {})


def stack(
    name: str, region: str = HOME, account: str = MEMBER, partition: str = "aws", **values: str
) -> Mapping[str, templates.Placed]:
    """The resources of a baseline's stack, with the values of ``baseline.yaml`` unless others are given."""
    given = {key: filled(value) for key, value in written(name).get("parameters", {}).items()} | values
    suffix = {"aws-cn": "amazonaws.com.cn"}.get(partition, "amazonaws.com")
    context = templates.Context(account, region, partition, suffix)
    return templates.resolve(template(name), given, context).resources


def of_type(found: Mapping[str, templates.Placed], kind: str) -> dict[str, dict[str, Any]]:
    """The properties of all resources of a type, by their logical names."""
    return {name: dict(placed.properties) for name, placed in found.items() if placed.type == kind}
