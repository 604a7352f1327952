"""Findings of the lint rules, and what the rules are about, for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from factory.core.errors import Problem
from factory.guardrails.lint.rules import RULES, Rule, Severity
from factory.views.style import Style, Tone, plural

_TONES: Mapping[Severity, Tone] = {Severity.ERROR: Tone.ALARM, Severity.WARNING: Tone.SHIFT}


def findings_text(errors: Iterable[Problem], warnings: Iterable[Problem], style: Style) -> str:
    """A line for each, sorted by place, and how many there are; nothing where there are none."""
    rows = {*((each, Severity.ERROR) for each in errors), *((each, Severity.WARNING) for each in warnings)}
    lines = [style.clean(f"{each.source}: {severity}: {each.told}") for each, severity in sorted(rows)]
    if not lines:
        return ""
    counts = [
        style.paint(plural(count, severity), tone)
        for severity, tone in _TONES.items()
        if (count := sum(1 for _, each in rows if each is severity))
    ]
    ids = sorted({each.rule for each, _ in rows if each.rule in RULES})
    more = f" factory lint --explain {ids[0]} says more." if ids else ""
    return "\n".join([*lines, f"{', '.join(counts)}.{more}"]) + "\n"


def clean_text(looked_at: Mapping[str, int], suppressed: int, validated: int | None = None) -> str:
    """What was looked at where nothing is found; ``validated`` counts what AWS was asked about, if it was."""
    parts = [", ".join(plural(count, what) for what, count in looked_at.items())]
    parts += [f"AWS validated {plural(validated, 'guardrail')}"] if validated is not None else []
    parts += [f"{plural(suppressed, 'finding')} suppressed, with reasons"] if suppressed else []
    return f"Clean: {'; '.join(parts)}.\n"


def rule_text(rule: Rule, style: Style) -> str:
    """What a rule finds, why that matters, and the way out."""
    head = style.paint(f"{rule.id} ({rule.severity}): {rule.title}", Tone.STRONG)
    lines = [head, "", *style.wrap(rule.why, "  ", "  "), "", *style.wrap(f"Way out: {rule.way_out}", "  ", "    ")]
    lines += [
        *style.wrap(f"Told by: {rule.told_by}.", "  ", "    "),
        *style.wrap(f"Source: {rule.source}.", "  ", "    "),
    ]
    return "\n".join(lines) + "\n"


def rules_markdown() -> str:
    """All rules, as ``docs/lint.md`` has them."""
    return _HEAD + "".join(
        f"\n## {rule.id}: {rule.title}\n\n{rule.why}\n\n**Way out:** {rule.way_out}\n\n"
        f"{rule.severity.capitalize()}; told by {rule.told_by}. Source: {rule.source}.\n"
        for rule in RULES.values()
    )


_HEAD = """# Lint rules of guardrails

`factory lint` finds what AWS would take and still is wrong. `factory lint --explain L23` says what stands here about
one rule; this page is made of the same table.

**Errors** are surely wrong and cannot be suppressed. A **warning** that is meant is suppressed in the guardrail's own
file, with the reason; a suppression of nothing is a finding itself (L35):

```yaml
suppress:
  - {rule: L27, sid: DenyLeaving, reason: "nobody may leave, not even break-glass"}
```

Without `sid:` it holds for the whole guardrail. Exit code 0: nothing is left. 65: something is, error or warning.
`factory validate --lint` shows the same among the problems of the files; there warnings fail nothing. Names of
services, actions and their condition keys, and templates, take the extra `lint`:
`pip install "aws-account-factory[lint]"`.

## Online

`factory lint --online` also asks AWS: `ValidatePolicy` of IAM Access Analyzer, once for each SCP and RCP as it would be
uploaded, in the home Region unless `--region` names another. It is free, changes nothing, needs no analyzer, and the
one permission `access-analyzer:ValidatePolicy` in any account. Documents that AWS would refuse for their form are not
sent.

What it finds stands among the other findings, with the place in the file, a rule `AA:ISSUE_CODE` and AWS's link.
`ERROR` is an error; `WARNING`, `SECURITY_WARNING`, `SUGGESTION` and what else may come are warnings, suppressed as all
others: `{rule: AA:REDUNDANT_ACTION, sid: DenyLeaving, reason: "..."}`. Without `--online` such a suppression is left
alone. AWS judges the text of one document: it knows nothing of where that is attached, of baselines, and of roles.

Where AWS cannot be asked, what was found without it is shown, then why, and the exit code is that of the reason: 7 for
credentials that are missing or refused, 1 for a missing permission. The sandbox has no Access Analyzer.
"""
