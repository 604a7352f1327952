"""Whatever stands in a template that can be read: everything answers, and nothing else than its own errors comes."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from factory.core.errors import InvalidFiles
from factory.templates import Context, Template, Unresolvable, advice, check, check_values, differences, read, resolve
from factory.templates.read import MAX_DEPTH, SHORT_FORMS
from factory.templates.structure import RESOURCE_ATTRIBUTES, SECTIONS
from tests.templates.samples import TRAIL

WORDS = st.sampled_from(
    [
        *("A", "B", "C", "A.B", "${A}", "${A.B}", "${!A}", "${", "true", "0", "", "a,b", "[", "é", "AWS::NoValue"),
        *("AWS::Region", "String", "Number", "CommaDelimitedList", "AWS::SNS::Topic", "AWS::IAM::Role"),
    ]
)
KEYS = st.one_of(
    WORDS,
    st.sampled_from([*SHORT_FORMS.values(), *SECTIONS, *RESOURCE_ATTRIBUTES, "Default", "AllowedPattern", "Fn::X"]),
)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.floats(-2, 2), WORDS)
ANY = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=15,
)
CONTEXT = Context("123456789012", "eu-central-1")


def everything(template: Template, other: Template, values: dict[str, Any]) -> None:
    found = (*check(template), *advice(template), *check_values(template, values, {}))
    assert all(str(problem).isprintable() and problem.fix for problem in found)
    assert template.capabilities in ((), ("CAPABILITY_IAM",), ("CAPABILITY_NAMED_IAM",))
    assert differences(template, template) == ()
    differences(template, other)
    differences(other, template)
    with suppress(Unresolvable):
        resolve(template, values, CONTEXT)


@given(
    st.dictionaries(st.sampled_from(SECTIONS), st.one_of(ANY, st.dictionaries(KEYS, ANY, max_size=3)), min_size=1),
    st.dictionaries(KEYS, ANY, max_size=2),
)
@settings(max_examples=150, deadline=None)
def test_any_body_is_answered(body: dict[str, Any], values: dict[str, Any]) -> None:
    everything(read(json.dumps(body)), read(TRAIL), values)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_template_with_anything_in_place_of_something_is_answered(data: st.DataObject) -> None:
    body = json.loads(json.dumps(read(TRAIL).body))
    for _ in range(data.draw(st.integers(1, 3))):
        holder: Any = body
        while True:
            steps = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            if not steps:
                break
            step = data.draw(st.sampled_from(steps))
            if isinstance(holder[step], dict | list) and data.draw(st.integers(0, 3)):
                holder = holder[step]
            else:
                holder[step] = data.draw(ANY)
                break
    everything(read(json.dumps(body)), read(TRAIL), {"Bucket": "archive"})


def test_the_deepest_template_is_answered() -> None:
    inner = '{"Fn::Join": ["", [' * 20 + '{"Ref": "AWS::Region"}' + "]]}" * 20
    text = f'{{"Resources": {{"A": {{"Type": "AWS::SNS::Topic", "Properties": {{"x": {inner}}}}}}}}}'
    assert text.count("[") + 5 > MAX_DEPTH - 20
    with suppress(InvalidFiles):
        template = read(text)
        everything(template, template, {})
        assert resolve(template, {}, CONTEXT).resources["A"].properties == {"x": "eu-central-1"}


def test_the_largest_template_is_answered_in_time() -> None:
    rows = "".join(
        f"  R{i}:\n    Type: AWS::SNS::Topic\n    Properties:\n      TopicName: !Sub '${{R{i + 1}.TopicName}}-x'\n"
        f"      Tags: [{{Key: a, Value: !Join ['-', [!Ref AWS::Region, {'x' * 1000}]]}}]\n"
        for i in range(499)
    )
    text = "Resources:\n" + rows + "  R499: {Type: AWS::SNS::Topic}\n"
    started = time.process_time()
    template = read(text)
    assert check(template) == ()
    assert differences(template, read(text.replace("R499: {", "R499: {Properties: {TopicName: a}, ")))[0].uncertain
    assert len(resolve(template, {}, CONTEXT).resources) == 500
    assert time.process_time() - started < 8
