"""Files as read, before they are put together: what is written, and the model where it holds."""

from __future__ import annotations

from dataclasses import dataclass, field

from factory.core.resource import Source
from factory.spec.models import AccountFile, OrganizationFile
from factory.spec.node import Node
from factory.spec.organization import FileEntry


@dataclass(frozen=True)
class AccountDraft:
    """An account file; the model is missing where the file does not hold together."""

    stem: str
    node: Node
    model: AccountFile | None


@dataclass(frozen=True)
class Drafts:
    """All files. ``organization`` is missing where ``organization.yaml`` could not be read at all.

    ``file_names`` are the stems of all files of each kind, also of those that do not hold together. ``unlisted``
    names the kinds, and ``accounts``, whose folder could not be read, so that files of theirs may be missing here.
    """

    organization: OrganizationFile | None
    node: Node
    accounts: tuple[AccountDraft, ...] = ()
    files: dict[str, dict[str, FileEntry]] = field(default_factory=dict)
    file_names: dict[str, frozenset[str]] = field(default_factory=dict)
    unlisted: frozenset[str] = frozenset()

    def stems(self) -> dict[str, Source]:
        """Every account file's stem, also of those that do not hold together."""
        return {draft.stem: Source(draft.node.source.file) for draft in self.accounts}
