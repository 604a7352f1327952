"""``factory validate --lint``: cfn-lint's errors are problems like all others, its warnings are shown."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from factory.cli.root import run
from factory.engine import linting

pytest.importorskip("cfnlint", reason="cfn-lint is not installed: the extra lint brings it")

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
def linted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def act(files: dict[str, str], *more: str) -> tuple[int, str, str]:
        for name, text in {**FILES, **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        code = run(["validate", "--lint", "--root", str(tmp_path), *more])
        return (code, *capsys.readouterr())

    return act


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


def test_without_cfn_lint_it_says_how_to_install_it(linted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        linting, "find_spec", lambda name: None if name == "cfnlint" else importlib.util.find_spec(name)
    )
    code, out, err = linted({})
    assert (code, out) == (64, "")
    assert 'pip install "aws-account-factory[lint]"' in err
