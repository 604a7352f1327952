"""Whether what a template refers to is declared, and functions stand where and as they can."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

from factory.core.errors import Problem
from factory.templates.read import SHORT_FORMS
from factory.templates.references import (
    PSEUDO_PARAMETERS,
    VARIABLE_NAME,
    Kind,
    Use,
    function,
    of_resource,
    of_value,
    uses,
    variables,
)
from factory.templates.template import Path, Template
from factory.templates.wording import near, shown

FUNCTIONS: Final = frozenset(name for name in SHORT_FORMS.values() if name.startswith("Fn::"))
_OF_CONDITIONS: Final = frozenset({"Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals"})
_OF_RULES: Final = frozenset(
    f"Fn::{name}" for name in ("Contains", "EachMemberEquals", "EachMemberIn", "RefAll", "ValueOf", "ValueOfAll")
)
# How many arguments each function takes; of those that also take one value alone, only the list is counted.
# CloudFormation User Guide, "Intrinsic function reference".
_ARGUMENTS: Final = {
    "Fn::And": (2, 10),
    "Fn::Cidr": (2, 3),
    "Fn::Equals": (2, 2),
    "Fn::FindInMap": (3, 4),
    "Fn::GetAtt": (2, 2),
    "Fn::If": (3, 3),
    "Fn::Join": (2, 2),
    "Fn::Not": (1, 1),
    "Fn::Or": (2, 10),
    "Fn::Select": (2, 2),
    "Fn::Split": (2, 2),
}


def faults(template: Template) -> Iterator[Problem]:
    """Everything that is referred to and not declared, every function that cannot stand, and every circle."""
    declared = _Declared(template)
    for use in uses(template):
        yield from declared.missing(use)
    for section in ("Conditions", "Rules", "Resources", "Outputs"):
        yield from _functions(template, template.body.get(section), (section,))
    yield from _circle(template, _conditions(template), "Conditions", "the conditions")
    yield from _circle(template, _resources(template), "Resources", "the resources")


class _Declared:
    """The names that a template declares, by what may refer to them."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self._parameters = frozenset(template.parameters)
        self._resources = frozenset(template.resources)
        self._conditions = frozenset(_keys(template, "Conditions"))
        self._mappings = frozenset(_keys(template, "Mappings"))

    def missing(self, use: Use) -> Iterator[Problem]:
        match use.kind:
            case Kind.VALUE if use.path[0] in ("Conditions", "Rules"):
                if use.name in self._resources:
                    what = f'"{shown(use.name)}" is a resource, and conditions can only ask for parameters'
                    yield self._problem(use, what, "declare a parameter for it")
                else:
                    yield from self._unknown(use, self._parameters | PSEUDO_PARAMETERS, "parameter")
            case Kind.VALUE:
                known = self._parameters | self._resources | PSEUDO_PARAMETERS
                yield from self._unknown(use, known, "parameter or resource")
            case Kind.ATTRIBUTE if use.path[0] in ("Conditions", "Rules"):
                what = "conditions can only ask for parameters, not for attributes of resources"
                yield self._problem(use, what, "declare a parameter for it")
            case Kind.ATTRIBUTE | Kind.RESOURCE:
                yield from self._unknown(use, self._resources, "resource")
                if use.kind is Kind.RESOURCE and use.name == use.path[1]:
                    yield self._problem(use, f'"{shown(use.name)}" depends on itself', "remove it from DependsOn")
            case Kind.CONDITION:
                yield from self._unknown(use, self._conditions, "condition")
            case Kind.MAPPING:
                yield from self._unknown(use, self._mappings, "mapping")

    def _unknown(self, use: Use, known: Collection[str], what: str) -> Iterator[Problem]:
        if use.name not in known:
            meant = near(use.name, known)
            literal = f"; if it is text, write ${{!{shown(use.name)}}}" if "Fn::Sub" in use.path[-2:] else ""
            fix = f"did you mean {meant}?" if meant else f"declare it, or correct the name{literal}"
            yield self._problem(use, f'the template declares no {what} "{shown(use.name)}"', fix)

    def _problem(self, use: Use, what: str, fix: str) -> Problem:
        return Problem(self._template.source(*use.path), what, fix)


def _functions(template: Template, value: Any, path: Path) -> Iterator[Problem]:
    """What is wrong with the functions in this value: unknown ones, company, place and arguments."""
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield from _functions(template, item, (*path, position))
    if not isinstance(value, Mapping):
        return
    named = [key for key in value if key.startswith("Fn::")] if len(path) > 1 else []
    for key in named:
        place = template.source(*path, key)
        if key not in FUNCTIONS and not key.startswith("Fn::ForEach::"):
            meant = near(key, FUNCTIONS)
            fix = f"did you mean {meant}?" if meant else "correct it"
            yield Problem(place, f'there is no function "{shown(key)}"', fix)
        elif len(value) > 1 and key in FUNCTIONS:
            yield Problem(place, f"{key} must be the only key of its mapping", "move the other keys out")
        else:
            yield from _function(template, key, value[key], path)
    if function(value)[0] == "Ref" and not isinstance(value["Ref"], str):
        yield Problem(template.source(*path, "Ref"), "Ref must have a name, as text", "write !Ref NAME")
    for key, item in value.items():
        yield from _functions(template, item, (*path, key))


def _function(template: Template, name: str, argument: Any, path: Path) -> Iterator[Problem]:
    place = template.source(*path, name)
    if name in _OF_CONDITIONS and path[0] not in ("Conditions", "Rules"):
        yield Problem(place, f"{name} can only stand in Conditions", "declare a condition and use Fn::If with its name")
    if name in _OF_RULES and path[0] != "Rules":
        yield Problem(place, f"{name} can only stand in Rules", "write it there, or say it another way")
    if name in _ARGUMENTS:
        least, most = _ARGUMENTS[name]
        if not isinstance(argument, list) or not least <= len(argument) <= most:
            count = str(least) if least == most else f"{least} to {most}"
            yield Problem(place, f"{name} must have a list of {count}", "see the function's page in AWS's user guide")
        elif name == "Fn::If" and not isinstance(argument[0], str):
            fix = "declare the condition under Conditions: and write its name"
            yield Problem(place, "the first argument of Fn::If must be the name of a condition", fix)
        elif name == "Fn::GetAtt" and not isinstance(argument[0], str):
            yield Problem(place, "Fn::GetAtt must start with the name of a resource", "write !GetAtt NAME.ATTRIBUTE")
    if name == "Fn::Sub":
        yield from _substitution(place, argument)


def _substitution(place: Any, argument: Any) -> Iterator[Problem]:
    match argument:
        case (str() as text) | [str() as text, dict()]:
            pass
        case _:
            what = "Fn::Sub must have a text, or a list of a text and a mapping"
            yield Problem(place, what, 'write !Sub "text ${NAME}"')
            return
    for name in sorted(set(variables(text))):
        if not VARIABLE_NAME.fullmatch(name):
            what = f'"${{{shown(name)}}}" is no variable: names have letters, digits, "_", "." and ":"'
            yield Problem(place, what, f"write ${{!{shown(name)}}} if it is text")


def _circle(template: Template, graph: Mapping[str, Collection[str]], section: str, what: str) -> Iterator[Problem]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = [str(name) for name in reversed(error.args[1])]
        first = circle.index(min(circle))
        turned = [*circle[first:-1], *circle[:first], circle[first]] if first else circle
        said = " -> ".join(shown(name) for name in turned)
        fix = "take one of these references out"
        yield Problem(template.source(section, turned[0]), f"{what} need each other in a circle: {said}", fix)


def _conditions(template: Template) -> dict[str, list[str]]:
    found = _keys(template, "Conditions")
    return {
        name: [use.name for use in of_value(value, ("Conditions", name)) if use.kind is Kind.CONDITION]
        for name, value in found.items()
    }


def _resources(template: Template) -> dict[str, list[str]]:
    return {name: sorted(needed(template, name) - {name} | _itself(template, name)) for name in template.resources}


def needed(template: Template, name: str) -> set[str]:
    """The resources that this one refers to, in whichever branch of its conditions."""
    return {use.name for use in of_resource(template, name) if use.name in template.resources and _waits(use)}


def _itself(template: Template, name: str) -> set[str]:
    """The resource where it refers to itself other than in ``DependsOn``, which has a message of its own."""
    own = (use for use in of_resource(template, name) if use.kind in (Kind.VALUE, Kind.ATTRIBUTE))
    return {name} if any(use.name == name for use in own) else set()


def _waits(use: Use) -> bool:
    return use.kind in (Kind.VALUE, Kind.ATTRIBUTE, Kind.RESOURCE)


def _keys(template: Template, section: str) -> Mapping[str, Any]:
    found = template.body.get(section)
    return found if isinstance(found, Mapping) else {}
