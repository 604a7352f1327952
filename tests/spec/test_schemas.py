"""The JSON Schemas say what the reader does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml as pyyaml
from jsonschema import Draft202012Validator

from factory.core.policy_types import POLICY_TYPES
from factory.spec import schema_text, schemas, write_schemas
from tests.spec.test_load import DENY, PAYMENTS, WHOLE
from tests.spec.written import COLOUR, FULL_ACCESS, GUARDRAIL, GUARDRAILS

SCHEMAS = schemas([GUARDRAILS, FULL_ACCESS, COLOUR], [GUARDRAIL])


class EditorLoader(pyyaml.SafeLoader):
    pass


EditorLoader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: node.value)


def valid(name: str, text: str) -> bool:
    """Whether an editor would take this text, read as editors do: numbers are numbers, dates are text."""
    document = pyyaml.load(text, Loader=EditorLoader)
    return Draft202012Validator(SCHEMAS[name]).is_valid(document)


def objects(part: Any) -> Iterator[dict[str, Any]]:
    """Every schema of an object with keys of its own."""
    if isinstance(part, dict):
        if "properties" in part:
            yield part
        for value in part.values():
            yield from objects(value)
    elif isinstance(part, list):
        for item in part:
            yield from objects(item)


def test_one_schema_for_each_kind_of_file() -> None:
    assert list(SCHEMAS) == ["organization", "account", "guardrail"]
    for name, schema in SCHEMAS.items():
        Draft202012Validator.check_schema(schema)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert schema["$id"] == f"{name}.json"


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_key_is_described_and_no_other_is_allowed(name: str) -> None:
    found = list(objects(SCHEMAS[name]))
    assert found
    for schema in found:
        assert schema["additionalProperties"] is False
        assert schema["description"]
        for key, value in schema["properties"].items():
            assert value.get("description"), key


def test_sections_stand_where_they_belong() -> None:
    units = SCHEMAS["organization"]["$defs"]["UnitKeys"]["properties"]
    root = SCHEMAS["organization"]["$defs"]["RootKeys"]["properties"]
    assert {"guardrails", "full_access", "colour", "was", "tags", "ou_tags"} == units.keys()
    assert {"guardrails", "full_access"} == root.keys()
    assert "colour" not in SCHEMAS["account"]["properties"]
    assert SCHEMAS["account"]["properties"]["full_access"]["default"] is True


def test_what_the_reader_takes_the_schemas_take() -> None:
    assert valid("organization", WHOLE)
    assert valid("account", PAYMENTS)
    assert valid("guardrail", DENY)
    assert valid("guardrail", "description: x\ntype: TAG_POLICY\nfile: x.json\n")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("account", "owner: a\n"),
        ("account", "ou: a\nidd: b\n"),
        ("account", "ou: a\nstate: gone\n"),
        ("account", "ou: a\ntags: [b]\n"),
        ("account", "ou: a\nguardrails: b\n"),
        ("account", "ou: a\nnew: 'true'\n"),
        ("account", "ou: a\nid: 'x'\n"),
        ("organization", "organizational_units: {a: {b: c}}\n"),
        ("organization", "organization: {id: x}\n"),
        ("organization", "policy_types: [NONE]\n"),
        ("organization", "safety: {max_moves: -1}\n"),
        ("organization", "limits: {a: {rate: 0}}\n"),
        ("guardrail", "description: x\ntype: TAG_POLICY\n"),
        ("guardrail", "description: x\ntype: TAG_POLICY\ncontent: {}\nfile: x.json\n"),
        ("guardrail", "description: x\ntype: TAG_POLICY\nfile: ../x.json\n"),
        ("guardrail", "description: x\ntype: NONE\ncontent: {}\n"),
    ],
)
def test_what_the_reader_refuses_the_schemas_refuse(name: str, text: str) -> None:
    assert not valid(name, text)


@pytest.mark.parametrize("value", [4711, 1.5, True, "text", 123456789012])
def test_text_may_be_typed_without_quotes(value: object) -> None:
    document = {"ou": "a", "owner": value, "tags": {"a": value}, "guardrails": [value], "id": 123456789012}
    assert Draft202012Validator(SCHEMAS["account"]).is_valid(document)


def test_policy_types_are_offered_by_name() -> None:
    offered = json.dumps(SCHEMAS["organization"]["properties"]["policy_types"])
    assert all(name in offered for name in POLICY_TYPES)


def test_schemas_are_the_same_every_time() -> None:
    again = schemas([GUARDRAILS, FULL_ACCESS, COLOUR], [GUARDRAIL])
    assert [schema_text(schema) for schema in again.values()] == [schema_text(schema) for schema in SCHEMAS.values()]


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "docs" / "schema"
    assert write_schemas(folder, SCHEMAS) == [
        folder / "account.json",
        folder / "guardrail.json",
        folder / "organization.json",
    ]
    assert write_schemas(folder, SCHEMAS) == []
    (folder / "account.json").write_text("{}\n")
    assert write_schemas(folder, SCHEMAS) == [folder / "account.json"]
    assert json.loads((folder / "account.json").read_text()) == SCHEMAS["account"]
