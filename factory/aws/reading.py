"""One sweep over an organization: all streams of pages side by side, nothing asked per account."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from factory.aws import pool
from factory.aws.errors import AwsError, NoOrganization
from factory.aws.events import Event, emit
from factory.aws.records import Reading
from factory.aws.sweep import Sweep, read_tags

if TYPE_CHECKING:
    from factory.aws.session import Aws


class Part(Protocol):
    """What is read along with the organization."""

    def first(self) -> list[pool.Task]:
        """What can be asked at once."""

    def second(self) -> list[pool.Task]:
        """What follows from the answers of all parts."""

    def added_to(self, reading: Reading) -> Reading:
        """The reading with what was found."""


def read_organization(aws: Aws, types: Iterable[str] = (), parts: Sequence[Part] = ()) -> Reading:
    """Read the whole organization: structure, accounts, policies, attachments and tags; and these parts with it.

    Policies are read of every type that the root has switched on or is switching, and of ``types``. Raises
    `AwsError` where the structure, the accounts or the tags cannot be read; what else cannot be read is a gap.
    """
    started = aws.clock.now()
    sweep = Sweep(aws, types)
    try:
        pool.run([*sweep.first(), *(task for part in parts for task in part.first())], aws.workers, aws.clock)
        pool.run(sweep.units(), aws.workers, aws.clock)
        pool.run([*sweep.second(), *(task for part in parts for task in part.second())], aws.workers, aws.clock)
    except AwsError as error:
        raise _explained(aws, error) from None
    reading = sweep.reading()
    for part in parts:
        reading = part.added_to(reading)
    emit(
        Event.READ,
        seconds=round(aws.clock.now() - started, 3),
        accounts=len(reading.accounts),
        units=len(reading.units),
        policies=len(reading.policies),
        attachments=len(reading.attachments),
        gaps=len(reading.gaps),
    )
    return reading


def confirm_tags(aws: Aws, reading: Reading, resource_ids: Iterable[str]) -> Reading:
    """The reading with these resources' tags asked for one by one, where they came from the tagging API."""
    ids = sorted(set(resource_ids))
    if reading.tags_confirmed or not ids:
        return reading
    fresh = read_tags(aws, ids)
    return replace(reading, tags={**reading.tags, **fresh}, tags_confirmed=reading.tags.keys() <= set(fresh))


def _explained(aws: Aws, error: AwsError) -> AwsError:
    """A refusal to a member account, said as what it is: the wrong account."""
    if not error.denied:
        return error
    try:
        caller = aws.sts.caller()
        management = aws.organizations.describe_organization().management_account_id
    except AwsError:
        return error
    if caller.account == management:
        return error
    return NoOrganization(
        error.code,
        error.operation,
        f"account {caller.account} does not manage this organization, account {management} does",
        request_id=error.request_id,
        hint=f"use credentials of {management}, or of a delegated administrator allowed {error.action}",
    )
