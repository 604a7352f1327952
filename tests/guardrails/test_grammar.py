"""The grammar of SCPs and RCPs: what AWS would refuse is found in the files, with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from factory import engine
from factory.core.errors import InvalidFiles
from factory.core.policy_types import RCP, SCP
from factory.guardrails.grammar import faults
from factory.kinds.guardrail_files import guardrails
from factory.sandbox.documents import require_well_formed
from factory.sandbox.refused import Refused

GOOD: dict[str, Any] = {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}
ANYONE: dict[str, Any] = {**GOOD, "Principal": "*"}


def document(*statements: Any, **more: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements), **more}


def without(key: str, statement: dict[str, Any] = GOOD) -> dict[str, Any]:
    return {name: value for name, value in statement.items() if name != key}


def on(**conditions: Any) -> dict[str, Any]:
    return document({**GOOD, "Condition": conditions})


FINE: dict[str, tuple[str, Any]] = {
    "one statement in a list": (SCP, document(GOOD)),
    "one statement without a list": (SCP, {"Version": "2012-10-17", "Id": "a", "Statement": GOOD}),
    "a second with a Sid": (SCP, document(GOOD, {**GOOD, "Sid": "Second1"})),
    "NotAction and a list": (SCP, document({"Effect": "Deny", "NotAction": ["iam:*", "sts:*"], "Resource": ["*"]})),
    "an allowance with NotResource": (
        SCP,
        document({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::x"}),
    ),
    "an allowance with a condition": (
        SCP,
        document({**GOOD, "Effect": "Allow", "Condition": {"Bool": {"aws:ViaAWSService": "true"}}}),
    ),
    "values of all kinds": (SCP, on(Bool={"a": True, "b": "x", "c": ["x", "y"], "d": 5, "e": 1.5})),
    "no condition at all": (SCP, on()),
    "an RCP": (RCP, document({**ANYONE, "Action": ["s3:*", "sts:*"]})),
}

BAD: dict[str, tuple[str, Any, list[tuple[tuple[str | int, ...], str]]]] = {
    "no mapping": (SCP, ["x"], [((), "the document must be a mapping")]),
    "no version": (SCP, {"Statement": [GOOD]}, [((), '"Version" is missing')]),
    "the old version": (SCP, document(GOOD, Version="2008-10-17"), [(("Version",), '"Version" is not "2012-10-17"')]),
    "an Id that is no text": (SCP, document(GOOD, Id=5), [(("Id",), '"Id" must be text')]),
    "no statement": (SCP, {"Version": "2012-10-17"}, [((), '"Statement" is missing')]),
    "an empty list of statements": (SCP, document(), [(("Statement",), '"Statement" is empty')]),
    "a statement that is text": (SCP, document("text"), [(("Statement", 0), "a statement must be a mapping")]),
    "statements that are text": (
        SCP,
        {"Version": "2012-10-17", "Statement": "x"},
        [(("Statement",), "a statement must be a mapping")],
    ),
    "an unknown key": (SCP, document(GOOD, Surprise=1), [(("Surprise",), 'a policy document has no "Surprise"')]),
    "a key in small letters": (
        SCP,
        {"Version": "2012-10-17", "statement": [GOOD]},
        [
            (("statement",), 'a policy document has no "statement" (did you mean "Statement"?)'),
            ((), '"Statement" is missing'),
        ],
    ),
    "an unknown key of a statement": (
        SCP,
        document({**GOOD, "Surprise": 1}),
        [(("Statement", 0, "Surprise"), 'a policy statement has no "Surprise"')],
    ),
    "a misspelt key of a statement": (
        SCP,
        document(GOOD, {**without("Action"), "Actions": "*"}),
        [
            (("Statement", 1, "Actions"), 'a policy statement has no "Actions" (did you mean "Action"?)'),
            (("Statement", 1), '"Action" is missing'),
        ],
    ),
    "a principal in an SCP": (
        SCP,
        document(ANYONE),
        [(("Statement", 0, "Principal"), '"Principal" cannot stand in a service control policy')],
    ),
    "a NotPrincipal in an SCP": (
        SCP,
        document({**GOOD, "NotPrincipal": "*"}),
        [(("Statement", 0, "NotPrincipal"), '"NotPrincipal" cannot stand in a service control policy')],
    ),
    "an effect in small letters": (
        SCP,
        document({**GOOD, "Effect": "deny"}),
        [(("Statement", 0, "Effect"), '"Effect" must be Allow or Deny, not "deny"')],
    ),
    "no effect": (SCP, document(without("Effect")), [(("Statement", 0), '"Effect" is missing')]),
    "an effect that is a list": (
        SCP,
        document({**GOOD, "Effect": ["Deny"]}),
        [(("Statement", 0, "Effect"), '"Effect" must be Allow or Deny, not a list')],
    ),
    "both actions": (
        SCP,
        document({**GOOD, "NotAction": "*"}),
        [(("Statement", 0, "NotAction"), '"Action" and "NotAction" exclude each other')],
    ),
    "both resources": (
        SCP,
        document({**GOOD, "NotResource": "*"}),
        [(("Statement", 0, "NotResource"), '"Resource" and "NotResource" exclude each other')],
    ),
    "no action": (SCP, document(without("Action")), [(("Statement", 0), '"Action" is missing')]),
    "no resource": (SCP, document(without("Resource")), [(("Statement", 0), '"Resource" is missing')]),
    "an empty list of actions": (
        SCP,
        document({**GOOD, "Action": []}),
        [(("Statement", 0, "Action"), '"Action" is empty')],
    ),
    "an empty action": (SCP, document({**GOOD, "Action": ""}), [(("Statement", 0, "Action"), '"Action" is empty')]),
    "an empty action in a list": (
        SCP,
        document({**GOOD, "Action": ["a:b", ""]}),
        [(("Statement", 0, "Action", 1), 'an empty text under "Action"')],
    ),
    "an action that is a mapping": (
        SCP,
        document({**GOOD, "Action": {"a": 1}}),
        [(("Statement", 0, "Action"), '"Action" must be text or a list of texts, not a mapping')],
    ),
    "a resource that is a number": (
        SCP,
        document({**GOOD, "Resource": ["*", 1]}),
        [
            (
                ("Statement", 0, "Resource", 1),
                '"Resource" must be text or a list of texts, not a number, true or false',
            )
        ],
    ),
    "a Sid with a dash": (
        SCP,
        document({**GOOD, "Sid": "with-dash"}),
        [(("Statement", 0, "Sid"), 'the Sid "with-dash" has more than letters and digits')],
    ),
    "a Sid that is a number": (
        SCP,
        document({**GOOD, "Sid": 5}),
        [(("Statement", 0, "Sid"), '"Sid" must be text')],
    ),
    "a Sid twice": (
        SCP,
        document({**GOOD, "Sid": "Same"}, {**GOOD, "Sid": "Same"}),
        [(("Statement", 1, "Sid"), 'the Sid "Same" is given twice in this document')],
    ),
    "a condition that is a list": (
        SCP,
        document({**GOOD, "Condition": []}),
        [(("Statement", 0, "Condition"), '"Condition" must be a mapping, not a list')],
    ),
    "an operator with text": (
        SCP,
        on(Bool="x"),
        [(("Statement", 0, "Condition", "Bool"), 'the operator "Bool" must hold a mapping, not "x"')],
    ),
    "a condition key with a mapping": (
        SCP,
        on(Bool={"a": {"b": "c"}}),
        [
            (
                ("Statement", 0, "Condition", "Bool", "a"),
                'the condition key "a" must have a value or a list of values, not a mapping',
            )
        ],
    ),
    "a condition key with nothing": (
        SCP,
        on(Bool={"a": ["x", None], "b": []}),
        [
            (
                ("Statement", 0, "Condition", "Bool", "a", 1),
                'the condition key "a" must have a value or a list of values, not empty',
            ),
            (("Statement", 0, "Condition", "Bool", "b"), 'the condition key "b" has no value'),
        ],
    ),
    "an RCP without a principal": (RCP, document(GOOD), [(("Statement", 0), '"Principal" is missing')]),
    "an RCP for one principal": (
        RCP,
        document({**GOOD, "Principal": {"AWS": "1"}}),
        [(("Statement", 0, "Principal"), '"Principal" must be "*" in a resource control policy')],
    ),
    "an RCP with NotPrincipal": (
        RCP,
        document({**GOOD, "NotPrincipal": "*"}),
        [(("Statement", 0, "NotPrincipal"), '"NotPrincipal" cannot stand in a resource control policy')],
    ),
    "an RCP that allows": (
        RCP,
        document({**ANYONE, "Effect": "Allow"}),
        [(("Statement", 0, "Effect"), '"Effect" must be Deny in a resource control policy')],
    ),
    "an RCP with NotAction": (
        RCP,
        document({**without("Action", ANYONE), "NotAction": "s3:*"}),
        [(("Statement", 0, "NotAction"), '"NotAction" cannot stand in a resource control policy')],
    ),
    "an RCP for every action": (
        RCP,
        document({**ANYONE, "Action": ["s3:*", "*"]}),
        [(("Statement", 0, "Action", 1), 'an "Action" of "*" cannot stand in a resource control policy')],
    ),
}


@pytest.mark.parametrize(("policy_type", "content"), FINE.values(), ids=FINE.keys())
def test_what_is_in_the_language_passes_here_and_in_the_sandbox(policy_type: str, content: Any) -> None:
    assert list(faults(policy_type, content)) == []
    require_well_formed(policy_type, json.dumps(content))


@pytest.mark.parametrize(("policy_type", "content", "expected"), BAD.values(), ids=BAD.keys())
def test_what_is_not_is_told_with_its_place(policy_type: str, content: Any, expected: list[Any]) -> None:
    found = list(faults(policy_type, content))
    assert sorted([(f.path, f.what) for f in found], key=str) == sorted(expected, key=str)
    assert all(fault.fix for fault in found)


@pytest.mark.parametrize(("policy_type", "content", "expected"), BAD.values(), ids=BAD.keys())
def test_what_the_sandbox_refuses_never_passes_here(policy_type: str, content: Any, expected: list[Any]) -> None:
    for kind in (SCP, RCP):
        try:
            require_well_formed(kind, json.dumps(content))
        except Refused:
            assert list(faults(kind, content)), kind


SMALL: list[Any] = [None, True, 0, "", "*", "Deny", "Allow", "a-b", [], ["*"], [""], [None], {}, {"a": "b"}]


@pytest.mark.parametrize("key", [*GOOD, "Sid", "NotAction", "NotResource", "Condition", "Principal", "NotPrincipal"])
@pytest.mark.parametrize("policy_type", [SCP, RCP])
def test_whatever_stands_under_a_key_the_sandbox_is_never_stricter(policy_type: str, key: str) -> None:
    start = ANYONE if policy_type == RCP else GOOD
    for content in [
        *(document({**start, key: value}) for value in SMALL),
        *(document({**without(key, start), f"Not{key}": value}) for value in SMALL),
        document(without(key, start)),
        *({"Version": value, "Statement": start} for value in SMALL),
        *({"Version": "2012-10-17", "Statement": value} for value in SMALL),
    ]:
        if not list(faults(policy_type, content)):
            require_well_formed(policy_type, json.dumps(content))


def test_a_wrong_case_is_named() -> None:
    (fault,) = faults(SCP, document({**GOOD, "Effect": "DENY"}))
    assert fault.fix == "write Deny, in this case of letters"


def test_the_place_in_a_yaml_file_and_in_a_json_file_beside_it(tmp_path: Path) -> None:
    for name, text in {
        "accounts/organization.yaml": 'defaults: {email: "aws+{name}@example.com"}\n',
        "accounts/log.yaml": "ou: root\n",
        "baselines/guardrails/a.yaml": (
            "description: No.\ntype: SERVICE_CONTROL_POLICY\ncontent:\n  Version: 2012-10-17\n"
            '  Statement:\n    - {Effect: deny, Action: "*", Resource: "*"}\n'
        ),
        "baselines/guardrails/b.yaml": "description: No.\ntype: SERVICE_CONTROL_POLICY\nfile: b.json\n",
        "baselines/guardrails/b.json": (
            '{"Version": "2012-10-17",\n "Statement": {"Effect": "Deny", "Resource": "*"}}\n'
        ),
        "baselines/guardrails/c.yaml": "description: No.\ntype: SERVICE_CONTROL_POLICY\nfile: c.json\n",
        "baselines/guardrails/c.json": "{\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with pytest.raises(InvalidFiles) as error:
        engine.load(tmp_path)
    found = [(problem.source.file, problem.source.line, problem.what) for problem in error.value.problems]
    assert found == [
        ("baselines/guardrails/a.yaml", 6, '"Effect" must be Allow or Deny, not "deny"'),
        ("baselines/guardrails/b.json", 2, '"Action" is missing'),
        ("baselines/guardrails/c.json", 1, "this is not JSON"),
    ]


def test_all_guardrails_that_come_with_the_factory_are_in_the_language() -> None:
    organization, _ = engine.load(Path(__file__).parents[2])
    entries = [model for _, model in guardrails(organization).values()]
    assert [list(faults(e.type, e.content)) for e in entries if e.type in (SCP, RCP)] == [
        [] for e in entries if e.type in (SCP, RCP)
    ]
