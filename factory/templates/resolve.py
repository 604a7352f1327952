"""The resources of a template in one account and Region, with their values, as CloudFormation would make them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

from factory.templates import functions
from factory.templates.parameters import STORED, is_list, parts, value_faults
from factory.templates.quotas import QUOTAS, quota
from factory.templates.references import NO_VALUE, VARIABLE, Kind, function, of_value
from factory.templates.stack import Context, Placed, Resolved, Unresolvable
from factory.templates.template import Path, Template
from factory.templates.wording import shown, written

_ABSENT: Final = object()
"""What ``AWS::NoValue`` gives: the entry it stands in is left out."""
_BOOLEANS = ("Fn::And", "Fn::Or", "Fn::Not", "Condition")


def resolve(template: Template, values: Mapping[str, object], context: Context) -> Resolved:
    """Evaluate a template for one stack. Values of parameters are text (or lists of text), numbers too, as in AWS.

    Dynamic references (``{{resolve:...}}``) stay as they are. Raises ``Unresolvable`` for what CloudFormation would
    refuse and for what only AWS knows: imports, values of Parameter Store, macros, attributes of unknown types.
    """
    return _Evaluation(template, values, context).resolved()


class _Evaluation:
    """One template, one stack: what each name stands for, found when it is asked for."""

    def __init__(self, template: Template, values: Mapping[str, object], context: Context) -> None:
        self._template = template
        self._context = context
        self._conditions: dict[str, bool | None] = {}
        self._placed: dict[str, Placed] = {}
        self._values = dict(self._parameters(values))

    def resolved(self) -> Resolved:
        self._assert_rules()
        rows = sorted(self._template.resources.items())
        active = [name for name, row in rows if self._holds(row, ("Resources", name))]
        needs = {name: sorted(self._needs(name, set(active))) for name in active}
        try:
            order = list(TopologicalSorter(needs).static_order())
        except CycleError as error:
            circle = " -> ".join(map(str, reversed(error.args[1])))
            raise self._failure(("Resources",), f"resources need each other in a circle: {circle}") from None
        for name in order:
            row, path = self._template.resources[name], ("Resources", name)
            properties = self.value(row.get("Properties") or {}, (*path, "Properties"))
            if not isinstance(properties, dict):
                raise self._failure((*path, "Properties"), f"a mapping is wanted here, not {written(properties)}")
            after = tuple(other for other in order if other in needs[name])
            policy = str(row.get("DeletionPolicy", "Delete"))
            self._placed[name] = Placed(str(row.get("Type", "")), properties, after, policy)
        outputs = {
            name: self._whole(row.get("Value"), ("Outputs", name, "Value"))
            for name, row in self._template.section("Outputs").items()
            if self._holds(row, ("Outputs", name))
        }
        return Resolved(dict(self._placed), outputs)

    def value(self, value: Any, path: Path) -> Any:
        """A value with its functions carried out; ``_ABSENT`` where it is to be left out."""
        if isinstance(value, list):
            found = (self.value(item, (*path, position)) for position, item in enumerate(value))
            return [item for item in found if item is not _ABSENT]
        if not isinstance(value, Mapping):
            return value
        name, argument = function(value)
        if name == "Ref" or name.startswith("Fn::"):
            return self._function(name, argument, (*path, name))
        found_items = ((key, self.value(item, (*path, key))) for key, item in value.items())
        return {key: item for key, item in found_items if item is not _ABSENT}

    def _function(self, name: str, argument: Any, path: Path) -> Any:
        try:
            match name, argument:
                case "Ref", str():
                    return self._reference(argument, path)
                case "Fn::GetAtt", [str() as resource, attribute]:
                    return self._attribute(resource, functions.text(self._whole(attribute, (*path, 1))), path)
                case "Fn::Sub", str():
                    return self._substitute(argument, {}, path)
                case "Fn::Sub", [str() as text, dict() as own]:
                    return self._substitute(text, own, path)
                case "Fn::If", [str() as condition, holds, otherwise]:
                    first = self.condition(condition, (*path, 0))
                    return self.value(holds if first else otherwise, (*path, 1 if first else 2))
                case "Fn::FindInMap", [mapping, first, second, *rest]:
                    return self._find(mapping, first, second, rest, path)
                case "Fn::GetAZs", _:
                    return self._zones(functions.text(self._whole(argument, path)))
                case _ if name in functions.OF_ONE:
                    return functions.OF_ONE[name](self._whole(argument, path))
                case _, list() if name in functions.OF_LISTS:
                    return functions.OF_LISTS[name](*self.value(argument, path))
                case _ if name in _BOOLEANS:
                    return self.holds({name: argument}, path[:-1])
        except functions.Unfit as error:
            raise self._failure(path, f"{name}: {error}") from None
        except TypeError:
            raise self._failure(path, f"{name} does not take these arguments") from None
        raise self._failure(path, f"{name} cannot be resolved here", "pass what it stands for as a parameter")

    def condition(self, name: str, path: Path) -> bool:
        """Whether a declared condition holds."""
        declared = self._template.body.get("Conditions")
        if not isinstance(declared, Mapping) or name not in declared:
            raise self._failure(path, f'the template declares no condition "{shown(name)}"')
        if name not in self._conditions:
            self._conditions[name] = None
            self._conditions[name] = self.holds(declared[name], ("Conditions", name))
        found = self._conditions[name]
        if found is None:
            raise self._failure(path, f'the condition "{shown(name)}" needs itself')
        return found

    def holds(self, value: Any, path: Path) -> bool:
        """Whether a condition holds that is written out."""
        name, argument = function(value) if isinstance(value, Mapping) else ("", None)
        inner = (*path, name)
        match name, argument:
            case "Condition", str():
                return self.condition(argument, inner)
            case "Fn::And", list():
                return all(self.holds(item, (*inner, i)) for i, item in enumerate(argument))
            case "Fn::Or", list():
                return any(self.holds(item, (*inner, i)) for i, item in enumerate(argument))
            case "Fn::Not", [item]:
                return not self.holds(item, (*inner, 0))
        found = self._whole(value, path)
        if functions.equal(found, True) or functions.equal(found, False):
            return functions.equal(found, True)
        raise self._failure(path, f"a condition is wanted here, not {written(found)}")

    def _whole(self, value: Any, path: Path) -> Any:
        """A value that must be there."""
        found = self.value(value, path)
        if found is _ABSENT:
            raise self._failure(path, f"{NO_VALUE} cannot stand here")
        return found

    def _reference(self, name: str, path: Path) -> Any:
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self._values:
            return self._values[name]
        if name in self._template.resources:
            return self._of_resource(name, None, path)
        raise self._failure(path, f'the template declares no parameter or resource "{shown(name)}"')

    def _attribute(self, name: str, attribute: str, path: Path) -> Any:
        if name not in self._template.resources:
            raise self._failure(path, f'the template declares no resource "{shown(name)}"')
        return self._of_resource(name, attribute, path)

    def _of_resource(self, name: str, attribute: str | None, path: Path) -> Any:
        row = self._placed.get(name)
        if row is None:
            what = f'"{shown(name)}" is not made, for its condition does not hold'
            raise self._failure(path, what, "refer to it with Fn::If on the same condition")
        try:
            return self._context.reference(name, row.type, attribute, row.properties)
        except LookupError:
            what = f"the value of {shown(name)}{'.' + shown(attribute) if attribute else ''} ({row.type}) is not known"
            raise self._failure(path, what, "correct the attribute, or pass the value as a parameter") from None

    def _substitute(self, text: str, own: Mapping[str, Any], path: Path) -> str:
        def replaced(found: Any) -> str:
            name = found[1]
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            name = name.strip()
            resource, dot, attribute = name.partition(".")
            if name in own:
                return functions.text(self._whole(own[name], (*path, 1, name)))
            return functions.text(self._attribute(resource, attribute, path) if dot else self._reference(name, path))

        return VARIABLE.sub(replaced, text)

    def _find(self, mapping: Any, first: Any, second: Any, rest: list[Any], path: Path) -> Any:
        name = functions.text(self._whole(mapping, (*path, 0)))
        declared = self._template.section("Mappings")
        if name not in declared:
            raise self._failure(path, f'the template declares no mapping "{shown(name)}"')
        keys = (self._whole(first, (*path, 1)), self._whole(second, (*path, 2)))
        try:
            return functions.look_up(declared[name], *keys)
        except functions.Unfit:
            if rest and isinstance(rest[0], Mapping) and "DefaultValue" in rest[0]:
                return self.value(rest[0]["DefaultValue"], (*path, 3, "DefaultValue"))
            raise

    def _zones(self, region: str) -> list[str]:
        region = region or self._context.region
        if region == self._context.region and self._context.availability_zones:
            return list(self._context.availability_zones)
        return [f"{region}{letter}" for letter in "abc"]

    @cached_property
    def _pseudo(self) -> Mapping[str, Any]:
        context = self._context
        return {
            "AWS::AccountId": context.account_id,
            "AWS::Region": context.region,
            "AWS::Partition": context.partition,
            "AWS::URLSuffix": context.url_suffix,
            "AWS::StackName": context.stack_name,
            "AWS::StackId": context.id,
            "AWS::NotificationARNs": list(context.notification_arns),
            NO_VALUE: _ABSENT,
        }

    def _parameters(self, values: Mapping[str, object]) -> Iterator[tuple[str, Any]]:
        declared = self._template.parameters
        for name in values:
            if name not in declared:
                raise self._failure(("Parameters",), f'the template declares no parameter "{shown(name)}"')
        for name, parameter in declared.items():
            path = ("Parameters", name)
            value = values.get(name, parameter.default)
            if value is None:
                raise self._failure(path, "it has no value and no default", "give it a value")
            if parameter.type.startswith(STORED):
                raise self._failure(path, "its value stands in Parameter Store", "pass the value itself, as a String")
            for what, fix in value_faults(parameter, value, quota(QUOTAS, "parameter_value_bytes")):
                raise self._failure(path, what, fix)
            items = parts(parameter, value)
            yield name, items if is_list(parameter.type) else items[0]

    def _needs(self, name: str, active: set[str]) -> set[str]:
        """The resources that this one comes after: by ``DependsOn``, and by what it refers to as conditions stand."""
        row = self._template.resources[name]
        after = row.get("DependsOn") or []
        found = {after} if isinstance(after, str) else set(after)
        chosen = self._chosen(row.get("Properties"), ("Resources", name, "Properties"))
        found |= {use.name for use in of_value(chosen, ("Resources", name)) if use.kind in (Kind.VALUE, Kind.ATTRIBUTE)}
        return found & active

    def _chosen(self, value: Any, path: Path) -> Any:
        """A value with the branches of ``Fn::If`` taken that conditions choose."""
        if isinstance(value, list):
            return [self._chosen(item, (*path, position)) for position, item in enumerate(value)]
        if not isinstance(value, Mapping):
            return value
        match function(value):
            case "Fn::If", [str() as condition, holds, otherwise]:
                return self._chosen(holds if self.condition(condition, (*path, "Fn::If", 0)) else otherwise, path)
        return {key: self._chosen(item, (*path, key)) for key, item in value.items()}

    def _holds(self, row: Mapping[str, Any], path: Path) -> bool:
        name = row.get("Condition")
        return name is None or self.condition(str(name), (*path, "Condition"))

    def _assert_rules(self) -> None:
        for name, rule in self._template.section("Rules").items():
            path: Path = ("Rules", name)
            if "RuleCondition" in rule and not self.holds(rule["RuleCondition"], (*path, "RuleCondition")):
                continue
            rows = rule.get("Assertions")
            for position, row in enumerate(rows if isinstance(rows, list) else []):
                inner: Path = (*path, "Assertions", position)
                if isinstance(row, Mapping) and not self.holds(row.get("Assert"), (*inner, "Assert")):
                    said = shown(row.get("AssertDescription", "an assertion does not hold"))
                    raise self._failure(inner, said, "pass other values for its parameters")

    def _failure(self, path: Path, what: str, fix: str = "") -> Unresolvable:
        return Unresolvable(self._template.source(*path), path, what, fix)
