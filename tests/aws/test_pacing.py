"""Pacing: never more than a rate and its burst allow, whoever asks and whenever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factory.aws.pacing import MARGIN, Bucket, Pacing
from factory.core.limits import Limit, Limits
from tests.aws.conftest import SteppingClock


@given(
    rate=st.floats(0.05, 50),
    burst=st.integers(1, 20),
    pauses=st.lists(st.floats(0, 30) | st.just(0.0), min_size=1, max_size=60),
)
def test_no_window_holds_more_than_rate_and_burst_allow(rate, burst, pauses):
    now, turns = 1_000.0, []
    bucket = Bucket(rate, burst, now)
    for pause in pauses:
        now += pause
        now += bucket.take(now)
        turns.append(now)
    for first, start in enumerate(turns):
        for last, end in enumerate(turns[first:], start=first):
            assert last - first + 1 <= rate * (end - start) + burst + 1e-6


@given(rate=st.floats(0.05, 50), burst=st.integers(1, 20), calls=st.integers(1, 60))
def test_no_turn_comes_later_than_it_must(rate, burst, calls):
    bucket = Bucket(rate, burst, 0.0)
    waits = [bucket.take(0.0) for _ in range(calls)]
    assert waits[:burst] == [0.0] * len(waits[:burst])
    for position, wait in enumerate(waits[burst:], start=1):
        assert wait == pytest.approx(position / rate + MARGIN)


def test_many_threads_get_one_turn_each():
    bucket = Bucket(10.0, 5, 0.0)
    with ThreadPoolExecutor(16) as pool:
        waits = sorted(pool.map(lambda _: bucket.take(0.0), range(200)))
    assert waits[:5] == [0.0] * 5
    assert waits[5:] == pytest.approx([position / 10 + MARGIN for position in range(1, 196)])


def test_a_clock_that_is_set_back_costs_nothing():
    bucket = Bucket(1.0, 1, 1_000.0)
    assert bucket.take(1_000.0) == 0.0
    assert bucket.take(400.0) == pytest.approx(1.0, abs=0.01)
    assert bucket.take(402.0) == pytest.approx(0.0, abs=0.01)


def test_peeking_takes_nothing():
    bucket = Bucket(0.1, 1, 0.0)
    assert bucket.peek(0.0) == 0.0
    assert bucket.take(0.0) == 0.0
    assert bucket.peek(0.0) == bucket.peek(0.0) == pytest.approx(10.0, abs=0.01)


@pytest.mark.parametrize(("rate", "burst"), [(0.0, 1), (-1.0, 1), (1.0, 0)])
def test_a_bucket_that_never_fills_is_refused(rate, burst):
    with pytest.raises(ValueError, match="above 0"):
        Bucket(rate, burst, 0.0)


def paced(*rows: Limit) -> tuple[Pacing, SteppingClock]:
    clock = SteppingClock(0.0)
    return Pacing(Limits({row.key: row for row in rows}), clock), clock


def test_operations_of_one_bucket_share_their_turns():
    pacing, clock = paced(
        Limit("a.One", rate=1, burst=2, bucket="shared"),
        Limit("a.Two", rate=1, burst=2, bucket="shared"),
        Limit("a.Three", rate=1, burst=2),
    )
    assert [pacing.turn("a.One"), pacing.turn("a.Two"), pacing.turn("a.Three")] == [0, 0, 0]
    assert pacing.until_turn("a.Two") == pytest.approx(1 + MARGIN)
    assert pacing.turn("a.One") == pytest.approx(1 + MARGIN)
    assert clock.naps == pytest.approx([1 + MARGIN])
    assert pacing.turn("a.Three") == 0


def test_the_slowest_row_of_a_bucket_counts():
    pacing, _ = paced(
        Limit("a.One", rate=10, burst=5, bucket="shared"), Limit("a.Two", rate=0.5, burst=1, bucket="shared")
    )
    pacing.turn("a.One")
    assert pacing.turn("a.One") == pytest.approx(2 + MARGIN)


def test_what_has_no_rate_is_not_paced():
    pacing, clock = paced(Limit("a.Quota", value=3))
    assert [pacing.turn(key) for key in ("a.Quota", "a.Unheard")] == [0, 0]
    assert pacing.until_turn("a.Unheard") == 0
    assert clock.naps == []


def test_ten_accounts_take_seventy_seconds_of_turns(limits):
    clock = SteppingClock(0.0)
    pacing = Pacing(limits, clock)
    for _ in range(10):
        pacing.turn("organizations.CreateAccount")
    assert clock.now() == pytest.approx(70, abs=0.1)
