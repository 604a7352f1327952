"""A small organization with guardrails and tests of them, written to a folder and read back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from factory import engine
from factory.core.errors import InvalidFiles
from factory.guardrails.running import run
from factory.guardrails.trials import Result, Suite
from factory.kinds.guardrail_trials import trials_of
from factory.spec import Organization

SHARED = "baselines/guardrail-tests.yaml"
EXEMPT = "arn:*:iam::*:role/stacksets-exec-*"
FILES = {
    "accounts/organization.yaml": """\
organization: {home_region: eu-central-1, regions: [eu-central-1, eu-west-1]}
defaults: {email: "aws+{name}@example.com"}
root: {guardrails: [stay, tls, no-training]}
organizational_units:
  workloads: {guardrails: [regions]}
  workloads/prod: {}
  sandbox: {}
  regulated: {full_access: false, guardrails: [approved]}
""",
    "accounts/shop.yaml": "ou: workloads/prod\n",
    "accounts/play.yaml": 'ou: sandbox\nid: "222222222222"\n',
    "accounts/vault.yaml": "ou: regulated\n",
    "accounts/gone.yaml": "ou: sandbox\nstate: closed\nemail: gone@example.com\nclosed_reason: over\n",
    "baselines/guardrails/stay.yaml": """\
description: Nobody leaves.
type: SERVICE_CONTROL_POLICY
content:
  Version: "2012-10-17"
  Statement:
    - {Sid: Stay, Effect: Deny, Action: "organizations:LeaveOrganization", Resource: "*"}
""",
    "baselines/guardrails/regions.yaml": f"""\
description: Our Regions only.
type: SERVICE_CONTROL_POLICY
content:
  Version: "2012-10-17"
  Statement:
    - Sid: Regions
      Effect: Deny
      NotAction: ["iam:*", "sts:*"]
      Resource: "*"
      Condition:
        StringNotEquals: {{"aws:RequestedRegion": [eu-central-1, eu-west-1]}}
        ArnNotLike: {{"aws:PrincipalArn": "{EXEMPT}"}}
""",
    "baselines/guardrails/approved.yaml": """\
description: Only what is approved.
type: SERVICE_CONTROL_POLICY
content:
  Version: "2012-10-17"
  Statement:
    - {Sid: Storage, Effect: Allow, Action: "s3:*", Resource: "*"}
    - {Sid: Keys, Effect: Allow, Action: "kms:*", Resource: "*"}
""",
    "baselines/guardrails/tls.yaml": """\
description: Encrypted connections only.
type: RESOURCE_CONTROL_POLICY
content:
  Version: "2012-10-17"
  Statement:
    - Sid: Tls
      Effect: Deny
      Principal: "*"
      Action: s3:*
      Resource: "*"
      Condition: {Bool: {"aws:SecureTransport": "false"}}
""",
    "baselines/guardrails/no-training.yaml": """\
description: Our content trains nobody's model.
type: AISERVICES_OPT_OUT_POLICY
content:
  services:
    default:
      opt_out_policy:
        "@@operators_allowed_for_child_policies": ["@@none"]
        "@@assign": optOut
""",
}


def write(root: Path, files: Mapping[str, str] | None = None) -> Path:
    """The organization in this folder, with these files instead of or besides its own."""
    for name, text in {**FILES, **(files or {})}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def organization(root: Path, files: Mapping[str, str] | None = None) -> Organization:
    return engine.load(write(root, files))[0]


def suite(root: Path, files: Mapping[str, str] | None = None) -> Suite:
    return trials_of(organization(root, files))[0]


def with_tests(name: str, tests: str) -> dict[str, str]:
    """One guardrail's file with these tests, written as a list without indentation."""
    path = f"baselines/guardrails/{name}.yaml"
    return {path: FILES[path] + f"tests:\n{tests}"}


def shared(tests: str) -> dict[str, str]:
    """The file with the tests of the tree."""
    return {SHARED: f"tests:\n{tests}"}


def failures(root: Path, files: Mapping[str, str]) -> list[Result]:
    return [result for result in run(suite(root, files)) if not result.passed]


def problems(root: Path, files: Mapping[str, str]) -> list[str]:
    """The problems of the organization with these files."""
    try:
        organization(root, files)
    except InvalidFiles as error:
        return [str(problem) for problem in error.problems]
    return []
