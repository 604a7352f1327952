"""What was there before us: the management account, an old feature set, an organization that others built."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from factory.core.change import Risk
from factory.core.errors import SafetyRefusal
from factory.engine import Consent
from factory.sandbox import MANAGEMENT_ACCOUNT
from factory.sandbox.seeding import add_account, add_policy, add_unit, attach
from tests.engine.ground import (
    SMALL,
    Ground,
    changes,
    ground,
    mutations,
)
from tests.property.worlds import document


class TestTheManagementAccount:
    FILE = f'id: "{MANAGEMENT_ACCOUNT}"\nou: root\nname: Billing\nemail: aws-management@example.com\n'

    def test_in_the_files_is_not_touched_by_chance(self, small: Ground) -> None:
        small.write({"management": self.FILE})
        with small.calls() as calls, pytest.raises(SafetyRefusal):
            small.apply()
        assert mutations(calls) == {}
        assert {refusal.rule for refusal in small.plan().refusals} == {"management-account"}

    def test_with_consent_is_tagged_and_renamed(self, small: Ground) -> None:
        small.write({"management": self.FILE})
        with small.calls() as calls:
            report = small.built(Consent(allow=frozenset({"management-account"})))
        assert changes(report.plan) == ["adopt account:management"]
        assert mutations(calls) == {"PutAccountName": 1, "TagResource": 1}
        assert small.box.state.accounts[MANAGEMENT_ACCOUNT].name == "Billing"
        assert small.plan().empty, "once it is as declared, nothing needs consent"

    def test_outside_the_files_is_not_even_mentioned(self, small: Ground) -> None:
        assert not [notice for notice in small.plan().notices if MANAGEMENT_ACCOUNT in notice.message]


class TestConsolidatedBilling:
    def test_gets_all_features_first(self, tmp_path: Path) -> None:
        with ground(tmp_path, SMALL) as here:
            assert here.box.state.organization
            here.box.state.organization.feature_set = "CONSOLIDATED_BILLING"
            plan = here.plan()
            assert changes(plan)[:2] == ["enable organization:settings", "enable policy-type:SERVICE_CONTROL_POLICY"]
            assert plan.changes[0].risk is Risk.IRREVERSIBLE
            with here.calls() as calls:
                here.built()
            assert (calls["EnableAllFeatures"], calls["AcceptHandshake"]) == (1, 1)
            assert here.box.refusals == []

    def test_a_change_that_was_cut_off_is_taken_up(self, tmp_path: Path) -> None:
        with ground(tmp_path, SMALL) as here:
            assert here.box.state.organization
            here.box.state.organization.feature_set = "CONSOLIDATED_BILLING"
            here.box.session().client("organizations").enable_all_features()
            here.built()


class TestAnOrganizationThatOthersBuilt:
    def seeded(self, here: Ground) -> None:
        state = here.box.state
        assert state.organization
        root = state.organization.root_id
        here.box.session().client("organizations").enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
        state = here.box.state
        security, workloads = add_unit(state, "security"), add_unit(state, "workloads")
        prod = add_unit(state, "prod", workloads)
        add_account(state, "Audit Log", "AUDIT@example.com", security)
        add_account(state, "shop", "aws+shop@example.com", workloads)
        blog = add_account(state, "The Blog", "aws+blog@example.com", prod)
        add_account(state, "theirs", "theirs@example.org", prod)
        actions = {
            "no-leaving": "organizations:LeaveOrganization",
            "no-keys": "iam:CreateUser",
            "no-buckets": "s3:CreateBucket",
            "foreign": "ec2:*",
        }
        ids = {
            name: add_policy(state, name, "SERVICE_CONTROL_POLICY", json.dumps(document(denies=[action])))
            for name, action in actions.items()
        }
        attach(state, ids["no-leaving"], root)
        attach(state, ids["no-keys"], security)
        attach(state, ids["foreign"], blog)

    def test_is_taken_over_and_not_built_again(self, tmp_path: Path) -> None:
        with ground(tmp_path, SMALL) as here:
            self.seeded(here)
            before = (set(here.box.state.units), set(here.box.state.accounts), set(here.box.state.policies))
            with here.calls() as calls:
                report = here.built()
            found = Counter(change.verb for change in report.plan.changes)
            assert found == {"adopt": 9, "attach": 2, "detach": 1}, changes(report.plan)
            assert (set(here.box.state.units), set(here.box.state.accounts), set(here.box.state.policies)) == before
            assert not [operation for operation in calls if operation.startswith("Create")]
            assert here.attached() == {
                "root": ["no-leaving"],
                "workloads/prod": ["no-keys"],
                "@blog": ["foreign", "no-buckets"],
            }
            assert here.homes() == {
                "Audit Log": "security",
                "shop": "workloads/prod",
                "blog": "workloads/prod",
                "theirs": "workloads/prod",
            }

    def test_what_differs_is_high_risk_and_what_does_not_is_low(self, tmp_path: Path) -> None:
        with ground(tmp_path, SMALL) as here:
            self.seeded(here)
            risks = {str(change.address): change.risk for change in here.plan().changes if change.verb == "adopt"}
        high = {address for address, risk in risks.items() if risk is Risk.HIGH}
        assert high == {"account:shop", "account:blog", "guardrail:no-keys"}

    def test_a_cut_off_take_over_goes_on(self, tmp_path: Path) -> None:
        with ground(tmp_path, SMALL) as here:
            self.seeded(here)
            here.line.refuse("TagResource", "AccessDeniedException")
            assert not here.apply().complete
            here.built()

    def test_of_another_instance_is_refused(self, small: Ground) -> None:
        small.edited("defaults:", "organization: {instance: second}\ndefaults:")
        plan = small.plan(Consent(allow=frozenset({"mass-change"})))
        assert {refusal.rule for refusal in plan.refusals} == {"foreign-owner"}
