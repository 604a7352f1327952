"""Who holds a lock: the facts about a run, what is written where the lock is, and the words for it."""

from __future__ import annotations

from dataclasses import dataclass

from factory.core.errors import LockedOut


@dataclass(frozen=True, slots=True)
class Holder:
    """The facts about a run for those whom it keeps waiting; none of them an e-mail address.

    ``owner`` is a person or the actor of a CI job, ``link`` the page of that job, ``commit`` what is checked out,
    with ``+`` behind it where files have changed since. Empty where it is not known.
    """

    run: str
    owner: str
    host: str
    process: int
    command: str
    link: str = ""
    commit: str = ""

    def __str__(self) -> str:
        return f"{self.owner} (run {self.run}, process {self.process} on {self.host}: {self.command})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is written where a lock is. ``token`` grows by one with every run that takes it, and never goes back.

    ``since`` and ``renewed`` are moments by the holder's clock, for people: nothing is decided by them. ``lease``
    and ``renewal`` are seconds; both are 0 in the lock of a checkout. ``nonce`` and ``renewals`` make every record
    unlike any other.
    """

    holder: Holder
    held: bool
    token: int
    since: str
    renewed: str
    lease: float = 0
    renewal: float = 0
    nonce: str = ""
    renewals: int = 0

    def is_of(self, other: Record) -> bool:
        """Whether both are of one run, and of one time that it held the lock."""
        return (self.holder.run, self.nonce) == (other.holder.run, other.nonce)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A lock as seen: where it is, whether it is held, and what its record says, where there is one.

    ``age`` is the seconds since the record was written, by the clock of S3; ``left`` what is left of the lease by
    that. The lock of a checkout has neither: it holds for as long as the process lives.
    """

    place: str
    held: bool
    record: Record | None = None
    age: float | None = None

    @property
    def left(self) -> float | None:
        """Seconds that the lease still has; 0 once it has run out, ``None`` where there is no lease."""
        if not self.held or self.record is None or self.age is None:
            return None
        return max(0.0, self.record.lease - self.age)

    @property
    def available(self) -> bool:
        """Whether a run could take it: it is free, or its lease has run out."""
        return not self.held or self.left == 0.0

    def refusal(self) -> LockedOut:
        """What a run is told that wanted this lock."""
        if self.record is None:
            return LockedOut(f"the lock {self.place} is held by another process", "wait until it has finished")
        holder, words = self.record.holder, [f"since {self.record.since}"]
        if self.left is not None and self.age is not None:
            words.append(f"renewed {span(self.age)} ago, its lease has {span(self.left)} left")
        words += [holder.link] if holder.link else []
        return LockedOut(f"the lock {self.place} is held by {holder}; {'; '.join(words)}", self._way_out())

    def _way_out(self) -> str:
        if self.record is None or self.left is None:
            return "wait until it has finished, or end that process; the lock goes with it"
        return (
            "wait until it has finished; if that run is dead, wait until its lease has run out, or type "
            f"factory lock break --run {self.record.holder.run}"
        )


def span(seconds: float) -> str:
    """A time for people, in whole seconds: ``45 s``, ``9 min 30 s``, ``2 h 5 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"
