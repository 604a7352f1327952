"""Runs that end before their plan is carried out: by a person, by the machine, by what can no longer succeed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from factory import engine
from factory.core.change import Cause, Report, Status
from factory.core.errors import LockedOut
from factory.core.journal import read, runs
from factory.engine import Brake, Journal
from factory.sandbox import Call, Faults
from tests.engine.creating import assert_made_once, watching
from tests.engine.ground import Ground, mutations, told


@contextmanager
def after_calls(here: Ground, operation: str, count: int, act: object) -> Iterator[None]:
    """Do this after so many successful calls of an operation."""
    left = [count]

    def look(call: Call) -> None:
        if call.operation == operation:
            left[0] -= 1
            if left[0] == 0:
                act()  # type: ignore[operator]

    here.box.watchers.append(look)
    try:
        yield
    finally:
        here.box.watchers.remove(look)


def run(here: Ground, brake: Brake | None = None, lock: object = None, journal: Journal | None = None) -> Report:
    organization, _ = engine.load(here.root)
    here.aws.refresh()
    plan = engine.plan(organization, here.aws)
    return engine.apply(
        plan,
        here.aws,
        organization,
        engine.Consent(),
        here.events.append,
        journal=journal,
        lock=lock,  # type: ignore[arg-type]
        brake=brake,
    )


def statuses(report: Report) -> dict[str, Status]:
    return {str(result.change.address): result.status for result in report.results}


class TestABrake:
    def test_pulled_nothing_more_is_begun(self, here: Ground) -> None:
        brake = Brake()
        with after_calls(here, "CreateOrganizationalUnit", 1, lambda: brake.pull(Cause.INTERRUPT)), here.calls() as all:
            report = run(here, brake)
        assert mutations(all) == {"CreateOrganizationalUnit": 1}
        assert report.stopped
        assert report.stopped.cause is Cause.INTERRUPT
        assert sorted(statuses(report).values()) == sorted([Status.DONE, *[Status.NOT_STARTED] * 3])
        assert report.remaining is None

    def test_what_aws_is_at_work_on_is_followed_to_its_end(self, here: Ground) -> None:
        brake = Brake()
        with after_calls(here, "CreateAccount", 1, lambda: brake.pull(Cause.TERMINATE)):
            report = run(here, brake)
        assert statuses(report)["account:shop"] is Status.DONE
        assert report.stopped
        assert report.stopped.cause is Cause.TERMINATE
        assert_made_once(here)

    def test_a_request_that_failed_meanwhile_is_not_made_again(self, here: Ground) -> None:
        brake = Brake()
        here.line.lose_unheard("CreateAccount")
        here.box.watchers.append(
            lambda call: brake.pull(Cause.INTERRUPT) if here.line.moments("CreateAccount") else None
        )
        report = run(here, brake)
        assert statuses(report)["account:shop"] is not Status.DONE
        assert len(here.line.moments("CreateAccount")) == 1
        here.box.watchers.clear()
        here.built()
        assert_made_once(here)

    def test_the_second_time_it_ends_at_once_and_still_reports(self, here: Ground) -> None:
        brake = Brake()

        def twice() -> None:
            brake.pull(Cause.TERMINATE)
            raise KeyboardInterrupt

        with after_calls(here, "CreateAccount", 1, twice):
            report = run(here, brake)
        assert statuses(report)["account:shop"] is Status.PENDING
        assert report.stopped
        assert report.stopped.cause is Cause.TERMINATE
        here.built()
        assert_made_once(here)

    def test_pulled_while_the_result_is_read_the_report_is_whole(self, here: Ground) -> None:
        brake = Brake()

        def pull(call: Call) -> None:
            if call.operation == "ListRoots" and here.homes().get("shop") == "workloads/prod":
                brake.pull(Cause.INTERRUPT)

        here.box.watchers.append(pull)
        report = run(here, brake)
        assert report.complete, told(report)
        assert report.stopped is None

    def test_ended_while_the_result_is_read_what_was_done_is_told(self, here: Ground) -> None:
        brake = Brake()

        def end(call: Call) -> None:
            if call.operation == "ListRoots" and here.homes().get("shop") == "workloads/prod":
                brake.pull(Cause.INTERRUPT)
                raise KeyboardInterrupt

        here.box.watchers.append(end)
        report = run(here, brake)
        assert set(statuses(report).values()) == {Status.DONE}
        assert report.remaining is None
        assert report.stopped


class TestExpiredCredentials:
    def test_end_the_run_and_say_how_to_go_on(self, here: Ground) -> None:
        with here.calls() as calls:
            here.plan()
        here.box.faults = Faults(expires_after_calls=sum(calls.values()) + 2)
        with here.calls() as calls:
            report = run(here)
        assert report.stopped
        assert report.stopped.cause is Cause.CREDENTIALS
        assert "sign in again" in report.stopped.fix
        assert "run apply again" in report.stopped.fix
        found = [str(status) for status in statuses(report).values()]
        assert found == ["done", "done", "failed", "not-started"], found
        assert report.remaining is None
        refused = [code for _, code in here.box.refusals]
        assert len(refused) == 1, "nothing more is tried with credentials that are refused"
        here.box.faults = None
        here.built()
        assert_made_once(here)

    def test_while_aws_is_at_work_the_creation_stays_pending(self, here: Ground) -> None:
        def expire() -> None:
            here.box.faults = Faults(expires_after_calls=0)

        with after_calls(here, "CreateAccount", 1, expire):
            report = run(here)
        assert statuses(report)["account:shop"] is Status.PENDING
        assert report.stopped
        assert report.stopped.cause is Cause.CREDENTIALS
        here.box.faults = None
        here.built()
        assert_made_once(here)


class Lock:
    """Held until it is lost."""

    token = 7

    def __init__(self) -> None:
        self.lost = False
        self.kept = 0

    def keep(self) -> None:
        self.kept += 1

    def require(self) -> None:
        self.keep()
        if self.lost:
            raise LockedOut("the lock was taken by run b", "wait for it")


class TestALostLock:
    def test_stops_new_changes(self, here: Ground) -> None:
        lock = Lock()
        with (
            after_calls(here, "CreateOrganizationalUnit", 2, lambda: setattr(lock, "lost", True)),
            here.calls() as calls,
        ):
            report = run(here, lock=lock)
        assert mutations(calls) == {"CreateOrganizationalUnit": 2}
        assert report.stopped
        assert report.stopped.cause is Cause.LOCK
        assert "taken by run b" in report.stopped.what
        assert report.stopped.fix == "wait for it", "the error's own way out"

    def test_an_account_that_aws_has_made_meanwhile_has_not_failed(self, here: Ground) -> None:
        lock = Lock()
        with (
            after_calls(here, "CreateAccount", 1, lambda: setattr(lock, "lost", True)),
            here.calls() as calls,
        ):
            report = run(here, lock=lock)
        assert "MoveAccount" not in calls
        assert statuses(report)["account:shop"] is Status.PENDING
        (told,) = [result.error for result in report.results if result.status is Status.PENDING]
        assert told == "begun, and not finished: the lock was taken by run b"
        here.built()
        assert_made_once(here)

    def test_even_the_repetition_of_a_change_that_aws_put_off(self, here: Ground) -> None:
        lock = Lock()
        here.line.refuse("CreateOrganizationalUnit", "ConcurrentModificationException", times=3)
        asked = here.aws.calls._send  # type: ignore[attr-defined]

        def losing(*arguments: object, **more: object) -> object:
            try:
                return asked(*arguments, **more)  # type: ignore[arg-type]
            finally:
                lock.lost = lock.lost or arguments[0] == "organizations.CreateOrganizationalUnit"

        here.aws.calls._send = losing  # type: ignore[attr-defined, method-assign]
        with here.calls() as calls:
            report = run(here, lock=lock)
        assert mutations(calls) == {}
        assert report.stopped
        assert report.stopped.cause is Cause.LOCK

    def test_it_is_kept_with_every_request(self, here: Ground) -> None:
        lock = Lock()
        with here.calls() as calls:
            here.plan()
        planning = sum(calls.values())
        with here.calls() as calls:
            run(here, lock=lock)
        assert lock.kept >= sum(calls.values()) - planning

    def test_its_number_is_in_the_journal(self, here: Ground, tmp_path: Path) -> None:
        journal = Journal(tmp_path / "journal.jsonl", here.box.clock)
        run(here, lock=Lock(), journal=journal)
        (noted,) = runs(read((tmp_path / "journal.jsonl").read_bytes()).records)
        assert {step.intent["token"] for step in noted.steps} == {7}


def test_a_journal_that_cannot_be_written_any_more_stops_before_the_request(here: Ground, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl", here.box.clock)

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    def fill() -> None:
        journal.sync = full

    with after_calls(here, "CreateOrganizationalUnit", 1, fill), here.calls() as calls:
        report = run(here, journal=journal)
    assert mutations(calls) == {"CreateOrganizationalUnit": 1}
    assert report.stopped
    assert report.stopped.cause is Cause.JOURNAL
    assert "No space left on device" in report.stopped.what
    here.built()


class TestWhatIsReadBack:
    def test_is_asked_for_until_aws_shows_it(self, small: Ground) -> None:
        small.edited("guardrails: [no-leaving]", "guardrails: [no-leaving, no-buckets]")
        small.write({"shop": "ou: security\n"})
        small.box.faults = Faults(seed=3, stale_seconds=20)
        report = run(small)
        assert report.complete, told(report)
        assert any(strike.what == "stale" for strike in small.box.struck)

    def test_has_its_deadline(self, here: Ground) -> None:
        poll, deadline = here.aws.limits.seconds("apply.verify")

        def undo(call: Call) -> None:
            if call.operation == "ListRoots":
                state = here.box.state
                for account in state.accounts.values():
                    if account.name == "shop" and state.organization:
                        account.parent_id = state.organization.root_id

        with watching(here, "MoveAccount", lambda: here.box.watchers.append(undo)), here.calls() as calls:
            report = run(here)
        assert report.remaining
        assert [str(change.address) for change in report.remaining.changes] == ["account:shop"]
        assert 3 <= calls["ListRoots"] <= 2 + deadline / poll

    def test_what_failed_is_not_waited_for(self, here: Ground) -> None:
        here.line.refuse("CreateOrganizationalUnit", "AccessDeniedException")
        with here.calls() as calls:
            report = run(here)
        assert report.remaining
        assert calls["ListRoots"] == 2

    def test_a_new_account_says_how_long_it_stood_in_the_root(self, here: Ground) -> None:
        report = run(here)
        (note,) = [result.note for result in report.results if result.note]
        assert note.startswith("in the root for ")
