"""``factory lint --online``: what Access Analyzer finds stands among the other findings, at its place in the files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest

from factory.aws import session as aws_session
from factory.cli.root import run
from factory.core.limits import Limits
from factory.core.policy_types import RCP, SCP
from factory.engine import action_names, template_linting
from factory.engine.policy_validation import LONGEST
from tests.aws.conftest import SteppingClock
from tests.aws.test_access_analyzer import finding
from tests.aws.wire import Wire, answer, error
from tests.cli.linting import acting

ORGANIZATION = """\
organization: {home_region: eu-central-1, regions: [eu-central-1]}
defaults: {email: "aws+{name}@example.com"}
"""
LISTED = "baselines/guardrails/listed.yaml"
SINGLE = "baselines/guardrails/single.yaml"
FILES = {
    "accounts/organization.yaml": ORGANIZATION,
    "accounts/log.yaml": "ou: root\n",
    LISTED: """\
description: Two statements.
type: SERVICE_CONTROL_POLICY
content:
  Version: "2012-10-17"
  Statement:
    - Sid: First
      Effect: Deny
      Action: s3:CreateBucket
      Resource: "*"
      Condition: {ArnNotLike: {"aws:PrincipalArn": "arn:*:iam::*:role/break-glass"}}
    - Sid: Second
      Effect: Deny
      Action: [s3:DeleteBucket, s3:PutBucketAcl]
      Resource: "*"
      Condition: {ArnNotLike: {"aws:PrincipalArn": "arn:*:iam::*:role/break-glass"}}
""",
    SINGLE: """\
description: One statement, no list.
type: RESOURCE_CONTROL_POLICY
content:
  Version: "2012-10-17"
  Statement:
    Sid: Only
    Effect: Deny
    Principal: "*"
    Action: s3:GetObject
    Resource: "*"
    Condition: {Bool: {"aws:SecureTransport": "false"}}
""",
    "baselines/guardrails/tags.yaml": """\
description: Tags.
type: TAG_POLICY
content: {tags: {team: {tag_value: {"@@assign": [a]}}}}
""",
}
SUPPRESS = "suppress: [{rule: AA:REDUNDANT_ACTION, %sreason: both are meant here}]\n"
CLEAN = "Clean: 3 guardrails; AWS validated 2 guardrails.\n"
LINK = "https://docs.aws.amazon.com/x"


def at(*steps: str | int) -> list[dict[str, Any]]:
    return [{"index": step} if isinstance(step, int) else {"value": step} for step in steps]


@dataclass
class Analyzer:
    """An Access Analyzer that finds this in an SCP and that in an RCP, and what it was asked."""

    scp: list[dict[str, Any]] = field(default_factory=list)
    rcp: list[dict[str, Any]] = field(default_factory=list)
    refusal: Callable[[str], Any] = lambda _: None
    wire: Wire = field(default_factory=Wire)
    regions: list[str | None] = field(default_factory=list)

    def respond(self, _operation: str, asked: dict[str, Any]) -> Any:
        found = {SCP: self.scp, RCP: self.rcp}[asked["policyType"]]
        return self.refusal(asked["policyType"]) or (200, {"findings": found})

    @property
    def asked(self) -> dict[str, Any]:
        return {each["policyType"]: json.loads(each["policyDocument"]) for _, each in self.wire.requests}


@pytest.fixture(scope="module")
def models() -> Any:
    return botocore.session.get_session().get_component("data_loader")


@pytest.fixture(autouse=True)
def _no_aws_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("AWS_", "FACTORY_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for module in (template_linting, action_names):
        monkeypatch.setattr(module, "is_installed", lambda: True)
    monkeypatch.setattr("factory.engine.guardrail_linting.is_installed", lambda: False)
    monkeypatch.setattr(template_linting, "told", lambda _: ([], []))
    monkeypatch.setattr("factory.engine.linting.baselines", lambda _: {})


@pytest.fixture
def analyzer(models: Any, monkeypatch: pytest.MonkeyPatch) -> Analyzer:
    made, real = Analyzer(), aws_session.connect
    core = botocore.session.Session()
    core.register_component("data_loader", models)
    session = boto3.Session(aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="example", botocore_session=core)
    made.wire = answer(session, made.respond)

    def connect(profile: str | None, region: str | None, limits: Limits) -> aws_session.Aws:
        made.regions.append(region)
        return real(profile, region, limits, SteppingClock(), session=session)

    monkeypatch.setattr(aws_session, "connect", connect)
    return made


@pytest.fixture
def lint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    linted = acting(tmp_path, capsys, FILES, "lint", "--online")

    def act(files: dict[str, str], *more: str) -> tuple[int, str, str]:
        code, out, err = linted(files, *more)
        return code, out.replace("0 templates, ", "").replace(", 0 templates", ""), err

    return act


def test_one_request_for_each_scp_and_rcp_as_it_is_uploaded(lint: Any, analyzer: Analyzer) -> None:
    assert lint({}) == (0, CLEAN, "")
    assert [each["policyType"] for _, each in analyzer.wire.requests] == [SCP, RCP]
    assert [each["Sid"] for each in analyzer.asked[SCP]["Statement"]] == ["First", "Second"]
    assert analyzer.asked[RCP]["Statement"]["Sid"] == "Only"
    assert all(": " not in each["policyDocument"] for _, each in analyzer.wire.requests)
    assert analyzer.regions == ["eu-central-1"]


def test_the_region_that_was_typed_counts(lint: Any, analyzer: Analyzer) -> None:
    assert lint({}, "--region", "eu-west-1")[0] == 0
    assert analyzer.regions == ["eu-west-1"]


def test_a_place_is_where_it_was_written_before_parameters_were_filled_in(lint: Any, analyzer: Analyzer) -> None:
    given = "parameters: {Parts: {description: Parts., type: list, default: [Policy, Acl]}}\ntype: S"
    text = FILES[LISTED].replace("type: S", given).replace("s3:PutBucketAcl", '"s3:PutBucket{Parts}"')
    analyzer.scp = [finding("A", at("Statement", 1, "Action", 2))]
    code, out, _ = lint({LISTED: text})
    assert code == 65
    assert analyzer.asked[SCP]["Statement"][1]["Action"] == ["s3:DeleteBucket", "s3:PutBucketPolicy", "s3:PutBucketAcl"]
    assert out.splitlines()[0].startswith(f"{LISTED}:14:33: error: AA:A ")


def test_a_document_that_is_no_policy_is_not_sent(lint: Any, analyzer: Analyzer) -> None:
    code, out, _ = lint({LISTED: FILES[LISTED].replace("Effect: Deny", "Effect: Denied")})
    assert code == 65
    assert f'{LISTED}:7:7: error: L05 "Effect" must be' in out
    assert list(analyzer.asked) == [RCP]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (at("Statement", 1, "Action", 1), "13:33"),
        ([*at("Statement", 1, "Action", 1), {"substring": {"start": 3, "length": 4}}], "13:33"),
        (at("Statement", 0, "Action"), "8:7"),
        (at("Statement", 0, "Action", 0), "8:7"),
        ([*at("Statement", 0), {"key": "Action"}], "8:7"),
        (at("Statement", 0, "Condition", "ArnNotLike", "aws:PrincipalArn"), "10:32"),
        (at("Statement", 7, "Action"), "5:3"),
        (at("Statement", 0, "Nothing", "here"), "6:7"),
        ([], "3:1"),
    ],
)
def test_the_place_of_a_finding_in_a_list_of_statements(path: Any, place: str, lint: Any, analyzer: Analyzer) -> None:
    analyzer.scp = [finding("INVALID_ACTION", path)]
    expected = f"{LISTED}:{place}: error: AA:INVALID_ACTION The action does not exist; {LINK}\n1 error.\n"
    assert lint({}) == (65, expected, "")


@pytest.mark.parametrize(
    "path", [at("Statement", "Action"), at("Statement", 0, "Action"), at("Statement", "Action", 0)]
)
def test_the_place_of_a_finding_in_a_statement_without_a_list(path: Any, lint: Any, analyzer: Analyzer) -> None:
    analyzer.rcp = [finding("INVALID_ACTION", path)]
    assert lint({})[1].startswith(f"{SINGLE}:9:5: error: AA:INVALID_ACTION ")


def test_no_location_at_all(lint: Any, analyzer: Analyzer) -> None:
    analyzer.scp = [finding("POLICY_SIZE_EXCEEDED")]
    assert lint({})[1].startswith(f"{LISTED}:3:1: error: AA:POLICY_SIZE_EXCEEDED ")


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("WARNING", "warning: AA:A The action"),
        ("SECURITY_WARNING", "warning: AA:A SECURITY_WARNING: The action"),
        ("SUGGESTION", "warning: AA:A SUGGESTION: The action"),
        ("COMPLIMENT", "warning: AA:A COMPLIMENT: The action"),
    ],
)
def test_all_but_errors_are_warnings_and_fail_lint(kind: str, says: str, lint: Any, analyzer: Analyzer) -> None:
    analyzer.scp = [finding("A", at("Statement", 0), findingType=kind)]
    code, out, _ = lint({})
    assert code == 65
    assert out == f"{LISTED}:6:7: {says} does not exist; {LINK}\n1 warning.\n"


def test_long_texts_become_one_short_line(lint: Any, analyzer: Analyzer) -> None:
    analyzer.scp = [finding("A", findingDetails="Much\n\n  to say. " + "x" * 1000)]
    line, count = lint({})[1].splitlines()
    assert "AA:A Much to say. xxx" in line
    assert line.endswith(f"xxx\u2026; {LINK}")
    assert len(line) < LONGEST + 100
    assert count == "1 error."


@pytest.mark.parametrize("sid", ["", "sid: Second, "])
def test_a_warning_that_is_meant(sid: str, lint: Any, analyzer: Analyzer) -> None:
    analyzer.scp = [finding("REDUNDANT_ACTION", at("Statement", 1, "Action", 0), findingType="SUGGESTION")]
    code, out, _ = lint({LISTED: FILES[LISTED] + SUPPRESS % sid})
    assert (code, out) == (0, CLEAN.replace(".\n", "; 1 finding suppressed, with reasons.\n"))


def test_a_suppression_of_nothing_is_told_where_aws_was_asked(
    lint: Any, analyzer: Analyzer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = FILES[LISTED] + SUPPRESS % "sid: First, "
    analyzer.scp = [finding("REDUNDANT_ACTION", at("Statement", 1), findingType="SUGGESTION")]
    code, out, _ = lint({LISTED: text})
    assert code == 65
    assert f"{LISTED}:16:12: warning: L35 AA:REDUNDANT_ACTION finds nothing in the statement First; " in out
    assert ": warning: AA:REDUNDANT_ACTION SUGGESTION: " in out
    assert run(["lint", "--root", str(tmp_path)]) == 0
    assert "L35" not in capsys.readouterr().out


def test_errors_are_not_suppressed(lint: Any, analyzer: Analyzer) -> None:
    analyzer.scp = [finding("REDUNDANT_ACTION", at("Statement", 1))]
    code, out, _ = lint({LISTED: FILES[LISTED] + SUPPRESS % ""})
    assert code == 65
    assert out.endswith(f"; {LINK}\n1 error.\n")


def test_a_rule_of_aws_has_its_form(lint: Any, analyzer: Analyzer) -> None:
    code, out, _ = lint({LISTED: FILES[LISTED] + SUPPRESS.replace("REDUNDANT_ACTION", "redundant") % ""})
    assert code == 65
    assert f'{LISTED}:16:13: error: "rule" is the text "AA:redundant"' in out


DENIED = {LISTED: FILES[LISTED].replace("s3:CreateBucket", '"s3:Create Bucket"')}
OFFLINE = f"{LISTED}:8:7: error: L08 "


@pytest.mark.parametrize(
    ("code", "status", "exit_code", "says"),
    [
        ("AccessDeniedException", 403, 1, "way out: allow access-analyzer:ValidatePolicy to these credentials"),
        ("ExpiredTokenException", 403, 7, "way out: sign in again"),
        ("UnrecognizedClientException", 403, 7, "way out: sign in again"),
        ("NotSimulated", 400, 1, "way out: the sandbox cannot show this"),
    ],
)
def test_what_was_found_without_aws_is_told_where_aws_says_no(
    code: str, status: int, exit_code: int, says: str, lint: Any, analyzer: Analyzer
) -> None:
    analyzer.refusal = lambda _: error(code, "No.", status=status)
    ended, out, err = lint(DENIED)
    assert ended == exit_code
    assert out.startswith(OFFLINE)
    assert f"Error: AWS accessanalyzer.ValidatePolicy: {code}: No." in err
    assert says in err
    assert lint(FILES)[:2] == (exit_code, "")


def test_what_aws_found_before_it_said_no_is_told(lint: Any, analyzer: Analyzer) -> None:
    analyzer.scp = [finding("A", at("Statement", 0))]
    analyzer.refusal = lambda kind: error("AccessDeniedException", "No.", status=403) if kind == RCP else None
    code, out, err = lint({})
    assert code == 1
    assert out.startswith(f"{LISTED}:6:7: error: AA:A ")
    assert "AccessDeniedException" in err


def test_no_credentials(lint: Any) -> None:
    code, out, err = lint(DENIED)
    assert code == 7
    assert out.startswith(OFFLINE)
    assert "NoCredentialsError" in err
    assert "--profile" in err


def test_an_unknown_profile(lint: Any) -> None:
    code, out, err = lint(DENIED, "--profile", "nope")
    assert code == 7
    assert out.startswith(OFFLINE)
    assert "ProfileNotFound" in err


def test_problems_of_other_files_keep_nobody_from_asking(lint: Any, analyzer: Analyzer) -> None:
    analyzer.scp = [finding("A", at("Statement", 0))]
    code, out, _ = lint({"accounts/shop.yaml": "ou: nowhere\n"})
    assert code == 65
    assert "accounts/shop.yaml:1:1: error: no organizational unit" in out
    assert f"{LISTED}:6:7: error: AA:A " in out


def test_the_sandbox_has_none(lint: Any, analyzer: Analyzer) -> None:
    code, out, err = lint({}, "--sandbox")
    assert (code, out) == (64, "")
    assert "the sandbox has no Access Analyzer" in err
    assert "leave --online out, or ask AWS" in err
    assert not analyzer.wire.requests


def test_a_rule_of_aws_is_explained_by_aws(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint", "--explain", "AA:REDUNDANT_ACTION"]) == 64
    assert "AA:REDUNDANT_ACTION is AWS's own rule" in capsys.readouterr().err
