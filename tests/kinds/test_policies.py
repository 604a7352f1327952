"""Policies and their types: what is switched on, compared, adopted, and what cannot be read."""

from __future__ import annotations

import pytest

from factory.core.address import guardrail
from factory.core.change import Risk
from factory.core.policy_types import RCP, SCP
from factory.core.resource import Gap
from tests.kinds.scenes import (
    FOREIGN,
    Acc,
    Ou,
    Policy,
    Root,
    Thing,
    allow,
    change,
    deny,
    fields,
    files,
    live,
    plan,
    refusal,
    refused,
    steps,
    told,
    waits,
)

D = Policy("d", deny("svc:a"))
TAG = Policy("t", {"tags": {}}, "TAG_POLICY")
UNREAD = Policy("d", None)
LIST = Policy("list", allow("svc:a"))


def test_types_are_inferred_from_the_guardrails() -> None:
    made = plan(live(enabled=()), [D, TAG])
    assert [s for s in steps(made) if s.startswith("enable")] == [
        f"enable policy-type:{SCP}",
        "enable policy-type:TAG_POLICY",
    ]
    for policy, policy_type in [("d", SCP), ("t", "TAG_POLICY")]:
        assert waits(made, f"guardrail:{policy}", f"policy-type:{policy_type}")


def test_types_that_are_named_are_the_ones() -> None:
    assert steps(plan(live(enabled=()), files(policy_types=(RCP, "TAG_POLICY")))) == [
        f"enable policy-type:{RCP}",
        "enable policy-type:TAG_POLICY",
    ]
    assert steps(plan(live(enabled=(SCP,)), files(policy_types=()))) == []


def test_a_type_that_nobody_uses_any_more_stays_on() -> None:
    assert steps(plan(live(enabled=(SCP, RCP)), files())) == []


def test_a_type_that_is_half_on_is_waited_for() -> None:
    made = plan(live(D, statuses={SCP: "PENDING_ENABLE"}), [D])
    assert steps(made) == [f"enable policy-type:{SCP}"]
    assert made.changes[0].before is not None


def test_all_features_come_before_any_policy_type() -> None:
    made = plan(live(features="CONSOLIDATED_BILLING", enabled=()), [TAG])
    assert steps(made)[0] == "enable organization:settings"
    assert waits(made, "policy-type:TAG_POLICY", "organization:settings")
    assert made.changes[0].risk is Risk.IRREVERSIBLE
    assert "invited account" in made.changes[0].effects[0]


def test_the_same_document_in_other_words_is_no_change() -> None:
    content = {"Statement": [{"Resource": "*", "Action": "svc:a", "Effect": "Deny"}], "Version": "2012-10-17"}
    assert steps(plan([Policy("d", content)], [D])) == []


def test_another_document_is_rewritten() -> None:
    made = plan([D], [Policy("d", deny("svc:b"))])
    assert (steps(made), fields(made, "guardrail:d")) == (["update guardrail:d"], ["content"])
    assert made.changes[0].risk is Risk.HIGH


def test_a_new_document_acts_on_nothing_yet() -> None:
    assert [c.risk for c in plan([], [D]).changes] == [Risk.LOW]


def test_another_description_is_a_small_thing() -> None:
    made = plan([D], [Policy("d", deny("svc:a"), description="new")])
    assert (fields(made, "guardrail:d"), made.changes[0].risk) == (["description"], Risk.LOW)


def test_ours_and_gone_is_deleted_foreign_is_not() -> None:
    made = plan([D, Policy("theirs", deny("svc:b"), tagged=FOREIGN), Policy("others", deny("svc:c"), tagged="x")], [])
    assert steps(made) == ["delete guardrail:d"]
    assert made.changes[0].risk is Risk.HIGH


def test_adopting_what_is_equal_is_harmless_what_differs_is_not() -> None:
    equal = plan([Policy("d", deny("svc:a"), tagged=FOREIGN)], [D])
    assert (steps(equal), fields(equal, "guardrail:d")) == (["adopt guardrail:d"], ["tags.factory:managed"])
    assert equal.changes[0].risk is Risk.LOW
    other = plan([Policy("d", deny("svc:b"), tagged=FOREIGN)], [D])
    assert (steps(other), other.changes[0].risk) == (["adopt guardrail:d"], Risk.HIGH)


def test_a_policy_keeps_its_type() -> None:
    made = plan([D], [Policy("d", deny("svc:a"), RCP)])
    found = refusal(made, "immutable")
    assert found.message == f"guardrail:d is a {SCP} in AWS and cannot become a {RCP}"
    assert found.way_out == "give the new policy a file name of its own"


def test_of_two_policies_with_one_name_the_declared_type_is_meant() -> None:
    now = [Policy("d", deny("svc:z"), RCP, tagged=FOREIGN, id="p-1"), Policy("d", deny("svc:a"), id="p-2")]
    made = plan(now, [Policy("d", deny("svc:b"))])
    assert (steps(made), refused(made)) == (["update guardrail:d"], [])
    assert made.changes[0].resource.id == "p-2"


def test_a_policy_that_is_only_called_like_aws_own_does_not_take_its_place() -> None:
    now: list[Thing] = [Policy("FullAWSAccess", {"tags": {}}, "TAG_POLICY", tagged=FOREIGN, id="p-000"), LIST]
    now += [Ou("a", on=("list",)), Ou("b")]
    made = plan(now, [LIST, Ou("a", on=("list",), full_access=False), Ou("b")])
    assert (steps(made), refused(made)) == (["detach attachment:FullAWSAccess@ou:a"], [])
    assert made.book[guardrail("FullAWSAccess")] == "p-FullAWSAccess"
    assert made.book[guardrail("FullAWSAccess (TAG_POLICY)")] == "p-000"


# What could not be read


def test_a_document_that_could_not_be_read_is_not_compared_and_not_deleted() -> None:
    for now in (UNREAD, Policy("d", None, tagged=FOREIGN)):
        made = plan([now], [D])
        assert steps(made) == []
        assert told(made, "unread") == ["guardrail:d could not be read, so it is not compared"]


def test_what_nobody_declares_is_not_worth_reading() -> None:
    made = plan([UNREAD, Policy("theirs", None, tagged=FOREIGN)], [])
    assert (steps(made), told(made, "unread")) == (["delete guardrail:d"], [])


def test_attachments_of_what_is_not_adopted_stay() -> None:
    made = plan([Policy("d", None, tagged=FOREIGN), Ou("a", on=("d",))], [D, Ou("a")])
    assert steps(made) == []


def test_what_could_not_be_read_and_is_not_known_to_be_ours_is_attached_nowhere() -> None:
    wanted: list[Thing] = [D, Root(on=("d",)), Ou("a", on=("d",)), Acc("one", "a", on=("d",))]
    bare: list[Thing] = [Ou("a"), Acc("one", "a")]
    assert steps(plan([Policy("d", None, tagged=FOREIGN), *bare], wanted)) == []
    assert steps(plan([Policy("d", None, tagged="other"), *bare], wanted)) == []
    ours = steps(plan([UNREAD, *bare], wanted))
    assert sorted(ours) == [f"attach attachment:d@{node}" for node in ("account:one", "ou:a", "root")]


def test_an_unread_policy_is_moved_as_if_it_denied_something() -> None:
    made = plan([UNREAD, Root(on=("d",)), Ou("a")], [D, Root(), Ou("a", on=("d",))])
    assert steps(made) == ["attach attachment:d@ou:a", "detach attachment:d@root"]


def test_nothing_is_deleted_in_a_kind_that_could_not_be_read_whole() -> None:
    gap = Gap("guardrail", "organizations:ListPolicies is not allowed to these credentials")
    made = plan(live(D, Ou("a"), gaps=(gap,)), [])
    found = refusal(made, "deletion-in-gap")
    assert found.message == (
        "guardrail:d would be removed, but guardrail could not be read whole: "
        "organizations:ListPolicies is not allowed to these credentials"
    )
    assert found.way_out == "give the caller the missing right, or run again when AWS answers"
    assert str(found.address) == "guardrail:d"
    assert told(made, "gap") == ["guardrail: organizations:ListPolicies is not allowed to these credentials"]


def test_a_gap_stops_deletions_of_its_kind_and_nothing_else() -> None:
    gap = Gap("attachment", "no")
    made = plan(live(D, Ou("a"), gaps=(gap,)), [Policy("e", allow("svc:a"))])
    assert {"delete guardrail:d", "remove ou:a", "create guardrail:e"} <= set(steps(made))
    assert refused(made) == ["deletion-in-gap"], "where a policy is attached is unknown, so it is not deleted"
    assert refused(plan(live(Ou("a"), gaps=(gap,)), [])) == []
    assert refused(plan(live(D, gaps=(gap,)), [Policy("e", allow("svc:a"))])) == ["deletion-in-gap"], "may be attached"
    detaching = plan(live(D, Root(on=("d",)), gaps=(gap,)), [D, Policy("e", allow("svc:a"))])
    assert refused(detaching) == ["deletion-in-gap"]
    assert str(change(detaching, "attachment:d@root").address) == "attachment:d@root"


# What is attached where could not be read


@pytest.mark.parametrize("kind", ["attachment", "guardrail"])
def test_while_that_is_unknown_nothing_is_moved_or_rewritten(kind: str) -> None:
    gaps = (Gap(kind, "not allowed"),)
    units: list[Thing] = [Ou("a"), Ou("b")]

    def rules(now: list[Thing], wanted: list[Thing]) -> set[str]:
        return set(refused(plan(live(*units, *now, gaps=gaps), [*units, *wanted])))

    moves = plan(live(*units, Acc("one", "a"), gaps=gaps), [*units, Acc("one", "b")])
    assert refusal(moves, "blind-change").message == (
        f"move account:one: {kind} could not be read whole, so what it does to the guard is unknown: not allowed"
    )
    assert rules([Acc("one", "a", tagged=FOREIGN)], [Acc("one", "b")]) == {"blind-change"}
    assert rules([D], [Policy("d", deny("svc:b"))]) == {"blind-change"}
    assert rules([Policy("d", deny("svc:a"), tagged=FOREIGN)], [Policy("d", deny("svc:b"))]) == {"blind-change"}


@pytest.mark.parametrize("kind", ["attachment", "guardrail"])
def test_no_account_is_made_where_its_guard_is_unknown(kind: str) -> None:
    unread = Policy("t", None, tagged=FOREIGN)
    now = live(Ou("a"), unread, gaps=(Gap(kind, "not allowed"),))
    made = plan(now, [Policy("t", deny("svc:t")), Ou("a", on=("t",)), Acc("two", "a")])
    assert refused(made) == ["blind-change"]


@pytest.mark.parametrize("kind", ["attachment", "guardrail"])
def test_while_that_is_unknown_what_only_comes_may_come(kind: str) -> None:
    gaps = (Gap(kind, "not allowed"),)
    made = plan(
        live(D, Ou("a"), Acc("one", "a"), Policy("t", deny("svc:t"), tagged=FOREIGN), gaps=gaps),
        [
            *(D, Policy("e", deny("svc:b")), Policy("t", deny("svc:t")), Ou("a", on=("d", "e")), Ou("b")),
            Acc("one", "a", name="new"),
        ],
    )
    assert refused(made) == []
    assert {step.split()[0] for step in steps(made)} == {"adopt", "attach", "create", "update"}
