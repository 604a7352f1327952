"""Ids look like AWS's and depend on the seed alone."""

from __future__ import annotations

import re

import botocore.session
import pytest

from factory.sandbox import ids
from factory.sandbox.seeding import add_account, add_policy, add_unit, new_state


def test_the_same_seed_gives_the_same_ids() -> None:
    def history(seed: int) -> list[str]:
        state = new_state(seed)
        return [
            add_unit(state, "a"),
            add_account(state, "b", "b@example.com"),
            add_policy(state, "c", "TAG_POLICY", "{}"),
        ]

    assert history(7) == history(7)
    assert not set(history(7)) & set(history(8))


def test_some_account_ids_begin_with_zeros() -> None:
    numbers = [ids.account_number(0, number) for number in range(40)]
    assert all(re.fullmatch(r"\d{12}", number) for number in numbers)
    assert 5 < sum(number.startswith("0") for number in numbers) < 20


@pytest.mark.parametrize(
    ("shape", "made"),
    [
        ("OrganizationId", lambda state: state.organization.id),
        ("RootId", lambda state: state.organization.root_id),
        ("OrganizationalUnitId", lambda state: add_unit(state, "a")),
        ("AccountId", lambda state: add_account(state, "a", "a@example.com")),
        ("PolicyId", lambda state: add_policy(state, "a", "TAG_POLICY", "{}")),
    ],
)
def test_ids_match_awss_patterns(shape: str, made: object) -> None:
    model = botocore.session.get_session().get_service_model("organizations")
    assert callable(made)
    for seed in range(20):
        assert re.fullmatch(model.shape_for(shape).metadata["pattern"], made(new_state(seed)))
