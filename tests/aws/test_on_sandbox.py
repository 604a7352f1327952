"""Through real boto3 clients into the strict sandbox."""

from __future__ import annotations

import pytest

pytest.importorskip("moto")

from structlog.testing import capture_logs

from factory.aws.errors import AwsError
from factory.aws.events import Event
from factory.aws.session import connect
from factory.sandbox import Sandbox
from tests.aws.fakes import opened

POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:*","Resource":"*"}]}'


@pytest.fixture
def box(limits):
    with Sandbox(limits=limits) as box:
        yield box


@pytest.fixture
def aws(box, limits):
    return opened(connect(None, None, limits, clock=box.clock, session=box.session()))


def built(aws):
    """A unit in a unit, an SCP on it, and seven accounts, one of them moved there."""
    organizations, root = aws.organizations, aws.organizations.root()
    organizations.enable_policy_type(root.id, "SERVICE_CONTROL_POLICY")
    while organizations.root().policy_types.get("SERVICE_CONTROL_POLICY") != "ENABLED":
        aws.clock.sleep(aws.limits.seconds("organizations.EnablePolicyType")[0])
    outer = organizations.create_unit(root.id, "outer", {"kind": "unit"})
    inner = organizations.create_unit(outer.id, "inner", {})
    policy = organizations.create_policy("no-iam", "SERVICE_CONTROL_POLICY", "", POLICY, {"kind": "policy"})
    organizations.attach(policy, inner.id)
    for number in range(7):
        while len(organizations.creations(["IN_PROGRESS"])) >= 5:
            aws.clock.sleep(5)
        organizations.create_account(f"a{number}@example.com", f"a{number}", {"kind": "account"})
    while organizations.creations(["IN_PROGRESS"]):
        aws.clock.sleep(5)
    first = next(account for account in organizations.accounts() if account.name == "a0")
    organizations.move_account(first.id, first.parent_id, inner.id)
    return outer, inner, policy, first


def test_what_was_made_is_read(aws, box):
    outer, inner, policy, first = built(aws)
    before = len(box.calls)
    reading = aws.reading()
    assert {unit.name: unit.parent_id for unit in reading.units} == {"outer": reading.root.id, "inner": outer.id}
    assert next(a.parent_id for a in reading.accounts if a.id == first.id) == inner.id
    assert next(p.content for p in reading.policies if p.id == policy) == POLICY
    assert (policy, inner.id) in {(a.policy_id, a.target_id) for a in reading.attachments}
    assert reading.tags[first.id] == {"kind": "account"}
    assert reading.tags[inner.id] == {}
    assert reading.gaps == ()
    asked = [call.operation for call in box.calls[before:]]
    assert not {"ListParents", "ListAccountsForParent"} & set(asked)
    assert asked.count("DescribePolicy") == 1


def test_two_readings_are_equal(aws):
    built(aws)
    first = aws.reading()
    aws.refresh()
    assert aws.reading() == first


def test_paced_requests_are_never_throttled(aws):
    with capture_logs() as logs:
        built(aws)
        for _ in range(40):
            aws.organizations.describe_organization()
            aws.organizations.root()
    sent = [line for line in logs if line["event"] == Event.CALL]
    assert len(sent) > 100
    assert {line["retries"] for line in sent} == {0}
    assert any(line["event"] == Event.PACED for line in logs)


def test_moves_names_and_closures(aws):
    outer, _inner, _policy, first = built(aws)
    organizations = aws.organizations
    here = organizations.account(first.id)
    organizations.move_account(first.id, here.parent_id, outer.id)
    organizations.move_account(first.id, here.parent_id, outer.id)
    aws.accounts.put_name(first.id, "Renamed")
    assert (organizations.account(first.id).name, organizations.parent(first.id)) == ("Renamed", outer.id)
    organizations.close_account(first.id)
    assert organizations.account(first.id).state in ("PENDING_CLOSURE", "CLOSED")


def test_refusals_arrive_in_our_words(aws):
    outer, *_ = built(aws)
    with pytest.raises(AwsError, match="DuplicateOrganizationalUnitException"):
        aws.organizations.create_unit(outer.id, "inner", {})
    with pytest.raises(AwsError, match="OrganizationalUnitNotEmptyException"):
        aws.organizations.delete_unit(outer.id)
