"""The real command in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "factory")

ORGANIZATION = """\
organization:
  instance: main
  home_region: eu-central-1
  regions: [eu-central-1]
defaults:
  email: aws+{name}@example.com
root:
  guardrails: [deny-leaving]
organizational_units:
  workloads: {}
"""
ACCOUNT = "ou: workloads\nowner: team-a\n"
GUARDRAIL = """\
description: No one leaves.
type: SERVICE_CONTROL_POLICY
content:
  Version: "2012-10-17"
  Statement:
    - {Sid: DenyLeaving, Effect: Deny, Action: organizations:LeaveOrganization, Resource: "*"}
"""


def small_repository(folder: Path) -> Path:
    """An organization of one unit, two accounts and one guardrail."""
    (folder / "accounts").mkdir()
    (folder / "baselines" / "guardrails").mkdir(parents=True)
    (folder / "accounts" / "organization.yaml").write_text(ORGANIZATION)
    for name in ("shop", "blog"):
        (folder / "accounts" / f"{name}.yaml").write_text(ACCOUNT)
    (folder / "baselines" / "guardrails" / "deny-leaving.yaml").write_text(GUARDRAIL)
    return folder


def environment(**more: str) -> dict[str, str]:
    """A plain environment: nothing of the caller's settings but the way to Python."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "PYTHONPATH": str(REPOSITORY), "AWS_EC2_METADATA_DISABLED": "true", **more}


def process(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command to its end in this folder."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment(**more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
