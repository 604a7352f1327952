"""factory guardrails evaluate: what it prints, for one request and for many, and what it says of bad input."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from factory.cli.root import run
from tests.cli.processes import environment
from tests.views.golden import Compare

SCHEMAS = Path(__file__).parents[2] / "docs" / "schema"
FULL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
REGIONS = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Regions",
            "Effect": "Deny",
            "NotAction": ["iam:*", "sts:*"],
            "Resource": "*",
            "Condition": {
                "StringNotEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]},
                "ArnNotLike": {"aws:PrincipalArn": "arn:*:iam::*:role/stacksets-exec-*"},
            },
        }
    ],
}
TLS = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Tls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ],
}
BUCKET_ONLY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::ours/*"}],
}


def case(principal: str, action: str, resource: str, *account: dict[str, Any], **context: Any) -> dict[str, Any]:
    """A request under root and account; ``account`` are the documents there, in place of FullAWSAccess."""
    root = [{"name": "FullAWSAccess", "document": FULL}, {"name": "deny-regions", "document": REGIONS}]
    below = [{"name": f"list-{n}", "document": each} for n, each in enumerate(account or (FULL,))]
    return {
        "scp_levels": [{"name": "root", "policies": root}, {"name": "account:dev", "policies": below}],
        "rcp_levels": [{"name": "root", "policies": [{"name": "require-tls", "document": TLS}]}],
        "request": {
            "principal": principal,
            "management_account": "111111111111",
            "action": action,
            "resources": [resource],
            "resource_account": "222222222222",
            "context": {f"aws:{key}": value for key, value in context.items()},
        },
    }


ROLE = "arn:aws:iam::222222222222:role/dev"
CASES = [
    case(ROLE, "ec2:RunInstances", "*", RequestedRegion="us-east-1"),
    case(ROLE, "ec2:RunInstances", "*", RequestedRegion="eu-west-1"),
    case(ROLE, "ec2:RunInstances", "*"),
    case(ROLE, "s3:GetObject", "arn:aws:s3:::ours/x", RequestedRegion="eu-west-1", SecureTransport=False),
    case(ROLE, "s3:GetObject", "arn:aws:s3:::theirs/x", BUCKET_ONLY, RequestedRegion="eu-west-1", SecureTransport=True),
    case("arn:aws:iam::111111111111:root", "ec2:RunInstances", "*", RequestedRegion="us-east-1"),
    case("cloudtrail.amazonaws.com", "s3:PutObject", "arn:aws:s3:::ours/x"),
]


def evaluate(folder: Path, value: Any, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    file = folder / "requests.json"
    file.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    code = run(["guardrails", "evaluate", str(file)])
    out, err = capsys.readouterr()
    return code, out, err


def test_many(tmp_path: Path, capsys: pytest.CaptureFixture[str], golden: Compare) -> None:
    code, out, err = evaluate(tmp_path, CASES, capsys)
    assert (code, err) == (0, "")
    golden("guardrails-evaluate.json", out)
    found = [(each["verdict"], each["scp"]["verdict"], each["rcp"]["verdict"]) for each in json.loads(out)]
    assert found == [
        ("explicit-deny", "explicit-deny", "not-applicable"),
        ("allow", "allow", "not-applicable"),
        ("depends", "depends", "not-applicable"),
        ("explicit-deny", "allow", "explicit-deny"),
        ("implicit-deny", "implicit-deny", "allow"),
        ("not-applicable", "not-applicable", "not-applicable"),
        ("depends", "not-applicable", "depends"),
    ]


def test_one_in_one_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    many = json.loads(evaluate(tmp_path, CASES, capsys)[1])
    for written, expected in zip(CASES, many, strict=True):
        assert json.loads(evaluate(tmp_path, written, capsys)[1]) == expected
    assert json.loads(evaluate(tmp_path, [], capsys)[1]) == []


def test_input_and_output_are_as_published(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schemas = {name: json.loads((SCHEMAS / f"{name}.json").read_text()) for name in ("evaluation", "verdicts")}
    for written in (CASES, CASES[0]):
        jsonschema.Draft202012Validator(schemas["evaluation"]).validate(written)
        out = json.loads(evaluate(tmp_path, written, capsys)[1])
        jsonschema.Draft202012Validator(schemas["verdicts"]).validate(out)
    for wrong in (5, {}, {"request": {}}, {**CASES[0], "scp_levels": [{}]}):
        assert not jsonschema.Draft202012Validator(schemas["evaluation"]).is_valid(wrong)


BAD: dict[str, tuple[Any, list[str]]] = {
    "no JSON": (b'{"request":\n  {"principal": }}', ["{file}:2:17: this is not JSON: Expecting value"]),
    "nothing": (b"", ["{file}:1:1: this is not JSON: Expecting value"]),
    "two documents": (b"{}\n{}", ["{file}:2:1: this is not JSON: Extra data"]),
    "no UTF-8": (b'{"a":\n "\xff"}', ["{file}:2:3: bytes that are not UTF-8; save it as UTF-8"]),
    "not a number": (b'{"a": NaN}', ["{file}:1:1: this cannot be read: NaN is no JSON"]),
    "too deep": (b"[" * 100_000, ["{file}:1:1: this cannot be read: nested too deeply"]),
    "a key twice": (b'{"request": {"action": "a:b", "action": "a:c"}}', ['{file}: the key "action" stands twice']),
    "two problems": (
        [CASES[0], {"request": {"principal": ROLE, "action": "ec2"}, "scp_levels": [{"name": "root"}]}],
        [
            "[1].scp_levels[0].policies: this is missing; write a list of policies, [] where none is attached",
            '[1].request.action: this is no action, not "ec2"; write one action without wildcards',
        ],
    ),
    "no request": (5, ["the document: this must be an object, not a number"]),
}


@pytest.mark.parametrize(("written", "expected"), BAD.values(), ids=BAD.keys())
def test_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str], written: Any, expected: list[str]) -> None:
    code, out, err = evaluate(tmp_path, written, capsys)
    assert (code, out) == (65, "")
    *lines, last = err.splitlines()
    assert last == f"{len(expected)} problem{'s' * (len(expected) > 1)} found."
    for line, start in zip(lines, expected, strict=True):
        assert line.startswith(start.replace("{file}", str(tmp_path / "requests.json")))


def test_the_example_of_the_documentation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (SCHEMAS.parent / "guardrails.md").read_text(encoding="utf-8")
    written = json.loads(text.partition("```json")[2].partition("```")[0])
    jsonschema.Draft202012Validator(json.loads((SCHEMAS / "evaluation.json").read_text())).validate(written)
    assert json.loads(evaluate(tmp_path, written, capsys)[1])["verdict"] == "allow"
    written["request"] |= {"action": "s3:GetObject", "resources": "arn:aws:s3:::x/y"}
    assert json.loads(evaluate(tmp_path, written, capsys)[1])["verdict"] == "implicit-deny"


@pytest.mark.parametrize("depth", [100, 800, 950, 990, 2000])
@pytest.mark.parametrize("place", ["document", "context", "outside"])
def test_deep_nesting_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], depth: int, place: str) -> None:
    deep = '{"a":' * depth + "1" + "}" * depth
    text = {
        "document": f'{{"request": {{}}, "scp_levels": [{{"policies": [{{"document": {deep}}}]}}]}}',
        "context": f'{{"request": {{"context": {deep}}}}}',
        "outside": f'[{{"request": {deep}}}]',
    }[place]
    code, out, err = evaluate(tmp_path, text.encode(), capsys)
    assert (code, out) == (65, "")
    assert "Unexpected" not in err


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["guardrails", "evaluate", str(tmp_path / "none.json")]) == 64
    assert "name an existing file, or - for stdin" in " ".join(capsys.readouterr().err.split())
    assert run(["guardrails", "evaluate", str(tmp_path)]) == 1
    assert "see that it is a file you may read" in " ".join(capsys.readouterr().err.split())
    assert run(["guardrails", "evaluate"]) == 64


def test_reads_stdin_and_loads_no_library_of_aws(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "factory", "guardrails", "evaluate", "-"],
        cwd=tmp_path,
        input="\ufeff" + json.dumps({**CASES[1], "name": "ümläut"}, ensure_ascii=False),
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "allow"
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "click" in loaded
    assert not loaded & {"boto3", "botocore", "pydantic", "yaml", "rich", "structlog", "moto", "tenacity"}
