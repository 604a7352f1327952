"""Small repositories for tests: written from text, read back as problems or as an organization."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from factory.core.errors import InvalidFiles
from factory.core.limits import Limit, Limits
from factory.spec import FileKind, Organization, Section, load

EVERYWHERE = frozenset({"root", "ou", "account"})

GUARDRAILS: Section[tuple[str, ...]] = Section(
    "guardrails", tuple[str, ...], (), EVERYWHERE, "Names of the guardrails attached here."
)
FULL_ACCESS: Section[bool] = Section("full_access", bool, True, EVERYWHERE, "false takes FullAWSAccess off.")
COLOUR: Section[str | None] = Section("colour", str | None, None, frozenset({"ou"}), "A colour for the unit.")


class GuardrailFile(BaseModel):
    """A policy."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    content_key: ClassVar[str | None] = "content"

    description: str = Field(description="What it is for.")
    type: Literal["SERVICE_CONTROL_POLICY", "TAG_POLICY"] = Field(description="The policy type.")
    content: dict[str, Any] = Field(description="The policy document.")


GUARDRAIL = FileKind("guardrail", "baselines/guardrails", GuardrailFile)

LIMITS = Limits(
    {
        row.key: row
        for row in (
            Limit("organizations.CreateAccount", rate=0.1, burst=3, in_flight=5, poll_seconds=5, deadline_seconds=900),
            Limit("organizations.accounts", value=5000),
            Limit("organizations.organizational_unit_depth", value=5),
            Limit("organizations.organizational_units", value=2000),
            Limit("organizations.tags", value=50),
            Limit("organizations.tag_key_length", value=128),
            Limit("organizations.tag_value_length", value=256),
            Limit("organizations.account_name_length", value=50),
            Limit("organizations.email_length", value=64),
            Limit("organizations.unit_name_length", value=128),
        )
    }
)

ORGANIZATION = """\
defaults: {email: "aws+{name}@example.com"}
organizational_units:
  security: {}
  workloads: {}
  workloads/prod: {}
"""
ACCOUNT = "ou: workloads/prod\n"


@dataclass(frozen=True)
class Link:
    """A symbolic link instead of a file."""

    target: str


Content = str | bytes | Link


def write(root: Path, files: Mapping[str, Content | None]) -> Path:
    """A repository with one unit tree and the account ``log``, and with these files; ``None`` leaves one out."""
    everything: dict[str, Content | None] = {
        "accounts/organization.yaml": ORGANIZATION,
        "accounts/log.yaml": ACCOUNT,
        **files,
    }
    for name, content in everything.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Link):
            path.symlink_to(content.target)
        elif content is not None:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def read(root: Path, files: Mapping[str, Content | None] | None = None, limits: Limits = LIMITS) -> Organization:
    """The organization that the repository with these files declares."""
    return load(write(root, files or {}), [GUARDRAILS, FULL_ACCESS, COLOUR], [GUARDRAIL], limits)


def problems(root: Path, files: Mapping[str, Content | None], limits: Limits = LIMITS) -> list[str]:
    """The problems of the repository with these files, as a person reads them."""
    try:
        read(root, files, limits)
    except InvalidFiles as error:
        return [str(problem) for problem in error.problems]
    return []


def lines(found: Iterable[str]) -> str:
    """Problems as one text, for assertions that show a readable difference."""
    return "\n".join(found)
