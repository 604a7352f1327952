"""Following stacks: no more is asked than what is new, however many accounts and operations there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from factory.core.change import Status
from factory.engine import Event
from factory.sandbox import Call, auto_deployment
from factory.sandbox.seeding import add_account, break_stack
from factory.sandbox.stack_state import SetOperation
from factory.sandbox.state import Account
from factory.sandbox.world import World
from tests.engine.ground import Ground, ground, mutations, result, told
from tests.engine.test_baselines import stacks

ORGANIZATION = """\
organization: {home_region: eu-central-1, regions: [eu-central-1, eu-west-1]}
defaults: {email: "aws+{name}@example.com"}
root: {baselines: [watch, budget]}
organizational_units:
  shops: {}
"""
TEMPLATE = """\
Parameters: {Level: {Type: String}}
Resources: {Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Level}}}
"""
WATCH = "description: Watches.\nregions: governed\nparameters: {Level: low}\n"
BUDGET = 'description: Costs.\nregions: governed\nauto_deploy: false\nparameters: {Level: "{account.name}"}\n'
FILES: dict[str, str | None] = {
    "organization": ORGANIZATION,
    "shop": "ou: shops\n",
    "baselines/stack-sets/watch/baseline.yaml": WATCH,
    "baselines/stack-sets/watch/template.yaml": TEMPLATE,
    "baselines/stack-sets/budget/baseline.yaml": BUDGET,
    "baselines/stack-sets/budget/template.yaml": TEMPLATE,
}
STRANGERS = 120


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Ground]:
    with ground(tmp_path, FILES) as made:
        yield made


def crowded(here: Ground) -> None:
    """Many other accounts, and many operations in the past of each stack set."""
    for number in range(STRANGERS):
        add_account(here.box.state, f"stranger-{number}", f"stranger-{number}@example.com")
    here.built()
    for of in here.box.state.stack_sets.values():
        for number in range(300):
            past = SetOperation(f"{of.id}/past-{number}", of.id, f"past-{number}", "CREATE", 1, 0, "SUCCEEDED")
            here.box.state.stack_operations[past.id] = past


def onboarded(here: Ground, *names: str) -> Counter[str]:
    """Calls to CloudFormation while these come, without those that read everything before and after."""
    here.write(dict.fromkeys(names, "ou: shops\nnew: true\n"))
    plan, before = here.plan(), len(here.box.calls)
    last = before

    def watch(event: Event) -> None:
        nonlocal last
        last = len(here.box.calls) if event.kind == "done" else last

    report = here.carry_out(plan, watch)
    assert report.complete, told(report)
    found = [call for call in here.box.calls[before:last] if call.service == "cloudformation"]
    whole = [c for c in found if c.operation == "ListStackInstances" and "StackInstanceAccount" not in c.request]
    assert not whole, "all stacks were listed for the sake of a few"
    return Counter(call.operation for call in found)


def test_an_account_that_comes_is_followed_by_itself_however_many_there_are(here: Ground) -> None:
    crowded(here)
    calls = onboarded(here, "blog")
    # Of each baseline: once as they are begun, and once an operation has ended.
    assert calls["ListStackInstances"] <= 2 * 2 + 1
    # Some 75 seconds in steps of ten, each time one page of operations for each baseline; now and then an empty one.
    assert calls["ListStackSetOperations"] <= 2 * 10
    assert (calls["CreateStackInstances"], calls["DescribeStackSetOperation"]) == (1, 1)


def test_accounts_that_come_together_are_not_looked_at_in_between(here: Ground) -> None:
    crowded(here)
    calls = onboarded(here, "blog", "news")
    assert calls["ListStackInstances"] <= 2 * (2 * 2 + 1)


def test_stacks_are_done_at_once_when_their_operation_has_ended(here: Ground) -> None:
    here.built()
    here.write({"blog": "ou: shops\n"})
    here.events.clear()
    here.built()
    done = {str(event.change.address): event.seconds for event in here.events if event.kind == "done"}
    # A stack takes up to 75 s here. Ours is asked for at once, and looked at every ten seconds.
    assert 45 < done["stack:budget@blog"] < 75 + 15


def test_what_failed_by_itself_is_tried_again_while_others_come(here: Ground) -> None:
    here.built()
    names = [f"shop-{number}" for number in range(6)]
    break_stack(here.box.state, "factory-main-watch", region="eu-west-1", action="CREATE", times=1)
    here.write(dict.fromkeys(names, "ou: shops\n"))
    here.built()
    rows = [row for row in here.box.state.stack_operations.values() if "watch" in row.id]
    (again,) = (row for row in rows if row.action == "CREATE" and not row.automatic and "Accounts" in row.asked)
    assert again.created_at < max(row.ended_at or 0 for row in rows if row.automatic)


def test_what_aws_does_not_begin_by_itself_is_asked_for_after_a_minute(
    here: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.built()
    monkeypatch.setattr(auto_deployment, "arrive", lambda *_: None)
    here.write({"blog": "ou: shops\n"})
    with here.calls() as calls:
        here.built()
    assert mutations(calls)["CreateStackInstances"] == 2
    moved, last = here.line.moments("MoveAccount")[-1], here.line.moments("CreateStackInstances")[-1]
    assert 60 <= last - moved < 75
    assert stacks(here)["watch", "blog", "eu-west-1"] == "CURRENT"


def test_what_keeps_failing_beside_values_of_its_own_is_given_up(here: Ground) -> None:
    here.built()
    break_stack(here.box.state, "factory-main-watch", region="eu-west-1", reason="It broke")
    here.write({"blog": "ou: shops\nbaselines: {watch: {parameters: {Level: high}}}\n"})
    report = here.apply()
    failed = result(report, "stack:watch@blog")
    assert failed.status is Status.FAILED
    assert "blog in eu-west-1 is OUTDATED (It broke)" in failed.error
    assert failed.seconds < 600


OPTING_OUT = "ou: shops\nbaselines: {watch: false}\n"


def test_who_opts_out_of_what_is_deployed_while_it_comes_is_rid_of_it(here: Ground) -> None:
    here.write({"baselines/stack-sets/watch/baseline.yaml": WATCH + "optional: true\n"})
    here.write(dict.fromkeys(["shop", "blog", "news"], OPTING_OUT))
    here.built()
    assert {of for of, _, _ in stacks(here)} == {"budget"}


def test_who_opts_out_is_rid_of_what_aws_brings_late(here: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    here.write({"baselines/stack-sets/watch/baseline.yaml": WATCH + "optional: true\n"})
    here.built()
    arrive, late = auto_deployment.arrive, list[tuple[World, Account]]()
    monkeypatch.setattr(auto_deployment, "arrive", lambda world, account: late.append((world, account)))

    def then(_: Call) -> None:
        if late and here.box.clock.now() > late[-1][0].now + 30:
            world, account = late[-1]
            late.clear()
            arrive(replace(world, now=here.box.clock.now()), account)

    here.box.watchers.append(then)
    here.write({"blog": OPTING_OUT})
    with here.calls() as calls:
        here.built()
    assert mutations(calls)["DeleteStackInstances"] == 1
    assert {name for of, name, _ in stacks(here) if of == "watch"} == {"shop"}


def test_an_operation_that_ended_well_does_not_stand_for_its_stacks(here: Ground) -> None:
    """Within its tolerance an operation succeeds although stacks have failed."""
    here.built()
    break_stack(here.box.state, "factory-main-budget", region="eu-west-1", reason="It broke")
    here.write(dict.fromkeys(["blog", "news"], "ou: shops\n"))
    here.write({"baselines/stack-sets/budget/baseline.yaml": BUDGET + "operation: {failure_tolerance_percent: 100}\n"})
    report = here.apply()
    for name in ("blog", "news"):
        failed = result(report, f"stack:budget@{name}")
        assert failed.status is Status.FAILED
        assert f"{name} in eu-west-1 is OUTDATED (It broke)" in failed.error
        assert result(report, f"stack:watch@{name}").status is Status.DONE
