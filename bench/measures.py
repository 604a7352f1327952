"""The measurements on the sandbox, each in a process of its own: ``python -m bench.measures plan|create|onboard FOLDER``.

Each prints one JSON object. Simulated seconds are those of the sandbox's clock, at AWS's rates.
"""

from __future__ import annotations

import json
import logging
import resource
import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import structlog

from bench import baselines, bounds
from bench.made_up import fill
from factory import engine
from factory.aws.session import from_session
from factory.kinds.guardrail_files import wanted_types
from factory.sandbox import Call, Sandbox, Timing

LATENCY = 0.08
"""Simulated seconds that every call takes."""

CREATION = 60.0
"""Simulated seconds until AWS has made an account."""

STACK = 60.0
"""Simulated seconds that a stack takes, whatever is done to it."""

_SERVICES = {"resourcegroupstaggingapi": "tagging"}
"""Services whose rows in the limits table are called otherwise."""


def plan(folder: Path, seed: int = 0) -> dict[str, Any]:
    """Plan an organization that is as its files say: the calls, the simulated time, the CPU time of each part."""
    marks = [time.process_time()]
    organization, limits = engine.load(folder)
    marks.append(time.process_time())
    with Sandbox(limits=limits, seed=seed, timing=Timing(latency=LATENCY)) as box:
        fill(box.state, organization)
        attachments = sum(map(len, box.state.attachments.values()))
        aws, began = from_session(box.session(), limits, box.clock), box.clock.now()
        marks.append(time.process_time())
        reading = aws.reading(wanted_types(organization))
        simulated = box.clock.now() - began
        marks.append(time.process_time())
        made = engine.plan(organization, aws)
        marks.append(time.process_time())
        if made.changes or made.refusals or len(box.refusals):
            raise SystemExit(f"not an empty plan: {made.changes[:3]} {made.refusals[:3]} {box.refusals[:3]}")
        calls = Counter(map(operation, box.calls))
        policies = sum(not policy.aws_managed for policy in reading.policies)
        floor, bucket = bounds.seconds(calls, limits)
        return {
            "calls": calls,
            "calls_bound": bounds.calls(len(reading.accounts), len(reading.units), policies, attachments),
            "simulated": simulated,
            "simulated_bound": floor,
            "slowest": bucket,
            "cpu": dict(zip(("files", "sandbox", "read", "compare"), _steps(marks), strict=True)),
        }


def create(folder: Path) -> dict[str, Any]:
    """Create all accounts of these files from nothing: simulated seconds until the last one is in its unit."""
    organization, limits = engine.load(folder)
    accounts = len(organization.accounts)
    with Sandbox(limits=limits, timing=Timing(creation=(CREATION, CREATION), latency=LATENCY)) as box:
        aws, began = from_session(box.session(), limits, box.clock), box.clock.now()
        moved: list[float] = []
        box.watchers.append(lambda call: moved.append(box.clock.now()) if call.operation == "MoveAccount" else None)
        report = engine.apply(engine.plan(organization, aws), aws, organization, engine.Consent(), lambda _: None)
        if not report.complete or len(moved) != accounts or box.refusals:
            raise SystemExit(f"the accounts were not all created: {box.refusals[:3]}")
        return {
            "calls": Counter(map(operation, box.calls)),
            "simulated": max(moved) - began,
            "simulated_bound": bounds.creating(accounts, CREATION, limits),
        }


def onboard(folder: Path, accounts: int) -> dict[str, Any]:
    """Create so many accounts more in an organization with baselines, and follow them until every stack is current.

    The calls of the run that change something or follow the change, apart from those that read everything before and
    after it; simulated seconds from the first of them to the last.
    """
    marks = [time.process_time()]
    organization, limits = engine.load(folder)
    timing = Timing(creation=(CREATION, CREATION), stack=(STACK, STACK), latency=LATENCY)
    with Sandbox(limits=limits, timing=timing) as box:
        baselines.fill(box.state, organization)
        marks.append(time.process_time())
        aws = from_session(box.session(), limits, box.clock)
        if not engine.plan(organization, aws).empty:
            raise SystemExit("the organization to begin with is not as its files say")
        marks.append(time.process_time())
        baselines.add(folder, accounts)
        organization, limits = engine.load(folder)
        aws.refresh()
        first = len(box.calls)
        made = engine.plan(organization, aws)
        began, read = box.clock.now(), len(box.calls)
        ends: list[tuple[float, int]] = []

        def watch(event: engine.Event) -> None:
            if event.kind == "done":
                ends.append((box.clock.now(), len(box.calls)))

        report = engine.apply(made, aws, organization, engine.Consent(), watch)
        marks.append(time.process_time())
        stacks = sum(row.status == "CURRENT" for row in box.state.stack_instances.values())
        wanted = (len(organization.accounts)) * baselines.REGIONS * len(box.state.stack_sets)
        # Whether an operation was begun before is found out by asking for it.
        refusals = [(call, code) for call, code in box.refusals if code != "OperationNotFoundException"]
        if not report.complete or stacks != wanted or refusals:
            raise SystemExit(f"{stacks} of {wanted} stacks are current: {refusals[:3]}")
        end, last = max(ends)
        return {
            "calls": Counter(map(operation, box.calls[read:last])),
            "read": read - first,
            "verified": len(box.calls) - last,
            "simulated": end - began,
            "simulated_bound": bounds.creating(accounts, CREATION, limits) + bounds.MOVE + STACK,
            "cpu": dict(zip(("sandbox", "read", "apply"), _steps(marks), strict=True)),
        }


def operation(call: Call) -> str:
    """The row of the limits table for this call."""
    return f"{_SERVICES.get(call.service, call.service)}.{call.operation}"


def _steps(marks: list[float]) -> list[float]:
    return [after - before for before, after in pairwise(marks)]


def main() -> None:
    """Take one measurement and print it, with the CPU seconds and the peak memory (MB) of this process."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    measure: Any = {"plan": plan, "create": create, "onboard": onboard}[sys.argv[1]]
    figures = measure(Path(sys.argv[2]), *map(int, sys.argv[3:]))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    whole = {"cpu_whole": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss / 1024}
    print(json.dumps({**figures, **whole}))


if __name__ == "__main__":
    main()
