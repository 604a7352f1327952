"""Real runs that are asked to end, or whose credentials expire: they report, let go of the lock, and can go on."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from factory.sandbox import Faults, Lost
from tests.integration.scene import APPLY, LEASE, Moment, Running, Scene, eventually

INT, TERM = signal.SIGINT, signal.SIGTERM
IN_A_CALL = Moment(1, operation="AttachPolicy")
"""Ten changes are done."""

AT_WORK = Moment(1, 3, operation="DeleteOrganizationalUnit")
"""Twenty changes are done, three creations under way, and one waits for them."""

ASKED = Moment(1, after=True, operation="CreateAccount")
"""AWS has heard of the first account, and its answer is not there yet."""


def held_up(scene: Scene, root: Path, moment: Moment, act: Callable[[Running], None]) -> Running:
    """A run to which this is done at this moment, while it waits for an answer."""
    begun: list[Running] = []
    scene.around.at(moment, lambda: act(begun[0]))
    begun.append(scene.start(root, *APPLY))
    eventually(lambda: scene.around.moment is None)
    return begun[0]


def signalled(running: Running, number: signal.Signals) -> None:
    """Send the first signal, and see it heard."""
    running.child.send_signal(number)
    eventually(lambda: "Stopping:" in running.err)


def counts(running: Running) -> dict[str, int]:
    """The report's lines by what became of the change."""
    found = {
        word: running.out.count(f"\n  {word} ") for word in ("done", "FAILED", "pending", "blocked", "not started")
    }
    return {word: count for word, count in found.items() if count}


def goes_on(scene: Scene, root: Path) -> None:
    """The same command once more finishes."""
    again = scene.run(root, *APPLY)
    assert again.code() == 0, again.told
    scene.finished(root)


@pytest.mark.parametrize(
    ("number", "code", "moment", "reported"),
    [
        (INT, 130, IN_A_CALL, {"done": 11, "not started": 13}),
        (TERM, 143, AT_WORK, {"done": 23, "not started": 1}),
    ],
    ids=["in a call", "while AWS is at work"],
)
def test_the_first_signal_drains(
    scene: Scene, number: signal.Signals, code: int, moment: Moment, reported: dict[str, int]
) -> None:
    root = scene.checkout(lock=True)
    scene.hold_creations()
    running = held_up(scene, root, moment, lambda running: signalled(running, number))
    before = scene.around.changes()
    scene.release_creations()
    assert running.code() == code, running.told
    assert counts(running) == reported
    assert "run apply again" in running.told
    began = scene.around.changes() - before
    assert not began or set(began) == {"MoveAccount"}, "new accounts come to where they belong; nothing else is begun"
    assert scene.lock()["state"] == "free"
    goes_on(scene, root)


@pytest.mark.parametrize(
    ("number", "code", "moment", "reported"),
    [
        (TERM, 143, IN_A_CALL, {"done": 10, "pending": 1, "not started": 13}),
        (INT, 130, AT_WORK, {"done": 20, "pending": 3, "not started": 1}),
        (TERM, 143, ASKED, {"done": 14, "pending": 1, "not started": 9}),
    ],
    ids=["in a call", "while AWS is at work", "when an account was asked for"],
)
def test_the_second_signal_ends_at_once(
    scene: Scene, number: signal.Signals, code: int, moment: Moment, reported: dict[str, int]
) -> None:
    root = scene.checkout(lock=True)
    scene.hold_creations()

    def twice(running: Running) -> None:
        signalled(running, number)
        running.child.send_signal(number)
        # The call that is under way gets no answer any more.
        time.sleep(0.6)
        raise Lost(heard=moment.after)

    running = held_up(scene, root, moment, twice)
    before, began = scene.around.changes(), time.monotonic()
    assert running.code(10) == code, running.told
    print(f"ended {time.monotonic() - began:.2f} s after the second signal")
    assert counts(running) == reported
    assert scene.around.changes() == before
    assert scene.lock()["state"] == "free"
    scene.release_creations()
    goes_on(scene, root)


@pytest.mark.parametrize(("number", "code"), [(INT, 130), (TERM, 143)])
def test_while_it_plans_one_signal_is_enough(scene: Scene, number: signal.Signals, code: int) -> None:
    root = scene.checkout(lock=True)
    running = held_up(scene, root, Moment(1, 12, operation="PutObject"), lambda run: run.child.send_signal(number))
    assert running.code(10) == code, running.told
    assert running.told == "Interrupted. Run the same command again: it starts from what AWS says then."
    assert not scene.around.changes()
    assert scene.lock()["state"] == "free"


@pytest.mark.parametrize(("number", "code"), [(INT, 130), (TERM, 143)])
def test_an_answer_that_does_not_come_holds_up_no_end(scene: Scene, number: signal.Signals, code: int) -> None:
    def until_it_ends(running: Running) -> None:
        running.child.send_signal(number)
        eventually(lambda: running.child.poll() is not None)

    running = held_up(scene, scene.checkout(), Moment(0, 12), until_it_ends)
    assert running.code(5) == code
    assert running.told == "Interrupted. Run the same command again: it starts from what AWS says then."


@pytest.mark.parametrize(
    ("lock", "moment", "reported"),
    [
        (True, IN_A_CALL, {"done": 10, "FAILED": 1, "not started": 13}),
        (False, AT_WORK, {"done": 20, "pending": 3, "blocked": 1}),
    ],
    ids=["in a call, with a lock in S3", "while AWS is at work"],
)
def test_expired_credentials(scene: Scene, lock: bool, moment: Moment, reported: dict[str, int]) -> None:
    root = scene.checkout(lock=lock)
    scene.hold_creations()

    def expire(_: Running) -> None:
        scene.box.faults = Faults(expires_after_calls=0)

    running = held_up(scene, root, moment, expire)
    assert running.code() == 3, running.told
    assert counts(running) == reported
    assert "sign in again" in running.told
    assert "run apply again" in running.told
    scene.box.faults = None
    scene.release_creations()
    if lock:
        assert scene.lock()["state"] == "held", "who may not ask S3 cannot let go of the lock"
        assert scene.run(root, *APPLY).code() == 5
        eventually(lambda: scene.lock_age() >= LEASE + 1)
    goes_on(scene, root)
