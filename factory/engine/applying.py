"""A plan in, a report out: carry it out, note it down, read again, and say what is left."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from factory import __version__
from factory.aws.errors import AwsError
from factory.core.change import Cause, Plan, Report, Result, Status
from factory.core.errors import SafetyRefusal
from factory.core.guard import Consent
from factory.engine.gate import gated
from factory.engine.journal import Journal, JournalBroken
from factory.engine.planning import plan as make_plan
from factory.engine.scheduler import Brake, Watch, asked_to, run
from factory.kinds.base import Site

if TYPE_CHECKING:
    from factory.aws.session import Aws
    from factory.engine.locking import Lock
    from factory.spec import Organization


def apply(
    plan: Plan,
    aws: Aws,
    organization: Organization,
    consent: Consent,
    watch: Watch,
    *,
    journal: Journal | None = None,
    lock: Lock | None = None,
    brake: Brake | None = None,
) -> Report:
    """Carry out exactly this plan. Raises ``SafetyRefusal`` before anything is changed if a rule refused it.

    Each request that changes something is in the ``journal`` before it is made, and is made only while the ``lock``
    is ours. The ``brake`` ends the run early. Raises ``JournalBroken`` where nothing could be noted from the start.
    """
    if plan.refusals:
        count = len(plan.refusals)
        raise SafetyRefusal(
            f"{count} safety rule{'s' * (count != 1)} refused the plan; nothing was changed",
            "see the refusals above, each with its way out",
        )
    began = aws.clock.now()
    journal, brake = journal or Journal(clock=aws.clock), brake or Brake()
    journal.open()
    try:
        journal.begin(
            replace(
                journal.facts,
                organization=plan.identity.organization,
                principal=plan.identity.caller,
                digest=plan.digest,
                token=lock.token if lock else 0,
                version=__version__,
            )
        )
        bucket = organization.template_bucket
        site = Site(aws, plan.identity, dict(plan.book), memory=journal, template_bucket=bucket)
        with gated(aws, lock, journal):
            results, stopped = run(plan, site, watch, brake)
        # Nothing is changed any more: that the last line is missing must not hide what was done.
        try:
            journal.end(Counter(str(result.status) for result in results), stopped.what if stopped else "")
        except JournalBroken:
            pass
        except KeyboardInterrupt:
            stopped = stopped or asked_to(brake.cause or Cause.INTERRUPT)
    finally:
        journal.close()
    remaining = None
    if stopped is None:
        with gated(aws, lock):
            remaining = _left(plan, results, aws, organization, consent, brake)
        if remaining is None and brake.cause:
            stopped = asked_to(brake.cause)
    return Report(plan, results, remaining, aws.clock.now() - began, stopped)


def _left(
    plan: Plan, results: tuple[Result, ...], aws: Aws, organization: Organization, consent: Consent, brake: Brake
) -> Plan | None:
    """The plan that a fresh read leaves; ``None`` where AWS does not answer: what was done must still be told.

    AWS may take a while to show what was done (Organizations User Guide: changes are not visible at once), so what is
    left without a reason is looked at again until the deadline.
    """
    undone = {result.change.address for result in results if result.status is not Status.DONE}
    poll, deadline = aws.limits.seconds("apply.verify")
    until = aws.clock.now() + deadline
    while True:
        remaining = None
        try:
            aws.refresh()
            remaining = make_plan(organization, aws, consent, plan.only)
            unexplained = remaining.refusals or any(c.address not in undone for c in remaining.changes)
            if not unexplained or brake.cause:
                return remaining
        except KeyboardInterrupt:
            return None
        except AwsError:
            # Something moved while it was read, say: the next look may see it whole.
            if brake.cause:
                return None
        except Exception:
            return None
        if aws.clock.now() + poll > until:
            return remaining
        aws.clock.sleep(poll)
