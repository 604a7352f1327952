"""From files to an organization: the first apply, what a plan costs, and the report at the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from factory.core.change import Risk, Status
from factory.core.errors import WrongOrganization
from factory.sandbox import Call
from factory.sandbox.seeding import add_account
from tests.engine.ground import (
    ACCOUNT,
    READS,
    SMALL,
    Ground,
    changes,
    denying,
    ground,
    mutations,
    result,
)


class TestTheFirstApply:
    def test_builds_what_the_files_say(self, small: Ground) -> None:
        assert small.homes() == {"Audit Log": "security", "shop": "workloads/prod", "blog": "workloads/prod"}
        assert small.attached() == {"root": ["no-leaving"], "workloads/prod": ["no-keys"], "@blog": ["no-buckets"]}
        tags = {name: small.box.state.tags[account.id] for name, account in small.members().items()}
        assert tags == {
            "Audit Log": {"factory:managed": "main", "factory:address": "audit"},
            "shop": {"factory:managed": "main", "factory:address": "shop", "team": "web", "stage": "prod"},
            "blog": {"factory:managed": "main", "factory:address": "blog", "stage": "prod"},
        }
        prod = next(unit for unit in small.box.state.units.values() if unit.name == "prod")
        assert small.box.state.tags[prod.id] == {"factory:managed": "main", "tier": "one"}

    def test_leaves_a_second_plan_empty_and_a_second_apply_without_a_call(self, small: Ground) -> None:
        with small.calls() as calls:
            report = small.built()
        assert (changes(report.plan), report.results) == ([], ())
        assert mutations(calls) == {}

    def test_enables_the_policy_type_before_anything_is_attached(self, tmp_path: Path) -> None:
        with ground(tmp_path, SMALL) as here:
            plan = here.plan()
            assert changes(plan)[0] == "enable policy-type:SERVICE_CONTROL_POLICY"
            assert plan.changes[0].risk is Risk.HIGH
            here.built()
            order = [call.operation for call in here.box.calls]
            assert order.index("EnablePolicyType") < order.index("AttachPolicy")
            assert here.box.refusals == []

    def test_has_the_guardrails_of_a_unit_in_place_before_an_account_moves_in(self, tmp_path: Path) -> None:
        with ground(tmp_path, SMALL) as here:
            seen: list[dict[str, list[str]]] = []

            def look(call: Call) -> None:
                if call.operation == "MoveAccount":
                    seen.append(here.attached())

            here.box.watchers.append(look)
            here.built()
            assert len(seen) == 3
            for found in seen:
                assert found["root"] == ["no-leaving"]
            assert all(found["workloads/prod"] == ["no-keys"] for found in seen[1:])


class TestPlanning:
    def test_only_reads(self, tmp_path: Path) -> None:
        with ground(tmp_path, SMALL) as here:
            here.plan()
            assert {call.operation for call in here.box.calls if not call.operation.startswith(READS)} == set()
            here.built()
            with here.calls() as calls:
                here.plan()
            assert calls
            assert mutations(calls) == {}

    def test_300_accounts_costs_pages_and_no_call_for_an_account(self, tmp_path: Path) -> None:
        names = [f"member-{number}" for number in range(300)]
        with ground(tmp_path, {**SMALL, **dict.fromkeys(names, ACCOUNT)}) as here:
            here.write(dict.fromkeys(names))
            here.built()
            state = here.box.state
            prod = next(unit.id for unit in state.units.values() if unit.name == "prod")
            for name in names:
                tags = {"factory:managed": "main", "factory:address": name, "stage": "prod"}
                add_account(state, name, f"aws+{name}@example.com", prod, tags)
            here.write(dict.fromkeys(names, ACCOUNT))
            with here.calls() as calls:
                assert changes(here.plan()) == []
            pages = -(-304 // 20)
            print(f"{sum(calls.values())} calls for 304 accounts: {dict(calls)}")
            assert pages <= calls["ListAccounts"] <= pages + 2
            assert not calls.keys() & {"ListParents", "ListAccountsForParent", "DescribeAccount", "ListChildren"}
            assert not calls.keys() & {"ListTagsForResource", "ListOrganizationalUnitsForParent"}
            assert sum(calls.values()) < 100

    def test_with_the_wrong_organization_ends_before_the_files_are_compared(self, small: Ground) -> None:
        small.edited("defaults:", "organization: {id: o-anotherorgid}\ndefaults:")
        small.write({"another": ACCOUNT})
        with small.calls() as calls, pytest.raises(WrongOrganization) as caught:
            small.apply()
        assert mutations(calls) == {}
        state = small.box.state
        assert state.organization
        assert f"the organization {state.organization.id}, the files are for o-anotherorgid" in caught.value.what
        assert "accounts/organization.yaml:1:" in caught.value.what
        assert "--profile" in caught.value.fix

    def test_with_the_right_organization_goes_on(self, small: Ground) -> None:
        assert small.box.state.organization
        small.edited("defaults:", f"organization: {{id: {small.box.state.organization.id}}}\ndefaults:")
        assert small.plan().empty


class TestTheReport:
    def test_is_kept_when_the_last_read_fails(self, small: Ground) -> None:
        small.write({"new": ACCOUNT})
        small.line.begins_with = "MoveAccount"
        small.line.sent.clear()
        small.line.refuse("ListRoots", "AccessDeniedException", times=100)
        report = small.apply()
        assert [found.status for found in report.results] == [Status.DONE]
        assert report.remaining is None
        assert not report.complete

    def test_counts_the_seconds(self, small: Ground) -> None:
        small.write({"new": ACCOUNT})
        report = small.built()
        assert result(report, "account:new").seconds >= 30
        assert report.seconds >= result(report, "account:new").seconds

    def test_a_failed_branch_leaves_the_others_done(self, small: Ground) -> None:
        small.write({"new": ACCOUNT, "baselines/guardrails/no-keys.yaml": denying("iam:CreateLoginProfile")})
        small.edited("  security: {}\n", "  security: {}\n  security/a: {}\n  security/a/b: {}\n")
        small.line.refuse("CreateOrganizationalUnit", "AccessDeniedException")
        report = small.apply()
        assert {str(found.change.address): str(found.status) for found in report.results} == {
            "ou:security/a": "failed",
            "ou:security/a/b": "blocked",
            "account:new": "done",
            "guardrail:no-keys": "done",
        }
        assert report.remaining is not None
        assert changes(report.remaining) == ["create ou:security/a", "create ou:security/a/b"]
