"""Measure, and print each figure beside its bound: commands, verdicts, reading at three sizes, creating, onboarding.

Everything about AWS is the sandbox's: AWS's page sizes (an empty page now and then), its rates and limits, 80 ms a
call, on a simulated clock. Figures of processor time and memory come from a process of their own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import baselines
from bench.made_up import write
from bench.measures import CREATION, LATENCY, STACK

SIZES = ((200, 12, 8), (1000, 60, 40), (10000, 300, 100))
"""Accounts, organizational units, guardrails."""

CREATIONS = ((100, 12, 8), (1000, 60, 40))
"""The same, for what is built from nothing."""

ONBOARDED, INTO, BESIDE = (1, 10, 100), 1000, 100
"""Accounts that come, one part after the other, into an organization of so many, and into one to compare with."""

ROOT = Path(__file__).resolve().parents[1]


def wall(*arguments: str, runs: int = 5) -> float:
    """Median wall time of a whole process, in seconds."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "factory", *arguments], cwd=ROOT, check=True, capture_output=True)
        times.append(time.perf_counter() - began)
    return sorted(times)[runs // 2]


def measured(what: str, folder: Path, *numbers: int) -> dict[str, Any]:
    """One of ``bench.measures``, in a process of its own."""
    command = [sys.executable, "-m", "bench.measures", what, str(folder), *map(str, numbers)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def row(what: str, value: str, bound: str = "", note: str = "") -> None:
    """One line of the table."""
    print(f"  {what:<46} {value:>12} {bound:>12}   {note}".rstrip(), flush=True)


def heading(text: str) -> None:
    """The head of a part of the table."""
    print(f"\n{text}\n  {'':<46} {'measured':>12} {'bound':>12}")


def reading(folder: Path, accounts: int, units: int, guardrails: int) -> None:
    """A plan without changes of an organization of this size."""
    heading(f"A plan without changes: {accounts:,} accounts, {units} organizational units, {guardrails} guardrails")
    write(folder, accounts, units, guardrails)
    row("factory validate, wall", f"{wall('--root', str(folder), 'validate', runs=3):.2f} s")
    plan = measured("plan", folder)
    row(
        "calls",
        str(sum(plan["calls"].values())),
        str(plan["calls_bound"]),
        "N/20 + N/100 + OUs + 2 x policies + att/20",
    )
    for operation, count in sorted(plan["calls"].items()):
        row(f"  {operation}", str(count))
    time_bound = f"{plan['simulated_bound']:.1f} s"
    row("time, simulated", f"{plan['simulated']:.1f} s", time_bound, f"these calls at the rate of {plan['slowest']}")
    parts = ", ".join(f"{name} {seconds:.1f}" for name, seconds in plan["cpu"].items())
    largest = accounts == SIZES[-1][0]
    row("processor time", f"{plan['cpu_whole']:.1f} s", "15 s" if largest else "", parts)
    row("peak memory, sandbox included", f"{plan['memory']:.0f} MB", "600 MB" if largest else "")


def creating(folder: Path, accounts: int, units: int, guardrails: int) -> None:
    """Everything from nothing, until the last account is in its unit."""
    heading(f"From nothing to {accounts:,} accounts in their {units} units, {CREATION:.0f} s a creation")
    write(folder, accounts + 1, units, guardrails)
    made = measured("create", folder)
    ratio = made["simulated"] / made["simulated_bound"]
    row("time, simulated", f"{made['simulated']:.0f} s", f"{made['simulated_bound']:.0f} s", "creations alone")
    row("  times the bound", f"{ratio:.3f}", "1.1")
    for operation, count in sorted(made["calls"].items()):
        if count >= accounts:
            row(f"  {operation}", str(count))
    row("processor time", f"{made['cpu_whole']:.1f} s", "", "sandbox included")


def onboarding(folder: Path) -> None:
    """Accounts into an organization with baselines, until every stack is current; beside it, into a smaller one."""
    large, small = folder / "large", folder / "small"
    baselines.write(large, INTO)
    baselines.write(small, BESIDE)
    # A hundred accounts take thousands of calls: enough to measure once.
    found, beside = measured("onboard", large, *ONBOARDED), measured("onboard", small, *ONBOARDED[:2])
    sets = len(baselines.ON_ROOT) + len(baselines.ON_UNITS) + 1
    for number, part in enumerate(found["parts"]):
        heading(
            f"Onboarding {part['accounts']} into {INTO:,} accounts with {sets} baselines in {baselines.REGIONS} "
            f"Regions, {CREATION:.0f} s a creation, {STACK:.0f} s a stack"
        )
        ratio = part["simulated"] / part["simulated_bound"]
        bound = f"{part['simulated_bound']:.0f} s"
        row("time, simulated", f"{part['simulated']:.0f} s", bound, "creations, the last one's move, and a stack")
        row("  times the bound", f"{ratio:.3f}", "1.2")
        smaller = beside["parts"][number]["calls"] if number < len(beside["parts"]) else {}
        total, note = str(sum(smaller.values())) if smaller else "", f"beside it: the same into {BESIDE} accounts"
        row("calls", str(sum(part["calls"].values())), total, note if smaller else "")
        for operation, count in sorted(part["calls"].items()):
            row(f"  {operation}", str(count), str(smaller[operation]) if smaller else "")
    heading("What onboarding takes besides")
    row("calls to read everything, before and after", f"2 x {found['read']}", "", f"{INTO:,} accounts")
    row("", f"2 x {beside['read']}", "", f"{BESIDE} accounts")
    parts = ", ".join(f"{name} {seconds:.0f}" for name, seconds in found["cpu"].items())
    row("processor time", f"{found['cpu_whole'] + beside['cpu_whole']:.0f} s", "60 s", parts)


def judging() -> None:
    """Verdicts a second under the guardrails of the example organization, on one core."""
    found = measured("judge", ROOT)
    heading(f"{found['requests']:,} distinct requests, {found['levels']} levels, {found['statements']} statements")
    parts = ", ".join(f"{name} {count:,}" for name, count in sorted(found["verdicts"].items()))
    row("verdicts a second, one core", f"{found['a_second']:,.0f}", ">= 20,000", parts)


def taking() -> None:
    """What a plan takes away from every account, under the guardrails of the example organization."""
    found = measured("take", ROOT)
    heading(
        f"What a plan takes away: {found['accounts']:,} accounts in {found['units']} units, {found['pairs']} different "
        "guards"
    )
    for what, seconds in found["seconds"].items():
        row(what, f"{seconds:.2f} s", "3 s", f"{found['sentences'][what]} sentences")


def main() -> None:
    """Print the whole table."""
    began = time.perf_counter()
    print(f"{LATENCY * 1000:.0f} ms a call and AWS's rates wherever time is simulated")
    heading("Commands")
    row("factory --version, wall", f"{wall('--version'):.2f} s", "0.25 s")
    judging()
    taking()
    with tempfile.TemporaryDirectory() as folder:
        for number, size in enumerate(SIZES):
            reading(Path(folder) / f"read-{number}", *size)
        for number, size in enumerate(CREATIONS):
            creating(Path(folder) / f"create-{number}", *size)
        onboarding(Path(folder))
    print(f"\nmake bench took {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
