"""References in values of parameters: what they are, and that all who read them agree."""

from __future__ import annotations

import pytest

from factory.core.address import Address, account
from factory.core.resource import Identity
from factory.kinds.baseline_values import accounts_in, filled, is_personal, references

IDENTITY = Identity("o-a1b2c3d4e5", "111111111111", "r-ab12")
IDS: dict[Address, str] = {account("logs"): "222222222222"}


@pytest.mark.parametrize(
    ("text", "names", "becomes"),
    [
        ("{organization.id}-x", ("organization.id",), "o-a1b2c3d4e5-x"),
        ('{"a": {}, "b": {"c": 1}}', (), '{"a": {}, "b": {"c": 1}}'),
        ("{{resolve:ssm:/foo}}", (), "{{resolve:ssm:/foo}}"),
        ("{{resolve:ssm:/{organization.id}}}", ("organization.id",), "{{resolve:ssm:/o-a1b2c3d4e5}}"),
        ('{"to": "{accounts.logs.id}"}', ("accounts.logs.id",), '{"to": "222222222222"}'),
        ("[a-z]{3}{4,5}", (), "[a-z]{3}{4,5}"),
        ("{accounts.nobody.id}", ("accounts.nobody.id",), None),
    ],
)
def test_only_names_are_filled_in(text: str, names: tuple[str, ...], becomes: str | None) -> None:
    assert references(text) == names
    assert filled(text, IDENTITY, IDS.get) == becomes
    assert accounts_in(text) == {account(name.split(".")[1]) for name in names if name.startswith("accounts")}


def test_what_is_the_accounts_own_is_seen_between_other_braces() -> None:
    assert is_personal('{"a": {"b": "{account.name}"}}')
    assert not is_personal("{{resolve:ssm:account.name}}")
