"""Tests of guardrails as they are written: ``tests:`` in a guardrail's file, and ``baselines/guardrail-tests.yaml``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

TESTS_OF_THE_TREE = "guardrail-tests"
"""The kind of the file with tests of the whole tree, and its stem."""

_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)
_ACTION = r"^[A-Za-z0-9-]+:[A-Za-z0-9_-]+$"
_REGION = r"^[a-z]{2,5}(-[a-z]+)+-[0-9]{1,2}$"
_ACCOUNT = r"^[0-9]{12}$"
_SERVICE = r"^[a-z0-9][a-z0-9.-]*\.amazonaws\.com(\.cn)?$"

Text = Annotated[str, Field(min_length=1)]
Texts = Text | Annotated[tuple[Text, ...], Field(min_length=1)]
Action = Annotated[str, Field(pattern=_ACTION)]
Region = Annotated[str, Field(pattern=_REGION)]
Scalar = str | int | float | bool
Given = Scalar | tuple[Scalar, ...]


class Who(BaseModel):
    """``as:``, who makes the call, and from which account."""

    model_config = _STRICT

    account: Texts | None = Field(default=None, description="The account, by its file's stem; a list: each of them.")
    every_account: bool = Field(default=False, description="Each account that has a file and is not to be closed.")
    under: Texts | None = Field(default=None, description="Each account below this unit; a list: below each of them.")
    role: Text | None = Field(default=None, description="A role by name, with its path if it has one.")
    session: Text | None = Field(default=None, description="A session of the role of this name.")
    user: Text | None = Field(default=None, description="An IAM user by name.")
    root: bool = Field(default=False, description="The root user of the account.")
    service: str | None = Field(
        default=None, pattern=_SERVICE, description="An AWS service that calls as itself, s3.amazonaws.com say."
    )
    external: str | None = Field(
        default=None, pattern=_ACCOUNT, description="The id of an account outside the organization that calls."
    )
    anonymous: bool = Field(default=False, description="A request without credentials.")


class Blame(BaseModel):
    """``by:``, what must be among the things that deny."""

    model_config = _STRICT

    guardrail: Text | None = Field(default=None, description="The guardrail, by its file's stem.")
    sid: Text | None = Field(default=None, description="The Sid of the statement.")
    level: Text | None = Field(default=None, description="The node it is attached to: root, a unit, or account:NAME.")


class GuardrailTest(BaseModel):
    """One test: who does what, on what, where, and what becomes of it."""

    model_config = _STRICT

    name: Text = Field(description="What the test shows, in a sentence.")
    who: Who | None = Field(
        default=None, alias="as", description="Who calls; left out, the role developer of a made-up member account."
    )
    do: Action | Annotated[tuple[Action, ...], Field(min_length=1)] | None = Field(
        default=None, description="The action, ec2:RunInstances say; a list: each of them."
    )
    on: Texts | None = Field(
        default=None,
        description='The resource, an ARN or "*"; a list: one call on all of them. It may hold {account} and the like.',
    )
    of: Texts | None = Field(
        default=None,
        description="The account that the resource is in; left out, the one in its ARN, else the caller's.",
    )
    where: Region | Annotated[tuple[Region, ...], Field(min_length=1)] | None = Field(
        default=None, alias="in", description="The Region that is called; a list: each of them."
    )
    given: dict[Text, Given] = Field(default={}, alias="with", description="Context keys and what the request has.")
    absent: tuple[Text, ...] = Field(
        default=(), description="Context keys that the request does not have; aws:RequestTag/* for all that begin so."
    )
    expect: Literal["allowed", "denied", "explicit-deny", "implicit-deny", "depends"] | None = Field(
        default=None, description="The verdict; allowed says that no guardrail forbids it, not that IAM grants it."
    )
    by: Blame | Annotated[tuple[Blame, ...], Field(min_length=1)] | None = Field(
        default=None, description="What must be among the things that deny; a list: each of them."
    )
    type: Text | None = Field(
        default=None, description="The policy type that effective is about; in a guardrail's own file it is known."
    )
    effective: dict[Text, Any] = Field(
        default={},
        description="Of management policies: paths in the effective policy and their values, null for nothing there.",
    )
    child_policy: dict[str, Any] | None = Field(
        default=None, description="A policy attached below, which the guardrail may not let have its way."
    )


class GuardrailTestsFile(BaseModel):
    """``baselines/guardrail-tests.yaml``: what the guardrails of the whole tree do together."""

    model_config = _STRICT

    tests: tuple[GuardrailTest, ...] = Field(description="The tests, each on real accounts and units of the tree.")
