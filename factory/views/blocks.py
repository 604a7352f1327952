"""One change as a block of lines: what, where it is wanted, why, and each attribute that differs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeVar

from factory.core.address import management_stack_parts, stack_parts
from factory.core.change import Action, Change, FieldDiff, Risk
from factory.core.resource import TAGS, Source, Value
from factory.views.documents import Part, compare
from factory.views.masking import holds_email, mask_email
from factory.views.style import Style, Tone, columns

SYMBOLS = {
    Action.CREATE: ("+", Tone.GAIN),
    Action.ADOPT: ("i", Tone.PLACE),
    Action.UPDATE: ("~", Tone.SHIFT),
    Action.MOVE: (">", Tone.PLACE),
    Action.CLOSE: ("!", Tone.ALARM),
    Action.DELETE: ("-", Tone.LOSS),
}
RISKS = {
    Risk.HIGH: "high - look twice before you agree",
    Risk.IRREVERSIBLE: "irreversible - editing the files again will not undo this",
}
_SIGNS = {"+": Tone.GAIN, "-": Tone.LOSS, "~": Tone.SHIFT}
_OWN = "value."
"""Begins the attributes that tell the values of a single account; what was set before, AWS does not list."""

_DOCUMENT = "content"
_TEMPLATE = "template"
"""What its difference means in the accounts stands in the effects."""

_LONGEST = 240
"""Characters of one value that are shown in text; JSON has all of them."""


def heading(change: Change, style: Style) -> str:
    """Symbol, verb and names: ``+ create account:payments-prod``."""
    symbol, tone = SYMBOLS[change.action]
    return " ".join((style.paint(symbol, tone), style.clean(change.verb), named(change, style)))


def named(change: Change, style: Style) -> str:
    """The name people gave first, then AWS's own name and id where there are any."""
    resource = change.resource
    words = style.paint(style.clean(change.address), Tone.STRONG)
    if resource.label and resource.label != resource.address.name:
        words += f' "{style.clean(resource.label)}"'
    return words + (f" ({style.clean(resource.id)})" if resource.id else "")


def place(source: Source | None, style: Style) -> str:
    """``file:line``, for people to open; nothing where nothing is written."""
    return style.clean(f"{source.file}:{source.line}") if source else ""


def block(change: Change, style: Style, indent: str = "  ", title: str = "", more: str = "") -> list[str]:
    """All lines of one change; with ``title`` and ``more``, of several that have all but the place in common."""
    inner = indent + "    "
    lines = [_title(change, style, indent, title)]
    lines += style.wrap(style.clean(more), inner, inner) if more else []
    if change.reason:
        lines += style.wrap(style.clean(change.reason), inner, inner, Tone.FAINT)
    if change.risk in RISKS:
        lines += style.wrap(f"risk: {RISKS[change.risk]}", inner, inner + "  ", Tone.ALARM)
    lines += _attributes(change, style, inner, _OWN if change.address.kind == "stack" else "")
    for effect in change.effects:
        lines += style.wrap(style.clean(_effect(effect)), inner, inner + "  ", Tone.PLACE)
    return lines


def crowd_block(changes: Sequence[Change], style: Style, indent: str = "  ") -> list[str]:
    """All lines of changes that differ in the account or Region only, as one."""
    first, inner = changes[0], indent + "    "
    heading_ = crowd_heading(changes, style)
    if first.address.kind != "stack":
        return block(first, style, indent, heading_, crowd_places(changes))
    # Each account's own file may say the same.
    one_place = all(change.source == first.source for change in changes)
    lines = [_title(first, style, indent, heading_) if one_place else indent + heading_]
    if first.reason:
        lines += style.wrap(style.clean(first.reason), inner, inner, Tone.FAINT)
    if first.risk in RISKS:
        lines += style.wrap(f"risk: {RISKS[first.risk]}", inner, inner + "  ", Tone.ALARM)
    lines += style.wrap(style.clean(crowd_places(changes)), inner, inner)
    lines += _attributes(first, style, inner, _OWN)
    for effect in first.effects:
        lines += style.wrap(style.clean(_effect(effect)), inner, inner + "  ", Tone.PLACE)
    return lines


def crowd_places(changes: Sequence[Change]) -> str:
    """The accounts or Regions in which the changes are alike, with the place of each where they have several."""
    several = len({change.source for change in changes}) > 1
    return ", ".join(
        _place(change)[1] + (f" ({change.source.file}:{change.source.line})" if several and change.source else "")
        for change in changes
    )


def crowd_heading(changes: Sequence[Change], style: Style) -> str:
    """``+ roll out stack:cloudtrail in 12 accounts``."""
    first = changes[0]
    symbol, tone = SYMBOLS[first.action]
    name = style.paint(style.clean(f"{first.address.kind}:{_place(first)[0]}"), Tone.STRONG)
    where = f"in {len(changes)} {'accounts' if first.address.kind == 'stack' else 'Regions'}"
    return " ".join((style.paint(symbol, tone), style.clean(first.verb), name, where))


def alike(change: Change) -> tuple[object, ...]:
    """What changes have in common that are shown as one: stacks of one baseline that fare alike, with equal values."""
    common = (change.address.kind, change.verb, change.reason, change.effects)
    if change.address.kind == "stack":
        own = tuple((field.name, field.before, field.after) for field in change.fields() if field.name.startswith(_OWN))
        return (*common, _place(change)[0], own)
    if change.address.kind == "management-stack":
        return (*common, change.source, _place(change)[0], change.fields())
    return (change.address,)


def _place(change: Change) -> tuple[str, str]:
    """The baseline, and the account or Region, of a stack."""
    if change.address.kind == "stack":
        of, holder = stack_parts(change.address)
        return of.name, holder.name
    return management_stack_parts(change.address)


T = TypeVar("T")


def crowds(items: Iterable[T], change_of: Callable[[T], Change], *more: Callable[[T], object]) -> Iterator[list[T]]:
    """Stacks of one baseline, gathered where they are alike and equal in ``more``; all else by itself."""

    def family(item: T) -> tuple[str, str]:
        address = change_of(item).address
        alone = address.kind not in ("stack", "management-stack")
        return address.kind, address.name if alone else _place(change_of(item))[0]

    for _, run in groupby(items, key=family):
        found: dict[tuple[object, ...], list[T]] = {}
        for item in run:
            found.setdefault((alike(change_of(item)), *(each(item) for each in more)), []).append(item)
        yield from found.values()


def _attributes(change: Change, style: Style, inner: str, prefix: str = "") -> list[str]:
    """Name and value, aligned, and last the document; what the address says already is not said again."""
    differing = [f for f in change.fields() if f.name.startswith(prefix) and not _implied(f, change)]
    rows = _rows(change, [field for field in differing if field.name != _DOCUMENT], style)
    width = max((columns(label) for label, _ in rows), default=0)
    lines: list[str] = []
    for label, text in rows:
        lines += style.wrap(text, f"{inner}{label}{' ' * (width - columns(label) + 1)}", inner + "  ")
    for field in differing:
        if field.name == _DOCUMENT:
            lines += _document(change, field, style, inner)
    return lines


def _rows(change: Change, fields: list[FieldDiff], style: Style) -> list[tuple[str, str]]:
    """Labels and texts, the name first; tags have a row each where they change, else one for all."""
    ordered = sorted(fields, key=lambda field: (field.name != "name", field.name))
    rows = [(_label(f.name, style), _text(change, f, style)) for f in ordered if not f.name.startswith(TAGS)]
    tags = [field for field in ordered if field.name.startswith(TAGS)]
    if change.before and change.after:
        return rows + [(_label(f"tag {_key(f)}", style), _text(change, f, style)) for f in tags]
    told = ", ".join(f"{style.clean(_key(field))} = {_text(change, field, style)}" for field in tags)
    return [*rows, ("tags:", told)] if tags else rows


def _key(tag: FieldDiff) -> str:
    return tag.name.removeprefix(TAGS)


def _implied(field: FieldDiff, change: Change) -> bool:
    """Whether the address holds this value: an OU's name, an attachment's policy and target. Nothing is no news."""
    if change.before and change.after:
        return False
    name = change.address.name
    return (field.after if change.after else field.before) in (
        "",
        name,
        name.rpartition("/")[2],
        *name.split("@", 1),
    ) and not field.name.startswith(TAGS)


def _title(change: Change, style: Style, indent: str, head: str = "") -> str:
    title = indent + (head or heading(change, style))
    where = place(change.source, style)
    if not where:
        return title
    plain = indent + heading(change, Style(show_emails=style.show_emails))
    gap = "  " if columns(plain) + 2 + columns(where) <= style.width else f"\n{indent}    "
    return title + gap + style.paint(where, Tone.FAINT)


def _effect(effect: str) -> str:
    return effect if effect.startswith(("AWS ", "CloudFormation ")) else f"AWS will {effect}"


def _label(name: str, style: Style) -> str:
    return style.clean(name) + ":"


def _text(change: Change, field: FieldDiff, style: Style) -> str:
    unknown = field.name.startswith(_OWN) and field.before is None
    if change.before and change.after and not unknown:
        return _transition(field, style)
    return _cut(_value(field.name, field.after if change.after else field.before, style))


def _transition(field: FieldDiff, style: Style) -> str:
    """Old and new value, both cut around their first difference where they are long."""
    old, new = _value(field.name, field.before, style), _value(field.name, field.after, style)
    if old == new:
        how = "in characters shown as escapes" if style.show_emails else "where masked; --show-emails shows how"
        return f"{_cut(old)} -> {_cut(new)} (they differ {how})"
    start = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    return f"{_cut(old, start)} -> {_cut(new, start)}"


def _value(name: str, value: Value, style: Style) -> str:
    if value is None:
        return "(none)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)
    if name == _TEMPLATE and not value:
        return "(not read)"  # of stacks that are not ours, only the names are
    if name == _TEMPLATE:
        return f"{len(value.encode()):,} bytes, {hashlib.sha256(value.encode()).hexdigest()[:12]}"
    text = style.clean(mask_email(value) if holds_email(name) and not style.show_emails else value)
    ambiguous = text in ("", "(none)") or text != text.strip() or " -> " in text
    if name.startswith(TAGS):
        ambiguous = ambiguous or ", " in text or " = " in text
    return f'"{text}"' if ambiguous else text


def _cut(text: str, differs_at: int = 0) -> str:
    """The stretch of a long text that matters, with the number of characters left out on either side."""
    if len(text) <= _LONGEST:
        return text
    start = max(0, min(differs_at - 40, len(text) - _LONGEST))
    left = len(text) - start - _LONGEST
    return (
        (f"({start} characters)..." if start else "")
        + text[start : start + _LONGEST]
        + (f"...({left} more characters)" if left else "")
    )


def _document(change: Change, field: FieldDiff, style: Style, inner: str) -> Iterator[str]:
    before = field.before if change.before else None
    after = field.after if change.after else None
    parts = compare(_json(before), _json(after))
    if parts is None:
        yield from style.wrap(_text(change, field, style), f"{inner}{_DOCUMENT}: ", inner + "  ")
        return
    yield f"{inner}{_DOCUMENT}:" + ("" if parts else " the same statements, written differently")
    for part in parts:
        yield from _part(part, style, inner + "  ")


def _json(value: Value) -> str | None:
    return value if value is None or isinstance(value, str) else str(value)


def _part(part: Part, style: Style, indent: str) -> Iterator[str]:
    if part.name:
        yield f"{indent}{style.paint(part.sign, _SIGNS[part.sign])} {style.clean(part.name)}"
        indent += "    "
    for line in part.lines:
        sign = "" if part.sign == line.sign != "~" else style.paint(line.sign, _SIGNS[line.sign]) + " "
        prefix = f"{indent}{sign}{style.clean(line.path)}: "
        yield from style.wrap(style.clean(line.text), prefix, indent + "    ")
