"""Organizations of any size, as files: what benchmarks and tests of scale work on."""

from __future__ import annotations

from pathlib import Path

from factory.core.address import Address
from factory.core.resource import Resource
from factory.kinds import registry
from factory.kinds.ownership import tags_of
from factory.sandbox import MANAGEMENT_ACCOUNT, State
from factory.sandbox.seeding import add_account, add_policy, add_unit, attach
from factory.spec import Organization

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
    """Write an organization of this many accounts, units (two levels) and guardrails (each on some unit).

    The management account is one of the accounts, and has no file.
    """
    paths = [f"unit-{n // 2:03}" if n % 2 == 0 else f"unit-{n // 2:03}/inner" for n in range(units)]
    lines = [f"  {path}: {{guardrails: [guardrail-{n % guardrails:03}]}}" for n, path in enumerate(paths)]
    (root / "accounts").mkdir(parents=True)
    (root / "accounts" / "organization.yaml").write_text(_ORGANIZATION.format(units="\n".join(lines)))
    for number in range(accounts - 1):
        file = root / "accounts" / f"group-{number // 100:03}" / f"account-{number:05}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(
            f"ou: {paths[number % units]}\nowner: team-{number % 40}\ntags: {{cost-center: c{number % 9}}}\n"
        )
    folder = root / "baselines" / "guardrails"
    folder.mkdir(parents=True)
    for number in range(guardrails):
        (folder / f"guardrail-{number:03}.yaml").write_text(_GUARDRAIL.format(number=number))


def fill(state: State, organization: Organization) -> dict[str, str]:
    """Put into the state of a new sandbox what these files want, as an apply would leave it, baselines left out.

    Returns the ids by address.
    """
    assert state.organization is not None, "a new sandbox has an organization"
    wanted = [resource for kind in registry().values() for resource in kind.desired(organization)]
    ids = {"root": state.organization.root_id}
    for resource in wanted:
        if resource.address.kind == "policy-type":
            state.organization.policy_types[resource.address.name] = "ENABLED"
    for old in (ids["root"], MANAGEMENT_ACCOUNT):
        attach(state, "p-FullAWSAccess", old)
    for resource in sorted(wanted, key=lambda each: (each.address.kind != "ou", each.address.name.count("/"))):
        _put(state, resource, ids)
    for resource in wanted:
        if resource.address.kind == "attachment" and resource.attrs["policy"] != "FullAWSAccess":
            policy = str(Address("guardrail", str(resource.attrs["policy"])))
            attach(state, ids[policy], ids[str(resource.attrs["target"])])
    return ids


def _put(state: State, resource: Resource, ids: dict[str, str]) -> None:
    address, attrs, tags = resource.address, resource.attrs, tags_of(resource)
    match address.kind:
        case "ou":
            parent, _, name = address.name.rpartition("/")
            above = str(Address("ou", parent)) if parent else "root"
            ids[str(address)] = add_unit(state, name, ids[above], tags)
        case "account":
            place = ids[str(attrs["parent"])]
            ids[str(address)] = add_account(state, str(attrs["name"]), str(attrs["email"]), place, tags)
        case "guardrail":
            description, content = str(attrs["description"]), str(attrs["content"])
            ids[str(address)] = add_policy(state, address.name, str(attrs["type"]), content, tags, description)
