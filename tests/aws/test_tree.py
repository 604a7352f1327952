"""The tree of units from what other answers tell."""

from __future__ import annotations

import pytest

from factory.aws import tree
from factory.aws.records import AccountRecord, AttachmentRecord, RootRecord

ROOT = RootRecord("r-a", "", {"SERVICE_CONTROL_POLICY": "ENABLED"})


def living(*places: str) -> AccountRecord:
    account_id = "222222222222"
    return AccountRecord(account_id, "", "n", "e", "ACTIVE", places[-1], "/".join(("o-x", *places, account_id)) + "/")


def on(target: str, kind: str = "ORGANIZATIONAL_UNIT") -> AttachmentRecord:
    return AttachmentRecord("p-FullAWSAccess", target, kind, target.upper(), f"arn:{target}")


ALL = (on("r-a", "ROOT"), on("ou-1"), on("ou-2"), on("222222222222", "ACCOUNT"))


def test_a_path_tells_where_each_unit_of_it_is() -> None:
    paths = [living("r-a"), living("r-a", "ou-1", "ou-2"), living("r-a", "ou-1", "ou-3")]
    assert tree.parents(paths) == {"ou-1": "r-a", "ou-2": "ou-1", "ou-3": "ou-1"}


def test_units_are_the_targets_of_that_type() -> None:
    found = tree.units(ROOT, [living("r-a", "ou-1")], ALL, ["ou-1"])
    assert found is not None
    assert {key: (each.target_name, each.target_arn) for key, each in found.items()} == {
        "ou-1": ("OU-1", "arn:ou-1"),
        "ou-2": ("OU-2", "arn:ou-2"),
    }


@pytest.mark.parametrize(
    ("accounts", "attachments", "tagged"),
    [
        ([living("r-a", "ou-3")], ALL, []),
        ([living("r-a")], ALL, ["ou-3"]),
        ([living("r-a")], ALL[1:], []),
        ([AccountRecord("222222222222", "", "n", "e", "ACTIVE", "")], ALL, []),
    ],
    ids=["a path knows more", "the tags know more", "the root has none", "an account has no path"],
)
def test_a_witness_against_the_attachments_is_believed(accounts, attachments, tagged) -> None:
    assert tree.units(ROOT, accounts, attachments, tagged) is None


@pytest.mark.parametrize(("status", "told"), [("ENABLED", True), ("PENDING_ENABLE", False), ("PENDING_DISABLE", False)])
def test_only_a_type_that_is_on_tells(status, told) -> None:
    assert tree.told(RootRecord("r-a", "", {"SERVICE_CONTROL_POLICY": status})) is told
    assert not tree.told(RootRecord("r-a", "", {}))
