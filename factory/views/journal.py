"""The journal for people and programs: what each run changed, on whose behalf, and how it went."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from factory import __version__
from factory.core.journal import Chain, Fate, Record, Run, Step
from factory.views.json import FORMAT_VERSION
from factory.views.masking import mask_document
from factory.views.style import Style, Tone, plural

_TONES = {Fate.DONE: Tone.GAIN, Fate.REFUSED: Tone.ALARM, Fate.LOST: Tone.SHIFT, Fate.NOT_SENT: Tone.FAINT}
_OPEN = "no outcome"
_ASIDE = (
    "keep the file as evidence, find out who changed it, and move it aside once an apply has come to its end: the next "
    "one begins a new journal"
)
_FACTS = (
    ("principal", "as"),
    ("owner", "by"),
    ("commit", "commit"),
    ("digest", "plan"),
    ("token", "lock token"),
    ("link", "run"),
)


def runs_text(runs: Iterable[Run], style: Style, nothing: str = "The journal holds no runs.") -> str:
    """Every run with its requests, the oldest first, or the words for none; ends in a newline."""
    lines: list[str] = []
    for run in runs:
        lines += [*_run(run, style), ""]
    return "\n".join(lines or [*style.wrap(style.clean(nothing), "", ""), ""])


def runs_json(runs: Iterable[Run], *, show_emails: bool = False, sandbox: bool = False) -> str:
    """The same as a JSON document, plain ASCII, ending in a newline."""
    document: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "tool": {"name": "aws-account-factory", "version": __version__},
        "sandbox": sandbox,
        "runs": [
            {
                "run": run.id,
                "begun": run.begun,
                "requests": [{"intent": step.intent, "outcome": step.outcome} for step in run.steps],
                "ended": run.ended,
            }
            for run in runs
        ],
    }
    return json.dumps(document if show_emails else mask_document(document), indent=2, ensure_ascii=True) + "\n"


def chain_text(chain: Chain, path: str, open_requests: int, style: Style) -> str:
    """Whether the journal is as it was written; ends in a newline."""
    lines = [
        style.paint(f"line {flaw.line}: {flaw.what}", Tone.ALARM if flaw.grave else Tone.FAINT) for flaw in chain.flaws
    ]
    if open_requests:
        lines += style.wrap(
            f"{plural(open_requests, 'request')} without an outcome: the run was cut off there; the next apply looks "
            "what became of it",
            "",
            "  ",
        )
    count = plural(len(chain.records), "record")
    verdict = f"The chain of {count} is whole." if chain.sound else f"The chain of {count} is broken."
    lines += [style.clean(path), style.paint(verdict, Tone.STRONG if chain.sound else Tone.ALARM)]
    if chain.head:
        lines.append(f"Head: sha256:{chain.head}")
    if not chain.sound:
        lines += style.wrap(_ASIDE, "way out: ", "  ")
    return "\n".join(lines) + "\n"


def _run(run: Run, style: Style) -> Iterator[str]:
    first: Record = run.begun or (run.steps[0].intent if run.steps else {})
    yield style.paint(f"Run {style.clean(run.id)}  {style.clean(_time(first))}", Tone.STRONG)
    for key, word in _FACTS:
        value = (run.begun or {}).get(key)
        if value:
            yield from style.wrap(style.clean(f"{word} {value}"), "  ", "    ", Tone.FAINT)
    for step in run.steps:
        yield from _step(step, style)
    if run.ended is None:
        yield style.paint("  did not come to its end: killed, or still at work", Tone.SHIFT)
    else:
        changes = run.ended.get("changes")
        counts = changes.items() if isinstance(changes, dict) else ()
        told = ", ".join(f"{count} {status}" for status, count in counts) or "nothing to do"
        why = run.ended.get("why")
        yield from style.wrap(style.clean(f"ended: {told}" + (f"; stopped early: {why}" if why else "")), "  ", "    ")


def _step(step: Step, style: Style) -> Iterator[str]:
    outcome = step.outcome or {}
    fate = str(outcome.get("fate", _OPEN))
    tone = _TONES.get(Fate(fate), Tone.FAINT) if fate in set(Fate) else Tone.SHIFT
    code = " ".join(str(outcome[key]) for key in ("code", "reason") if outcome.get(key))
    request = outcome.get("request_id")
    operation = str(step.intent.get("operation", "")).rpartition(".")[2]
    subject = " ".join(str(step.intent[key]) for key in ("verb", "address") if key in step.intent)
    words = f"{operation:<26} {subject}" + (f": {code}" if code else "") + (f"  [{request}]" if request else "")
    yield f"  {_time(step.intent)[11:19]} {style.paint(f'{style.clean(fate):<10}', tone)} {style.clean(words)}"


def _time(record: Record) -> str:
    return str(record.get("time", ""))[:19].replace("T", " ")
