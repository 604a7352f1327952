"""Baselines from files to stacks in accounts: rolled out, followed, retried, taken away, left alone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from factory import engine
from factory.core.change import Action, Cause, Risk, Status
from factory.engine import Brake, Consent, Event
from factory.sandbox import Crash, Faults
from factory.sandbox.seeding import break_stack
from tests.engine.creating import asked_elsewhere
from tests.engine.ground import Ground, ground, mutations, result, told

ORGANIZATION = """\
organization: {home_region: eu-central-1, regions: [eu-central-1, eu-west-1]}
defaults: {email: "aws+{name}@example.com"}
root: {baselines: [trail]}
organizational_units:
  security: {}
  workloads: {baselines: [recorder]}
  workloads/prod: {}
"""
TRAIL = """\
description: A trail in every account.
regions: home
parameters: {Bucket: "{organization.id}-logs-{accounts.logs.id}"}
"""
TRAIL_TEMPLATE = """\
Parameters: {Bucket: {Type: String}}
Resources:
  Trail:
    Type: AWS::CloudTrail::Trail
    Properties: {S3BucketName: !Ref Bucket, IsLogging: true}
"""
RECORDER = "description: A recorder.\nregions: governed\n"
RECORDER_TEMPLATE = """\
Resources:
  Recorder:
    Type: AWS::Config::ConfigurationRecorder
    Properties: {RoleARN: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/config"}
"""
VAULT_TEMPLATE = "Resources: {Bucket: {Type: AWS::S3::Bucket}}\n"
FILES: dict[str, str | None] = {
    "organization": ORGANIZATION,
    "logs": "ou: security\nbaselines: [vault]\n",
    "baselines/stack-sets/trail/baseline.yaml": TRAIL,
    "baselines/stack-sets/trail/template.yaml": TRAIL_TEMPLATE,
    "baselines/stack-sets/recorder/baseline.yaml": RECORDER,
    "baselines/stack-sets/recorder/template.yaml": RECORDER_TEMPLATE,
    "baselines/stack-sets/vault/baseline.yaml": "description: A bucket.\n",
    "baselines/stack-sets/vault/template.yaml": VAULT_TEMPLATE,
}
EVERYTHING = {
    ("trail", "logs", "eu-central-1"),
    ("trail", "shop", "eu-central-1"),
    ("recorder", "shop", "eu-central-1"),
    ("recorder", "shop", "eu-west-1"),
    ("vault-accounts", "logs", "eu-central-1"),
}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Ground]:
    with ground(tmp_path, FILES) as made:
        yield made


def stacks(here: Ground) -> dict[tuple[str, str, str], str]:
    """Every stack by baseline, account and Region, with its status."""
    names = {account.id: account.name for account in here.box.state.accounts.values()}
    return {
        (
            here.box.state.stack_sets[each.stack_set_id].name.removeprefix("factory-main-"),
            names[each.account_id],
            each.region,
        ): each.status
        for each in here.box.state.stack_instances.values()
    }


def built(here: Ground) -> None:
    if here.box.calls:
        here.built()
    else:
        here.ready()
    assert stacks(here) == dict.fromkeys(EVERYTHING, "CURRENT")


def failing(here: Ground, of: str, account: str, region: str, reason: str = "It broke") -> None:
    account_id = here.members()[account].id
    break_stack(here.box.state, f"factory-main-{of}", account_id, region, reason=reason)


def test_from_nothing_to_every_stack_and_then_no_changes(here: Ground) -> None:
    here.built()
    built(here)
    assert here.plan().empty
    (trail,) = (each for each in here.box.state.stack_sets.values() if each.name == "factory-main-trail")
    organization = here.box.state.organization
    assert organization
    assert trail.parameters == {"Bucket": f"{organization.id}-logs-{here.members()['logs'].id}"}
    assert trail.managed
    assert trail.automatic
    assert trail.targets == {organization.root_id: ["eu-central-1"]}


def test_what_is_needed_is_there_before(here: Ground) -> None:
    plan = here.plan()
    order = [str(change.address) for change in plan.changes]
    assert order.index("stack:vault/accounts@logs") < order.index("deployment:trail@root")
    assert order.index("account:logs") < order.index("baseline:trail")
    assert order.index("stack-set-access:organization") < order.index("baseline:recorder")


def test_a_new_account_gets_its_stacks_in_the_same_run_and_nothing_else_is_touched(here: Ground) -> None:
    built(here)
    here.write({"blog": "ou: workloads\n"})
    plan = here.plan()
    assert [str(change.address) for change in plan.changes] == [
        "account:blog",
        "stack:recorder@blog",
        "stack:trail@blog",
    ]
    with here.calls() as calls:
        here.built()
    # CloudFormation deploys by itself: nothing is asked of it.
    assert mutations(calls) == {"CreateAccount": 1, "MoveAccount": 1}
    assert stacks(here) == dict.fromkeys(
        EVERYTHING
        | {("trail", "blog", "eu-central-1"), ("recorder", "blog", "eu-central-1"), ("recorder", "blog", "eu-west-1")},
        "CURRENT",
    )


def test_a_stack_that_fails_is_named_the_others_are_current_and_only_it_is_tried_again(here: Ground) -> None:
    built(here)
    here.write({"blog": "ou: workloads\n"})
    here.apply(Consent())  # the account exists, so that it can be told to fail
    here.write({"news": "ou: workloads\n"})
    here.built()
    failing(here, "recorder", "blog", "eu-west-1", "A detector of that kind already exists")
    text = RECORDER_TEMPLATE.replace("role/config", "role/other")
    here.write({"baselines/stack-sets/recorder/template.yaml": text})
    report = here.apply()
    failed = result(report, "baseline:recorder")
    assert failed.status is Status.FAILED
    assert "blog in eu-west-1 is OUTDATED (A detector of that kind already exists)" in failed.error
    assert [key for key, status in stacks(here).items() if status != "CURRENT"] == [("recorder", "blog", "eu-west-1")]
    assert [str(change.address) for change in here.plan().changes] == ["stack:recorder@blog"]
    still = here.apply()
    assert "made by hand" in result(still, "stack:recorder@blog").fix
    here.box.state.breakages.clear()
    with here.calls() as calls:
        here.built()
    assert mutations(calls) == {"CreateStackInstances": 1}
    operation = list(here.box.state.stack_operations.values())[-1]
    assert [name.rpartition("/")[2] for name in operation.results] == ["eu-west-1"]


def test_a_template_is_changed_everywhere_and_its_plan_says_what_that_means(here: Ground) -> None:
    built(here)
    text = TRAIL_TEMPLATE.replace("IsLogging: true", "IsLogging: true, TrailName: all")
    here.write({"baselines/stack-sets/trail/template.yaml": text})
    (change,) = here.plan().changes
    assert change.risk is Risk.HIGH
    assert change.effects == ("replace Trail (AWS::CloudTrail::Trail) in every stack: TrailName",)
    with here.calls() as calls:
        here.built()
    assert mutations(calls) == {"UpdateStackSet": 1}


@pytest.mark.parametrize(
    ("template", "values"),
    [("Default: two", ""), ("Default: one", "parameters: {Name: two}\n")],
)
def test_what_another_value_replaces_is_told(here: Ground, template: str, values: str) -> None:
    text = """\
Parameters: {Name: {Type: String, Default: one}}
Resources: {Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub "${Name}-${AWS::Region}"}}}
"""
    here.write({"baselines/stack-sets/recorder/template.yaml": text})
    here.built()
    folder = "baselines/stack-sets/recorder/"
    here.write(
        {
            folder + "template.yaml": text.replace("Default: one", template),
            folder + "baseline.yaml": RECORDER + values,
        }
    )
    (change,) = here.plan().changes
    told_ = "replace Bucket (AWS::S3::Bucket) in every stack, as far as one can tell without AWS: BucketName"
    assert (change.risk, change.effects[0]) == (Risk.HIGH, told_)


def test_what_cannot_become_of_a_resource_is_refused(here: Ground) -> None:
    text = TRAIL_TEMPLATE.replace("IsLogging: true", "IsLogging: true, TrailName: all")
    here.write({"baselines/stack-sets/trail/template.yaml": text})
    here.built()
    other = text.replace("Resources:", "Resources:\n  Trail: {Type: AWS::SNS::Topic}").split("  Trail:\n")[0]
    here.write({"baselines/stack-sets/trail/template.yaml": other})
    plan = here.plan()
    assert [(refusal.rule, str(refusal.address)) for refusal in plan.refusals] == [("immutable", "baseline:trail")]
    assert plan.refusals[0].way_out == "give the new resource another logical id"


def test_layout_is_no_difference(here: Ground) -> None:
    built(here)
    text = "# The same.\n" + TRAIL_TEMPLATE.replace("!Ref Bucket", "{Ref: Bucket}")
    here.write({"baselines/stack-sets/trail/template.yaml": text})
    assert here.plan().empty


def test_regions_come_and_go(here: Ground) -> None:
    built(here)
    here.write({"baselines/stack-sets/recorder/baseline.yaml": "description: A recorder.\nregions: [eu-west-1]\n"})
    (change,) = here.plan().changes
    assert change.effects == ("CloudFormation deletes 1 stack, in 1 account (eu-central-1)",)
    assert change.risk is Risk.HIGH
    here.built()
    assert ("recorder", "shop", "eu-central-1") not in stacks(here)
    here.write({"baselines/stack-sets/recorder/baseline.yaml": RECORDER})
    here.built()
    assert stacks(here) == dict.fromkeys(EVERYTHING, "CURRENT")


def test_a_baseline_that_is_named_nowhere_any_more_goes(here: Ground) -> None:
    built(here)
    here.write({"organization": ORGANIZATION.replace("workloads: {baselines: [recorder]}", "workloads: {}")})
    plan = here.plan()
    assert [(change.verb, str(change.address)) for change in plan.changes] == [
        ("withdraw", "deployment:recorder@ou:workloads"),
        ("delete", "baseline:recorder"),
    ]
    here.built()
    assert {name for name, _, _ in stacks(here)} == {"trail", "vault-accounts"}


def without_any(here: Ground) -> None:
    """Take every baseline's folder away, and every mention of it."""
    folders = [name for name in FILES if "/" in name]
    bare = ORGANIZATION.replace("root: {baselines: [trail]}\n", "").replace("{baselines: [recorder]}", "{}")
    here.write({**dict.fromkeys(folders), "organization": bare, "logs": "ou: security\n"})
    for folder in {(here.root / name).parent for name in folders}:
        folder.rmdir()


def test_when_the_last_folder_is_deleted_its_stack_sets_go(here: Ground) -> None:
    built(here)
    without_any(here)
    plan = here.plan()
    gone = {str(change.address) for change in plan.changes if change.risk is Risk.HIGH}
    assert {"deployment:recorder@ou:workloads", "deployment:trail@root", "stack:vault/accounts@logs"} <= gone
    assert {"baseline:recorder", "baseline:trail", "baseline:vault/accounts"} <= gone
    here.built()
    assert stacks(here) == {}
    assert {each.status for each in here.box.state.stack_sets.values()} == {"DELETED"}


@pytest.mark.parametrize("hidden", ["ListStackSets", "DescribeOrganizationsAccess", "DescribeStacks"])
def test_without_baselines_the_right_to_see_them_is_not_needed(here: Ground, hidden: str) -> None:
    without_any(here)
    here.line.refuse(hidden, "AccessDenied")
    plan = here.plan()
    assert not plan.refusals
    assert not [notice for notice in plan.notices if "not allowed" in notice.message]
    here.apply()
    assert here.plan().empty


MANY = {f"a{number}": "ou: workloads\n" for number in range(9)}


def test_a_failed_deletion_is_a_failure_and_is_told_from_then_on(here: Ground) -> None:
    here.write({"blog": "ou: workloads\n"})
    here.built()
    failing(here, "recorder", "shop", "eu-west-1", "Not empty")
    here.write({"baselines/stack-sets/recorder/baseline.yaml": RECORDER.replace("governed", "home")})
    report = here.apply()
    withdrawn = result(report, "deployment:recorder@ou:workloads")
    assert withdrawn.status is Status.FAILED
    assert "1 stack could not be deleted: shop in eu-west-1 is INOPERABLE (Not empty)" in withdrawn.error
    assert "RetainStacks" in withdrawn.fix
    assert ("recorder", "blog", "eu-west-1") not in stacks(here)
    plan = here.plan()
    assert plan.empty, "CloudFormation does nothing more about it"
    (words,) = (each.message for each in plan.notices if each.code == "left-behind")
    assert words.startswith(
        "stack:recorder@shop is not wanted in eu-west-1 and could not be deleted (INOPERABLE: Not empty): mend it and"
    )


def test_a_baseline_some_of_whose_stacks_stay_says_which(here: Ground) -> None:
    built(here)
    failing(here, "recorder", "shop", "eu-west-1", "Not empty")
    here.write({"organization": ORGANIZATION.replace("workloads: {baselines: [recorder]}", "workloads: {}")})
    here.apply()
    removed = result(here.apply(), "baseline:recorder")
    assert removed.error == "1 of its stacks could not be deleted: shop in eu-west-1 is INOPERABLE (Not empty)"
    assert "RetainStacks" in removed.fix


def test_too_many_stacks_of_a_baseline_at_once_are_not_taken_away(here: Ground) -> None:
    here.write(MANY)
    built_many = here.built()
    assert built_many.complete
    here.write({"organization": ORGANIZATION.replace("workloads: {baselines: [recorder]}", "workloads: {}")})
    plan = here.plan()
    assert [(refusal.rule, refusal.message) for refusal in plan.refusals] == [
        ("mass-change", "20 of 20 stacks of the baseline recorder would be deleted, more than 30 %")
    ]
    withdraw = next(each for each in plan.changes if each.address.kind == "deployment")
    assert withdraw.effects == ("CloudFormation deletes 20 stacks, in 10 accounts (eu-central-1, eu-west-1)",)
    assert not here.plan(Consent(allow=frozenset({"mass-change"}))).refusals
    here.write({"baselines/stack-sets/recorder/baseline.yaml": RECORDER + "retain_on_removal: true\n"})
    assert not here.plan().refusals, "what is let go of stays"


def test_trying_many_stacks_again_is_no_mass_change(here: Ground) -> None:
    here.write({**MANY, "baselines/stack-sets/recorder/baseline.yaml": RECORDER + "auto_deploy: false\n"})
    break_stack(here.box.state, "factory-main-recorder", region="eu-west-1", times=10)
    here.apply()
    plan = here.plan()
    assert len(plan.changes) == 10
    assert not plan.refusals
    here.built()


def test_accounts_without_a_file_are_told_of_what_they_lose_and_get(here: Ground) -> None:
    built(here)
    here.write({"blog": "ou: workloads\n", "shop": None, "logs": "ou: security\nnew: true\nbaselines: [vault]\n"})
    here.write({"blog": "ou: workloads\nnew: true\n"})
    here.write({"baselines/stack-sets/recorder/baseline.yaml": RECORDER.replace("governed", "[eu-west-1, us-east-1]")})
    plan = here.plan()
    change = next(each for each in plan.changes if each.address.kind == "deployment")
    assert change.effects[1] == "CloudFormation takes it from accounts that no file declares, too: shop"
    assert any(
        "recorder@ou:workloads also reaches accounts that no file declares: shop" in n.message for n in plan.notices
    )


@pytest.mark.parametrize(
    ("new", "bare"),
    [
        ("home_region: eu-west-1, regions: [eu-central-1, eu-west-1]", False),
        ("home_region: us-east-1, regions: [us-east-1]", False),
        ("home_region: eu-west-1, regions: [eu-central-1, eu-west-1]", True),
    ],
)
def test_another_home_region_is_refused(here: Ground, new: str, bare: bool) -> None:
    built(here)
    if bare:
        without_any(here)
    here.edited("home_region: eu-central-1, regions: [eu-central-1, eu-west-1]", new)
    plan = here.plan()
    assert [refusal.rule for refusal in plan.refusals] == ["immutable"]
    words = "this instance keeps its stack sets in eu-central-1 (factory-main-recorder and 2 more)"
    assert plan.refusals[0].message.startswith(words)


def test_the_stack_sets_of_another_instance_are_no_sign_of_another_home_region(here: Ground) -> None:
    built(here)
    here.edited("home_region: eu-central-1", "instance: main-b, home_region: eu-west-1")
    assert "immutable" not in {refusal.rule for refusal in here.plan().refusals}


def test_other_regions_are_asked_only_where_stack_sets_are_in_use_and_none_is_ours(here: Ground) -> None:
    with here.calls() as calls:
        here.plan()
    assert calls["ListStackSets"] == 1, "nothing is in use yet"
    here.built()
    with here.calls() as calls:
        here.plan()
    assert calls["ListStackSets"] == 1
    without_any(here)
    here.built()
    with here.calls() as calls:
        here.plan()
    assert 2 <= calls["ListStackSets"] < 10, "without baselines, in the governed Regions only (some pages are empty)"


def test_a_renamed_folder_goes_before_it_comes(here: Ground) -> None:
    built(here)
    folder = "baselines/stack-sets"
    here.write(
        {f"{folder}/configuration/baseline.yaml": RECORDER, f"{folder}/configuration/template.yaml": RECORDER_TEMPLATE}
    )
    here.write({f"{folder}/recorder/baseline.yaml": None, f"{folder}/recorder/template.yaml": None})
    (here.root / folder / "recorder").rmdir()
    here.edited("[recorder]", "[configuration]")
    plan = here.plan()
    made = next(each for each in plan.changes if str(each.address) == "baseline:configuration")
    assert made.effects == (
        "CloudFormation makes anew all that is in the stacks of baseline:recorder, which goes: same template",
    )
    here.built()
    assert ("configuration", "shop", "eu-west-1") in stacks(here)


def test_two_folders_that_swap_their_names_are_refused(here: Ground) -> None:
    built(here)
    folder = "baselines/stack-sets"
    here.write({f"{folder}/trail/template.yaml": RECORDER_TEMPLATE, f"{folder}/recorder/template.yaml": TRAIL_TEMPLATE})
    here.write({f"{folder}/trail/baseline.yaml": RECORDER, f"{folder}/recorder/baseline.yaml": TRAIL})
    refusals = [each for each in here.plan().refusals if "would become what" in each.message]
    assert [str(each.address) for each in refusals] == ["baseline:recorder", "baseline:trail"]
    assert {each.rule for each in refusals} == {"immutable"}


def test_what_could_not_be_deleted_and_is_wanted_again_says_what_to_do(here: Ground) -> None:
    built(here)
    failing(here, "recorder", "shop", "eu-west-1", "Not empty")
    here.write({"baselines/stack-sets/recorder/baseline.yaml": RECORDER.replace("governed", "home")})
    here.apply()
    here.box.state.breakages.clear()
    here.write({"baselines/stack-sets/recorder/baseline.yaml": RECORDER})
    again = result(here.apply(), "stack:recorder@shop")
    assert "INOPERABLE" in again.error
    assert "RetainStacks" in again.fix


def test_a_removal_waits_while_cloudformation_is_at_work_by_itself(here: Ground) -> None:
    built(here)
    here.write({"organization": ORGANIZATION.replace("workloads: {baselines: [recorder]}", "workloads: {}")})
    here.line.refuse("DeleteStackSet", "OperationInProgressException", 2)
    here.built()
    assert len(here.line.moments("DeleteStackSet")) == 1, "asked AWS once nothing was in the way"
    assert {name for name, _, _ in stacks(here)} == {"trail", "vault-accounts"}


def test_an_account_without_a_file_keeps_its_stacks(here: Ground) -> None:
    built(here)
    here.write({"other": "ou: security\n", "logs": None})
    text = TRAIL.replace("{accounts.logs.id}", "x")
    here.write({"baselines/stack-sets/trail/baseline.yaml": text, "other": "ou: security\nnew: true\n"})
    plan = here.plan()
    assert not [change for change in plan.changes if change.action is Action.DELETE]
    assert any("stacks in accounts that no file declares are left alone" in each.message for each in plan.notices)


def test_accounts_that_no_file_declares_are_told_before_they_are_reached(here: Ground) -> None:
    asked_elsewhere(here, "stranger", "stranger@example.com")
    here.box.clock.sleep(60)
    stranger = here.members()["stranger"]
    words = [notice.message for notice in here.plan().notices if "also reaches" in notice.message]
    assert words == [f"deployment:trail@root also reaches accounts that no file declares: stranger ({stranger.id})"]
    here.built()
    assert stacks(here)["trail", "stranger", "eu-central-1"] == "CURRENT"
    assert not [notice for notice in here.plan().notices if "also reaches" in notice.message]


def test_a_stack_set_of_somebody_else_is_not_touched(here: Ground) -> None:
    built(here)
    (trail,) = (each for each in here.box.state.stack_sets.values() if each.name == "factory-main-trail")
    trail.tags = {}
    assert [refusal.rule for refusal in here.plan().refusals] == ["foreign-stack-set"]
    trail.tags = {"factory:managed": "other"}
    assert [refusal.rule for refusal in here.plan().refusals] == ["foreign-owner"]


def test_a_stack_set_of_somebody_else_that_nothing_wants_is_told_of(here: Ground) -> None:
    built(here)
    (vault,) = (each for each in here.box.state.stack_sets.values() if each.name == "factory-main-vault-accounts")
    vault.tags.clear()
    here.write({"logs": "ou: security\n"})
    plan = here.plan()
    assert plan.empty
    (words,) = (each.message for each in plan.notices if each.code == "foreign")
    assert words.startswith("a stack set factory-main-vault-accounts exists and does not carry our tag")


def test_an_account_that_cannot_be_made_keeps_no_other_from_its_stacks(here: Ground) -> None:
    built(here)
    here.box.state.taken_emails.append("aws+news@example.com")
    here.write({"blog": "ou: workloads\n", "news": "ou: workloads\n"})
    report = here.apply()
    assert result(report, "account:news").status is Status.FAILED
    assert result(report, "stack:trail@news").status is Status.BLOCKED
    assert result(report, "stack:trail@blog").status is Status.DONE, told(report)


def test_without_auto_deployment_accounts_get_their_stacks_all_the_same(here: Ground) -> None:
    here.write(
        {
            "baselines/stack-sets/recorder/baseline.yaml": RECORDER + "auto_deploy: false\n",
            "organization": ORGANIZATION.replace(
                "workloads/prod: {}", "workloads/prod: {}\n  empty: {baselines: [recorder]}"
            ),
        }
    )
    built(here)
    assert here.plan().empty
    here.write({"blog": "ou: workloads\n"})
    with here.calls() as calls:
        here.built()
    assert mutations(calls) == {"CreateAccount": 1, "MoveAccount": 1, "CreateStackInstances": 1}
    assert stacks(here)["recorder", "blog", "eu-west-1"] == "CURRENT"


def test_what_one_baseline_needs_of_another_is_told_to_aws(here: Ground) -> None:
    here.write({"baselines/stack-sets/recorder/baseline.yaml": RECORDER + "needs: [trail]\n"})
    built(here)
    (recorder,) = (each for each in here.box.state.stack_sets.values() if each.name == "factory-main-recorder")
    assert [arn.rpartition("/")[2].partition(":")[0] for arn in recorder.depends_on] == ["factory-main-trail"]
    here.write({"baselines/stack-sets/recorder/baseline.yaml": RECORDER})
    here.built()
    assert recorder.depends_on == []


def test_a_unit_that_goes_lets_go_of_its_deployment_first(here: Ground) -> None:
    built(here)
    without = ORGANIZATION.replace("  workloads: {baselines: [recorder]}\n  workloads/prod: {}\n", "  shops: {}\n")
    here.write({"organization": without, "shop": "ou: shops\n"})
    here.built()
    assert here.plan().empty
    assert {name for name, _, _ in stacks(here)} == {"trail", "vault-accounts"}


def test_stack_sets_that_may_not_be_read_are_not_changed(here: Ground) -> None:
    here.line.refuse("ListStackSets", "AccessDenied")
    plan = here.plan()
    assert [refusal.rule for refusal in plan.refusals] == ["blind-change"]
    assert "cloudformation:ListStackSets is not allowed" in plan.refusals[0].message


def test_lost_replies_begin_nothing_twice(here: Ground) -> None:
    here.line.lose_heard("CreateStackInstances", 2)
    here.line.lose_heard("CreateStackSet")
    built(here)
    ids = [each.operation_id for each in here.box.state.stack_operations.values()]
    assert len(ids) == len(set(ids))
    assert not [each for each in ids if each.startswith("factory-") and not each.endswith("-1")]


@pytest.mark.parametrize("started", ["stack:vault/accounts@logs", "deployment:recorder@ou:workloads"])
def test_after_ctrl_c_no_operation_is_begun(here: Ground, started: str) -> None:
    organization, _ = engine.load(here.root)
    plan, brake, begun = engine.plan(organization, here.aws), Brake(), []

    def operations() -> int:
        return sum(call.operation == "CreateStackInstances" for call in here.box.calls)

    def watch(event: Event) -> None:
        if event.kind == "start" and str(event.change.address) == started:
            brake.pull(Cause.INTERRUPT)
            begun.append(operations())

    report = engine.apply(plan, here.aws, organization, Consent(), watch, brake=brake)
    assert report.stopped
    assert begun == [operations()]
    assert "the run is being stopped" in result(report, started).error
    built(here)


@pytest.mark.parametrize("number", range(3, 120, 6))
def test_cut_off_at_any_call_the_next_run_ends_the_same(here: Ground, number: int) -> None:
    """Before and after the effect in turn; what was begun is followed, and nothing is asked for twice."""
    here.box.faults = Faults(crash_at=number, crash_after=bool(number // 3 % 2))
    with contextlib.suppress(Crash):
        here.apply()
    here.box.faults = None
    built(here)
    assert here.plan().empty
    creations = [creation.email for creation in here.box.state.creations.values()]
    assert len(creations) == len(set(creations))
    begun = [each.operation_id for each in here.box.state.stack_operations.values()]
    assert not [each for each in begun if each.startswith("factory-") and not each.endswith("-1")]
