"""The files in ``baselines/guardrails/``, as several kinds read them: policies, their types, their attachments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from factory.core.policy_types import POLICY_TYPES
from factory.core.resource import Source
from factory.kinds.guardrail_test_files import GuardrailTest

if TYPE_CHECKING:
    from factory.spec import FileEntry, Organization

KIND_OF_FILE = "guardrail"

if TYPE_CHECKING:
    PolicyTypeName = str
else:
    PolicyTypeName = Literal[tuple(POLICY_TYPES)]


class GuardrailFile(BaseModel):
    """``baselines/guardrails/NAME.yaml``: one policy and what it is for."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    content_key: ClassVar[str | None] = "content"

    description: str = Field(max_length=512, description="What it is for, in a sentence; shown in AWS, too.")
    type: PolicyTypeName = Field(description="The Organizations policy type.")
    content: dict[str, Any] = Field(description="The policy document, as YAML; or name a JSON file with file:.")
    tests: tuple[GuardrailTest, ...] = Field(default=(), description="What it must block and what it lets through.")


def guardrails(organization: Organization) -> dict[str, tuple[FileEntry, GuardrailFile]]:
    """Every guardrail file by its stem: where it stands, and what it says."""
    entries: Mapping[str, FileEntry] = organization.files.get(KIND_OF_FILE, {})
    return {stem: (e, e.model) for stem, e in entries.items() if isinstance(e.model, GuardrailFile)}


def document(model: GuardrailFile) -> dict[str, Any]:
    """The policy document of a guardrail, as AWS gets it."""
    return model.content


def wanted_types(organization: Organization) -> dict[str, Source]:
    """Policy types that the files call for, and where: the ones named, else those of the guardrails there are."""
    named = organization.policy_types
    if named is not None:
        return {name: organization.where("policy_types", position) for position, name in enumerate(named)}
    found: dict[str, Source] = {}
    for entry, model in guardrails(organization).values():
        found.setdefault(model.type, entry.where("type"))
    return found
