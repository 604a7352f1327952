"""Both locks together: the checkout's first, then S3's; freed in the other order; and broken by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from factory.core.errors import FactoryError, LockedOut
from factory.engine.local_lock import look_here
from factory.engine.locking import break_lock, locked, look
from factory.spec import Organization
from tests.engine.locks import LEASE, LIMITS, ORGANIZATION, PLACE, RENEWAL, Scene, Watch, holder, scene


@pytest.fixture
def here() -> Iterator[Scene]:
    with scene() as made:
        yield made


def aws(here: Scene):
    return here.s3.aws(LIMITS, Watch(here.time))


def test_without_a_bucket_there_is_the_lock_of_the_checkout_alone(here: Scene, tmp_path: Path) -> None:
    with locked(tmp_path, Organization(), aws(here), holder("one")) as lock:
        lock.keep()
        lock.require()
        assert lock.token == 0
        assert look_here(tmp_path).held
    assert here.s3.sent == []
    assert not look_here(tmp_path).held


def test_both_are_held_and_both_are_freed(here: Scene, tmp_path: Path) -> None:
    with locked(tmp_path, ORGANIZATION, aws(here), holder("one")) as lock:
        lock.require()
        assert lock.token == 1
        assert look_here(tmp_path).held
        assert look(PLACE, aws(here)).held
    assert not look_here(tmp_path).held
    seen = look(PLACE, aws(here))
    assert (seen.held, seen.left) == (False, None)
    assert seen.record
    assert (seen.record.token, seen.record.holder) == (1, holder("one"))


def test_the_same_checkout_is_refused_before_s3_is_asked(here: Scene, tmp_path: Path) -> None:
    with locked(tmp_path, ORGANIZATION, aws(here), holder("one")):
        before = len(here.s3.sent)
        with (
            pytest.raises(LockedOut, match=r"\.factory/lock is held by"),
            locked(tmp_path, ORGANIZATION, aws(here), holder("two")),
        ):
            pytest.fail("entered")
        assert len(here.s3.sent) == before


def test_another_checkout_is_refused_by_s3_and_lets_go_of_its_own(here: Scene, tmp_path: Path) -> None:
    with locked(tmp_path / "a", ORGANIZATION, aws(here), holder("one")):
        with (
            pytest.raises(LockedOut, match=r"s3://example-factory/factory/main\.lock is held by one-owner"),
            locked(tmp_path / "b", ORGANIZATION, aws(here), holder("two")),
        ):
            pytest.fail("entered")
        assert not look_here(tmp_path / "b").held
        assert look(PLACE, aws(here)).held


@pytest.mark.parametrize("error", [ValueError, FactoryError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_both_are_freed_whatever_happens(here: Scene, tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), locked(tmp_path, ORGANIZATION, aws(here), holder("one")):
        raise error("the run's own")
    assert not look_here(tmp_path).held
    assert not look(PLACE, aws(here)).held


def test_failing_to_free_does_not_hide_the_runs_own_error(here: Scene, tmp_path: Path) -> None:

    def fails() -> None:
        with locked(tmp_path, ORGANIZATION, aws(here), holder("one")):
            here.s3.down = True
            raise ValueError("the run's own")

    with pytest.raises(ValueError, match="the run's own"):
        fails()
    here.s3.down = False
    assert not look_here(tmp_path).held
    assert look(PLACE, aws(here)).held
    here.passes(LEASE)
    with locked(tmp_path, ORGANIZATION, aws(here), holder("two")) as lock:
        assert lock.token == 2


def test_interrupted_while_it_is_taken_it_is_freed(
    here: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from factory.aws.objects import Objects

    original = Objects.put_new

    def interrupted(self: Objects, key: str, body: bytes) -> str | None:
        original(self, key, body)
        raise KeyboardInterrupt

    monkeypatch.setattr(Objects, "put_new", interrupted)
    with pytest.raises(KeyboardInterrupt), locked(tmp_path, ORGANIZATION, aws(here), holder("one")):
        pytest.fail("entered")
    assert not look(PLACE, aws(here)).held


def test_a_bucket_that_does_not_exist_leaves_nothing_locked(here: Scene, tmp_path: Path) -> None:
    from dataclasses import replace

    elsewhere = Organization(lock=replace(PLACE, bucket="no-such-bucket"))
    with (
        pytest.raises(FactoryError, match="NoSuchBucket"),
        locked(tmp_path, elsewhere, aws(here), holder("one")),
    ):
        pytest.fail("entered")
    assert not look_here(tmp_path).held


def test_breaking_frees_it_and_the_broken_run_changes_nothing_more(here: Scene) -> None:
    first = here.holding("one")
    first.require()
    before = here.time.passed
    seen = break_lock(PLACE, aws(here), "one", holder("breaker"))
    assert seen
    assert seen.record
    assert seen.record.holder.run == "one"
    assert here.time.passed - before == RENEWAL, "so long a live run may take to notice"
    second = here.holding("two")
    second.require()
    assert second.token == 3
    with pytest.raises(LockedOut, match="has lost its lock"):
        first.require()


def test_while_it_is_broken_nobody_else_gets_it(here: Scene) -> None:
    here.holding("one")

    class Looking(Watch):
        def sleep(self, seconds: float) -> None:
            with pytest.raises(LockedOut, match="held by breaker-owner"):
                here.run("two").acquire()
            super().sleep(seconds)

    assert break_lock(PLACE, here.s3.aws(LIMITS, Looking(here.time)), "one", holder("breaker"))
    assert here.holding("three").token == 3


def test_only_the_named_run_is_broken(here: Scene) -> None:
    first = here.holding("one")
    with pytest.raises(LockedOut, match="not the run zero holds the lock") as caught:
        break_lock(PLACE, aws(here), "zero", holder("breaker"))
    assert "one-owner (run one" in caught.value.what
    here.passes(RENEWAL)
    first.require()


def test_a_free_lock_needs_no_breaking(here: Scene) -> None:
    assert break_lock(PLACE, aws(here), "one", holder("breaker")) is None
    here.holding("one").release()
    body = here.s3.body(PLACE.key)
    assert break_lock(PLACE, aws(here), "one", holder("breaker")) is None
    assert here.s3.body(PLACE.key) == body


def test_a_lease_that_has_run_out_is_broken_without_waiting(here: Scene) -> None:
    here.holding("one")
    here.passes(LEASE)
    before = here.time.passed
    assert break_lock(PLACE, aws(here), "one", holder("breaker"))
    assert here.time.passed == before


def test_an_interrupted_break_does_not_free_too_early(here: Scene) -> None:
    here.holding("one")

    class Interrupted(Watch):
        def sleep(self, seconds: float) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_lock(PLACE, here.s3.aws(LIMITS, Interrupted(here.time)), "one", holder("breaker"))
    with pytest.raises(LockedOut, match="held by breaker-owner"):
        here.run("two").acquire()


def test_a_break_that_cannot_free_says_so(here: Scene) -> None:
    here.holding("one")

    class Down(Watch):
        def sleep(self, seconds: float) -> None:
            here.s3.down = True
            super().sleep(seconds)

    with pytest.raises(FactoryError, match="could not be freed"):
        break_lock(PLACE, here.s3.aws(LIMITS, Down(here.time)), "one", holder("breaker"))


def test_a_renewal_between_look_and_break_does_not_save_the_run(here: Scene) -> None:
    first = here.holding("one")
    here.passes(RENEWAL)
    asked = aws(here)
    objects = asked.objects(PLACE.bucket, PLACE.region)
    original = objects.get
    looks: list[str] = []

    def renewed_meanwhile(key: str):
        found = original(key)
        looks.append(key)
        if len(looks) == 2:
            first.keep()
        return found

    objects.get = renewed_meanwhile  # type: ignore[method-assign]
    asked._objects = lambda *_: objects
    assert break_lock(PLACE, asked, "one", holder("breaker"))
    assert json.loads(here.s3.body(PLACE.key))["run"] == "breaker"
    assert len(looks) == 4
