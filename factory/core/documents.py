"""Policy documents in one canonical form, so that equal policies are equal strings."""

from __future__ import annotations

import json
from typing import Any


def canonical(document: Any) -> str:
    """Minified JSON with sorted keys; what is uploaded, sized and compared.

    AWS counts the characters as uploaded, white space included, so nothing is spent on it
    (Organizations User Guide, "Quotas and service limits").
    """
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical_text(text: str) -> str:
    """The canonical form of a JSON text; a text that is not JSON stands for itself."""
    try:
        return canonical(json.loads(text))
    except ValueError:
        return text
