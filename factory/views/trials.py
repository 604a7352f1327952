"""Results of the tests of guardrails for people: what failed and why, what no test covers, which mutants live."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from factory.guardrails.coverage import Uncovered
from factory.guardrails.mutants import Mutant
from factory.guardrails.trials import Expected, Result, Trial, Written
from factory.views.style import Style, Tone, plural

_SHOWN = 3
"""So many calls of one test are explained; the rest is counted."""

NOTE = '"allowed" says that no guardrail forbids it; whether IAM grants it is another matter.'


def results_text(results: Sequence[Result], style: Style, trials: Iterable[Trial] = ()) -> str:
    """Every test that failed, and a count of all at the end."""
    tests: dict[Written, list[Result]] = {}
    for result in results:
        tests.setdefault(result.test, []).append(result)
    lines: list[str] = []
    for test, found in tests.items():
        failed = [result for result in found if not result.passed]
        if failed:
            lines += _failed(test, failed, len(found), style)
    count = sum(any(not result.passed for result in found) for found in tests.values())
    calls = "1 call or value" if len(results) == 1 else f"{len(results)} calls or values"
    head = f"{plural(len(tests), 'test')} of guardrails, {calls}: "
    summary = f"{head}{style.paint(f'{count} failed', Tone.ALARM)}." if count else f"{head}all passed."
    lines.append(summary if tests else "There are no tests of guardrails.")
    if any(trial.expected is Expected.ALLOWED for trial in trials):
        lines.append(style.paint(NOTE, Tone.FAINT))
    return "\n".join(lines) + "\n"


def _failed(test: Written, failed: Sequence[Result], count: int, style: Style) -> Iterator[str]:
    yield f"{style.paint(style.clean(test.source), Tone.PLACE)}: {style.paint(style.clean(test.name), Tone.STRONG)}"
    for result in failed[:_SHOWN]:
        yield from style.wrap(style.clean(result.words), "  failed: ", "    ", Tone.LOSS)
        for line in result.lines:
            yield from style.wrap(style.clean(line), "    ", "      ")
    if len(failed) > _SHOWN:
        yield f"  and {len(failed) - _SHOWN} more of its {count} fail"
    yield ""


def coverage_text(found: Sequence[Uncovered], count: int, style: Style) -> str:
    """The statements that no test makes fire, and how many of all that is."""
    lines = [_gap(each, each.what, style) for each in found]
    parts = "statement or setting is" if count == 1 else "statements and settings are"
    covered = f"{count - len(found)} of {count} {parts} covered by tests."
    return "\n".join([*(line for listed in lines for line in listed), "Coverage: " + covered]) + "\n"


def mutants_text(found: Sequence[Mutant], count: int, style: Style) -> str:
    """The mutants that no test notices, and how many of all that is."""
    lines = [_gap(each, f"no test notices: {each.what}", style) for each in found]
    noticed = f"tests notice {count - len(found)} of {plural(count, 'mutant')}."
    return "\n".join([*(line for listed in lines for line in listed), "Mutation: " + noticed]) + "\n"


def _gap(each: Uncovered | Mutant, what: str, style: Style) -> list[str]:
    place = style.clean(each.subject.where(*each.path))
    words = f"{each.subject.name}: {what}; {each.advice}"
    return style.wrap(style.clean(words), f"{style.paint(place, Tone.PLACE)}: ", "    ")
