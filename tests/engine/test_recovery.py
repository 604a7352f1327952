"""An account that an earlier run asked for: what the journal knows of it keeps the next run from asking again."""

from __future__ import annotations

import pytest

from factory import engine
from factory.core.change import Report, Status
from factory.engine import Journal
from factory.sandbox import Call, Crash, Faults
from factory.sandbox.state import Creation
from tests.engine.creating import CREATE, EMAIL, asked_elsewhere, assert_made_once
from tests.engine.ground import Ground, Killed, mutations, result, told


class Process:
    """Runs of one checkout, one after the other, with the journal in it."""

    def __init__(self, here: Ground) -> None:
        self.here = here
        self.noted = b""

    def run(self) -> Report:
        organization, _ = engine.load(self.here.root)
        self.here.aws.refresh()
        plan = engine.plan(organization, self.here.aws)
        journal = Journal(None, self.here.box.clock, content=self.noted)
        try:
            return engine.apply(
                plan, self.here.aws, organization, engine.Consent(), self.here.events.append, journal=journal
            )
        finally:
            self.noted = journal.content

    def killed_after(self, operation: str) -> None:
        def stop(call: Call) -> None:
            if call.operation == operation:
                raise Killed

        self.here.box.watchers.append(stop)
        with pytest.raises(Killed):
            self.run()
        self.here.box.watchers.remove(stop)


@pytest.fixture
def process(here: Ground) -> Process:
    return Process(here)


def test_a_request_that_aws_does_not_show_yet_is_not_made_again(here: Ground, process: Process) -> None:
    process.killed_after(CREATE)
    (asked,) = here.box.state.creations.values()
    kept = here.box.state.creations.pop(asked.id)
    looks = [0]

    def show(call: Call) -> None:
        """The third look at the list of requests shows it."""
        looks[0] += call.operation == "ListCreateAccountStatus"
        if looks[0] == 3:
            here.box.state.creations[kept.id] = kept

    here.box.watchers.append(show)
    with here.calls() as calls:
        report = process.run()
    assert report.complete, told(report)
    assert mutations(calls) == {"MoveAccount": 1}
    assert_made_once(here)


def test_without_the_journal_it_would_be_made_again_and_aws_would_refuse_it(here: Ground, process: Process) -> None:
    """What the test above is worth: only AWS's unique e-mail is left then."""
    process.killed_after(CREATE)
    (asked,) = here.box.state.creations.values()
    kept = here.box.state.creations.pop(asked.id)
    process.noted = b""

    def show(call: Call) -> None:
        if call.operation == CREATE:
            here.box.state.creations[kept.id] = kept

    here.box.watchers.append(show)
    with here.calls() as calls:
        process.run()
    assert calls[CREATE] == 1
    assert len(here.members()) == 1


def test_a_request_that_never_arrived_is_made_once_more(here: Ground, process: Process) -> None:
    here.line.lose_unheard(CREATE)

    def stop(call: Call) -> None:
        if here.line.moments(CREATE):
            raise Killed

    here.box.watchers.append(stop)
    with pytest.raises(Killed):
        process.run()
    here.box.watchers.clear()
    report = process.run()
    assert report.complete, told(report)
    assert_made_once(here)
    first, second = here.line.moments(CREATE)
    assert second - first >= 120, "not before AWS had time to show the first"


def test_a_request_whose_file_has_another_name_now_is_followed(here: Ground, process: Process) -> None:
    """AWS's list of requests shows the old name only; the journal knows the e-mail."""
    process.killed_after(CREATE)
    (asked,) = here.box.state.creations.values()
    asked.completes_at += 300
    here.write({"shop": None, "store": f"ou: workloads/prod\nemail: {EMAIL}\n"})
    with here.calls() as calls:
        first = result(process.run(), "account:store")
        second = process.run()
    assert calls[CREATE] == 0
    assert first.status is Status.FAILED, "it carries another name of ours: a person sees that in the next plan"
    assert "run plan again" in first.fix
    assert second.complete, told(second)
    assert here.homes() == {"store": "workloads/prod"}


def ended(here: Ground, reason: str | None) -> Creation:
    (asked,) = here.box.state.creations.values()
    asked.fails_with = reason
    here.box.clock.sleep(120)
    return asked


@pytest.mark.parametrize("reason", ["INTERNAL_FAILURE", "INVALID_EMAIL"])
def test_a_request_that_has_failed_meanwhile_is_over(here: Ground, process: Process, reason: str) -> None:
    """What has failed is not waited for, and its reason is not told as this run's: it is asked for anew."""
    process.killed_after(CREATE)
    ended(here, reason)
    report = process.run()
    assert report.complete, told(report)
    assert_made_once(here, requests=2)


def test_a_request_that_aws_does_not_know_is_looked_for_and_then_made_again(here: Ground, process: Process) -> None:
    """The sandbox was emptied, say, or the journal was copied from elsewhere."""
    process.killed_after("MoveAccount")
    here.box.state.creations.clear()
    for account in list(here.members().values()):
        del here.box.state.accounts[account.id]
        here.box.state.attachments.pop(account.id, None)
        here.box.state.tags.pop(account.id, None)
    began = here.box.clock.now()
    report = process.run()
    assert report.complete, told(report)
    assert here.line.moments(CREATE)[-1] - began >= 60
    assert_made_once(here)


def test_what_was_noted_long_ago_is_not_waited_for(here: Ground, process: Process) -> None:
    process.killed_after(CREATE)
    here.box.state.creations.clear()
    here.box.clock.sleep(2 * 86400)
    began = here.box.clock.now()
    report = process.run()
    assert report.complete, told(report)
    assert here.line.moments(CREATE)[-1] - began < 30


def test_a_request_that_somebody_else_made_is_waited_for(here: Ground, process: Process) -> None:
    """Another pipeline with the same files, say: no journal here knows of it, AWS's list of requests does."""
    tags = {"factory:managed": "main", "factory:address": "shop"}
    asked = asked_elsewhere(here, "shop", EMAIL, tags)
    asked.completes_at += 200
    with here.calls() as calls:
        report = process.run()
    assert report.complete, told(report)
    assert calls[CREATE] == 0
    assert_made_once(here)


def test_expired_credentials_leave_it_pending_and_the_next_run_follows_it(here: Ground, process: Process) -> None:
    def expire(call: Call) -> None:
        if call.operation == CREATE:
            here.box.faults = Faults(expires_after_calls=0)

    here.box.watchers.append(expire)
    assert result(process.run(), "account:shop").status is Status.PENDING
    here.box.watchers.clear()
    here.box.faults = None
    with here.calls() as calls:
        assert process.run().complete
    assert mutations(calls) == {"MoveAccount": 1}


def test_cut_off_again_and_again_it_is_made_once(here: Ground, process: Process) -> None:
    for number in range(1, 60):
        here.box.faults = Faults(crash_at=number, crash_after=bool(number % 2), stale_seconds=15, seed=number)
        try:
            process.run()
        except Crash:
            continue
        finally:
            here.box.faults = None
        break
    here.box.clock.sleep(30)
    report = process.run()
    assert report.complete, told(report)
    assert_made_once(here)


def test_a_request_that_is_done_between_the_plan_and_its_turn_is_found_without_the_journal(
    here: Ground, process: Process
) -> None:
    """The plan's list of accounts was read before, the list of what is under way afterwards: it shows in neither."""
    process.killed_after(CREATE)
    process.noted = b""
    organization, _ = engine.load(here.root)
    here.aws.refresh()
    plan = engine.plan(organization, here.aws)
    here.box.clock.sleep(3600)
    with here.calls() as calls:
        report = engine.apply(plan, here.aws, organization, engine.Consent(), here.events.append)
    assert report.complete, told(report)
    assert mutations(calls) == {"MoveAccount": 1}
    assert_made_once(here)


@pytest.mark.parametrize("left", ["another account", "gone"])
def test_an_account_of_that_name_that_was_just_made_for_somebody_else_is_not_taken(here: Ground, left: str) -> None:
    organization, _ = engine.load(here.root)
    plan = engine.plan(organization, here.aws)
    asked_elsewhere(here, "shop", "other@example.com")
    here.box.clock.sleep(60)
    (other,) = here.members().values()
    if left == "gone":
        here.box.state.accounts.pop(other.id)
    report = engine.apply(plan, here.aws, organization, engine.Consent(), here.events.append)
    assert report.complete, told(report)
    accounts = here.box.state.accounts.values()
    homes = {account.email: here.where(account.parent_id) for account in accounts if account.name == "shop"}
    assert homes == {EMAIL: "workloads/prod"} | ({} if left == "gone" else {"other@example.com": "root"})
