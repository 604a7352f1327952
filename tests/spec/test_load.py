"""A repository that is in order, and everything that is read from it."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from factory.core import address
from factory.core.address import Address
from factory.core.errors import InvalidFiles, Problem
from factory.core.guard import Thresholds
from factory.core.limits import Limit, Limits
from factory.core.resource import Source
from factory.spec import FileKind, LockPlace, Organization, Section, load
from tests.spec.written import (
    ACCOUNT,
    COLOUR,
    FULL_ACCESS,
    GUARDRAIL,
    GUARDRAILS,
    LIMITS,
    ORGANIZATION,
    GuardrailFile,
    problems,
    read,
    write,
)

WHOLE = """\
# yaml-language-server: $schema=../docs/schema/organization.json
organization:
  id: o-a1b2c3d4e5
  instance: main
  home_region: eu-central-1
  regions: [eu-central-1, us-gov-west-1, eusc-de-east-1]
defaults:
  email: aws+{name}+{owner}@example.com
  tags: {managed-by: factory, environment: none}
naming:
  account: "[a-z][a-z0-9-]{2,39}"
  email: ".+@example\\\\.com"
root:
  guardrails: [deny-leaving, deny-root]
organizational_units:
  workloads:
    guardrails: [require-imdsv2]
    tags: {environment: work, unit: workloads}
  workloads/prod:
    tags: {environment: prod}
    ou_tags: {colour: red}
    colour: blue
  platform/shared: {was: infrastructure/shared}
  sandbox:
  regulated:
    full_access: false
policy_types: [SERVICE_CONTROL_POLICY, AISERVICES_OPT_OUT_POLICY]
safety: {max_moves: 3, protected: [payments-prod]}
lock: {bucket: example-factory.lock, key: team/a=b/the_lock.json, region: eu-west-1}
limits:
  organizations.CreateAccount: {rate: 0.5, burst: 2}
"""
PAYMENTS = """\
ou: workloads/prod
owner: team-payments
description: Card payments, production
id: "123456789012"
name: Payments (production)
tags: {cost-center: 4711, unit: payments, critical: true, opened: 2012-10-17}
guardrails: [deny-internet-gateways]
was: payments-production
"""
DENY = """\
description: No one leaves.
type: SERVICE_CONTROL_POLICY
content:
  Version: 2012-10-17
  Statement:
    - {Sid: DenyLeaving, Effect: Deny, Action: "organizations:LeaveOrganization", Resource: "*"}
"""
FILES = {
    "accounts/organization.yaml": WHOLE,
    "accounts/log.yaml": None,
    "accounts/payments/payments-prod.yaml": PAYMENTS,
    "accounts/scratch.yaml": "ou: root\nemail: scratch@example.com\nnew: true\nid: 012345670123\n",
    "accounts/old.yaml": "ou: sandbox\nowner: a\nstate: closed\nclosed_reason: over\n",
    "baselines/guardrails/deny-leaving.yaml": DENY,
    "baselines/guardrails/more/tags.yaml": "description: Tags.\ntype: TAG_POLICY\nfile: tags.json\n",
    "baselines/guardrails/more/tags.json": '{\n  "tags": {"a": {"n": [1, 2.5, "1.10"]}}\n}\n',
}


@pytest.fixture
def organization(tmp_path: Path) -> Organization:
    return read(tmp_path, FILES)


def test_settings(organization: Organization) -> None:
    assert organization.id == "o-a1b2c3d4e5"
    assert organization.instance == "main"
    assert organization.home_region == "eu-central-1"
    assert organization.regions == ("eu-central-1", "us-gov-west-1", "eusc-de-east-1")
    assert organization.template_bucket is None
    assert organization.policy_types == ("SERVICE_CONTROL_POLICY", "AISERVICES_OPT_OUT_POLICY")
    assert organization.safety == Thresholds(max_moves=3, protected=("payments-prod",))
    assert organization.lock == LockPlace(
        bucket="example-factory.lock", key="team/a=b/the_lock.json", region="eu-west-1"
    )
    assert str(organization.lock) == "s3://example-factory.lock/team/a=b/the_lock.json"
    assert organization.limits == {"organizations.CreateAccount": {"rate": 0.5, "burst": 2}}


@pytest.mark.parametrize(
    ("settings", "key", "region"),
    [
        ("", "factory/main.lock", None),
        ("organization: {instance: Two-2}\n", "factory/Two-2.lock", None),
        ("organization: {home_region: eu-central-1}\n", "factory/main.lock", "eu-central-1"),
    ],
)
def test_a_lock_needs_only_its_bucket(tmp_path: Path, settings: str, key: str, region: str | None) -> None:
    found = read(tmp_path, {"accounts/organization.yaml": f"{ORGANIZATION}{settings}lock: {{bucket: abc}}\n"})
    assert found.lock == LockPlace(bucket="abc", key=key, region=region)


def test_a_bucket_for_templates(tmp_path: Path) -> None:
    text = f"{ORGANIZATION}organization: {{template_bucket: a.b-c}}\n"
    assert read(tmp_path, {"accounts/organization.yaml": text}).template_bucket == "a.b-c"


def test_without_the_key_there_is_no_lock(tmp_path: Path) -> None:
    assert read(tmp_path).lock is None


def test_an_account_with_all_it_inherits(organization: Organization) -> None:
    account = organization.accounts["payments-prod"]
    assert account.address == Address("account", "payments-prod")
    assert (account.ou, account.owner, account.id) == ("workloads/prod", "team-payments", "123456789012")
    assert account.email == "aws+payments-prod+team-payments@example.com"
    assert account.display_name == "Payments (production)"
    assert account.was == "payments-production"
    assert account.tags == {
        "cost-center": "4711",
        "critical": "true",
        "environment": "prod",
        "managed-by": "factory",
        "opened": "2012-10-17",
        "unit": "payments",
    }
    assert GUARDRAILS.of(account) == ("deny-internet-gateways",)
    assert FULL_ACCESS.of(account) is True


def test_an_account_with_as_little_as_possible(organization: Organization) -> None:
    account = organization.accounts["scratch"]
    assert (account.ou, account.display_name, account.email) == ("root", "scratch", "scratch@example.com")
    assert account.id == "012345670123"
    assert account.new
    assert account.state == "active"
    assert account.tags == {"environment": "none", "managed-by": "factory"}


def test_a_closed_account(organization: Organization) -> None:
    account = organization.accounts["old"]
    assert (account.state, account.closed_reason) == ("closed", "over")


def test_units_are_sorted_and_parents_are_declared_by_their_children(organization: Organization) -> None:
    assert list(organization.units) == [
        "platform",
        "platform/shared",
        "regulated",
        "sandbox",
        "workloads",
        "workloads/prod",
    ]
    implied = organization.units["platform"]
    assert implied.where() == organization.units["platform/shared"].where()
    assert implied.where("guardrails") == Source("accounts/organization.yaml", 23, 3)
    assert GUARDRAILS.of(implied) == ()
    assert organization.units["platform/shared"].was == "infrastructure/shared"
    assert organization.units["workloads/prod"].ou_tags == {"colour": "red"}
    assert FULL_ACCESS.of(organization.units["regulated"]) is False
    assert COLOUR.of(organization.units["workloads/prod"]) == "blue"
    assert COLOUR.of(organization.root) is None


def test_chains_and_places(organization: Organization) -> None:
    prod = organization.units["workloads/prod"]
    assert organization.chain("workloads/prod") == (organization.root, organization.units["workloads"], prod)
    assert organization.chain("root") == organization.chain("") == (organization.root,)
    assert organization.place(address.unit("workloads/prod")) is prod
    assert organization.place(address.ROOT) is organization.root
    assert organization.place(address.account("scratch")) is organization.accounts["scratch"]
    assert organization.place(address.account("nobody")) is None
    assert organization.place(address.guardrail("deny-leaving")) is None


def test_everything_knows_where_it_is_written(organization: Organization) -> None:
    head, account = "accounts/organization.yaml", organization.accounts["payments-prod"]
    assert organization.where("safety", "protected", 0) == Source(head, 28, 36)
    assert organization.where("nothing") == Source(head, 2, 1)
    assert organization.root.where("guardrails", 1) == Source(head, 14, 30)
    assert organization.units["workloads"].where("guardrails", 0) == Source(head, 17, 18)
    assert organization.units["sandbox"].where("guardrails") == Source(head, 24, 3)
    assert account.where("tags", "unit") == Source("accounts/payments/payments-prod.yaml", 6, 27)
    assert account.where("email") == Source("accounts/payments/payments-prod.yaml", 1, 1)


def test_other_files(organization: Organization) -> None:
    entries = organization.files["guardrail"]
    assert list(entries) == ["deny-leaving", "tags"]
    deny, tags = entries["deny-leaving"].model, entries["tags"].model
    assert isinstance(deny, GuardrailFile)
    assert isinstance(tags, GuardrailFile)
    assert deny.content["Version"] == "2012-10-17"
    assert tags.content == {"tags": {"a": {"n": [1, 2.5, "1.10"]}}}
    assert entries["deny-leaving"].where("content", "Statement", 0, "Action").line == 6
    assert entries["tags"].where("content", "tags", "a") == Source("baselines/guardrails/more/tags.json", 2, 12)
    assert entries["tags"].where("description") == Source("baselines/guardrails/more/tags.yaml", 1, 1)


def test_problems_of_all_files_come_in_one_run_sorted_by_place(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        {
            "accounts/organization.yaml": ORGANIZATION + "  a: {tagz: {}}\n  b: [x]\nsafety: {protected: [lag]}\n",
            "accounts/log.yaml": "ou: b\nemail: x@example.com\nidd: x\n",
            "accounts/web.yaml": "email: X@example.com\n",
            "accounts/api.yaml": "ou: workloads/prd\nname: <x>\ntags: {'aws:a': b}\nstate: clsed\n",
            "accounts/z.yaml": "ou: [\n",
            "baselines/guardrails/x.yaml": "type: TAG_POLICY\n",
        },
    )
    assert [line.split(":")[0] + ":" + line.split(":")[1] for line in found] == [
        "accounts/api.yaml:1",  # no such unit
        "accounts/api.yaml:2",  # name
        "accounts/api.yaml:3",  # tag
        "accounts/api.yaml:4",  # state
        "accounts/log.yaml:3",  # unknown key
        "accounts/organization.yaml:6",  # unknown key in a unit
        "accounts/organization.yaml:7",  # a unit that is a list: accounts in it are not complained about
        "accounts/organization.yaml:8",  # no such account
        "accounts/web.yaml:1",  # ou is missing
        "accounts/web.yaml:1",  # the same e-mail
        "accounts/z.yaml:2",  # syntax
        "baselines/guardrails/x.yaml:1",  # no content
        "baselines/guardrails/x.yaml:1",  # no description
    ]


def test_without_the_organization_file_accounts_are_still_checked_by_themselves(tmp_path: Path) -> None:
    files = {"accounts/organization.yaml": "[", "accounts/log.yaml": "ou: nowhere\nid: x\n"}
    assert [line.partition(";")[0] for line in problems(tmp_path, files)] == [
        'accounts/log.yaml:2:1: "id" is the text "x"',
        "accounts/organization.yaml:2:1: a value is missing in these brackets",
    ]


def test_further_checks_run_with_the_others_and_see_the_limits_in_force(tmp_path: Path) -> None:
    seen: list[int | None] = []

    def check(organization: Organization, limits: Limits) -> list[Problem]:
        seen.append(limits["organizations.CreateAccount"].burst)
        return [Problem(organization.accounts["log"].where("guardrails", 0), "no such guardrail")]

    text = ORGANIZATION + "limits: {organizations.CreateAccount: {burst: 9}}\nx: y\n"
    write(tmp_path, {"accounts/organization.yaml": text, "accounts/log.yaml": ACCOUNT + "guardrails: [x]\n"})
    with pytest.raises(InvalidFiles) as error:
        load(tmp_path, [GUARDRAILS], [GUARDRAIL], LIMITS, [check])
    assert [str(problem).partition(";")[0] for problem in error.value.problems] == [
        "accounts/log.yaml:2:14: no such guardrail",
        'accounts/organization.yaml:7:1: unknown key "x"',
    ]
    assert seen == [9]


def test_quotas_come_from_the_limits_and_can_be_overridden_by_the_files_themselves(tmp_path: Path) -> None:
    few = Limits({**LIMITS, "organizations.accounts": Limit("organizations.accounts", value=1)})
    files = {"accounts/web.yaml": ACCOUNT}
    assert problems(tmp_path / "few", files, few) == [
        "accounts:1:1: 2 accounts are declared, AWS allows 1; "
        "ask AWS for more, then set limits: organizations.accounts: {value: N} in organization.yaml"
    ]
    more = {**files, "accounts/organization.yaml": ORGANIZATION + "limits: {organizations.accounts: {value: 2}}\n"}
    assert problems(tmp_path / "more", more, few) == []


def test_too_many_units(tmp_path: Path) -> None:
    few = Limits({**LIMITS, "organizations.organizational_units": Limit("x", value=2)})
    assert problems(tmp_path, {}, few) == [
        "accounts/organization.yaml:2:1: 3 organizational units are declared, AWS allows 2; "
        "remove some, or set limits: organizations.organizational_units: {value: N} if AWS granted more"
    ]


def test_without_a_limits_table_nothing_is_counted(tmp_path: Path) -> None:
    long = "/".join("abcdefgh")
    text = ORGANIZATION + f"  {long}: {{}}\n"
    assert problems(tmp_path, {"accounts/organization.yaml": text}, Limits({"organizations.tags": Limit("x")})) == []


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    amount: int = Field(description="How much.")

    @model_validator(mode="after")
    def _even(self) -> Self:
        if self.amount % 2:
            raise ValueError("an odd amount; make it even")
        return self


class Outer(BaseModel):
    model_config = ConfigDict(frozen=True)  # extra keys are refused even if a kind forgets to say so
    inner: Inner | None = Field(default=None, description="More.")
    names: list[str] | dict[str, Inner] = Field(default=[], description="Names, or names with more.")


OUTER: Section[Outer] = Section("outer", Outer, Outer(), frozenset({"account"}), "A section with an inside.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{inner: {amount: x}}", '2:17: "amount" must be a whole number, not the text "x"'),
        ("{inner: {amonut: 1}}", '2:9: "amount" is missing'),
        ("{inner: {amount: 3}}", '2:9: "inner": an odd amount'),
        ("{inner: 5}", '2:9: "inner" must be a mapping, not 5'),
        ("{more: 5}", '2:9: unknown key "more"'),
        ("{names: 5}", '2:9: "names" must be a list or a mapping, not 5'),
        ("{names: [a, [b]]}", '2:20: item 2 of "names" must be text, not a list'),
        ("{names: {a: {amuont: 1, amount: 2}}}", '2:21: unknown key "amuont" (did you mean "amount"?)'),
    ],
)
def test_sections_of_kinds_are_checked_to_the_inside(text: str, expected: str, tmp_path: Path) -> None:
    write(tmp_path, {"accounts/log.yaml": ACCOUNT + f"outer: {text}\n"})
    with pytest.raises(InvalidFiles) as error:
        load(tmp_path, [OUTER], [], LIMITS)
    assert f"accounts/log.yaml:{expected}" in [str(problem).partition(";")[0] for problem in error.value.problems]


def test_sections_take_typed_text_where_they_want_text(tmp_path: Path) -> None:
    write(tmp_path, {"accounts/log.yaml": ACCOUNT + "outer: {names: [4711, true, no, 1.10]}\n"})
    account = load(tmp_path, [OUTER], [], LIMITS).accounts["log"]
    assert OUTER.of(account).names == ["4711", "true", "no", "1.10"]


@pytest.mark.parametrize(
    "section",
    [
        Section("tags", str, "", frozenset({"account"}), "Taken."),
        Section("x", str, "", frozenset({"organization"}), "Nowhere."),
    ],
)
def test_sections_that_cannot_be_are_refused(section: Section[str], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="section"):
        load(write(tmp_path, {}), [section], [], LIMITS)


def test_two_sections_of_the_same_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="section guardrails: the key is taken"):
        load(write(tmp_path, {}), [GUARDRAILS, GUARDRAILS], [], LIMITS)


class NoFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    file: str = Field(description="A key of its own.")


def test_a_kind_of_file_without_content_has_no_documents(tmp_path: Path) -> None:
    kind = FileKind("plain", "baselines/plain", NoFile)
    write(tmp_path, {"baselines/plain/a.yaml": "file: ../x\n"})
    assert load(tmp_path, [], [kind], LIMITS).files["plain"]["a"].model == NoFile(file="../x")
    write(tmp_path, {"baselines/plain/b.json": "{}"})
    with pytest.raises(InvalidFiles, match="belong here"):
        load(tmp_path, [], [kind], LIMITS)


@pytest.mark.parametrize("bucket", ["abc", "a.b", "a-b.c-d.e", "3" * 63, "1a1"])
def test_buckets_that_s3_takes(tmp_path: Path, bucket: str) -> None:
    found = read(tmp_path, {"accounts/organization.yaml": f'{ORGANIZATION}lock: {{bucket: "{bucket}"}}\n'})
    assert found.lock
    assert found.lock.bucket == bucket


@pytest.mark.parametrize("bucket", ["a..b", ".ab", "ab.", "-ab", "ab-", "aBc", "a_b", "a/b", "4" * 64, "10.0.0.1"])
def test_buckets_that_s3_does_not_take(tmp_path: Path, bucket: str) -> None:
    (problem,) = problems(tmp_path, {"accounts/organization.yaml": f'{ORGANIZATION}lock: {{bucket: "{bucket}"}}\n'})
    assert "bucket" in problem


@pytest.mark.parametrize("key", ["/a", "a//b", "../a", "a/./b", "a/", "a b", ".lock", "a" * 1025])
def test_keys_that_paths_and_tools_would_change(tmp_path: Path, key: str) -> None:
    text = f'{ORGANIZATION}lock: {{bucket: abc, key: "{key}"}}\n'
    (problem,) = problems(tmp_path, {"accounts/organization.yaml": text})
    assert '"key"' in problem
