"""Time passes only when someone sleeps."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from factory.sandbox import SimulatedClock
from factory.sandbox.running_clock import RunningClock


def test_sleeping_moves_the_time_and_nothing_else() -> None:
    clock = SimulatedClock(100.0)
    assert clock.now() == clock.now() == 100.0
    clock.sleep(3600)
    assert clock.now() == 3700.0


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="non-negative"):
        SimulatedClock().sleep(-1)


def test_no_sleep_is_lost_between_threads() -> None:
    clock = SimulatedClock(0.0)
    threads = [threading.Thread(target=lambda: [clock.sleep(1) for _ in range(500)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.now() == 2000.0


def together(clock: SimulatedClock, *works: Callable[[], object]) -> None:
    """Each in a thread of its own, all attending from the start."""

    def attending(place: object, work: Callable[[], object]) -> None:
        with place:  # type: ignore[attr-defined]
            work()

    places = [clock.attend() for _ in works]
    threads = [threading.Thread(target=attending, args=pair) for pair in zip(places, works, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


class TestAttending:
    def test_the_sleeps_of_those_who_attend_overlap(self) -> None:
        clock, moments = SimulatedClock(0.0), []

        def every(seconds: float) -> Callable[[], None]:
            def work() -> None:
                for _ in range(3):
                    clock.sleep(seconds)
                    moments.append((seconds, clock.now()))

            return work

        together(clock, every(2), every(3))
        # At 6 the one that lay down first goes first.
        assert moments == [(2, 2.0), (3, 3.0), (2, 4.0), (3, 6.0), (2, 6.0), (3, 9.0)]
        assert clock.now() == 9.0

    def test_one_at_a_time_is_awake(self) -> None:
        clock, inside, most = SimulatedClock(0.0), [0], []

        def work() -> None:
            for _ in range(50):
                inside[0] += 1
                most.append(inside[0])
                inside[0] -= 1
                clock.sleep(1)

        together(clock, *[work] * 6)
        assert set(most) == {1}
        assert clock.now() == 50.0

    def test_one_alone_is_as_if_nobody_did(self) -> None:
        clock = SimulatedClock(0.0)
        with clock.attend():
            clock.sleep(5)
            clock.sleep(0)
        clock.sleep(2)
        assert clock.now() == 7.0

    def test_whoever_does_not_attend_joins_in_for_its_sleep(self) -> None:
        clock, woke = SimulatedClock(0.0), []

        def stranger() -> None:
            clock.sleep(4)
            woke.append(clock.now())

        thread = threading.Thread(target=stranger)

        def work() -> None:
            thread.start()
            while thread.is_alive():
                clock.sleep(1)

        together(clock, work)
        thread.join(10)
        assert 4.0 <= woke[0] <= clock.now()

    def test_an_error_gives_the_place_up(self) -> None:
        clock = SimulatedClock(0.0)
        with pytest.raises(ZeroDivisionError), clock.attend():
            _ = 1 / 0
        clock.sleep(1)
        assert clock.now() == 1.0


def test_a_running_clock_has_nothing_to_attend() -> None:
    clock = RunningClock(1000)
    with clock.attend():
        before = clock.now()
        clock.sleep(1)
        assert clock.now() >= before + 1
