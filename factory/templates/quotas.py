"""CloudFormation's quotas for templates, as rows that a caller's limits table may replace."""

from __future__ import annotations

from typing import Final

from factory.core.limits import Limit, Limits

_QUOTAS = "AWS CloudFormation User Guide, Understand CloudFormation quotas"
_DATE = "2026-11-24"

QUOTAS: Final = Limits(
    {
        key: Limit(key, value=value, source=source, date=_DATE)
        for key, value, source in (
            ("cloudformation.template_bytes_inline", 51_200, "botocore service model, CreateStackSet TemplateBody"),
            # AWS says "1 MB" without saying which; the smaller reading is safe under both.
            ("cloudformation.template_bytes", 1_000_000, _QUOTAS),
            ("cloudformation.resources", 500, _QUOTAS),
            ("cloudformation.parameters", 200, _QUOTAS),
            ("cloudformation.mappings", 200, _QUOTAS),
            ("cloudformation.mapping_attributes", 200, _QUOTAS),
            ("cloudformation.outputs", 200, _QUOTAS),
            ("cloudformation.name_length", 255, _QUOTAS),
            ("cloudformation.description_bytes", 1_024, _QUOTAS),
            ("cloudformation.parameter_value_bytes", 4_096, _QUOTAS),
            ("cloudformation.dynamic_references", 60, _QUOTAS),
        )
    }
)


def quota(limits: Limits, key: str) -> int:
    """The quota ``cloudformation.KEY`` from the caller's table, or from ours where that has no such row."""
    found = limits.quota(f"cloudformation.{key}")
    if found is None:
        found = QUOTAS.quota(f"cloudformation.{key}")
    if found is None:
        raise KeyError(f"no quota cloudformation.{key}")
    return found


INLINE_BYTES: Final = quota(QUOTAS, "template_bytes_inline")
"""Bytes of a template that a request may carry; a larger one goes through S3."""

LARGEST_BYTES: Final = quota(QUOTAS, "template_bytes")
"""Bytes of a template that CloudFormation reads from S3."""
