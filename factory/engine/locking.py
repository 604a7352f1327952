"""One applying run at a time: the lock of the checkout always, the lock in S3 where the files name a bucket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from factory.core.errors import FactoryError, LockedOut
from factory.core.lock import Holder, Sighting
from factory.engine.lease import Lease, sighting
from factory.engine.local_lock import held_here, look_here

if TYPE_CHECKING:
    from factory.aws.session import Aws
    from factory.spec import LockPlace, Organization

__all__ = ["Holder", "Lock", "Sighting", "break_lock", "locked", "look", "look_here"]


class Lock(Protocol):
    """The lock that a run holds, for those who make its requests; safe to use from many threads."""

    @property
    def token(self) -> int:
        """The fencing number; 0 for the lock of a checkout alone."""
        ...

    @property
    def lost(self) -> bool:
        """Whether the lock is not this run's any more."""
        ...

    def keep(self) -> None:
        """Before every request: renew the lock where it is time to. Never raises."""
        ...

    def require(self) -> None:
        """Before every change: raise ``LockedOut`` unless this run holds the lock, now and for the next request."""
        ...

    def describe(self) -> str:
        """Where the lock is."""
        ...


@contextmanager
def locked(root: Path, organization: Organization, aws: Aws, holder: Holder) -> Iterator[Lock]:
    """Hold the lock of the checkout in ``root``, then the one in S3 if there is one; let go of both at the end.

    Raises ``LockedOut`` saying who holds it, ``FactoryError`` where it cannot be taken at all. Letting go never
    raises: a lock in S3 that could not be freed runs out by itself, and the log says so.
    """
    with held_here(root, holder, aws.clock) as local:
        if organization.lock is None:
            yield local
            return
        place = organization.lock
        lease = Lease(aws.objects(place.bucket, place.region), place, holder, aws.limits, aws.clock)
        try:
            lease.acquire()
            yield lease
        finally:
            lease.release()


def look(place: LockPlace, aws: Aws) -> Sighting:
    """The lock in S3 as it is now. Raises `AwsError`, and ``FactoryError`` where something else is there."""
    return sighting(place, aws.objects(place.bucket, place.region).get(place.key))


def break_lock(place: LockPlace, aws: Aws, run: str, holder: Holder) -> Sighting | None:
    """Take the lock in S3 from this run, and free it; the lock as it was, or ``None`` where nobody held it.

    It is held until the run, should it live, must have noticed: the time between two renewals of it. A run that
    cannot reach S3 notices only when its lease runs out. Interrupted meanwhile, this command leaves a lease of its
    own behind. Raises ``LockedOut`` where another run holds the lock.
    """
    objects = aws.objects(place.bucket, place.region)
    seen = sighting(place, objects.get(place.key))
    if not seen.held or seen.record is None:
        return None
    if seen.record.holder.run != run:
        raise LockedOut(
            f"not the run {run} holds the lock {place}, but {seen.record.holder}", "name that run, if it is dead"
        )
    lease = Lease(objects, place, holder, aws.limits, aws.clock)
    lease.acquire(instead_of=run)
    aws.clock.sleep(min(seen.record.renewal, seen.left or 0.0))
    if not lease.release():
        raise FactoryError(
            f"the lock {place} was taken from the run {run} and could not be freed",
            "wait until the lease of this command has run out; factory lock show says when",
        )
    return seen
