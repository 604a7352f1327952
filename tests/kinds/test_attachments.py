"""Attachments: what is ours to attach and detach, FullAWSAccess, and the rules about nodes that carry them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from factory.core.change import Risk
from factory.core.policy_types import RCP, SCP
from tests.kinds.scenes import (
    FOREIGN,
    MANAGEMENT,
    Acc,
    Node,
    Ou,
    Policy,
    Root,
    Thing,
    allow,
    change,
    compared,
    deny,
    files,
    live,
    plan,
    refusal,
    refused,
    steps,
    told,
    waits,
)

D, E = Policy("d", deny("svc:a")), Policy("e", deny("svc:b"))
LIST = Policy("list", allow("svc:a", "svc:b"))
R = Policy("r", deny("svc:a"), RCP)
TAG = Policy("t", {"tags": {}}, "TAG_POLICY")


def test_what_a_declared_node_no_longer_names_is_detached() -> None:
    for now, wanted in [
        (Root(on=("d",)), Root()),
        (Ou("a", on=("d",)), Ou("a")),
        (Acc("one", on=("d",)), Acc("one")),
    ]:
        made = plan([D, now], [D, wanted])
        assert [s.split("@")[0] for s in steps(made)] == ["detach attachment:d"]
        assert told(made, "unmanaged") == []


def test_foreign_policies_stay_attached() -> None:
    theirs = Policy("theirs", deny("svc:c"), tagged=FOREIGN)
    made = plan([theirs, Root(on=("theirs",)), Ou("a", on=("theirs",))], [Ou("a")])
    assert steps(made) == []


def test_nothing_is_stripped_from_nodes_that_no_file_declares() -> None:
    now = [D, Ou("theirs", tagged=FOREIGN, on=("d",)), Acc("theirs", id="222222222222", tagged=FOREIGN, on=("d",))]
    made = plan(now, [D])
    assert steps(made) == []
    assert told(made, "unmanaged") == [
        "attachments of ours on nodes that no file declares, left alone: attachment:d@account:222222222222, "
        "attachment:d@ou:theirs"
    ]


def test_fullawsaccess_on_nodes_that_no_file_declares_is_not_worth_a_word() -> None:
    assert told(plan([D, Ou("theirs", tagged=FOREIGN)], [D]), "unmanaged") == []


def test_attachments_that_are_not_ours_or_on_closed_accounts_are_not_worth_a_word() -> None:
    theirs = Policy("theirs", deny("svc:c"), tagged=FOREIGN)
    now = [D, theirs, Ou("b", tagged=FOREIGN, on=("theirs",)), Acc("gone", state="closed", on=("d",))]
    assert told(plan(now, [D]), "unmanaged") == []


def test_nothing_is_attached_to_an_account_that_is_to_be_closed() -> None:
    made = plan([D, Acc("one")], [D, Acc("one", state="closed", on=("d",))], close=("one",))
    assert steps(made) == ["close account:one"]


def test_a_policy_is_kept_while_it_is_attached_somewhere_still() -> None:
    made = plan([D, Root(on=("d",)), Ou("theirs", tagged=FOREIGN, on=("d",))], [E])
    assert steps(made) == ["create guardrail:e", "detach attachment:d@root"]
    assert told(made, "kept") == [
        "guardrail:d is gone from the files but must wait: attachment:d@ou:theirs still needs it"
    ]


def test_a_policy_is_deleted_after_its_last_attachment() -> None:
    made = plan([D, E, Root(on=("d",)), Ou("a", on=("d",))], [E, Ou("a")])
    assert waits(made, "guardrail:d", "attachment:d@root")
    assert waits(made, "guardrail:d", "attachment:d@ou:a")


def test_an_adopted_policy_brings_its_attachments() -> None:
    now = [Policy("d", deny("svc:a"), tagged=FOREIGN), Ou("a", on=("d",)), Ou("b")]
    made = plan(now, [D, Ou("a"), Ou("b", on=("d",))])
    assert sorted(steps(made)) == ["adopt guardrail:d", "attach attachment:d@ou:b", "detach attachment:d@ou:a"]


def test_the_policy_of_another_instance_keeps_its_attachments_and_refuses_the_plan() -> None:
    made = plan([Policy("d", deny("svc:a"), tagged="other"), Ou("a", on=("d",))], [D, Ou("a")])
    assert "foreign-owner" in refused(made)


def test_risk_of_attaching_and_detaching() -> None:
    def risk(now: list[Thing], wanted: list[Thing]) -> Risk:
        (one,) = plan(now, wanted).changes
        return one.risk

    assert risk([D], [D, Root(on=("d",))]) is Risk.HIGH
    assert risk([D, Ou("a")], [D, Ou("a", on=("d",))]) is Risk.LOW
    assert risk([D, Ou("a", on=("d",))], [D, Ou("a")]) is Risk.HIGH
    assert risk([R], [R, Root(on=("r",))]) is Risk.LOW
    now, wanted = Ou("a", on=("list",), full_access=False), Ou("a", on=("list",))
    assert risk([LIST, now], [LIST, wanted]) is Risk.HIGH


# FullAWSAccess


def test_full_access_false_on_a_node_takes_it_off_once_the_list_is_there() -> None:
    for now, wanted in [
        (Ou("a"), Ou("a", on=("list",), full_access=False)),
        (Root(), Root(on=("list",), full_access=False)),
        (Acc("one"), Acc("one", on=("list",), full_access=False)),
    ]:
        made = plan([LIST, now], [LIST, wanted])
        node = str(made.changes[0].resource.part_of)
        assert steps(made) == [f"attach attachment:list@{node}", f"detach attachment:FullAWSAccess@{node}"]
        assert waits(made, f"attachment:FullAWSAccess@{node}", f"attachment:list@{node}")
        assert refused(made) == []


@pytest.mark.parametrize(
    "wanted", [Ou("a", on=("list",), full_access=False), Acc("a", on=("list",), full_access=False)]
)
def test_full_access_false_on_a_new_node_takes_off_what_aws_attaches_by_itself(wanted: Ou | Acc) -> None:
    made = plan([LIST], [LIST, wanted])
    node = str(made.changes[0].address)
    assert steps(made)[0] == f"create {node}"
    assert steps(made)[1:] == [f"attach attachment:list@{node}", f"detach attachment:FullAWSAccess@{node}"]


def test_a_new_node_with_full_access_needs_no_attachment() -> None:
    assert steps(plan([D], [D, Ou("a"), Acc("one", "a")])) == ["create ou:a", "create account:one"]


def test_full_access_taken_off_by_hand_comes_back() -> None:
    made = plan([LIST, Ou("a", on=("list",), full_access=False)], [LIST, Ou("a", on=("list",))])
    assert steps(made) == ["attach attachment:FullAWSAccess@ou:a"]


def test_full_access_does_not_come_back_because_a_file_is_silent() -> None:
    now: list[Thing] = [LIST, Ou("a", on=("list",), full_access=False)]
    made = plan(now, [LIST, Ou("a", on=("list",), full_access=None)])
    found = refusal(made, "unwritten-full-access")
    assert found.message == "ou:a does without FullAWSAccess today, and the files do not say if it should"
    assert found.way_out == (
        "write full_access: false there and attach what it may do, or full_access: true to give all back"
    )
    assert refused(plan(now, [LIST, Ou("a", on=("list",), full_access=True)])) == []
    assert refused(plan([D, Ou("a")], [D, Ou("a", on=("d",), full_access=None)])) == []


@pytest.mark.parametrize("at", [Root, Ou, Acc])
def test_on_no_node_full_access_comes_back_unwritten(at: type[Node]) -> None:
    def there(full_access: bool | None) -> list[Thing]:
        where: tuple[str, ...] = () if at is Root else ("a",)
        return [LIST, at(*where, on=("list",), full_access=full_access)]

    assert refused(plan(there(False), there(None))) == ["unwritten-full-access"]
    assert refused(plan(there(False), there(None), allow=("unwritten-full-access",))) == ["unwritten-full-access"]
    assert steps(plan(there(False), there(False))) == []
    given_back = plan(there(False), there(True))
    assert ([s.split("@")[0] for s in steps(given_back)], refused(given_back)) == (
        ["attach attachment:FullAWSAccess"],
        [],
    )


def test_a_new_node_and_a_new_type_bring_full_access_unwritten() -> None:
    silent: list[Thing] = [D, Ou("a", full_access=None), Acc("one", "a", full_access=None)]
    assert refused(plan([D], silent)) == []
    assert refused(plan(live(*silent, enabled=()), silent)) == []


def test_fullawsaccess_on_every_account_does_not_hide_that_all_guardrails_go() -> None:
    paths = [f"a{n}" for n in range(12)]
    accounts = [Acc(f"one{n}", paths[n % 12]) for n in range(400)]
    made = plan([D, *(Ou(path, on=("d",)) for path in paths), *accounts], [D, *map(Ou, paths), *accounts])
    assert refusal(made, "mass-change").message == (
        "12 of 12 resources of kind attachment would be changed or removed, more than 30 %"
    )


def test_where_the_type_is_not_on_yet_full_access_comes_with_it() -> None:
    now = live(Ou("a"), Acc("one", "a"), Ou("b"), enabled=())
    made = plan(now, [D, LIST, Ou("a"), Acc("one", "a"), Ou("b", on=("list",), full_access=False)])
    assert sorted(steps(made)) == [
        "attach attachment:list@ou:b",
        "create guardrail:d",
        "create guardrail:list",
        "detach attachment:FullAWSAccess@ou:b",
        f"enable policy-type:{SCP}",
    ]
    assert waits(made, "attachment:FullAWSAccess@ou:b", f"policy-type:{SCP}")
    assert refused(made) == []
    assert change(made, f"policy-type:{SCP}").risk is Risk.HIGH
    assert "FullAWSAccess" in change(made, f"policy-type:{SCP}").effects[0]


def test_where_the_files_have_no_service_control_policy_full_access_is_not_ours() -> None:
    now = [LIST, Root(full_access=False, on=("list",)), Ou("a"), Acc("one", "a")]
    now[0] = Policy("list", allow("svc:a"), tagged=FOREIGN)
    made = plan(now, [TAG, Root(), Ou("a"), Ou("new"), Acc("one", "a"), Acc("two", new=True)])
    assert sorted(steps(made)) == [
        "create account:two",
        "create guardrail:t",
        "create ou:new",
        "enable policy-type:TAG_POLICY",
    ]
    assert refused(made) == []


def test_where_nobody_uses_service_control_policies_full_access_is_not_there() -> None:
    _, snapshot = compared(live(Ou("a"), enabled=()), [TAG, Ou("a"), Ou("new")])
    assert not [a for a in snapshot.resources if "FullAWSAccess" in a.name]


def test_a_skipped_account_keeps_what_it_has() -> None:
    now = [D, LIST, Acc("one", state="suspended", on=("d",))]
    assert steps(plan(now, [D, LIST, Acc("one", on=("list",), full_access=False)])) == []


# Every node keeps an allow


def test_a_node_without_an_allow_is_refused() -> None:
    made = plan([D, Ou("a", on=("d",))], [D, Ou("a", on=("d",), full_access=False)])
    found = refusal(made, "no-effective-allow")
    assert found.message == (
        "no service control policy on ou:a would allow anything: every account there is locked out"
    )
    assert found.way_out == (
        f"leave full_access out and keep {SCP} under policy_types, or attach a guardrail with Allow statements there"
    )
    assert str(found.address) == "ou:a"


@pytest.mark.parametrize(
    "wanted",
    [Root(on=("d",), full_access=False), Acc("one", on=("d",), full_access=False)],
    ids=["root", "account"],
)
def test_the_root_and_accounts_need_an_allow_as_well(wanted: Root | Acc) -> None:
    assert refused(plan([D, Acc("one")], [D, Acc("one"), wanted])) == ["no-effective-allow"]


def test_a_list_that_is_rewritten_into_denials_locks_out() -> None:
    node = Ou("a", on=("list",), full_access=False)
    made = plan([LIST, node], [Policy("list", deny("svc:a")), node])
    assert refusal(made, "no-effective-allow").address is not None
    assert steps(made) == ["update guardrail:list"]


def test_a_resource_control_policy_is_no_allow() -> None:
    lists = Policy("r", allow("svc:a"), RCP)
    made = plan([lists, Ou("a")], [D, lists, Ou("a", on=("r",), full_access=False)])
    assert "no-effective-allow" in refused(made)


def test_a_type_that_comes_with_its_first_denial_locks_nobody_out() -> None:
    assert refused(plan(live(Ou("a"), enabled=()), [D, Ou("a", on=("d",))])) == []


def test_where_service_control_policies_are_off_no_allow_is_needed() -> None:
    assert refused(plan(live(Ou("a"), enabled=("TAG_POLICY",)), [TAG, Ou("a", on=("t",))])) == []


def test_a_lockout_that_is_there_already_does_not_stop_other_work() -> None:
    foreign = Policy("theirs", deny("svc:a"), tagged=FOREIGN)
    now = [D, foreign, Ou("theirs", tagged=FOREIGN, on=("theirs",), full_access=False)]
    assert refused(plan(now, [D, Root(on=("d",))])) == []


def test_what_could_not_be_read_may_allow() -> None:
    now = [Policy("list", None), D, Ou("a", on=("list",), full_access=False)]
    assert refused(plan(now, [LIST, D, Ou("a", on=("list", "d"), full_access=False)])) == []


# Slots


SLOTS = {
    "just enough": ([D, E, Ou("a", on=("e",))], [D, E, Ou("a", on=("d", "e"))], 3, 0),
    "one too many": ([D, E, Ou("a", on=("e",))], [D, E, Ou("a", on=("d", "e"))], 2, 1),
    "no quota known": ([D, E, Ou("a", on=("e",))], [D, E, Ou("a", on=("d", "e"))], None, 0),
    "not touched": ([D, E, Ou("a", on=("d", "e"))], [D, E, Ou("a", on=("d", "e"))], 1, 0),
    "one detached for it": ([D, E, Ou("a", on=("e",))], [D, E, Ou("a", on=("d",))], 2, 0),
    "detached from what is too full": ([D, E, Ou("a", on=("d", "e"))], [D, E, Ou("a", on=("e",))], 1, 0),
    "another type": ([D, TAG, Ou("a", on=("d",))], [D, TAG, Ou("a", on=("d", "t"))], 2, 0),
    "RCPFullAWSAccess counts": ([R, Ou("a")], [R, Ou("a", on=("r",))], 1, 1),
    "RCPFullAWSAccess and one": ([R, Ou("a")], [R, Ou("a", on=("r",))], 2, 0),
    "a tag policy has no such companion": ([TAG, Ou("a")], [TAG, Ou("a", on=("t",))], 1, 0),
}


@pytest.mark.parametrize(("now", "wanted", "slots", "refusals"), SLOTS.values(), ids=SLOTS.keys())
def test_slots(now: list[Thing], wanted: list[Thing], slots: int | None, refusals: int) -> None:
    assert (
        refused(plan(live(*now, enabled=(SCP, RCP, "TAG_POLICY")), wanted, slots=slots, gap=("a",)))
        == ["attachment-slots"] * refusals
    )


def test_a_node_that_would_be_too_full_is_no_gap_as_well() -> None:
    assert refused(plan([D, E, Ou("a", on=("e",))], [D, E, Ou("a", on=("d", "e"))], slots=2)) == ["attachment-slots"]


def test_what_others_have_attached_takes_a_slot() -> None:
    now = [D, Policy("theirs", deny("svc:c"), tagged=FOREIGN), Ou("a", on=("theirs",))]
    found = refusal(plan(now, [D, Ou("a", on=("d",))], slots=2), "attachment-slots")
    assert found.message == f"ou:a would carry 3 policies of type {SCP}, AWS takes 2: FullAWSAccess, d, theirs"
    assert found.way_out == "merge guardrails, attach some further up, or detach what others have attached"
    assert str(found.address) == "ou:a"


def test_a_new_node_is_counted_with_full_access() -> None:
    assert "attachment-slots" in refused(plan([D], [D, Ou("a", on=("d",))], slots=1))


# Nodes that AWS no longer shows


def test_an_attachment_to_a_node_that_vanished_between_two_reads_is_passed_over() -> None:
    whole = live(D, Ou("a", on=("d",)))
    torn = type(whole)(**{**{f: getattr(whole, f) for f in whole.__dataclass_fields__}, "units": ()})
    assert steps(plan(torn, files(D))) == []


def test_policies_on_the_management_account_bind_nobody_there_and_the_plan_says_so() -> None:
    manager = Acc("manager", id=MANAGEMENT, email="root@example.com", name="management")
    made = plan([D, R, TAG], [D, R, TAG, replace(manager, on=("d", "r", "t"))], allow=("mass-change",))
    (first, second) = told(made, "no-effect")
    assert first == (
        "L31 d is attached to the management account, whose principals and resources no service control policy binds; "
        "take it out of that account's file"
    )
    assert second.startswith("L31 r is attached to the management account")
    assert told(plan([D], [D, Root(on=("d",)), manager]), "no-effect") == []
