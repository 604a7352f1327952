"""The kinds of things the factory owns: one module each, found here by its ``KIND``."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache

from factory.kinds.base import Kind

ORDER = (
    "organization",
    "policy-type",
    "ou",
    "account",
    "guardrail",
    "attachment",
    "stack-set-access",
    "baseline",
    "management-stack",
    "deployment",
    "stack",
)
"""The order in which kinds are observed and shown: each can name what those before it found."""


@lru_cache(maxsize=1)
def registry() -> dict[str, Kind]:
    """Every kind by name, in the order of ``ORDER``, others after them by name."""
    found: dict[str, Kind] = {}
    for module in pkgutil.iter_modules(__path__):
        kind = getattr(importlib.import_module(f"{__name__}.{module.name}"), "KIND", None)
        if isinstance(kind, Kind):
            found[kind.name] = kind
    ranks = {name: rank for rank, name in enumerate(ORDER)}
    return {name: found[name] for name in sorted(found, key=lambda n: (ranks.get(n, len(ranks)), n))}
