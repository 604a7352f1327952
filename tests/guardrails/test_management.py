"""Management policies folded, by the examples of the Organizations User Guide, "Inheritance operators" and "Inheritance
examples" (policies A to K there), and "AI services opt-out policy syntax and examples"."""

from __future__ import annotations

from typing import Any

import pytest

from factory.guardrails.management import ALLOWED, Conflict, Effective, Fault, Ignored, Source, fold

Document = dict[str, Any]


def tag(name: str, **parts: Any) -> Document:
    return {"tags": {name: parts}}


A = tag("costcenter", tag_key={"@@assign": "CostCenter"}, tag_value={"@@assign": ["Development", "Support"]})
B = tag(
    "costcenter",
    tag_key={"@@assign": "CostCenter"},
    tag_value={"@@assign": ["Sandbox"]},
    enforced_for={"@@assign": ["redshift:*", "dynamodb:table"]},
)
C = tag(
    "costcenter",
    tag_key={"@@assign": "CostCenter"},
    tag_value={"@@append": ["Marketing"]},
    enforced_for={"@@append": ["redshift:*", "dynamodb:table"]},
)
D = tag(
    "costcenter",
    tag_value={"@@remove": ["Development", "Marketing"]},
    enforced_for={"@@remove": ["redshift:*", "dynamodb:table"]},
)
E = tag(
    "project",
    tag_key={ALLOWED: ["@@none"], "@@assign": "Project"},
    tag_value={ALLOWED: ["@@append"], "@@assign": ["Maintenance", "Escalations"]},
)
F = tag("project", tag_key={"@@assign": "PROJECT"}, tag_value={"@@append": ["Escalations - research"]})
G = tag("project", tag_value={ALLOWED: ["@@append"], "@@assign": ["Maintenance"]})
H = tag("project", tag_value={ALLOWED: ["@@append", "@@remove"]})
J = tag("project", tag_key={"@@assign": "PROJECT"}, tag_value={"@@append": ["Maintenance"]})
K = tag("project", tag_key={"@@assign": "project"})


def folded(*levels: dict[str, Document], kind: str = "TAG_POLICY") -> Effective:
    """Levels as mappings of a policy's name to its document; they are called root, unit, account."""
    return fold(
        [(name, list(each.items())) for name, each in zip(("root", "unit", "account"), levels, strict=False)], kind
    )


def test_example_1_a_child_overwrites() -> None:
    assert folded({"A": A}, {"B": B}) == Effective(
        {
            "tags": {
                "costcenter": {
                    "tag_key": "CostCenter",
                    "tag_value": ["Sandbox"],
                    "enforced_for": ["redshift:*", "dynamodb:table"],
                }
            }
        }
    )


def test_example_2_a_child_appends() -> None:
    found = folded({"A": A}, {"C": C}).document["tags"]["costcenter"]
    assert found["tag_value"] == ["Development", "Support", "Marketing"]
    assert found["enforced_for"] == ["redshift:*", "dynamodb:table"], "appending to nothing adds"


def test_example_3_a_child_removes() -> None:
    found = folded({"A": A}, {"C": C}, {"D": D}).document
    assert found == {"tags": {"costcenter": {"tag_key": "CostCenter", "tag_value": ["Support"]}}}


def test_example_4_a_parent_restricts() -> None:
    found = folded({"E": E}, {"F": F})
    assert found.document["tags"]["project"] == {
        "tag_key": "Project",
        "tag_value": ["Maintenance", "Escalations", "Escalations - research"],
    }
    path = ("tags", "project", "tag_key")
    assert found.notices == (Ignored(path, "@@assign", Source("unit", "F"), Source("root", "E")),)


def test_example_5_restrictions_of_one_level_both_count() -> None:
    remove = tag("project", tag_value={"@@remove": ["Maintenance"]})
    append = tag("project", tag_value={"@@append": ["More"]})
    for root in ({"G": G, "H": H}, {"H": H, "G": G}):
        assert folded(root, {"x": append}).document["tags"]["project"]["tag_value"] == ["Maintenance", "More"]
        found = folded(root, {"x": remove})
        assert found.document["tags"]["project"]["tag_value"] == ["Maintenance"]
        assert [each.locked_by for each in found.notices] == [Source("root", "G")]


def test_example_6_what_hangs_on_the_order_of_attaching_is_a_conflict() -> None:
    for root in ({"J": J, "K": K}, {"K": K, "J": J}):
        found = folded(root)
        (conflict,) = found.conflicts
        assert conflict.path == ("tags", "project", "tag_key")
        assert set(conflict.sources) == {Source("root", "J"), Source("root", "K")}
        assert conflict.reason == "they assign different values"
        assert found.document == {"tags": {"project": {"tag_value": ["Maintenance"]}}}


def test_a_restriction_does_not_bind_its_own_level() -> None:
    lock = tag("project", tag_value={ALLOWED: ["@@none"]})
    found = folded({"lock": lock, "J": J})
    assert found.document["tags"]["project"]["tag_value"] == ["Maintenance"]
    assert not found.notices


def opt_out(value: str, *, locked: bool = False) -> Document:
    lock = {ALLOWED: ["@@none"]} if locked else {}
    return {"services": {**lock, "default": {**lock, "opt_out_policy": {**lock, "@@assign": value}}}}


def test_the_opt_out_of_ai_services_that_is_locked() -> None:
    back = {"services": {"default": {"opt_out_policy": {"@@assign": "optIn"}}}}
    other = {"services": {"lex": {"opt_out_policy": {"@@assign": "optIn"}}}}
    found = folded(
        {"out": opt_out("optOut", locked=True)}, {"in": back, "lex": other}, kind="AISERVICES_OPT_OUT_POLICY"
    )
    assert found.document == {"services": {"default": {"opt_out_policy": "optOut"}}}
    assert [each.path[1] for each in found.notices] == ["default", "lex"]
    assert {each.locked_by for each in found.notices} == {Source("root", "out")}
    loose = folded({"out": opt_out("optOut")}, {"in": back}, kind="AISERVICES_OPT_OUT_POLICY")
    assert loose.document == {"services": {"default": {"opt_out_policy": "optIn"}}}


AI = "AISERVICES_OPT_OUT_POLICY"
LEX = {"services": {"lex": {"opt_out_policy": {"@@assign": "optIn"}}}}
LOCKED = {ALLOWED: ["@@none"]}


def test_a_lock_covers_what_is_at_its_place_and_what_would_be_added_there() -> None:
    """ "AI services opt-out policy syntax and examples", on the three locks of example 1."""
    value = {"@@assign": "optOut"}
    back = {"services": {"default": {"opt_out_policy": {"@@assign": "optIn"}}}}
    more = {"services": {"default": {"other": {"@@assign": "optIn"}}}}
    locks: dict[str, tuple[Document, list[Document]]] = {
        "services": ({"services": {**LOCKED, "default": {"opt_out_policy": value}}}, [LEX]),
        "default": ({"services": {"default": {**LOCKED, "opt_out_policy": value}}}, [more]),
        "opt_out_policy": ({"services": {"default": {"opt_out_policy": {**LOCKED, **value}}}}, [back]),
    }
    for place, (parent, stopped) in locks.items():
        for child in (LEX, more, back):
            found = folded({"parent": parent}, {"child": child}, kind=AI)
            assert bool(found.notices) is (child in stopped), (place, child)
            assert (found.document == folded({"parent": parent}, kind=AI).document) is (child in stopped)


def test_example_2_of_ai_policies_a_child_opts_in_to_one_service() -> None:
    parent = {"services": {"default": {**LOCKED, "opt_out_policy": {**LOCKED, "@@assign": "optOut"}}}}
    assert folded({"parent": parent}, {"child": LEX}, kind=AI) == Effective(
        {"services": {"default": {"opt_out_policy": "optOut"}, "lex": {"opt_out_policy": "optIn"}}}
    )


def test_example_4_of_backup_policies_a_child_adds_a_plan_and_changes_none() -> None:
    def plan(vault: str, **more: Any) -> Document:
        return {"rules": {**more, "hourly": {**more, "target_backup_vault_name": {**more, "@@assign": vault}}}, **more}

    parent = {"plans": {ALLOWED: ["@@append"], "pii": plan("locked", **LOCKED)}}
    child = {"plans": {"monthly": plan("other"), "pii": plan("other")}}
    found = folded({"parent": parent}, {"child": child}, kind="BACKUP_POLICY")
    vaults = {name: each["rules"]["hourly"] for name, each in found.document["plans"].items()}
    assert vaults == {
        "pii": {"target_backup_vault_name": "locked"},
        "monthly": {"target_backup_vault_name": "other"},
    }
    assert [each.path[1] for each in found.notices] == ["pii"]


@pytest.mark.parametrize(("allowed", "added"), [("@@assign", True), ("@@append", True), ("@@remove", False)])
def test_sections_are_added_where_a_child_may_assign_or_append(allowed: str, added: bool) -> None:
    parent = {"services": {ALLOWED: [allowed], "default": {"opt_out_policy": {"@@assign": "optOut"}}}}
    assert ("lex" in folded({"parent": parent}, {"child": LEX}, kind=AI).document["services"]) is added


def test_a_section_that_was_refused_is_not_there_for_the_levels_below() -> None:
    parent = {"services": {**LOCKED, "default": {"opt_out_policy": {"@@assign": "optOut"}}}}
    only_a_lock = {"services": {"lex": {"opt_out_policy": {ALLOWED: ["@@all"]}}}}
    for unit in (LEX, only_a_lock):
        found = folded({"parent": parent}, {"unit": unit}, {"account": LEX}, kind=AI)
        assert "lex" not in found.document["services"]
        assert found.notices[-1].locked_by == Source("root", "parent")


def test_what_is_locked_cannot_be_opened_again() -> None:
    """Of an inherited limit the page says: "you can't reverse that rule in a child policy"."""
    opened = {"services": {ALLOWED: ["@@all"], "default": {"opt_out_policy": {ALLOWED: ["@@all"]}}}}
    back = {"services": {"default": {"opt_out_policy": {"@@assign": "optIn"}}}}
    found = folded({"out": opt_out("optOut", locked=True)}, {"open": opened}, {"in": back})
    assert found.document["services"]["default"]["opt_out_policy"] == "optOut"
    assert len(found.notices) == 1


def test_a_lock_tightens_on_the_way_down() -> None:
    unit = tag("project", tag_value={ALLOWED: ["@@none"]})
    more = tag("project", tag_value={"@@append": ["x"]})
    found = folded({"E": E}, {"unit": unit}, {"more": more})
    assert [each.locked_by for each in found.notices] == [Source("unit", "unit")]


CONFLICTS: dict[str, tuple[dict[str, Document], str]] = {
    "assign and append": (
        {"a": tag("x", v={"@@assign": ["1"]}), "b": tag("x", v={"@@append": ["2"]})},
        "one assigns what another changes with @@append",
    ),
    "append and remove of one value": (
        {"a": tag("x", v={"@@append": ["1"]}), "b": tag("x", v={"@@remove": ["1", "2"]})},
        "one appends what another removes",
    ),
    "the same value is no conflict": ({"a": tag("x", v={"@@assign": ["1"]}), "b": tag("x", v={"@@assign": ["1"]})}, ""),
    "two appends are none": ({"a": tag("x", v={"@@append": ["1"]}), "b": tag("x", v={"@@append": ["2"]})}, ""),
    "append and remove of others are none": (
        {"a": tag("x", v={"@@append": ["1"]}), "b": tag("x", v={"@@remove": ["2"]})},
        "",
    ),
    "one policy may do several": ({"a": tag("x", v={"@@assign": ["1"], "@@append": ["2"]})}, ""),
    "different keys are none": ({"a": tag("x", v={"@@assign": ["1"]}), "b": tag("y", v={"@@assign": ["2"]})}, ""),
}


@pytest.mark.parametrize(("root", "reason"), CONFLICTS.values(), ids=CONFLICTS.keys())
def test_conflicts(root: dict[str, Document], reason: str) -> None:
    found = folded(root)
    assert [each.reason for each in found.conflicts] == ([reason] if reason else [])
    assert not found.faults


def test_in_a_conflict_what_came_from_above_stays() -> None:
    found = folded({"A": A}, {"x": tag("costcenter", tag_value={"@@assign": ["1"]}), "B": B})
    assert found.document["tags"]["costcenter"]["tag_value"] == ["Development", "Support"]
    assert isinstance(found.conflicts[0], Conflict)


def test_what_is_forbidden_anyway_is_no_conflict() -> None:
    found = folded({"E": E}, {"F": F, "K": K})
    assert not found.conflicts
    assert len(found.notices) == 2


FAULTS: dict[str, tuple[Document, tuple[str, ...], str]] = {
    "a value alone": (tag("x", v="1"), ("tags", "x", "v"), "a value without an operator: write @@assign above it"),
    "case matters": (
        tag("x", v={"@@Assign": "1"}),
        ("tags", "x", "v", "@@Assign"),
        "no operator: @@Assign; their case matters",
    ),
    "no such permission": (
        tag("x", v={ALLOWED: ["@@some"]}),
        ("tags", "x", "v", ALLOWED),
        "no operator: @@some",
    ),
}


@pytest.mark.parametrize(("document", "path", "reason"), FAULTS.values(), ids=FAULTS.keys())
def test_faults(document: Document, path: tuple[str, ...], reason: str) -> None:
    assert folded({"p": document}).faults == (Fault(path, Source("root", "p"), reason),)


def test_lists_only() -> None:
    found = folded({"A": tag("x", v={"@@assign": "1"})}, {"b": tag("x", v={"@@append": ["2"]})})
    assert found.document == {"tags": {"x": {"v": "1"}}}
    assert found.faults[0].reason == "@@append works on lists, and this is a single value"


def test_tag_keys_are_the_same_in_any_case_other_names_are_not() -> None:
    levels = ({"a": tag("CostCenter", v={"@@assign": ["1"]})}, {"b": tag("costcenter", v={"@@append": ["2"]})})
    assert folded(*levels).document == {"tags": {"CostCenter": {"v": ["1", "2"]}}}
    other = folded(*levels, kind="BACKUP_POLICY").document
    assert other == {"tags": {"CostCenter": {"v": ["1"]}, "costcenter": {"v": ["2"]}}}


def test_a_backup_policy_keeps_its_nesting() -> None:
    plan = {
        "plans": {
            "daily": {"regions": {"@@assign": ["eu-west-1"]}, "rules": {"r": {"lifecycle": {"d": {"@@assign": "35"}}}}}
        }
    }
    more = {"plans": {"daily": {"regions": {"@@append": ["eu-central-1"]}}}}
    assert folded({"plan": plan}, {"more": more}, kind="BACKUP_POLICY").document == {
        "plans": {"daily": {"regions": ["eu-west-1", "eu-central-1"], "rules": {"r": {"lifecycle": {"d": "35"}}}}}
    }


def test_declarative_policies_replace_value_by_value() -> None:
    def imds(**values: str) -> Document:
        found = {name: {"@@assign": value} for name, value in values.items()}
        return {"ec2_attributes": {"instance_metadata_defaults": found}}

    found = folded({"a": imds(http_tokens="required", hops="2")}, {"b": imds(hops="4")}, kind="DECLARATIVE_POLICY_EC2")
    assert found.document["ec2_attributes"]["instance_metadata_defaults"] == {"http_tokens": "required", "hops": "4"}


def test_nothing_attached_is_an_empty_policy() -> None:
    assert folded({}, {}, {}) == Effective({})
    assert fold([]) == Effective({})
