"""What stays unloaded until AWS is asked."""

from __future__ import annotations

import subprocess
import sys

LIGHT = [
    "",
    "records",
    "errors",
    "organizations",
    "access_analyzer",
    "accounts",
    "objects",
    "reading",
    "session",
    "creation",
    "pacing",
    "events",
]


HEAVY = ["boto3", "botocore", "tenacity", "structlog", "rich", "yaml", "pydantic"]


def test_naming_the_gateways_loads_nothing_heavy():
    modules = ", ".join(f"factory.aws.{name}".rstrip(".") for name in LIGHT)
    code = f"import sys, {modules}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    asked = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert asked.stdout.strip() == ""
