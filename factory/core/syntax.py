"""What is wrong with a text that is no YAML, in our words, whichever parser found it."""

from __future__ import annotations

import re
from typing import Protocol

from factory.core.errors import Problem
from factory.core.resource import Source


class Mark(Protocol):
    """A place in a text; line and column count from 0."""

    line: int
    column: int


class Fault(Protocol):
    """What PyYAML and libyaml say of a text that they cannot read (``yaml.MarkedYAMLError``)."""

    @property
    def problem(self) -> str | None:
        """What is wrong."""

    @property
    def context(self) -> str | None:
        """What was being read."""

    @property
    def problem_mark(self) -> Mark | None:
        """Where it is wrong."""

    @property
    def context_mark(self) -> Mark | None:
        """Where that began."""


def explain(error: Fault, text: str, file: str) -> Problem:
    """The problem behind a parser's error: its place, what it is, and what to write instead.

    libyaml and PyYAML word their errors differently but agree on the places, so the words here come from the
    place, from what was being read there, and from the character found.
    """
    here = error.problem_mark or error.context_mark
    start = error.context_mark or here
    place = Source(file, here.line + 1, here.column + 1) if here else Source(file)
    began = Source(file, start.line + 1, start.column + 1) if start else place
    context, problem = error.context or "", error.problem or ""
    found = _character(text, place)

    if "alias" in context or "anchor" in context:
        sign = _character(text, began) or "*"
        return Problem(began, f'an unquoted "{sign}"', f'quote it: "{sign}"')
    if "mapping values are not allowed" in problem:
        return Problem(
            place, "a second colon in one line", 'quote a value that holds ": ", or start a new line for a new key'
        )
    if "unexpected ':'" in problem:
        return Problem(place, "no space after this colon", "write a space after it, or quote the text")
    if "quoted scalar" in context:
        if "end of stream" in problem or "document" in problem:
            return Problem(began, "the quote opened here is never closed", "close it")
        return Problem(began, "a backslash escape that is not known", "double the backslash or use single quotes")
    if "cannot start any token" in problem and found == "\t":
        return Problem(place, "a tab character", 'use spaces; inside a value write "\\t" in double quotes')
    if "cannot start any token" in problem:
        return Problem(place, f'a value cannot start with "{found}"', "quote it")
    if "flow sequence" in context:
        return Problem(began, 'the list opened here with "[" is not closed', 'add the missing "," or "]"')
    if "flow mapping" in context:
        return Problem(began, 'the mapping opened here with "{" is not closed', 'add the missing "," or "}"')
    if "flow" in context:
        return Problem(place, "a value is missing in these brackets", "write it, or close the brackets")
    if "simple key" in context:
        return Problem(began, "a key without a colon", 'write "key: value"')
    if "block scalar" in context:
        return Problem(place, f'text after "{_character(text, began)}"', "start the text on the next line")
    if "block" in context:
        return Problem(
            place,
            "this does not fit what stands above",
            "line up the keys and items that belong together; quote a value that goes on after a quote",
        )
    return Problem(place, "this is not YAML", "check indentation, quotes and brackets around here")


def _character(text: str, place: Source) -> str:
    """The character at a place, or nothing at the end of a line."""
    lines = re.split(r"\r\n|\r|\n", text)
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    return line[place.column - 1 : place.column]
