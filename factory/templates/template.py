"""A CloudFormation template as a value: its sections, and the place of everything in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from factory.core.documents import canonical as canonical_json
from factory.core.resource import Source

Step = str | int
Path = tuple[Step, ...]

NO_DEFAULT: Final = None

# IAM types that need a capability, with the property that gives the resource a name of one's own, where it has one.
# Source: CloudFormation API Reference, CreateStack, Capabilities; User Guide, "Acknowledging IAM resources in
# CloudFormation templates". Types that came later follow the rule of their kind.
IAM_NAMES: Final[Mapping[str, str | None]] = {
    "AWS::IAM::AccessKey": None,
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::GroupPolicy": None,
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": None,
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::RolePolicy": None,
    "AWS::IAM::User": "UserName",
    "AWS::IAM::UserPolicy": None,
    "AWS::IAM::UserToGroupAddition": None,
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter that a template declares; ``default`` is ``None`` where there is none.

    Lengths are in characters. What is malformed in the template stands here as absent: ``check`` says what it is.
    """

    name: str
    type: str
    default: Any = NO_DEFAULT
    required: bool = True
    allowed_values: tuple[Any, ...] = ()
    no_echo: bool = False
    pattern: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_value: float | None = None
    max_value: float | None = None


@dataclass(frozen=True)
class Template:
    """A template that was read: ``body`` in long form as plain Python values, shared with nothing.

    ``positions`` has the line and column, from 1, of each mapping key and list item by its path in ``body``.
    """

    file: str
    text: str
    body: Mapping[str, Any]
    positions: Mapping[Path, tuple[int, int]]

    @property
    def size(self) -> int:
        """Bytes of the text."""
        return len(self.text.encode())

    @cached_property
    def parameters(self) -> Mapping[str, Parameter]:
        """The declared parameters by name."""
        return {name: _parameter(name, row) for name, row in self.section("Parameters").items()}

    @cached_property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """The resources by logical id, as they are written; what is no mapping is left out."""
        return self.section("Resources")

    def section(self, name: str) -> Mapping[str, Mapping[str, Any]]:
        """The entries of a top-level section that are mappings; none where the section is missing or malformed."""
        found = self.body.get(name)
        return {k: v for k, v in found.items() if isinstance(v, Mapping)} if isinstance(found, Mapping) else {}

    def source(self, *path: Step) -> Source:
        """Where that key or list item starts, or the nearest thing around it whose place is known."""
        for length in range(len(path), -1, -1):
            if place := self.positions.get(path[:length]):
                return Source(self.file, *place)
        return Source(self.file)

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What CloudFormation wants acknowledged: ``CAPABILITY_NAMED_IAM`` where an IAM resource has a name of its
        own, else ``CAPABILITY_IAM`` where there is an IAM resource, else nothing.
        """
        rows = [row for row in self.resources.values() if row.get("Type") in IAM_NAMES]
        if any(_named(row) for row in rows):
            return ("CAPABILITY_NAMED_IAM",)
        return ("CAPABILITY_IAM",) if rows else ()


def canonical(template: Template) -> str:
    """Minified JSON of the long form with sorted keys: equal for templates that differ in layout alone."""
    return canonical_json(template.body)


def _named(row: Mapping[str, Any]) -> bool:
    properties = row.get("Properties")
    return isinstance(properties, Mapping) and IAM_NAMES[row["Type"]] in properties


def _parameter(name: str, row: Mapping[str, Any]) -> Parameter:
    allowed, pattern = row.get("AllowedValues"), row.get("AllowedPattern")
    return Parameter(
        name=name,
        type=str(row.get("Type", "")),
        default=row.get("Default"),
        required=row.get("Default") is None,
        allowed_values=tuple(allowed) if isinstance(allowed, Sequence) and not isinstance(allowed, str) else (),
        no_echo=row.get("NoEcho") in (True, "true", "True", "TRUE"),
        pattern=pattern if isinstance(pattern, str) else None,
        min_length=_whole(row.get("MinLength")),
        max_length=_whole(row.get("MaxLength")),
        min_value=number(row.get("MinValue")),
        max_value=number(row.get("MaxValue")),
    )


def number(value: Any) -> float | None:
    """The number that CloudFormation makes of a scalar, numbers in quotes too; ``None`` where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if found - found == 0 else None


def _whole(value: Any) -> int | None:
    found = number(value)
    return int(found) if found is not None and found == int(found) else None
