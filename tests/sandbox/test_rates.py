"""Throttles on the simulated clock."""

from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from factory.core.limits import Limit, Limits
from factory.sandbox import Sandbox
from factory.sandbox.rates import Rates

ONCE = Config(retries={"total_max_attempts": 1})
CREATE = "organizations.CreateOrganizationalUnit"
LIMITS = Limits(
    {
        CREATE: Limit(CREATE, rate=1, burst=2, bucket="shared"),
        "organizations.DescribeOrganization": Limit(
            "organizations.DescribeOrganization", rate=5, burst=3, bucket="shared"
        ),
        "tagging.GetResources": Limit("tagging.GetResources", rate=1, burst=1),
        "account.PutAccountName": Limit("account.PutAccountName", rate=1, burst=1),
    }
)


def _codes(box: Sandbox) -> list[str]:
    return [code for _, code in box.refusals]


def test_a_bucket_empties_and_fills_with_time() -> None:
    rates = Rates(LIMITS)
    assert [rates.admits(CREATE, 0.0) for _ in range(3)] == [True, True, False]
    assert [rates.admits(CREATE, 0.5), rates.admits(CREATE, 1.0)] == [False, True]
    assert [rates.admits(CREATE, 100.0) for _ in range(3)] == [True, True, False]


def test_a_shared_bucket_has_the_slowest_rate() -> None:
    rates = Rates(LIMITS)
    assert rates.admits("organizations.DescribeOrganization", 0.0)
    assert rates.admits(CREATE, 0.0)
    assert not rates.admits("organizations.DescribeOrganization", 0.0)
    assert rates.admits("organizations.DescribeOrganization", 1.0)


def test_what_has_no_row_is_never_throttled() -> None:
    assert all(Rates(LIMITS).admits("organizations.ListRoots", 0.0) for _ in range(1000))


def test_a_client_paced_at_the_rate_is_never_throttled() -> None:
    rates, now = Rates(Limits({"x": Limit("x", rate=0.1, burst=1)})), 1_796_000_000.0
    for _ in range(1000):
        assert rates.admits("x", now)
        now += 10


def test_the_error_is_awss_and_costs_nothing(tmp_path: Any) -> None:
    with Sandbox(limits=LIMITS) as box:
        org = box.session().client("organizations", config=ONCE)
        root = box.state.organization.root_id if box.state.organization else ""
        for name in "ab":
            org.create_organizational_unit(ParentId=root, Name=name)
        with pytest.raises(ClientError) as caught:
            org.create_organizational_unit(ParentId=root, Name="c")
        assert caught.value.response["Error"]["Code"] == "TooManyRequestsException"
        assert {unit.name for unit in box.state.units.values()} == {"a", "b"}


def test_every_service_throttles_in_its_own_words() -> None:
    with Sandbox(limits=LIMITS) as box:
        tagging = box.session().client("resourcegroupstaggingapi", config=ONCE)
        tagging.get_resources()
        with pytest.raises(ClientError, match="ThrottledException"):
            tagging.get_resources()
        account = box.session().client("account", config=ONCE)
        account.put_account_name(AccountName="a")
        with pytest.raises(ClientError) as caught:
            account.put_account_name(AccountName="b")
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429


def test_botocores_retries_wait_in_simulated_time() -> None:
    with Sandbox(limits=LIMITS) as box:
        org = box.session().client("organizations", config=Config(retries={"mode": "standard", "max_attempts": 8}))
        before, started = box.clock.now(), time.monotonic()
        for _ in range(12):
            org.describe_organization()
        assert "TooManyRequestsException" in _codes(box)
        assert box.clock.now() - before >= 9
        assert time.monotonic() - started < 5


def test_rates_can_be_switched_off() -> None:
    with Sandbox(limits=LIMITS, rates=False) as box:
        org = box.session().client("organizations", config=ONCE)
        for _ in range(20):
            org.describe_organization()
        assert _codes(box) == []
