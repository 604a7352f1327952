"""Values of single accounts, and accounts that opt out: set, noted, followed, taken back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from factory.core.change import Action, Risk
from factory.core.errors import InvalidFiles
from factory.sandbox import Crash, Faults
from tests.engine.ground import Ground, ground, mutations
from tests.engine.test_baselines import stacks

ORGANIZATION = """\
organization: {home_region: eu-central-1, regions: [eu-central-1, eu-west-1]}
defaults:
  email: "aws+{name}@example.com"
  budget: {monthly_usd: 100, alert_at: [80, 100], notify: ["{owner}@example.com"]}
root: {baselines: [budget, watch]}
organizational_units:
  shops: {}
  labs: {budget: {monthly_usd: 20}}
"""
BUDGET = """\
description: What it may cost.
auto_deploy: false
optional: true
parameters: {Usd: "{account.budget.monthly_usd}", At: "{account.budget.alert_at}", Who: "{account.budget.notify}"}
"""
BUDGET_TEMPLATE = """\
Parameters: {Usd: {Type: Number}, At: {Type: String}, Who: {Type: String}}
Resources:
  Budget: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Sub "${Usd} ${At} ${Who}"}}
"""
WATCH = "description: Watches.\nregions: governed\noptional: true\nparameters: {Level: low}\n"
WATCH_TEMPLATE = """\
Parameters: {Level: {Type: String, AllowedValues: [low, high]}}
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Level}}
"""
FILES: dict[str, str | None] = {
    "organization": ORGANIZATION,
    "shop": "ou: shops\nowner: sales\n",
    "blog": "ou: shops\nowner: sales\n",
    "lab": "ou: labs\nowner: science\n",
    "baselines/stack-sets/budget/baseline.yaml": BUDGET,
    "baselines/stack-sets/budget/template.yaml": BUDGET_TEMPLATE,
    "baselines/stack-sets/watch/baseline.yaml": WATCH,
    "baselines/stack-sets/watch/template.yaml": WATCH_TEMPLATE,
}
REGIONS = ("eu-central-1", "eu-west-1")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Ground]:
    with ground(tmp_path, FILES) as made:
        yield made


def shown(here: Ground, of: str, region: str = "eu-central-1") -> dict[str, str]:
    """What the topic of a baseline is called in each account."""
    found = {}
    for name, account in here.members().items():
        for each in here.box.resources(account.id, region):
            if each.stack_set == f"factory-main-{of}":
                found[name] = str(each.properties["DisplayName"])
    return found


def opts_out(here: Ground, name: str, of: str, more: str = "") -> None:
    here.write({name: f"ou: shops\nowner: sales\nbaselines: {{{of}: false}}\n{more}"})


def test_each_account_has_its_own_values_those_with_equal_ones_in_one_operation(here: Ground) -> None:
    words = [notice.message for notice in here.plan().notices if notice.code == "own-values"]
    assert words == ["budget: values of their own for 3 accounts, in 2 operations"]
    with here.calls() as calls:
        here.built()
    assert shown(here, "budget") == {
        "shop": "100 80,100 sales@example.com",
        "blog": "100 80,100 sales@example.com",
        "lab": "20 80,100 science@example.com",
    }
    # Two for the budget's two sets of values, and one that deploys the other baseline.
    assert mutations(calls)["CreateStackInstances"] == 3
    assert "UpdateStackInstances" not in mutations(calls)
    assert here.plan().empty


def test_a_changed_value_touches_that_account_alone(here: Ground) -> None:
    here.built()
    here.write({"shop": "ou: shops\nowner: sales\nbudget: {monthly_usd: 2500.5}\n"})
    (change,) = here.plan().changes
    assert str(change.address) == "stack:budget@shop"
    assert change.risk is Risk.LOW
    with here.calls() as calls:
        here.built()
    assert mutations(calls) == {"UpdateStackInstances": 1, "TagResource": 1}
    assert shown(here, "budget")["shop"] == "2500.50 80,100 sales@example.com"
    assert shown(here, "budget")["blog"] == "100 80,100 sales@example.com"
    assert here.plan().empty


NAMED_TEMPLATE = """\
Parameters: {Level: {Type: String}, Name: {Type: String, Default: one}}
Resources:
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub "${Name}-${AWS::AccountId}-${AWS::Region}"}}
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Level}}
"""
UNSURE = "as far as one can tell without AWS"
REPLACED = f"replace Bucket (AWS::S3::Bucket) in these stacks, {UNSURE}: BucketName"
RETITLED = f"change Topic (AWS::SNS::Topic) in these stacks, {UNSURE}: DisplayName"
MAYBE = (
    "CloudFormation replaces Bucket (AWS::S3::Bucket) in these stacks if it had another value before, which is not "
    "known: BucketName"
)


@pytest.mark.parametrize(
    ("before", "after", "risk", "effects"),
    [
        ("", "Name: two", Risk.HIGH, (REPLACED,)),
        ("", "Level: high", Risk.LOW, (RETITLED,)),
        ("", "Name: two, Level: high", Risk.HIGH, (REPLACED, RETITLED)),
        ("Name: two", "Name: three", Risk.HIGH, (REPLACED,)),
        # Of what was set before, only a digest is noted: anything may have been.
        ("Name: two, Level: high", "Level: high", Risk.LOW, (RETITLED, MAYBE)),
        ("Name: two", "", Risk.LOW, (MAYBE,)),
        ("Name: two, Level: high", "Name: three, Level: high", Risk.LOW, (MAYBE,)),
    ],
)
def test_what_a_value_of_an_account_replaces_is_told(
    here: Ground, before: str, after: str, risk: Risk, effects: tuple[str, ...]
) -> None:
    here.write({"baselines/stack-sets/watch/template.yaml": NAMED_TEMPLATE})
    own = "ou: shops\nowner: sales\nbaselines: {{watch: {{parameters: {{{}}}}}}}\n"
    here.write({"shop": own.format(before)})
    here.built()
    here.write({"shop": own.format(after)})
    (change,) = here.plan().changes
    assert (str(change.address), change.risk, change.effects) == ("stack:watch@shop", risk, effects)


@pytest.mark.parametrize(
    ("shop", "place"),
    [
        ("baselines: {watch: {parameters: {Level: high}}}\n", ("accounts/shop.yaml", 3)),
        ("budget: {monthly_usd: 5}\n", ("accounts/shop.yaml", 3)),
        # What stands on a node above is cited there.
        ("", ("accounts/organization.yaml", 7)),
    ],
)
def test_a_value_is_cited_where_it_is_written(here: Ground, shop: str, place: tuple[str, int]) -> None:
    here.built()
    if shop:
        here.write({"shop": "ou: shops\nowner: sales\n" + shop})
    else:
        here.edited("shops: {}", "shops: {baselines: {watch: {parameters: {Level: high}}}}")
    changes = [each for each in here.plan().changes if str(each.address).endswith("@shop")]
    assert [(each.source.file, each.source.line) for each in changes if each.source] == [place]


def test_stacks_that_are_still_to_come_replace_nothing(here: Ground) -> None:
    here.write({"baselines/stack-sets/watch/template.yaml": NAMED_TEMPLATE})
    here.built()
    here.write({"news": "ou: labs\nowner: press\nbaselines: {watch: {parameters: {Name: two}}}\n"})
    (change,) = (each for each in here.plan().changes if str(each.address) == "stack:watch@news")
    assert (change.risk, change.effects) == (Risk.LOW, ())


def test_an_override_beside_auto_deployment_and_back(here: Ground) -> None:
    here.built()
    here.write({"shop": "ou: shops\nowner: sales\nbaselines: {watch: {parameters: {Level: high}}}\n"})
    assert [str(change.address) for change in here.plan().changes] == ["stack:watch@shop"]
    here.built()
    assert shown(here, "watch", "eu-west-1") == {"shop": "high", "blog": "low", "lab": "low"}
    assert here.plan().empty
    here.write({"shop": "ou: shops\nowner: sales\n"})
    assert [str(change.address) for change in here.plan().changes] == ["stack:watch@shop"]
    here.built()
    assert shown(here, "watch", "eu-west-1") == {"shop": "low", "blog": "low", "lab": "low"}
    assert here.plan().empty
    tags = here.box.state.tags[here.members()["shop"].id]
    assert [key for key in tags if key.startswith("factory:values/")] == ["factory:values/main-budget"]


def test_a_unit_gives_values_to_the_accounts_below_it_and_the_nearest_node_wins(here: Ground) -> None:
    unit = ORGANIZATION.replace("shops: {}", "shops: {baselines: {watch: {parameters: {Level: high}}}}")
    here.write({"organization": unit, "blog": "ou: shops\nowner: x\nbaselines: {watch: {parameters: {Level: low}}}\n"})
    here.built()
    assert shown(here, "watch") == {"shop": "high", "blog": "low", "lab": "low"}
    assert here.plan().empty


def test_a_new_account_gets_its_values_in_the_same_run(here: Ground) -> None:
    here.built()
    here.write({"news": "ou: labs\nowner: press\nbaselines: {watch: {parameters: {Level: high}}}\n"})
    here.built()
    assert shown(here, "watch")["news"] == "high"
    assert shown(here, "budget")["news"] == "20 80,100 press@example.com"
    assert here.plan().empty


def test_a_stack_that_was_made_anew_gets_its_values_again(here: Ground) -> None:
    here.write({"shop": "ou: shops\nowner: sales\nbaselines: {watch: {parameters: {Level: high}}}\n"})
    here.built()
    for each in here.box.state.stack_instances.values():
        if each.account_id == here.members()["shop"].id:
            each.stack_id, each.overrides = each.stack_id and each.stack_id + "0", {}
            here.box.state.stacks[each.stack_id] = here.box.state.stacks.pop(each.stack_id[:-1])
    assert sorted(str(change.address) for change in here.plan().changes) == ["stack:budget@shop", "stack:watch@shop"]


def test_who_opts_out_has_no_stack_and_later_none_either(here: Ground) -> None:
    opts_out(here, "blog", "watch")
    here.built()
    assert {name for of, name, _ in stacks(here) if of == "watch"} == {"shop", "lab"}
    assert here.plan().empty
    opts_out(here, "news", "watch")
    here.built()
    assert {name for of, name, _ in stacks(here) if of == "watch"} == {"shop", "lab"}
    assert here.plan().empty


@pytest.mark.parametrize(("of", "count"), [("watch", 2), ("budget", 1)])
def test_opting_out_takes_the_stacks_away_and_coming_back_brings_them(here: Ground, of: str, count: int) -> None:
    here.built()
    opts_out(here, "blog", of)
    (change,) = here.plan().changes
    assert (change.action, str(change.address)) == (Action.DELETE, f"stack:{of}@blog")
    assert change.risk is Risk.HIGH
    assert "CloudFormation deletes the stacks in eu-central-1" in change.effects[0]
    with here.calls() as calls:
        here.built()
    assert mutations(calls)["DeleteStackInstances"] == 1
    assert sum(name == "blog" and each == of for each, name, _ in stacks(here)) == 0
    assert here.plan().empty
    here.write({"blog": "ou: shops\nowner: sales\n"})
    here.built()
    assert sum(name == "blog" and each == of for each, name, _ in stacks(here)) == count
    assert here.plan().empty


def test_what_is_to_be_kept_is_only_let_go_of(here: Ground) -> None:
    here.write({"baselines/stack-sets/budget/baseline.yaml": BUDGET + "retain_on_removal: true\n"})
    here.built()
    opts_out(here, "blog", "budget")
    assert "lets go of" in here.plan().changes[0].effects[0]
    here.built()
    kept = [each for each in here.box.state.stacks.values() if each.account_id == here.members()["blog"].id]
    assert len(kept) == 3


def test_a_baseline_without_auto_deployment_goes_from_all_accounts_with_its_files(here: Ground) -> None:
    here.write({"baselines/stack-sets/budget/baseline.yaml": BUDGET + "retain_on_removal: true\n"})
    here.built()
    here.write(
        {
            "organization": ORGANIZATION.replace("[budget, watch]", "[watch]"),
            "baselines/stack-sets/budget/baseline.yaml": None,
            "baselines/stack-sets/budget/template.yaml": None,
        }
    )
    plan = here.plan()
    assert [(change.verb, str(change.address)) for change in plan.changes] == [
        ("take away", "stack:budget@blog"),
        ("take away", "stack:budget@lab"),
        ("take away", "stack:budget@shop"),
        ("delete", "baseline:budget"),
    ]
    # What the files said of keeping is known without them.
    assert all("lets go of" in change.effects[0] for change in plan.changes[:3])


def test_auto_deployment_may_be_turned_off_and_on_without_a_stack_lost(here: Ground) -> None:
    here.built()
    before = {each.id: each.stack_id for each in here.box.state.stack_instances.values()}
    for more in ("auto_deploy: false\n", ""):
        here.write({"baselines/stack-sets/watch/baseline.yaml": WATCH + more})
        assert not [change for change in here.plan().changes if change.action is Action.DELETE]
        here.built()
        assert here.plan().empty
        assert {each.id: each.stack_id for each in here.box.state.stack_instances.values()} == before


def test_a_region_more_has_the_values_in_the_same_run(here: Ground) -> None:
    here.write({"organization": ONE_REGION, "shop": HIGH})
    here.built()
    here.write({"organization": ORGANIZATION})
    here.built()
    assert shown(here, "watch", "eu-west-1") == {"shop": "high", "blog": "low", "lab": "low"}
    assert here.plan().empty


def test_what_a_narrower_target_makes_anew_has_its_values_in_the_same_run(here: Ground) -> None:
    here.write({"shop": HIGH})
    here.built()
    units = ORGANIZATION.replace("[budget, watch]", "[budget]").replace("shops: {}", "shops: {baselines: [watch]}")
    here.write({"organization": units})
    here.built()
    assert shown(here, "watch") == {"shop": "high", "blog": "low"}
    assert here.plan().empty


HIGH = "ou: shops\nowner: sales\nbaselines: {watch: {parameters: {Level: high}}}\n"
ONE_REGION = ORGANIZATION.replace("[eu-central-1, eu-west-1]", "[eu-central-1]")


def regions(here: Ground, of: str) -> set[str]:
    return {region for each, _, region in stacks(here) if each == of}


@pytest.mark.parametrize("shop", [HIGH, "ou: shops\nowner: sales\n", HIGH.replace("high", "low")])
def test_a_region_that_goes_does_not_come_back_with_a_value(here: Ground, shop: str) -> None:
    here.write({"shop": HIGH})
    here.built()
    here.write({"organization": ONE_REGION, "shop": shop})
    here.built()
    assert regions(here, "watch") == {"eu-central-1"}
    assert here.plan().empty


def test_without_auto_deployment_a_region_goes_account_by_account(here: Ground) -> None:
    here.write({"baselines/stack-sets/watch/baseline.yaml": WATCH + "auto_deploy: false\n", "shop": HIGH})
    here.built()
    here.write({"organization": ONE_REGION})
    changes = here.plan().changes
    assert [str(change.address) for change in changes] == ["stack:watch@blog", "stack:watch@lab", "stack:watch@shop"]
    assert {change.risk for change in changes} == {Risk.HIGH}
    assert {change.effects for change in changes} == {("CloudFormation deletes the stacks in eu-west-1",)}
    here.built()
    assert regions(here, "watch") == {"eu-central-1"}
    assert here.plan().empty


def test_auto_deployment_is_turned_on_where_a_unit_names_it_and_reaches_nobody_else(here: Ground) -> None:
    units = ORGANIZATION.replace("[budget, watch]", "[budget]").replace("shops: {}", "shops: {baselines: [watch]}")
    off = WATCH + "auto_deploy: false\n"
    here.write({"organization": units, "baselines/stack-sets/watch/baseline.yaml": off})
    here.built()
    before = {each.id: each.stack_id for each in here.box.state.stack_instances.values()}
    here.write({"baselines/stack-sets/watch/baseline.yaml": WATCH, "news": "ou: labs\nowner: press\n"})
    here.built()
    assert here.plan().empty
    after = {each.id: each.stack_id for each in here.box.state.stack_instances.values()}
    assert {name: after.get(name) for name in before} == before
    assert {name for of, name, _ in stacks(here) if of == "watch"} == {"shop", "blog"}


def test_turning_it_off_and_taking_it_away_is_one_plan(here: Ground) -> None:
    here.built()
    here.write({"baselines/stack-sets/watch/baseline.yaml": WATCH + "auto_deploy: false\n"})
    opts_out(here, "blog", "watch")
    assert ("take away", "stack:watch@blog") in {(each.verb, str(each.address)) for each in here.plan().changes}
    here.built()
    assert here.plan().empty
    assert {name for of, name, _ in stacks(here) if of == "watch"} == {"shop", "lab"}


def test_a_parameter_that_goes_takes_its_values_along(here: Ground) -> None:
    here.write({"shop": HIGH})
    here.built()
    here.write(
        {
            "shop": "ou: shops\nowner: sales\n",
            "baselines/stack-sets/watch/baseline.yaml": WATCH.replace("parameters: {Level: low}\n", ""),
            "baselines/stack-sets/watch/template.yaml": "Resources: {Topic: {Type: AWS::SNS::Topic}}\n",
        }
    )
    here.apply()  # the stack set's update meets a value that the template does not know any more
    here.built()
    assert here.plan().empty


@pytest.mark.parametrize("number", range(2, 90, 8))
def test_cut_off_at_any_call_the_next_run_ends_the_same(here: Ground, number: int) -> None:
    here.write({"shop": "ou: shops\nowner: sales\nbaselines: {watch: {parameters: {Level: high}}}\n"})
    opts_out(here, "blog", "watch")
    here.box.faults = Faults(crash_at=number, crash_after=bool(number // 8 % 2))
    with contextlib.suppress(Crash):
        here.apply()
    here.box.faults = None
    here.built()
    assert here.plan().empty
    assert shown(here, "watch") == {"shop": "high", "lab": "low"}
    assert len(shown(here, "budget")) == 3


def test_what_is_wrong_is_told_where_it_is(here: Ground) -> None:
    here.write(
        {
            "organization": ORGANIZATION.replace("shops: {}", "shops: {baselines: {watch: false}}").replace(
                "{owner}@", "{team}@"
            ),
            "shop": "ou: shops\nbaselines: {watch: {parameters: {Levle: high}}, budget: false}\n",
            "lab": "ou: labs\nowner: science\nbaselines: {watch: {parameters: {Level: loud}}}\n",
            "baselines/stack-sets/budget/baseline.yaml": BUDGET.replace("optional: true\n", ""),
        }
    )
    with pytest.raises(InvalidFiles) as caught:
        here.plan()
    told = "\n".join(str(problem) for problem in caught.value.problems)
    for words in (
        "there is no {team} here; use {name} and {owner}",
        "watch: false, but only accounts opt out of a baseline",
        "budget: false, but the baseline is not optional",
        'declares no parameter "Levle"',
        '"Level"',
    ):
        assert words in told, told


def test_from_its_own_stack_set_to_the_units_and_back_is_told_as_made_anew(here: Ground) -> None:
    alone = ORGANIZATION.replace("[budget, watch]", "[budget]")
    here.write({"organization": alone, "shop": "ou: shops\nowner: sales\nbaselines: [watch]\n"})
    here.built()
    here.write({"organization": ORGANIZATION, "shop": "ou: shops\nowner: sales\n"})
    effects = {str(change.address): change.effects for change in here.plan().changes}
    assert effects["stack:watch/accounts@shop"] == (
        "CloudFormation deletes the stacks in eu-central-1, eu-west-1",
        "CloudFormation makes anew what is in them: stack:watch@shop comes in their place",
    )
    here.built()
    assert shown(here, "watch").keys() == {"shop", "blog", "lab"}
    here.write({"organization": alone, "shop": "ou: shops\nowner: sales\nbaselines: [watch]\n"})
    effects = {str(change.address): change.effects for change in here.plan().changes}
    assert effects["deployment:watch@root"] == (
        "CloudFormation deletes 6 stacks, in 3 accounts (eu-central-1, eu-west-1)",
        "CloudFormation deletes and makes anew the stacks of 1 account that is to have it all the same: shop",
    )
    here.built()
    assert shown(here, "watch-accounts").keys() == {"shop"}
    assert here.plan().empty


def test_who_opts_out_is_left_out_of_a_region_that_comes_too(here: Ground) -> None:
    opts_out(here, "blog", "watch")
    here.write({"organization": ONE_REGION})
    here.built()
    here.write({"organization": ORGANIZATION})
    (change,) = (each for each in here.plan().changes if each.address.kind == "deployment")
    assert (change.action, change.after and change.after.attrs["without"]) == (Action.UPDATE, "blog")
    with here.calls() as calls:
        here.built()
    assert mutations(calls) == {"CreateStackInstances": 1}, "nothing had to be taken away"
    assert shown(here, "watch", "eu-west-1").keys() == {"shop", "lab"}
