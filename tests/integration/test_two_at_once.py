"""Two real processes at once: one changes the organization, the other is told who does."""

from __future__ import annotations

import os
import signal

import pytest

from factory.core.journal import runs
from tests.integration.scene import APPLY, BUCKET, KEY, Moment, Running, Scene, eventually, journal

FOURTH = Moment(2, after=True, operation="CreateOrganizationalUnit")
"""With it, four changes are done."""


def of(owner: str) -> dict[str, str]:
    """The environment of a job that this person began."""
    parts = {"SERVER_URL": "https://git.example", "REPOSITORY": "cloud/accounts", "RUN_ID": owner}
    return {"GITHUB_ACTOR": owner, **{f"GITHUB_{name}": value for name, value in parts.items()}}


@pytest.mark.parametrize("lock", [False, True], ids=["in one checkout", "in two checkouts"])
def test_of_two_that_apply_at_once_exactly_one_changes_something(scene: Scene, lock: bool) -> None:
    one = scene.checkout("one", lock=lock)
    two = scene.checkout("two", lock=lock) if lock else one
    scene.hold_creations()
    both = [(scene.start(root, *APPLY, **of(owner)), root, owner) for root, owner in ((one, "ann"), (two, "bob"))]
    eventually(lambda: any(running.child.poll() is not None for running, _, _ in both))
    both.sort(key=lambda each: each[0].child.poll() is None)
    (loser, its, _), (winner, _, owner) = both
    assert winner.child.poll() is None, "no run ends while AWS makes its accounts"
    assert loser.code() == 5, loser.told
    link = f"https://git.example/cloud/accounts/actions/runs/{owner}"
    for word in (owner, f"process {winner.child.pid}", os.uname().nodename, f"factory {' '.join(APPLY)}", link):
        assert word in loser.told
    scene.release_creations()
    assert winner.code() == 0, winner.told
    assert scene.around.changes().total() == scene.prepared.writes, "those of one run"
    assert len(runs(journal(one if its is two else two).records)) == 1
    assert its is one or not (its / ".factory" / "journal").exists(), "who changes nothing notes nothing"
    before = scene.around.changes()
    again = scene.run(its, *APPLY)
    assert again.code() == 0, again.told
    assert "No changes." in again.told
    assert scene.around.changes() == before
    assert scene.as_wanted()
    assert scene.asked_once()


@pytest.mark.parametrize("frozen", [True, False], ids=["frozen meanwhile", "waiting for AWS meanwhile"])
def test_a_run_whose_lock_is_broken_changes_nothing_more(scene: Scene, frozen: bool) -> None:
    one, two = scene.checkout("one", lock=True), scene.checkout("two", lock=True)
    scene.hold_creations()
    begun: list[Running] = []
    if frozen:
        scene.around.at(FOURTH, lambda: os.kill(begun[0].child.pid, signal.SIGSTOP))
    begun.append(scene.start(one, *APPLY))
    running = begun[0]
    eventually(lambda: scene.around.moment is None if frozen else scene.around.made("DeleteOrganizationalUnit"))
    broken = scene.run(two, "lock", "break", "--run", scene.lock()["run"])
    assert broken.code() == 0, broken.told
    before = scene.around.changes()
    scene.release_creations()
    os.kill(running.child.pid, signal.SIGCONT)
    assert running.code() == 5, running.told
    assert scene.around.changes() == before
    # Accounts that AWS has made meanwhile wait in the root; the report must not call that a failure.
    assert [running.out.count(f"\n  {status} ") for status in ("done", "FAILED", "pending")] == (
        [4, 1, 0] if frozen else [20, 0, 3]
    )
    assert f"\n  {'not started' if frozen else 'blocked'} " in running.out
    assert "this run has lost its lock" in running.told
    shown = scene.run(one, "lock", "show")
    assert (shown.code(), f"{BUCKET}/{KEY} free" in shown.told) == (0, True), shown.told
    again = scene.run(two, *APPLY)
    assert again.code() == 0, again.told
    scene.finished(two)


def test_an_account_that_is_being_made_elsewhere_is_waited_for(scene: Scene) -> None:
    root = scene.checkout()
    scene.hold_creations()
    scene.killed(root, Moment(1, after=True, operation="CreateAccount"), *APPLY)
    (root / ".factory" / "journal" / "journal.jsonl").unlink()
    scene.around.names.clear()
    running = scene.start(root, *APPLY)
    eventually(lambda: scene.around.names.count("ListCreateAccountStatus") > 20)
    assert running.child.poll() is None
    scene.release_creations()
    assert running.code() == 0, running.told
    assert scene.around.changes()["CreateAccount"] == 2, "there are three new accounts"
    scene.finished(root)
