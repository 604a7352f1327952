"""The built-in quotas are those of the shipped table."""

from __future__ import annotations

from factory.sandbox.defaults import DEFAULT_LIMITS
from factory.spec import load_limits


def test_the_defaults_agree_with_the_shipped_table() -> None:
    shipped = load_limits()
    for key, row in DEFAULT_LIMITS.items():
        assert (row.value, row.in_flight) == (shipped[key].value, shipped[key].in_flight), key
        assert row.rate is None


def test_the_shipped_table_names_what_the_sandbox_reads() -> None:
    shipped = load_limits()
    for key in (
        "organizations.accounts",
        "organizations.organizational_units",
        "organizations.policies.SERVICE_CONTROL_POLICY",
        "organizations.CreateAccount",
        "tagging.GetResources",
        "account.PutAccountName",
    ):
        assert key in shipped
