"""The output that every template of a management stack gets: a digest of the whole request.

CloudFormation finds "no changes" where only a DeletionPolicy, a description or a parameter that nothing refers to
differs, and keeps the old template: then the difference would never end. With another output there is a change.
Source: CloudFormation User Guide, "DeletionPolicy attribute", and "Update behaviors of stack resources".
"""

from __future__ import annotations

import json
from typing import Final

from factory import templates
from factory.core.documents import canonical
from factory.core.errors import InvalidFiles

_NAME: Final = "FactoryRequest"
DIGEST: Final = "factory-" + 32 * "0"
"""A digest like any other, as long as each of them is."""


def marked(template: str, digest: str) -> str:
    """A template in canonical form, with the output."""
    body = json.loads(template)
    mark = {"Description": "What factory asked for last", "Value": digest}
    return canonical({**body, "Outputs": {**body.get("Outputs", {}), _NAME: mark}})


def unmarked(text: str) -> str:
    """A stack's template in canonical form, without the output; one that cannot be read stays as it is."""
    try:
        body = dict(templates.read(text).body)
    except InvalidFiles:
        return text
    outputs = {name: row for name, row in body.pop("Outputs", {}).items() if name != _NAME}
    return canonical(body | ({"Outputs": outputs} if outputs else {}))
