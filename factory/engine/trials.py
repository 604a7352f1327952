"""The tests of guardrails as a check of the files: a test that fails is a problem like all others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from factory.core.errors import Problem
from factory.core.limits import Limits
from factory.guardrails.running import run
from factory.guardrails.trials import Result, Written
from factory.kinds.guardrail_trials import trials_of
from factory.spec import Organization


@dataclass
class Trials:
    """A further check of the files, for ``factory validate``; ``count`` is how many tests were tried."""

    count: int = 0

    def __call__(self, organization: Organization, limits: Limits) -> Iterator[Problem]:
        """One problem for each test that fails, with the first call that came out otherwise."""
        suite, _ = trials_of(organization)
        failed: dict[Written, list[Result]] = {}
        results = run(suite)
        self.count = len({result.test for result in results})
        for result in results:
            if not result.passed:
                failed.setdefault(result.test, []).append(result)
        for test, found in failed.items():
            more = f" (and {len(found) - 1} more like it)" if len(found) > 1 else ""
            what = f'the test "{test.name}" fails: {found[0].words}: {found[0].lines[0]}{more}'
            names = f" {test.guardrail}" if test.guardrail else ""
            yield Problem(
                test.source, what, f"factory guardrails test{names} says why; correct the guardrail or the test"
            )
