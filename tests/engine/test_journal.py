"""The journal of a run: on disk before the request goes out, whole after any end, silent about e-mails."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from factory import engine
from factory.aws.errors import AwsError, LostReply
from factory.core.errors import FactoryError
from factory.core.journal import read, runs, unfinished
from factory.engine import Facts, Journal
from factory.engine.journal import JournalBroken
from factory.sandbox import SimulatedClock
from tests.engine.creating import watching
from tests.engine.ground import READS, Ground, Killed

CREATE = "organizations.CreateAccount"
ACCOUNT = {
    "Email": "Aws+Shop@example.com",
    "AccountName": "shop",
    "Tags": [{"Key": "owner", "Value": "jo@example.com"}],
}


def journal(path: Path | None, **more: object) -> Journal:
    made = Journal(path, SimulatedClock(), **more)  # type: ignore[arg-type]
    made.open()
    made.begin(Facts(organization="o-1", principal="arn:aws:iam::1:role/apply", commit="abc", digest="sha256:1"))
    return made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "journal.jsonl"


class TestAFile:
    def test_an_intent_is_on_disk_before_anything_else_happens(self, path: Path) -> None:
        synced: list[int] = []
        made = journal(path, sync=lambda number: synced.append(os.fstat(number).st_size))
        made.intend(CREATE, ACCOUNT, {"address": "account:shop", "verb": "create"})
        last = path.read_bytes().splitlines()[-1]
        assert json.loads(last)["operation"] == CREATE
        assert synced[-1] == path.stat().st_size, "synced with the whole record in it"

    def test_every_record_says_who_did_what_for_which_plan(self, path: Path) -> None:
        made = journal(path)
        made.intend(CREATE, ACCOUNT, {"address": "account:shop", "verb": "create"})
        record = json.loads(path.read_bytes().splitlines()[-1])
        assert record["principal"] == "arn:aws:iam::1:role/apply"
        assert (record["commit"], record["digest"], record["organization"]) == ("abc", "sha256:1", "o-1")
        assert (record["address"], record["verb"]) == ("account:shop", "create")

    def test_no_email_stands_in_it(self, path: Path) -> None:
        made = journal(path)
        written = made.intend(CREATE, ACCOUNT, {})
        written.failed(AwsError("InvalidInputException", CREATE, "bad shop@example.com", request_id="r-1"))
        assert "example.com" not in path.read_text()

    def test_a_second_run_goes_on_with_the_chain(self, path: Path) -> None:
        for _ in range(2):
            made = journal(path)
            made.intend(CREATE, ACCOUNT, {}).answered({"ResponseMetadata": {"RequestId": "r-1"}})
            made.close()
        chain = read(path.read_bytes())
        assert chain.sound
        assert len(chain.records) == 6

    def test_what_a_crash_cut_off_is_closed_and_noted(self, path: Path) -> None:
        made = journal(path)
        made.intend(CREATE, ACCOUNT, {})
        made.close()
        os.truncate(path, path.stat().st_size - 30)
        journal(path).close()
        chain = read(path.read_bytes())
        assert chain.sound
        assert [flaw.grave for flaw in chain.flaws] == [False]

    def test_cut_off_at_any_byte_the_next_run_goes_on(self, path: Path) -> None:
        made = journal(path)
        made.intend(CREATE, ACCOUNT, {})
        made.close()
        whole = path.read_bytes()
        for size in range(len(whole) + 1):
            path.write_bytes(whole[:size])
            journal(path).close()
            assert read(path.read_bytes()).sound, size

    def test_a_full_disk_stops_before_the_request(self, path: Path) -> None:
        def full(number: int) -> None:
            raise OSError(28, "No space left on device")

        made = journal(path)
        made.sync = full
        with pytest.raises(JournalBroken, match=r"journal\.jsonl cannot be written: No space left on device"):
            made.intend(CREATE, ACCOUNT, {})
        with pytest.raises(JournalBroken):
            made.intend(CREATE, ACCOUNT, {})
        journal(path).close()
        assert read(path.read_bytes()).sound

    def test_what_is_in_the_way_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        for path in (tmp_path / "file" / "journal.jsonl", tmp_path):
            with pytest.raises(JournalBroken, match="cannot be opened"):
                Journal(path).open()


class TestWhatWasAskedFor:
    def after(self, path: Path, *ends: object) -> Journal:
        for end in ends:
            made = journal(path)
            written = made.intend(CREATE, ACCOUNT, {})
            if isinstance(end, dict):
                written.answered(end)
            elif isinstance(end, FactoryError):
                written.failed(end)
            made.close()
        return journal(path)

    def test_a_request_that_was_cut_off(self, path: Path) -> None:
        found = self.after(path, None).asked("aws+shop@EXAMPLE.com")
        assert found
        assert (found.at, found.name, found.creation) == (SimulatedClock().now(), "shop", "")

    def test_a_request_that_aws_took(self, path: Path) -> None:
        answer = {"CreateAccountStatus": {"Id": "car-1"}, "ResponseMetadata": {"RequestId": "r"}}
        found = self.after(path, answer).asked("aws+shop@example.com")
        assert found
        assert found.creation == "car-1"

    def test_a_request_whose_answer_was_lost(self, path: Path) -> None:
        assert self.after(path, LostReply("ReadTimeoutError", CREATE)).asked("aws+shop@example.com")

    @pytest.mark.parametrize(
        "error",
        [
            AwsError("TooManyRequestsException", CREATE, request_id="r-1"),
            AwsError("EndpointConnectionError", CREATE),
            FactoryError("the lock was lost"),
        ],
    )
    def test_a_request_that_aws_refused_or_never_got_is_over(self, path: Path, error: FactoryError) -> None:
        assert self.after(path, None, error).asked("aws+shop@example.com") is None

    def test_of_this_run_it_is_not_the_memory(self, path: Path) -> None:
        made = journal(path)
        made.intend(CREATE, ACCOUNT, {})
        assert made.asked("aws+shop@example.com") is None

    def test_other_emails_and_other_organizations_are_not_meant(self, path: Path) -> None:
        made = self.after(path, None)
        assert made.asked("aws+blog@example.com") is None
        made.begin(Facts(organization="o-2"))
        assert made.asked("aws+shop@example.com") is None


def test_other_requests_without_an_answer_count_as_lost(path: Path) -> None:
    made = journal(path)
    made.intend("organizations.AttachPolicy", {}, {}).failed(AwsError("ReadTimeoutError", "organizations.AttachPolicy"))
    assert json.loads(path.read_bytes().splitlines()[-1])["fate"] == "lost"


class TestAnApply:
    def applied(self, here: Ground, path: Path) -> None:
        organization, _ = engine.load(here.root)
        here.aws.refresh()
        plan = engine.plan(organization, here.aws)
        journal = Journal(path, here.box.clock)
        engine.apply(plan, here.aws, organization, engine.Consent(), here.events.append, journal=journal)

    def test_holds_every_call_that_changed_something(self, here: Ground, path: Path) -> None:
        self.applied(here, path)
        (run,) = runs(read(path.read_bytes()).records)
        noted = [str(step.intent["operation"]).partition(".")[2] for step in run.steps]
        assert noted == [call.operation for call in here.box.calls if not call.operation.startswith(READS)]
        assert all(step.outcome and step.outcome["fate"] == "done" for step in run.steps)
        assert all(step.outcome and step.outcome["request_id"] for step in run.steps)
        assert {step.intent["address"] for step in run.steps} >= {"ou:workloads/prod", "account:shop"}
        assert run.ended

    def test_after_a_crash_the_open_intent_is_the_call_that_was_cut_off(self, here: Ground, path: Path) -> None:
        def stop() -> None:
            raise Killed

        with watching(here, "CreateAccount", stop), pytest.raises(Killed):
            self.applied(here, path)
        (left,) = unfinished(read(path.read_bytes()).records)
        assert left["operation"] == CREATE

    def test_planning_writes_nothing_and_cannot_change_anything(self, here: Ground) -> None:
        with pytest.raises(FactoryError, match="outside of apply"):
            here.aws.organizations.create_unit("r-1", "x", {})
        with here.calls() as calls:
            here.plan()
        assert all(operation.startswith(READS) for operation in calls)
        assert not (here.root / ".factory").exists()
