"""What `factory guardrails evaluate` reads: lenient where no meaning gets lost, and every problem with its path."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from factory.guardrails.cases import read
from factory.guardrails.exemptions import RCP_SERVICES

FULL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
DENY = {"Version": "2012-10-17", "Statement": [{"Sid": "No", "Effect": "Deny", "Action": "ec2:*", "Resource": "*"}]}
RCP = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"},
}
REQUEST = {"principal": "arn:aws:iam::222222222222:role/x", "action": "ec2:RunInstances"}


def case(**more: Any) -> dict[str, Any]:
    """A case with these keys in place of its own; ``request__KEY`` are keys of the request."""
    levels = [{"name": "root", "policies": [{"name": "full", "document": FULL}]}]
    found: dict[str, Any] = {"scp_levels": levels, "request": dict(REQUEST)}
    for key, value in more.items():
        holder = found["request"] if key.startswith("request__") else found
        holder[key.removeprefix("request__")] = value
    return copy.deepcopy(found)


def policies(*documents: Any) -> list[dict[str, Any]]:
    return [{"name": "root", "policies": [{"name": f"p{n}", "document": each} for n, each in enumerate(documents)]}]


def only(value: Any) -> Any:
    cases, problems = read(value)
    assert problems == []
    (found,) = cases
    return found


def test_all_that_the_format_has() -> None:
    whole = {
        "scp_levels": policies(FULL, DENY),
        "rcp_levels": policies(RCP),
        "request": {
            "principal": "arn:aws:iam::222222222222:role/x",
            "principal_account": "222222222222",
            "management_account": "111111111111",
            "action": "ec2:RunInstances",
            "resources": ["arn:aws:ec2:eu-west-1:222222222222:instance/*"],
            "resource_account": "222222222222",
            "context": {"aws:RequestedRegion": "eu-west-1"},
            "organization_id": "o-ours",
            "principal_org_paths": "o-ours/r-1/",
            "resource_org_paths": ["o-ours/r-1/"],
            "outside_organization": False,
        },
        "absent": ["aws:MultiFactorAuthPresent"],
        "unknown_keys": "absent",
        "rcp_services": ["EC2"],
    }
    found = only(whole)
    assert found.verdict().verdict == "explicit-deny"
    asked = found.request
    assert asked.resources == ("arn:aws:ec2:eu-west-1:222222222222:instance/*",)
    assert (asked.principal_account, asked.management_account, asked.resource_account) == (
        "222222222222",
        "111111111111",
        "222222222222",
    )
    assert asked.absent == {"aws:MultiFactorAuthPresent"}
    assert asked.unknown_is_absent
    assert asked.principal_org_paths == ("o-ours/r-1/",)
    assert found.rcp_services == {"ec2"}


LENIENT: dict[str, tuple[dict[str, Any], Any]] = {
    "one resource as text": (case(request__resource="*"), lambda c: c.request.resources == ("*",)),
    "resources as text": (
        case(request__resources="arn:aws:s3:::x"),
        lambda c: c.request.resources == ("arn:aws:s3:::x",),
    ),
    "no resource": (case(), lambda c: c.request.resources == ("*",)),
    "no resources": (case(request__resources=[]), lambda c: c.request.resources == ("*",)),
    "null resources": (case(request__resources=None), lambda c: c.request.resources == ("*",)),
    "a resource twice": (case(request__resources=["*", "*"]), lambda c: c.request.resources == ("*",)),
    "the account from the ARN": (case(), lambda c: c.request.account == "222222222222"),
    "null accounts": (case(request__resource_account=None), lambda c: c.request.resource_account is None),
    "an account as a number": (
        case(request__management_account=1),
        lambda c: c.request.management_account == "000000000001",
    ),
    "no levels of RCPs": (case(), lambda c: c.rcp_levels == ()),
    "null levels": (case(scp_levels=None), lambda c: c.scp_levels == ()),
    "levels without names": (case(scp_levels=[{"policies": []}]), lambda c: c.scp_levels[0].name == "level 0"),
    "policies without names": (
        case(scp_levels=[{"policies": [{"document": FULL}]}]),
        lambda c: c.scp_levels[0].policies[0].name == "policy 0",
    ),
    "a document as JSON text": (
        case(scp_levels=policies(json.dumps(DENY))),
        lambda c: c.verdict().verdict == "explicit-deny",
    ),
    "absent beside the request": (case(absent="x:A"), lambda c: c.request.absent == {"x:A"}),
    "absent within the request": (case(request__absent=["x:A"]), lambda c: c.request.absent == {"x:A"}),
    "null in the context is absent": (case(request__context={"x:A": None}), lambda c: c.request.absent == {"x:A"}),
    "unknown keys within the request": (case(request__unknown_keys="absent"), lambda c: c.request.unknown_is_absent),
    "unknown keys depend": (case(unknown_keys="depends"), lambda c: not c.request.unknown_is_absent),
    "values of all kinds": (
        case(request__context={"a": "x", "b": True, "c": 1, "d": 1.5, "e": ["x", 1, False]}),
        lambda c: len(c.request.context) == 5,
    ),
    "another organization": (
        case(request__organization_id="o-a", request__context={"AWS:principalorgid": "o-b"}),
        lambda c: c.request.outside,
    ),
    "the same organization": (
        case(request__organization_id="o-a", request__context={"aws:PrincipalOrgID": "o-a"}),
        lambda c: not c.request.outside,
    ),
    "keys of others": (case(id=5, expect="allow", request__comment="x"), lambda c: c.verdict().verdict == "allow"),
    "AWS's own RCP": (
        case(
            rcp_levels=policies(
                {
                    "Version": "2012-10-17",
                    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
                }
            )
        ),
        lambda c: c.rcp_services == RCP_SERVICES,
    ),
    "an empty level": (
        case(scp_levels=[{"name": "root", "policies": []}]),
        lambda c: c.verdict().verdict == "implicit-deny",
    ),
    "no policy at all": (case(scp_levels=[]), lambda c: c.verdict().verdict == "not-applicable"),
}


@pytest.mark.parametrize(("written", "holds"), LENIENT.values(), ids=LENIENT.keys())
def test_read_leniently(written: dict[str, Any], holds: Any) -> None:
    assert holds(only(written))


PROBLEMS: dict[str, tuple[Any, list[str]]] = {
    "no object": (5, ["the document: this must be an object, not a number; write {...}"]),
    "no object in a list": ([case(), None], ["[1]: this must be an object, not null; write {...}"]),
    "no request": ({}, ["request: this is missing; say who does what"]),
    "a request that is none": (case(request=[]), ["request: this must be an object, not a list; write {...}"]),
    "nothing in the request": (
        case(request={}),
        [
            'request.principal: this is missing; write an ARN, the name of a service, or "*" for an anonymous request',
            "request.action: this is missing; write one action, such as ec2:RunInstances",
        ],
    ),
    "an action that is a number": (
        [case(), case(request__action=5)],
        ["[1].request.action: this must be text, not a number; write one action, such as ec2:RunInstances"],
    ),
    "an action with wildcards": (
        case(request__action="ec2:*"),
        [
            'request.action: this is no action, not "ec2:*"; '
            "write one action without wildcards, such as ec2:RunInstances"
        ],
    ),
    "an account with too few digits": (
        case(request__resource_account="123"),
        ['request.resource_account: this is no account id, not "123"; write its twelve digits, or leave it out'],
    ),
    "a resource that is no ARN": (
        case(request__resources=["arn:aws:s3:::x", "bucket"]),
        ['request.resources: this is no ARN, not "bucket"; write an ARN with its six parts, or "*"'],
    ),
    "a resource that is a number": (
        case(request__resources=["*", 5]),
        ["request.resources[1]: this must be text, not a number; quote it, or leave it out"],
    ),
    "a misspelt key": (
        case(request__contxt={}),
        ['request.contxt: this key is not known; did you mean "context"?'],
    ),
    "another misspelt key": (
        case(scp_level=[]),
        ['scp_level: this key is not known; did you mean "scp_levels"?'],
    ),
    "a context that is a list": (
        case(request__context=[]),
        ["request.context: this must be an object, not a list; write {...}"],
    ),
    "a value that is an object": (
        case(request__context={"x:A": {}}),
        [
            "request.context.x:A: this must be text, a number, true, false or a list of these, not an object; "
            "write the value as AWS has it in the request"
        ],
    ),
    "a key in two spellings": (
        case(request__context={"x:A": "1", "X:a": "2"}),
        ["request.context.X:a: this is the same key as x:A; keep one of them"],
    ),
    "absent and given": (
        case(absent=["X:A"], request__context={"x:a": "1"}),
        ["absent: X:A is both absent and given; keep one of them"],
    ),
    "another word for unknown keys": (
        case(unknown_keys="ignore"),
        ['unknown_keys: this is not known, not "ignore"; write "absent", or leave it out'],
    ),
    "outside is no truth value": (
        case(request__outside_organization="no"),
        ['request.outside_organization: this must be true or false, not "no"; write one of them'],
    ),
    "levels that are an object": (
        case(scp_levels={}),
        ["scp_levels: this must be a list of levels, not an object; write the chain from the root down"],
    ),
    "a level without policies": (
        case(scp_levels=[{"name": "root"}]),
        ["scp_levels[0].policies: this is missing; write a list of policies, [] where none is attached"],
    ),
    "a policy without a document": (
        case(scp_levels=[{"policies": [{"name": "x"}]}]),
        ["scp_levels[0].policies[0].document: this is missing; write the policy's document"],
    ),
    "a document in a text that is no JSON": (
        case(scp_levels=policies("{")),
        [
            "scp_levels[0].policies[0].document: this text is not JSON; "
            "write the document as an object, or as JSON in a text"
        ],
    ),
    "what AWS would refuse": (
        [case(), case(scp_levels=policies(FULL, {**DENY, "Statement": [{**DENY["Statement"][0], "Effect": "deny"}]}))],
        [
            '[1].scp_levels[0].policies[1].document.Statement[0].Effect: "Effect" must be Allow or Deny, not "deny"; '
            "write Deny, in this case of letters"
        ],
    ),
    "an SCP among RCPs": (
        case(rcp_levels=policies(DENY)),
        [
            'rcp_levels[0].policies[0].document.Statement[0]: "Principal" is missing; '
            'add Principal: "*", as AWS wants it in a resource control policy'
        ],
    ),
    "no such operator": (
        case(
            scp_levels=policies({**DENY, "Statement": {**DENY["Statement"][0], "Condition": {"StringIs": {"a": "b"}}}})
        ),
        [
            'scp_levels[0].policies[0].document.Statement.Condition.StringIs: there is no operator "StringIs" '
            '(did you mean "StringLike"?); correct it, such as StringEquals'
        ],
    ),
}


@pytest.mark.parametrize(("written", "expected"), PROBLEMS.values(), ids=PROBLEMS.keys())
def test_problems(written: Any, expected: list[str]) -> None:
    assert read(written)[1] == expected


SMALL: list[Any] = [None, True, 0, -1, 1.5, "", "x", [], [None], ["x"], [[]], {}, {"x": "y"}, {"": None}]


@pytest.mark.parametrize("key", [*case(), "rcp_levels", "absent", "unknown_keys", "rcp_services"])
def test_whatever_stands_there_is_read_or_told(key: str) -> None:
    for value in SMALL:
        for written in (
            case(**{key: value}),
            case(**{key: [value]}),
            [case(**{key: {"name": value, "policies": value}})],
        ):
            cases, problems = read(written)
            assert problems or [found.verdict() for found in cases]


@pytest.mark.parametrize("key", ["principal", "action", "resource", "context", "principal_account", "organization_id"])
def test_whatever_stands_in_the_request_is_read_or_told(key: str) -> None:
    for value in SMALL:
        cases, problems = read(case(**{f"request__{key}": value}))
        assert problems or [found.verdict() for found in cases]


@pytest.mark.parametrize("key", ["Sid", "Effect", "Action", "NotAction", "Resource", "Condition", "Principal"])
def test_whatever_stands_in_a_statement_is_judged_or_told(key: str) -> None:
    for value in [*SMALL, {"Bool": "x"}, {"Bool": {"a": [None]}}, {"Null": {"a": ["x", True]}}, {5: 6}]:
        cases, problems = read(case(scp_levels=policies({**DENY, "Statement": [{**DENY["Statement"][0], key: value}]})))
        assert problems or [found.verdict() for found in cases]
