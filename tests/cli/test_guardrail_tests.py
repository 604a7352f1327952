"""factory guardrails test, why and list, and tests of guardrails in factory validate: what is printed, how it ends."""

from __future__ import annotations

import json
import stat
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import pytest

from factory.cli.root import run
from tests.guardrails.test_mutants import THOROUGH
from tests.guardrails.trying import shared, with_tests, write
from tests.views.golden import Compare

SCHEMAS = Path(__file__).parents[2] / "docs" / "schema"
FAILING = """\
- name: developers work everywhere
  as: {account: [shop, play, vault], role: dev}
  do: ec2:RunInstances
  in: [us-east-1, us-west-2]
  on: "*"
  expect: allowed
- name: the shop reads its data
  as: {account: shop}
  do: s3:GetObject
  on: arn:aws:s3:::data/x
  in: eu-west-1
  expect: allowed
- name: nobody leaves
  as: {every_account: true}
  do: organizations:LeaveOrganization
  expect: denied
  by: {guardrail: stay}
- name: out
  as: {account: shop}
  type: AISERVICES_OPT_OUT_POLICY
  effective: {services.default.opt_out_policy: optIn}
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return write(tmp_path, with_tests("regions", THOROUGH) | shared(FAILING))


def call(root: Path, *arguments: str) -> int:
    return run(["--root", str(root), *arguments])


def test_what_failed_and_why(here: Path, capsys: pytest.CaptureFixture[str], golden: Compare) -> None:
    assert call(here, "guardrails", "test") == 65
    golden("guardrails-test.txt", capsys.readouterr().out)


def test_a_failing_test_is_a_problem_of_the_files(
    here: Path, capsys: pytest.CaptureFixture[str], golden: Compare
) -> None:
    assert call(here, "validate") == 65
    golden("validate-tests.txt", capsys.readouterr().err)


def test_they_do_not_stop_other_commands(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A plan is still shown: whoever mends a guardrail wants to see it."""
    assert call(here, "guardrails", "list") == 0
    assert call(here, "guardrails", "why", "shop", "s3:GetObject") == 0


def test_all_passed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write(tmp_path, with_tests("regions", THOROUGH))
    assert call(root, "guardrails", "test") == 0
    assert capsys.readouterr().out == (
        "4 tests of guardrails, 6 calls or values: all passed.\n"
        '"allowed" says that no guardrail forbids it; whether IAM grants it is another matter.\n'
    )
    assert call(root, "validate") == 0
    assert capsys.readouterr().out == "Valid: 4 accounts, 4 OUs, 5 guardrails, 0 baselines, 4 guardrail tests.\n"


def test_there_may_be_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write(tmp_path)
    assert call(root, "guardrails", "test") == 0
    assert capsys.readouterr().out == "There are no tests of guardrails.\n"


def test_coverage_and_mutants(tmp_path: Path, capsys: pytest.CaptureFixture[str], golden: Compare) -> None:
    root = write(tmp_path, with_tests("regions", THOROUGH.replace(", sts:AssumeRole", "")))
    assert call(root, "guardrails", "test", "--coverage", "--mutate") == 65
    golden("guardrails-test-gaps.txt", capsys.readouterr().out)
    assert call(root, "guardrails", "test", "regions", "--coverage") == 0
    assert capsys.readouterr().out.endswith("Coverage: 1 of 1 statement or setting is covered by tests.\n")
    assert call(root, "guardrails", "test", "regions", "--mutate") == 65
    assert capsys.readouterr().out.endswith("Mutation: tests notice 8 of 9 mutants.\n")


def test_one_guardrail(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its own tests, and those of the tree that it takes part in."""
    assert call(here, "guardrails", "test", "approved") == 65
    out = capsys.readouterr().out
    assert "of vault" in out
    assert "of play" not in out
    assert out.splitlines()[-2] == "2 tests of guardrails, 3 calls or values: 1 failed."


def test_a_guardrail_that_there_is_none_of(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(here, "guardrails", "test", "regins") == 64
    assert capsys.readouterr().err == (
        "Error: there is no guardrail 'regins' (did you mean \"regions\"?)\n"
        "  way out: name a file in baselines/guardrails/\n"
    )


def test_junit(here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "report.xml"
    assert call(here, "guardrails", "test", "--junit", str(file)) == 65
    root = ET.parse(file).getroot()
    assert root.attrib == {"name": "guardrails", "tests": "17", "failures": "6", "errors": "0"}
    assert [suite.get("name") for suite in root] == [
        "baselines/guardrails/regions.yaml",
        "baselines/guardrail-tests.yaml",
    ]
    case = root[1][0]
    assert (case.get("classname"), case.get("file"), case.get("line")) == (
        "tree",
        "baselines/guardrail-tests.yaml",
        "2",
    )
    assert case.get("name") == "developers work everywhere: ec2:RunInstances in us-east-1 as role dev of shop"
    failure = case[0]
    assert failure.get("message") == "expected allowed, but it is denied"
    assert "statement Regions of regions at ou:workloads" in str(failure.text)
    first = file.read_bytes()
    assert call(here, "guardrails", "test", "--junit", str(file)) == 65
    assert file.read_bytes() == first, "equal results are equal reports"
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_junit_where_no_file_can_be(here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(here, "guardrails", "test", "--junit", str(tmp_path / "no" / "report.xml")) == 64
    assert "make it first, or name another file with --junit" in capsys.readouterr().err
    assert call(here, "guardrails", "test", "--junit", str(tmp_path)) == 64


WHY = [
    ("denied", ["shop", "ec2:RunInstances", "--in", "us-east-1"]),
    ("allowed", ["shop", "ec2:RunInstances", "*", "--in", "eu-west-1"]),
    ("implicit", ["vault", "ec2:RunInstances", "--as", "root"]),
    ("depends", ["account:shop", "s3:GetObject", "arn:aws:s3:::x/y", "--in", "eu-west-1", "--as", "user:ada"]),
    ("given", ["shop", "s3:GetObject", "arn:aws:s3:::x/y", "--as", "external:999988887777", "--with"]),
    ("service", ["222222222222", "s3:GetObject", "arn:aws:s3:::{account}/y", "--as", "service:s3.amazonaws.com"]),
]


def test_why(tmp_path: Path, capsys: pytest.CaptureFixture[str], golden: Compare) -> None:
    root = write(tmp_path)
    text = ""
    for _, arguments in WHY:
        more = ["aws:SecureTransport=false"] if arguments[-1] == "--with" else []
        assert call(root, "guardrails", "why", *arguments, *more) == 0
        text += f"$ factory guardrails why {' '.join([*arguments, *more])}\n{capsys.readouterr().out}\n"
    golden("guardrails-why.txt", text)


def test_why_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write(tmp_path)
    schema = json.loads((SCHEMAS / "why.json").read_text(encoding="utf-8"))
    for _, arguments in WHY:
        more = ["aws:SecureTransport=false"] if arguments[-1] == "--with" else []
        assert call(root, "guardrails", "why", *arguments, *more, "--format", "json") == 0
        found = json.loads(capsys.readouterr().out)
        jsonschema.validate(found, schema)
    assert call(root, "guardrails", "why", *WHY[0][1], "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["account"], found["verdict"]) == ("shop", "explicit-deny")
    regions = next(each for each in found["statements"] if each["policy"] == "regions")
    assert (regions["holds"], regions["file"], regions["line"]) == (True, "baselines/guardrails/regions.yaml", 6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["shpo", "ec2:RunInstances"], "there is no account 'shpo' (did you mean \"shop\"?)"),
        (["gone", "ec2:RunInstances"], "gone is to be closed, so no guardrails are planned for it"),
        (["shop", "ec2.RunInstances"], "'ec2.RunInstances' is no action (did you mean \"ec2:RunInstances\"?)"),
        (["shop", "ec2:*"], "'ec2:*' is no action"),
        (
            ["shop", "ec2:RunInstances", "--in", "eu-west1"],
            "--in 'eu-west1' is no Region (did you mean \"eu-west-1\"?)",
        ),
        (["shop", "ec2:RunInstances", "--as", "rol:x"], "--as 'rol:x' names nobody (did you mean \"role\"?)"),
        (["shop", "ec2:RunInstances", "--as", "role"], "--as 'role' is not whole"),
        (["shop", "ec2:RunInstances", "--as", "root:x"], "--as 'root:x' is not whole"),
        (["shop", "ec2:RunInstances", "--as", "service:s3"], "--as 'service:s3': no service has this name"),
        (["shop", "ec2:RunInstances", "--as", "external:1"], "--as 'external:1': this is no account id"),
        (["shop", "ec2:RunInstances", "--as", "external:222222222222"], "222222222222 is the account play"),
        (["shop", "ec2:RunInstances", "--with", "aws:x"], "--with 'aws:x' has no value"),
        (["shop", "ec2:RunInstances", "--with", "x=1"], "'x' is no context key"),
        (["shop", "ec2:RunInstances", "--with", "a:x=1", "--absent", "A:X"], "A:X is both given and absent"),
        (["shop", "ec2:RunInstances", "bucket"], "'bucket' is no ARN"),
        (["shop", "ec2:RunInstances", "arn:aws:ec2:{region}:1:x"], "{region} stands for the Region, and none is given"),
    ],
)
def test_questions_that_make_no_sense(
    tmp_path: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(write(tmp_path), "guardrails", "why", *arguments) == 64
    out, err = capsys.readouterr()
    assert out == ""
    assert err.replace("\n  ", " ").startswith(f"Error: {message}")
    assert "way out: " in err


def test_list(tmp_path: Path, capsys: pytest.CaptureFixture[str], golden: Compare) -> None:
    assert call(write(tmp_path), "guardrails", "list") == 0
    golden("guardrails-list.txt", capsys.readouterr().out)
