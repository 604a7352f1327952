"""The targets of stack sets: which are chosen, which stay, and what accounts lose and get as these come and go."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from factory.core.address import Address
from factory.core.change import Change, Plan, Risk
from factory.core.guard import Consent
from factory.sandbox import Crash, Faults
from factory.sandbox.seeding import add_account, add_unit
from tests.engine.ground import Ground, changes, ground, mutations, result

HOME = "organization: {home_region: eu-central-1, regions: [eu-central-1, eu-west-1]}\n"
HEAD = HOME + 'defaults: {email: "aws+{name}@example.com"}\n'
TRAIL = "description: A topic.\n"
TEMPLATE = 'Resources: {Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: "alerts"}}}\n'
"""A topic with a name of its own can be had once: two stacks of it in an account collide."""

FOLDER = "baselines/stack-sets/trail"


def units(**baselines: str) -> str:
    """``organization.yaml`` with these units (``workloads__prod``), and ``root`` if it has any."""
    root = baselines.pop("root", "")
    rows = [f"  {path.replace('__', '/')}: {{{_named(names)}}}\n" for path, names in baselines.items()]
    return HEAD + (f"root: {{{_named(root)}}}\n" if root else "") + "organizational_units:\n" + "".join(rows)


def _named(names: str) -> str:
    return f"baselines: [{names}]" if names else ""


def trail(rest: str = "") -> dict[str, str | None]:
    return {f"{FOLDER}/baseline.yaml": TRAIL + rest, f"{FOLDER}/template.yaml": TEMPLATE}


PROD = units(security="", workloads="", workloads__prod="trail", workloads__test="")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Ground]:
    files = {"organization": PROD, "dev": "ou: workloads/test\n", "blog": "ou: workloads/prod\n", **trail()}
    with ground(tmp_path, files) as made:
        yield made


def stacks(here: Ground) -> dict[str, str]:
    """The ids of all stacks that are current, by account, the Region's and the stack set's name behind a slash."""
    names = {account.id: account.name for account in here.box.state.accounts.values()}
    found = {}
    for each in here.box.state.stack_instances.values():
        assert each.status == "CURRENT", each
        of = here.box.state.stack_sets[each.stack_set_id].name.removeprefix("factory-main-trail")
        region = "" if each.region == "eu-central-1" else f"/{each.region}"
        assert f"{names[each.account_id]}{of}{region}" not in found
        found[f"{names[each.account_id]}{of}{region}"] = each.stack_id
    return found


def targets(here: Ground) -> set[str]:
    (held,) = (each for each in here.box.state.stack_sets.values() if each.name == "factory-main-trail")
    return {here.where(unit) for unit in held.targets}


def settled(here: Ground) -> dict[str, str]:
    """Apply, find nothing left to do, and return the stacks."""
    here.built(Consent(allow=frozenset({"mass-change"})))
    here.box.clock.sleep(600)
    plan = here.plan()
    assert plan.empty, changes(plan)
    return stacks(here)


def told(plan: Plan, code: str = "unmanaged") -> list[str]:
    return [notice.message for notice in plan.notices if notice.code == code]


def change(plan: Plan, address: str) -> Change:
    return next(each for each in plan.changes if str(each.address) == address)


def waits(plan: Plan, address: str) -> set[str]:
    return {str(other) for other in plan.waits[Address.parse(address)]}


def organize(here: Ground, **baselines: str) -> None:
    here.write({"organization": units(**baselines)})


# Redundant targets


@pytest.mark.parametrize("place", ["workloads", "root"])
def test_a_baseline_that_moves_up_deletes_no_stack(here: Ground, place: str) -> None:
    before = settled(here)
    names = {"security": "", "workloads": "", "workloads__prod": "", "workloads__test": "", place: "trail"}
    organize(here, **names)
    where = "root" if place == "root" else "ou:workloads"
    plan = here.plan()
    assert changes(plan) == [f"deploy deployment:trail@{where}", "roll out stack:trail@dev"]
    assert told(plan) == [
        f"deployment:trail@ou:workloads/prod is not needed beside deployment:trail@{where}, and left alone: its stacks "
        "would be deleted"
    ]
    with here.calls() as calls:
        after = settled(here)
    assert mutations(calls) == {"CreateStackInstances": 1}
    assert after == {**after, **before}
    assert set(after) == {"blog", "shop", "dev"}
    assert targets(here) == {place, "workloads/prod"}


def test_what_is_redundant_goes_with_what_covers_it(here: Ground) -> None:
    settled(here)
    organize(here, security="", workloads="trail", workloads__prod="", workloads__test="")
    settled(here)
    organize(here, security="", workloads="", workloads__prod="", workloads__test="")
    plan = here.plan()
    assert changes(plan) == [
        "withdraw deployment:trail@ou:workloads",
        "withdraw deployment:trail@ou:workloads/prod",
        "delete baseline:trail",
    ]
    assert settled(here) == {}


def test_a_redundant_target_loses_the_regions_that_nobody_wants(here: Ground) -> None:
    here.write(trail("regions: governed\n"))
    before = settled(here)
    assert len(before) == 4
    here.write(trail("regions: home\n"))
    organize(here, security="", workloads="trail", workloads__prod="", workloads__test="")
    after = settled(here)
    assert after == {"shop": before["shop"], "blog": before["blog"], "dev": after["dev"]}


def test_a_unit_that_goes_is_left_before_its_redundant_target_goes(here: Ground) -> None:
    organize(here, security="", workloads="trail", workloads__prod="", workloads__test="")
    before = settled(here)
    (held,) = here.box.state.stack_sets.values()
    prod = next(unit.id for unit in here.box.state.units.values() if unit.name == "prod")
    held.targets[prod] = ["eu-central-1"]
    organize(here, workloads="trail", workloads__test="")
    here.write({"shop": "ou: workloads/test\n", "blog": "ou: workloads\n"})
    assert waits(here.plan(), "deployment:trail@ou:workloads/prod") == {"account:shop", "account:blog"}
    assert settled(here) == before
    assert targets(here) == {"workloads"}


# Narrowing


def narrowed(here: Ground) -> dict[str, str]:
    organize(here, security="", workloads="trail", workloads__prod="", workloads__test="")
    before = settled(here)
    organize(here, security="", workloads="", workloads__prod="trail", workloads__test="")
    return before


def test_narrowing_says_what_it_costs_and_ends_with_every_stack(here: Ground) -> None:
    before = narrowed(here)
    plan = here.plan()
    assert changes(plan) == [
        "withdraw deployment:trail@ou:workloads",
        "deploy deployment:trail@ou:workloads/prod",
        "roll out stack:trail@blog",
        "roll out stack:trail@shop",
    ]
    withdraw = change(plan, "deployment:trail@ou:workloads")
    assert withdraw.risk is Risk.HIGH
    assert withdraw.effects == (
        "CloudFormation deletes 3 stacks, in 3 accounts (eu-central-1)",
        "CloudFormation deletes and makes anew the stacks of 2 accounts that are to have it all the same: blog, shop",
    )
    assert change(plan, "stack:trail@shop").reason == "eu-central-1: made anew, what came by ou:workloads goes"
    after = settled(here)
    assert set(after) == {"shop", "blog"}
    assert targets(here) == {"workloads/prod"}
    assert not set(after.values()) & set(before.values())


def test_narrowing_to_a_target_that_is_there_deploys_it_again(here: Ground) -> None:
    settled(here)
    narrowed(here)
    assert targets(here) == {"workloads", "workloads/prod"}
    assert changes(here.plan())[:2] == [
        "withdraw deployment:trail@ou:workloads",
        "deploy deployment:trail@ou:workloads/prod",
    ]
    assert set(settled(here)) == {"shop", "blog"}
    assert targets(here) == {"workloads/prod"}


def test_without_auto_deployment_narrowing_takes_single_accounts_away(here: Ground) -> None:
    here.write(trail("auto_deploy: false\n"))
    before = narrowed(here)
    plan = here.plan()
    assert changes(plan) == ["take away stack:trail@dev"]
    assert settled(here) == {name: before[name] for name in ("shop", "blog")}


@pytest.mark.parametrize("number", range(1, 40, 3))
def test_narrowing_that_is_cut_off_is_carried_on(here: Ground, number: int) -> None:
    narrowed(here)
    here.box.faults = Faults(crash_at=number, crash_after=bool(number % 2))
    with contextlib.suppress(Crash):
        here.apply()
    here.box.faults = None
    assert set(settled(here)) == {"shop", "blog"}
    assert targets(here) == {"workloads/prod"}


# Widening


def test_a_baseline_on_every_unit_goes_to_what_is_above_and_moves_delete_nothing(here: Ground) -> None:
    organize(here, security="", workloads="", workloads__prod="trail", workloads__test="trail")
    before = settled(here)
    assert targets(here) == {"workloads"}
    here.write({"shop": "ou: workloads/test\n", "dev": "ou: workloads/prod\n"})
    plan = here.plan()
    assert [each.effects for each in plan.changes] == [(), ()]
    with here.calls() as calls:
        assert settled(here) == before
    assert mutations(calls) == {"MoveAccount": 2}


def test_up_to_the_root_beside_the_management_account(here: Ground) -> None:
    organize(here, security="trail", workloads="", workloads__prod="trail", workloads__test="trail")
    settled(here)
    assert targets(here) == {"root"}
    here.write({"new": "ou: security\n"})
    assert set(settled(here)) == {"shop", "blog", "dev", "new"}


@pytest.mark.parametrize("who", ["declared account", "account", "unit", "one child", "another baseline"])
def test_what_would_reach_more_is_not_widened(here: Ground, who: str) -> None:
    names = {"security": "", "workloads": "", "workloads__prod": "trail", "workloads__test": "trail"}
    if who == "declared account":
        here.write({"extra": "ou: workloads\n"})
    if who == "one child":
        here.write({"dev": None})
        del names["workloads__test"]
    if who == "another baseline":
        names["workloads__test"] = ""
    above = add_unit(here.box.state, "workloads")
    if who == "account":
        add_account(here.box.state, "stranger", "stranger@example.com", above)
    if who == "unit":
        add_unit(here.box.state, "strange", above)
    organize(here, **names)
    settled(here)
    assert targets(here) == {path.replace("__", "/") for path, named in names.items() if named}


def test_an_account_on_its_way_down_is_in_nobodys_way(here: Ground) -> None:
    above = add_unit(here.box.state, "workloads")
    add_account(here.box.state, "dev", "aws+dev@example.com", above)
    organize(here, security="", workloads="", workloads__prod="trail", workloads__test="trail")
    assert set(settled(here)) == {"shop", "blog", "dev"}
    assert targets(here) == {"workloads"}


def test_the_first_deployment_decides(here: Ground) -> None:
    before = settled(here)
    organize(here, security="", workloads="", workloads__prod="trail", workloads__test="trail")
    assert settled(here) == {**before, "dev": stacks(here)["dev"]}
    assert targets(here) == {"workloads/prod", "workloads/test"}


def test_a_wide_target_stays_as_strangers_come(here: Ground) -> None:
    organize(here, security="", workloads="", workloads__prod="trail", workloads__test="trail")
    before = settled(here)
    (above,) = (unit.id for unit in here.box.state.units.values() if unit.name == "workloads")
    add_unit(here.box.state, "strange", above)
    stranger = add_account(here.box.state, "stranger", "stranger@example.com", above)
    plan = here.plan()
    assert plan.empty
    beyond = f"ou:workloads/strange, stranger ({stranger})"
    assert f"deployment:trail@ou:workloads reaches more than the files say, and stays: {beyond}" in told(plan)
    # Nor does a unit less narrow it.
    organize(here, security="", workloads="", workloads__prod="trail")
    here.write({"dev": "ou: workloads/prod\n"})
    assert settled(here) == before
    assert targets(here) == {"workloads"}


def test_a_wide_target_is_narrowed_where_the_files_say_less(here: Ground) -> None:
    organize(here, security="", workloads="", workloads__prod="trail", workloads__test="trail")
    settled(here)
    organize(here, security="", workloads="", workloads__prod="trail", workloads__test="")
    (effect,) = change(here.plan(), "deployment:trail@ou:workloads").effects[1:]
    assert (
        effect
        == "CloudFormation deletes and makes anew the stacks of 2 accounts that are to have it all the same: blog, shop"
    )
    assert set(settled(here)) == {"shop", "blog"}


# Moves


def test_a_move_between_targets_tells_what_goes_and_comes_and_is_followed(here: Ground) -> None:
    organize(here, security="trail", workloads="", workloads__prod="trail", workloads__test="")
    before = settled(here)
    here.write({"shop": "ou: security\n", "blog": "ou: workloads/test\n", "dev": "ou: workloads/prod\n"})
    plan = here.plan()
    assert {str(each.address): each.effects for each in plan.changes} == {
        "account:shop": ("AWS deletes and makes anew the stacks of trail (eu-central-1)",),
        "account:blog": ("AWS deletes the stacks of trail (eu-central-1)",),
        "account:dev": ("AWS makes the stacks of trail (eu-central-1)",),
        "stack:trail@shop": (),
        "stack:trail@dev": (),
    }
    assert "account:shop" in waits(plan, "stack:trail@shop")
    report = here.built()
    # No success before the new ones are there.
    assert set(stacks(here)) == {"shop", "dev"}
    assert result(report, "stack:trail@shop").seconds > 60
    after = settled(here)
    assert after["shop"] != before["shop"]


def test_a_move_that_was_cut_off_is_followed_by_the_next_run(here: Ground) -> None:
    organize(here, security="trail", workloads="", workloads__prod="trail", workloads__test="")
    settled(here)
    here.write({"shop": "ou: security\n"})
    shop, security = here.members()["shop"], next(u.id for u in here.box.state.units.values() if u.name == "security")
    here.box.session().client("organizations").move_account(
        AccountId=shop.id, SourceParentId=shop.parent_id, DestinationParentId=security
    )
    plan = here.plan()
    assert changes(plan) == ["roll out stack:trail@shop"]
    here.built()
    assert set(stacks(here)) == {"shop", "blog"}


@pytest.mark.parametrize("back", [False, True])
def test_between_a_unit_and_an_account_of_its_own_one_goes_before_the_other_comes(here: Ground, back: bool) -> None:
    """The two come from different stack sets, and what they hold can be had once in an account."""
    alone = {"organization": units(security="", workloads="", workloads__prod="", workloads__test="")}
    alone |= {"shop": "ou: workloads/prod\nbaselines: [trail]\n", "blog": "ou: workloads/test\n"}
    if not back:
        settled(here)
        here.write(alone)
        assert set(settled(here)) == {"shop-accounts"}
        return
    here.write(alone)
    settled(here)
    here.write({"organization": PROD, "shop": "ou: workloads/prod\n"})
    assert set(settled(here)) == {"shop"}


def test_who_comes_into_a_target_that_goes_comes_after_that(here: Ground) -> None:
    settled(here)
    here.write({"organization": PROD.replace("trail", ""), "dev": "ou: workloads/prod\n"})
    assert changes(here.plan())[:2] == ["withdraw deployment:trail@ou:workloads/prod", "move account:dev"]
    assert settled(here) == {}


def test_an_account_that_moves_to_a_stack_of_its_own_waits_until_the_other_is_gone(here: Ground) -> None:
    settled(here)
    here.write({"shop": "ou: workloads/test\nbaselines: [trail]\n"})
    assert set(settled(here)) == {"shop-accounts", "blog"}
    (gone,) = (each for each in here.box.state.stack_operations.values() if each.action == "DELETE")
    # At the first attempt, and not because a failed stack is tried once more.
    (come,) = (each for each in here.box.state.stack_operations.values() if each.stack_set_id != gone.stack_set_id)
    assert come.created_at >= gone.ended_at


# Many


def test_a_hundred_and_twenty_units_in_three_requests_one_after_the_other(here: Ground) -> None:
    names = {f"u{number}": "trail" for number in range(120)}
    organize(here, security="", workloads="", workloads__prod="", workloads__test="", **names)
    here.write({"shop": "ou: u0\n", "blog": "ou: u60\n", "dev": "ou: u119\n"})
    with here.calls() as calls:
        assert set(settled(here)) == {"shop", "blog", "dev"}
    assert calls["CreateStackInstances"] == 3
    operations = sorted(here.box.state.stack_operations.values(), key=lambda each: each.created_at)
    ends = [each.ended_at for each in operations if not each.automatic]
    starts = [each.created_at for each in operations if not each.automatic]
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
    assert len(targets(here)) == 120
