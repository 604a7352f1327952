"""Organizational units: renamed in place, deleted only when ours and empty, adopted with care."""

from __future__ import annotations

from dataclasses import replace

from factory.aws.records import AttachmentRecord, UnitRecord
from factory.core.change import Risk
from tests.kinds.scenes import (
    FOREIGN,
    Acc,
    Ou,
    Policy,
    Root,
    change,
    deny,
    fields,
    live,
    plan,
    refusal,
    refused,
    steps,
    told,
    waits,
)

D = Policy("d", deny("svc:a"))


def test_was_renames_in_place_and_what_is_below_follows() -> None:
    now = [D, Ou("old", on=("d",)), Ou("old/x"), Acc("one", "old/x")]
    made = plan(now, [D, Ou("new", was="old", on=("d",)), Ou("new/x"), Acc("one", "new/x")])
    assert steps(made) == ["update ou:new"]
    assert fields(made, "ou:new") == ["name"]
    assert made.changes[0].resource.id == "ou-old"


def test_without_was_it_is_another_unit() -> None:
    made = plan([Ou("old"), Acc("one", "old")], [Ou("new"), Acc("one", "new")])
    assert steps(made) == ["create ou:new", "move account:one", "remove ou:old"]
    assert waits(made, "ou:old", "account:one")
    assert waits(made, "account:one", "ou:new")


def test_was_that_is_left_behind_after_the_rename_means_nothing() -> None:
    assert steps(plan([Ou("new")], [Ou("new", was="old")])) == []


def test_was_is_ignored_where_the_new_name_is_taken() -> None:
    now = [Ou("new"), Ou("old"), Acc("one", "old")]
    made = plan(now, [Ou("new", was="old"), Acc("one", "new")])
    assert steps(made) == ["move account:one", "remove ou:old"]


def test_a_unit_and_the_one_below_it_are_renamed_together() -> None:
    made = plan([Ou("a"), Ou("a/x"), Acc("one", "a/x")], [Ou("b", was="a"), Ou("b/y", was="a/x"), Acc("one", "b/y")])
    assert sorted(steps(made)) == ["update ou:b", "update ou:b/y"]


def test_a_unit_under_another_parent_is_made_anew_and_the_old_one_removed() -> None:
    """AWS cannot move a unit, so its accounts move straight from the one to the other."""
    now = [Ou("a"), Ou("a/x"), Ou("b"), Acc("one", "a/x")]
    made = plan(now, [Ou("a"), Ou("b"), Ou("b/x", was="a/x"), Acc("one", "b/x")])
    assert steps(made) == ["create ou:b/x", "move account:one", "remove ou:a/x"]
    made = plan(now, [Ou("a"), Ou("b"), Ou("b/y", was="a/x"), Acc("one", "b/y")])
    assert steps(made) == ["create ou:b/y", "move account:one", "remove ou:a/x"]


def test_a_name_is_only_taken_among_siblings() -> None:
    made = plan([Ou("a"), Ou("a/old"), Ou("new")], [Ou("a"), Ou("a/new", was="a/old"), Ou("new")])
    assert steps(made) == ["update ou:a/new"]


def test_ours_empty_and_undeclared_is_removed_children_first() -> None:
    made = plan([Ou("a"), Ou("a/x")], [])
    assert steps(made) == ["remove ou:a/x", "remove ou:a"]
    assert {c.risk for c in made.changes} == {Risk.HIGH}
    assert told(made, "foreign") == []


def test_attachments_go_with_their_unit() -> None:
    made = plan([D, Ou("a", on=("d",))], [])
    assert steps(made) == ["remove ou:a", "delete guardrail:d"]
    assert change(made, "ou:a").effects == (
        "AWS removes attachment:FullAWSAccess@ou:a with it",
        "AWS removes attachment:d@ou:a with it",
    )


def test_foreign_units_are_named_and_left() -> None:
    made = plan([Ou("a", tagged=FOREIGN), Ou("b", tagged="other")], [])
    assert steps(made) == []
    assert told(made, "foreign") == ["organizational units that no file declares, left alone: ou:a, ou:b"]


def test_a_unit_that_holds_an_undeclared_account_stays() -> None:
    made = plan([Ou("a"), Acc("one", "a", id="222222222222")], [])
    assert steps(made) == []
    assert told(made, "kept") == [
        "ou:a is gone from the files but must wait: account:222222222222 (one) still needs it"
    ]


def test_a_closed_account_is_named_as_the_reason_why_a_unit_stays() -> None:
    made = plan([Ou("a"), Acc("one", "a", id="222222222222", state="closed")], [])
    assert told(made, "kept") == [
        "ou:a is gone from the files but must wait: account:222222222222 (one; CLOSED, AWS drops it up to 90 days "
        "after closing) still needs it"
    ]


def test_a_unit_that_holds_a_foreign_unit_stays() -> None:
    made = plan([Ou("a"), Ou("a/x", tagged=FOREIGN)], [])
    assert steps(made) == []
    assert "ou:a/x" in told(made, "kept")[0]


def test_what_exists_without_our_tag_is_adopted_first() -> None:
    made = plan([Ou("a", tagged=FOREIGN)], [Ou("a")])
    assert steps(made) == ["adopt ou:a"]
    assert fields(made, "ou:a") == ["tags.factory:managed"]
    assert told(made, "foreign") == []
    assert made.changes[0].risk is Risk.LOW


def test_adopting_under_another_name_is_worth_a_look() -> None:
    made = plan([Ou("old", tagged=FOREIGN)], [Ou("new", was="old")])
    assert steps(made) == ["adopt ou:new"]
    assert made.changes[0].risk is Risk.HIGH


def test_renaming_what_is_ours_is_not() -> None:
    assert plan([Ou("old")], [Ou("new", was="old")]).changes[0].risk is Risk.LOW


def test_another_instance_keeps_what_it_has() -> None:
    made = plan([Ou("a", tagged="other")], [Ou("a")])
    found = refusal(made, "foreign-owner")
    assert found.message == "ou:a is managed by the instance 'other', not 'main'"
    assert found.way_out == "take it out of these files, or remove the tag factory:managed from it first"
    assert str(found.address) == "ou:a"


def test_tags_that_no_file_declares_stay_with_a_notice() -> None:
    made = plan([Ou("a", tags={"team": "x", "aws:made-by": "aws"})], [Ou("a", tags={"cost": "1"})])
    assert fields(made, "ou:a") == ["tags.cost"]
    assert told(made, "extra-tags") == ["tags that no file declares, left alone: ou:a (team)"]


def test_tags_on_what_is_not_ours_yet_are_nobodys_leftovers() -> None:
    assert told(plan([Ou("a", tagged=FOREIGN, tags={"team": "x"})], [Ou("a")]), "extra-tags") == []


def test_a_unit_is_built_before_what_is_in_it() -> None:
    made = plan([], [D, Ou("a"), Ou("a/x", on=("d",)), Acc("one", "a/x"), Root()])
    for later, earlier in [("ou:a/x", "ou:a"), ("account:one", "ou:a/x"), ("attachment:d@ou:a/x", "ou:a/x")]:
        assert waits(made, later, earlier)
    assert refused(made) == []


def test_a_slash_in_a_name_that_somebody_typed_goes_no_level_down() -> None:
    """AWS takes ``a/b`` as a name at the root; it is not the unit b in the unit a."""
    now = live(D, Ou("a"))
    odd = UnitRecord("ou-odd", "", "a/b", "r-root")
    hung = AttachmentRecord("p-d", "ou-odd", "")
    now = replace(now, units=(odd, *now.units), attachments=(*now.attachments, hung))
    made = plan(now, [D, Ou("a"), Ou("a/b")])
    assert (steps(made), refused(made)) == (["create ou:a/b"], [])
    assert told(made, "foreign") == ["organizational units that no file declares, left alone: ou:a%2Fb"]
    assert told(made, "unmanaged") == [
        "attachments of ours on nodes that no file declares, left alone: attachment:d@ou:a%2Fb"
    ]
    assert steps(plan(now, [D, Ou("a")])) == []
