"""Functions on known values, and what they do not take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from factory.templates import functions as f
from factory.templates.functions import Unfit

VALUES: list[tuple[Callable[..., Any], tuple[Any, ...], Any]] = [
    (f.join, ("-", ["a", 5, True]), "a-5-true"),
    (f.join, ("", []), ""),
    (f.split, (",", "a,b,,c"), ["a", "b", "", "c"]),
    (f.select, (0, ["a", "b"]), "a"),
    (f.select, ("1", ["a", {"b": "c"}]), {"b": "c"}),
    (f.encode, ("é",), "w6k="),
    (f.blocks, ("10.0.0.0/16", 3, 8), ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]),
    (f.blocks, ("10.0.0.0/16", "1", "16"), ["10.0.0.0/16"]),
    (f.blocks, ("10.0.0.0/16", 1), ["10.0.0.0/24"]),
    (f.blocks, ("2001:db8::/56", 2, 64), ["2001:db8::/64", "2001:db8:0:1::/64"]),
    (f.as_json, ({"b": [1, "é"], "a": None},), '{"b":[1,"é"],"a":null}'),
    (f.length, ([1, 2],), 2),
    (f.equal, ("true", True), True),
    (f.equal, ("5", 5), True),
    (f.equal, ("a", "A"), False),
    (f.equal, (["1", True], [1, "true"]), True),
    (f.equal, ({"a": 1}, {"a": "1"}), True),
    (f.contains, (["1", "2"], 2), True),
    (f.contains, (["1", "2"], 3), False),
    (f.each_equals, (["1", 1], "1"), True),
    (f.each_equals, (["1", 2], "1"), False),
    (f.each_in, (["1"], [1, 2]), True),
    (f.each_in, (["3"], [1, 2]), False),
    (f.look_up, ({"a": {"1": "c"}}, "a", 1), "c"),
]

REFUSED: list[tuple[Callable[..., Any], tuple[Any, ...], str]] = [
    (f.text, (["a"],), "a text is wanted here, not a list"),
    (f.text, (None,), "a text is wanted here, not nothing"),
    (f.join, (",", "a"), 'a list is wanted here, not "a"'),
    (f.join, (",", [["a"]]), "a text is wanted here, not a list"),
    (f.split, ("", "a"), "the delimiter is empty"),
    (f.select, ("a", ["b"]), 'the index must be a whole number, not "a"'),
    (f.select, (0.5, ["b"]), 'the index must be a whole number, not "0.5"'),
    (f.select, (1, ["b"]), "there is no item 1 in a list of 1"),
    (f.select, (-1, ["b"]), "there is no item -1 in a list of 1"),
    (f.blocks, ("nowhere", 1, 8), '"nowhere" is not a block of addresses'),
    (f.blocks, ("10.0.0.0/16", 0, 8), 'the count must be from 1 to 256, not "0"'),
    (f.blocks, ("10.0.0.0/8", 257, 8), 'the count must be from 1 to 256, not "257"'),
    (f.blocks, ("10.0.0.0/16", 1.5, 8), 'the count must be from 1 to 256, not "1.5"'),
    (f.blocks, ("10.0.0.0/16", 1, 17), 'blocks of "17" host bits do not fit into 10.0.0.0/16'),
    (f.blocks, ("10.0.0.0/16", 1, -1), 'blocks of "-1" host bits do not fit into 10.0.0.0/16'),
    (f.blocks, ("10.0.0.0/24", 3, 7), "10.0.0.0/24 has room for 2 such blocks, not 3"),
    (f.length, ("a",), 'a list is wanted here, not "a"'),
    (f.look_up, ({"a": {"b": "c"}}, "b", "b"), 'the mapping has no "b"'),
    (f.look_up, ({"a": {"b": "c"}}, "a", "c"), 'the mapping has no "c"'),
    (f.look_up, ({"a": "b"}, "a", "c"), 'the mapping has no "c"'),
]


@pytest.mark.parametrize(("function", "arguments", "value"), VALUES)
def test_functions_give_what_cloudformation_gives(
    function: Callable[..., Any], arguments: tuple[Any, ...], value: Any
) -> None:
    assert function(*arguments) == value


@pytest.mark.parametrize(("function", "arguments", "message"), REFUSED)
def test_what_a_function_does_not_take_is_said(
    function: Callable[..., Any], arguments: tuple[Any, ...], message: str
) -> None:
    with pytest.raises(Unfit) as error:
        function(*arguments)
    assert str(error.value) == message
