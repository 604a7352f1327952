"""Which live account is which declared one: by pinned id, by our tag, by the former stem, by e-mail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from factory.core.resource import ADDRESS_TAG, OWNER_TAG

if TYPE_CHECKING:
    from factory.aws.records import AccountRecord
    from factory.spec import Account

GONE = frozenset({"CLOSED", "SUSPENDED", "PENDING_CLOSURE"})
"""States (``Account.State``) in which an account can no longer be worked with."""


def match(
    declared: Mapping[str, Account],
    live: Iterable[AccountRecord],
    tags: Mapping[str, Mapping[str, str]],
    instance: str,
) -> dict[str, AccountRecord]:
    """Declared stem -> live account. The surest sign goes first, and a live account is taken only once.

    Signs, in order: ``id:`` in the file, the tag ``factory:address`` of this instance, that tag with the stem
    named by ``was:``, the root e-mail (case-folded). Among equals an account that is open comes first. An account
    of ours that is closed ended under its own name: its e-mail makes it no one else's.
    """
    accounts = sorted(live, key=lambda record: (record.state in GONE, record.id))

    def mine(record: AccountRecord) -> bool:
        return tags.get(record.id, {}).get(OWNER_TAG) == instance

    ours = [record for record in accounts if mine(record)]
    by_tag = _first(ours, lambda record: tags[record.id].get(ADDRESS_TAG))
    by_id = _first(accounts, lambda record: record.id)
    free = [record for record in accounts if record.state not in GONE or not mine(record)]
    by_email = _first(free, lambda record: record.email.casefold())
    found: dict[str, AccountRecord] = {}
    taken: set[str] = set()
    signs: tuple[Callable[[str, Account], AccountRecord | None], ...] = (
        lambda _, account: by_id.get(account.id or ""),
        lambda stem, account: None if account.id else by_tag.get(stem),
        lambda _, account: None if account.id else by_tag.get(account.was or ""),
        lambda _, account: None if account.id else by_email.get(account.email.casefold()),
    )
    for sign in signs:
        for stem, account in declared.items():
            record = sign(stem, account) if stem not in found else None
            if record is None or record.id in taken:
                continue
            if _superseded(record, account, by_email):
                continue
            found[stem] = record
            taken.add(record.id)
    return found


def _superseded(record: AccountRecord, account: Account, by_email: Mapping[str, AccountRecord]) -> bool:
    """A closed account that still carries the tag gives way to the open one that has the declared e-mail."""
    if account.id or record.state not in GONE:
        return False
    other = by_email.get(account.email.casefold())
    return other is not None and other.id != record.id and other.state not in GONE


def _first(records: Iterable[AccountRecord], key: Callable[[AccountRecord], str | None]) -> dict[str, AccountRecord]:
    found: dict[str, AccountRecord] = {}
    for record in records:
        name = key(record)
        if name:
            found.setdefault(name, record)
    return found
