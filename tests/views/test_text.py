from __future__ import annotations

import re
from dataclasses import replace

import pytest

from factory.core.address import account, baseline, management_stack, stack
from factory.core.change import Action, Change, Notice, Plan, Refusal, Report, Result, Status
from factory.core.resource import Resource, Source
from factory.views.style import Style
from factory.views.text import NOTHING, plan_summary, plan_text, report_summary, report_text
from tests.views.golden import Compare
from tests.views.samples import COMPLETE, EMPTY, IDENTITY, PLAN, REFUSED, REPORT

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize(
    ("name", "plan", "sandbox"),
    [("plan", PLAN, False), ("refused", REFUSED, True), ("empty", EMPTY, True)],
)
def test_plans(golden: Compare, name: str, plan: Plan, sandbox: bool) -> None:
    golden(f"{name}.txt", plan_text(plan, Style(), sandbox=sandbox))


@pytest.mark.parametrize(("name", "report"), [("report", REPORT), ("complete", COMPLETE)])
def test_reports(golden: Compare, name: str, report: Report) -> None:
    golden(f"{name}.txt", report_text(report, Style(), sandbox=name == "complete"))


def test_colour_changes_nothing_but_colour(golden: Compare) -> None:
    coloured = plan_text(PLAN, Style(colour=True))
    golden("plan-colour.txt", coloured)
    assert ESCAPE.sub("", coloured) == plan_text(PLAN, Style())
    assert ESCAPE.sub("", report_text(REPORT, Style(colour=True))) == report_text(REPORT, Style())


@pytest.mark.parametrize("width", [60, 80, 99, 120, 200])
def test_no_width_loses_data(width: int) -> None:
    for write, value in ((plan_text, PLAN), (plan_text, REFUSED), (report_text, REPORT)):
        narrow, wide = (write(value, Style(width=w)) for w in (width, 10_000))  # type: ignore[operator]
        assert narrow.split() == wide.split()


def test_lines_keep_to_the_width_where_words_allow() -> None:
    for line in plan_text(PLAN, Style(width=100)).splitlines()[:-1]:
        assert len(line) <= 100 or len(max(line.split(), key=len)) > 50


@pytest.mark.parametrize(
    ("plan", "summary"),
    [
        (EMPTY, NOTHING),
        (
            PLAN,
            "Plan: 1 to enable, 2 to create, 1 to attach, 1 to adopt, 1 to update, 1 to move, 1 to close, "
            "1 to detach, 1 to remove.",
        ),
        (REFUSED, "Plan: 1 to enable, 1 to create; refused by 2 safety rules."),
        (Plan(IDENTITY, refusals=(Refusal("a", "b", "c"), Refusal("a", "d", "e"))), "Plan: refused by 1 safety rule."),
    ],
)
def test_the_summary_is_the_last_line(plan: Plan, summary: str) -> None:
    assert plan_summary(plan) == summary
    assert plan_text(plan, Style()).splitlines()[-1] == summary


@pytest.mark.parametrize(
    ("report", "summary"),
    [
        (COMPLETE, "Applied: 3 of 3 changes in 35.2 s (1 enable, 2 create). The organization matches the files."),
        (
            replace(COMPLETE, remaining=None),
            "Applied: 3 of 3 changes in 35.2 s (1 enable, 2 create); the result could not be read back.",
        ),
        (
            replace(COMPLETE, remaining=PLAN),
            "Applied: 3 of 3 changes in 35.2 s (1 enable, 2 create); 10 changes still to do.",
        ),
        (
            REPORT,
            "Applied: 3 of 7 changes in 3 min 12 s (1 enable, 2 create); "
            "1 failed, 1 blocked, 1 pending, 1 not started.",
        ),
    ],
)
def test_the_last_line_of_a_report(report: Report, summary: str) -> None:
    assert report_summary(report) == summary
    assert report_text(report, Style()).splitlines()[-1] == summary


def test_addresses_are_masked_unless_wanted() -> None:
    for text in (plan_text(PLAN, Style()), report_text(REPORT, Style())):
        assert "@example." not in text
    shown = plan_text(PLAN, Style(show_emails=True))
    for address in ("aws+payments-prod@example.com", "joe.doe@example.com", "ops@example.org"):
        assert address in shown
    assert "email:  aws+old@example.com -> aws+new@example.com" in shown


def update(before: str, after: str) -> str:
    old, new = (Resource(account("a"), {"description": text}) for text in (before, after))
    return plan_text(Plan(IDENTITY, (Change(Action.UPDATE, "update", old, new),)), Style(width=200))


def test_long_values_are_cut_around_the_difference() -> None:
    text = " ".join(update("x" * 600 + "old", "x" * 600 + "new").split())
    assert "old" in text
    assert "new" in text
    assert "(363 characters)..." in text
    assert "x" * 300 not in text
    assert "(60 more characters)" in " ".join(update("a", "b" * 300).split())


def test_ambiguous_values_are_quoted() -> None:
    text = update("", " padded ")
    assert 'description: "" -> " padded "' in text


def test_many_notices_of_a_kind_are_counted() -> None:
    notices = tuple(Notice("unmanaged", f"thing {number}") for number in range(50))
    text = plan_text(Plan(IDENTITY, notices=notices), Style())
    assert "unmanaged (50)" in text
    assert "and 30 more; --format json lists them all" in text


def test_stacks_that_differ_in_the_region_alone_are_one_block() -> None:
    def made(region: str, bucket: str) -> Change:
        attrs = {"parameters.Bucket": bucket, "retains": False}
        stack = Resource(management_stack("trail", region), attrs, source=Source("baseline.yaml", 3))
        return Change(Action.CREATE, "create", None, stack, "declared, does not exist yet", effects=("add it",))

    changes = (made("eu-central-1", "a"), made("eu-west-1", "a"), made("us-east-1", "b"))
    lines = plan_text(Plan(IDENTITY, changes), Style(width=200)).splitlines()
    assert "  + create management-stack:trail in 2 Regions  baseline.yaml:3" in lines
    assert "      eu-central-1, eu-west-1" in lines
    assert "  + create management-stack:trail@us-east-1  baseline.yaml:3" in lines
    assert [line.split() for line in lines if "Bucket" in line] == [
        ["parameters.Bucket:", "a"],
        ["parameters.Bucket:", "b"],
    ]
    assert sum("AWS will add it" in line for line in lines) == 2


def test_stacks_whose_values_stand_in_files_of_their_own_are_one_block_with_each_place() -> None:
    def rolled(name: str, file: str) -> Change:
        want = Resource(stack(baseline("watch"), name), {"value.Level": "high"}, source=Source(file, 4, 1))
        return Change(Action.CREATE, "roll out", None, want, reason="no stack yet")

    changes = (rolled("blog", "accounts/blog.yaml"), rolled("shop", "accounts/shop.yaml"))
    lines = plan_text(Plan(IDENTITY, changes, {}, (), (), {}, {}), Style()).splitlines()
    assert "  + roll out stack:watch in 2 accounts" in lines
    assert "      blog (accounts/blog.yaml:4), shop (accounts/shop.yaml:4)" in lines
    results = tuple(Result(change, Status.FAILED, "It broke") for change in changes)
    text = report_text(Report(Plan(IDENTITY, changes, {}, (), (), {}, {}), results), Style())
    assert text.count("accounts/blog.yaml:4") == 1
    alike = (rolled("blog", "organization.yaml"), rolled("shop", "organization.yaml"))
    lines = plan_text(Plan(IDENTITY, alike, {}, (), (), {}, {}), Style()).splitlines()
    assert "  + roll out stack:watch in 2 accounts  organization.yaml:4" in lines
    assert "      blog, shop" in lines


def test_a_template_that_was_not_read_has_no_size() -> None:
    address = management_stack("trail", "eu-central-1")
    change = Change(
        Action.UPDATE, "adopt", Resource(address, {"template": ""}), Resource(address, {"template": "{}"}), reason="x"
    )
    assert "      template: (not read) -> 2 bytes, 44136fa355b3" in plan_text(
        Plan(IDENTITY, (change,), {}, (), (), {}, {}), Style()
    )
