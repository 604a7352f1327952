"""Condition operators, row by row from the IAM User Guide.

Sources: "IAM JSON policy elements: Condition operators", "Single-valued vs. multivalued context keys", "IAM policy
elements: Variables and tags". Rows marked [ours] are where those pages leave room; the docstring of
`factory.guardrails.conditions` says how it is filled.
"""

from __future__ import annotations

from typing import Any

import pytest

from factory.guardrails.conditions import Condition, is_operator, texts

ABSENT, UNKNOWN = object(), object()
KEY = "svc:Key"


def holds(operator: str, wanted: Any, given: Any, **others: Any) -> bool | None:
    """Whether a condition on ``svc:Key`` is met; ``others`` are keys of ``aws:``, all further ones are absent."""
    known = {f"aws:{key}": value for key, value in others.items()} | {KEY.lower(): given}

    def lookup(key: str) -> tuple[str, ...] | None:
        value = known.get(key, ABSENT)
        return None if value is UNKNOWN else () if value is ABSENT else texts(value)

    return Condition(operator, KEY, wanted).holds(lookup)


ROWS: dict[str, tuple[str, Any, Any, bool | None]] = {
    # String condition operators
    "StringEquals is exact": ("StringEquals", "abc", "abc", True),
    "StringEquals is case-sensitive": ("StringEquals", "abc", "ABC", False),
    "StringEquals has no wildcards": ("StringEquals", "a*", "abc", False),
    "StringEquals takes a star as it is": ("StringEquals", "a*", "a*", True),
    "values are ORed": ("StringEquals", ["x", "abc"], "abc", True),
    "StringNotEquals of another": ("StringNotEquals", "abc", "x", True),
    "StringNotEquals of the same": ("StringNotEquals", "abc", "abc", False),
    "negated values are NORed: one equal": ("StringNotEquals", ["x", "abc"], "abc", False),
    "negated values are NORed: none equal": ("StringNotEquals", ["x", "y"], "abc", True),
    "StringEqualsIgnoreCase": ("StringEqualsIgnoreCase", "aBc", "AbC", True),
    "StringEqualsIgnoreCase of another": ("StringEqualsIgnoreCase", "abc", "abd", False),
    "StringNotEqualsIgnoreCase": ("StringNotEqualsIgnoreCase", "aBc", "AbC", False),
    "StringNotEqualsIgnoreCase of another": ("StringNotEqualsIgnoreCase", "abc", "abd", True),
    "StringLike with a star": ("StringLike", "t3.*", "t3.micro", True),
    "StringLike with a star for nothing": ("StringLike", "t3.*", "t3.", True),
    "StringLike with a question mark": ("StringLike", "t?.micro", "t3.micro", True),
    "StringLike: a question mark is one character": ("StringLike", "t?.micro", "t.micro", False),
    "StringLike is case-sensitive": ("StringLike", "T3.*", "t3.micro", False),
    "StringLike needs the whole text": ("StringLike", "t3", "t3.micro", False),
    "StringLike crosses colons": ("StringLike", "arn:aws:iam::*:role/x", "arn:aws:iam::1:y:role/x", True),
    "StringNotLike": ("StringNotLike", "t3.*", "t3.micro", False),
    "StringNotLike of another": ("StringNotLike", "t3.*", "m5.large", True),
    "brackets are no wildcards": ("StringLike", "[ab]", "a", False),
    # Numeric condition operators
    "NumericEquals": ("NumericEquals", "10", "10", True),
    "NumericEquals by value": ("NumericEquals", "10", "10.0", True),
    "NumericEquals of JSON numbers": ("NumericEquals", 10, 10, True),
    "NumericEquals of another": ("NumericEquals", "10", "11", False),
    "NumericNotEquals": ("NumericNotEquals", "10", "11", True),
    "NumericNotEquals of the same": ("NumericNotEquals", "10", "10", False),
    "NumericLessThan": ("NumericLessThan", "1.2", "1.1", True),
    "NumericLessThan at the bound": ("NumericLessThan", "1.2", "1.2", False),
    "NumericLessThanEquals at the bound": ("NumericLessThanEquals", "10", "10", True),
    "NumericLessThanEquals above": ("NumericLessThanEquals", "10", "11", False),
    "NumericGreaterThan": ("NumericGreaterThan", "10", "11", True),
    "NumericGreaterThan at the bound": ("NumericGreaterThan", "10", "10", False),
    "NumericGreaterThanEquals at the bound": ("NumericGreaterThanEquals", "10", "10", True),
    "numbers are no texts": ("NumericLessThan", "9", "10", False),
    "negative numbers": ("NumericLessThan", "0", "-5", True),
    "no number in the request": ("NumericEquals", "10", "abc", False),
    "no number in the request, ordered": ("NumericLessThan", "10", "abc", False),
    "no number in the policy": ("NumericEquals", "abc", "10", False),
    "no number beside one": ("NumericEquals", ["abc", "10"], "10", True),
    "no number, negated: NOR [ours]": ("NumericNotEquals", "10", "abc", True),
    "not a number is none": ("NumericEquals", "nan", "nan", False),
    "infinity is none": ("NumericLessThan", "inf", "5", False),
    # Date condition operators
    "DateEquals": ("DateEquals", "2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z", True),
    "DateEquals across zones": ("DateEquals", "2020-01-01T00:00:00Z", "2020-01-01T02:00:00+02:00", True),
    "DateEquals of ISO 8601 and epoch": ("DateEquals", "2020-01-01T00:00:00Z", "1577836800", True),
    "DateEquals of epoch numbers": ("DateEquals", 1577836800, 1577836800, True),
    "DateNotEquals": ("DateNotEquals", "2020-01-01T00:00:00Z", "2020-01-01T00:00:01Z", True),
    "DateLessThan": ("DateLessThan", "2020-06-30T23:59:59Z", "2020-06-30T23:59:58Z", True),
    "DateLessThan at the bound": ("DateLessThan", "2020-06-30T23:59:59Z", "2020-06-30T23:59:59Z", False),
    "DateLessThanEquals at the bound": ("DateLessThanEquals", "2020-06-30", "2020-06-30T00:00:00Z", True),
    "DateGreaterThan": ("DateGreaterThan", "2020-01-01T00:00:01Z", "2020-01-01T00:00:02Z", True),
    "DateGreaterThan in fractions": ("DateGreaterThan", "2020-01-01T00:00:01Z", "2020-01-01T00:00:01.5Z", True),
    "DateGreaterThanEquals at the bound": ("DateGreaterThanEquals", "2020-01", "2020-01-01T00:00Z", True),
    "a year alone": ("DateEquals", "2020", "2020-01-01T00:00:00Z", True),
    "a leap day": ("DateEquals", "2020-02-29T12:00:00Z", "1582977600", True),
    "after a leap day": ("DateEquals", "2020-03-01T00:00:00Z", "1583020800", True),
    "before a leap day": ("DateEquals", "2020-02-28T00:00:00Z", "1582848000", True),
    "no leap year": ("DateEquals", "2100-03-01T00:00:00Z", "4107542400", True),
    "a zone behind UTC": ("DateEquals", "2020-01-01T00:00:00Z", "2019-12-31T19:00:00-05:00", True),
    "no leap day in 2021": ("DateEquals", "2021-02-29", "2021-03-01", False),
    "no date in the request": ("DateLessThan", "2020-01-01", "yesterday", False),
    "no date, negated: NOR [ours]": ("DateNotEquals", "2020-01-01", "yesterday", True),
    # Boolean condition operators
    "Bool true": ("Bool", "true", "true", True),
    "Bool false": ("Bool", "false", "true", False),
    "Bool of JSON": ("Bool", True, False, False),
    "Bool of JSON and text": ("Bool", False, "false", True),
    "Bool in any case of letters [ours]": ("Bool", "True", "true", True),
    "Bool of neither": ("Bool", "yes", "yes", False),
    # Binary condition operators
    "BinaryEquals": ("BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", True),
    "BinaryEquals of another": ("BinaryEquals", "QQ==", "Qg==", False),
    "BinaryEquals of what is no base64": ("BinaryEquals", "!", "!", False),
    # IP address condition operators
    "IpAddress in a range": ("IpAddress", "203.0.113.0/24", "203.0.113.77", True),
    "IpAddress outside": ("IpAddress", "203.0.113.0/24", "203.0.114.1", False),
    "IpAddress without a prefix is /32": ("IpAddress", "203.0.113.5", "203.0.113.5", True),
    "IpAddress IPv6": ("IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5678::1", True),
    "IpAddress IPv6 outside": ("IpAddress", "2001:DB8:1234:5678::/64", "2001:db8::1", False),
    "IpAddress of both versions": ("IpAddress", ["203.0.113.0/24", "2001:db8::/32"], "2001:db8::1", True),
    "IpAddress of the other version": ("IpAddress", "0.0.0.0/0", "2001:db8::1", False),
    "IpAddress with host bits": ("IpAddress", "203.0.113.9/24", "203.0.113.77", True),
    "NotIpAddress": ("NotIpAddress", "203.0.113.0/24", "203.0.113.77", False),
    "NotIpAddress outside": ("NotIpAddress", "203.0.113.0/24", "198.51.100.1", True),
    "NotIpAddress, NOR": ("NotIpAddress", ["203.0.113.0/24", "198.51.100.0/24"], "198.51.100.1", False),
    "no address in the request": ("IpAddress", "203.0.113.0/24", "ec2.amazonaws.com", False),
    "no range in the policy": ("IpAddress", "junk", "203.0.113.1", False),
    "no address, negated: NOR [ours]": ("NotIpAddress", "203.0.113.0/24", "ec2.amazonaws.com", True),
    # ARN condition operators; the example of the page, which StringLike matches
    "ArnLike does not cross colons": (
        "ArnLike",
        "arn:aws:someservice:*:111122223333:finance/*",
        "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
        False,
    ),
    "StringLike does": (
        "StringLike",
        "arn:aws:someservice:*:111122223333:finance/*",
        "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
        True,
    ),
    "ArnLike part by part": (
        "ArnLike",
        "arn:*:iam::*:role/stacksets-exec-*",
        "arn:aws:iam::1:role/stacksets-exec-1",
        True,
    ),
    "ArnLike is case-sensitive": ("ArnLike", "arn:aws:iam::*:role/Admin", "arn:aws:iam::1:role/admin", False),
    "ArnLike: the last part has colons": ("ArnLike", "arn:aws:sns:*:*:a:*", "arn:aws:sns:r:1:a:b:c", True),
    "ArnEquals is ArnLike": ("ArnEquals", "arn:aws:iam::*:role/*", "arn:aws:iam::1:role/x/y", True),
    "ArnLike with a question mark": ("ArnLike", "arn:aws:iam::1:role/?", "arn:aws:iam::1:role/x", True),
    "ArnLike with too few parts": ("ArnLike", "arn:aws:iam:*", "arn:aws:iam::1:role/x", False),
    "ArnLike of no ARN": ("ArnLike", "arn:aws:iam::*:role/*", "x", False),
    "ArnNotLike": ("ArnNotLike", "arn:aws:iam::*:role/*", "arn:aws:iam::1:role/x", False),
    "ArnNotLike of another": ("ArnNotLike", "arn:aws:iam::*:role/*", "arn:aws:iam::1:user/x", True),
    "ArnNotEquals is ArnNotLike": ("ArnNotEquals", "arn:aws:iam::*:role/*", "arn:aws:iam::1:role/x", False),
    "ArnNotLike of no ARN: NOR [ours]": ("ArnNotLike", "arn:aws:iam::*:role/*", "x", True),
    # A key that is absent
    "absent, positive": ("StringEquals", "a", ABSENT, False),
    "absent, like": ("StringLike", "*", ABSENT, False),
    "absent, negated": ("StringNotEquals", "a", ABSENT, True),
    "absent, ArnNotLike": ("ArnNotLike", "arn:aws:iam::*:role/*", ABSENT, True),
    "absent, NotIpAddress": ("NotIpAddress", "10.0.0.0/8", ABSENT, True),
    "absent, Bool": ("Bool", "false", ABSENT, False),
    "absent, IfExists": ("StringEqualsIfExists", "a", ABSENT, True),
    "absent, BoolIfExists": ("BoolIfExists", "false", ABSENT, True),
    "absent, negated IfExists": ("StringNotEqualsIfExists", "a", ABSENT, True),
    "present, IfExists": ("StringEqualsIfExists", "a", "b", False),
    "present, IfExists, equal": ("NumericLessThanIfExists", "5", "4", True),
    "an empty list is absent": ("StringEquals", "a", [], False),
    "an empty text is a value": ("StringEquals", "", "", True),
    # Null
    "Null true, absent": ("Null", "true", ABSENT, True),
    "Null true, present": ("Null", "true", "a", False),
    "Null false, absent": ("Null", "false", ABSENT, False),
    "Null false, present": ("Null", False, "a", True),
    "Null of an empty list": ("Null", "true", [], True),
    # ForAllValues: every value of the request must match one of the policy; true without values
    "all match": ("ForAllValues:StringEquals", ["a", "b"], ["a", "b"], True),
    "not all match": ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], False),
    "all, absent": ("ForAllValues:StringEquals", ["a"], ABSENT, True),
    "all, empty list": ("ForAllValues:StringEquals", ["a"], [], True),
    "all, empty text is a null dataset": ("ForAllValues:StringEquals", ["a"], "", True),
    "all, one value": ("ForAllValues:StringLike", ["a*"], "ab", True),
    "all negated": ("ForAllValues:StringNotEquals", ["a"], ["b", "c"], True),
    "all negated, one equal": ("ForAllValues:StringNotEquals", ["a"], ["a", "c"], False),
    "all negated, absent": ("ForAllValues:StringNotEquals", ["a"], ABSENT, True),
    "all with IfExists": ("ForAllValues:StringEqualsIfExists", ["a"], ABSENT, True),
    # ForAnyValue: one value is enough; false without values
    "any matches": ("ForAnyValue:StringEquals", ["a", "b"], ["c", "b"], True),
    "none matches": ("ForAnyValue:StringEquals", ["a", "b"], ["c", "d"], False),
    "any, absent": ("ForAnyValue:StringEquals", ["a"], ABSENT, False),
    "any, empty list": ("ForAnyValue:StringEquals", ["a"], [], False),
    "any, empty text is a null dataset": ("ForAnyValue:StringNotEquals", ["a"], "", False),
    "any negated": ("ForAnyValue:StringNotEquals", ["a"], ["a", "b"], True),
    "any negated, all equal": ("ForAnyValue:StringNotEquals", ["a"], ["a"], False),
    "any negated, absent": ("ForAnyValue:StringNotEquals", ["a"], ABSENT, False),
    "any with IfExists [ours]": ("ForAnyValue:StringEqualsIfExists", ["a"], ABSENT, True),
    "any ARN": ("ForAnyValue:ArnLike", ["arn:aws:iam::*:role/*"], ["x", "arn:aws:iam::1:role/y"], True),
    # Several values under an operator for one
    "several values, no set [ours]": ("StringEquals", "a", ["a", "b"], False),
    "several values, no set, negated [ours]": ("StringNotEquals", "z", ["a", "b"], False),
    "several values, no set, IfExists [ours]": ("StringEqualsIfExists", "a", ["a", "b"], False),
    "a list of one is one value": ("StringEquals", "a", ["a"], True),
    # Operators in any case of letters
    "case of an operator": ("stringequals", "a", "a", True),
    "case of a set operator": ("forallvalues:STRINGLIKE", "a*", ["ab"], True),
    "case of IfExists": ("StringEqualsIFEXISTS", "a", ABSENT, True),
    "no such operator": ("StringIs", "a", "a", False),
    "Null has no IfExists": ("NullIfExists", "true", ABSENT, False),
    # A key that nobody knows
    "unknown": ("StringEquals", "a", UNKNOWN, None),
    "unknown, negated": ("StringNotEquals", "a", UNKNOWN, None),
    "unknown, IfExists": ("StringEqualsIfExists", "a", UNKNOWN, None),
    "unknown, Null": ("Null", "true", UNKNOWN, None),
    "unknown, all": ("ForAllValues:StringEquals", "a", UNKNOWN, None),
    "unknown, any": ("ForAnyValue:StringEquals", "a", UNKNOWN, None),
}


@pytest.mark.parametrize(("operator", "wanted", "given", "expected"), ROWS.values(), ids=ROWS.keys())
def test_operators(operator: str, wanted: Any, given: Any, expected: bool | None) -> None:
    assert holds(operator, wanted, given) is expected
    assert holds(operator, wanted, given) is expected, "what is remembered is the same"


VARIABLES: dict[str, tuple[str, Any, Any, Any, bool | None]] = {
    "the value": ("StringEquals", "${aws:username}", "ada", "ada", True),
    "another value": ("StringEquals", "${aws:username}", "bob", "ada", False),
    "inside a text": ("StringLike", "home/${aws:username}/*", "home/ada/x", "ada", True),
    "key names are case-insensitive": ("StringEquals", "${AWS:UserName}", "ada", "ada", True),
    "blanks around it": ("StringEquals", "${ aws:username }", "ada", "ada", True),
    "in an ARN": ("ArnLike", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::1:user/ada", "ada", True),
    "in Bool": ("Bool", "${aws:username}", "true", "true", True),
    "not in numbers": ("NumericEquals", "${aws:username}", "5", "5", False),
    "its wildcards are plain": ("StringLike", "${aws:username}", "ada", "a*", False),
    "case is kept": ("StringEquals", "${aws:username}", "Ada", "ada", False),
    "ignoring case": ("StringEqualsIgnoreCase", "${aws:username}", "Ada", "aDA", True),
    "several values are no variable": ("StringEquals", "${aws:username}", "ada", ["ada", "bob"], False),
    "a default is not used": ("StringEquals", "${aws:username, 'nobody'}", "ada", "ada", True),
    "a default": ("StringEquals", "${aws:username, 'nobody'}", "nobody", ABSENT, True),
    "a default of another": ("StringEquals", "${aws:username, 'nobody'}", "x", ABSENT, False),
    "an empty default": ("StringEquals", "a${aws:username, ''}", "a", ABSENT, True),
    "without a value": ("StringEquals", "${aws:username}", "ada", ABSENT, False),
    "without a value, negated": ("StringNotEquals", "${aws:username}", "ada", ABSENT, False),
    "without a value, another fits": ("StringEquals", ["${aws:username}", "ada"], "ada", ABSENT, True),
    "without a value, negated, another fits": ("StringNotEquals", ["${aws:username}", "ada"], "ada", ABSENT, False),
    "unknown": ("StringEquals", "${aws:username}", "ada", UNKNOWN, None),
    "unknown, cannot fit": ("StringEquals", "x-${aws:username}", "ada", UNKNOWN, False),
    "unknown, cannot fit, negated": ("StringNotEquals", "x-${aws:username}", "ada", UNKNOWN, None),
    "unknown with a default, cannot fit, negated": ("StringNotEquals", "x${aws:username, 'y'}", "ada", UNKNOWN, True),
    "unknown, another fits": ("StringEquals", ["${aws:username}", "ada"], "ada", UNKNOWN, True),
    "unknown, another fits, negated": ("StringNotEquals", ["${aws:username}", "ada"], "ada", UNKNOWN, False),
    "unknown, ignoring case": ("StringEqualsIgnoreCase", "X-${aws:username}", "x-ada", UNKNOWN, None),
    "a star as it is": ("StringLike", "a${*}", "a*", None, True),
    "a star as it is, nothing else": ("StringLike", "a${*}", "ab", None, False),
    "a question mark as it is": ("StringLike", "a${?}", "a?", None, True),
    "a dollar sign as it is": ("StringEquals", "${$}{x}", "${x}", None, True),
    "an open brace is text": ("StringEquals", "${aws:username", "${aws:username", "ada", True),
    "nothing between braces is text": ("StringEquals", "${}", "${}", "ada", True),
}


@pytest.mark.parametrize(("operator", "wanted", "given", "user", "expected"), VARIABLES.values(), ids=VARIABLES.keys())
def test_variables(operator: str, wanted: Any, given: Any, user: Any, expected: bool | None) -> None:
    assert holds(operator, wanted, given, username=user) is expected


def test_variables_are_plain_text_in_the_old_version() -> None:
    condition = Condition("StringEquals", KEY, "${aws:username}", variables=False)
    assert condition.holds(lambda key: ("${aws:username}",)) is True
    assert not condition.variables()


def test_some_values_of_several_depend() -> None:
    wanted = ["a", "${aws:username}"]
    assert holds("ForAllValues:StringEquals", wanted, ["a", "b"], username=UNKNOWN) is None
    assert holds("ForAnyValue:StringEquals", wanted, ["a", "b"], username=UNKNOWN) is True
    assert holds("ForAllValues:StringEquals", ["a", "x${aws:username}"], ["a", "b"], username=UNKNOWN) is False


def test_all_operators_of_the_page_are_known() -> None:
    families = ["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike"]
    families += ["StringNotLike", "Bool", "BinaryEquals", "IpAddress", "NotIpAddress"]
    families += [f"Arn{name}" for name in ("Equals", "Like", "NotEquals", "NotLike")]
    orders = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
    families += [f"{kind}{name}" for kind in ("Numeric", "Date") for name in orders]
    for name in families:
        for text in (name, f"{name}IfExists", f"ForAllValues:{name}", f"ForAnyValue:{name}IfExists"):
            assert is_operator(text)
    assert is_operator("Null")
    assert not any(map(is_operator, ("StringEqual", "NullIfExists", "ForSomeValues:StringLike", "", "IfExists")))
