"""A saved plan that real processes carry out: killed in the middle it is finished, moved under it is refused."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from tests.integration.scene import AGREED, Moment, Scene

MIDDLE = Moment(1, operation="AttachPolicy")
"""Ten changes are done, a guardrail is still to be rewritten."""


@pytest.mark.parametrize("after", [False, True], ids=["before the effect", "after the effect"])
def test_killed_in_the_middle_it_is_finished_exactly(scene: Scene, after: bool) -> None:
    root = scene.checkout()
    planned = scene.run(root, "plan", "--out", "plan.json", *AGREED)
    assert planned.code() == 0, planned.told
    # What the files want since then is not in the plan.
    (root / "accounts" / "later.yaml").write_text("ou: squads\n")
    scene.killed(root, MIDDLE._replace(after=after), "apply", "plan.json", "--yes")
    done = scene.around.changes()
    again = scene.run(root, "apply", "plan.json", "--yes")
    assert again.code() == 0, again.told
    assert scene.around.changes().total() == scene.prepared.writes + (not after), "one was not heard, none is repeated"
    assert done.total() == 13
    assert scene.as_wanted()
    assert scene.asked_once()
    before = scene.around.changes()
    third = scene.run(root, "apply", "plan.json", "--yes")
    assert third.code() == 0, third.told
    assert "Nothing left to do" in third.told
    assert scene.around.changes() == before
    (root / "accounts" / "later.yaml").unlink()
    scene.finished(root)


def test_moved_by_hand_meanwhile_it_is_refused(scene: Scene) -> None:
    root = scene.checkout()
    assert scene.run(root, "plan", "--out", "plan.json", *AGREED).code() == 0
    scene.killed(root, MIDDLE, "apply", "plan.json", "--yes")
    client(scene).update_policy(PolicyId=policy_id(scene, "no-buckets"), Content=json.dumps(OTHER))
    before = scene.around.changes()
    refused = scene.run(root, "apply", "plan.json", "--yes")
    assert refused.code() == 4, refused.told
    assert "guardrail:no-buckets" in refused.err
    assert scene.around.changes() == before


OTHER = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}


def client(scene: Scene) -> Any:
    """Another person's hands."""
    make: Any = boto3.client
    keys = {"region_name": "us-east-1", "aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox"}
    return make("organizations", endpoint_url=scene.server.url, **keys)


def policy_id(scene: Scene, name: str) -> str:
    """The id of the guardrail of this name."""
    return next(policy.id for policy in scene.box.state.policies.values() if policy.name == name)
