"""The example organization, whole: every baseline in every account, and one more account is only that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import pytest
import yaml

from factory.sandbox.picture import picture
from tests.engine.ground import Ground, ground, mutations
from tests.project.modules import ROOT

HOME, GOVERNED = ["eu-central-1"], ["eu-central-1", "eu-west-1"]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("example")
    with ground(folder, {}) as made:
        rmtree(folder / "accounts")
        for name in ("accounts", "baselines"):
            copytree(ROOT / name, folder / name)
        made.built()
        yield made


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def expected() -> Counter[tuple[str, str]]:
    """Stacks by baseline and account's e-mail: accounts x baselines x Regions, from the files as they are written."""
    organization = read(ROOT / "accounts" / "organization.yaml")
    found: Counter[tuple[str, str]] = Counter()
    for path in (ROOT / "accounts").rglob("*/*.yaml"):
        account = read(path)
        for name in (*organization["root"]["baselines"], *account.get("baselines", ())):
            regions = read(ROOT / "baselines" / "stack-sets" / name / "baseline.yaml")["regions"]
            found[name, f"aws+{path.stem}@example.com"] += len({"home": HOME, "governed": GOVERNED}[regions])
    return found


def stacks(here: Ground) -> Counter[tuple[str, str]]:
    state, found = here.box.state, Counter[tuple[str, str]]()
    for each in state.stack_instances.values():
        assert (each.status, each.detail) == ("CURRENT", "SUCCEEDED")
        name = state.stack_sets[each.stack_set_id].name.removeprefix("factory-main-").removesuffix("-accounts")
        found[name, state.accounts[each.account_id].email] += 1
    return found


def test_every_account_has_every_baseline_in_every_region(here: Ground) -> None:
    assert stacks(here) == expected()
    plan = here.plan()
    assert plan.empty
    (told,) = (notice.message for notice in plan.notices if notice.code == "coverage")
    total = expected().total()
    assert total > 100
    assert told.startswith(f"{total} of {total} stacks are current: 6 baselines in 17 accounts")


def test_what_the_stacks_hold(here: Ground) -> None:
    members = {account.email[4:-12]: account for account in here.members().values()}
    (trail,) = here.box.resources(members["payments-prod"].id, "eu-central-1", "AWS::CloudTrail::Trail")
    organization = here.box.state.organization
    assert organization
    bucket = f"{organization.id}-trails-{members['log-archive'].id}"
    assert trail.properties["S3BucketName"] == bucket
    buckets = here.box.resources(members["log-archive"].id, "eu-central-1", "AWS::S3::Bucket")
    assert bucket in {each.properties.get("BucketName") for each in buckets}
    assert not here.box.resources(members["payments-prod"].id, "eu-west-1", "AWS::CloudTrail::Trail")
    amounts = {
        name: here.box.resources(account.id, "eu-central-1", "AWS::Budgets::Budget")[0].properties["Budget"]
        for name, account in members.items()
        if name in ("payments-prod", "payments-dev", "sandbox-ada")
    }
    assert {name: float(budget["BudgetLimit"]["Amount"]) for name, budget in amounts.items()} == {
        "payments-prod": 2500,
        "payments-dev": 100,
        "sandbox-ada": 25,
    }


def test_one_more_account_changes_nothing_else(here: Ground) -> None:
    before = picture(here.box.state)
    canary = (ROOT / "accounts" / "sandbox" / "sandbox-ada.yaml").read_text(encoding="utf-8")
    here.write({"accounts/sandbox/sandbox-canary.yaml": canary})
    names = [str(change.address) for change in here.plan().changes]
    assert sorted(names) == [
        "account:sandbox-canary",
        *(f"stack:{name}@sandbox-canary" for name in ("budget", "cloudtrail", "config", "guardduty", "identity")),
    ]
    with here.calls() as calls:
        here.built()
    # CloudFormation brings all baselines but the budget, whose values it cannot know; they are noted on the account.
    assert mutations(calls) == {"CreateAccount": 1, "MoveAccount": 1, "CreateStackInstances": 1, "TagResource": 1}
    after = picture(here.box.state)
    assert all("sandbox-canary" in what for what in after.keys() - before.keys())
    assert {what: how for what, how in after.items() if what in before} == before
    assert here.plan().empty
