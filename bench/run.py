"""Measure what can be measured without AWS: reading files, and the calls and time of a plan without changes."""

from __future__ import annotations

import math
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from made_up import write

from factory import engine
from factory.aws.session import from_session
from factory.sandbox import Sandbox

SIZES = ((200, 12, 8), (1000, 60, 40))


def wall(*arguments: str, runs: int = 5) -> float:
    """Median wall time of a whole process, in seconds."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "factory", *arguments], check=True, capture_output=True)
        times.append(time.perf_counter() - began)
    return sorted(times)[runs // 2]


def no_op_plan(root: Path) -> tuple[Counter[str], float, float]:
    """Calls by operation, simulated seconds and CPU seconds of planning an organization that is as its files say."""
    organization, limits = engine.load(root)
    with Sandbox(limits=limits, rates=False) as box:
        aws = from_session(box.session(), limits, box.clock)
        report = engine.apply(engine.plan(organization, aws), aws, organization, engine.Consent(), lambda _: None)
        if not report.complete:
            raise SystemExit("the made-up organization was not built whole")
        # A while later, so that the apply's own requests do not slow the plan down.
        box.clock.sleep(3600)
        before, began, cpu = len(box.calls), box.clock.now(), time.process_time()
        aws = from_session(box.session(), limits, box.clock)
        if not engine.plan(organization, aws).empty:
            raise SystemExit("the plan is not empty")
        calls = Counter(call.operation for call in box.calls[before:])
        return calls, box.clock.now() - began, time.process_time() - cpu


def main() -> None:
    """Print all measurements, each beside its bound where there is one."""
    print(f"factory --version              {wall('--version'):6.2f} s   (bound 0.25 s)")
    for accounts, units, guardrails in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            write(root, accounts, units, guardrails)
            print(f"\n{accounts} accounts, {units} organizational units, {guardrails} guardrails")
            seconds = wall("--root", folder, "validate")
            print(f"  factory validate             {seconds:6.2f} s" + ("   (bound 2 s)" if accounts == 1000 else ""))
            calls, simulated, cpu = no_op_plan(root)
            attachments = accounts + units + 1 + units + 1
            bound = math.ceil(accounts / 20) + math.ceil(accounts / 100) + units + 2 * guardrails
            bound += math.ceil(attachments / 20)
            print(f"  calls of a plan, no changes  {sum(calls.values()):6}     (bound {bound})")
            for operation, count in sorted(calls.items()):
                print(f"    {operation:<38} {count:5}")
            print(f"  at AWS's rates, one at a time {simulated:5.0f} s simulated; {cpu:.2f} s of CPU")


if __name__ == "__main__":
    main()
