"""The values of conditions: numbers, dates, truth values, addresses and binary data, read from their texts.

Each reader gives ``None`` for a text that is no such value. Source: IAM User Guide, "IAM JSON policy elements:
Condition operators".
"""

from __future__ import annotations

import base64
import binascii
import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Number = int | float
Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_INTEGER = re.compile(r"[+-]?[0-9]{1,100}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,100}\.?[0-9]{0,100}|\.[0-9]{1,100})(?:[eE][+-]?[0-9]{1,3})?")
_DATE = re.compile(
    r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2})"
    r"(?:T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,9}))?)?"
    r"(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?)?)?)?"
)
_DAYS_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
_EPOCH_DAY = 719162  # days from 0001-01-01 to 1970-01-01


@lru_cache(maxsize=4096)
def number(text: str) -> Number | None:
    """An integer or decimal value."""
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else None


@lru_cache(maxsize=4096)
def moment(text: str) -> Number | None:
    """A date in a W3C form of ISO 8601, or in epoch time, as seconds since 1970.

    Four digits are a year. A time without a zone is taken as UTC.
    """
    found = _DATE.fullmatch(text)
    if found is None:
        return number(text)
    year, month, day = int(found["year"]), int(found["month"] or 1), int(found["day"] or 1)
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not (year and 1 <= month <= 12 and 1 <= day <= _length(month, leap)):
        return None
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    if hour > 23 or minute > 59 or second > 60:
        return None
    past = year - 1
    days = past * 365 + past // 4 - past // 100 + past // 400 + _DAYS_BEFORE[month - 1] + day - 1
    days += leap and month > 2
    seconds = (days - _EPOCH_DAY) * 86400 + hour * 3600 + minute * 60 + second - _offset(found["zone"])
    return seconds + float(f"0.{found['fraction']}") if found["fraction"] else seconds


def _length(month: int, leap: bool) -> int:
    return 28 + leap if month == 2 else 30 if month in (4, 6, 9, 11) else 31


def _offset(zone: str | None) -> int:
    """Seconds by which the clocks of a zone are ahead of UTC."""
    if zone is None or zone == "Z":
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
    return -seconds if zone[0] == "-" else seconds


def truth(text: str) -> bool | None:
    """``true`` or ``false``, in any case of letters, as JSON and YAML files write them."""
    return {"true": True, "false": False}.get(text.lower())


@lru_cache(maxsize=4096)
def address(text: str) -> Address | None:
    """An IPv4 or IPv6 address."""
    try:
        return ip_address(text)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def network(text: str) -> Network | None:
    """A range of addresses in CIDR form; an address alone is a range of one ("the default prefix value of /32")."""
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def binary(text: str) -> bytes | None:
    """What a text in base64 stands for."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
