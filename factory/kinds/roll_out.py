"""Operations on stack sets, as several kinds begin, follow and judge them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from factory.aws.errors import AwsError
from factory.aws.stack_sets import Preferences
from factory.core.errors import FactoryError
from factory.core.resource import Resource
from factory.kinds.base import Pending, Progress, Site

if TYPE_CHECKING:
    from factory.aws.records import StackRecord, StackSetOperation
    from factory.core.address import Address
    from factory.core.change import Change
    from factory.kinds.baseline_files import OperationKeys

ROW = "cloudformation.operations"
WAITS = "CloudFormation"
BUSY = frozenset({"OperationInProgressException", "StaleRequestException"})
"""Refusals that mean: another operation on this stack set is under way, ask again when it is over."""

BY_HAND = (
    "something of that kind is there already, made by hand or by another stack: delete it there, or take the baseline "
    "off, then run apply again"
)
INOPERABLE = "INOPERABLE"
"""The status of a stack that CloudFormation could not delete, and leaves out of all that follows."""
LEFT_BEHIND = (
    "mend it and delete the stack in the account, then take it out of its stack set (DeleteStackInstances with "
    "RetainStacks)"
)
"""The way out of that.

Source: CloudFormation User Guide, "StackSets status codes".
"""
_EXISTS = ("already exists", "AlreadyExists", "MaxNumberOfConfigurationRecordersExceeded", "a detector already")

OPERATION = "operation"


@dataclass(frozen=True, slots=True)
class Operating(Pending):
    """A change that an operation carries out: ``token`` is its id, empty while it has not begun.

    ``withdrawn``: what had to be taken away is, and what is added comes next. ``doing``: what the operation does.
    ``valued``: an operation of this run has set the values that are wanted. ``at_work``: the operations, AWS's own
    among them, that were at its stacks when those were last looked at.
    """

    withdrawn: bool = False
    doing: str = ""
    valued: bool = False
    at_work: frozenset[str] = frozenset()


def written(keys: OperationKeys) -> str:
    """How an operation rolls out, as an attribute: it says how a change is made and is never a difference by itself."""
    return ", ".join(f"{name}: {value}" for name, value in keys)


def preferences(resource: Resource) -> Preferences:
    """What `written` wrote."""
    text = str(resource.attrs.get(OPERATION) or "")
    keys = dict(part.split(": ") for part in text.split(", ")) if text else {}
    known = Preferences()
    return Preferences(
        int(keys.get("max_concurrent_percent", known.concurrent)),
        int(keys.get("failure_tolerance_percent", known.tolerance)),
        parallel=keys.get("regions", "parallel") == "parallel",
    )


def may_begin(change: Change, site: Site) -> None:
    """Raises ``FactoryError`` where nothing more is begun in this run."""
    if why := site.halted.get(change.address.kind):
        raise FactoryError(f"not begun: {why}", "run apply again: it goes on from what AWS says then")


def begun(item: Operating, site: Site, begin: Callable[[], str]) -> Operating:
    """The item with the id of its operation; as it was where another operation has to end first.

    Raises ``FactoryError`` where nothing more is begun in this run, or CloudFormation refuses.
    """
    may_begin(item.change, site)
    try:
        return replace(item, token=begin(), waiting_for=WAITS)
    except AwsError as error:
        if error.code not in BUSY:
            raise
        return replace(item, waiting_for=f"{WAITS} to end another operation on the stack set")


def made_by_hand(reason: str) -> bool:
    """Whether a failure says that something is there already: `BY_HAND` is the way out then."""
    return any(word in reason for word in _EXISTS)


def under_way(item: Operating, of: Address, operation: StackSetOperation) -> Operating:
    """The item, with how far its operation has come; one call tells, however many accounts there are."""
    found = progress(of, [operation])
    state = str(found[0]) if found else operation.status.lower()
    return replace(item, waiting_for=f"{WAITS}: {state}", progress=found)


def progress(of: Address, operations: Iterable[StackSetOperation]) -> tuple[Progress, ...]:
    """How far operations on the stack set of a baseline have come, where CloudFormation knows it already."""
    return tuple(Progress(of, e.id, e.done, e.lost, e.to_go) for e in operations if e.to_go is not None)


def names_in(site: Site) -> Callable[[str], str]:
    """How accounts are called, by their ids."""
    names = {id: address.name for address, id in site.book.items() if address.kind == "account"}
    return lambda account_id: names.get(account_id, account_id)


def told(stacks: Iterable[StackRecord], name_of: Callable[[str], str]) -> str:
    """Every stack that is not current, by account and Region, with the status and why; those with the same together."""
    alike: dict[tuple[str, str], dict[str, list[str]]] = {}
    for each in stacks:
        regions = alike.setdefault((each.status, each.reason), {}).setdefault(name_of(each.account_id), [])
        regions.append(each.region)
    return "; ".join(
        f"{_places(where)} {status}" + (f" ({reason})" if reason else "") for (status, reason), where in alike.items()
    )


def _places(where: Mapping[str, list[str]]) -> str:
    """``shop in eu-west-1 is``, ``blog (eu-west-1), shop (eu-central-1, eu-west-1) are``."""
    if len(where) == 1:
        ((name, regions),) = where.items()
        return f"{name} in {', '.join(regions)} is"
    return ", ".join(f"{name} ({', '.join(regions)})" for name, regions in where.items()) + " are"
