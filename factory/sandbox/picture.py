"""An organization by its names, without ids and times: two that were built alike look the same."""

from __future__ import annotations

import json
from typing import Any

from factory.sandbox.state import State


def picture(state: State) -> dict[str, str]:
    """What there is -> how it is, for everything in the organization: root, units, accounts, policies.

    Units are known by their paths, accounts by e-mail, since AWS gives one out once; policies by type and name.
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
    return {what: json.dumps(how, sort_keys=True) for what, how in sorted(shown.items())}


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
