"""A saved plan and what happens between saving and applying: whatever it touches must not have moved."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from factory import engine
from factory.core.change import Notice
from factory.core.errors import SafetyRefusal, StalePlan, UsageError
from factory.engine import Consent
from factory.sandbox.seeding import add_account, add_policy, add_unit
from tests.engine.creating import watching
from tests.engine.ground import ACCOUNT, Ground, changes, denying, ground, mutations, notices, told
from tests.engine.saving import (
    BASE,
    CALLS,
    CHANGES,
    carried_out,
    client,
    edit,
    kept,
    killed_after,
    left,
    plan_file,
    policy,
    unit,
)

Act = Callable[[Ground], object]
ANOTHER = "p-anotherone"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Ground]:
    """Three accounts, five units and three guardrails, all built; the files already ask for more."""
    with ground(tmp_path, BASE) as made:
        made.ready()
        edit(made)
        yield made


def test_does_what_apply_would_do(here: Ground) -> None:
    plan = here.plan()
    assert {str(change.address) for change in plan.changes} == CHANGES
    saved = kept(here)
    assert saved.digest == plan.digest
    again = left(here, saved)
    assert (again.changes, again.waits, again.digest) == (plan.changes, plan.waits, plan.digest)
    with here.calls() as calls:
        report = carried_out(here, saved)
    assert report.complete, told(report)
    assert mutations(calls) == dict(sorted(CALLS.items()))
    assert here.plan().empty


def test_done_altogether_leaves_nothing_to_do(here: Ground) -> None:
    saved = kept(here)
    carried_out(here, saved)
    with here.calls() as calls:
        report = carried_out(here, saved)
    assert report.plan.empty
    assert report.complete
    assert "7 of 7 changes done already" in notices(report.plan)["saved-plan"]
    assert mutations(calls) == {}


def test_done_by_apply_leaves_nothing_to_do(here: Ground) -> None:
    saved = kept(here)
    here.built()
    assert left(here, saved).empty


@pytest.mark.parametrize("number", range(1, sum(CALLS.values()) + 1))
def test_cut_off_after_any_call_is_resumed_by_the_same_command(tmp_path: Path, number: int) -> None:
    with ground(tmp_path, BASE) as here:
        here.ready()
        edit(here)
        saved = kept(here)
        assert killed_after(here, number, lambda: carried_out(here, saved)) == number
        with here.calls() as calls:
            report = carried_out(here, saved)
        assert report.complete, told(report)
        assert sum(mutations(calls).values()) == sum(CALLS.values()) - number, "nothing is done twice"
        assert here.plan().empty


@pytest.mark.parametrize("number", range(1, 18))
def test_a_first_build_cut_off_after_any_call_is_resumed(tmp_path: Path, number: int) -> None:
    """From nothing: the policy type that brings FullAWSAccess along, taken off again where the file says so."""
    guarded = BASE["accounts/organization.yaml"].replace("  lab: {}", "  lab: {full_access: false, guardrails: [some]}")
    some = denying("s3:*").replace("Deny", "Allow")
    with ground(
        tmp_path, {**BASE, "accounts/organization.yaml": guarded, "baselines/guardrails/some.yaml": some}
    ) as made:
        add_unit(made.box.state, "lab")
        saved = kept(made)
        assert killed_after(made, number, lambda: carried_out(made, saved)) == number
        report = carried_out(made, saved)
        assert report.complete, told(report)
        assert made.plan().empty


def test_a_policy_type_that_aws_still_enables_is_waited_for(tmp_path: Path) -> None:
    with ground(tmp_path, BASE) as here:
        saved = kept(here)
        assert killed_after(here, 1, lambda: carried_out(here, saved)) == 1
        assert here.box.state.organization
        types = here.box.state.organization.policy_types
        assert types == {"SERVICE_CONTROL_POLICY": "ENABLED"}
        types["SERVICE_CONTROL_POLICY"] = "PENDING_ENABLE"
        assert changes(left(here, saved))[0] == "enable policy-type:SERVICE_CONTROL_POLICY"
        types["SERVICE_CONTROL_POLICY"] = "ENABLED"
        assert carried_out(here, saved).complete


# What other hands do to what the plan touches or needs

SHOP, NO_KEYS = "account:shop", "guardrail:no-keys"
MOVED: dict[str, tuple[Act, str, str]] = {
    "account with the e-mail": (
        lambda h: add_account(h.box.state, "theirs", "AWS+new@example.com"),
        "account:new",
        "did not exist, AWS has it now",
    ),
    "account moved": (lambda h: setattr(h.members()["shop"], "parent_id", unit(h, "lab").id), SHOP, "parent was"),
    "account renamed": (lambda h: setattr(h.members()["shop"], "name", "Store"), SHOP, "AWS says 'Store'"),
    "account tagged": (lambda h: tag(h, h.members()["shop"].id, "x", "y"), SHOP, "tags.x was nothing"),
    "account re-tagged": (lambda h: tag(h, h.members()["shop"].id, "team", "api"), SHOP, "tags.team was 'web'"),
    "account disowned": (lambda h: untag(h, h.members()["shop"].id, "factory:managed"), SHOP, "was ours, is not"),
    "account closed": (lambda h: close(h, "shop"), SHOP, "state was 'ACTIVE', AWS says 'CLOSED'"),
    "account gone": (lambda h: leave(h, "shop"), SHOP, "account:shop: is gone"),
    "account needed by a detachment closed": (lambda h: close(h, "blog"), "account:blog", "state was 'ACTIVE'"),
    "policy rewritten": (
        lambda h: setattr(policy(h, "no-keys"), "content", policy(h, "no-keys").content.replace("AccessKey", "X")),
        NO_KEYS,
        "content was",
    ),
    "policy described": (lambda h: setattr(policy(h, "no-keys"), "description", "d"), NO_KEYS, "AWS says 'd'"),
    "policy made anew": (lambda h: replace_policy(h, "no-keys"), NO_KEYS, "is another one now: p-anotherone"),
    "policy tagged": (lambda h: tag(h, policy(h, "no-keys").id, "x", "y"), NO_KEYS, "tags.x was nothing"),
    "policy renamed": (lambda h: setattr(policy(h, "no-keys"), "name", "other"), NO_KEYS, "is guardrail:other now"),
    "policy attached, so that it cannot go": (
        lambda h: attach(h, "no-buckets", unit(h, "lab").id),
        "guardrail:no-buckets",
        "has to wait now for detach attachment:no-buckets@ou:lab",
    ),
    "guard of a new account detached": (
        lambda h: detach(h, "no-keys", unit(h, "prod").id),
        "account:new",
        "has to wait now for attach attachment:no-keys@ou:workloads/prod (accounts/organization.yaml",
    ),
    "guard above a new account rewritten": (
        lambda h: setattr(policy(h, "no-leaving"), "content", policy(h, "no-keys").content),
        "account:new",
        "has to wait now for update guardrail:no-leaving",
    ),
    "unit renamed": (
        lambda h: setattr(unit(h, "lab"), "name", "cellar"),
        "ou:lab",
        "is ou:cellar now, and the plan needs",
    ),
    "unit deleted": (
        lambda h: client(h).delete_organizational_unit(OrganizationalUnitId=unit(h, "lab").id),
        "ou:lab",
        "is gone from AWS, and the plan needs it",
    ),
    "unit made anew": (lambda h: remake(h, "lab"), "ou:lab", "is another one now"),
    "unit tagged": (lambda h: tag(h, unit(h, "lab").id, "x", "y"), "ou:lab", "tags.x was nothing"),
    "unit disowned": (lambda h: untag(h, unit(h, "lab").id, "factory:managed"), "ou:lab", "was ours"),
    "unit to be removed is in use": (
        lambda h: add_account(h.box.state, "theirs", "theirs@example.com", unit(h, "attic").id),
        "ou:attic",
        "the plan was to remove it; now ou:attic is gone from the files but must wait",
    ),
    "unit to be removed has a policy on it": (
        lambda h: attach(h, "no-leaving", unit(h, "attic").id),
        "ou:attic",
        "other things are attached to it now",
    ),
    "file moves the account elsewhere": (
        lambda h: h.edited("ou: security", "ou: lab", "accounts/shop.yaml"),
        SHOP,
        "parent is 'ou:security' in the plan, the files ask for 'ou:lab' (accounts/shop.yaml:1:1)",
    ),
    "file keeps the account where it is": (
        lambda h: h.edited("ou: security\nname: The Shop\n", ACCOUNT, "accounts/shop.yaml"),
        SHOP,
        "parent is 'ou:security' in the plan, the files ask for 'ou:workloads/prod'",
    ),
    "file gives it one more tag": (
        lambda h: h.edited("team: web", "team: web, a: b", "accounts/shop.yaml"),
        SHOP,
        "tags.a",
    ),
    "file of the account is gone": (lambda h: h.write({"shop": None}), SHOP, "no file speaks of it by this name"),
    "file of a new account is gone": (lambda h: h.write({"new": None}), "account:new", "no file asks for it any more"),
    "file has another e-mail": (
        lambda h: h.write({"new": ACCOUNT + "email: other@example.com\n"}),
        "account:new",
        "email is (sealed, it holds an e-mail address) in the plan",
    ),
    "file rewrites the policy otherwise": (
        lambda h: h.edited("iam:CreateUser", "iam:CreateRole", "baselines/guardrails/no-keys.yaml"),
        NO_KEYS,
        "CreateRole",
    ),
    "file keeps what was to be deleted": (
        lambda h: h.write({"baselines/guardrails/no-buckets.yaml": BASE["baselines/guardrails/no-buckets.yaml"]}),
        "guardrail:no-buckets",
        "the plan was to delete it; now the files declare it (baselines/guardrails/no-buckets.yaml",
    ),
    "file puts another guardrail over a new account": (
        lambda h: (
            h.write({"baselines/guardrails/more.yaml": denying("ec2:*")}),
            h.edited("lab: {}", "lab: {guardrails: [more]}"),
        ),
        "account:try",
        "has to wait now for attach attachment:more@ou:lab",
    ),
}


@pytest.mark.parametrize(("act", "address", "words"), MOVED.values(), ids=MOVED.keys())
def test_what_it_touches_has_moved(here: Ground, act: Act, address: str, words: str) -> None:
    saved = kept(here)
    act(here)
    with here.calls() as calls, pytest.raises(StalePlan) as caught:
        carried_out(here, saved)
    assert mutations(calls) == {}
    mine = [line for line in caught.value.moved if line.startswith(f"{address}: ")]
    assert any(words in line for line in mine), caught.value.moved
    assert caught.value.exit_code == 4
    assert "plan --out" in caught.value.fix


@pytest.mark.parametrize("state", ["SUSPENDED", "PENDING_ACTIVATION"])
def test_an_account_that_was_created_and_cannot_be_worked_with(here: Ground, state: str) -> None:
    saved = kept(here)
    with watching(here, "MoveAccount", lambda: here.line.refuse("MoveAccount", "AccessDeniedException", 9)):
        carried_out(here, saved)
    here.line.mend()
    made = next(account for name, account in here.members().items() if name in ("new", "try"))
    made.state = state
    with pytest.raises(StalePlan) as caught:
        left(here, saved)
    assert f"account:{made.name}: has been created ({made.id}), and is {state} in AWS" in caught.value.moved


def test_what_was_created_and_then_changed_by_hand(here: Ground) -> None:
    """Resumed as if nothing had happened, the plan would undo what a person did after it was looked at."""
    saved = kept(here)
    carried_out(here, saved)
    here.members()["new"].name = "newer"
    tag(here, here.members()["try"].id, "factory:address", "tried")
    with pytest.raises(StalePlan) as caught:
        left(here, saved)
    assert "account:new: name was to be created with 'new', AWS says 'newer'" in caught.value.moved
    assert any(line.startswith("account:try: ") and "tried" in line for line in caught.value.moved)


def test_everything_that_moved_is_told_at_once(here: Ground) -> None:
    saved = kept(here)
    for name in ("account renamed", "policy described", "unit tagged", "file has another e-mail"):
        MOVED[name][0](here)
    with pytest.raises(StalePlan) as caught:
        left(here, saved)
    assert {line.partition(": ")[0] for line in caught.value.moved} == {SHOP, NO_KEYS, "ou:lab", "account:new"}


# What has nothing to do with the plan

UNRELATED: dict[str, Act] = {
    "nothing": lambda h: None,
    "account added": lambda h: add_account(h.box.state, "theirs", "theirs@example.com"),
    "account moved": lambda h: setattr(h.members()["Audit Log"], "parent_id", unit(h, "lab").id),
    "account renamed": lambda h: setattr(h.members()["Audit Log"], "name", "Log"),
    "account tagged": lambda h: tag(h, h.members()["Audit Log"].id, "x", "y"),
    "account closed": lambda h: close(h, "Audit Log"),
    "policy made": lambda h: add_policy(h.box.state, "theirs", "SERVICE_CONTROL_POLICY", "{}"),
    "policy rewritten": lambda h: setattr(
        policy(h, "no-logs"), "content", policy(h, "no-logs").content.replace("Delete", "Create")
    ),
    "policy described": lambda h: setattr(policy(h, "no-leaving"), "description", "d"),
    "policy attached": lambda h: attach(h, "no-leaving", h.members()["Audit Log"].id),
    "unit made": lambda h: add_unit(h.box.state, "theirs"),
    "unit renamed": lambda h: setattr(h.box.state.units[add_unit(h.box.state, "theirs")], "name", "others"),
    "file of another account": lambda h: h.edited("name: Audit Log", "name: Auditors", "accounts/audit.yaml"),
    "file of one more account": lambda h: h.write({"more": "ou: workloads\n"}),
    "file of one more guardrail": lambda h: h.write({"baselines/guardrails/more.yaml": denying("ec2:*")}),
    "the plan's own changes, by hand": lambda h: setattr(h.members()["shop"], "name", "The Shop"),
}


@pytest.mark.parametrize("act", UNRELATED.values(), ids=UNRELATED.keys())
def test_what_it_does_not_touch_may_move(here: Ground, act: Act) -> None:
    saved = kept(here)
    act(here)
    by_hand = "The Shop" in here.members()
    with here.calls() as calls:
        report = carried_out(here, saved)
    assert report.complete, told(report)
    assert {str(found.change.address) for found in report.results} == CHANGES
    assert mutations(calls) == {
        name: count for name, count in sorted(CALLS.items()) if name != "PutAccountName" or not by_hand
    }


def test_other_changes_are_told_and_left_alone(here: Ground) -> None:
    saved = kept(here)
    here.edited("name: Audit Log", "name: Auditors", "accounts/audit.yaml")
    here.write({"more": "ou: workloads\n"})
    report = carried_out(here, saved)
    assert notices(report.plan)["left-out"].startswith("2 changes that the saved plan does not hold, left alone")
    assert report.remaining is not None
    assert notices(report.remaining)["left-out"].startswith("2 changes")
    assert report.complete
    assert sorted(changes(here.plan())) == ["create account:more", "update account:audit"]


# Rules, consent, and whose plan it is


def test_a_refused_plan_is_not_saved(here: Ground) -> None:
    here.write({"blog": None})
    with pytest.raises(SafetyRefusal):
        kept(here)
    assert not plan_file(here).exists()


def test_the_rules_judge_what_will_be_done_and_only_that(here: Ground) -> None:
    """Elsewhere the files now ask for a mass change; the saved plan is none."""
    here.write({f"member-{n}": "ou: lab\n" for n in range(11)})
    here.built()
    here.write({"late": "ou: lab\n"})
    saved = kept(here)
    here.write({f"member-{n}": "ou: security\n" for n in range(11)})
    assert {refusal.rule for refusal in here.plan().refusals} == {"mass-change"}
    assert changes(carried_out(here, saved).plan) == ["create account:late"]


def test_no_rule_is_skipped(here: Ground) -> None:
    """What was allowed when the plan was saved is judged again: the account is protected now."""
    saved = kept(here)
    here.edited("defaults:", "safety: {protected: [shop]}\ndefaults:")
    plan = left(here, saved)
    assert {refusal.rule for refusal in plan.refusals} == {"protected-account"}
    with here.calls() as calls, pytest.raises(SafetyRefusal):
        carried_out(here, saved)
    assert mutations(calls) == {}


def test_consent_that_names_an_email_is_not_saved(here: Ground) -> None:
    with pytest.raises(UsageError) as caught:
        kept(here, Consent(gap=frozenset({"ops@example.com"})))
    assert "none may stand in a saved plan" in caught.value.what
    assert not plan_file(here).exists()


def test_consent_is_the_files(tmp_path: Path) -> None:
    with ground(tmp_path, BASE) as here:
        here.ready()
        here.write({"shop": ACCOUNT + "state: closed\nclosed_reason: done\n"})
        saved = kept(here, Consent(close=frozenset({"shop"})))
        assert saved.consent == Consent(close=frozenset({"shop"}))
        assert left(here, replace(saved, consent=Consent())).refusals
        assert killed_after(here, 1, lambda: carried_out(here, saved)) == 1
        assert here.members()["shop"].state == "PENDING_CLOSURE"
        assert left(here, saved).empty, "on its way to be closed is closed"
        here.box.clock.sleep(3600)
        assert left(here, saved).empty


@pytest.mark.parametrize("name", ["organization", "instance", "digest"])
def test_another_one_is_refused(here: Ground, name: str) -> None:
    saved = kept(here)
    with here.calls() as calls, pytest.raises(StalePlan) as caught:
        carried_out(here, replace(saved, **{name: "another"}))
    assert "another" in caught.value.what
    assert mutations(calls) == {}


def test_an_edited_plan_does_no_more_than_the_files_ask_for(here: Ground) -> None:
    """Someone adds a change to the file: AWS and the files do not know of it."""
    saved = kept(here)
    (shop,) = [change for change in saved.changes if str(change.address) == SHOP]
    assert shop.after
    more = replace(shop, after=replace(shop.after, attrs={**shop.after.attrs, "parent": "root"}))
    edited = replace(saved, changes=tuple(more if change is shop else change for change in saved.changes))
    with pytest.raises(StalePlan) as caught:
        carried_out(here, edited)
    assert "parent is 'root' in the plan" in caught.value.moved[0]


def test_fewer_changes_than_the_digest_stands_for_are_noticed(here: Ground) -> None:
    saved = kept(here)
    fewer = replace(saved, changes=tuple(c for c in saved.changes if str(c.address) != "account:new"))
    with pytest.raises(StalePlan) as caught:
        carried_out(here, fewer)
    assert "was edited" in caught.value.what


def test_what_cannot_be_seen_is_not_taken_for_done(here: Ground) -> None:
    saved = kept(here)
    here.line.begins_with = None
    here.line.refuse("ListTargetsForPolicy", "AccessDeniedException", times=50)
    with pytest.raises(StalePlan) as caught:
        left(here, saved)
    assert "attachment:no-buckets@account:blog: cannot be seen: attachment could not be read whole" in "\n".join(
        caught.value.moved
    )


# The file


def test_no_email_stands_in_the_file(here: Ground) -> None:
    here.write({"owner": ACCOUNT + "email: own.er@mail.example\ntags: {owner: zoe@example.com}\n"})
    here.edited("organizational_units:\n", "organizational_units:\n  ops@example.com: {}\n")
    here.write({"shop": "ou: ops@example.com\ntags: {team: web, stage: prod}\n"})
    saved = kept(here)
    text = plan_file(here).read_text()
    assert ".example" not in text
    assert "@example" not in text
    assert "zoe" not in text
    assert text.count("sealed:") > 5
    assert left(here, saved).digest == saved.digest
    here.write({"owner": ACCOUNT + "email: own.er@mail.example\ntags: {owner: eva@example.com}\n"})
    with pytest.raises(StalePlan) as caught:
        left(here, saved)
    (line,) = caught.value.moved
    assert line.startswith(
        "account:owner: tags.owner is (sealed, it holds an e-mail address) in the plan, the files ask"
    )
    here.write({"owner": ACCOUNT + "email: own.er@mail.example\ntags: {owner: zoe@example.com}\n"})
    assert carried_out(here, saved).complete


def test_two_files_of_one_plan_have_nothing_sealed_in_common(here: Ground) -> None:
    one, two = kept(here), kept(here)
    assert one.salt != two.salt
    sealed = [
        {v for c in s.changes if c.after for v in c.after.attrs.values() if "sealed:" in str(v)} for s in (one, two)
    ]
    assert sealed[0]
    assert not sealed[0] & sealed[1]


def test_only_the_owner_may_read_it_and_nothing_else_is_left(here: Ground) -> None:
    before = set(here.root.iterdir())
    kept(here)
    assert plan_file(here).stat().st_mode & 0o777 == 0o600
    assert set(here.root.iterdir()) - before == {plan_file(here)}


def test_an_empty_plan_is_saved_too(tmp_path: Path) -> None:
    with ground(tmp_path, BASE) as here:
        here.ready()
        saved = kept(here)
        assert saved.changes == ()
        assert left(here, saved).empty
        assert left(here, saved).notices[-1] == Notice(
            "saved-plan", f"saved 2026-11-24T10:00:00Z as {saved.digest}: 0 of 0 changes done already"
        )


def test_the_clock_does_not_matter(here: Ground) -> None:
    saved = kept(here)
    here.box.clock.sleep(400 * 86400)
    assert left(here, saved).digest == saved.digest


# The second look after the question


def test_nothing_moved_while_a_person_was_reading(here: Ground) -> None:
    organization, _ = engine.load(here.root)
    shown = here.plan()
    add_account(here.box.state, "theirs", "theirs@example.com")
    assert engine.confirm(shown, organization, here.aws, Consent()).digest == shown.digest


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (MOVED["account renamed"][0], "account:shop: name was 'shop', AWS says 'Store'"),
        (MOVED["unit tagged"][0], "ou:lab: tags.x was nothing, AWS says 'y'"),
        (MOVED["unit disowned"][0], "ou:lab: was ours, is not"),
        (MOVED["unit made anew"][0], "ou:lab: is another one now"),
        (MOVED["account closed"][0], "account:shop: move is in the plan no longer"),
        (UNRELATED["account renamed"], "account:audit: update has come into the plan (accounts/audit.yaml"),
        (MOVED["account with the e-mail"][0], "account:new: adopt ("),
        (UNRELATED["the plan's own changes, by hand"], "account:shop: move (parent) instead of move (name, parent)"),
    ],
)
def test_something_moved_while_a_person_was_reading(here: Ground, act: Act, words: str) -> None:
    organization, _ = engine.load(here.root)
    shown = here.plan()
    act(here)
    with here.calls() as calls, pytest.raises(StalePlan) as caught:
        engine.confirm(shown, organization, here.aws, Consent())
    assert "while you were reading" in caught.value.what
    assert any(words in line for line in caught.value.moved), caught.value.moved
    assert mutations(calls) == {}


def test_the_second_look_at_a_saved_plan_is_confined_to_it(here: Ground) -> None:
    organization, _ = engine.load(here.root)
    saved = kept(here)
    shown = left(here, saved)
    UNRELATED["account renamed"](here)
    assert engine.confirm(shown, organization, here.aws, Consent(), saved).digest == shown.digest
    MOVED["account renamed"][0](here)
    with pytest.raises(StalePlan):
        engine.confirm(shown, organization, here.aws, Consent(), saved)


def test_the_expected_digest(here: Ground) -> None:
    plan = here.plan()
    engine.expect(plan, plan.digest)
    with pytest.raises(StalePlan) as caught:
        engine.expect(plan, "sha256:0")
    assert plan.digest in caught.value.what


def test_the_file_is_json_that_says_what_it_is(here: Ground) -> None:
    kept(here)
    data = json.loads(plan_file(here).read_text())
    assert (data["kind"], data["sandbox"], data["instance"]) == ("factory saved plan", True, "main")


def tag(here: Ground, thing: str, key: str, value: str) -> None:
    client(here).tag_resource(ResourceId=thing, Tags=[{"Key": key, "Value": value}])


def untag(here: Ground, thing: str, key: str) -> None:
    client(here).untag_resource(ResourceId=thing, TagKeys=[key])


def attach(here: Ground, name: str, node: str) -> None:
    client(here).attach_policy(PolicyId=policy(here, name).id, TargetId=node)


def detach(here: Ground, name: str, node: str) -> None:
    client(here).detach_policy(PolicyId=policy(here, name).id, TargetId=node)


def close(here: Ground, name: str) -> None:
    client(here).close_account(AccountId=here.members()[name].id)
    here.box.clock.sleep(3600)


def leave(here: Ground, name: str) -> None:
    state, account = here.box.state, here.members()[name].id
    for part in (state.accounts, state.tags, state.attachments):
        part.pop(account)


def replace_policy(here: Ground, name: str) -> None:
    """Another policy in its place, alike in everything."""
    state, old = here.box.state, policy(here, name)
    state.policies[ANOTHER] = replace(state.policies.pop(old.id), id=ANOTHER)
    state.tags[ANOTHER] = state.tags.pop(old.id)
    for policies in state.attachments.values():
        policies[:] = [ANOTHER if one == old.id else one for one in policies]


def remake(here: Ground, name: str) -> None:
    old = unit(here, name)
    client(here).delete_organizational_unit(OrganizationalUnitId=old.id)
    add_unit(here.box.state, name, old.parent_id, {"factory:managed": "main"})
