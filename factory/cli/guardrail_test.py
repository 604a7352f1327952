"""``factory guardrails test``: whether guardrails do what their tests say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from factory.cli.commands import Verb
from factory.cli.exits import Exit
from factory.cli.options import Options

if TYPE_CHECKING:
    from factory.guardrails.trials import Result, Suite


@click.command(
    cls=Verb,
    examples=(
        "factory guardrails test",
        "factory guardrails test deny-regions --mutate",
        "factory guardrails test --coverage --mutate --junit report.xml",
    ),
    exits=(Exit.DONE, Exit.ERROR, Exit.USAGE, Exit.FILES),
)
@click.argument("names", metavar="[NAME]...", nargs=-1, help="Guardrails by their files; without, all are tested.")
@click.option("--coverage", is_flag=True, help="List statements that no test makes fire; any is a failure.")
@click.option("--mutate", is_flag=True, help="List changes of guardrails that no test notices; any is a failure.")
@click.option(
    "--junit",
    type=click.Path(path_type=Path),
    metavar="FILE",
    allow_from_autoenv=False,
    help="Write the results as JUnit XML, too.",
)
@click.pass_obj
def test(options: Options, names: tuple[str, ...], coverage: bool, mutate: bool, junit: Path | None) -> Exit:
    """Run the tests of guardrails.

    Those in a guardrail's own file judge that guardrail alone; those in baselines/guardrail-tests.yaml judge the tree,
    with everything that the files attach. With NAME, only tests that this guardrail takes part in. "allowed" says
    that no guardrail forbids it, not that IAM grants it. Ends with 65 if a test fails, as factory validate does, or if
    --coverage or --mutate find something.
    """
    from factory.cli.terminal import Terminal
    from factory.cli.work import read_files
    from factory.guardrails.running import run
    from factory.kinds.guardrail_trials import trials_of
    from factory.views.trials import coverage_text, mutants_text, results_text

    organization, _ = read_files(options)
    whole, _ = trials_of(organization)
    chosen = _chosen(names, whole)
    suite = _about(chosen, whole) if names else whole
    results = run(suite)
    if junit is not None:
        from factory.engine.whole_files import SHARED, write_whole
        from factory.views.junit import junit as report

        write_whole(junit, report(results), "--junit", SHARED)
    terminal = Terminal(options)
    style = terminal.style(terminal.out)
    texts, good = [results_text(results, style, suite.trials)], all(result.passed for result in results)
    if coverage:
        from factory.guardrails.coverage import uncovered

        gaps, count = uncovered(_passing(suite, results), [each for each in results if each.passed], chosen)
        texts.append(coverage_text(gaps, count, style))
        good = good and not gaps
    if mutate:
        from factory.guardrails.mutants import survivors

        alive, count = survivors(_passing(suite, results), chosen)
        texts.append(mutants_text(alive, count, style))
        good = good and not alive
    terminal.product("\n".join(texts))
    return Exit.DONE if good else Exit.FILES


def _chosen(names: Sequence[str], suite: Suite) -> list[str]:
    """The guardrails of these names, or all. Raises ``UsageError`` where there is none."""
    from factory.core.errors import UsageError
    from factory.spec import suggest

    found = [name.removeprefix("guardrail:") for name in names]
    for name in found:
        if name not in suite.subjects:
            hint = suggest(name, suite.subjects)
            raise UsageError(f"there is no guardrail {name!r}{hint}", "name a file in baselines/guardrails/")
    return list(dict.fromkeys(found)) or list(suite.subjects)


def _about(names: Sequence[str], suite: Suite) -> Suite:
    """Only the trials that one of these guardrails takes part in."""
    from dataclasses import replace

    from factory.guardrails.mutants import involved

    calls: set[int] = set()
    values: set[int] = set()
    for name in names:
        trials, effects = involved(suite, name)
        calls.update(map(id, trials))
        values.update(map(id, effects))
    return replace(
        suite,
        trials=tuple(each for each in suite.trials if id(each) in calls),
        effects=tuple(each for each in suite.effects if id(each) in values),
    )


def _passing(suite: Suite, results: Sequence[Result]) -> Suite:
    """Without the trials that fail: what they would notice, they notice already."""
    from dataclasses import replace

    passed = [result.passed for result in results]
    count = len(suite.trials)
    return replace(
        suite,
        trials=tuple(each for each, good in zip(suite.trials, passed, strict=False) if good),
        effects=tuple(each for each, good in zip(suite.effects, passed[count:], strict=False) if good),
    )
