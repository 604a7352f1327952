"""The limits table: whole, dated, and true to botocore's names."""

from __future__ import annotations

import re

import botocore.session
import pytest

from factory.core.policy_types import POLICY_TYPES

SERVICES = {
    "organizations": "organizations",
    "account": "account",
    "cloudformation": "cloudformation",
    "tagging": "resourcegroupstaggingapi",
    "sts": "sts",
    "accessanalyzer": "accessanalyzer",
}
FIELDS = {
    "value": int,
    "rate": (int, float),
    "burst": int,
    "bucket": str,
    "in_flight": int,
    "poll_seconds": (int, float),
    "deadline_seconds": (int, float),
    "source": str,
    "date": str,
}


def test_every_row_has_a_source_and_a_date(rows):
    for key, row in rows.items():
        assert row["source"], key
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", row["date"]), key


def test_every_field_is_known_and_positive(rows):
    for key, row in rows.items():
        assert len(row) > 2, key
        for name, value in row.items():
            assert isinstance(value, FIELDS[name]), (key, name)
            assert isinstance(value, str) or value > 0, (key, name)


def test_rates_come_with_bursts_and_belong_to_operations_botocore_knows(rows):
    core = botocore.session.get_session()
    known = {prefix: set(core.get_service_model(name).operation_names) for prefix, name in SERVICES.items()}
    for key, row in rows.items():
        assert ("rate" in row) == ("burst" in row), key
        if "rate" in row:
            service, _, operation = key.partition(".")
            assert operation in known[service], key


def test_rows_of_one_bucket_agree_and_are_several(rows):
    buckets: dict[str, list[tuple[object, object]]] = {}
    for row in rows.values():
        if "bucket" in row:
            buckets.setdefault(row["bucket"], []).append((row["rate"], row["burst"]))
    assert buckets
    for name, members in buckets.items():
        assert len(members) > 1, name
        assert len(set(members)) == 1, name


@pytest.mark.parametrize("prefix", ["policies", "policy_size", "attachments"])
def test_quotas_of_policy_types_name_real_types(rows, prefix):
    start = f"organizations.{prefix}."
    types = {key.removeprefix(start) for key in rows if key.startswith(start)}
    assert types <= POLICY_TYPES.keys()
    assert {"SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"} <= types


@pytest.mark.parametrize(
    "key",
    [
        "organizations.CreateAccount",
        "organizations.CloseAccount",
        "organizations.EnablePolicyType",
        "organizations.EnableAllFeatures",
        "retry.later",
        "retry.finalizing",
        "creation.settle",
        "lock.lease",
        "lock.margin",
    ],
)
def test_what_is_waited_for_has_an_interval_and_a_deadline(limits, key):
    poll, deadline = limits.seconds(key)
    assert 0 < poll < deadline


def test_numbers_that_the_design_rests_on(limits):
    create = limits["organizations.CreateAccount"]
    assert (create.rate, create.burst, create.in_flight, create.poll_seconds, create.deadline_seconds) == (
        0.1,
        3,
        5,
        2,
        900,
    )
    assert limits.quota("organizations.policy_size.SERVICE_CONTROL_POLICY") == 10240
    assert limits.quota("organizations.attachments.SERVICE_CONTROL_POLICY") == 10
    assert limits.quota("organizations.organizational_unit_depth") == 5
    assert limits.quota("organizations.policy_size.BEDROCK_POLICY") is None
