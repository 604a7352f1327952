"""The scheduler: order, branches, what is in flight, polling, deadlines, events, and the book of ids."""

from __future__ import annotations

import time

import pytest

from factory.aws.errors import AwsError, CredentialsError
from factory.core.address import Address
from factory.core.change import Cause, Status
from factory.core.errors import FactoryError
from factory.engine import scheduler
from factory.sandbox.clock import EPOCH, SimulatedClock
from tests.engine.scripted import DEADLINE, IN_FLIGHT, POLL, WAIT, Scripted, Stage, create, update

REFUSED = FactoryError("AWS will not have it", "ask for something else")
THROTTLED = AwsError("TooManyRequestsException", "organizations.ListCreateAccountStatus")


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    clock = SimulatedClock()
    kinds = {name: Scripted(name, clock) for name in ("thing", "other")}
    monkeypatch.setattr(scheduler, "registry", lambda: kinds)
    return Stage(clock, kinds)


def statuses(results: dict[str, object]) -> dict[str, str]:
    return {name: str(result.status) for name, result in results.items()}  # type: ignore[attr-defined]


class TestOrder:
    def test_the_plan_order_is_kept(self, stage: Stage) -> None:
        results = stage.run(create("c"), create("a"), create("b"))
        assert [name for _, name, _ in stage.thing.moments] == ["c", "a", "b"]
        assert list(results) == ["c", "a", "b"]
        assert set(statuses(results).values()) == {"done"}

    def test_a_change_starts_once_all_it_waits_for_are_done(self, stage: Stage) -> None:
        stage.thing.scripts = {"a": [WAIT, WAIT, "id-a"], "b": [WAIT, "id-b"]}
        stage.run(create("a"), create("b"), create("c"), c="a b")
        assert stage.told().index("start c") > stage.told().index("done a") > stage.told().index("done b")

    def test_what_waits_for_nothing_starts_while_others_are_pending(self, stage: Stage) -> None:
        stage.thing.scripts = {"a": [WAIT, "id-a"]}
        stage.run(create("a"), create("b"), create("c"), b="a")
        assert stage.told() == ["start a", "progress a", "start c", "done c", "done a", "start b", "done b"]

    def test_changes_that_wait_for_each_other_are_a_bug_and_not_a_standstill(self, stage: Stage) -> None:
        with pytest.raises(ValueError, match="wait for each other"):
            stage.run(create("a"), create("b"), a="b", b="a")


class TestFailure:
    def test_it_blocks_what_depends_on_it_and_says_on_what(self, stage: Stage) -> None:
        stage.thing.scripts = {"a": [REFUSED]}
        results = stage.run(create("a"), create("b"), create("c"), create("alone"), b="a", c="b")
        assert statuses(results) == {"a": "failed", "b": "blocked", "c": "blocked", "alone": "done"}
        assert (results["a"].error, results["a"].fix) == ("AWS will not have it", "ask for something else")
        assert results["b"].error == "waits for thing:a, which is not done"
        assert results["c"].error == "waits for thing:b, which is not done"
        assert [name for what, name, _ in stage.thing.moments if what == "start"] == ["a", "alone"]

    def test_one_of_several_reasons_is_enough(self, stage: Stage) -> None:
        stage.thing.scripts = {"b": [REFUSED]}
        results = stage.run(create("a"), create("b"), create("c"), c="a b")
        assert statuses(results) == {"a": "done", "b": "failed", "c": "blocked"}

    def test_found_out_later_it_is_the_same(self, stage: Stage) -> None:
        stage.thing.scripts = {"a": [WAIT, REFUSED], "x": [WAIT, WAIT, "id-x"]}
        results = stage.run(create("a"), create("x"), create("b"), create("y"), b="a", y="x")
        assert statuses(results) == {"a": "failed", "x": "done", "b": "blocked", "y": "done"}

    def test_an_error_of_ours_ends_one_change_and_is_told(self, stage: Stage) -> None:
        stage.thing.scripts = {"a": [WAIT, KeyError("bug")], "b": [KeyError("bug")]}
        results = stage.run(create("a"), create("b"), create("c"))
        assert statuses(results) == {"a": "failed", "b": "failed", "c": "done"}
        assert {r.error for r in results.values() if r.error} == {"internal error: KeyError: 'bug'"}


class TestInterrupt:
    def test_tells_what_was_done_what_is_under_way_and_what_was_not_begun(self, stage: Stage) -> None:
        stage.thing.scripts = {"slow": [WAIT] * 9, "b": [KeyboardInterrupt()]}
        results = stage.run(create("a"), create("slow"), create("b"), create("c"), c="b")
        assert statuses(results) == {"a": "done", "slow": "pending", "b": "pending", "c": "not-started"}
        assert stage.stopped
        assert stage.stopped.cause is Cause.INTERRUPT
        assert "the run ended before AWS's last word" in results["b"].error
        assert "run apply again" in results["slow"].fix

    def test_is_not_what_happens_otherwise(self, stage: Stage) -> None:
        stage.run(create("a"))
        assert stage.stopped is None


class TestInFlight:
    def test_no_more_creations_than_the_limit(self, stage: Stage) -> None:
        names = [f"a{number}" for number in range(8)]
        stage.thing.scripts = {name: [WAIT, WAIT, f"id-{name}"] for name in names}
        results = stage.run(*map(create, names))
        assert stage.thing.most_running == IN_FLIGHT
        assert set(statuses(results).values()) == {"done"}

    def test_the_limit_is_full_again_as_soon_as_one_is_done(self, stage: Stage) -> None:
        stage.thing.scripts = {name: [WAIT, f"id-{name}"] for name in "abcd"}
        stage.thing.scripts["a"] = [WAIT, WAIT, WAIT, "id-a"]
        stage.run(*map(create, "abcd"))
        starts = {name: when - EPOCH for what, name, when in stage.thing.moments if what == "start"}
        assert starts == {"a": 0, "b": 0, "c": 0, "d": POLL}

    def test_other_actions_and_other_kinds_do_not_count(self, stage: Stage) -> None:
        stage.thing.scripts = {name: [WAIT, f"id-{name}"] for name in "abc"}
        stage.run(*map(create, "abc"), update("u"), create("o", "other"), create("d"))
        assert stage.told().index("done u") < stage.told().index("start d")
        assert stage.told().index("done o") < stage.told().index("start d")


class TestTurns:
    """Creations come at AWS's rate, and nothing else waits for their turn."""

    def test_a_creation_begins_when_its_turn_has_come(self, stage: Stage) -> None:
        stage.rate = 1 / 7
        stage.run(*map(create, "abc"))
        assert [round(when - EPOCH, 1) for when in stage.thing.times("start")] == [0, 7, 14]

    def test_meanwhile_other_changes_and_looks_go_on(self, stage: Stage) -> None:
        stage.rate = 1 / 100
        stage.thing.scripts = {"a": [WAIT, WAIT, "id-a"]}
        stage.run(*map(create, "ab"), update("u"), create("o", "other"), update("v"), v="a")
        starts = {name: round(when - EPOCH, 1) for what, name, when in stage.thing.moments if what == "start"}
        assert starts == {"a": 0, "u": 0, "v": 2 * POLL, "b": 100}
        assert [round(when - EPOCH, 1) for when in stage.thing.times("poll")] == [POLL, 2 * POLL]
        assert stage.told().index("done o") < stage.told().index("start b")

    def test_a_run_that_is_being_stopped_waits_for_no_turn(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        stage.rate = 1 / 2
        stage.thing.scripts = {"a": [WAIT, "id-a"]}
        naps: list[float] = []
        sleep = stage.clock.sleep

        def interrupted(seconds: float) -> None:
            stage.brake.pull(Cause.INTERRUPT)
            naps.append(seconds)
            sleep(seconds)

        monkeypatch.setattr(stage.clock, "sleep", interrupted)
        results = stage.run(*map(create, "ab"))
        assert statuses(results) == {"a": "done", "b": "not-started"}
        assert len(naps) == 2  # until the turn, during which the stop came, and then until the look


class TestPolling:
    def test_at_the_interval_of_the_limits_table(self, stage: Stage) -> None:
        stage.thing.scripts = {"a": [WAIT, WAIT, WAIT, "id-a"]}
        results = stage.run(create("a"))
        assert [when - EPOCH for when in stage.thing.times("poll")] == [POLL, 2 * POLL, 3 * POLL]
        assert results["a"].seconds == 3 * POLL

    def test_all_that_is_pending_of_a_kind_at_once(self, stage: Stage) -> None:
        stage.thing.scripts = {name: [WAIT, f"id-{name}"] for name in "ab"}
        stage.run(create("a"), create("b"))
        assert [name for what, name, _ in stage.thing.moments if what == "poll"] == ["a b"]

    def test_a_later_batch_waits_its_own_interval(self, stage: Stage) -> None:
        stage.thing.scripts = {"a": [WAIT, "id-a"], "b": [WAIT, "id-b"]}
        stage.kinds["other"].scripts = {"o": [WAIT, WAIT, "id-o"]}
        stage.run(create("a"), create("o", "other"), create("b"), b="a o")
        assert [when - EPOCH for when in stage.thing.times("poll")] == [POLL, 3 * POLL]

    def test_what_begins_together_is_looked_at_once_all_that_can_be_started_is(self, stage: Stage) -> None:
        stage.thing.begins_together = True  # type: ignore[misc]
        stage.thing.scripts = {name: [WAIT, WAIT, WAIT, WAIT, f"id-{name}"] for name in "abc"}
        stage.kinds["other"].scripts = {"o": [WAIT, "id-o"]}
        stage.run(create("a"), create("o", "other"), create("b"), create("c"), c="o")
        polls = [(name, when - EPOCH) for what, name, when in stage.thing.moments if what == "poll"]
        assert polls[:2] == [("a b", 0), ("a b", POLL)]
        # The one that came later does not wait for its turn either, and all wait their interval from then on.
        assert polls[2:5] == [("a b c", POLL), ("a b c", 2 * POLL), ("c", 3 * POLL)]

    def test_what_began_together_and_is_late_is_not_looked_at_for_ever(self, stage: Stage) -> None:
        stage.thing.begins_together = True  # type: ignore[misc]
        stage.thing.scripts = {"a": [WAIT] * 100}
        assert statuses(stage.run(create("a"))) == {"a": "pending"}

    def test_each_kind_by_itself(self, stage: Stage) -> None:
        stage.thing.scripts = {"a": [WAIT, WAIT, "id-a"]}
        stage.kinds["other"].scripts = {"o": [WAIT, "id-o"]}
        stage.run(create("a"), create("o", "other"))
        assert len(stage.thing.times("poll")) == 2
        assert len(stage.kinds["other"].times("poll")) == 1

    def test_after_the_deadline_it_stays_pending_and_a_later_run_goes_on(self, stage: Stage) -> None:
        stage.thing.scripts = {"a": [WAIT] * 100}
        results = stage.run(create("a"), create("b"), create("alone"), b="a")
        assert statuses(results) == {"a": "pending", "b": "blocked", "alone": "done"}
        assert results["a"].error == "AWS is still at work: waiting for the thing"
        assert results["a"].fix == "run apply again: it goes on from where AWS is"
        assert results["a"].seconds == DEADLINE
        assert results["b"].error == "waits for thing:a, which is not done"


class TestAPollThatFails:
    def test_once_is_no_failure_of_anything(self, stage: Stage) -> None:
        stage.thing.scripts = {name: [WAIT, WAIT, f"id-{name}"] for name in "ab"}
        stage.thing.poll_errors = [None, THROTTLED]
        results = stage.run(create("a"), create("b"), create("c"), c="a")
        assert statuses(results) == {"a": "done", "b": "done", "c": "done"}
        assert len(stage.thing.times("poll")) == 3

    def test_for_as_long_as_the_deadline_it_leaves_them_pending_and_says_why(self, stage: Stage) -> None:
        stage.thing.scripts = {"a": [WAIT]}
        stage.thing.poll_errors = [THROTTLED] * 100
        result = stage.run(create("a"))["a"]
        assert (result.status, result.seconds) == (Status.PENDING, DEADLINE)
        assert result.error == (
            "AWS may still be at work: waiting for the thing; the last look failed: "
            "AWS organizations.ListCreateAccountStatus: TooManyRequestsException"
        )
        assert result.fix == "run apply again: it goes on from where AWS is"

    def test_an_error_that_is_over_is_not_told_at_the_deadline(self, stage: Stage) -> None:
        stage.thing.scripts = {"a": [WAIT] * 100}
        stage.thing.poll_errors = [THROTTLED]
        assert stage.run(create("a"))["a"].error == "AWS is still at work: waiting for the thing"

    def test_with_credentials_that_ran_out_nobody_waits_for_the_deadline(self, stage: Stage) -> None:
        stage.thing.scripts = {name: [WAIT] for name in "ab"}
        expired = CredentialsError("ExpiredToken", "organizations.ListCreateAccountStatus", hint="sign in again")
        stage.thing.poll_errors = [expired]
        results = stage.run(create("a"), create("b"))
        assert statuses(results) == {"a": "pending", "b": "pending"}
        assert results["a"].seconds == POLL
        assert "ExpiredToken" in results["a"].error
        assert results["a"].fix == "sign in again; run apply again: it goes on from where AWS is"

    def test_an_error_about_one_thing_is_a_failure_of_that_thing(self, stage: Stage) -> None:
        stage.thing.scripts = {"a": [WAIT, REFUSED], "b": [WAIT, WAIT, "id-b"]}
        assert statuses(stage.run(create("a"), create("b"))) == {"a": "failed", "b": "done"}


def test_events_come_in_order_with_the_seconds_since_the_start(stage: Stage) -> None:
    stage.thing.scripts = {"a": [WAIT, WAIT, "id-a"], "b": [REFUSED], "d": [WAIT] * 100}
    stage.run(create("a"), create("b"), create("c"), create("d"), c="b")
    assert stage.told() == [
        "start a",
        "progress a",
        "start b",
        "failed b",
        "blocked c",
        "start d",
        "progress d",
        "done a",
        "pending d",
    ]
    told = {f"{event.kind} {event.change.address.name}": event for event in stage.events}
    assert told["progress a"].note == "the thing"
    assert told["done a"].seconds == 2 * POLL
    assert told["failed b"].note == "AWS will not have it"
    assert (told["blocked c"].note, told["blocked c"].seconds) == ("waits for thing:b, which is not done", 0)


def test_the_book_grows_as_things_come_to_be(stage: Stage) -> None:
    stage.thing.scripts = {"a": ["new-a"], "b": [WAIT, "new-b"]}
    stage.run(create("a"), create("b"), create("c"), b="a", c="b")
    a, b = Address("thing", "a"), Address("thing", "b")
    assert stage.thing.seen_books == {"a": {}, "b": {a: "new-a"}, "c": {a: "new-a", b: "new-b"}}


def test_a_thousand_changes_are_scheduled_in_a_moment(stage: Stage) -> None:
    names = [f"a{number:04}" for number in range(1000)]
    changes = [*map(create, names), *(create(f"on-{name}") for name in names)]
    started = time.process_time()
    results = stage.run(*changes, **{f"on-{name}": name for name in names})
    taken = time.process_time() - started
    print(f"2,000 changes scheduled in {taken:.2f} s")
    assert set(statuses(results).values()) == {"done"}
    assert taken < 5
