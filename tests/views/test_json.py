from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from factory.core.change import Plan, Report
from factory.views.json import plan_json, report_json
from factory.views.schemas import plan_schema, report_schema
from tests.views.golden import Compare
from tests.views.samples import COMPLETE, EMPTY, PLAN, REFUSED, REPORT

SCHEMAS = Path(__file__).parents[2] / "docs" / "schema"


def closed(schema: Any) -> Any:
    """The schema with no room for keys it does not name: what is written must all be described."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    return {"additionalProperties": False, **inner} if "required" in inner else inner


@pytest.mark.parametrize("plan", [PLAN, REFUSED, EMPTY])
@pytest.mark.parametrize("show_emails", [False, True])
def test_plans_keep_to_their_schema(plan: Plan, show_emails: bool) -> None:
    document = json.loads(plan_json(plan, show_emails=show_emails))
    jsonschema.validate(document, closed(plan_schema()), jsonschema.Draft202012Validator)
    assert document["summary"] == plan.counts()
    assert len(document["changes"]) == len(plan.changes)


@pytest.mark.parametrize("report", [REPORT, COMPLETE, replace(COMPLETE, remaining=None)])
def test_reports_keep_to_their_schema(report: Report) -> None:
    document = json.loads(report_json(report))
    jsonschema.validate(document, closed(report_schema()), jsonschema.Draft202012Validator)
    assert document["complete"] is report.complete


@pytest.mark.parametrize("schema", [plan_schema(), report_schema()])
def test_the_schemas_are_schemas(schema: dict[str, object]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize(("name", "schema"), [("plan", plan_schema()), ("report", report_schema())])
def test_the_committed_schemas_are_current(name: str, schema: dict[str, object]) -> None:
    text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    assert (SCHEMAS / f"{name}.json").read_text(encoding="utf-8") == text, "factory schema --write docs/schema"


def test_documents(golden: Compare) -> None:
    golden("plan.json", plan_json(PLAN, sandbox=True))
    golden("report.json", report_json(REPORT))


def test_a_schema_refuses_what_is_not_of_the_format() -> None:
    document = json.loads(plan_json(PLAN))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, "format_version": "2.0"}, plan_schema())
    jsonschema.validate({**document, "added_in_1_1": True}, plan_schema())


def test_complete_says_whether_all_was_read_and_nothing_refused() -> None:
    found = [json.loads(plan_json(plan))["complete"] for plan in (EMPTY, REFUSED, PLAN)]
    assert found == [True, False, False]


def test_addresses_are_masked_unless_wanted() -> None:
    assert "@example." not in plan_json(PLAN)
    assert "@example." not in report_json(REPORT)
    assert "aws+payments-prod@example.com" in plan_json(PLAN, show_emails=True)
