"""CloudFormation's functions on values that are known: text in, text or lists out."""

from __future__ import annotations

import base64
import ipaddress
import json
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, Final

from factory.templates.parameters import value_text
from factory.templates.template import number
from factory.templates.wording import shown, written

_MOST_BLOCKS: Final = 256
"""Blocks that ``Fn::Cidr`` makes at most (CloudFormation User Guide, "Fn::Cidr")."""


class Unfit(ValueError):
    """An argument that a function does not take; the message says which."""


def text(value: Any) -> str:
    """The text of a scalar. Raises ``Unfit`` for a list, a mapping or nothing."""
    if isinstance(value, str | int | float):
        return value_text(value)
    raise Unfit(f"a text is wanted here, not {written(value)}")


def equal(left: Any, right: Any) -> bool:
    """Whether two values are the same to CloudFormation, which compares text: ``true`` and ``"true"`` are."""
    return bool(_comparable(left) == _comparable(right))


def _comparable(value: Any) -> Any:
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _comparable(item) for key, item in value.items()}
    return value_text(value)


def join(delimiter: Any, items: Any) -> str:
    """``Fn::Join``."""
    return text(delimiter).join(text(item) for item in _listed(items))


def split(delimiter: Any, whole: Any) -> list[str]:
    """``Fn::Split``."""
    if not text(delimiter):
        raise Unfit("the delimiter is empty")
    return text(whole).split(text(delimiter))


def select(index: Any, items: Any) -> Any:
    """``Fn::Select``: items count from 0."""
    at, found = number(index), _listed(items)
    if at is None or at != int(at):
        raise Unfit(f"the index must be a whole number, not {written(index)}")
    if not 0 <= at < len(found):
        raise Unfit(f"there is no item {int(at)} in a list of {len(found)}")
    return found[int(at)]


def encode(value: Any) -> str:
    """``Fn::Base64``."""
    return base64.b64encode(text(value).encode()).decode()


def blocks(block: Any, count: Any, bits: Any = 8) -> list[str]:
    """``Fn::Cidr``: so many blocks of so many host bits, from the start of the given one."""
    many, host_bits = number(count), number(bits)
    try:
        network = ipaddress.ip_network(text(block), strict=False)
    except ValueError:
        raise Unfit(f"{written(block)} is not a block of addresses") from None
    if many is None or not 1 <= many <= _MOST_BLOCKS or many != int(many):
        raise Unfit(f"the count must be from 1 to {_MOST_BLOCKS}, not {written(count)}")
    prefix = network.max_prefixlen - int(host_bits) if host_bits is not None and host_bits == int(host_bits) else -1
    if not network.prefixlen <= prefix <= network.max_prefixlen:
        raise Unfit(f"blocks of {written(bits)} host bits do not fit into {network}")
    found = [str(part) for part in islice(network.subnets(new_prefix=prefix), int(many))]
    if len(found) < many:
        raise Unfit(f"{network} has room for {len(found)} such blocks, not {int(many)}")
    return found


def as_json(value: Any) -> str:
    """``Fn::ToJsonString``."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def length(items: Any) -> int:
    """``Fn::Length``."""
    return len(_listed(items))


def contains(items: Any, item: Any) -> bool:
    """``Fn::Contains``."""
    return any(equal(item, other) for other in _listed(items))


def each_equals(items: Any, item: Any) -> bool:
    """``Fn::EachMemberEquals``."""
    return all(equal(item, other) for other in _listed(items))


def each_in(items: Any, others: Any) -> bool:
    """``Fn::EachMemberIn``."""
    return all(contains(others, item) for item in _listed(items))


def look_up(mapping: Mapping[str, Any], first: Any, second: Any) -> Any:
    """``Fn::FindInMap`` in the mapping that it names."""
    found: Any = mapping
    for key in (text(first), text(second)):
        if not isinstance(found, Mapping) or key not in found:
            raise Unfit(f'the mapping has no "{shown(key)}"')
        found = found[key]
    return found


def _listed(items: Any) -> list[Any]:
    if isinstance(items, list):
        return items
    raise Unfit(f"a list is wanted here, not {written(items)}")


OF_LISTS: Final[Mapping[str, Callable[..., Any]]] = {
    "Fn::Join": join,
    "Fn::Split": split,
    "Fn::Select": select,
    "Fn::Cidr": blocks,
    "Fn::Equals": equal,
    "Fn::Contains": contains,
    "Fn::EachMemberEquals": each_equals,
    "Fn::EachMemberIn": each_in,
}
"""Functions of a list of arguments."""

OF_ONE: Final[Mapping[str, Callable[[Any], Any]]] = {
    "Fn::Base64": encode,
    "Fn::ToJsonString": as_json,
    "Fn::Length": length,
}
"""Functions of a single argument."""
