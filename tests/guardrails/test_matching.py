"""Actions, ARNs and wildcards, row by row from the IAM User Guide's pages on Action and Resource."""

from __future__ import annotations

import os
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.guardrails.matching import Actions, Resources
from factory.guardrails.patterns import glob, parse

OBJECT = "arn:aws:s3:::amzn-s3-demo-bucket/1/test/object.jpg"
INSTANCE = "arn:aws:ec2:eu-west-1:123456789012:instance/i-1"
GROUP = "arn:aws:logs:eu-west-1:123456789012:log-group:app:log-stream:x"


@pytest.mark.parametrize(
    ("pattern", "action", "expected"),
    [
        ("iam:ListAccessKeys", "IAM:listaccesskeys", True),  # "prefix and action name are case insensitive"
        ("IAM:*", "iam:CreateUser", True),
        ("iam:*AccessKey*", "iam:UpdateAccessKey", True),
        ("*", "ec2:RunInstances", True),
        ("*:*", "ec2:RunInstances", True),
        ("*:Purchase*", "ec2:PurchaseReservedInstancesOffering", True),  # anywhere since 2025
        ("ec2:Des*be*s", "ec2:DescribeInstances", True),
        ("ec2:?unInstances", "ec2:RunInstances", True),
        ("ec2:?unInstances", "ec2:unInstances", False),
        ("ec2:Run", "ec2:RunInstances", False),  # whole
        ("ec2:RunInstances ", "ec2:RunInstances", False),  # not trimmed
        ("ec2:[RD]*", "ec2:RunInstances", False),
        ("s3:*", "s3-outposts:GetObject", False),
        ("${*}", "x:y", False),  # no variables in actions
    ],
)
def test_actions(pattern: str, action: str, expected: bool) -> None:
    assert Actions([pattern]).match(action.lower()) is expected
    assert Actions(["x:none", pattern]).match(action.lower()) is expected
    assert Actions([pattern], negated=True).match(action.lower()) is not expected


@pytest.mark.parametrize(
    ("pattern", "resource", "expected"),
    [
        ("*", INSTANCE, True),
        ("*", "*", True),
        ("**", "*", True),
        # An action without resource-level permissions: only "*" matches it ("Some AWS services do not allow ...").
        ("arn:aws:s3:::*", "*", False),
        ("arn:*", "*", False),
        ("?", "*", False),
        # Within the parts, and a slash is nothing special.
        ("arn:aws:s3:::amzn-s3-demo-bucket/*/test/*", OBJECT, True),
        ("arn:aws:s3:::amzn-s3-demo-bucket/*/test/*", "arn:aws:s3:::amzn-s3-demo-bucket/1/2/test/3/object.jpg", True),
        ("arn:aws:s3:::amzn-s3-demo-bucket/*/test/*", "arn:aws:s3:::amzn-s3-demo-bucket/1-test/object.jpg", False),
        ("arn:aws:s3:::*", OBJECT, True),
        ("arn:*:iam::*:role/x", "arn:aws-cn:iam::123456789012:role/x", True),
        ("arn:aws:ec2:*:*:instance/*", INSTANCE, True),
        ("arn:aws:ec2:*:*:volume/*", INSTANCE, False),
        ("arn:aws:ec2:eu-*-1:123456789012:instance/i-?", INSTANCE, True),
        ("arn:aws:ec2:us-*-1:123456789012:instance/*", INSTANCE, False),
        ("arn:aws:logs:*:*:log-group:app:*", GROUP, True),
        ("arn:aws:logs:*:*:log-group:other:*", GROUP, False),
        # The last part is case-sensitive ("the IAM user name is case sensitive"), the others are not.
        ("arn:aws:iam::123456789012:user/Bob", "arn:aws:iam::123456789012:user/bob", False),
        ("ARN:AWS:EC2:EU-WEST-1:123456789012:instance/i-1", INSTANCE, True),
        # "If the * wildcard is the last character of a resource ARN segment, it can expand to match beyond the colon".
        ("arn:aws:ec2:*", INSTANCE, True),
        ("arn:aws:ec2:eu-*", INSTANCE, True),
        ("arn:aws:ec2:us-*", INSTANCE, False),
        ("arn:*", INSTANCE, True),
        ("arn:aws:ec2:*:instance/*", INSTANCE, True),
        ("arn:aws:ec2:*:volume/*", INSTANCE, False),
        ("arn:aws:iam:*:role/Admin", "arn:aws:iam::123456789012:role/Admin", True),
        ("arn:aws:iam:*:role/Admin", "arn:aws:iam::123456789012:role/admin", False),
        ("arn:aws:logs:*:log-stream:x", GROUP, True),
        ("arn:aws:logs:*:*:log-stream:x", GROUP, True),
        ("arn:aws:ec2:*-1:instance/i-1", INSTANCE, False),  # not the last character of the part
        ("arn:aws:ec2:eu-west-1:123456789012", INSTANCE, False),
        ("arn:aws:ec2", INSTANCE, False),
        ("", INSTANCE, False),
    ],
)
def test_resources(pattern: str, resource: str, expected: bool) -> None:
    assert Resources([pattern]).match(resource, lambda key: ()) is expected
    assert Resources(["arn:aws:x:::y", pattern]).match(resource, lambda key: ()) is expected
    assert Resources([pattern], negated=True).match(resource, lambda key: ()) is not expected


@pytest.mark.parametrize(
    ("values", "resource", "plain", "negated"),
    [
        (("ada",), "arn:aws:s3:::home/ada/x", True, False),
        (("ada",), "arn:aws:s3:::home/bob/x", False, True),
        (("a:d*",), "arn:aws:s3:::home/a:d*/x", True, False),
        # Without a value the statement is invalid, whichever element the variable stands in.
        ((), "arn:aws:s3:::home/ada/x", False, False),
        (None, "arn:aws:s3:::home/ada/x", None, None),
        (None, "arn:aws:s3:::else/ada/x", False, None),
    ],
)
def test_variables_in_resources(
    values: tuple[str, ...] | None, resource: str, plain: bool | None, negated: bool | None
) -> None:
    pattern = ["arn:aws:s3:::home/${aws:username}/*"]
    assert Resources(pattern).match(resource, lambda key: values) is plain
    assert Resources(pattern, negated=True).match(resource, lambda key: values) is negated


def test_a_variable_may_hold_an_account() -> None:
    resources = Resources(["arn:aws:iam::${aws:PrincipalAccount}:role/x"])
    assert resources.match("arn:aws:iam::123456789012:role/x", lambda key: ("123456789012",)) is True
    assert resources.match("arn:aws:iam::123456789012:role/x", lambda key: ("210987654321",)) is False


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("", "", True),
        ("", "a", False),
        ("*", "", True),
        ("a*a", "a", False),  # the two may not share a letter
        ("a*a", "aa", True),
        ("*ab*ab*", "ab", False),
        ("*ab*ab*", "xabxabx", True),
        ("a?c*?", "abcd", True),
        ("a?c*?", "abc", False),
        ("*?b", "b", False),
        ("*a?b*", "aaab", True),
        ("*.*", "a.b.c", True),
        ("*\n?", "a\nb", True),
    ],
)
def test_globs(pattern: str, text: str, expected: bool) -> None:
    assert glob(parse(pattern))(text) is expected


EXAMPLES = int(os.environ.get("FACTORY_EXAMPLES", "200"))


def _expression(pattern: str, one: str, many: str) -> str:
    """A pattern as a regular expression."""
    return "".join({"*": many, "?": one}.get(character, re.escape(character)) for character in pattern)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.text("ab*?", max_size=8), st.text("ab", max_size=12))
def test_globs_are_what_a_regular_expression_is(pattern: str, text: str) -> None:
    assert glob(parse(pattern))(text) is bool(re.fullmatch(_expression(pattern, ".", ".*"), text))


@settings(max_examples=EXAMPLES * 2, deadline=None)
@given(
    st.lists(st.text("ab*?", max_size=3), min_size=1, max_size=8).map(":".join),
    st.lists(st.text("ab", max_size=3), min_size=6, max_size=9).map(":".join),
)
def test_arns_are_what_a_regular_expression_is(pattern: str, resource: str) -> None:
    """Within a part, ``*`` is ``[^:]*``; at its end, and everywhere in the last part, it is ``.*``."""
    *head, last = [*pattern.split(":", 5)]
    inner = [_expression(part, "[^:]", "[^:]*") for part in (head if len(head) == 5 else [*head, last])]
    inner = [f"{part[:-5]}.*" if part.endswith("[^:]*") else part for part in inner]
    whole = ":".join([*inner, _expression(last, ".", ".*")] if len(head) == 5 else inner)
    expected = set(pattern) == {"*"} or bool(re.fullmatch(whole, resource))
    assert Resources([pattern]).match(resource, lambda key: ()) is expected


def test_no_pattern_takes_long() -> None:
    began = time.process_time()
    for pattern in ("*a" * 40 + "*b", "*a?" * 30 + "*b", "?*" * 50 + "b"):
        assert not glob(parse(pattern))("a" * 5000)
        assert not Resources([f"arn:aws:s3:::{pattern}"]).match("arn:aws:s3:::" + "a" * 5000, lambda key: ())
    many = "arn:aws:" + "a*:" * 3 + "b"
    assert not Resources([many]).match("arn:aws:" + "a:" * 200, lambda key: ())
    assert time.process_time() - began < 1
