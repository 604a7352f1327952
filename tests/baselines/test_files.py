"""What holds for all baselines: their keys and references, their parameters, their words, and that they go anywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from factory import templates
from tests.baselines.scene import (
    AWAY,
    FACTS,
    FOLDER,
    HOME,
    NAMES,
    REFERENCE,
    filled,
    refusals,
    stack,
    template,
    written,
)

KEYS = {
    "description",
    "needs",
    "regions",
    "parameters",
    "auto_deploy",
    "retain_on_removal",
    "management_account",
    "optional",
    "operation",
}
OPERATION = {"max_concurrent_percent", "failure_tolerance_percent", "regions"}
GLOBAL = {
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
}
"""Types with one name for all Regions of an account."""

every = pytest.mark.parametrize("name", NAMES)


def test_the_six_that_ship() -> None:
    assert NAMES == ["budget", "cloudtrail", "config", "guardduty", "identity", "log-archive"]


@every
def test_a_folder_holds_two_files(name: str) -> None:
    assert sorted(path.name for path in (FOLDER / name).iterdir()) == ["baseline.yaml", "template.yaml"]


@every
def test_keys_are_known_and_of_their_kind(name: str) -> None:
    keys = written(name)
    assert keys.keys() <= KEYS
    assert keys["operation"].keys() <= OPERATION
    assert keys["regions"] in ("home", "governed")
    assert keys["operation"]["regions"] in ("parallel", "sequential")
    assert 1 <= keys["operation"]["max_concurrent_percent"] <= 100
    assert 0 <= keys["operation"]["failure_tolerance_percent"] <= 100
    assert all(
        isinstance(keys.get(key, False), bool)
        for key in ("auto_deploy", "retain_on_removal", "management_account", "optional")
    )


@every
def test_references_are_known(name: str) -> None:
    for value in written(name).get("parameters", {}).values():
        for reference in REFERENCE.findall(value):
            assert reference in FACTS or re.fullmatch(r"accounts\.[a-z0-9-]+\.id", reference), reference


def test_what_goes_where() -> None:
    said = {name: written(name) for name in NAMES}
    assert {name for name in NAMES if said[name]["regions"] == "governed"} == {"config", "guardduty", "identity"}
    assert {name for name in NAMES if said[name].get("management_account")} == {"cloudtrail", "config", "guardduty"}
    assert {name for name in NAMES if said[name].get("optional")} == {"budget"}
    assert {name for name in NAMES if said[name]["retain_on_removal"]} == {"log-archive"}
    assert {name for name in NAMES if not said[name]["auto_deploy"]} == {"budget", "log-archive"}


def test_what_differs_between_accounts_is_not_left_to_auto_deployment() -> None:
    """AWS gives the values of the set to an account that enters, never those of that account."""
    for name in NAMES:
        values = " ".join(written(name).get("parameters", {}).values())
        assert "{account." not in values or written(name)["auto_deploy"] is False, name


@every
def test_parameters_are_declared_and_the_required_ones_are_set(name: str) -> None:
    declared, given = template(name).body.get("Parameters", {}), written(name).get("parameters", {})
    assert given.keys() <= declared.keys()
    assert {key for key, row in declared.items() if "Default" not in row} <= given.keys()


@every
def test_values_are_such_as_the_template_takes(name: str) -> None:
    values = {key: filled(value) for key, value in written(name).get("parameters", {}).items()}
    assert not refusals(name, **values)


@every
def test_factory_has_nothing_to_say_about_the_template(name: str) -> None:
    assert templates.check(template(name)) == ()
    assert templates.advice(template(name)) == ()
    assert (FOLDER / name / "template.yaml").stat().st_size < 51_200


@every
def test_nothing_that_stack_sets_refuse(name: str) -> None:
    body = template(name).body
    assert body.keys() <= {
        "AWSTemplateFormatVersion",
        "Description",
        "Parameters",
        "Conditions",
        "Resources",
        "Outputs",
    }
    assert "AWS::CloudFormation" not in json.dumps(body["Resources"])
    assert "Fn::Transform" not in json.dumps(body)


@every
def test_every_description_is_a_sentence(name: str) -> None:
    found = [written(name)["description"], *_descriptions(template(name).body)]
    assert len(found) >= 3
    for text in found:
        assert re.fullmatch(r"[A-Z].{15,}\.", text), text
    for section in ("Parameters", "Outputs"):
        assert all("Description" in row for row in template(name).body.get(section, {}).values()), section


@every
def test_no_partition_region_or_account_is_written_down(name: str) -> None:
    text = json.dumps({key: value for key, value in template(name).body.items() if key != "Description"})
    assert "arn:aws" not in text
    assert not re.search(r"(?<![0-9])[0-9]{12}(?![0-9])", text)
    assert not re.search(r"\b(?:af|ap|ca|cn|eu|il|me|mx|sa|us)-(?:gov-)?[a-z]+-[0-9]\b", text)
    for found in re.findall(r'"[^"]*amazonaws\.com[^"]*"', text):
        assert re.fullmatch(r'"[a-z0-9.]+\.amazonaws\.com"', found), found  # a service principal


@every
def test_in_another_partition_nothing_leads_back(name: str) -> None:
    text = json.dumps([placed.properties for placed in stack(name, "cn-north-1", partition="aws-cn").values()])
    assert "arn:aws:" not in text
    assert not re.search(r"s3\.[a-z0-9-]+\.amazonaws\.com(?!\.cn)", text)


@pytest.mark.parametrize("name", [name for name in NAMES if written(name)["regions"] == "governed"])
def test_two_regions_of_an_account_do_not_get_in_each_others_way(name: str) -> None:
    options = {"NotificationEmail": "soc@example.com"} if name == "guardduty" else {}
    names = [_global_names(stack(name, region, **options)) for region in (HOME, AWAY)]
    assert names[0]
    assert not names[0] & names[1]


@every
def test_what_has_a_name_has_one_of_ours(name: str) -> None:
    for logical, placed in stack(name).items():
        names = [value for key, value in placed.properties.items() if key in NAMING]
        for found in names:
            assert re.match(r"factory-|developer-boundary$|alias/factory-|o-a1b2c3d4e5-", found), f"{logical}: {found}"


NAMING = {
    "AliasName",
    "AnalyzerName",
    "BucketName",
    "ConfigRuleName",
    "ManagedPolicyName",
    "Name",
    "RoleName",
    "TopicName",
    "TrailName",
}


def _global_names(found: Any) -> set[str]:
    return {placed.properties[GLOBAL[placed.type]] for placed in found.values() if placed.type in GLOBAL}


def _descriptions(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _descriptions(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in ("Description", "ConstraintDescription") and isinstance(item, str):
                yield item if key == "Description" else item[0].upper() + item[1:]
            else:
                yield from _descriptions(item)


@every
def test_policies_are_whole(name: str) -> None:
    """A statement without a principal or a resource fits nothing or is refused, where it should have one."""
    options = {"NotificationEmail": "soc@example.com"} if name == "guardduty" else {}
    for placed in stack(name, **options).values():
        for key, document, needs in _policies(placed):
            assert document["Version"] == "2012-10-17", key
            sids = [each.get("Sid", "") for each in document["Statement"]]
            assert len(sids) == 1 or all(re.fullmatch("[A-Za-z0-9]+", sid) for sid in sids), key
            assert len(set(sids)) == len(sids), key
            for each in document["Statement"]:
                assert {part.removeprefix("Not") for part in each} - {"Sid", "Condition"} == needs, (key, each)


def _policies(placed: templates.Placed) -> Iterator[tuple[str, dict[str, Any], set[str]]]:
    """Every policy of a resource, with what each of its statements must have."""
    properties, own = placed.properties, {"Effect", "Action", "Resource"}
    for key in ("KeyPolicy", "PolicyDocument"):
        if key in properties:
            yield key, properties[key], own if placed.type == "AWS::IAM::ManagedPolicy" else own | {"Principal"}
    if "AssumeRolePolicyDocument" in properties:
        yield "AssumeRolePolicyDocument", properties["AssumeRolePolicyDocument"], {"Effect", "Action", "Principal"}
    for policy in properties.get("Policies", ()):
        yield policy["PolicyName"], policy["PolicyDocument"], own
