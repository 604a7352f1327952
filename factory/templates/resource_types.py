"""Resource types by name: what kinds of names there are, and which of AWS's a mistyped one is meant to be."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from factory.templates.replacement import REPLACED_BY

FORM: Final = re.compile(
    r"[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}(?:::MODULE)?|Custom::[A-Za-z0-9_@-]{1,60}"
)
"""``Service::Name::Type`` of AWS or of others, modules, custom resources.

Source: CloudFormation API Reference, ``RegisterType``, ``TypeName``; Template Reference,
``AWS::CloudFormation::CustomResource``.
"""

CUSTOM: Final = ("Custom::", "AWS::CloudFormation::CustomResource")
"""How the types of custom resources begin: a function of the template's author makes them."""

_VERSION = re.compile(r"v[0-9]")


@lru_cache(maxsize=1024)
def near_miss(kind: str) -> str:
    """The type of AWS that an unknown one is surely meant to be; empty where it may be a type that exists.

    AWS has many more types than are known here, so only a slip of the fingers counts: one letter, or two within a
    service. A version added at the end (``AWS::SecurityHub::HubV2``) makes another type.
    """
    if not kind.startswith("AWS::") or kind in REPLACED_BY:
        return ""
    found = min(
        ((_slips(kind, known), known) for known in REPLACED_BY if abs(len(kind) - len(known)) <= 2), default=(9, "")
    )
    slips, meant = found
    same_service = kind.rpartition("::")[0].casefold() == meant.rpartition("::")[0].casefold()
    if slips > (2 if same_service else 1) or _VERSION.fullmatch(kind.casefold().removeprefix(meant.casefold())):
        return ""
    return meant


def _slips(one: str, other: str) -> int:
    """How many letters are to be put in, taken out, changed or exchanged with their neighbour; upper case is none."""
    one, other = one.casefold(), other.casefold()
    earlier: list[int] = []
    above = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        here = [row]
        for column, against in enumerate(other, 1):
            cost = min(above[column] + 1, here[column - 1] + 1, above[column - 1] + (letter != against))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == against:
                cost = min(cost, earlier[column - 2] + 1)
            here.append(cost)
        earlier, above = above, here
    return above[-1]
