"""An organization of ten accounts before and after much is changed at once: made, moved, renamed, closed, removed."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from factory.core.guard import Consent
from factory.sandbox import Sandbox
from factory.sandbox.picture import picture as shown
from tests.engine.ground import Ground, denying, ground

CONSENT = Consent(close=frozenset({"mail"}), allow=frozenset({"mass-change"}))

BEFORE = {
    "accounts/organization.yaml": """\
defaults: {email: "aws+{name}@example.com", tags: {by: factory}}
root: {guardrails: [no-leaving]}
organizational_units:
  security: {}
  teams: {guardrails: [no-keys]}
  legacy: {guardrails: [no-buckets]}
  workloads: {}
  workloads/prod: {guardrails: [no-keys, no-buckets], tags: {stage: prod}}
  workloads/dev: {}
""",
    "audit": "ou: security\nname: Audit Log\n",
    "shop": "ou: workloads/prod\n",
    "blog": "ou: teams\n",
    "api": "ou: workloads/dev\nguardrails: [no-buckets]\n",
    "data": "ou: workloads/dev\n",
    "mail": "ou: security\n",
    "crm": "ou: legacy\n",
    "baselines/guardrails/no-leaving.yaml": denying("organizations:LeaveOrganization"),
    "baselines/guardrails/no-keys.yaml": denying("iam:CreateAccessKey"),
    "baselines/guardrails/no-buckets.yaml": denying("s3:CreateBucket"),
    "baselines/guardrails/no-users.yaml": denying("iam:CreateUser"),
}

AFTER: dict[str, str | None] = {
    "accounts/organization.yaml": """\
defaults: {email: "aws+{name}@example.com", tags: {by: factory, cost: c1}}
root: {guardrails: [no-leaving, no-root]}
organizational_units:
  security: {ou_tags: {tier: one}}
  squads: {was: teams, guardrails: [no-keys]}
  closing: {}
  workloads: {guardrails: [no-keys]}
  workloads/prod: {guardrails: [no-buckets], tags: {stage: production}}
  workloads/dev: {}
  workloads/test: {guardrails: [no-root]}
""",
    "blog": None,
    "diary": "ou: squads\nwas: blog\nemail: aws+blog@example.com\n",
    "api": "ou: workloads/dev\nname: The API\n",
    "data": "ou: workloads/prod\n",
    "mail": "ou: security\nstate: closed\nclosed_reason: nobody reads it\n",
    "crm": "ou: squads\n",
    "search": "ou: workloads/test\n",
    "maps": "ou: workloads/prod\nguardrails: [no-root]\n",
    "queue": "ou: workloads/dev\n",
    "baselines/guardrails/no-root.yaml": denying("iam:DeleteRole"),
    "baselines/guardrails/no-buckets.yaml": denying("s3:CreateBucket", ', Condition: {Bool: {"aws:x": "true"}}'),
    "baselines/guardrails/no-users.yaml": None,
}


@contextmanager
def upheaval(root: Path) -> Iterator[tuple[Ground, bytes]]:
    """The files of after, and the organization built as of before, which `restore` brings back."""
    with ground(root, BEFORE) as made:
        made.built()
        made.box.clock.sleep(3600)
        before = pickle.dumps(made.box.state)
        made.write(AFTER)
        yield made, before


def restore(here: Ground, before: bytes) -> None:
    """The organization as it was, however it has been changed since; time goes on."""
    state = here.box.state
    vars(state).update({key: value for key, value in vars(pickle.loads(before)).items() if key != "now"})
    here.aws.refresh()
    here.box.clock.sleep(3600)


def picture(box: Sandbox) -> dict[str, str]:
    """The organization by names instead of ids, once AWS has ended what it is at."""
    box.clock.sleep(600)
    return shown(box.state)
