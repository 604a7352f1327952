"""The lock in S3: one holder, refusals in words, renewals, take-overs, and what is lost stays lost."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from structlog.testing import capture_logs

from factory.aws.clock import WALL
from factory.aws.errors import AwsError
from factory.aws.session import OBJECT_ATTEMPTS
from factory.core.errors import FactoryError, LockedOut
from factory.core.limits import Limits
from factory.engine import lease as module
from factory.engine.lease import Lease, Stopwatch
from factory.engine.lock_record import read_record
from tests.engine.locks import LEASE, LIMITS, MARGIN, PAUSE, PLACE, RENEWAL, Scene, Time, Watch, scene

PUT, GET = "PutObject", "GetObject"


@pytest.fixture
def here() -> Iterator[Scene]:
    with scene() as made:
        yield made


@pytest.fixture
def logs() -> Iterator[list[dict[str, object]]]:
    import structlog

    structlog.reset_defaults()
    with capture_logs() as captured:
        yield captured


def refused(lock: Lease) -> str:
    with pytest.raises(LockedOut) as caught:
        lock.require()
    return str(caught.value)


def names(logs: list[dict[str, object]], level: str) -> list[object]:
    return [entry["event"] for entry in logs if entry["log_level"] == level]


def test_the_first_run_takes_it_and_says_who_it_is(here: Scene) -> None:
    first = here.holding("one")
    first.require()
    assert (first.token, first.lost) == (1, False)
    assert first.describe() == "s3://example-factory/factory/main.lock, token 1"
    written = json.loads(here.s3.body(PLACE.key))
    assert written == {
        "format_version": 1,
        "state": "held",
        "token": 1,
        "run": "one",
        "owner": "one-owner",
        "host": "one-host",
        "command": "factory apply --yes",
        "link": "https://ci.example/one",
        "commit": "abc123",
        "process": 4711,
        "since": "2027-01-15T09:00:00Z",
        "renewed": "2027-01-15T09:00:00Z",
        "lease_seconds": LEASE,
        "renewal_seconds": RENEWAL,
        "nonce": written["nonce"],
        "renewals": 0,
    }
    assert len(written["nonce"]) == 16


def test_the_second_is_told_who_since_when_until_when_and_the_way_out(here: Scene) -> None:
    here.holding("one")
    here.passes(15)
    second = here.run("two")
    with pytest.raises(LockedOut) as caught:
        second.acquire()
    assert caught.value.exit_code == 5
    assert caught.value.what == (
        "the lock s3://example-factory/factory/main.lock is held by one-owner (run one, process 4711 on one-host: "
        "factory apply --yes); since 2027-01-15T09:00:00Z; renewed 15 s ago, its lease has 9 min 45 s left; "
        "https://ci.example/one"
    )
    assert caught.value.fix == (
        "wait until it has finished; if that run is dead, wait until its lease has run out, or type "
        "factory lock break --run one"
    )
    assert second.lost
    assert "not taken" in refused(second)


def test_once_freed_it_is_taken_at_once_and_the_token_grows(here: Scene) -> None:
    first = here.holding("one")
    assert first.release()
    assert "let go" in refused(first)
    second = here.holding("two")
    second.require()
    assert second.token == 2
    second.release()
    assert here.holding("three").token == 3


def test_the_record_of_a_free_lock_keeps_the_token(here: Scene) -> None:
    here.holding("one").release()
    found = read_record(here.s3.body(PLACE.key))
    assert (found.held, found.token, found.holder.run) == (False, 1, "one")


def test_letting_go_twice_or_of_nothing_writes_nothing(here: Scene) -> None:
    here.run("none").release()
    first = here.holding("one")
    first.release()
    before = len(here.s3.sent)
    assert first.release()
    assert len(here.s3.sent) == before


def test_a_lease_that_has_run_out_is_taken_over_and_the_log_says_whose(
    here: Scene, logs: list[dict[str, object]]
) -> None:
    first = here.holding("one")
    here.passes(LEASE - 1)
    with pytest.raises(LockedOut, match="1 s left"):
        here.run("early").acquire()
    here.passes(1)
    second = here.holding("two")
    assert second.token == 2
    (entry,) = [e for e in logs if e["event"] == "lock.taken_over"]
    assert (entry["owner"], entry["of_run"], entry["age"], entry["token"]) == ("one-owner", "one", LEASE, 2)
    assert entry["log_level"] == "warning"
    assert "was taken by two-owner (run two" in refused(first)
    assert first.lost
    second.require()


def test_two_computers_need_not_agree_on_the_time(here: Scene) -> None:
    """Every run of the scene is an hour ahead of the one before; only what S3 says counts."""
    here.holding("one")
    for name in ("two", "three", "four"):
        with pytest.raises(LockedOut, match="10 min 0 s left"):
            here.run(name).acquire()


def test_renewal_keeps_it_for_as_long_as_it_is_used(here: Scene) -> None:
    first = here.holding("one")
    for _ in range(60):
        here.passes(RENEWAL)
        first.keep()
    first.require()
    with pytest.raises(LockedOut):
        here.run("two").acquire()
    assert (first.token, json.loads(here.s3.body(PLACE.key))["renewals"]) == (1, 60)


def test_keep_is_cheap_until_it_is_time(here: Scene) -> None:
    first = here.holding("one")
    before = len(here.s3.sent)
    here.passes(RENEWAL - 1)
    for _ in range(100):
        first.keep()
        first.require()
    assert len(here.s3.sent) == before
    here.passes(1)
    first.keep()
    assert here.s3.sent[before:] == [PUT]


def test_require_renews_too(here: Scene) -> None:
    first = here.holding("one")
    here.passes(LEASE - MARGIN)
    before = len(here.s3.sent)
    first.require()
    assert here.s3.sent[before:] == [PUT]


def test_a_pause_longer_than_the_lease_does_no_harm_where_no_one_came(here: Scene) -> None:
    first = here.holding("one")
    here.passes(10 * LEASE)
    first.require()
    assert first.token == 1
    with pytest.raises(LockedOut):
        here.run("two").acquire()


def test_one_slow_read_is_shorter_than_the_lease() -> None:
    """All attempts, each as slow as can be, with waits in between."""
    from factory.aws.session import ATTEMPTS, PATIENCE

    slowest = ATTEMPTS * (PATIENCE + 10) + (ATTEMPTS - 1) * 20
    assert RENEWAL + slowest < LEASE - MARGIN
    assert PATIENCE + 10 < MARGIN


@pytest.mark.parametrize("way", ["keep", "require"])
def test_lost_to_a_breaker_it_refuses_and_goes_on_refusing(
    here: Scene, way: str, logs: list[dict[str, object]]
) -> None:
    first = here.holding("one")
    breaker = here.run("breaker")
    breaker.acquire(instead_of="one")
    breaker.release()
    here.passes(RENEWAL)
    if way == "keep":
        first.keep()
        assert first.lost
    for _ in range(3):
        words = refused(first)
        assert "this run has lost its lock: the lock s3://example-factory/factory/main.lock was taken from" in words
        assert "last by breaker-owner (run breaker" in words
        assert first.lost
        here.passes(RENEWAL)
    assert names(logs, "warning").count("lock.lost") == 1
    before = len(here.s3.sent)
    first.keep()
    assert first.release()
    assert len(here.s3.sent) == before
    second = here.holding("two")
    assert second.token == 3


def test_only_the_run_that_is_named_is_taken_from(here: Scene) -> None:
    first = here.holding("one")
    with pytest.raises(LockedOut):
        here.run("two").acquire(instead_of="someone else")
    here.passes(RENEWAL)
    first.require()


def test_an_object_that_was_removed_is_lost_and_not_made_again(here: Scene) -> None:
    first = here.holding("one")
    here.s3.delete(PLACE.key)
    here.passes(RENEWAL)
    assert "was removed" in refused(first)
    assert first.release()
    assert here.s3.sent[-1] == GET


def test_two_of_one_name_do_not_take_each_other_for_themselves(here: Scene) -> None:
    first = here.holding("one")
    here.s3.delete(PLACE.key)
    second = here.holding("one")
    assert first.token == second.token == 1
    here.passes(RENEWAL)
    assert "was taken by one-owner" in refused(first)
    second.require()


def test_an_object_that_became_something_else_is_lost_and_left_alone(here: Scene) -> None:
    first = here.holding("one")
    here.s3.put(PLACE.key, b"notes of ours")
    here.passes(RENEWAL)
    assert "is not a lock" in refused(first)
    first.release()
    assert here.s3.body(PLACE.key) == b"notes of ours"


GOOD = {
    "format_version": 1,
    "state": "held",
    "token": 7,
    **dict.fromkeys(("run", "owner", "host", "command", "link", "commit", "since", "renewed", "nonce"), "x"),
    "process": 1,
    "lease_seconds": 60,
    "renewal_seconds": 5,
    "renewals": 0,
}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not JSON"),
        (b"notes of ours", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not the record of a lock"),
        (b'{"a": 1}', "not the record of a lock"),
        (json.dumps({**GOOD, "format_version": 2}).encode(), "another version of factory wrote it"),
        (json.dumps({"format_version": 1}).encode(), "damaged"),
        *(
            (json.dumps({**GOOD, **wrong}).encode(), "damaged")
            for wrong in (
                {"token": "7"},
                {"token": -1},
                {"token": True},
                {"token": 1.5},
                {"state": "open"},
                {"state": []},
                {"run": None},
                {"run": 5},
                {"lease_seconds": float("inf")},
                {"lease_seconds": float("nan")},
                {"lease_seconds": -1},
                {"lease_seconds": "60"},
                {"renewals": None},
            )
        ),
    ],
)
def test_what_is_not_a_lock_is_refused_in_words_and_never_written_over(here: Scene, body: bytes, why: str) -> None:
    here.s3.put(PLACE.key, body)
    with pytest.raises(FactoryError, match=why) as caught:
        here.run("one").acquire()
    assert not isinstance(caught.value, LockedOut)
    assert "is there and is not a lock" in caught.value.what
    assert "name another key" in caught.value.fix
    assert here.s3.body(PLACE.key) == body


def test_a_record_with_long_words_is_cut(here: Scene) -> None:
    here.s3.put(PLACE.key, json.dumps({**GOOD, "owner": "o" * 5000}).encode())
    with pytest.raises(LockedOut) as caught:
        here.run("one").acquire()
    assert len(caught.value.what) < 1000


@pytest.mark.parametrize("lost", [1, OBJECT_ATTEMPTS])
def test_replies_that_are_lost_are_looked_up(here: Scene, lost: int) -> None:
    here.s3.lose_heard(PUT, lost)
    first = here.holding("one")
    assert first.token == 1
    here.passes(RENEWAL)
    here.s3.lose_heard(PUT, lost)
    first.require()
    here.s3.lose_heard(PUT, lost)
    assert first.release()
    here.s3.lose_heard(PUT, lost)
    assert here.holding("two").token == 2


def test_a_renewal_that_arrives_after_it_was_given_up_is_still_ours(here: Scene) -> None:
    first = here.holding("one")
    here.passes(RENEWAL)
    here.s3.lose_heard(PUT, OBJECT_ATTEMPTS)
    here.s3.lose_unheard(GET, OBJECT_ATTEMPTS)
    first.keep()
    assert not first.lost
    assert json.loads(here.s3.body(PLACE.key))["renewals"] == 1
    here.passes(RENEWAL)
    first.require()
    assert not first.lost
    assert json.loads(here.s3.body(PLACE.key))["renewals"] == 3
    assert first.release()


def test_a_lock_taken_without_knowing_is_let_go_of(here: Scene) -> None:
    """The write worked, nobody could tell, the run ends: it looks once more and frees what is its own."""
    here.s3.lose_heard(PUT, OBJECT_ATTEMPTS)
    run = here.run("one")
    original = run._objects.get
    asked: list[str] = []

    def failing(key: str):
        asked.append(key)
        if len(asked) == 2:
            raise AwsError("ReadTimeoutError", "s3.GetObject")
        return original(key)

    run._objects.get = failing  # type: ignore[method-assign]
    with pytest.raises(AwsError):
        run.acquire()
    assert json.loads(here.s3.body(PLACE.key))["state"] == "held"
    assert run.release()
    assert json.loads(here.s3.body(PLACE.key))["state"] == "free"


def test_an_attempt_that_failed_frees_nothing_of_others(here: Scene) -> None:
    first = here.holding("one")
    second = here.run("two")
    with pytest.raises(LockedOut):
        second.acquire()
    second._claimed = True
    assert second.release()
    here.passes(RENEWAL)
    first.require()


def test_s3_out_of_reach_is_tolerated_while_the_lease_has_time_to_spare(
    here: Scene, logs: list[dict[str, object]]
) -> None:
    first = here.holding("one")
    here.s3.down = True
    here.passes(LEASE - MARGIN - 60)
    first.keep()
    first.require()
    here.passes(70)
    words = refused(first)
    assert "could not be renewed, and another run may take it: AWS s3.PutObject: ConnectTimeoutError" in words
    assert "see that S3 can be reached" in words
    assert not first.lost
    assert "lock.not_renewed" in names(logs, "warning")
    here.s3.down = False
    first.require()
    assert first.token == 1


def test_out_of_reach_for_the_whole_lease_it_refuses_until_another_has_it(here: Scene) -> None:
    first = here.holding("one")
    here.s3.down = True
    here.passes(LEASE)
    refused(first)
    here.s3.down = False
    here.holding("two")
    assert "was taken by two-owner" in refused(first)


def test_a_renewal_that_failed_is_not_tried_before_every_request(here: Scene) -> None:
    first = here.holding("one")
    here.s3.down = True
    here.passes(RENEWAL)
    first.keep()
    tried = len(here.s3.sent)
    for _ in range(50):
        first.keep()
        first.require()
    assert len(here.s3.sent) == tried
    here.passes(PAUSE)
    first.keep()
    assert len(here.s3.sent) > tried


def test_the_pause_after_a_failure_delays_nothing_else(here: Scene) -> None:
    """A run that is to be renewed every second notices within a second that it was broken."""
    rows = {**LIMITS, "lock.lease": dataclasses.replace(LIMITS["lock.lease"], poll_seconds=1)}
    first = here.run("one", Limits(rows))
    first.acquire()
    for count in range(1, 4):
        here.passes(1)
        first.require()
        assert json.loads(here.s3.body(PLACE.key))["renewals"] == count
    here.s3.down = True
    here.passes(1)
    first.keep()
    here.s3.down = False
    here.passes(1)
    first.keep()
    assert json.loads(here.s3.body(PLACE.key))["renewals"] == 3
    here.passes(PAUSE)
    first.keep()
    here.passes(1)
    first.keep()
    assert json.loads(here.s3.body(PLACE.key))["renewals"] > 4


def test_a_denied_renewal_counts_like_one_that_did_not_arrive(here: Scene) -> None:
    first = here.holding("one")
    here.passes(LEASE - MARGIN)
    here.s3.refuse(PUT, "AccessDenied", 403)
    assert "AccessDenied" in refused(first)
    assert not first.lost


def test_a_slow_renewal_is_counted_from_before_it_was_sent(here: Scene) -> None:
    first = here.holding("one")
    here.passes(RENEWAL)
    original = first._objects.replace

    def slow(key: str, body: bytes, etag: str) -> str | None:
        written = original(key, body, etag)
        here.passes(LEASE - MARGIN)
        return written

    first._objects.replace = slow  # type: ignore[method-assign]
    assert "took too long" in refused(first)


def test_failing_to_let_go_is_said_and_hides_nothing(here: Scene, logs: list[dict[str, object]]) -> None:
    first = here.holding("one")
    here.s3.down = True
    assert first.release() is False
    (entry,) = [e for e in logs if e["event"] == "lock.not_freed"]
    assert entry["log_level"] == "warning"
    assert "ConnectTimeoutError" in str(entry["error"])
    here.s3.down = False
    here.passes(LEASE)
    assert here.holding("two").token == 2


@pytest.mark.parametrize("state", ["absent", "free", "run out"])
def test_of_two_that_race_for_it_exactly_one_gets_it(here: Scene, state: str) -> None:
    if state != "absent":
        zero = here.holding("zero")
        if state == "free":
            zero.release()
        else:
            here.passes(LEASE)
    one, two = here.run("one"), here.run("two")
    original = one._objects.get

    def overtaken(key: str):
        found = original(key)
        if not two.token:
            two.acquire()
        return found

    one._objects.get = overtaken  # type: ignore[method-assign]
    with pytest.raises(LockedOut, match="run two"):
        one.acquire()
    assert two.token == (1 if state == "absent" else 2)
    two.require()
    before = len(here.s3.sent)
    assert one.release()
    assert len(here.s3.sent) == before, "who did not get it has nothing to let go of"
    here.passes(RENEWAL)
    two.require()


def test_a_run_that_is_always_overtaken_gives_up(here: Scene) -> None:
    one = here.run("one")
    original = one._objects.get
    others = iter(range(100))

    def overtaken(key: str):
        found = original(key)
        here.holding(f"other {next(others)}").release()
        return found

    one._objects.get = overtaken  # type: ignore[method-assign]
    with pytest.raises(LockedOut, match="changes hands faster"):
        one.acquire()


def test_many_threads_renew_once(here: Scene) -> None:
    first = here.holding("one")
    here.passes(RENEWAL)
    before = len(here.s3.sent)
    gate = threading.Barrier(8)

    def use(number: int) -> None:
        gate.wait()
        for _ in range(20):
            (first.keep if number % 2 else first.require)()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use, range(8)))
    assert here.s3.sent[before:] == [PUT]
    assert not first.lost


def test_keep_waits_for_nobody(here: Scene) -> None:
    first = here.holding("one")
    here.passes(RENEWAL)
    with first._mutex:
        first.keep()
    assert json.loads(here.s3.body(PLACE.key))["renewals"] == 0


def test_a_lease_too_short_for_its_margin_is_refused(here: Scene) -> None:
    rows = {**LIMITS, "lock.lease": dataclasses.replace(LIMITS["lock.lease"], deadline_seconds=120)}
    with pytest.raises(FactoryError, match="2 min 0 s is too short") as caught:
        here.run("one", Limits(rows))
    assert "lock.margin" in caught.value.fix


def test_time_is_counted_by_the_clock_that_says_more(monkeypatch: pytest.MonkeyPatch) -> None:
    wall, steady = Watch(Time()), Watch(Time())
    monkeypatch.setattr(module.time, "monotonic", steady.now)
    monkeypatch.setattr("factory.aws.clock.time.time", wall.now)
    watch = Stopwatch(WALL)
    mark = watch.mark()
    steady.time.passed = 50
    wall.time.passed = -3600  # set back
    assert watch.since(mark) == 50
    wall.time.passed = 7200  # the computer slept
    assert watch.since(mark) == 7200


def test_a_clock_that_is_simulated_is_the_only_one() -> None:
    time = Time()
    watch = Stopwatch(Watch(time))
    mark = watch.mark()
    time.passed = 5
    assert watch.since(mark) == 5
