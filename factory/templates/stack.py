"""One stack of a template: what it is resolved for, what comes of it, and why it may not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from factory.core.errors import FactoryError
from factory.core.resource import Source
from factory.templates.identifiers import identifier
from factory.templates.template import Path


class Unresolvable(FactoryError):
    """A template that cannot be evaluated here; ``path`` leads to the place in its body."""

    exit_code = 65

    def __init__(self, source: Source, path: Path, what: str, fix: str = "") -> None:
        super().__init__(f"{source}: {'.'.join(map(str, path))}: {what}", fix)
        self.source = source
        self.path = path


@dataclass(frozen=True)
class Context:
    """The stack that a template is resolved for. ``availability_zones`` are those of its Region.

    Override ``reference`` to say what resources are called.
    """

    account_id: str
    region: str
    partition: str = "aws"
    url_suffix: str = "amazonaws.com"
    stack_name: str = "stack"
    stack_id: str = ""
    notification_arns: tuple[str, ...] = ()
    availability_zones: tuple[str, ...] = ()

    def reference(self, logical_id: str, type: str, attribute: str | None, properties: Mapping[str, Any]) -> Any:
        """What ``Ref`` (``attribute`` is ``None``) or ``Fn::GetAtt`` of a resource gives; its properties are resolved.

        Raises ``LookupError`` for an attribute that is not known.
        """
        stack = {
            "partition": self.partition,
            "region": self.region,
            "account": self.account_id,
            "suffix": self.url_suffix,
            "stack_name": self.stack_name,
            "stack_id": self.id,
        }
        return identifier(type, attribute, properties, logical_id, stack)

    @property
    def id(self) -> str:
        """The stack's ARN; one made of its name where none was given."""
        place = f"arn:{self.partition}:cloudformation:{self.region}:{self.account_id}"
        return self.stack_id or f"{place}:stack/{self.stack_name}/00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Placed:
    """A resource as it would be made: ``depends_on`` has all that it comes after, in the order of creation."""

    type: str
    properties: Mapping[str, Any]
    depends_on: tuple[str, ...] = ()
    deletion_policy: str = "Delete"


@dataclass(frozen=True, slots=True)
class Resolved:
    """The resources whose conditions hold, in the order of creation, and the outputs."""

    resources: Mapping[str, Placed]
    outputs: Mapping[str, Any]
