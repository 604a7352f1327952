"""What a policy of a template says about one request: as much of IAM's rules as these policies use, and no more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Request = Mapping[str, str]
"""``action``, ``resource``, a ``principal`` where the policy names some, and condition keys by their names."""


def verdict(document: Mapping[str, Any], **request: str) -> str:
    """``deny`` by a statement, ``allow``, or ``none`` where nothing fits. Keys: ``aws__SourceArn="..."`` and so on."""
    asked = {key.replace("__", ":"): value for key, value in request.items()}
    effects = {statement["Effect"] for statement in document["Statement"] if _fits(statement, asked)}
    return "deny" if "Deny" in effects else "allow" if "Allow" in effects else "none"


def statement(document: Mapping[str, Any], sid: str) -> dict[str, Any]:
    (found,) = [each for each in document["Statement"] if each.get("Sid") == sid]
    return dict(found)


def _fits(each: Mapping[str, Any], asked: Request) -> bool:
    unknown = each.keys() - {
        "Sid",
        "Effect",
        "Principal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
    assert not unknown, f"not judged here: {unknown}"
    if "Principal" in each and not {asked["principal"], "*"} & set(_principals(each["Principal"])):
        return False
    return (
        _named(each, "Action", asked["action"].lower(), asked, lower=True)
        and _named(each, "Resource", asked["resource"], asked)
        and all(
            _holds(operator, key, values, asked)
            for operator, keys in each.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _principals(written: Any) -> Iterator[str]:
    for value in written.values() if isinstance(written, Mapping) else [written]:
        yield from value if isinstance(value, list) else [value]


def _named(each: Mapping[str, Any], key: str, value: str, asked: Request, lower: bool = False) -> bool:
    if key not in each and f"Not{key}" not in each:
        return key == "Resource"  # trust policies have none
    patterns = _listed(each.get(key, each.get(f"Not{key}")))
    found = any(_like(pattern.lower() if lower else pattern, value, asked) for pattern in patterns)
    return found if key in each else not found


def _holds(operator: str, key: str, values: Any, asked: Request) -> bool:
    have = asked.get(key)
    wanted = [str(value) for value in _listed(values)]
    match operator:
        case "StringEquals" | "Bool" | "ArnEquals":
            return have is not None and have in wanted
        case "StringNotEquals":
            return have is None or have not in wanted
        case "StringLike" | "ArnLike":
            return have is not None and any(_like(pattern, have, asked) for pattern in wanted)
        case "NumericLessThan":
            return have is not None and float(have) < float(wanted[0])
    raise AssertionError(f"not judged here: {operator}")


def _like(pattern: str, value: str, asked: Request) -> bool:
    """``*`` and ``?``, and policy variables, which fit nothing where the request has no such key."""
    variables = re.findall(r"\$\{([^}]+)\}", pattern)
    if not all(name in asked for name in variables):
        return False
    for name in variables:
        pattern = pattern.replace(f"${{{name}}}", asked[name])
    shape = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return re.fullmatch(shape, value) is not None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
