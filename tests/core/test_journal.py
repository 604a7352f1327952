"""The chain: what was edited, put in or taken out shows; what a crash cut off is told apart from it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factory.core.journal import GENESIS, Entry, bind, read, runs, torn, unfinished

ROWS = [
    {"event": "run.begun", "run": "a"},
    {"event": "intent", "run": "a", "id": "a-1", "operation": "organizations.CreateAccount"},
    {"event": "outcome", "run": "a", "of": "a-1", "fate": "done"},
    {"event": "intent", "run": "a", "id": "a-2", "operation": "organizations.MoveAccount"},
    {"event": "run.begun", "run": "b"},
]


def written(rows: list[dict[str, object]]) -> list[bytes]:
    lines, head = [], GENESIS
    for row in rows:
        line, head = bind(row, head)
        lines.append(line)
    return lines


LINES = written(ROWS)


def test_what_was_written_is_read() -> None:
    chain = read(b"".join(LINES))
    assert chain.sound
    assert not chain.flaws
    assert [record["event"] for record in chain.records] == [row["event"] for row in ROWS]
    assert chain.head == json.loads(LINES[-1])["hash"]


def test_nothing_is_a_whole_chain() -> None:
    assert read(b"").sound
    assert read(b"").head == GENESIS


@pytest.mark.parametrize("number", range(len(LINES)))
def test_a_line_that_was_edited_shows_wherever_it_is(number: int) -> None:
    lines = list(LINES)
    lines[number] = lines[number].replace(b'"run":"', b'"run":"x')
    chain = read(b"".join(lines))
    assert not chain.sound
    assert [flaw.line for flaw in chain.flaws] == [number + 1]


@pytest.mark.parametrize("number", range(len(LINES) - 1))
def test_a_line_that_was_taken_out_shows(number: int) -> None:
    chain = read(b"".join(line for position, line in enumerate(LINES) if position != number))
    assert [flaw.line for flaw in chain.flaws] == [number + 1]
    assert not chain.sound


def test_an_edited_line_with_its_own_hash_made_anew_still_shows() -> None:
    forged, _ = bind({**ROWS[1], "operation": "organizations.DeletePolicy"}, json.loads(LINES[0])["hash"])
    chain = read(b"".join([LINES[0], forged, *LINES[2:]]))
    assert [flaw.line for flaw in chain.flaws] == [3]


def test_two_lines_that_changed_places_show() -> None:
    assert not read(b"".join([LINES[0], LINES[2], LINES[1], *LINES[3:]])).sound


def test_a_line_that_a_crash_cut_off_is_no_crime() -> None:
    chain = read(b"".join(LINES[:2]) + LINES[2][:20])
    assert chain.sound
    assert [flaw.grave for flaw in chain.flaws] == [False]
    assert chain.cut == LINES[2][:20]
    assert len(chain.records) == 2


def test_a_cut_line_is_explained_by_the_record_after_it() -> None:
    fragment = LINES[2][:20]
    note, _ = bind({"event": Entry.TORN, "was": torn(fragment), "run": "b"}, json.loads(LINES[1])["hash"])
    chain = read(b"".join(LINES[:2]) + fragment + b"\n" + note)
    assert chain.sound
    assert [(flaw.line, flaw.grave) for flaw in chain.flaws] == [(3, False)]
    other = read(b"".join(LINES[:2]) + fragment[:-1] + b"\n" + note)
    assert not other.sound, "what was cut off cannot be exchanged later"


def test_a_line_that_was_cut_off_and_closed_is_still_no_crime() -> None:
    chain = read(LINES[0] + b'{"event"\n')
    assert chain.sound
    assert chain.cut == b'{"event"'


def test_a_key_that_was_put_in_twice_shows() -> None:
    assert not read(LINES[1].replace(b'{"event"', b'{"id":"x","event"')).sound


def test_rubbish_in_the_middle_shows() -> None:
    chain = read(LINES[0] + b"not json\n" + LINES[1])
    assert [(flaw.line, flaw.grave) for flaw in chain.flaws] == [(2, True)]
    assert not read(LINES[0] + b"[1, 2]\n" + LINES[1]).sound
    assert not read(b"x\ny\n" + LINES[0]).sound


@given(st.binary(max_size=200))
def test_no_file_makes_reading_fail(content: bytes) -> None:
    read(content)
    read(LINES[0] + content)
    read(b"[" * 100_000 + content)


def test_intents_without_an_outcome_are_found() -> None:
    assert [record["id"] for record in unfinished(read(b"".join(LINES)).records)] == ["a-2"]


def test_a_later_run_that_came_to_its_end_has_looked_after_them() -> None:
    later = [*ROWS, {"event": "run.ended", "run": "b"}]
    assert unfinished(read(b"".join(written(later))).records) == ()
    first = [*ROWS[:4], {"event": "run.ended", "run": "a"}]
    assert [record["id"] for record in unfinished(read(b"".join(written(first))).records)] == ["a-2"]


def test_a_last_line_without_a_hash_leaves_no_head() -> None:
    assert read(b'{"event":"x"}\n').head == ""


def test_runs_are_told_apart() -> None:
    first, second = runs(read(b"".join(LINES)).records)
    assert (first.id, second.id) == ("a", "b")
    assert [(step.intent["id"], bool(step.outcome)) for step in first.steps] == [("a-1", True), ("a-2", False)]
    assert first.begun
    assert first.ended is None
    assert second.steps == ()
