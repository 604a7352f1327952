from __future__ import annotations

import json
import re

import jsonschema
import pytest

from factory.views.json import plan_json, report_json
from factory.views.schemas import plan_schema, report_schema
from factory.views.style import Style
from factory.views.text import plan_text, report_text
from tests.views.samples import hostile

STRINGS = {
    "ansi": "\x1b[31mred\x1b[0m",
    "title": "\x1b]0;owned\x07",
    "c1": "\x9b2J",
    "newlines": "one\ntwo\r\n::error::three\u2028four\x85five",
    "command": "::set-output name=a::b",
    "group": "##[group]x",
    "override": "user\u202etxt.exe",
    "invisible": "pay\u200bments\u2060",
    "emoji": "🎉👩‍👩‍👧 e\u0301",
    "wide": "日本語の名前",
    "surrogate": "\ud83d",
    "null": "a\x00b",
    "long": "x" * 100_000,
    "words": "word " * 5_000,
    "blank": "   ",
    "arrow": "a -> b",
    "markup": "[bold]x[/bold] <script>alert(1)</script> |a|b| `x` @everyone",
    "formula": "=1+1",
}
RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff]")


@pytest.mark.parametrize("name", STRINGS)
@pytest.mark.parametrize("width", [60, 200])
def test_text_stays_on_its_lines_and_shows_everything(name: str, width: int) -> None:
    plan, report = hostile(STRINGS[name])
    calm_plan, calm_report = hostile("calm")
    for text, calm in (
        (plan_text(plan, Style(width=width)), plan_text(calm_plan, Style(width=width))),
        (report_text(report, Style(width=width)), report_text(calm_report, Style(width=width))),
    ):
        assert not RAW.search(text)
        assert not re.search(r"^\s*(::|##)", text, re.MULTILINE)
        assert text.splitlines()[-1].split(" ")[0] == calm.splitlines()[-1].split(" ")[0]
        text.encode("utf-8")


@pytest.mark.parametrize("name", STRINGS)
def test_colour_is_only_ours(name: str) -> None:
    plan, _ = hostile(STRINGS[name])
    text = plan_text(plan, Style(colour=True))
    assert not RAW.search(re.sub(r"\x1b\[[0-9;]*m", "", text))
    assert text.count("\x1b[31mred") == 0


@pytest.mark.parametrize("name", [name for name in STRINGS if name not in ("blank",)])
def test_json_is_plain_ascii_and_keeps_to_its_schema(name: str) -> None:
    plan, report = hostile(STRINGS[name])
    for text, schema in ((plan_json(plan), plan_schema()), (report_json(report), report_schema())):
        assert text.isascii()
        assert not RAW.search(text)
        document = json.loads(text)
        jsonschema.validate(document, schema, jsonschema.Draft202012Validator)
    assert json.loads(plan_json(plan, show_emails=True))["changes"][0]["reason"] == STRINGS[name]
