"""The streams of a sweep over stack sets: their definitions, where they go, and every stack, by pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from factory.aws.errors import AwsError
from factory.aws.events import Event, emit
from factory.aws.pool import Task
from factory.aws.records import Ours, Reading, StackRecord, StackSetRecord
from factory.aws.stack_sets import StackSets
from factory.aws.stack_sweep import SHUT
from factory.core.resource import OWNER_TAG, Gap

_GONE = "StackSetNotFoundException"

ELSEWHERE = "stack sets in another Region"
"""The kind of the gap that tells of stack sets of ours which are kept elsewhere than where they are read."""


class StackSetSweep:
    """What one sweep has found of the stack sets that were asked for. Tasks run side by side.

    Where none of them is ours although stack sets are in use, ours are looked for in these ``regions``: `home_region`
    may have been another one before.
    """

    def __init__(self, stack_sets: Callable[[str], StackSets], asked: Ours, regions: Iterable[str] = ()) -> None:
        self._in = stack_sets
        self._stack_sets = stack_sets(asked.home)
        self._asked = asked
        self._elsewhere = frozenset(regions) - {asked.home}
        self._access: list[str] = []
        self._definitions: dict[str, StackSetRecord] = {}
        self._targets: dict[str, dict[str, tuple[str, ...]]] = {}
        self._stacks: dict[str, tuple[StackRecord, ...]] = {}
        self._gaps: set[Gap] = set()

    def first(self) -> list[Task]:
        """What can be asked at once; the rest follows from the answers."""
        access = Task("DescribeOrganizationsAccess", partial(self._guarded, self._read_access))
        return [access, self._names()] if self._asked.expected else [access]

    def second(self) -> list[Task]:
        """A look into the other Regions, where nothing of ours was found."""
        if not self.in_use or any(self._is_ours(found) for found in self._definitions.values()):
            return []
        return [Task("ListStackSets", partial(self._look_in, region)) for region in sorted(self._elsewhere)]

    @property
    def in_use(self) -> bool:
        """Whether stack sets may reach the organization's accounts: without that there can be none of ours."""
        return self._access == ["ENABLED"]

    def regions(self) -> frozenset[str]:
        """Where the management account may have stacks: in the Regions asked for, and in those of stack sets."""
        if not self.in_use:
            return frozenset()
        return self._asked.regions | {stack.region for found in self._stacks.values() for stack in found}

    def added_to(self, reading: Reading) -> Reading:
        """The reading with what was found."""
        whole = self._definitions.keys() & self._targets.keys() & self._stacks.keys()
        found = (
            replace(self._definitions[name], targets=self._targets[name], stacks=self._stacks[name])
            for name in sorted(whole)
        )
        gaps = (*reading.gaps, *sorted(self._gaps, key=lambda gap: (gap.kind, gap.reason)))
        access = self._access[0] if self._access else ""
        return replace(reading, stack_sets=tuple(found), stack_set_access=access, gaps=gaps)

    def _guarded(self, work: Callable[..., Iterable[Task]], *given: Any) -> Iterable[Task]:
        """What a missing permission hides is a gap; what was deleted meanwhile is not there; all else is raised."""
        try:
            return work(*given)
        except AwsError as error:
            if error.code == _GONE or not self._asked.expected:
                return ()
            if not error.denied:
                raise
            gap = Gap("baseline", f"{error.action} is not allowed to these credentials")
            if gap not in self._gaps:
                self._gaps.add(gap)
                emit(Event.GAP, kind=gap.kind, reason=gap.reason)
            return ()

    def _read_access(self) -> Iterable[Task]:
        self._access.append(self._stack_sets.access())
        return [self._names()] if self.in_use and not self._asked.expected else []

    def _names(self) -> Task:
        return Task("ListStackSets", partial(self._guarded, self._read_names))

    def _read_names(self) -> Iterable[Task]:
        reads = (
            ("DescribeStackSet", self._read_definition),
            ("ListStackSetAutoDeploymentTargets", self._read_targets),
            ("ListStackInstances", self._read_stacks),
        )
        names = self._stack_sets.names(self._asked.prefix)
        return [Task(lane, partial(self._guarded, read, name)) for name in names for lane, read in reads]

    def _look_in(self, region: str) -> Iterable[Task]:
        """Note stack sets of ours where they should not be; a Region that cannot be asked holds none that matter."""
        there = self._in(region)
        try:
            names = [name for name in there.names(self._asked.prefix) if self._is_ours(there.stack_set(name))]
        except AwsError as error:
            if not error.denied and error.code not in SHUT | {_GONE}:
                raise
            return ()
        if names:
            more = f" and {len(names) - 1} more" if names[1:] else ""
            self._gaps.add(Gap(ELSEWHERE, f"{region} ({min(names)}{more})"))
        return ()

    def _is_ours(self, found: StackSetRecord) -> bool:
        return found.tags.get(OWNER_TAG) == self._asked.instance

    def _read_definition(self, name: str) -> Iterable[Task]:
        self._definitions[name] = self._stack_sets.stack_set(name)
        return ()

    def _read_targets(self, name: str) -> Iterable[Task]:
        self._targets[name] = self._stack_sets.targets(name)
        return ()

    def _read_stacks(self, name: str) -> Iterable[Task]:
        self._stacks[name] = self._stack_sets.stacks(name)
        return ()
