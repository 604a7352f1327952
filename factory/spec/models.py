"""The keys of ``organization.yaml`` and of account files; kinds add theirs through sections."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model

from factory.core.guard import Thresholds
from factory.core.policy_types import POLICY_TYPES
from factory.spec.extension import HOLDERS, Section

Model = TypeVar("Model", bound=BaseModel)

_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def _decimal(value: object) -> object:
    """A decimal number arrives as the text that was typed."""
    return float(value) if isinstance(value, str) and _DECIMAL.fullmatch(value) else value


_ORGANIZATION = r"^o-[a-z0-9]{10,32}$"
_INSTANCE = r"^[A-Za-z0-9-]{1,32}$"
_REGION = r"^[a-z]{2,5}(-[a-z]+)+-[0-9]{1,2}$"
_BUCKET = r"^[a-z0-9](\.?[a-z0-9-])*\.?[a-z0-9]$"
_KEY = r"^[A-Za-z0-9_=-][A-Za-z0-9_.=-]*(/[A-Za-z0-9_=-][A-Za-z0-9_.=-]*)*$"
_ACCOUNT = r"^[0-9]{12}$"
_ROLE = r"^[A-Za-z0-9_+=,.@*?/-]{1,128}$"

IN_WORDS = {
    _ORGANIZATION: '"o-" and 10 to 32 small letters and digits, such as o-a1b2c3d4e5',
    _INSTANCE: "1 to 32 letters, digits and hyphens",
    _REGION: "the name of a Region, such as eu-central-1",
    _BUCKET: "small letters, digits, hyphens and single dots, with a letter or digit first and last",
    _KEY: "letters, digits and the signs _ . = -, in parts with a slash between them that do not begin with a dot",
    _ACCOUNT: "12 digits",
    _ROLE: "the name of a role, with its path if it has one: letters, digits and the signs _ + = , . @ - / * ?",
}
"""What the text that must match an expression is, for people."""

Text = Annotated[str, Field(min_length=1)]
Region = Annotated[str, Field(pattern=_REGION)]
Bucket = Annotated[str, Field(min_length=3, max_length=63, pattern=_BUCKET)]
PolicyTypeName = Annotated[str, Field(json_schema_extra={"enum": list(POLICY_TYPES)})]
Number = Annotated[float, Field(gt=0), BeforeValidator(_decimal)]
Count = Annotated[int, Field(gt=0)]
RoleName = Annotated[str, Field(pattern=_ROLE)]
Tags = dict[str, str]
ParameterValue = Annotated[
    Any, Field(json_schema_extra={"type": ["string", "number", "array"], "items": {"type": ["string", "number"]}})
]
"""A value of a guardrail's parameter; whether it is of the parameter's type, the guardrails know."""


class OrganizationKeys(BaseModel):
    """``organization:``, which organization this is."""

    model_config = _STRICT

    id: str | None = Field(
        default=None,
        pattern=_ORGANIZATION,
        description="The organization's id; when given, any other organization is refused.",
    )
    instance: str = Field(
        default="main",
        pattern=_INSTANCE,
        description="The value of our ownership tag; another repository for the same organization uses another.",
    )
    home_region: Region | None = Field(default=None, description="The Region where what exists once is kept.")
    regions: tuple[Region, ...] = Field(default=(), description="The governed Regions.")
    template_bucket: Bucket | None = Field(
        default=None, description="An S3 bucket that exists; templates that are too large for a request go through it."
    )


class DefaultKeys(BaseModel):
    """``defaults:``, what holds for every account unless its file says otherwise."""

    model_config = _STRICT

    email: Text | None = Field(
        default=None,
        description="The root e-mail of accounts whose file has none; {name} is the file's stem, {owner} its owner.",
    )
    tags: Tags = Field(default={}, description="Tags on every account; units and accounts replace them key by key.")


class NamingKeys(BaseModel):
    """``naming:``, regular expressions that names must match as a whole."""

    model_config = _STRICT

    account: Text | None = Field(
        default=None, max_length=500, description="A regular expression for account names (file stems), whole match."
    )
    email: Text | None = Field(
        default=None, max_length=500, description="A regular expression for root e-mails, whole match."
    )


class RootKeys(BaseModel):
    """``root:``, what holds for the whole organization."""

    model_config = _STRICT


class UnitKeys(BaseModel):
    """One organizational unit."""

    model_config = _STRICT

    was: Text | None = Field(
        default=None, description="The full path this unit had before a rename or move; what is below follows."
    )
    tags: Tags = Field(default={}, description="Tags on the accounts below; an account's own tags replace them by key.")
    ou_tags: Tags = Field(default={}, description="Tags on the unit itself.")


_GUARD = Thresholds()


class SafetyKeys(BaseModel):
    """``safety:``, the guard's limits."""

    model_config = _STRICT

    max_moves: int = Field(default=_GUARD.max_moves, ge=0, description="Accounts that one plan may move.")
    max_changed_percent: int = Field(
        default=_GUARD.max_changed_percent,
        ge=0,
        le=100,
        description="Share of a kind that one plan may update, move or remove.",
    )
    min_count: int = Field(
        default=_GUARD.min_count, ge=0, description="The share counts from this many existing things of a kind."
    )
    protected: tuple[str, ...] = Field(
        default=(), description="Names of accounts that are never moved or closed by a change of the files."
    )
    always_allowed: tuple[RoleName, ...] = Field(
        default=_GUARD.always_allowed,
        description="Names of roles in the accounts that no plan may lock out, * and ? in them as in policies; "
        "those of stack sets, and a break-glass role for example.",
    )


class LockKeys(BaseModel):
    """``lock:``, the object in S3 that one run at a time holds."""

    model_config = _STRICT

    bucket: Bucket = Field(description="An S3 bucket that exists and that every run may read and write.")
    key: str | None = Field(
        default=None,
        max_length=1024,
        pattern=_KEY,
        description="The object's key; factory/INSTANCE.lock when left out.",
    )
    region: Region | None = Field(
        default=None, description="The bucket's Region; when left out, home_region, else that of the credentials."
    )


class LimitKeys(BaseModel):
    """One row of the limits table, or the fields of it that are replaced."""

    model_config = _STRICT

    value: Count | None = Field(default=None, description="The quota.")
    rate: Number | None = Field(default=None, description="Calls a second.")
    burst: Count | None = Field(default=None, description="Calls at once before the rate holds.")
    bucket: Text | None = Field(default=None, description="Rows with the same bucket share one rate.")
    in_flight: Count | None = Field(default=None, description="How many AWS works on at once.")
    poll_seconds: Number | None = Field(default=None, description="Seconds between two looks at the outcome.")
    deadline_seconds: Number | None = Field(default=None, description="Seconds after which waiting ends.")
    source: str = Field(default="", description="Where the numbers were read.")
    date: str = Field(default="", description="When they were read.")


class OrganizationFile(BaseModel):
    """The organization: defaults, the tree of organizational units, and the limits of safety."""

    model_config = _STRICT

    organization: OrganizationKeys = Field(default=OrganizationKeys(), description="Which organization this is.")
    defaults: DefaultKeys = Field(default=DefaultKeys(), description="What holds for every account without its own.")
    naming: NamingKeys = Field(
        default=NamingKeys(), description="Regular expressions that names must match as a whole."
    )
    root: RootKeys = Field(default=RootKeys(), description="What holds for the whole organization.")
    organizational_units: dict[str, UnitKeys | None] = Field(
        default={}, description="The organizational units by full path, such as workloads/prod."
    )
    policy_types: tuple[PolicyTypeName, ...] | None = Field(
        default=None, description="Policy types to enable; when left out, those of the guardrails in use."
    )
    guardrail_parameters: dict[str, ParameterValue] = Field(
        default={}, description="Values of parameters, by name, for all guardrails that have a parameter of that name."
    )
    safety: SafetyKeys = Field(default=SafetyKeys(), description="How much one plan may change.")
    lock: LockKeys | None = Field(
        default=None, description="Where in S3 a run says that it is the one that applies, so that there is no second."
    )
    limits: dict[str, LimitKeys] = Field(
        default={},
        description="Rows of the limits table to replace, field by field: AWS's quotas, rates, waiting times.",
    )


class AccountFile(BaseModel):
    """One account; the file's name is its name and address."""

    model_config = _STRICT

    ou: Text = Field(description='The full path of its organizational unit, or "root".')
    owner: Text | None = Field(default=None, description="Who answers for it: a team or a person.")
    description: Text | None = Field(default=None, description="What it is for.")
    email: Text | None = Field(
        default=None, description="Its root e-mail, one of its own; optional where defaults.email makes one."
    )
    id: str | None = Field(
        default=None,
        pattern=_ACCOUNT,
        description="The 12 digits of an account that exists, to pin it; quote them.",
    )
    name: Text | None = Field(default=None, description="Its display name in AWS; the file's stem when left out.")
    tags: Tags = Field(default={}, description="Tags on the account.")
    was: Text | None = Field(default=None, description="The stem this file had before, once after a rename.")
    new: bool = Field(default=False, description="true says: really a new account, not a renamed file.")
    state: Literal["active", "closed"] = Field(
        default="active", description="closed asks for the account to be closed."
    )
    closed_reason: Text | None = Field(default=None, description="Why it is closed; needed with state: closed.")


@dataclass(frozen=True)
class Models:
    """The models with the kinds' sections in them."""

    organization: type[OrganizationFile]
    account: type[AccountFile]
    root: type[RootKeys]
    unit: type[UnitKeys]


def compose(sections: Iterable[Section[Any]]) -> Models:
    """The models of the files, each with the sections that belong on it.

    Raises ``ValueError`` where two sections, or a section and a key of ours, have the same name.
    """
    sections = tuple(sections)
    defaults = _extended("DefaultKeys", DefaultKeys, sections, "defaults")
    root = _extended("RootKeys", RootKeys, sections, "root")
    unit = _extended("UnitKeys", UnitKeys, sections, "ou")
    units: Any = dict[str, unit | None]  # type: ignore[valid-type]
    old = OrganizationFile.model_fields
    organization = create_model(
        "OrganizationFile",
        __base__=OrganizationFile,
        __doc__=OrganizationFile.__doc__,
        defaults=(defaults, Field(default=defaults(), description=old["defaults"].description)),
        root=(root, Field(default=root(), description=old["root"].description)),
        organizational_units=(units, Field(default={}, description=old["organizational_units"].description)),
    )
    return Models(organization, _extended("AccountFile", AccountFile, sections, "account"), root, unit)


def _extended(name: str, base: type[Model], sections: tuple[Section[Any], ...], holder: str) -> type[Model]:
    fields: dict[str, Any] = {}
    for section in sections:
        if not section.on <= HOLDERS:
            raise ValueError(f"section {section.name}: it may stand on {sorted(HOLDERS)}, not {sorted(section.on)}")
        if holder in section.on:
            if section.name in fields or section.name in base.model_fields:
                raise ValueError(f"section {section.name}: the key is taken")
            fields[section.name] = (section.annotation, Field(default=section.default, description=section.description))
    return create_model(name, __base__=base, __doc__=base.__doc__, **fields)


def values(model: BaseModel, base: type[BaseModel]) -> dict[str, Any]:
    """The values of the sections in a model: all that its base does not have."""
    return {name: value for name, value in model if name not in base.model_fields}
