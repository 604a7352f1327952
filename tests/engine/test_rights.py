"""Lock-outs and rights on the sandbox: stacks, templates and attachments as they really are read."""

from __future__ import annotations

from pathlib import Path

from factory.engine import Consent
from tests.engine.ground import denying, ground
from tests.engine.test_baselines import FILES, ORGANIZATION

ROLES = '["arn:*:iam::*:role/stacksets-exec-*", "arn:*:iam::*:role/break-glass"]'
EXEMPT = f', Condition: {{ArnNotLike: {{"aws:PrincipalArn": {ROLES}}}}}'


def guarded(unit: str, more: str = "") -> dict[str, str]:
    """The files with a denial of everything on a unit."""
    written = ORGANIZATION.replace(f"  {unit}: {{", f"  {unit}: {{guardrails: [closed], ").replace(", }", "}")
    return {"accounts/organization.yaml": written, "baselines/guardrails/closed.yaml": denying("*", more)}


def test_neither_the_roles_of_stack_sets_nor_break_glass_are_locked_out(tmp_path: Path) -> None:
    with ground(tmp_path, FILES) as here:
        here.ready()
        here.write(guarded("workloads"))
        emergency, found = here.plan().refusals
        assert [emergency.rule, found.rule] == ["lock-out", "lock-out"]
        assert "the role break-glass could no longer do " in emergency.message
        assert "the role stacksets-exec-* could no longer do " in found.message
        assert "in account shop: on ou:workloads, statement number 1 of guardrail:closed denies it" in found.message
        here.write(guarded("workloads", EXEMPT))
        plan = here.plan()
        assert plan.refusals == ()
        assert [shift.sentence for shift in plan.rights.shifts] == [
            "account shop loses every action, but for roles break-glass, stacksets-exec-*"
        ]
        here.built()
        here.write({"accounts/organization.yaml": ORGANIZATION})
        assert [refusal.rule for refusal in here.plan(Consent(no_weaken=True)).refusals] == ["no-weaken"]
        assert here.plan().refusals == ()
