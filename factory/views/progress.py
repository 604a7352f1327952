"""What is happening while a plan is applied: one line an event, or a live view on a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, TextIO

from factory.core.address import Address, stack_parts
from factory.core.change import Change, Plan
from factory.views.blocks import SYMBOLS
from factory.views.style import Style, Tone, duration

if TYPE_CHECKING:
    from rich.progress import TaskID

_ENDS = {"done": Tone.GAIN, "failed": Tone.ALARM, "blocked": Tone.SHIFT, "pending": Tone.PLACE}

_A_FEW = 10
"""So many stacks of a baseline still have a line each."""

_LONGEST = 400
"""Characters of a note that a line shows while the run goes on; the report at its end has all of them."""


class Happening(Protocol):
    """What the engine tells while it works."""

    @property
    def kind(self) -> str:
        """One of start, progress, done, failed, blocked, pending."""

    @property
    def change(self) -> Change:
        """The change it is about."""

    @property
    def note(self) -> str:
        """What a person should know: a state, an error."""

    @property
    def seconds(self) -> float:
        """How long the change has taken so far."""

    @property
    def about(self) -> Address | None:
        """What is told of, where that is not the change but something that it shares with others."""


class Tally:
    """How many changes have ended, for the ``[3/14]`` in front of a line; and those that are too many for lines each.

    Such a *crowd* is the stacks of a baseline in more than a few accounts. Of them one line says how far they all are,
    each that fails has its own, and so has the end of the last one.
    """

    def __init__(self, plan: Plan) -> None:
        self.total = len(plan.changes)
        self._ended: set[Address] = set()
        stacks = Counter(stack_parts(c.address)[0] for c in plan.changes if c.address.kind == "stack")
        self._left = {of: count for of, count in stacks.items() if count > _A_FEW}
        self._failed: Counter[Address] = Counter()

    @property
    def ended(self) -> int:
        """Changes whose turn is over: done, failed, blocked, or left to AWS."""
        return len(self._ended)

    def count(self, event: Happening) -> None:
        """Take note of an event."""
        address = event.change.address
        if event.kind in _ENDS and address not in self._ended:
            self._ended.add(address)
            if (of := self.crowd(event)) is not None:
                self._left[of] -= 1
                self._failed[of] += event.kind != "done"

    def crowd(self, event: Happening) -> Address | None:
        """The baseline whose stacks are a crowd that the event's change is one of."""
        change = event.change
        of = stack_parts(change.address)[0] if change.address.kind == "stack" else None
        return of if of in self._left and event.about is None else None

    def is_told(self, event: Happening) -> bool:
        """Whether the event, which has been counted, is worth a line."""
        return self.crowd(event) is None or (event.kind in _ENDS and event.kind != "done")

    def last_of(self, event: Happening) -> str:
        """What there is to say of a crowd when the last of it has ended; empty for any other event."""
        of = self.crowd(event)
        if of is None or event.kind not in _ENDS or self._left[of]:
            return ""
        failed = self._failed[of]
        return f"{of}: all accounts" if not failed else f"{of}: all but {failed} account{'s' * (failed != 1)}"


def lines_of(event: Happening, tally: Tally, style: Style) -> Iterator[str]:
    """What there is to write about an event, which has been counted: mostly one line, none for most of a crowd."""
    if tally.is_told(event):
        yield event_line(event, tally, style)
    if last := tally.last_of(event):
        yield _head("done", tally, style) + f"  {style.clean(last)}"


def event_line(event: Happening, tally: Tally, style: Style) -> str:
    """``[ 3/14] done     + create account:payments-prod (31.0 s)``."""
    symbol, tone = (" ", Tone.PLAIN) if event.about else SYMBOLS[event.change.action]
    line = f"{_head(event.kind, tally, style)}{style.paint(symbol, tone)} {_subject(event, style)}"
    if event.note:
        line += f": {_short(style.clean(event.note))}"
    return line + (f" ({duration(event.seconds)})" if event.seconds else "")


def _short(note: str) -> str:
    return note if len(note) <= _LONGEST else f"{note[:_LONGEST]}... (the rest is in the report)"


def _head(kind: str, tally: Tally, style: Style) -> str:
    digits = len(str(tally.total))
    word = style.paint(f"{kind:<8}", _ENDS.get(kind, Tone.FAINT))
    return f"[{tally.ended:>{digits}}/{tally.total}] {word} "


def _subject(event: Happening, style: Style) -> str:
    if event.about:
        return style.clean(event.about)
    return f"{style.clean(event.change.verb)} {style.clean(event.change.address)}"


class Lines(AbstractContextManager["Lines"]):
    """Progress as plain lines, for logs and pipes."""

    def __init__(self, plan: Plan, write: Callable[[str], None], style: Style) -> None:
        self._tally, self._write, self._style = Tally(plan), write, style

    def __call__(self, event: Happening) -> None:
        """Write the event on a line of its own."""
        self._tally.count(event)
        for line in lines_of(event, self._tally, self._style):
            self._write(line + "\n")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to tidy: every line is written when it happens."""


class Live(AbstractContextManager["Live"]):
    """Progress as a live view: what has ended scrolls by, what is in flight and the whole stay at the bottom."""

    def __init__(self, plan: Plan, stream: TextIO, style: Style) -> None:
        from rich import progress as bars
        from rich.console import Console, Group
        from rich.live import Live as Region

        self._tally, self._style = Tally(plan), style
        self._console = Console(
            file=stream,
            no_color=not style.colour,
            markup=False,
            highlight=False,
            emoji=False,
            force_terminal=True,
        )
        spinner = bars.SpinnerColumn("line", style="cyan")
        words = bars.TextColumn("{task.description}", markup=False)
        self._flying = bars.Progress(spinner, words, bars.TimeElapsedColumn(), console=self._console)
        self._whole = bars.Progress(
            bars.TextColumn("applying"),
            bars.BarColumn(bar_width=30, complete_style="green", finished_style="green"),
            bars.MofNCompleteColumn(),
            bars.TimeElapsedColumn(),
            console=self._console,
        )
        self._all = self._whole.add_task("", total=self._tally.total)
        self._tasks: dict[Address, TaskID] = {}
        self._region = Region(Group(self._flying, self._whole), console=self._console, transient=True)

    def __enter__(self) -> Live:
        self._region.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._region.stop()

    def __call__(self, event: Happening) -> None:
        """Show the event: a new line in flight, a note on it, or its end."""
        from rich.text import Text

        self._tally.count(event)
        address = event.about or event.change.address
        if event.kind in _ENDS:
            if address in self._tasks:
                self._flying.remove_task(self._tasks.pop(address))
            self._whole.update(self._all, completed=self._tally.ended)
            for line in lines_of(event, self._tally, self._style):
                self._console.print(Text.from_ansi(line))
            return
        if not self._tally.is_told(event):
            return
        words = _subject(event, self._style)
        if event.note:
            words += f": {_short(self._style.clean(event.note))}"
        if address not in self._tasks:
            self._tasks[address] = self._flying.add_task(words, total=None)
        self._flying.update(self._tasks[address], description=words)
