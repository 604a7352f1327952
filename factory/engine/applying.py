"""A plan in, a report out: carry it out, read again, and say what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from factory.core.change import Plan, Report
from factory.core.errors import SafetyRefusal
from factory.core.guard import Consent
from factory.engine.planning import plan as make_plan
from factory.engine.scheduler import Watch, run
from factory.kinds.base import Site

if TYPE_CHECKING:
    from factory.aws.session import Aws
    from factory.spec import Organization


def apply(plan: Plan, aws: Aws, organization: Organization, consent: Consent, watch: Watch) -> Report:
    """Carry out exactly this plan. Raises ``SafetyRefusal`` before anything is changed if a rule refused it."""
    if plan.refusals:
        count = len(plan.refusals)
        raise SafetyRefusal(
            f"{count} safety rule{'s' * (count != 1)} refused the plan; nothing was changed",
            "see the refusals above, each with its way out",
        )
    began = aws.clock.now()
    site = Site(aws, plan.identity, dict(plan.book))
    results, interrupted = run(plan, site, watch)
    if interrupted:
        return Report(plan, results, None, aws.clock.now() - began, interrupted)
    aws.refresh()
    try:
        remaining = make_plan(organization, aws, consent, plan.only)
    except Exception:
        # What was done is known and must be told even if AWS does not answer any more.
        remaining = None
    return Report(plan, results, remaining, aws.clock.now() - began)
