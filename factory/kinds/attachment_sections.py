"""What the root, units and accounts say of attachments, as several kinds read it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from factory.spec import Section

_EVERYWHERE = frozenset({"root", "ou", "account"})
GUARDRAILS: Section[tuple[str, ...]] = Section(
    "guardrails",
    tuple[Annotated[str, Field(min_length=1)], ...],
    (),
    _EVERYWHERE,
    "Guardrails attached here: names of files in baselines/guardrails/. Those of the nodes above hold as well.",
)
FULL_ACCESS_SECTION: Section[bool | None] = Section(
    "full_access",
    bool | None,
    None,
    _EVERYWHERE,
    "false takes AWS's FullAWSAccess off this node; a guardrail with Allow statements must be attached instead.",
)
