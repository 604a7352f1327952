"""Streams side by side: order, errors, lanes, and simulated time that none of them holds up or lets slip."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable

import pytest
from structlog.contextvars import bound_contextvars, get_contextvars

from factory.aws.clock import WALL
from factory.aws.errors import AwsError
from factory.aws.pool import Task, run
from factory.sandbox.clock import SimulatedClock
from tests.aws.fakes import calls_on

BOTH = pytest.mark.parametrize("clock", [WALL, SimulatedClock()], ids=["wall", "simulated"])


def task(work: Callable[[], object], follow: Iterable[Task] = (), lane: str = "lane") -> Task:
    def whole() -> Iterable[Task]:
        work()
        return follow

    return Task(lane, whole)


@BOTH
@pytest.mark.parametrize("workers", [1, 4])
def test_the_first_error_ends_the_pool(workers, clock):
    done: list[str] = []

    def fail() -> None:
        raise AwsError("X", "organizations.X")

    follow = task(lambda: done.append("follow"))
    lead = task(lambda: done.append("lead"), [follow, task(fail), *[follow] * 500])
    with pytest.raises(AwsError):
        run([lead], workers, clock)
    if workers == 1:
        assert done == ["lead", "follow"]
    elif clock is not WALL:  # in real time, how many were quicker than the error is chance
        assert done == ["lead", *["follow"] * 4]


@BOTH
def test_a_person_can_stop_it(clock):
    done: list[str] = []

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run([task(interrupt), *[task(lambda: done.append("late"))] * 500], 2, clock)
    assert len(done) < 500


def test_a_person_who_stops_it_does_not_wait_for_what_is_under_way():
    answered, ended = threading.Event(), []
    # A test run in the background of a script begins with this signal ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def unanswered() -> None:
        answered.wait(0.05)  # until the one who is interrupted waits
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        ended.append(answered.wait(20))

    try:
        with pytest.raises(KeyboardInterrupt):
            run([task(unanswered)], 2, WALL)
        assert ended == []
    finally:
        signal.signal(signal.SIGINT, before)
        answered.set()


def test_threads_know_what_was_bound():
    seen = []

    def look() -> None:
        seen.append((get_contextvars().get("run"), threading.current_thread().name.startswith("aws")))

    with bound_contextvars(run="r1"):
        run([task(look, [task(look)])] * 3, 2, WALL)
    assert seen == [("r1", True)] * 6


class TestSimulatedTime:
    @pytest.fixture
    def clock(self) -> SimulatedClock:
        return SimulatedClock(0.0)

    def test_sleeps_overlap(self, clock):
        run([task(lambda: clock.sleep(10))] * 8, 8, clock)
        assert clock.now() == 10

    def test_as_many_as_there_are_threads(self, clock):
        run([task(lambda: clock.sleep(10))] * 9, 4, clock)
        assert clock.now() == 30

    def test_no_time_slips_in_before_what_follows_begins(self, clock):
        began = []

        def follow() -> None:
            began.append(clock.now())
            clock.sleep(1)

        chain = task(lambda: clock.sleep(3), [task(follow)] * 3)
        run([chain, task(lambda: clock.sleep(100))], 8, clock)
        assert began == [3.0] * 3
        assert clock.now() == 100

    def test_a_task_without_a_thread_holds_up_nothing(self, clock):
        moments = []

        def nap() -> None:
            clock.sleep(5)
            moments.append(clock.now())

        run([task(nap)] * 50, 2, clock)
        assert moments == [5.0 * (n // 2 + 1) for n in range(50)]

    def test_afterwards_the_time_is_one_threads_again(self, clock):
        with pytest.raises(ZeroDivisionError):
            run([task(lambda: 1 / 0), *[task(lambda: clock.sleep(2))] * 3], 8, clock)
        before = clock.now()
        clock.sleep(7)
        assert clock.now() == before + 7

    def test_every_run_is_the_same(self):
        def once() -> list[tuple[str, float]]:
            clock, moments = SimulatedClock(0.0), []

            def stream(name: str, wait: float) -> Task:
                def work() -> Iterable[Task]:
                    for _ in range(3):
                        clock.sleep(wait)
                        moments.append((name, clock.now()))
                    return [stream(name + "'", wait / 2)] if len(name) < 4 else ()

                return Task(name[0], work)

            run([stream(name, wait) for name, wait in zip("abcdefgh", (3, 1, 2, 1, 1, 5, 4, 1), strict=True)], 5, clock)
            return moments

        first = once()
        assert len(first) == 3 * 8 * 4
        assert all(once() == first for _ in range(20))


class TestLanes:
    def test_a_slow_lane_leaves_threads_to_the_others(self):
        clock, ends = SimulatedClock(0.0), {}

        def nap(lane: str, seconds: float) -> Task:
            def work() -> Iterable[Task]:
                clock.sleep(seconds)
                ends[lane] = clock.now()
                return ()

            return Task(lane, work)

        run([nap("slow", 10) for _ in range(40)] + [nap("quick", 1) for _ in range(40)], 8, clock)
        assert ends["quick"] == 10  # four threads for each lane
        assert ends["slow"] == 60  # and all eight for the rest: 10 + 10 + ... with the quick lane's threads freed

    def test_within_a_lane_first_come_first_served(self):
        order: list[int] = []
        run([task(lambda n=n: order.append(n)) for n in range(20)], 2, SimulatedClock())
        assert order == list(range(20))


def test_streams_of_many_pages_end_soon_after_an_error(limits):
    """A person's Ctrl-C does not wait for hundreds of pages that nobody wants any more."""
    calls = calls_on(limits, WALL)
    asked = [0]
    begun, ended = threading.Event(), threading.Event()

    def page(**position: str) -> dict[str, object]:
        asked[0] += 1
        begun.set()
        if asked[0] > 1:
            ended.wait(10)
        return {"Things": [1], **({"NextToken": str(asked[0])} if asked[0] < 200 else {})}

    def fail() -> None:
        begun.wait(10)
        threading.Timer(0.05, ended.set).start()
        raise KeyboardInterrupt

    stream = task(lambda: calls.pages("organizations.ListNothing", page, "Things"))
    with pytest.raises(KeyboardInterrupt):
        run([stream, task(fail)], 2, WALL)
    assert asked[0] <= 3
