"""SIGKILL at random points of a real run: the same command once more ends as if nothing had happened."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal

import pytest

from tests.integration.scene import APPLY, LEASE, Moment, Prepared, Scene, eventually

SEED = int(os.environ.get("FACTORY_SEED", "20261124"))
POINTS = int(os.environ.get("FACTORY_POINTS", "20"))
BEHIND = 4
"""A run is killed at a write, or at one of the calls that follow it."""


@dataclass(frozen=True)
class Point:
    """When a run is killed, whether its journal is left, and how its lock in S3 is dealt with, if it has one."""

    moment: Moment
    remembers: bool
    lock: Literal["none", "waited out", "broken"]


def points(prepared: Prepared, seed: int = SEED, count: int = POINTS) -> list[Point]:
    """So many points, one in ten of them while it still plans; an equal share with the journal and without."""
    random, found = Random(seed), []
    for number in range(count):
        lock: Literal["none", "waited out", "broken"] = ("none", "none", "broken", "none", "waited out")[number % 5]
        after = random.random() < 0.5
        # The first write of a run with the lock in S3 is that of the lock.
        first = 1 if lock == "none" else 2
        moment = Moment(random.randrange(first, first + prepared.writes), random.randrange(BEHIND), after)
        if number % 10 == 5:
            moment = Moment(0, random.randrange(prepared.reads_first), after)
        found.append(Point(moment, number % 4 < 2, lock))
    return found


@pytest.mark.parametrize("number", range(POINTS))
def test_killed_at_a_random_point_the_same_command_goes_on(scene: Scene, number: int) -> None:
    point = points(scene.prepared)[number]
    print(f"FACTORY_SEED={SEED}, point {number} of {POINTS}: {point}")
    root = scene.checkout(lock=point.lock != "none")
    scene.killed(root, point.moment, *APPLY)
    if not point.remembers:
        (root / ".factory" / "journal" / "journal.jsonl").unlink(missing_ok=True)
    if point.lock != "none":
        given_back(scene, root, point.lock)
    again = scene.run(root, *APPLY)
    assert again.code() == 0, again.out + again.err
    scene.finished(root)


def given_back(scene: Scene, root: Path, how: str) -> None:
    """The lease of the dead run keeps others out, until it has run out or a person has broken it."""
    dead = scene.lock()
    assert dead["state"] == "held"
    refused = scene.run(root, *APPLY)
    assert refused.code() == 5, refused.out + refused.err
    assert f"factory lock break --run {dead['run']}" in " ".join(refused.err.split())
    if how == "broken":
        broken = scene.run(root, "lock", "break", "--run", dead["run"])
        assert broken.code() == 0, broken.out + broken.err
        return
    # S3 tells times in whole seconds: one more, and everybody sees the end of it.
    eventually(lambda: scene.lock_age() >= LEASE + 1)


def test_the_points_are_spread_as_they_say(prepared: Prepared) -> None:
    assert prepared.writes > 30
    drawn = points(prepared, count=20)
    assert sum(point.remembers for point in drawn) == 10
    assert sum(point.moment.write == 0 for point in drawn) == 2
    assert [point.lock for point in drawn].count("broken") == [point.lock for point in drawn].count("waited out") == 4
