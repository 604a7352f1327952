"""Saving a plan, carrying out a saved one, and the second look after a person has said yes."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from factory.core import emails
from factory.core.change import Notice, Plan
from factory.core.errors import SafetyRefusal, StalePlan, UsageError
from factory.core.guard import Consent
from factory.core.saved import SavedPlan, saved
from factory.core.stale import differences, standing
from factory.engine import plan_files
from factory.engine.events import LogEvent, emit
from factory.engine.planning import decide, order, survey
from factory.engine.planning import plan as make_plan
from factory.kinds.account_identity import GONE

if TYPE_CHECKING:
    from factory.aws.session import Aws
    from factory.spec import Organization

PLAN_AGAIN = "look at the plan again, and save it anew: factory plan --out FILE"


def save(path: Path, plan: Plan, consent: Consent, *, instance: str, sandbox: bool, made: str) -> None:
    """Write the plan to a file. ``made`` says when it was made, for people.

    Raises ``SafetyRefusal`` where a rule refuses the plan, ``FactoryError`` where it cannot be written.
    """
    if plan.refusals:
        raise SafetyRefusal(f"a plan that is refused is not saved: there is no {path}", "see the refusals above")
    for name in sorted(consent.close | consent.gap):
        if emails.present(name):
            raise UsageError(f"{name} holds an e-mail address, and none may stand in a saved plan", "apply it directly")
    salt = secrets.token_hex(16)
    plan_files.write(path, saved(plan, consent, instance=instance, sandbox=sandbox, made=made, salt=salt))


def resume(plan: SavedPlan, organization: Organization, aws: Aws) -> Plan:
    """What is left to do of a saved plan, as a fresh plan that is confined to it.

    AWS is read and compared as for any plan. The whole difference decides whether the saved plan still stands, for
    what has moved may lie outside of it; what will be done, and that alone, is what order and rules judge. Raises
    ``StalePlan`` with everything that has moved.
    """
    if plan.instance != organization.instance:
        raise StalePlan(
            f"the plan was saved for the instance {plan.instance}, these files are for {organization.instance}",
            "use the files that it was made from",
        )
    case, notices = survey(organization, aws, plan.consent)
    found = case.snapshot.identity.organization
    if plan.organization != found:
        raise StalePlan(
            f"the plan was saved for the organization {plan.organization}, the credentials lead to {found}",
            "use other credentials (--profile)",
        )
    stands = standing(plan, case, order(case)[0], notices, GONE)
    if stands.moved:
        raise StalePlan("the plan is stale; since it was saved, these have moved:", PLAN_AGAIN, stands.moved)
    made = decide(case, notices, stands.only)
    if not stands.begun and made.digest != plan.digest:
        raise StalePlan(
            f"the plan's digest {plan.digest} is not that of what it holds, {made.digest}: the file was edited",
            PLAN_AGAIN,
        )
    emit(LogEvent.PLANNED, changes=len(made.changes), refusals=len(made.refusals), digest=made.digest)
    count = len(plan.changes)
    words = f"saved {plan.made} as {plan.digest}: {stands.done} of {count} change{'s' * (count != 1)} done already"
    return replace(made, notices=(*made.notices, Notice("saved-plan", words)))


def confirm(
    shown: Plan, organization: Organization, aws: Aws, consent: Consent, origin: SavedPlan | None = None
) -> Plan:
    """Read and plan again, since people take their time to answer. ``origin`` is the saved plan it came from.

    Returns the fresh plan; raises ``StalePlan`` with what moved where it is not the one that was shown.
    """
    aws.refresh()
    now = resume(origin, organization, aws) if origin else make_plan(organization, aws, consent)
    if now.digest != shown.digest:
        raise StalePlan(
            "the organization, or its files, changed while you were reading:",
            "run the command again, and look at the new plan",
            differences(shown, now),
        )
    return now


def expect(plan: Plan, digest: str) -> None:
    """Raise ``StalePlan`` where the plan is not the one with this digest."""
    if plan.digest != digest:
        raise StalePlan(
            f"the plan is another one now: its digest is {plan.digest}, expected was {digest}",
            "look at the plan above; if it is what you want, expect its digest",
        )
