"""Time passes only when someone sleeps."""

from __future__ import annotations

import threading

import pytest

from factory.sandbox import SimulatedClock


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
