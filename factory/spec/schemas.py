"""JSON Schemas of all files, for editors, made from the models that the reader itself uses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from factory.spec.extension import FileKind, Section
from factory.spec.models import compose

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas(sections: Iterable[Section[Any]], files: Iterable[FileKind]) -> dict[str, dict[str, Any]]:
    """The schemas by name: ``organization``, ``account``, and one for each kind of file."""
    models = compose(sections)
    found = {
        "organization": _schema("organization", models.organization),
        "account": _schema("account", models.account),
    }
    for kind in files:
        schema = _schema(kind.name, kind.model)
        if kind.content_key:
            _allow_file(schema, kind.content_key)
        found[kind.name] = schema
    return found


def schema_text(schema: Mapping[str, Any]) -> str:
    """A schema as it is committed."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path, found: Mapping[str, Mapping[str, Any]]) -> list[Path]:
    """Write ``NAME.json`` for each schema; the paths of those whose content changed. Raises ``OSError``."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for name, schema in sorted(found.items()):
        path, text = folder / f"{name}.json", schema_text(schema)
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            changed.append(path)
    return changed


def _schema(name: str, model: type[BaseModel]) -> dict[str, Any]:
    schema = _loosened(model.model_json_schema(mode="validation"))
    return {"$schema": DIALECT, "$id": f"{name}.json", "title": name, **schema}


def _loosened(part: Any) -> Any:
    """Without generated titles, and with numbers and booleans wherever the reader takes the text typed for them."""
    if isinstance(part, list):
        return [_loosened(item) for item in part]
    if not isinstance(part, dict):
        return part.replace("``", "`") if isinstance(part, str) else part
    loose = {key: _loosened(value) for key, value in part.items() if key != "title" or not isinstance(value, str)}
    if loose.get("type") == "string" and not {"enum", "const"} & loose.keys():
        loose["type"] = ["string", "number", "boolean"]
    return loose


def _allow_file(schema: dict[str, Any], key: str) -> None:
    """``file:`` may stand for the content; exactly one of both must be there."""
    schema["properties"]["file"] = {
        "description": f"The name of a .json file beside this one that holds the {key}.",
        "pattern": r"^[A-Za-z0-9][A-Za-z0-9._-]*\.json$",
        "type": "string",
    }
    schema["required"] = [name for name in schema.get("required", []) if name != key]
    schema["oneOf"] = [{"required": [key]}, {"required": ["file"]}]
