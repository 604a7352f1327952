"""One edit to the files at a time: exactly its changes are planned, and exactly its calls are made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from factory.core.change import Risk
from factory.core.errors import SafetyRefusal
from factory.engine import Consent
from tests.engine.ground import (
    ACCOUNT,
    SMALL,
    Ground,
    changes,
    denying,
    ground,
    mutations,
    notices,
)


class TestOneAccountMore:
    def test_is_one_change(self, small: Ground) -> None:
        small.write({"new": ACCOUNT})
        with small.calls() as calls:
            report = small.built()
        assert changes(report.plan) == ["create account:new"]
        assert mutations(calls) == {"CreateAccount": 1, "MoveAccount": 1}

    def test_with_guardrails_of_its_own_brings_their_attachments(self, small: Ground) -> None:
        small.write({"new": ACCOUNT + "guardrails: [no-buckets]\n"})
        assert changes(small.built().plan) == ["create account:new", "attach attachment:no-buckets@account:new"]
        assert small.attached()["@new"] == ["no-buckets"]

    def test_is_refused_while_another_lost_its_file(self, small: Ground) -> None:
        small.write({"new": ACCOUNT, "blog": None})
        with small.calls() as calls, pytest.raises(SafetyRefusal):
            small.apply()
        assert mutations(calls) == {}
        (refusal,) = small.plan().refusals
        assert refusal.rule == "maybe-rename"
        assert "blog" in refusal.message
        small.write({"new": ACCOUNT + "new: true\n"})
        assert changes(small.built().plan) == ["create account:new"]


class TestAnotherFileName:
    def test_with_was_renames_the_account_and_makes_none(self, small: Ground) -> None:
        before = {a.id for a in small.members().values()}
        small.write({"shop": None, "store": ACCOUNT + "was: shop\ntags: {team: web}\n"})
        with small.calls() as calls:
            report = small.built()
        assert changes(report.plan) == ["update account:store"]
        assert [field.name for field in report.plan.changes[0].fields()] == ["name", "tags.factory:address"]
        assert mutations(calls) == {"PutAccountName": 1, "TagResource": 1}
        assert {a.id for a in small.members().values()} == before
        assert small.members()["store"].email == "aws+shop@example.com"
        assert "aws+store@example.com" in notices(report.remaining or report.plan)["email-differs"]

    def test_with_a_name_of_its_own_only_a_tag_changes(self, small: Ground) -> None:
        audit = SMALL["audit"]
        small.write({"audit": None, "log": audit + "was: audit\n"})
        with small.calls() as calls:
            small.built()
        assert mutations(calls) == {"TagResource": 1}

    def test_may_keep_its_was_for_ever(self, small: Ground) -> None:
        small.write({"shop": None, "store": ACCOUNT + "was: shop\ntags: {team: web}\n"})
        small.built()
        assert small.plan().empty


class TestMoving:
    def test_goes_straight_from_unit_to_unit(self, small: Ground) -> None:
        small.write({"shop": "ou: security\ntags: {team: web, stage: prod}\n"})
        with small.calls() as calls:
            report = small.built()
        assert changes(report.plan) == ["move account:shop"]
        assert report.plan.changes[0].risk is Risk.HIGH
        assert mutations(calls) == {"MoveAccount": 1}
        assert small.homes()["shop"] == "security"

    def test_by_hand_is_put_right(self, small: Ground) -> None:
        shop = small.members()["shop"]
        assert small.box.state.organization
        shop.parent_id = small.box.state.organization.root_id
        assert changes(small.built().plan) == ["move account:shop"]

    def test_many_at_once_is_refused(self, tmp_path: Path) -> None:
        names = [f"member-{number}" for number in range(11)]
        with ground(tmp_path, {**SMALL, **dict.fromkeys(names, ACCOUNT)}) as here:
            here.built()
            here.write(dict.fromkeys(names, "ou: security\ntags: {stage: prod}\n"))
            with here.calls() as calls, pytest.raises(SafetyRefusal):
                here.apply()
            assert mutations(calls) == {}
            assert {refusal.rule for refusal in here.plan().refusals} == {"mass-change"}
            here.built(Consent(allow=frozenset({"mass-change"})))
            assert set(here.homes().values()) == {"security", "workloads/prod"}


class TestUnits:
    def test_renamed_with_was_stays_the_same_unit(self, small: Ground) -> None:
        before = {unit.id for unit in small.box.state.units.values()}
        small.edited("  workloads: {}\n", "  apps: {was: workloads}\n")
        small.edited("workloads/prod:", "apps/prod:")
        small.write({name: SMALL[name].replace("workloads/prod", "apps/prod") for name in ("shop", "blog")})
        with small.calls() as calls:
            report = small.built()
        assert changes(report.plan) == ["update ou:apps"]
        assert mutations(calls) == {"UpdateOrganizationalUnit": 1}
        assert {unit.id for unit in small.box.state.units.values()} == before
        assert small.homes()["shop"] == "apps/prod"

    def test_gone_from_the_files_and_empty_is_removed(self, small: Ground) -> None:
        small.edited("  security: {}\n", "")
        small.write({"audit": SMALL["audit"].replace("security", "workloads/prod") + "tags: {stage: prod}\n"})
        report = small.built()
        assert changes(report.plan) == ["move account:audit", "remove ou:security"]

    def test_gone_from_the_files_with_an_unmanaged_account_in_it_must_wait(self, small: Ground) -> None:
        small.edited("  security: {}\n", "")
        small.write({"audit": None})
        plan = small.plan()
        assert changes(plan) == []
        assert "Audit Log" in notices(plan)["kept"]

    def test_with_a_closed_account_in_it_waits_until_aws_drops_it(self, small: Ground) -> None:
        small.write({"audit": "ou: security\nemail: audit@example.com\nstate: closed\nclosed_reason: done\n"})
        small.built(Consent(close=frozenset({"audit"})))
        small.box.clock.sleep(3600)
        small.edited("  security: {}\n", "")
        small.write({"audit": None})
        plan = small.plan()
        assert changes(plan) == []
        assert "CLOSED, AWS drops it up to 90 days after closing" in notices(plan)["kept"]
        small.box.clock.sleep(91 * 86400)
        assert changes(small.built().plan) == ["remove ou:security"]


class TestGuardrails:
    def test_gone_from_the_files_is_detached_and_then_deleted(self, small: Ground) -> None:
        small.edited("guardrails: [no-keys], ", "")
        (small.root / "baselines/guardrails/no-keys.yaml").unlink()
        with small.calls() as calls:
            report = small.built()
        assert changes(report.plan) == ["detach attachment:no-keys@ou:workloads/prod", "delete guardrail:no-keys"]
        assert mutations(calls) == {"DeletePolicy": 1, "DetachPolicy": 1}

    def test_rewritten_is_updated_in_place(self, small: Ground) -> None:
        small.write({"baselines/guardrails/no-keys.yaml": denying("iam:CreateLoginProfile")})
        with small.calls() as calls:
            report = small.built()
        assert changes(report.plan) == ["update guardrail:no-keys"]
        assert mutations(calls) == {"UpdatePolicy": 1}

    def test_changed_by_hand_is_put_back(self, small: Ground) -> None:
        policy = next(p for p in small.box.state.policies.values() if p.name == "no-keys")
        policy.content = policy.content.replace("CreateAccessKey", "CreateUser")
        assert changes(small.built().plan) == ["update guardrail:no-keys"]

    def test_written_differently_by_aws_is_no_change(self, small: Ground) -> None:
        policy = next(p for p in small.box.state.policies.values() if p.name == "no-keys")
        policy.content = json.dumps(json.loads(policy.content), indent=4, sort_keys=True)
        assert small.plan().empty

    def test_first_of_their_kind_enable_their_type_in_the_same_apply(self, small: Ground) -> None:
        tags = "description: d\ntype: TAG_POLICY\ncontent: {tags: {team: {tag_key: {'@@assign': team}}}}\n"
        small.write({"baselines/guardrails/teams.yaml": tags})
        small.edited("root: {guardrails: [no-leaving]}", "root: {guardrails: [no-leaving, teams]}")
        assert changes(small.built().plan) == [
            "enable policy-type:TAG_POLICY",
            "create guardrail:teams",
            "attach attachment:teams@root",
        ]


class TestAnAccountWithoutAFile:
    def test_is_left_where_it_is_and_named(self, small: Ground) -> None:
        small.write({"blog": None})
        with small.calls() as calls:
            report = small.built()
        assert changes(report.plan) == []
        assert mutations(calls) == {}
        blog = small.members()["blog"]
        told = {notice.message for notice in report.plan.notices if notice.code == "unmanaged"}
        assert f"account blog ({blog.id}) has no file any more: left in ou:workloads/prod" in told
        assert any("no-buckets@account" in message for message in told), "its attachment stays, too"
        assert small.attached()["@blog"] == ["no-buckets"]


class TestClosing:
    def test_takes_the_file_and_the_flag(self, small: Ground) -> None:
        small.write({"shop": "ou: workloads/prod\nstate: closed\nclosed_reason: no longer needed\n"})
        with small.calls() as calls, pytest.raises(SafetyRefusal):
            small.apply()
        assert mutations(calls) == {}
        (refusal,) = small.plan().refusals
        assert (refusal.rule, refusal.way_out) == ("close-needs-flag", "--close shop")
        with small.calls() as calls:
            report = small.built(Consent(close=frozenset({"shop"})))
        assert changes(report.plan) == ["close account:shop"]
        assert mutations(calls) == {"CloseAccount": 1}
        small.box.clock.sleep(3600)
        assert small.members()["shop"].state == "CLOSED"
        assert small.plan().empty
        assert "closed" in notices(small.plan())

    def test_the_flag_for_another_account_does_not_count(self, small: Ground) -> None:
        small.write({"shop": "ou: workloads/prod\nstate: closed\nclosed_reason: no longer needed\n"})
        assert small.plan(Consent(close=frozenset({"blog"}))).refusals

    def test_the_email_of_a_closed_account_is_not_used_again(self, small: Ground) -> None:
        shop = small.members()["shop"]
        shop.state, shop.closed_at = "CLOSED", small.box.clock.now()
        small.box.state.tags[shop.id] = {}
        (refusal,) = small.plan().refusals
        assert refusal.rule == "closed-account-email"
