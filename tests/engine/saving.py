"""Plans saved and applied on the small organization: what the files ask for, and what other hands do meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from factory import engine
from factory.core.change import Plan, Report
from factory.core.saved import SavedPlan
from factory.engine import Consent
from factory.sandbox import Call
from tests.engine.ground import ACCOUNT, READS, ROOT_GUARDED, SMALL, Ground, Killed, denying

UNITS = "workloads/prod: {guardrails: [no-keys], tags: {stage: prod}, ou_tags: {tier: one}}\n  lab: {}\n  attic: {}"
BASE = {
    **SMALL,
    "accounts/organization.yaml": ROOT_GUARDED.replace("workloads/prod: {}", UNITS),
    "audit": SMALL["audit"] + "guardrails: [no-logs]\n",
    "baselines/guardrails/no-logs.yaml": denying("cloudtrail:DeleteTrail"),
}
EDITED: dict[str, str | None] = {
    "new": ACCOUNT,
    "try": "ou: lab\n",
    "shop": "ou: security\nname: The Shop\ntags: {team: web, stage: prod}\n",
    "blog": ACCOUNT,
    "baselines/guardrails/no-keys.yaml": denying("iam:CreateUser").replace("No one", "Nobody"),
    "baselines/guardrails/no-buckets.yaml": None,
}
"""Creates two accounts, moves and renames one, rewrites a policy, detaches and deletes another, removes a unit."""
CHANGES = {
    "account:new",
    "account:try",
    "account:shop",
    "guardrail:no-keys",
    "guardrail:no-buckets",
    "attachment:no-buckets@account:blog",
    "ou:attic",
}
CALLS = {
    "CreateAccount": 2,
    "MoveAccount": 3,
    "PutAccountName": 1,
    "UpdatePolicy": 1,
    "DetachPolicy": 1,
    "DeletePolicy": 1,
    "DeleteOrganizationalUnit": 1,
}
"""What carrying all of it out takes."""


def edit(here: Ground) -> None:
    """Change the files, so that there is one of everything to do."""
    here.write(EDITED)
    here.edited("\n  attic: {}", "")


def kept(here: Ground, consent: Consent | None = None, name: str = "plan.json") -> SavedPlan:
    """Plan, save, and read what was saved."""
    path, agreed = here.root / name, consent or Consent()
    organization, _ = engine.load(here.root)
    plan = here.plan(agreed)
    engine.save(path, plan, agreed, instance=organization.instance, sandbox=True, made="2026-11-24T10:00:00Z")
    return engine.read_plan(path)


def left(here: Ground, saved: SavedPlan) -> Plan:
    """What is left to do of it."""
    organization, _ = engine.load(here.root)
    here.aws.refresh()
    return engine.resume(saved, organization, here.aws)


def carried_out(here: Ground, saved: SavedPlan) -> Report:
    """Apply a saved plan."""
    organization, _ = engine.load(here.root)
    plan = left(here, saved)
    return engine.apply(plan, here.aws, organization, saved.consent, here.events.append)


def killed_after(here: Ground, number: int, act: Callable[[], Any]) -> int:
    """Do this until so many calls have changed something; how many did."""
    seen: list[Call] = []

    def stop(call: Call) -> None:
        if not call.operation.startswith(READS):
            seen.append(call)
            if len(seen) == number:
                raise Killed

    here.box.watchers.append(stop)
    try:
        act()
    except Killed:
        pass
    finally:
        here.box.watchers.remove(stop)
    return len(seen)


def client(here: Ground) -> Any:
    """Another person's hands on the organization."""
    return here.box.session().client("organizations")


def policy(here: Ground, name: str) -> Any:
    """The policy of this name."""
    return next(p for p in here.box.state.policies.values() if p.name == name)


def unit(here: Ground, name: str) -> Any:
    """The unit of this name."""
    return next(u for u in here.box.state.units.values() if u.name == name)


def plan_file(here: Ground) -> Path:
    """Where `kept` saves."""
    return here.root / "plan.json"
