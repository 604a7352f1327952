"""Sealing: what is saved can be compared, and no e-mail address can be read in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factory.core.address import ROOT, account, attachment, guardrail, unit
from factory.core.change import Action, Change, Plan
from factory.core.emails import present
from factory.core.guard import Consent
from factory.core.resource import Identity, Resource
from factory.core.saved import SEALED, Seal, State, saved

SEAL = Seal("salt")


@pytest.mark.parametrize(
    "text",
    ["ana@example.com", "by ana@example.com, since 2020", '{"aws:x":["a@b.co"]}', "ana%40example.com", "sealed:abc"],
)
def test_what_holds_an_email_is_sealed(text: str) -> None:
    found = SEAL.text(text)
    assert found.startswith(SEALED)
    assert len(found) == len(SEALED) + 64
    assert text not in found
    assert found == Seal("salt").text(text)
    assert found != Seal("other").text(text)


@pytest.mark.parametrize("text", ["", "web", "deny-root@ou:workloads/prod", '{"tag":{"@@assign":"x"}}', "arn:aws:x"])
def test_the_rest_stays_readable(text: str) -> None:
    assert SEAL.text(text) == text


def test_an_email_by_name_is_sealed_whatever_it_looks_like_and_without_regard_to_case() -> None:
    assert str(SEAL.value("email", "root@localhost")).startswith(SEALED)
    assert SEAL.value("email", "Ana@Example.com") == SEAL.value("email", "ana@example.com")
    assert SEAL.value("tags.owner", "Ana@Example.com") != SEAL.value("tags.owner", "ana@example.com")
    assert [SEAL.value("email", value) for value in (None, True, 5)] == [None, True, 5]


def test_names_of_attributes_and_things_are_sealed_too() -> None:
    state = SEAL.state(Resource(unit("a@b.co"), {"tags.a@b.co": "x", "name": "a@b.co"}, id="ou-1", owned=False))
    assert "a@b.co" not in str(state)
    assert set(state.attrs) > {"name"}
    assert (state.id, state.owned) == ("ou-1", False)
    assert SEAL.address(unit("a@b.co")).kind == "ou"
    assert SEAL.address(unit("a@b.co")).name.startswith(SEALED)
    assert SEAL.address(ROOT) == ROOT


@given(st.text(), st.sampled_from(["ana@example.com", "a.b+c@mail.example.org", "x%40y.zz"]), st.text())
def test_no_email_survives_in_any_text(before: str, email: str, after: str) -> None:
    assert not present(SEAL.text(before + email + after))


@given(st.text(), st.text())
def test_equal_stays_equal_and_different_stays_different(one: str, other: str) -> None:
    assert (SEAL.text(one) == SEAL.text(other)) == (one == other)


def test_a_plan_is_kept_with_what_it_changes_and_what_it_needs() -> None:
    have = Resource(unit("a"), {"name": "a"}, id="ou-a")
    policy = Resource(guardrail("p"), {"content": "{}"}, id="p-1")
    on = Resource(
        attachment(policy.address, have.address), {"target": "ou:a"}, frozenset({policy.address, have.address})
    )
    going = Change(Action.DELETE, "remove", have, None, releases=frozenset({policy.address}))
    making = Change(Action.CREATE, "create", None, Resource(account("x"), {"email": "x@example.com"}))
    touched = {have.address: have, policy.address: policy, account("x"): None}
    plan = Plan(Identity("o-1", "1", "r-1"), (making, going), touched=touched)
    found = saved(plan, Consent(), instance="main", sandbox=True, made="now", salt="salt")
    assert [(c.address, c.action, c.releases) for c in found.changes] == [
        (account("x"), Action.CREATE, frozenset()),
        (unit("a"), Action.DELETE, frozenset({policy.address})),
    ]
    assert found.changes[0].before is None
    assert found.changes[0].after == State({"email": SEAL.value("email", "x@example.com")})
    assert found.changes[1].before == State({"name": "a"}, "ou-a")
    assert found.changes[1].after is None
    assert found.needs == {policy.address: State({"content": "{}"}, "p-1")}
    assert (found.organization, found.digest, found.salt) == ("o-1", plan.digest, "salt")
    assert on.address not in found.needs
