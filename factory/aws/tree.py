"""The tree of units as other answers already tell it, so that no unit need be listed for its own sake."""

from __future__ import annotations

from collections.abc import Iterable

from factory.aws.records import AccountRecord, AttachmentRecord, RootRecord
from factory.core.policy_types import SCP

UNIT, PLACES = "ORGANIZATIONAL_UNIT", ("ou-", "r-")


def told(root: RootRecord) -> bool:
    """Whether the targets of the SCPs are all nodes: each keeps at least one while the type is on (DetachPolicy)."""
    return root.policy_types.get(SCP) == "ENABLED"


def parents(accounts: Iterable[AccountRecord]) -> dict[str, str]:
    """Unit id -> the root or unit it is in, for all that have an account somewhere below (``Account.Paths``)."""
    found: dict[str, str] = {}
    for path in {account.path.rstrip("/").rpartition("/")[0] for account in accounts}:
        places = [part for part in path.split("/") if part.startswith(PLACES)]
        found.update(zip(places[1:], places, strict=False))
    return found


def units(
    root: RootRecord,
    accounts: Iterable[AccountRecord],
    attachments: Iterable[AttachmentRecord],
    tagged: Iterable[str],
) -> dict[str, AttachmentRecord] | None:
    """Every unit by id, each with one of its attachments, which names it; ``None`` where the answers do not agree.

    The accounts' paths and the tagging API's list (``tagged``, unit ids) are the witnesses: a unit that they know and
    the attachments do not means that the attachments do not tell all.
    """
    known = list(accounts)
    if not all(account.path for account in known):
        return None
    targets = {attached.target_id: attached for attached in attachments}
    if not {root.id, *parents(known), *tagged} <= targets.keys():
        return None
    return {key: attached for key, attached in targets.items() if attached.target_type == UNIT}
