"""The measurements on the sandbox, each in a process of its own: ``python -m bench.measures WHAT FOLDER``.

Each prints one JSON object. Simulated seconds are those of the sandbox's clock, at AWS's rates.
"""

from __future__ import annotations

import gc
import json
import logging
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import structlog

from bench import baselines, bounds, judging, taking
from bench.made_up import fill
from factory import engine
from factory.aws.session import Aws, from_session
from factory.core.change import Status
from factory.core.guard import Case
from factory.engine.gate import gated
from factory.engine.journal import Journal
from factory.engine.planning import decide, survey, wanted
from factory.engine.scheduler import run
from factory.kinds.base import Site
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
    gc.collect()
    gc.freeze()  # what was there before is not looked through again, on the account of what is measured
    marks = [time.process_time()]
    organization, limits = engine.load(folder)
    marks.append(time.process_time())
    with Sandbox(limits=limits, seed=seed, timing=Timing(latency=LATENCY)) as box:
        fill(box.state, organization)
        attachments = sum(map(len, box.state.attachments.values()))
        aws, began = from_session(box.session(), limits, box.clock), box.clock.now()
        marks.append(time.process_time())
        reading = aws.reading(*wanted(organization))
        simulated = box.clock.now() - began
        marks.append(time.process_time())
        made = engine.plan(organization, aws)
        marks.append(time.process_time())
        if made.changes or made.refusals or len(box.refusals):
            raise SystemExit(f"not an empty plan: {made.changes[:3]} {made.refusals[:3]} {box.refusals[:3]}")
        calls = Counter(map(operation, box.calls))
        policies = sum(not policy.aws_managed for policy in reading.policies)
        floor, bucket = bounds.seconds(calls, limits)
        gc.unfreeze()
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


def onboard(folder: Path, *parts: int) -> dict[str, Any]:
    """Create so many accounts more in an organization with baselines, and follow them until every stack is current.

    One part after the other, from one reading. Of each, the calls that change something or follow what AWS makes of it,
    and the simulated seconds from the first of them until every stack is known to be current.
    """
    marks = [time.process_time()]
    organization, limits = engine.load(folder)
    timing = Timing(creation=(CREATION, CREATION), stack=(STACK, STACK), latency=LATENCY)
    with Sandbox(limits=limits, timing=timing) as box:
        baselines.fill(box.state, organization)
        baselines.add(folder, sum(parts))
        organization, limits = engine.load(folder)
        marks.append(time.process_time())
        aws = from_session(box.session(), limits, box.clock)
        case, _ = survey(organization, aws, engine.Consent())
        read = len(box.calls)
        marks.append(time.process_time())
        made = [_onboarded(names, case, box, aws) for names in _in_turn(baselines.added(sum(parts)), parts)]
        marks.append(time.process_time())
        current = sum(row.status == "CURRENT" for row in box.state.stack_instances.values())
        wanted = len(organization.accounts) * len(box.state.stack_sets) * baselines.REGIONS
        if current != wanted:
            raise SystemExit(f"{current} of {wanted} stacks are current")
        cpu = dict(zip(("sandbox", "read", "apply"), _steps(marks), strict=True))
        return {"parts": made, "read": read, "cpu": cpu}


def _onboarded(names: Sequence[str], case: Case, box: Sandbox, aws: Aws) -> dict[str, Any]:
    """One part: the changes of these accounts and no others."""
    chosen = frozenset(c.address for c in case.changes if c.address.name.rpartition("@")[2] in names)
    plan = decide(case, (), chosen)
    began, before, journal = box.clock.now(), len(box.calls), Journal(clock=box.clock)
    with gated(aws, None, journal):
        results, _ = run(plan, Site(aws, plan.identity, dict(plan.book), memory=journal), lambda _: None)
    failed = [result for result in results if result.status is not Status.DONE]
    # Whether an operation was begun before is found out by asking for it.
    refusals = [each for each in box.refusals if each[1] != "OperationNotFoundException"]
    if failed or refusals or len(results) != len(names) * (1 + len(box.state.stack_sets)):
        raise SystemExit(f"not what onboarding takes: {len(results)} changes, {failed[:3]} {refusals[:3]}")
    return {
        "accounts": len(names),
        "calls": Counter(map(operation, box.calls[before:])),
        "simulated": box.clock.now() - began,
        "simulated_bound": bounds.creating(len(names), CREATION, aws.limits) + bounds.MOVE + STACK,
    }


def _in_turn(names: Sequence[str], parts: Sequence[int]) -> Iterator[Sequence[str]]:
    for end, part in zip(accumulate(parts), parts, strict=True):
        yield names[end - part : end]


def operation(call: Call) -> str:
    """The row of the limits table for this call."""
    return f"{_SERVICES.get(call.service, call.service)}.{call.operation}"


def _steps(marks: list[float]) -> list[float]:
    return [after - before for before, after in pairwise(marks)]


def main() -> None:
    """Take one measurement and print it, with the CPU seconds and the peak memory (MB) of this process."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    measure: Any = {
        "plan": plan,
        "create": create,
        "onboard": onboard,
        "judge": judging.judging,
        "take": taking.taking,
    }[sys.argv[1]]
    figures = measure(Path(sys.argv[2]), *map(int, sys.argv[3:]))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    whole = {"cpu_whole": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss / 1024}
    print(json.dumps({**figures, **whole}))


if __name__ == "__main__":
    main()
