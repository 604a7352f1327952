"""Whatever stands in the files: they are read, or the problems are listed; nothing else ever happens."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.spec.test_load import FILES, PAYMENTS, WHOLE
from tests.spec.written import Content, problems

NAMES = st.sampled_from([name for name in FILES if name != "accounts/log.yaml"])
PIECES = [
    *" \n:-[]{}&*?|>!%@`'\"~,#\t\\",
    "- ",
    ": ",
    "? ",
    "&a ",
    "*a ",
    "<<: ",
    "!!str ",
    "null",
    "true",
    "0",
    "é",
    "\u2028",
    "\x00",
    "---\n",
    "\\x07",
    "workloads",
    "tags",
    "{owner}",
    "{nobody}",
    "9" * 30,
    "a" * 70,
]


def survives(files: dict[str, Content | None]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        started = time.process_time()
        found = problems(Path(folder), files)
        assert time.process_time() - started < 2
        assert all(line.isprintable() for line in found)
        assert found == sorted(set(found), key=found.index)


@given(NAMES, st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
@example("accounts/organization.yaml", b"\xff\xfe")
@example("accounts/organization.yaml", b"")
def test_any_bytes_in_any_file(name: str, data: bytes) -> None:
    survives({**FILES, name: data})


@given(NAMES, st.randoms(use_true_random=False))
@settings(max_examples=120, deadline=None)
def test_any_change_of_a_file_that_is_in_order(name: str, choice: random.Random) -> None:
    text = FILES[name] or ""
    for _ in range(choice.randint(1, 5)):
        at = choice.randrange(len(text) + 1)
        text = text[:at] + choice.choice(["", choice.choice(PIECES)]) + text[at + choice.choice([0, 0, 1, 2, 8]) :]
    survives({**FILES, name: text})


@given(st.sampled_from([WHOLE, PAYMENTS]), st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_any_value_replaced_by_any_other(text: str, choice: random.Random) -> None:
    lines = text.splitlines()
    values = [
        "",
        "~",
        "5",
        "true",
        "text",
        "[]",
        "{}",
        "[a, 5, [x]]",
        "{a: {b: c}}",
        "'*'",
        "-1",
        "o-a1b2c3d4e5",
        "root",
    ]
    for _ in range(choice.randint(1, 4)):
        at = choice.randrange(len(lines))
        key, colon, _value = lines[at].partition(":")
        lines[at] = f"{key}{colon} {choice.choice(values)}"
    name = "accounts/organization.yaml" if text is WHOLE else "accounts/payments/payments-prod.yaml"
    survives({**FILES, name: "\n".join(lines) + "\n"})


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_any_file_name(name: str) -> None:
    if name not in (".", "..") and len(f"{name}.yaml".encode()) < 255:
        survives({**FILES, f"accounts/{name}.yaml": "ou: sandbox\nowner: a\n", f"baselines/guardrails/{name}": "x"})
