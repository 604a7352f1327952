"""What AWS does about organizational units and the tree."""

from __future__ import annotations

from tests.contract.scene import QUOTAS, Rule, Scene, api


def _rename_to_own_name(scene: Scene) -> object:
    unit = scene.unit("same")
    return scene.org.update_organizational_unit(OrganizationalUnitId=unit, Name="same")


def _same_name_elsewhere(scene: Scene) -> object:
    return scene.unit("prod", scene.unit("a")) != scene.unit("prod", scene.unit("b"))


def _rename_to_name_used_elsewhere(scene: Scene) -> object:
    scene.unit("prod", scene.unit("a"))
    return scene.org.update_organizational_unit(OrganizationalUnitId=scene.unit("b"), Name="prod")


def _rename_to_sibling(scene: Scene) -> object:
    scene.unit("a")
    return scene.org.update_organizational_unit(OrganizationalUnitId=scene.unit("b"), Name="a")


def _delete_with_child(scene: Scene) -> object:
    unit = scene.unit("a")
    scene.unit("b", unit)
    return scene.org.delete_organizational_unit(OrganizationalUnitId=unit)


def _delete_with_account(scene: Scene) -> object:
    unit, account = scene.unit("a"), scene.member_account()
    scene.org.move_account(AccountId=account, SourceParentId=scene.root, DestinationParentId=unit)
    return scene.org.delete_organizational_unit(OrganizationalUnitId=unit)


def _delete_with_closed_account(scene: Scene) -> object:
    unit, account = scene.unit("a"), scene.member_account()
    scene.org.move_account(AccountId=account, SourceParentId=scene.root, DestinationParentId=unit)
    scene.org.close_account(AccountId=account)
    scene.wait(120)
    return scene.org.delete_organizational_unit(OrganizationalUnitId=unit)


def _deleted_unit_is_no_target(scene: Scene) -> object:
    scene.enable()
    unit, policy = scene.unit("a"), scene.policy()
    scene.org.attach_policy(PolicyId=policy, TargetId=unit)
    scene.org.delete_organizational_unit(OrganizationalUnitId=unit)
    return scene.org.list_targets_for_policy(PolicyId=policy)["Targets"] == []


def _deleted_unit_frees_name(scene: Scene) -> object:
    scene.org.delete_organizational_unit(OrganizationalUnitId=scene.unit("a"))
    return scene.unit("a")


def _path(scene: Scene) -> object:
    upper = scene.unit("a")
    lower = scene.unit("b", upper)
    shown = scene.org.describe_organizational_unit(OrganizationalUnitId=lower)["OrganizationalUnit"]
    organization = scene.org.describe_organization()["Organization"]["Id"]
    return shown.get("Path") == f"{organization}/{scene.root}/{upper}/{lower}/"


def _children(scene: Scene) -> object:
    upper = scene.unit("a")
    lower = scene.unit("b", upper)
    found = scene.org.list_children(ParentId=upper, ChildType="ORGANIZATIONAL_UNIT")["Children"]
    return found == [{"Id": lower, "Type": "ORGANIZATIONAL_UNIT"}]


def _parents(scene: Scene) -> object:
    upper = scene.unit("a")
    found = scene.org.list_parents(ChildId=scene.unit("b", upper))["Parents"]
    return found == [{"Id": upper, "Type": "ORGANIZATIONAL_UNIT"}]


MISSING = "ou-abcd-12345678"

RULES = (
    Rule(
        "two units of one parent with one name",
        api("CreateOrganizationalUnit"),
        lambda s: (s.unit("a"), s.unit("a")),
        "DuplicateOrganizationalUnitException",
    ),
    Rule("units of one name under different parents", api("CreateOrganizationalUnit"), _same_name_elsewhere, moto=True),
    Rule(
        "a unit under a parent that is not there",
        api("CreateOrganizationalUnit"),
        lambda s: s.unit("a", MISSING),
        "ParentNotFoundException",
    ),
    Rule("a fifth level of units", QUOTAS, lambda s: s.tower(5), moto=True),
    Rule(
        "a sixth level of units",
        QUOTAS,
        lambda s: s.tower(6),
        "ConstraintViolationException",
        "OU_DEPTH_LIMIT_EXCEEDED",
    ),
    Rule(
        "more units than the quota",
        QUOTAS,
        lambda s: [s.unit(str(number)) for number in range(4)],
        "ConstraintViolationException",
        "OU_NUMBER_LIMIT_EXCEEDED",
        limits=(("organizations.organizational_units", 3),),
    ),
    Rule(
        "a unit name of 129 characters",
        api("CreateOrganizationalUnit"),
        lambda s: s.unit("n" * 129),
        "InvalidInputException",
        "MAX_LENGTH_EXCEEDED",
    ),
    Rule("a unit renamed to the name it has", api("UpdateOrganizationalUnit"), _rename_to_own_name),
    Rule("a unit renamed to a name used elsewhere", api("UpdateOrganizationalUnit"), _rename_to_name_used_elsewhere),
    Rule(
        "a unit renamed to its sibling's name",
        api("UpdateOrganizationalUnit"),
        _rename_to_sibling,
        "DuplicateOrganizationalUnitException",
        moto=True,
    ),
    Rule(
        "renaming a unit that is not there",
        api("UpdateOrganizationalUnit"),
        lambda s: s.org.update_organizational_unit(OrganizationalUnitId=MISSING, Name="a"),
        "OrganizationalUnitNotFoundException",
        moto=True,
    ),
    Rule(
        "deleting a unit with a unit in it",
        api("DeleteOrganizationalUnit"),
        _delete_with_child,
        "OrganizationalUnitNotEmptyException",
    ),
    Rule(
        "deleting a unit with an account in it",
        api("DeleteOrganizationalUnit"),
        _delete_with_account,
        "OrganizationalUnitNotEmptyException",
    ),
    Rule(
        "deleting a unit with a closed account in it",
        api("DeleteOrganizationalUnit"),
        _delete_with_closed_account,
        "OrganizationalUnitNotEmptyException",
    ),
    Rule(
        "deleting a unit that is not there",
        api("DeleteOrganizationalUnit"),
        lambda s: s.org.delete_organizational_unit(OrganizationalUnitId=MISSING),
        "OrganizationalUnitNotFoundException",
        moto=True,
    ),
    Rule("a deleted unit is no policy's target", api("ListTargetsForPolicy"), _deleted_unit_is_no_target),
    Rule("a deleted unit's name is free", api("DeleteOrganizationalUnit"), _deleted_unit_frees_name, moto=True),
    Rule("a unit's path", api("DescribeOrganizationalUnit"), _path),
    Rule("the children of a unit", api("ListChildren"), _children, moto=True),
    Rule("the parent of a unit", api("ListParents"), _parents, moto=True),
    Rule(
        "the units of a parent that is not there",
        api("ListOrganizationalUnitsForParent"),
        lambda s: s.org.list_organizational_units_for_parent(ParentId=MISSING),
        "ParentNotFoundException",
        moto=True,
    ),
    Rule(
        "the parent of a child that is not there",
        api("ListParents"),
        lambda s: s.org.list_parents(ChildId=MISSING),
        "ChildNotFoundException",
    ),
)
