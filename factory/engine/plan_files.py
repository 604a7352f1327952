"""Saved plans on disk: one JSON file, written whole or not at all, read as if a stranger had written it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from factory import __version__
from factory.core.address import Address
from factory.core.change import Action
from factory.core.errors import FactoryError, InvalidPlan, StalePlan, UsageError
from factory.core.guard import SWITCHABLE, Consent
from factory.core.resource import Value
from factory.core.saved import SavedChange, SavedPlan, State
from factory.engine.whole_files import require_plain, write_whole

FORMAT_VERSION = "1.1"
KIND = "factory saved plan"
TOOL = "aws-account-factory"
LARGEST = 32 * 2**20
"""Bytes; a plan that creates 10,000 accounts with twenty tags each fits in."""

_AGAIN = "save it again: factory plan --out FILE"
_HEAD = 4096
_KEYS = (
    "format_version",
    "kind",
    "tool",
    "organization",
    "instance",
    "sandbox",
    "made",
    "consent",
    "digest",
    "salt",
    "changes",
    "needs",
    "checksum",
)
Item = TypeVar("Item")


def make_room(path: Path) -> None:
    """Remove the plan that was saved here before, so that after a failure it is not taken for the new one.

    Raises ``UsageError`` where something else stands there, a link or a device among them, or where no file can be.
    """
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", "make it first, or name another file with --out")
    try:
        if not os.path.lexists(path):
            return
        require_plain(path, "--out")
        with path.open("rb") as file:
            head = file.read(_HEAD)
        if head and KIND.encode() not in head:
            raise UsageError(f"{path} is there already and is no saved plan", "name another file with --out")
        path.unlink()
    except OSError as error:
        raise FactoryError(f"cannot replace {path}: {error.strerror}", "name another file with --out") from error


def write(path: Path, plan: SavedPlan) -> None:
    """Write the file in one step, readable by its owner only; raises what `write_whole` does."""
    write_whole(path, json.dumps(document(plan), indent=2, ensure_ascii=True) + "\n", "--out")


def read(path: Path) -> SavedPlan:
    """Read a saved plan.

    Raises ``UsageError`` where there is no such file, ``InvalidPlan`` where it holds no plan or a damaged one, and
    ``StalePlan`` where another version wrote it.
    """
    if not path.is_file():
        what = f"{path} is not a file" if os.path.lexists(path) else f"there is no file {path}"
        raise UsageError(what, "name a file that factory plan --out wrote")
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise FactoryError(f"cannot read {path}: {error.strerror}", "see that you may read it") from error
    if len(content) > LARGEST:
        raise InvalidPlan(f"{path} is no saved plan: it has more than {LARGEST // 2**20} MiB", _AGAIN)
    try:
        data = json.loads(content.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        kept = KIND.encode() in content[:_HEAD]
        what = "is damaged" if kept else "is no saved plan"
        raise InvalidPlan(f"{path} {what}: it cannot be read as JSON ({_short(error)})", _AGAIN) from error
    return _checked(path, data)


def document(plan: SavedPlan) -> dict[str, Any]:
    """The plan as JSON data, with the checksum over all of it."""
    consent = plan.consent
    data = {
        "format_version": FORMAT_VERSION,
        "kind": KIND,
        "tool": {"name": TOOL, "version": __version__},
        "organization": plan.organization,
        "instance": plan.instance,
        "sandbox": plan.sandbox,
        "made": plan.made,
        "consent": {
            "close": sorted(consent.close),
            "allow": sorted(consent.allow),
            "allow_gap": sorted(consent.gap),
            "no_weaken": consent.no_weaken,
        },
        "digest": plan.digest,
        "salt": plan.salt,
        "changes": [
            {
                "address": str(change.address),
                "action": str(change.action),
                "verb": change.verb,
                "before": _data(change.before),
                "after": _data(change.after),
                "releases": sorted(map(str, change.releases)),
            }
            for change in plan.changes
        ],
        "needs": {str(address): _data(state) for address, state in sorted(plan.needs.items())},
    }
    return {**data, "checksum": checksum(data)}


def checksum(data: dict[str, Any]) -> str:
    """SHA-256 over everything in the file but itself; layout does not matter."""
    content = {key: value for key, value in data.items() if key != "checksum"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _data(state: State | None) -> dict[str, Any] | None:
    if state is None:
        return None
    return {"id": state.id, "owned": state.owned, "attributes": dict(sorted(state.attrs.items()))}


def _checked(path: Path, data: Any) -> SavedPlan:
    if not isinstance(data, dict) or data.get("kind") != KIND:
        printed = isinstance(data, dict) and {"changes", "refusals"} <= data.keys()
        what = "it is what --format json prints, for programs to read" if printed else "it holds something else"
        raise InvalidPlan(f"{path} is no saved plan: {what}", _AGAIN)
    tool = data.get("tool")
    version = tool.get("version") if isinstance(tool, dict) else None
    for name, found, here in (
        ("format version", data.get("format_version"), FORMAT_VERSION),
        ("version", version, __version__),
    ):
        if found != here:
            said = _short(found) if isinstance(found, str) else "unknown"
            raise StalePlan(f"{path} was saved by another version of factory: {name} {said}, this is {here}", _AGAIN)
    try:
        if checksum(data) != data.get("checksum"):
            raise ValueError("its checksum is wrong: it was edited, or not copied whole")
        return _plan(data)
    except (ValueError, RecursionError) as error:
        raise InvalidPlan(f"{path} is damaged: {_short(error)}", _AGAIN) from error


def _plan(data: dict[str, Any]) -> SavedPlan:
    """Build the plan from data of the right version. Raises ``ValueError`` for anything unexpected in it."""
    _exactly(data, _KEYS)
    consent = _exactly(data["consent"], ("close", "allow", "allow_gap", "no_weaken"))
    allow = _several(consent["allow"], _text)
    if unknown := allow - set(SWITCHABLE):
        raise ValueError(f"no rule {min(unknown)} can be switched off")
    agreed = Consent(
        _several(consent["close"], _text), _several(consent["allow_gap"], _text), allow, _flag(consent["no_weaken"])
    )
    needs = data["needs"] if isinstance(data["needs"], dict) else _wrong(data["needs"], "an object")
    changes = [_change(item) for item in _list(data["changes"])]
    addresses = [change.address for change in changes]
    if len(set(addresses)) < len(addresses) or not {Address.parse(name) for name in needs}.isdisjoint(addresses):
        raise ValueError("it speaks of one thing twice")
    return SavedPlan(
        _text(data["organization"]),
        _text(data["instance"]),
        _flag(data["sandbox"]),
        _text(data["made"]),
        agreed,
        _text(data["digest"]),
        _text(data["salt"]),
        tuple(changes),
        {Address.parse(name): _state(state) for name, state in needs.items()},
    )


def _change(data: Any) -> SavedChange:
    _exactly(data, ("address", "action", "verb", "before", "after", "releases"))
    action, before, after = Action(_text(data["action"])), _state(data["before"]), _state(data["after"])
    if (before is None) != (action is Action.CREATE) or (after is None) != (action is Action.DELETE):
        raise ValueError(f"a change of the kind {action} that has no such before and after")
    address = Address.parse(_text(data["address"]))
    releases = _several(data["releases"], lambda item: Address.parse(_text(item)))
    return SavedChange(address, action, _text(data["verb"]), before, after, releases)


def _state(data: Any) -> State | None:
    if data is None:
        return None
    _exactly(data, ("id", "owned", "attributes"))
    attrs = data["attributes"] if isinstance(data["attributes"], dict) else _wrong(data["attributes"], "an object")
    return State({name: _value(v) for name, v in attrs.items()}, data["id"] and _text(data["id"]), _flag(data["owned"]))


def _value(data: Any) -> Value:
    return data if data is None or isinstance(data, str | int | bool) else _wrong(data, "a plain value")


def _text(data: Any) -> str:
    return data if isinstance(data, str) else _wrong(data, "a text")


def _flag(data: Any) -> bool:
    return data if isinstance(data, bool) else _wrong(data, "true or false")


def _list(data: Any) -> list[Any]:
    return data if isinstance(data, list) else _wrong(data, "a list")


def _several(data: Any, read_item: Callable[[Any], Item]) -> frozenset[Item]:
    return frozenset(read_item(item) for item in _list(data))


def _exactly(data: Any, keys: Iterable[str]) -> dict[str, Any]:
    if not isinstance(data, dict) or data.keys() != set(keys):
        raise ValueError(f"an object that should hold exactly {', '.join(keys)}")
    return data


def _wrong(data: Any, wanted: str) -> NoReturn:
    raise ValueError(f"{_short(data)} where {wanted} should be")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("one key twice")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _short(value: object) -> str:
    words = "it is nested too deeply" if isinstance(value, RecursionError) else str(value)
    return words if len(words) <= 100 else f"{words[:100]}..."
