"""Organizations of any size, as files: what benchmarks and tests of scale work on."""

from __future__ import annotations

from pathlib import Path

_ORGANIZATION = """\
organization: {{home_region: eu-central-1, regions: [eu-central-1]}}
defaults: {{email: "aws+{{name}}@example.com", tags: {{managed-by: factory}}}}
root: {{guardrails: [guardrail-000]}}
organizational_units:
{units}
"""

_GUARDRAIL = """\
description: A made-up guardrail, number {number}.
type: SERVICE_CONTROL_POLICY
content:
  Version: "2012-10-17"
  Statement: [{{Sid: No{number}, Effect: Deny, Action: "service{number}:*", Resource: "*"}}]
"""


def write(root: Path, accounts: int, units: int, guardrails: int) -> None:
    """Write an organization of this many accounts, units (two levels) and guardrails (each on some unit)."""
    paths = [f"unit-{n // 2:03}" if n % 2 == 0 else f"unit-{n // 2:03}/inner" for n in range(units)]
    lines = [f"  {path}: {{guardrails: [guardrail-{n % guardrails:03}]}}" for n, path in enumerate(paths)]
    (root / "accounts").mkdir(parents=True)
    (root / "accounts" / "organization.yaml").write_text(_ORGANIZATION.format(units="\n".join(lines)))
    for number in range(accounts):
        file = root / "accounts" / f"group-{number // 100:03}" / f"account-{number:05}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(
            f"ou: {paths[number % units]}\nowner: team-{number % 40}\ntags: {{cost-center: c{number % 9}}}\n"
        )
    folder = root / "baselines" / "guardrails"
    folder.mkdir(parents=True)
    for number in range(guardrails):
        (folder / f"guardrail-{number:03}.yaml").write_text(_GUARDRAIL.format(number=number))
