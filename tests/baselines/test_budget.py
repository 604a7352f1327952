"""The budget of every account: its amount, when notices are sent, and to whom."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from tests.baselines.scene import refusals, stack

MAILBOXES = ["a@example.com", "b@example.com", "c@example.com"]


def budget(**values: str) -> dict[str, Any]:
    (found,) = stack("budget", **values).values()
    assert found.type == "AWS::Budgets::Budget"
    return dict(found.properties)


def test_the_amount_is_the_accounts_own() -> None:
    assert budget()["Budget"] == {
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": "2500", "Unit": "USD"},
        "CostTypes": {"IncludeCredit": False, "IncludeRefund": False},
    }


def test_it_has_no_name_so_that_its_notices_can_change() -> None:
    """Notices cannot change in place, and CloudFormation does not replace what has a name of ours."""
    assert "BudgetName" not in budget()["Budget"]


@pytest.mark.parametrize("places", [1, 2, 3, 4])
@pytest.mark.parametrize("people", [1, 2, 3])
def test_a_notice_for_each_threshold_when_spent_and_when_forecast(places: int, people: int) -> None:
    thresholds, mailboxes = ["50", "80", "100", "120"][:places], MAILBOXES[:people]
    found = budget(AlertAt=",".join(thresholds), NotifyEmails=",".join(mailboxes))["NotificationsWithSubscribers"]
    subscribers = [{"SubscriptionType": "EMAIL", "Address": address} for address in mailboxes]
    assert found == [
        {
            "Notification": {
                "NotificationType": kind,
                "ComparisonOperator": "GREATER_THAN",
                "ThresholdType": "PERCENTAGE",
                "Threshold": threshold,
            },
            "Subscribers": subscribers,
        }
        for threshold, kind in product(thresholds, ["ACTUAL", "FORECASTED"])
    ]
    assert len(found) <= 10  # AWS Budgets' most (API reference, CreateBudget)


@pytest.mark.parametrize(
    "wrong",
    [
        {"AlertAt": ""},
        {"AlertAt": "0"},
        {"AlertAt": "80,"},
        {"AlertAt": "80%"},
        {"AlertAt": "10,20,30,40,50"},
        {"NotifyEmails": ""},
        {"NotifyEmails": "team-payments"},
        {"NotifyEmails": ",".join([*MAILBOXES, "d@example.com"])},
        {"MonthlyUsd": "0"},
        {"MonthlyUsd": "much"},
    ],
    ids=str,
)
def test_what_there_is_no_place_for_is_refused(wrong: dict[str, str]) -> None:
    good = {"MonthlyUsd": "100", "AlertAt": "80,100", "NotifyEmails": MAILBOXES[0]}
    assert not refusals("budget", **good)
    assert refusals("budget", **(good | wrong))
