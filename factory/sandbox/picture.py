"""An organization by its names, without ids and times: two that were built alike look the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from factory.sandbox.state import State


def picture(state: State) -> dict[str, str]:
    """What there is -> how it is, for everything in the organization: root, units, accounts, policies.

    Units are known by their paths, accounts by e-mail, since AWS gives one out once; policies by type and name,
    stack sets and stacks by theirs.
    """
    organization = state.organization
    if organization is None:
        return {}
    places = {organization.root_id: "root", **{unit_id: _path(state, unit_id) for unit_id in state.units}}
    shown: dict[str, Any] = {
        "root": {
            "features": organization.feature_set,
            "types": organization.policy_types,
            **_common(state, organization.root_id),
        }
    }
    for unit_id in state.units:
        shown[f"unit {places[unit_id]}"] = _common(state, unit_id)
    for account in state.accounts.values():
        shown[f"account {account.email}"] = {
            "name": account.name,
            "state": account.state,
            "in": places[account.parent_id],
            **_common(state, account.id),
        }
    for policy in state.policies.values():
        shown[f"policy {policy.type} {policy.name}"] = {
            "description": policy.description,
            "content": _content(policy.content),
            "tags": state.tags.get(policy.id, {}),
        }
    shown.update(_stacks(state, places))
    return {what: json.dumps(how, sort_keys=True) for what, how in sorted(shown.items())}


def _stacks(state: State, places: Mapping[str, str]) -> dict[str, Any]:
    """Stack sets by Region and name, and every stack by its account's e-mail, Region and name without its number."""
    shown: dict[str, Any] = {"stack sets": state.stack_sets_access}
    for row in state.stack_sets.values():
        if row.status == "ACTIVE":
            shown[f"stack set {row.region} {row.name}"] = {
                "template": state.templates[row.template],
                "parameters": row.parameters,
                "tags": row.tags,
                "automatic": [row.automatic, row.retains, row.managed],
                "after": sorted(name.split("/")[-1].partition(":")[0] for name in row.depends_on),
                "targets": {places.get(unit, "?"): sorted(regions) for unit, regions in row.targets.items()},
            }
    for instance in state.stack_instances.values():
        name = f"{state.stack_sets[instance.stack_set_id].name} {instance.region}"
        shown[f"instance {_email(state, instance.account_id)} {name}"] = {
            "status": [instance.status, instance.detail],
            "overrides": instance.overrides,
        }
    for stack in state.stacks.values():
        if stack.template and stack.status != "DELETE_COMPLETE":
            name = state.stack_sets[stack.stack_set_id].name if stack.stack_set_id else stack.name
            shown[f"stack {_email(state, stack.account_id)} {stack.region} {name}"] = {
                "status": stack.status,
                "template": state.templates[stack.template],
                "parameters": stack.parameters,
            }
    return shown


def _email(state: State, account_id: str) -> str:
    account = state.accounts.get(account_id)
    return account.email if account else account_id


def _common(state: State, node_id: str) -> dict[str, Any]:
    attached = sorted(state.policies[policy].name for policy in state.attachments.get(node_id, ()))
    return {"attached": attached, "tags": state.tags.get(node_id, {})}


def _path(state: State, unit_id: str) -> str:
    unit = state.units[unit_id]
    return f"{_path(state, unit.parent_id)}/{unit.name}" if unit.parent_id in state.units else unit.name


def _content(text: str) -> Any:
    """Policies are compared as JSON where they are JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return text
