"""Rules for organizational units: names, depth, number, and former paths."""

from __future__ import annotations

from collections.abc import Iterator

from factory.core.errors import Problem
from factory.spec.assemble import UNITS
from factory.spec.checks.case import Case
from factory.spec.organization import Unit
from factory.spec.text import shown


def _declared(case: Case) -> Iterator[Unit]:
    """The units that have a line of their own."""
    written = case.organization.node.child(UNITS)
    for path, unit in case.organization.units.items():
        if written is not None and written.child(path) is not None:
            yield unit


def names(case: Case) -> Iterator[Problem]:
    """Paths are names joined by slashes, each as AWS takes it."""
    longest = case.limits.quota("organizations.unit_name_length")
    for unit in _declared(case):
        parts = unit.path.split("/")
        label = f'"{shown(unit.path)}"'
        if not all(parts):
            yield Problem(unit.where(), f"{label} has an empty name in it", 'write "parent/child", with single slashes')
        elif any(part != part.strip() for part in parts):
            yield Problem(unit.where(), f"{label} has a name with a space at its end", "remove the space")
        elif parts[0] == "root":
            yield Problem(unit.where(), '"root" is the root itself', "leave it out: paths start below the root")
        elif longest is not None and (part := max(parts, key=len)) and len(part) > longest:
            what = f'the name "{shown(part)}" has {len(part)} characters, AWS takes {longest}'
            yield Problem(unit.where(), what, "choose a shorter name")


def depth(case: Case) -> Iterator[Problem]:
    """No unit lies deeper than AWS allows."""
    deepest = case.limits.quota("organizations.organizational_unit_depth")
    for unit in _declared(case):
        levels = len(unit.path.split("/"))
        if deepest is not None and levels > deepest:
            what = f'"{shown(unit.path)}" lies {levels} levels deep, AWS allows {deepest} below the root'
            yield Problem(unit.where(), what, "move it up")


def number(case: Case) -> Iterator[Problem]:
    """There are no more units than AWS allows."""
    most, count = case.limits.quota("organizations.organizational_units"), len(case.organization.units)
    if most is not None and count > most:
        what = f"{count} organizational units are declared, AWS allows {most}"
        fix = "remove some, or set limits: organizations.organizational_units: {value: N} if AWS granted more"
        yield Problem(case.organization.where(UNITS), what, fix)


def former_paths(case: Case) -> Iterator[Problem]:
    """``was:`` names a path that no unit has, and each former path only once."""
    seen: dict[str, Unit] = {}
    for unit in case.organization.units.values():
        if unit.was is None:
            continue
        source, label = unit.where("was"), f'"{shown(unit.was)}"'
        if unit.was == unit.path:
            yield Problem(source, f"was: {label} is the unit's own path", "remove the line, or name its former path")
        elif other := case.organization.units.get(unit.was):
            what = f"was: {label}, but a unit has this path ({other.where()})"
            yield Problem(source, what, "remove the line, or the unit with the former path")
        elif (first := seen.setdefault(unit.was, unit)) and first is not unit:
            what = f"was: {label} is also the former path of another unit ({first.where('was')})"
            yield Problem(source, what, "keep one of them: a unit becomes one unit")


CHECKS = (names, depth, number, former_paths)
