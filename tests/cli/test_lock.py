"""``factory lock``: seen by people and programs, broken only by name."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from factory.cli.root import run
from factory.engine.local_lock import held_here
from factory.views.schemas import lock_schema
from tests.cli.fakes import Keyboard, Screen
from tests.cli.processes import small_repository
from tests.engine.locks import LEASE, LIMITS, RENEWAL, Scene, Time, Watch, holder, scene
from tests.views.test_json import closed

BUCKET = "lock: {bucket: example-factory, key: factory/main.lock, region: eu-central-1}\n"
Factory = Callable[..., Screen]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A repository that names a bucket, the way to which is open."""
    small_repository(tmp_path)
    with (tmp_path / "accounts" / "organization.yaml").open("a") as file:
        file.write(BUCKET)
    monkeypatch.chdir(tmp_path)
    with scene() as made:

        @contextlib.contextmanager
        def connected(options: Any, limits: Any, organization: Any = None, run: str | None = None) -> Iterator[Any]:
            from factory.cli import log

            log.configure(options)
            yield made.s3.aws(LIMITS, Watch(made.time))

        monkeypatch.setattr("factory.cli.connect.connected", connected)
        yield made


@pytest.fixture
def factory(capsys: pytest.CaptureFixture[str]) -> Factory:
    def typed(*arguments: str) -> Screen:
        code = run([*arguments])
        out, err = capsys.readouterr()
        return Screen(code, out, err)

    return typed


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository that names no bucket, without a way to AWS."""
    small_repository(tmp_path)
    monkeypatch.chdir(tmp_path)

    def no_way(*_: object) -> None:
        raise AssertionError("AWS is not asked")

    monkeypatch.setattr("factory.cli.connect.connected", no_way)
    return tmp_path


def keyboard(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard(answer))
    monkeypatch.setattr("factory.cli.terminal.Terminal.can_ask", property(lambda _: True))


def test_free(here: Scene, factory: Factory) -> None:
    screen = factory("lock", "show")
    assert (screen.code, screen.err) == (0, "")
    assert screen.out == (
        ".factory/lock\n  free\n\ns3://example-factory/factory/main.lock\n  free\n\nFree: a run can begin.\n"
    )


def test_held(here: Scene, factory: Factory) -> None:
    here.holding("one")
    here.passes(20)
    screen = factory("lock", "show")
    assert screen.code == 5
    assert screen.out.partition("\n\n")[2] == (
        "s3://example-factory/factory/main.lock\n"
        "  held by  one-owner\n"
        "  run      one\n"
        "  process  4711 on one-host\n"
        "  command  factory apply --yes\n"
        "  link     https://ci.example/one\n"
        "  commit   abc123\n"
        "  since    2027-01-15T09:00:00Z\n"
        "  renewed  20 s ago\n"
        "  lease    9 min 40 s left\n"
        "  token    1\n"
        "\n"
        "Held: a run would be refused at s3://example-factory/factory/main.lock.\n"
    )


def test_a_lease_that_has_run_out_keeps_nobody_out(here: Scene, factory: Factory) -> None:
    here.holding("one")
    here.passes(LEASE)
    screen = factory("lock", "show")
    assert screen.code == 0
    assert "lease    run out: the next run takes the lock over\n" in screen.out


def test_freed(here: Scene, factory: Factory) -> None:
    here.holding("one").release()
    here.passes(5)
    screen = factory("lock", "show")
    assert screen.code == 0
    assert "  free\n  last by  one-owner\n" in screen.out
    assert "  freed    5 s ago\n  token    1\n" in screen.out
    assert "lease" not in screen.out


@pytest.mark.parametrize("state", ["never", "held", "run out", "freed", "local"])
def test_json_keeps_to_its_schema(here: Scene, factory: Factory, state: str, tmp_path: Path) -> None:
    if state in ("held", "run out", "freed"):
        lease = here.holding("one")
        if state == "freed":
            lease.release()
        here.passes(LEASE if state == "run out" else 20)
    with contextlib.ExitStack() as stack:
        if state == "local":
            stack.enter_context(held_here(Path(), holder("here"), Watch(here.time)))
        screen = factory("lock", "show", "--format", "json")
    document = json.loads(screen.out)
    jsonschema.validate(document, closed(lock_schema()), jsonschema.Draft202012Validator)
    mine, shared = document["locks"]
    assert mine["state"] == ("held" if state == "local" else "free")
    assert shared["state"] == ("held" if state in ("held", "run out") else "free")
    assert document["available"] is (state not in ("held", "local"))
    assert screen.code == (0 if document["available"] else 5)
    if state == "held":
        assert (shared["token"], shared["age_seconds"], shared["lease_left_seconds"]) == (1, 20, LEASE - 20)
        assert shared["holder"]["run"] == "one"


def test_what_others_wrote_into_a_lock_cannot_fool_a_terminal(here: Scene, factory: Factory) -> None:
    lease = here.run("one")
    nasty = holder("one", owner="ops@example.com\x1b[31m", command="a\n::error::b")
    lease._record = dataclasses.replace(lease._record, holder=nasty)
    lease.acquire()
    for arguments in (("lock", "show"), ("lock", "show", "--format", "json"), ("lock", "break", "--run", "x")):
        screen = factory(*arguments)
        text = screen.out + screen.err
        assert "ops@example.com" not in text
        assert "\x1b" not in text
        assert not any(line.startswith("::") for line in text.splitlines())


def test_an_object_that_is_no_lock_is_an_error_in_words(here: Scene, factory: Factory) -> None:
    here.s3.put("factory/main.lock", b"notes")
    for command in ("show", "break"):
        screen = factory("lock", command)
        assert screen.code == 1
        assert "is there and is not a lock: it is not JSON" in " ".join(screen.err.split())


def test_without_a_bucket_there_is_only_the_lock_of_the_checkout(local: Path, factory: Factory) -> None:
    screen = factory("lock", "show")
    assert (screen.code, screen.out) == (0, ".factory/lock\n  free\n\nFree: a run can begin.\n")
    screen = factory("lock", "break")
    assert (screen.code, screen.out) == (0, ".factory/lock is free: there is nothing to break.\n")
    with held_here(local, holder("one"), Watch(Time())):
        screen = factory("lock", "show")
        assert screen.code == 5
        assert "  held by  one-owner\n" in screen.out
        assert "lease" not in screen.out
        assert "token" not in screen.out
        screen = factory("lock", "break", "--run", "one")
        assert screen.code == 5
        words = " ".join(screen.err.split())
        assert "the lock .factory/lock is held by one-owner" in words
        assert "way out: wait until it has finished, or end process 4711: the lock goes with it" in words


def test_broken_by_name(here: Scene, factory: Factory) -> None:
    here.holding("one")
    began = here.time.passed
    screen = factory("lock", "break", "--run", "one")
    assert (screen.code, screen.out) == (0, "s3://example-factory/factory/main.lock is free.\n")
    assert "lock.taken_over" in screen.err
    assert "of_run=one" in screen.err
    assert here.time.passed - began == RENEWAL
    assert here.holding("two").token == 3
    written = json.loads(here.s3.body("factory/main.lock"))
    assert written["run"] == "two"


def test_the_breaker_says_who_it_is(here: Scene, factory: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTOR", "octocat")
    monkeypatch.setattr("sys.argv", ["factory", "lock", "break", "--run", "one"])
    here.holding("one")
    assert factory("lock", "break", "--run", "one").code == 0
    written = json.loads(here.s3.body("factory/main.lock"))
    assert (written["owner"], written["command"]) == ("octocat", "factory lock break --run one")


def test_never_another_run_than_the_one_that_is_named(here: Scene, factory: Factory) -> None:
    here.holding("one")
    body = here.s3.body("factory/main.lock")
    screen = factory("lock", "break", "--run", "two")
    assert screen.code == 5
    assert "not the run two holds the lock" in " ".join(screen.err.split())
    assert here.s3.body("factory/main.lock") == body


def test_nothing_to_break(here: Scene, factory: Factory) -> None:
    for _ in range(2):
        screen = factory("lock", "break", "--run", "one")
        assert screen.code == 0
        assert screen.out == (
            "s3://example-factory/factory/main.lock is free: there is nothing to break.\n"
            ".factory/lock is free: there is nothing to break.\n"
        )
        here.holding("one").release()


def test_a_person_types_the_run(here: Scene, factory: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    here.holding("one")
    for answer in ("", "yes\n", "two\n"):
        keyboard(monkeypatch, answer)
        screen = factory("lock", "break")
        assert screen.code == 1
        assert "held by  one-owner" in screen.err
        assert "Type its id" in screen.err
        assert screen.err.endswith("Nothing was changed.\n")
    keyboard(monkeypatch, "one\n")
    screen = factory("lock", "break")
    assert (screen.code, screen.out) == (0, "s3://example-factory/factory/main.lock is free.\n")


def test_without_a_terminal_the_run_must_be_named(here: Scene, factory: Factory) -> None:
    here.holding("one")
    screen = factory("lock", "break", "--no-input")
    assert screen.code == 64
    assert "factory lock break --run ID" in " ".join(screen.err.split())


def test_the_run_is_never_taken_from_the_environment(
    here: Scene, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.holding("one")
    for name in ("FACTORY_RUN", "FACTORY_LOCK_BREAK_RUN", "FACTORY_BREAK_RUN"):
        monkeypatch.setenv(name, "one")
    assert factory("lock", "break", "--no-input").code == 64
