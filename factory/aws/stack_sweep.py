"""The streams of a sweep over the calling account's own stacks, Region by Region."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from factory.aws.errors import AwsError
from factory.aws.events import Event, emit
from factory.aws.pool import Task
from factory.aws.records import Ours, OwnStackRecord, Reading
from factory.aws.stacks import Stacks, missing
from factory.core.resource import OWNER_TAG, Gap

SHUT = frozenset(
    {"InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure", "OptInRequired", "EndpointConnectionError"}
)
"""How a Region answers that is not enabled for the account, or that does not exist.

Credentials that are good for nothing fail for the organization, too. Source: AWS Account Management Reference Guide,
"Enable or disable AWS Regions in your account"; EC2 API error codes.
"""


class StackSweep:
    """What one sweep has found of the stacks that were asked for. Tasks run side by side.

    ``further`` tells, after the first ones, in which Regions there may be some.
    """

    def __init__(
        self, stacks: Callable[[str], Stacks], asked: Ours, further: Callable[[], frozenset[str]] = frozenset
    ) -> None:
        self._stacks = stacks
        self._asked = asked
        self._further = further
        self._found: dict[str, OwnStackRecord] = {}
        self._gaps: set[str] = set()

    def first(self) -> list[Task]:
        """A listing for each Region; the templates of ours follow."""
        return self._listings(self._asked.regions) if self._asked.expected else []

    def second(self) -> list[Task]:
        """A Region may have been taken out of the files while there are still stacks in it."""
        return self._listings(self._further() - (self._asked.regions if self._asked.expected else frozenset()))

    def _listings(self, regions: frozenset[str]) -> list[Task]:
        return [Task("DescribeStacks", partial(self._read, region)) for region in sorted(regions)]

    def added_to(self, reading: Reading) -> Reading:
        """The reading with what was found."""
        gaps = (*reading.gaps, *(Gap("management-stack", reason) for reason in sorted(self._gaps)))
        found = sorted(self._found.values(), key=lambda each: (each.name, each.region))
        return replace(reading, own_stacks=tuple(found), gaps=gaps)

    def _read(self, region: str) -> Iterable[Task]:
        try:
            stacks = self._stacks(region)
            found = stacks.named(self._asked.prefix)
        except AwsError as error:
            if error.code in SHUT:
                # Nothing of ours can be in a Region that is shut, so it matters only where something is wanted.
                if region in self._asked.needed:
                    self._gap(f"{region} cannot be reached ({error.code}): is it enabled for the management account?")
                return ()
            return self._denied(error)
        self._found.update({record.id: record for record in found})
        ours = [record for record in found if record.begun and record.tags.get(OWNER_TAG) == self._asked.instance]
        return [Task("GetTemplate", partial(self._read_template, stacks, record)) for record in ours]

    def _read_template(self, stacks: Stacks, record: OwnStackRecord) -> Iterable[Task]:
        try:
            self._found[record.id] = replace(record, template=stacks.template(record.id))
        except AwsError as error:
            if not missing(error):
                return self._denied(error)
            del self._found[record.id]
        return ()

    def _denied(self, error: AwsError) -> Iterable[Task]:
        """What a missing permission hides is a gap; all else is raised."""
        if not error.denied:
            raise error
        if self._asked.expected:
            self._gap(f"{error.action} is not allowed to these credentials")
        return ()

    def _gap(self, reason: str) -> None:
        if reason not in self._gaps:
            self._gaps.add(reason)
            emit(Event.GAP, kind="management-stack", reason=reason)
