"""Baselines in the management account: stacks of its own, from files to CloudFormation and back, whatever happens."""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from factory import engine
from factory.core.change import Cause, Risk, Status
from factory.engine import Brake, Consent, Event
from factory.engine.planning import compare
from factory.sandbox import MANAGEMENT_ACCOUNT, Crash, Faults
from factory.sandbox.seeding import add_resource, break_stack
from factory.sandbox.stack_state import Stack
from tests.engine.ground import READS, Ground, changes, ground, notices, result, told
from tests.engine.upheaval import restore

ORGANIZATION = """\
organization: {home_region: eu-central-1, regions: [eu-central-1, eu-west-1]}
defaults: {email: "aws+{name}@example.com"}
root: {baselines: [trail]}
organizational_units:
  security: {}
  workloads: {}
  workloads/prod: {}
"""
TRAIL = """\
description: A trail in every account.
regions: governed
management_account: true
parameters: {Bucket: "{organization.id}-logs-{accounts.logs.id}"}
"""
TRAIL_FILE = "baselines/stack-sets/trail/baseline.yaml"
TEMPLATE_FILE = "baselines/stack-sets/trail/template.yaml"
TEMPLATE = """\
Parameters: {Bucket: {Type: String}, Unused: {Type: String, Default: x}}
Resources:
  Trail:
    Type: AWS::CloudTrail::Trail
    Properties: {TrailName: all, S3BucketName: !Ref Bucket, IsLogging: true}
"""
FILES: dict[str, str | None] = {
    "organization": ORGANIZATION,
    "shop": None,
    "logs": "ou: security\nbaselines: [vault]\n",
    TRAIL_FILE: TRAIL,
    TEMPLATE_FILE: TEMPLATE,
    "baselines/stack-sets/vault/baseline.yaml": "description: A bucket.\n",
    "baselines/stack-sets/vault/template.yaml": "Resources: {Bucket: {Type: AWS::S3::Bucket}}\n",
}
HOME, AWAY = "management-stack:trail@eu-central-1", "management-stack:trail@eu-west-1"
BOTH = {"eu-central-1": "CREATE_COMPLETE", "eu-west-1": "CREATE_COMPLETE"}
ACCOUNT = "ou: root\nemail: aws-management@example.com\nname: Example Corp (management)\n"
MEANT = Consent(allow=frozenset({"management-account"}))


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Ground]:
    with ground(tmp_path) as made:
        made.write(FILES)
        yield made


def stacks(here: Ground, name: str = "factory-main-trail") -> dict[str, Stack]:
    """The management account's stacks of this name by Region."""
    found = here.box.state.stacks.values()
    own = [each for each in found if each.account_id == MANAGEMENT_ACCOUNT and each.status != "DELETE_COMPLETE"]
    return {each.region: each for each in own if each.name == name}


def statuses(here: Ground) -> dict[str, str]:
    return {region: stack.status for region, stack in stacks(here).items()}


def built(here: Ground) -> None:
    here.built()
    assert statuses(here) == BOTH


def asked_for(here: Ground, operation: str) -> list[str]:
    """The names of the change sets of these requests."""
    calls = [call for call in here.box.calls if call.operation == operation]
    return [str(call.request["ChangeSetName"]) for call in calls]


def test_from_nothing_to_a_stack_in_each_region_and_then_no_changes(here: Ground) -> None:
    plan = here.plan()
    order = changes(plan)
    assert order.index("roll out stack:vault/accounts@logs") < order.index(f"create {HOME}")
    assert next(c for c in plan.changes if str(c.address) == HOME).risk is Risk.LOW
    built(here)
    assert here.plan().empty
    organization = here.box.state.organization
    assert organization
    bucket = f"{organization.id}-logs-{here.members()['logs'].id}"
    for stack in stacks(here).values():
        assert stack.parameters == {"Bucket": bucket, "Unused": "x"}
        assert stack.tags == {"factory:managed": "main"}


def test_a_template_is_changed_and_its_plan_says_what_that_means(here: Ground) -> None:
    built(here)
    here.edited("TrailName: all", "TrailName: every", TEMPLATE_FILE)
    (home,) = (change for change in here.plan().changes if str(change.address) == HOME)
    assert home.risk is Risk.HIGH
    assert home.effects == ("replace Trail (AWS::CloudTrail::Trail) in the management account: TrailName",)
    here.built()
    assert statuses(here) == dict.fromkeys(BOTH, "UPDATE_COMPLETE")
    assert [each.physical_id for each in here.box.resources(MANAGEMENT_ACCOUNT, "eu-west-1")] == ["every"]


def test_what_another_value_replaces_is_told(here: Ground) -> None:
    here.edited("TrailName: all", "TrailName: !Ref Unused", TEMPLATE_FILE)
    built(here)
    here.edited("parameters: {", "parameters: {Unused: z, ", TRAIL_FILE)
    (home,) = (change for change in here.plan().changes if str(change.address) == HOME)
    assert home.effects == (
        "replace Trail (AWS::CloudTrail::Trail) in the management account, as far as one can tell without AWS: "
        "TrailName",
    )


@pytest.mark.parametrize(
    ("old", "new", "file"),
    [
        ("IsLogging: true}", "IsLogging: true}\n    DeletionPolicy: Retain", TEMPLATE_FILE),
        ("Default: x", "Default: y", TEMPLATE_FILE),
        ("Parameters: {", "Description: In other words.\nParameters: {", TEMPLATE_FILE),
        ("parameters: {", "parameters: {Unused: z, ", TRAIL_FILE),
        ("description:", "retain_on_removal: true\ndescription:", TRAIL_FILE),
    ],
)
def test_what_cloudformation_finds_no_change_in_is_stored_all_the_same(
    here: Ground, old: str, new: str, file: str
) -> None:
    built(here)
    here.edited(old, new, file)
    assert f"update {HOME}" in changes(here.plan())
    here.built()
    assert here.plan().empty


def test_a_parameter_that_the_template_has_no_more_is_not_given(here: Ground) -> None:
    built(here)
    here.edited(", Unused: {Type: String, Default: x}", "", TEMPLATE_FILE)
    here.built()
    assert "Unused" not in stacks(here)["eu-west-1"].parameters
    (stack_set,) = (each for each in here.box.state.stack_sets.values() if each.name == "factory-main-trail")
    assert "Unused" not in stack_set.parameters


def test_a_value_that_aws_does_not_show_is_the_templates_default_and_never_its_stars(here: Ground) -> None:
    here.edited("Default: x}", "Default: x}, Secret: {Type: String, Default: s, NoEcho: true}", TEMPLATE_FILE)
    built(here)
    here.edited("TrailName: all", "TrailName: every", TEMPLATE_FILE)
    here.built()
    sets = [each for each in here.box.state.stack_sets.values() if each.name == "factory-main-trail"]
    for made in (*stacks(here).values(), *sets):
        assert made.parameters.get("Secret", "s") == "s"


def test_it_has_the_values_of_its_own_file(here: Ground) -> None:
    here.edited('parameters: {Bucket: "', 'parameters: {Unused: "{account.name}", Bucket: "', TRAIL_FILE)
    own = ACCOUNT + 'baselines: {trail: {parameters: {Bucket: "{organization.id}-{accounts.logs.id}"}}}\n'
    here.write({"boss": own})
    here.built(MEANT)
    assert here.plan().empty
    organization, logs = here.box.state.organization, here.members()["logs"].id
    assert organization
    for stack in stacks(here).values():
        assert stack.parameters == {"Bucket": f"{organization.id}-{logs}", "Unused": "boss"}
    here.write({"boss": own.replace("}-{", "}.{")})
    assert changes(here.plan()) == [f"update {HOME}", f"update {AWAY}"]
    here.write({"boss": ACCOUNT})
    here.built(MEANT)
    assert stacks(here)["eu-west-1"].parameters["Bucket"] == f"{organization.id}-logs-{logs}"


def test_there_and_back_and_there_again_are_three_change_sets(here: Ground) -> None:
    built(here)
    for old, new in (("all", "every"), ("every", "all"), ("all", "every")):
        here.edited(f"TrailName: {old}", f"TrailName: {new}", TEMPLATE_FILE)
        here.built()
    made = asked_for(here, "CreateChangeSet")
    assert (len(made), len(set(made))) == (8, 4), "the two Regions have the same ones"


@pytest.mark.parametrize(
    ("old", "new", "file"),
    [
        ("management_account: true\n", "", TRAIL_FILE),
        ("root: {baselines: [trail]}", "root: {}", "accounts/organization.yaml"),
    ],
)
def test_a_baseline_that_is_withdrawn_takes_its_stacks_along(here: Ground, old: str, new: str, file: str) -> None:
    built(here)
    here.edited(old, new, file)
    plan = here.plan()
    gone = [change for change in plan.changes if change.address.kind == "management-stack"]
    assert [(change.verb, str(change.address)) for change in gone] == [("delete", HOME), ("delete", AWAY)]
    assert {change.risk for change in gone} == {Risk.HIGH}
    assert gone[0].effects == ("CloudFormation deletes the stack in the management account, and what is in it",)
    here.built()
    assert statuses(here) == {}


def test_a_region_that_a_baseline_goes_to_no_more(here: Ground) -> None:
    built(here)
    here.edited("regions: governed", "regions: home", TRAIL_FILE)
    assert f"delete {AWAY}" in changes(here.plan())
    here.built()
    assert statuses(here) == {"eu-central-1": "CREATE_COMPLETE"}


def test_a_region_that_no_file_names_any_more(here: Ground) -> None:
    built(here)
    here.edited("regions: [eu-central-1, eu-west-1]", "regions: [eu-central-1]")
    plan = here.plan()
    assert changes(plan) == [f"delete {AWAY}", "redeploy deployment:trail@root"]
    assert plan.waits[plan.changes[1].address] >= {plan.changes[0].address}
    here.built()
    assert statuses(here) == {"eu-central-1": "CREATE_COMPLETE"}


def test_stacks_that_are_to_be_retained_stay_and_that_is_told(here: Ground) -> None:
    here.edited("management_account", "retain_on_removal: true\nmanagement_account", TRAIL_FILE)
    built(here)
    assert stacks(here)["eu-west-1"].tags == {"factory:managed": "main", "factory:retains": "true"}
    here.edited("root: {baselines: [trail]}", "root: {}", "accounts/organization.yaml")
    here.built()
    assert notices(here.plan())["kept"].startswith(f"{AWAY} is wanted no more and stays: retain_on_removal")
    here.write({TRAIL_FILE: None, TEMPLATE_FILE: None})
    (here.root / TRAIL_FILE).parent.rmdir()
    assert here.plan().empty, "the stack remembers it without its folder"
    assert statuses(here) == BOTH


def test_retaining_can_be_written_in_the_moment_of_withdrawal(here: Ground) -> None:
    built(here)
    here.edited("management_account: true", "retain_on_removal: true", TRAIL_FILE)
    assert not [c for c in here.plan().changes if c.address.kind == "management-stack"]
    here.edited("retain_on_removal: true", "retain_on_removal: true\nmanagement_account: true", TRAIL_FILE)
    here.edited("root: {baselines: [trail]}", "root: {}", "accounts/organization.yaml")
    here.edited("security: {}", "security: {baselines: [trail]}", "accounts/organization.yaml")
    here.apply()
    assert statuses(here) == BOTH


def test_a_unit_that_the_management_account_is_not_in_says_nothing_to_it(here: Ground) -> None:
    here.edited("root: {baselines: [trail]}", "root: {}", "accounts/organization.yaml")
    here.edited("security: {}", "security: {baselines: [trail]}", "accounts/organization.yaml")
    assert not [change for change in here.plan().changes if change.address.kind == "management-stack"]
    here.built()
    assert statuses(here) == {}
    here.box.state.accounts[MANAGEMENT_ACCOUNT].parent_id = next(
        unit.id for unit in here.box.state.units.values() if unit.name == "security"
    )
    assert changes(here.plan()) == [f"create {HOME}", f"create {AWAY}"]


def test_a_baseline_of_the_management_accounts_own_file_is_a_stack_and_no_stack_set(here: Ground) -> None:
    here.write({"management": ACCOUNT + "baselines: [trail]\n"})
    here.edited("root: {baselines: [trail]}", "root: {}", "accounts/organization.yaml")
    report = here.apply(MEANT)
    assert report.complete, told(report)
    assert statuses(here) == BOTH
    assert here.plan(MEANT).empty
    assert [each.name for each in here.box.state.stack_sets.values()] == ["factory-main-vault-accounts"]


def test_what_it_needs_of_the_management_account_is_there_before(here: Ground) -> None:
    here.write(
        {
            "management": ACCOUNT + "baselines: [vault]\n",
            "baselines/stack-sets/vault/baseline.yaml": "description: A bucket.\nmanagement_account: true\n",
            "logs": "ou: security\n",
        }
    )
    here.edited("{accounts.logs.id}", "{accounts.management.id}", TRAIL_FILE)
    plan = here.plan(MEANT)
    waits = {str(address): {str(each) for each in others} for address, others in plan.waits.items()}
    vault = "management-stack:vault@eu-central-1"
    assert vault in waits["deployment:trail@root"]
    assert vault in waits[HOME]
    report = here.apply(MEANT)
    assert report.complete, told(report)


def test_a_baseline_that_does_not_reach_the_management_account_is_told(here: Ground) -> None:
    here.write({"management": ACCOUNT + "baselines: [vault]\n"})
    report = here.apply(MEANT)
    assert report.complete, told(report)
    plan = here.plan(MEANT)
    assert plan.empty
    (notice,) = (notice for notice in plan.notices if notice.code == "skipped")
    assert "the baseline vault is named in the management account's file" in notice.message
    assert "write management_account: true in its baseline.yaml, or take it out here" in notice.message
    assert str(notice.source) == "accounts/management.yaml:4:13"


def test_without_baselines_for_single_accounts_the_access_of_stack_sets_stays_as_it_is(here: Ground) -> None:
    here.write({"management": ACCOUNT + "baselines: [trail]\n", "logs": "ou: security\n"})
    here.edited("root: {baselines: [trail]}", "root: {}", "accounts/organization.yaml")
    assert not {c.address.kind for c in here.plan(MEANT).changes} & {"stack-set-access", "baseline", "deployment"}


def test_a_stack_of_somebody_else_is_not_touched(here: Ground) -> None:
    built(here)
    stack = stacks(here)["eu-west-1"]
    stack.tags = {}
    here.edited("TrailName: all", "TrailName: every", TEMPLATE_FILE)
    (refusal,) = here.plan().refusals
    assert (refusal.rule, str(refusal.address)) == ("foreign-stack", AWAY)
    assert stack.id in refusal.message
    (change,) = (each for each in here.plan().changes if str(each.address) == AWAY)
    assert change.effects == (
        "CloudFormation replaces the template as a whole: what the one in AWS holds is not known",
    )
    stack.tags = {"factory:managed": "other"}
    assert [refusal.rule for refusal in here.plan().refusals] == ["foreign-owner"]
    stack.tags["factory:retains"] = "true"
    here.edited("root: {baselines: [trail]}", "root: {}", "accounts/organization.yaml")
    here.built()
    assert statuses(here) == {"eu-west-1": "CREATE_COMPLETE"}


def test_what_somebody_elses_attempt_has_left_is_not_touched(here: Ground) -> None:
    built(here)
    stack = stacks(here)["eu-west-1"]
    stack.tags, stack.status = {}, "ROLLBACK_COMPLETE"
    assert [refusal.rule for refusal in here.plan().refusals] == ["foreign-stack"]


def test_a_stack_that_loses_our_tag_after_the_plan_is_not_touched(here: Ground) -> None:
    built(here)
    for old, new, file in (
        ("TrailName: all", "TrailName: every", TEMPLATE_FILE),
        ("root: {baselines: [trail]}", "root: {}", "accounts/organization.yaml"),
    ):
        here.edited(old, new, file)
        organization, _ = engine.load(here.root)
        here.aws.refresh()
        plan = engine.plan(organization, here.aws)
        for stack in stacks(here).values():
            stack.tags = {}
        report = engine.apply(plan, here.aws, organization, Consent(), here.events.append)
        assert "does not carry our tag any more" in result(report, HOME).error
        assert statuses(here) == BOTH
        for stack in stacks(here).values():
            stack.tags = {"factory:managed": "main"}


def test_stacks_that_may_not_be_read_are_not_changed(here: Ground) -> None:
    here.line.refuse("DescribeStacks", "AccessDenied", 2)
    plan = here.plan()
    assert [refusal.rule for refusal in plan.refusals] == ["blind-change"]
    assert "cloudformation:DescribeStacks is not allowed" in plan.refusals[0].message
    assert "gap" in notices(plan)


def test_templates_that_may_not_be_read_keep_stacks_from_being_deleted(here: Ground) -> None:
    built(here)
    here.edited("root: {baselines: [trail]}", "root: {}", "accounts/organization.yaml")
    here.line.refuse("GetTemplate", "AccessDenied", 2)
    assert {refusal.rule for refusal in here.plan().refusals} == {"blind-change", "deletion-in-gap"}


def test_a_region_that_is_shut_matters_only_where_something_is_wanted(here: Ground) -> None:
    here.line.refuse("DescribeStacks", "InvalidClientTokenId", 1)
    plan = here.plan()
    assert [refusal.rule for refusal in plan.refusals] == ["blind-change"]
    assert "cannot be reached (InvalidClientTokenId)" in plan.refusals[0].message
    here.edited("management_account: true\n", "", TRAIL_FILE)
    here.line.refuse("DescribeStacks", "InvalidClientTokenId", 1)
    plan = here.plan()
    assert not plan.refusals
    assert "gap" not in notices(plan)


def test_the_stacks_of_another_account_are_not_the_management_accounts(here: Ground) -> None:
    built(here)
    organization, _ = engine.load(here.root)
    here.plan()
    reading = here.aws.reading(ours=here.aws._ours)
    member = here.members()["logs"].id
    away = replace(reading, caller_account=member, caller_arn=f"arn:aws:iam::{member}:user/delegate")
    plan, snapshot = compare(organization, away, here.aws.limits, Consent())
    assert not [address for address in snapshot.resources if address.kind == "management-stack"]
    (refusal,) = plan.refusals
    assert "is not of the management account 111111111111" in refusal.message


def test_a_failure_names_the_resource_and_what_is_in_its_way_and_the_next_run_begins_anew(here: Ground) -> None:
    by_hand = add_resource(
        here.box.state, MANAGEMENT_ACCOUNT, "eu-west-1", "AWS::CloudTrail::Trail", {"TrailName": "all"}
    )
    failed = result(here.apply(), AWAY)
    assert failed.status is Status.FAILED
    assert (
        "the stack factory-main-trail in eu-west-1 ended as ROLLBACK_COMPLETE: Trail (AWS::CloudTrail" in failed.error
    )
    assert "already exists" in failed.error
    assert "made by hand" in failed.fix
    assert changes(here.plan()) == [f"create {AWAY}"]
    del here.box.state.belongings[by_hand]
    here.box.state.claims = {what: owner for what, owner in here.box.state.claims.items() if owner != by_hand}
    built(here)


def test_what_is_left_of_a_creation_that_failed_goes_with_its_baseline(here: Ground) -> None:
    break_stack(here.box.state, "factory-main-trail", MANAGEMENT_ACCOUNT, "eu-west-1", times=1)
    here.apply()
    assert statuses(here)["eu-west-1"] == "ROLLBACK_COMPLETE"
    here.edited("management_account: true\n", "", TRAIL_FILE)
    here.built()
    assert statuses(here) == {}


def test_an_update_that_fails_is_rolled_back_and_can_be_tried_again(here: Ground) -> None:
    built(here)
    here.edited("TrailName: all", "TrailName: every", TEMPLATE_FILE)
    broken = break_stack(here.box.state, "factory-main-trail", MANAGEMENT_ACCOUNT, "eu-west-1", reason="It broke")
    failed = result(here.apply(), AWAY)
    assert failed.error.endswith("ended as UPDATE_ROLLBACK_COMPLETE: Trail (AWS::CloudTrail::Trail): It broke")
    del here.box.state.breakages[broken]
    assert changes(here.plan()) == [f"update {AWAY}"]
    here.built()
    assert statuses(here) == dict.fromkeys(BOTH, "UPDATE_COMPLETE")


def test_a_deletion_that_fails_is_told_and_tried_again(here: Ground) -> None:
    built(here)
    here.edited("management_account: true\n", "", TRAIL_FILE)
    break_stack(here.box.state, "factory-main-trail", MANAGEMENT_ACCOUNT, action="DELETE", times=1, reason="In use")
    failed = next(each for each in here.apply().results if each.status is Status.FAILED)
    assert failed.error.endswith("ended as DELETE_FAILED: Trail (AWS::CloudTrail::Trail): In use")
    here.built()
    assert statuses(here) == {}


def test_a_stack_that_cannot_be_updated_is_made_anew(here: Ground) -> None:
    built(here)
    stacks(here)["eu-west-1"].status = "DELETE_FAILED"
    (change,) = here.plan().changes
    assert change.effects == ("CloudFormation deletes what is left of the stack, and creates it anew",)
    assert change.risk is Risk.HIGH
    built(here)


def test_a_rollback_that_failed_is_for_a_person(here: Ground) -> None:
    built(here)
    stacks(here)["eu-west-1"].status = "UPDATE_ROLLBACK_FAILED"
    failed = result(here.apply(), AWAY)
    assert "ContinueUpdateRollback" in failed.fix
    assert statuses(here)["eu-west-1"] == "UPDATE_ROLLBACK_FAILED"


def test_a_stack_that_was_only_prepared_is_created(here: Ground) -> None:
    """Somebody else's change set of that name is nobody's stack; ours comes beside it."""
    box = here.box.session(region="eu-west-1").client("cloudformation")
    box.create_change_set(
        StackName="factory-main-trail",
        ChangeSetName="x",
        ChangeSetType="CREATE",
        TemplateBody="Resources: {A: {Type: AWS::SNS::Topic}}",
    )
    assert f"create {AWAY}" in changes(here.plan())
    here.edited("management_account: true\n", "", TRAIL_FILE)
    plan = here.plan()
    assert "was never created, only prepared" in notices(plan)["foreign"]
    assert not [change for change in plan.changes if change.address.kind == "management-stack"]
    here.edited("regions: governed\n", "regions: governed\nmanagement_account: true\n", TRAIL_FILE)
    built(here)


def test_a_change_set_that_cannot_be_made_leaves_nothing(here: Ground) -> None:
    here.edited("S3BucketName: !Ref Bucket", "S3BucketName: !ImportValue nowhere", TEMPLATE_FILE)
    failed = result(here.apply(), AWAY)
    assert "the change set FAILED" in failed.error
    here.box.clock.sleep(120)
    assert statuses(here) == {}
    here.edited("!ImportValue nowhere", "!Ref Bucket", TEMPLATE_FILE)
    built(here)


def test_lost_replies_make_nothing_twice(here: Ground) -> None:
    for operation in ("CreateChangeSet", "ExecuteChangeSet"):
        here.line.lose_heard(operation, 2)
    built(here)
    assert not here.box.state.breakages
    here.edited("management_account: true\n", "", TRAIL_FILE)
    here.line.lose_heard("DeleteStack", 2)
    here.built()
    assert len(here.box.state.stacks) == len([s for s in here.box.state.stacks.values() if s.stack_set_id]) + 2


@pytest.mark.parametrize("step", ["CreateChangeSet", "ExecuteChangeSet"])
def test_after_ctrl_c_nothing_is_begun(here: Ground, step: str) -> None:
    here.edited("root: {baselines: [trail]}", "root: {}", "accounts/organization.yaml")
    here.built()
    here.edited("root: {}", "root: {baselines: [trail]}", "accounts/organization.yaml")
    organization, _ = engine.load(here.root)
    here.aws.refresh()
    plan, brake = engine.plan(organization, here.aws), Brake()

    def count(operation: str) -> int:
        return sum(call.operation == operation for call in here.box.calls)

    def watch(event: Event) -> None:
        made = event.kind == "progress" and "change set" in event.note
        if str(event.change.address) == HOME and (event.kind == "start" if step == "CreateChangeSet" else made):
            brake.pull(Cause.INTERRUPT)

    report = engine.apply(plan, here.aws, organization, Consent(), watch, brake=brake)
    assert report.stopped
    assert count("ExecuteChangeSet") == 0
    built(here)


@pytest.mark.parametrize(
    ("old", "new", "file"),
    [("TrailName: all", "TrailName: every", TEMPLATE_FILE), ("management_account: true\n", "", TRAIL_FILE)],
)
def test_after_ctrl_c_nothing_is_begun_on_a_stack_that_was_waited_for(
    here: Ground, old: str, new: str, file: str
) -> None:
    here.edited("regions: governed", "regions: home", TRAIL_FILE)
    here.built()
    here.edited(old, new, file)
    cloudformation = here.box.session(region="eu-central-1").client("cloudformation")
    tags = [{"Key": key, "Value": value} for key, value in {"factory:managed": "main", "by": "hand"}.items()]
    bucket = {"ParameterKey": "Bucket", "UsePreviousValue": True}
    asked = {"StackName": "factory-main-trail", "ChangeSetName": "by-hand", "Parameters": [bucket], "Tags": tags}
    cloudformation.create_change_set(**asked, UsePreviousTemplate=True)
    here.box.clock.sleep(10)
    cloudformation.execute_change_set(StackName="factory-main-trail", ChangeSetName="by-hand")
    organization, _ = engine.load(here.root)
    here.aws.refresh()
    plan, brake = engine.plan(organization, here.aws), Brake()
    start = len(here.box.calls)

    def watch(event: Event) -> None:
        if str(event.change.address) == HOME and event.kind == "progress":
            brake.pull(Cause.INTERRUPT)

    report = engine.apply(plan, here.aws, organization, Consent(), watch, brake=brake)
    assert "not begun: the run is being stopped" in result(report, HOME).error
    own = ("CreateChangeSet", "DeleteStack")
    assert not [call for call in here.box.calls[start:] if call.operation in own]
    here.built()


SCENES = {
    "create": ("management_account: false", "management_account: true", TRAIL_FILE, "CREATE_COMPLETE"),
    "update": ("TrailName: all", "TrailName: every", TEMPLATE_FILE, "UPDATE_COMPLETE"),
    "withdraw": ("management_account: true", "management_account: false", TRAIL_FILE, None),
}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("scene", SCENES)
def test_killed_at_every_call_the_next_run_ends_the_same(tmp_path: Path, scene: str, after: bool) -> None:
    old, new, file, wanted = SCENES[scene]
    with ground(tmp_path) as here:
        here.write(FILES)
        here.edited("regions: governed", "regions: home", TRAIL_FILE)
        if scene == "create":
            here.edited(new, old, file)
        here.built()
        before = pickle.dumps(here.box.state)
        here.edited(old, new, file)
        start = len(here.box.calls)
        here.built()
        run = [call.operation for call in here.box.calls[start:]]
        first, last = (place(run) for place in (_first_change, _last_change))
        # The look at the end of the last operation, and the reading after it.
        for number in range(first, last + 8):
            restore(here, before)
            here.box.faults = Faults(crash_at=number, crash_after=after)
            with contextlib.suppress(Crash):
                here.apply()
                assert number > last, "cut off"
            here.box.faults = None
            where = f"cut off at call {number}, {run[number - 1]}"
            report = here.apply()
            assert report.complete, f"{where}: {told(report)}"
            assert statuses(here).get("eu-central-1") == wanted, where


def _first_change(run: list[str]) -> int:
    """The number of the first call that changes something."""
    return next(number for number, name in enumerate(run, 1) if not name.startswith(READS))


def _last_change(run: list[str]) -> int:
    return len(run) - next(number for number, name in enumerate(reversed(run)) if not name.startswith(READS))
