"""What a rule looks at."""

from __future__ import annotations

from dataclasses import dataclass

from factory.core.limits import Limits
from factory.spec.draft import Drafts
from factory.spec.organization import Organization


@dataclass(frozen=True)
class Case:
    """The files as read, the organization that those which hold together make, and AWS's limits."""

    drafts: Drafts
    organization: Organization
    limits: Limits
