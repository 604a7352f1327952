"""What a second look at the ends of a run found: hard stops, clocks, refusals and faults at awkward moments."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from factory import engine
from factory.aws.errors import AwsError
from factory.cli.apply import outcome
from factory.cli.exits import Exit
from factory.core import journal as chain
from factory.core.change import Plan, Refusal, Status
from factory.engine import Journal, applying
from factory.engine import journal as journal_module
from factory.kinds import account_creation
from tests.engine.creating import CREATE, OURS, asked_elsewhere, watching
from tests.engine.ground import ACCOUNT, Ground, Killed, ground, told
from tests.engine.test_stops import run


def verified(path: Path) -> list[str]:
    return [flaw.what for flaw in chain.read(path.read_bytes()).flaws if flaw.grave]


def test_a_hard_stop_in_the_middle_of_a_record_leaves_a_sound_chain(tmp_path: Path, monkeypatch) -> None:
    journal = Journal(tmp_path / "j" / "j.jsonl")
    journal.open()
    journal.begin(engine.Facts(organization="o-1"))
    real = os.write

    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(journal_module.os, "write", interrupted)
    with suppress(KeyboardInterrupt):
        journal.intend("organizations.AttachPolicy", {"PolicyId": "p-1"}, {})
    monkeypatch.setattr(journal_module.os, "write", real)
    with suppress(journal_module.JournalBroken):
        journal.end({})  # what apply does after the scheduler has caught the KeyboardInterrupt
    journal.close()
    assert verified(tmp_path / "j" / "j.jsonl") == []


def test_a_crash_while_a_torn_line_is_noted_is_no_tampering(tmp_path: Path) -> None:
    path = tmp_path / "j" / "j.jsonl"
    journal = Journal(path)
    journal.open()
    journal.begin(engine.Facts(organization="o-1"))
    journal.close()
    with path.open("ab") as file:
        file.write(b'{"event":"intent","id"')  # crash 1: a line cut off
        file.write(b"\n")  # crash 2: between the newline that closes it and the record that explains it
    for _ in range(2):
        later = Journal(path)
        later.open()
        later.begin(engine.Facts(organization="o-1"))
        later.close()
    assert verified(path) == []


def test_a_key_put_in_twice_is_an_edit(tmp_path: Path) -> None:
    path = tmp_path / "j" / "j.jsonl"
    journal = Journal(path)
    journal.open()
    journal.begin(engine.Facts(organization="o-1"))
    journal.intend("organizations.CloseAccount", {"AccountId": "1"}, {}).answered({})
    journal.close()
    text = path.read_text()
    edited = text.replace('{"event":"intent"', '{"operation":"organizations.TagResource", "event":"intent"')
    assert edited != text
    path.write_text(edited)
    assert verified(path) != []


def test_the_name_in_the_journal_is_the_one_that_was_asked_for(tmp_path: Path) -> None:
    with ground(tmp_path, {"shop": ACCOUNT + "name: shop@corp\n"}) as here:
        path = tmp_path / ".factory" / "j.jsonl"

        def die() -> None:
            raise Killed

        with watching(here, CREATE, die), pytest.raises(Killed):
            run(here, journal=Journal(path, here.box.clock))
        assert len(here.box.state.creations) == 1
        creation = next(iter(here.box.state.creations.values()))
        creation.completes_at = creation.requested_at + 800
        here.events.clear()
        run(here, journal=Journal(path, here.box.clock))
        assert len(here.line.moments(CREATE)) == 1, "asked again while the first request was still running"


def test_one_read_that_fails_after_apply_is_read_again(here: Ground, monkeypatch) -> None:
    real, failed = applying.make_plan, []

    def flaky(*args: object, **more: object) -> Plan:
        if not failed:
            failed.append(1)
            raise AwsError("MovedMeanwhile", "organizations.ListAccountsForParent", "places changed", hint="run again")
        return real(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(applying, "make_plan", flaky)
    report = run(here)
    assert all(r.status is Status.DONE for r in report.results)
    assert report.remaining is not None
    assert outcome(report) is Exit.DONE


def test_a_refused_rest_is_not_done(here: Ground) -> None:
    report = run(here)
    rest = replace(report.remaining, refusals=(Refusal("ambiguous-identity", "two accounts", "mend it"),))
    assert outcome(replace(report, remaining=rest)) is not Exit.DONE


def test_an_ambiguity_that_appears_meanwhile_is_not_exit_0(here: Ground) -> None:
    """The fresh plan is refused and holds no change: factory plan would exit 6, apply says done."""
    here.built()
    asked_elsewhere(here, "guest", "guest@example.com")
    here.box.clock.sleep(100)
    guest, shop = (next(i for i, a in here.box.state.accounts.items() if a.name == n) for n in ("guest", "shop"))
    here.write({"shop": ACCOUNT + f'id: "{shop}"\n', "blog": ACCOUNT + "new: true\n"})

    def tagged() -> None:
        here.box.state.tags[guest] = dict(OURS)

    with watching(here, "MoveAccount", tagged):
        report = run(here)
    assert report.remaining is not None
    assert report.remaining.refusals
    assert outcome(report) is not Exit.DONE


def test_a_fault_of_ours_in_one_look_does_not_forget_a_request_that_was_just_made(tmp_path: Path, monkeypatch) -> None:
    with ground(tmp_path, {"blog": ACCOUNT}) as here:
        here.line.refuse(CREATE, "ConcurrentModificationException", times=2)
        real, broken = account_creation._look, []

        def look(item, site):  # type: ignore[no-untyped-def]
            if item.name == "shop" and not broken:
                broken.append(1)
                raise KeyError("State")
            return real(item, site)

        monkeypatch.setattr(account_creation, "_look", look)
        organizations = here.aws.organizations
        asked: list[str] = []
        create = organizations.create_account

        def counted(email, name, tags):  # type: ignore[no-untyped-def]
            asked.append(name)
            return create(email, name, tags)

        monkeypatch.setattr(organizations, "create_account", counted)
        # AWS does not list the new request at once
        creations = organizations.creations

        def lagging(states=()):  # type: ignore[no-untyped-def]
            return [c for c in creations(states) if here.box.clock.now() - c.requested_at > 20]

        monkeypatch.setattr(organizations, "creations", lagging)
        report = run(here)
        assert [c.name for c in here.box.state.creations.values()] == ["blog"], (asked, told(report))


def test_a_signal_while_the_end_is_noted_still_leaves_a_report(here: Ground, monkeypatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Journal, "end", interrupted)
    try:
        report = run(here)
    except KeyboardInterrupt:
        pytest.fail("everything was changed and nothing was reported")
    assert report.results


def test_what_aws_did_is_not_reported_as_failed_when_it_could_not_be_noted(here: Ground, monkeypatch) -> None:
    real = Journal._append

    def full(self, record):  # type: ignore[no-untyped-def]
        if record["event"] == "outcome":
            raise journal_module.JournalBroken("the disk is full", "make room")
        real(self, record)

    monkeypatch.setattr(Journal, "_append", full)
    report = run(here)
    assert here.box.state.units, "AWS made it"
    assert outcome(report) is not Exit.ERROR, "exit 1 says: nothing was changed, or nothing is known to be"


def test_a_clock_that_is_set_back_by_an_hour_holds_up_nothing_for_an_hour(here: Ground) -> None:
    slept: list[float] = []
    sleep, now, back = here.box.clock.sleep, here.box.clock.now, [0.0]
    real_now = now

    def shifted() -> float:
        return real_now() - back[0]

    def sleeping(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            back[0] = 3600.0  # set back by an hour while the run sleeps between two polls
        sleep(seconds)

    class Clock:
        now = staticmethod(shifted)
        sleep = staticmethod(sleeping)
        attend = staticmethod(here.box.clock.attend)

    here.aws.clock = here.aws.calls._clock = Clock()  # type: ignore[assignment]

    run(here)
    assert max(slept) < 300
