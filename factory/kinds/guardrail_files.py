"""The files in ``baselines/guardrails/``, as several kinds read them: policies, their types, their attachments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from factory.core.errors import Problem
from factory.core.policy_types import POLICY_TYPES
from factory.core.resource import Source
from factory.guardrails.lint.rules import WARNINGS
from factory.guardrails.parameters import TYPES, Value
from factory.guardrails.rendering import Rendered, render
from factory.kinds.guardrail_test_files import GuardrailTest
from factory.kinds.guardrail_values import facts, unknown, value_of

if TYPE_CHECKING:
    from factory.spec import FileEntry, Organization

KIND_OF_FILE = "guardrail"
BY_AWS = "AA:"
"""How the ids of what Access Analyzer finds begin; the rest is its issue code."""

if TYPE_CHECKING:
    PolicyTypeName = str
    ParameterTypeName = str
    WarningName = str
else:
    PolicyTypeName = Literal[tuple(POLICY_TYPES)]
    ParameterTypeName = Literal[tuple(TYPES)]
    WarningName = Literal[WARNINGS] | Annotated[str, Field(pattern=rf"^{BY_AWS}[A-Z0-9_]+$")]

_VALUE = {"type": ["string", "number", "array"], "items": {"type": ["string", "number"]}}


class ParameterKeys(BaseModel):
    """A parameter of a guardrail."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    description: str = Field(min_length=1, max_length=512, description="What it is for, in a sentence.")
    type: ParameterTypeName = Field(description="What values it takes; all but text and number are lists.")
    default: Annotated[Any, Field(json_schema_extra=_VALUE)] = Field(
        default=None, description="Its value where guardrail_parameters in organization.yaml has none."
    )


class Suppression(BaseModel):
    """A warning of ``factory lint`` that is meant."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    rule: WarningName = Field(
        description="The rule, L27 say, or AA:REDUNDANT_ACTION of factory lint --online; errors cannot be suppressed."
    )
    sid: str | None = Field(
        default=None, min_length=1, description="The statement that may; left out, all of the guardrail's."
    )
    reason: str = Field(min_length=10, max_length=512, description="Why that is meant, for those who read it later.")


class GuardrailFile(BaseModel):
    """``baselines/guardrails/NAME.yaml``: one policy and what it is for."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    content_key: ClassVar[str | None] = "content"

    description: str = Field(max_length=512, description="What it is for, in a sentence; shown in AWS, too.")
    type: PolicyTypeName = Field(description="The Organizations policy type.")
    parameters: dict[str, ParameterKeys] = Field(
        default={}, description="What the content refers to as {NAME}, by name."
    )
    content: dict[str, Any] = Field(description="The policy document, as YAML; or name a JSON file with file:.")
    suppress: tuple[Suppression, ...] = Field(default=(), description="Warnings of factory lint that are meant.")
    tests: tuple[GuardrailTest, ...] = Field(default=(), description="What it must block and what it lets through.")


@dataclass(frozen=True)
class Guardrail:
    """One guardrail with its parameters filled in.

    ``model.content`` is the document as AWS gets it; ``problems`` are those of its parameters and references.
    """

    entry: FileEntry
    model: GuardrailFile
    rendered: Rendered
    problems: tuple[Problem, ...] = ()

    def where(self, *path: str | int) -> Source:
        """Where what is at this path of the document is written."""
        return self.entry.where("content", *self.rendered.written(path))


def filled(organization: Organization) -> Mapping[str, Guardrail]:
    """Every guardrail file by its stem, with its parameters filled in; worked out once for an organization."""
    found: dict[str, Guardrail] | None = organization.memo.get(KIND_OF_FILE)
    if found is None:
        entries: Mapping[str, FileEntry] = organization.files.get(KIND_OF_FILE, {})
        known = facts(organization)
        found = organization.memo[KIND_OF_FILE] = {
            stem: _filled(entry, entry.model, organization, known)
            for stem, entry in entries.items()
            if isinstance(entry.model, GuardrailFile)
        }
    return found


def _filled(
    entry: FileEntry, model: GuardrailFile, organization: Organization, known: Mapping[str, Value]
) -> Guardrail:
    problems: list[Problem] = []
    values = dict(known)
    for name, keys in model.parameters.items():
        value = value_of(name, keys.type, keys.default, entry, organization, known, problems)
        values[name] = value if value is not None else ()
    rendered = render(model.content, values, lambda name: unknown(name, organization, model.parameters))
    for fault in rendered.faults:
        problems.append(Problem(entry.where("content", *fault.path), fault.what, fault.fix))
    for name in model.parameters:
        if name not in rendered.used:
            fix = f"write {{{name}}} where the content should have it, or remove the parameter"
            problems.append(Problem(entry.where("parameters", name), f"the content has no {{{name}}}", fix))
    return Guardrail(entry, model.model_copy(update={"content": rendered.document}), rendered, tuple(problems))


def guardrails(organization: Organization) -> dict[str, tuple[FileEntry, GuardrailFile]]:
    """Every guardrail file by its stem: where it stands, and what it says once its parameters are filled in."""
    return {stem: (each.entry, each.model) for stem, each in filled(organization).items()}


def wanted_types(organization: Organization) -> dict[str, Source]:
    """Policy types that the files call for, and where: the ones named, else those of the guardrails there are."""
    named = organization.policy_types
    if named is not None:
        return {name: organization.where("policy_types", position) for position, name in enumerate(named)}
    found: dict[str, Source] = {}
    for entry, model in guardrails(organization).values():
        found.setdefault(model.type, entry.where("type"))
    return found
