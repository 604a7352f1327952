"""What is wrong with how a test of guardrails is written is told with its place and a way out, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.guardrails.trying import FILES, SHARED, problems, shared, with_tests

HEAD = "- name: n\n  do: ec2:RunInstances\n  expect: denied\n"
AS = "  as: {account: shop}\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            HEAD + "  as: {account: [shop, shpo]}\n",
            "5:24: unknown account 'shpo' (did you mean \"shop\"?); "
            "name the file of an account that is not to be closed, without its ending",
        ),
        (
            HEAD + "  as: {account: gone}\n",
            "5:8: unknown account 'gone'; name the file of an account that is not to be closed, without its ending",
        ),
        (
            HEAD + "  as: {under: workloads/prd}\n",
            "5:8: unknown unit 'workloads/prd' (did you mean \"workloads/prod\"?); "
            "write the full path of a unit, or root",
        ),
        (HEAD, "2:3: no account is named; write account:, every_account: or under:"),
        (HEAD + AS.replace("}", ", under: sandbox}"), "5:23: account and under exclude each other; keep one of them"),
        (HEAD + AS.replace("}", ", root: true, user: a}"), "5:23: user and root exclude each other; keep one of them"),
        (
            HEAD + '  as: {external: "222222222222", account: shop}\n',
            "5:8: 222222222222 is the account play; write account: play",
        ),
        (
            HEAD + "  as: {service: s3.amazonaws.com}\n",
            "2:3: nothing says whose resource it is; write of: with the name of an account",
        ),
        (HEAD + AS + "  of: shpo\n", None),
        (
            HEAD + AS + '  on: "arn:aws:ec2:{region}:{account}:instance/*"\n',
            "6:3: {region} stands for the Region, and none is given; write in: with Regions",
        ),
        (
            HEAD + AS + '  on: "arn:aws:ec2:eu-west-1:{acount}:instance/*"\n',
            '6:3: unknown placeholder {acount} (did you mean "account"?); there are {account}, {account.name}, '
            "{caller}, {organization}, {region} and {accounts.NAME.id}",
        ),
        (HEAD + AS + "  on: my-bucket\n", "6:3: 'my-bucket' is no ARN; write an ARN with its six parts, or \"*\""),
        (
            HEAD + AS + '  on: ["arn:aws:sqs:eu-west-1:222222222222:q", "arn:aws:sqs:eu-west-1:333333333333:q"]\n',
            "6:3: the resources are in several accounts; write a test for each account",
        ),
        (
            HEAD + AS + "  with: {SourceIp: 10.0.0.1}\n",
            "6:10: 'SourceIp' is no context key; write it with its service, aws:SourceIp say",
        ),
        (
            HEAD + AS + "  with: {aws:SourceIp: 10.0.0.1}\n  absent: [AWS:sourceip]\n",
            "7:12: AWS:sourceip is both given and absent; keep one of them",
        ),
        (
            HEAD + AS + "  by: {guardrail: regins}\n",
            "6:8: unknown guardrail 'regins' (did you mean \"regions\"?); name a file in baselines/guardrails/",
        ),
        (
            HEAD + AS + "  by: {guardrail: regions, sid: Region}\n",
            "6:28: no statement has the Sid 'Region' (did you mean \"Regions\"?); name one of Regions",
        ),
        (
            HEAD + AS + "  by: {level: workload}\n",
            "6:8: no node of the tree is called 'workload' (did you mean \"workloads\"?); "
            "write root, the full path of a unit, or account:NAME",
        ),
        (HEAD + AS + "  by: {}\n", "6:3: by is empty; name a guardrail, a sid or a level, or remove it"),
        (
            HEAD.replace("denied", "allowed") + AS + "  by: {guardrail: stay}\n",
            "6:3: by says who denies, and nothing shall be denied here; remove it",
        ),
        (
            "- {name: n, as: {account: shop}, expect: denied}\n",
            '2:3: "do" is missing; write an action, such as do: ec2:RunInstances',
        ),
        (
            "- {name: n, as: {account: shop}, do: ec2:RunInstances}\n",
            '2:3: "expect" is missing; write expect: allowed or expect: denied',
        ),
        (HEAD + AS + "  type: TAG_POLICY\n", "6:3: type goes with effective, which this test has not; remove it"),
        (
            "- {name: n, as: {account: shop}, effective: {a.b: 1}}\n",
            None,
        ),
        (
            "- {name: n, as: {account: shop}, type: TAG_POLCY, effective: {a.b: 1}}\n",
            None,
        ),
        (
            "- {name: n, as: {account: shop}, type: TAG_POLICY, effective: {a.b: 1}, expect: denied}\n",
            "2:73: expect is about calls, and this test is about an effective policy; remove it",
        ),
    ],
)
def test_problems_of_tests_of_the_tree(tmp_path: Path, text: str, problem: str | None) -> None:
    found = problems(tmp_path, shared(text))
    assert len(found) == 1, found
    assert problem is None or found == [f"{SHARED}:{problem}"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (HEAD.replace("ec2:RunInstances", "ec2:*") + AS, '"do" is the text "ec2:*"'),
        (HEAD.replace("denied", "deny") + AS, '"expect" is the text "deny"'),
        (HEAD + AS + "  in: europe\n", '"in" is the text "europe"'),
        (HEAD + AS + "  ass: {role: x}\n", 'unknown key "ass" (did you mean "as"?)'),
        (HEAD + "  as: {account: shop, rol: x}\n", 'unknown key "rol" (did you mean "role"?)'),
        ("- {as: {account: shop}, do: ec2:RunInstances, expect: denied}\n", '"name" is missing'),
    ],
)
def test_what_the_schema_refuses(tmp_path: Path, text: str, problem: str) -> None:
    (found,) = problems(tmp_path, shared(text))
    assert problem in found


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        (
            "regions",
            HEAD + "  by: {guardrail: stay}\n",
            "this file's tests judge regions alone; move the test to baselines/guardrail-tests.yaml",
        ),
        (
            "regions",
            HEAD + "  by: {level: root}\n",
            "the guardrail is judged alone here, on no level of the tree; "
            "remove it, or move the test to baselines/guardrail-tests.yaml",
        ),
        (
            "no-training",
            "- {name: n}\n",
            '"effective" is missing, which is what a test of this policy says; '
            'write paths and values, such as effective: {"services.default.opt_out_policy": optOut}',
        ),
        (
            "no-training",
            "- {name: n, as: {account: shop}, effective: {a: 1}}\n",
            "the guardrail is looked at alone here, and its type is known; "
            "remove as and type, or move the test to baselines/guardrail-tests.yaml",
        ),
    ],
)
def test_problems_of_a_guardrails_own_tests(tmp_path: Path, name: str, text: str, problem: str) -> None:
    (found,) = problems(tmp_path, with_tests(name, text))
    assert found.startswith(f"baselines/guardrails/{name}.yaml:")
    assert found.endswith(f": {problem}")


def test_all_problems_come_in_one_run(tmp_path: Path) -> None:
    own = with_tests("regions", HEAD + "  by: {sid: Region}\n")
    found = problems(tmp_path, own | shared(HEAD + HEAD + AS + "  by: {guardrail: regins}\n"))
    assert len(found) == 3


@pytest.mark.parametrize(
    "content",
    [
        "content: {}\n",
        "content: {Version: '2012-10-17', Statement: 3}\n",
        "content: {Version: '2012-10-17', Statement: [3, {Effect: Deny, Action: 4, Resource: [], Condition: [1]}]}\n",
        "content: {Version: '2012-10-17', Statement: [{Effect: Deny, Action: [{}], Condition: {A: {b: {}}}}]}\n",
    ],
)
def test_a_document_that_aws_would_refuse_is_not_tried(tmp_path: Path, content: str) -> None:
    """What is wrong with the document is told; its tests and those of the tree would only add noise."""
    path = "baselines/guardrails/stay.yaml"
    files = {path: FILES[path].partition("content:")[0] + content + "tests:\n" + HEAD}
    files |= shared("- {name: n, as: {account: shop}, do: organizations:LeaveOrganization, expect: allowed}\n")
    found = problems(tmp_path, files)
    assert found
    assert all(problem.startswith(path) for problem in found)
