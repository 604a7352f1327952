"""Organizational units and the tree they make up."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from factory.sandbox import auto_deployment
from factory.sandbox.attachments import attach_defaults
from factory.sandbox.organization import remove_node
from factory.sandbox.paging import page
from factory.sandbox.refused import Refused, constraint
from factory.sandbox.state import Account, Unit
from factory.sandbox.tags import checked, put
from factory.sandbox.world import Request, Response, World


def create_unit(world: World, request: Request) -> Response:
    """Organizations ``CreateOrganizationalUnit``."""
    parent_id, name = request["ParentId"], request["Name"]
    _require_parent(world, parent_id)
    depth = len(world.lineage(parent_id))
    deepest = world.limits.quota("organizations.organizational_unit_depth")
    if deepest is not None and depth > deepest:
        raise constraint("OU_DEPTH_LIMIT_EXCEEDED", "You exceeded the limit on the depth of the OU tree.")
    most = world.limits.quota("organizations.organizational_units")
    if most is not None and len(world.state.units) >= most:
        raise constraint("OU_NUMBER_LIMIT_EXCEEDED", "You exceeded the number of OUs in an organization.")
    _require_free_name(world, parent_id, name)
    tags = checked(world, request.get("Tags"), {})
    unit = Unit(world.new_id(f"ou-{world.organization.root_id.removeprefix('r-')}-", 8), name, parent_id)
    world.state.units[unit.id] = unit
    put(world.state, unit.id, tags)
    attach_defaults(world, unit.id)
    return {"OrganizationalUnit": _describe(world, unit)}


def update_unit(world: World, request: Request) -> Response:
    """Organizations ``UpdateOrganizationalUnit``: its name, unique among its siblings."""
    unit = _unit(world, request)
    name = request.get("Name")
    if name is not None and name != unit.name:
        _require_free_name(world, unit.parent_id, name)
        unit.name = name
    return {"OrganizationalUnit": _describe(world, unit)}


def delete_unit(world: World, request: Request) -> Response:
    """Organizations ``DeleteOrganizationalUnit``: only when empty; closed accounts count until they are gone."""
    unit = _unit(world, request)
    children: tuple[Unit | Account, ...] = (*world.state.units.values(), *world.state.accounts.values())
    if any(child.parent_id == unit.id for child in children):
        raise Refused(
            "OrganizationalUnitNotEmptyException",
            "The specified OU is not empty. Move all accounts to another root or OU, remove all child OUs, "
            "and try the operation again.",
        )
    del world.state.units[unit.id]
    remove_node(world.state, unit.id)
    auto_deployment.forget_unit(world, unit.id)
    return {}


def describe_unit(world: World, request: Request) -> Response:
    """Organizations ``DescribeOrganizationalUnit``."""
    return {"OrganizationalUnit": _describe(world, _unit(world, request))}


def list_units(world: World, request: Request) -> Response:
    """Organizations ``ListOrganizationalUnitsForParent``: direct children only."""
    _require_parent(world, request["ParentId"])
    units = world.state.units
    return page(
        world,
        request,
        "OrganizationalUnits",
        _below(units.values(), request["ParentId"]),
        lambda name: _describe(world, units[name]),
    )


def list_children(world: World, request: Request) -> Response:
    """Organizations ``ListChildren``: ids of the direct children of one type."""
    _require_parent(world, request["ParentId"])
    wanted = request["ChildType"]
    children: Iterable[Unit | Account] = (
        world.state.units.values() if wanted == "ORGANIZATIONAL_UNIT" else world.state.accounts.values()
    )
    return page(
        world,
        request,
        "Children",
        _below(children, request["ParentId"]),
        lambda name: {"Id": name, "Type": wanted},
    )


def list_parents(world: World, request: Request) -> Response:
    """Organizations ``ListParents``: always one."""
    child = world.node(request["ChildId"])
    if child is None:
        raise Refused("ChildNotFoundException", "We can't find an OU or account with the specified id.")
    parent_id = child.parent_id
    return page(
        world,
        request,
        "Parents",
        lambda: [parent_id],
        lambda name: {"Id": name, "Type": world.node_type(name)},
    )


def _below(children: Iterable[Unit | Account], parent_id: str) -> Callable[[], list[str]]:
    return lambda: [child.id for child in children if child.parent_id == parent_id]


def _describe(world: World, unit: Unit) -> Response:
    return {"Id": unit.id, "Arn": world.arn("ou", unit.id), "Name": unit.name, "Path": world.path(unit.id)}


def _unit(world: World, request: Request) -> Unit:
    unit = world.state.units.get(request["OrganizationalUnitId"])
    if unit is None:
        raise Refused("OrganizationalUnitNotFoundException", "We can't find an OU with the specified id.")
    return unit


def _require_parent(world: World, parent_id: str) -> None:
    if not world.is_parent(parent_id):
        raise Refused("ParentNotFoundException", "We can't find a root or OU with the specified parent id.")


def _require_free_name(world: World, parent_id: str, name: str) -> None:
    if any(unit.name == name and unit.parent_id == parent_id for unit in world.state.units.values()):
        raise Refused("DuplicateOrganizationalUnitException", "An OU with the same name already exists there.")
